"""On a good night nothing is unavailable: Home Assistant marks an entry with such entities amber."""

import asyncio

from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory

from .conftest import make_entry, set_up, unload
from .waiting import eventually

pytestmark = [pytest.mark.defaults, pytest.mark.usefixtures("socket_enabled")]

# Three hours of a night in six minutes: several targets, filters, dithers and autofocus runs.
SPEED = 30.0
SECONDS = 360


def ids(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return the ids of the enabled entities."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {each.entity_id for each in found if not each.disabled}


def unavailable_from_now(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return a set that gets every enabled entity that is unavailable, now or at any later moment."""
    shown = {each: hass.states.get(each) for each in ids(hass, entry)}
    found = {key for key, each in shown.items() if each is None or each.state == STATE_UNAVAILABLE}

    @callback
    def look(event: Event[EventStateChangedData]) -> None:
        """Take note of an entity that is unavailable."""
        new = event.data["new_state"]
        if new is not None and new.state == STATE_UNAVAILABLE and new.entity_id in ids(hass, entry):
            found.add(new.entity_id)

    hass.bus.async_listen(EVENT_STATE_CHANGED, look)
    return found


async def test_a_good_night(hass: HomeAssistant) -> None:
    """What waits for its occasion is unknown, off or empty."""
    night = Observatory(port=0, scheduler_port=0, speed=SPEED, scenario="clear_night")
    async with night:
        entry = make_entry(night, roof_guard="nothing_known", night_watch=True)
        await set_up(hass, entry)
        data = entry.runtime_data
        await eventually(lambda: data.listener.caught_up and data.scheduler.data.reachable)
        await hass.async_block_till_done()
        found = unavailable_from_now(hass, entry)
        frames = len(data.frames.data.frames)
        await asyncio.sleep(SECONDS)
        assert found == set()
        assert len(data.frames.data.frames) > frames
        await unload(hass, entry)


async def test_before_the_first_frame(hass: HomeAssistant, observatory: Observatory) -> None:
    """Everything is connected, nothing was taken and nothing planned since N.I.N.A. was started."""
    entry = make_entry(observatory)
    await set_up(hass, entry)
    data = entry.runtime_data
    await eventually(lambda: data.listener.caught_up and data.scheduler.data.reachable)
    await hass.async_block_till_done()
    assert unavailable_from_now(hass, entry) == set()
    await unload(hass, entry)
