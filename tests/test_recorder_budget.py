"""The budget of the recorder: what one rig with the default entities writes in a minute."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.util import dt as dt_util
import pytest

from custom_components.nina_observatory.const import EVENT_LOGBOOK, EVENT_NINA
from simulator import Observatory
from simulator.sky import Site
from simulator.tremble import tremble

from .conftest import make_entry, set_up, unload
from .logbook_lines import Line, open_logbook
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("socket_enabled")

MINUTES = 12


def counted(hass: HomeAssistant) -> Counter[str]:
    """Return a counter of the rows that the recorder gets, by entity and by type of event."""
    rows: Counter[str] = Counter()

    @callback
    def state(event: Event[EventStateChangedData]) -> None:
        rows[event.data["entity_id"]] += 1

    @callback
    def told(event: Event[Mapping[str, Any]]) -> None:
        rows[str(event.data["type"])] += 1

    hass.bus.async_listen(EVENT_STATE_CHANGED, state)
    hass.bus.async_listen(EVENT_NINA, told)
    hass.bus.async_listen(EVENT_LOGBOOK, told)
    return rows


def shorten_exposures(observatory: Observatory, seconds: float) -> None:
    """Have the Target Scheduler take frames of another length."""
    assert observatory.scheduler is not None
    for project in observatory.scheduler.store.projects:
        for target in project.targets:
            for plan in target.plans:
                plan.exposure = seconds


# Sensors without a unit whose states the logbook shows: each changes with the target at most, or is
# the one that shows a frame as it begins.
LOGGED_SENSORS = {
    "current_target",
    "declination",
    "guider_state",
    "meridian_flip",
    "now_imaging",
    "right_ascension",
    "target_ends",
}


def check_lines(lines: list[Line], minutes: float) -> None:
    """Check what the logbook shows of the minutes: each moment once, and nothing that trembles."""
    sensors = {
        str(each["entity_id"]) for each in lines if each.get("entity_id", "")[:7] == "sensor."
    }
    others = {each for each in sensors if not each.endswith(tuple(LOGGED_SENSORS))}
    assert others == set()
    frames = [each["when"] for each in lines if each.get("message", "").startswith("Frame saved: ")]
    assert len(frames) >= minutes / 4
    for moment in frames:
        near = [each for each in lines if abs(each["when"] - moment) < 1]
        assert len(near) == 1, near
    assert len(lines) / minutes < 3


@pytest.mark.defaults
@pytest.mark.parametrize(("scenario", "budget"), [("clear_night", 15), ("idle", 2)])
async def test_rows_a_minute(hass: HomeAssistant, scenario: str, budget: float) -> None:
    """At the pace of reality, with frames of less than three minutes and instruments that tremble."""
    # Clear weather is sunny or a clear night: the sun must not rise or set in these minutes.
    site = Site.where_it_is_night(dt_util.utcnow())
    await hass.config.async_update(latitude=site.latitude, longitude=site.longitude)
    observatory = Observatory(port=0, scheduler_port=0, speed=1.0, scenario=scenario, site=site)
    shorten_exposures(observatory, 150.0)
    async with observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        await eventually(lambda: entry.runtime_data.listener.caught_up)
        observatory.tasks.start(tremble(observatory.rig))
        await asyncio.sleep(60)
        rows = counted(hass)
        with open_logbook(hass) as logbook:
            await asyncio.sleep(60 * MINUTES)
            lines = logbook.read()
        if scenario == "idle":
            assert lines == []
        else:
            check_lines(lines, MINUTES)
        assert rows.total() / MINUTES <= budget, rows.most_common()
        assert rows.total() > 0
        await unload(hass, entry)
