"""The problems in Home Assistant: shown, told once, and known again after a reload."""

from collections.abc import AsyncIterator
from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.api import EventType, Role
from custom_components.nina_observatory.const import EVENT_NINA
from custom_components.nina_observatory.events.bus import async_fire_own
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .conftest import make_entry, set_up, unload
from .states import DOME, EVENT_STREAM, act, attributes, state, until
from .waiting import eventually, within

GUIDING_LOST = "binary_sensor.observatory_guider_guiding_lost"
AUTOFOCUS_FAILED = "binary_sensor.observatory_focuser_autofocus_failed"
AUTOFOCUS_RUNNING = "binary_sensor.observatory_focuser_autofocus_running"
ROOF_OPEN = "binary_sensor.observatory_dome_open_while_unsafe"
STALLED = "binary_sensor.observatory_imaging_stalled"
NIGHT = (STALLED, GUIDING_LOST, AUTOFOCUS_FAILED, ROOF_OPEN)


def told(events: list[Event[Any]], kind: str) -> list[Any]:
    """Return what was said about events of a type."""
    return [event.data["data"] for event in events if event.data["type"] == kind]


@pytest.mark.usefixtures("quiet")
async def test_all_is_well(hass: HomeAssistant, settled: MockConfigEntry) -> None:
    """Everything is judged as soon as everything was read."""
    for entity_id in NIGHT:
        await until(hass, entity_id, "off")
        assert attributes(hass, entity_id)["reason"] is None
        assert attributes(hass, entity_id)["device_class"] == "problem"


@pytest.mark.usefixtures("quiet")
async def test_an_autofocus_in_home_assistant(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """It runs, falls silent, and that is reported once, as N.I.N.A. would have to."""
    heard = async_capture_events(hass, EVENT_NINA)
    await until(hass, AUTOFOCUS_RUNNING, "off")
    await observatory.events.emit("AUTOFOCUS-STARTING")
    await until(hass, AUTOFOCUS_RUNNING, "on")
    await within(hass, 361, lambda: state(hass, AUTOFOCUS_FAILED) == "on")
    assert state(hass, AUTOFOCUS_RUNNING) == "off"
    assert attributes(hass, AUTOFOCUS_FAILED)["reason"] == "no_result"
    assert told(heard, "autofocus_failed") == [{"reason": "no_result"}]
    assert attributes(hass, "event.observatory_focuser_autofocus_events")["event_type"] == (
        "autofocus_failed"
    )
    await observatory.events.emit("AUTOFOCUS-FINISHED")
    await until(hass, AUTOFOCUS_FAILED, "off")


@pytest.mark.usefixtures("quiet")
async def test_an_event_is_shown_without_a_reading(
    hass: HomeAssistant, settled: MockConfigEntry
) -> None:
    """The start and the end of a run are shown in the moment of their events."""
    await until(hass, AUTOFOCUS_RUNNING, "off")
    for kind, shown in ((EventType.AUTOFOCUS_STARTED, "on"), (EventType.AUTOFOCUS_FINISHED, "off")):
        async_fire_own(hass, settled, kind, {}, Role.FOCUSER)
        assert state(hass, AUTOFOCUS_RUNNING) == shown


@pytest.mark.usefixtures("quiet")
async def test_a_frame_ends_a_problem_before_its_event(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Automations of the event see that it is over."""
    await until(hass, STALLED, "off")
    problems, shown = settled.runtime_data.problems, list[str | None]()

    @callback
    def note(event: Event[Any]) -> None:
        if event.data["type"] == EventType.IMAGE_SAVED:
            shown.append(state(hass, STALLED))

    hass.bus.async_listen(EVENT_NINA, note)
    frame = await observatory.camera.routines.take(Exposure(1, "DARK", "M 31", save=False))
    assert frame is not None
    problems.states["imaging_stalled"].active, problems._shown = True, []
    problems._listeners.async_call()
    assert state(hass, STALLED) == "on"
    await observatory.camera.routines.save(frame)
    await eventually(lambda: shown)
    assert shown == ["off"]


async def reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Reload an entry, and return when the past is known."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(hass, EVENT_STREAM, "on")
    await eventually(lambda: entry.runtime_data.listener.caught_up)


@pytest.mark.usefixtures("quiet")
async def test_an_autofocus_is_learned_from_the_past(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Running, failed or done after a reload as before it; nothing is told of what was before."""
    heard = async_capture_events(hass, EVENT_NINA)
    await observatory.events.emit("AUTOFOCUS-STARTING")
    await until(hass, AUTOFOCUS_RUNNING, "on")
    await reload(hass, settled)
    await until(hass, AUTOFOCUS_RUNNING, "on")
    await until(hass, AUTOFOCUS_FAILED, "off")
    await observatory.events.emit("ERROR-AF")
    await until(hass, AUTOFOCUS_FAILED, "on")
    told_before = len(told(heard, "autofocus_failed"))
    await reload(hass, settled)
    await until(hass, AUTOFOCUS_FAILED, "on")
    assert attributes(hass, AUTOFOCUS_FAILED)["reason"] == "reported"
    assert len(told(heard, "autofocus_failed")) == told_before
    await observatory.events.emit("AUTOFOCUS-STARTING")
    await until(hass, AUTOFOCUS_RUNNING, "on")
    async with observatory.faults.during("socket_refuse"):
        await observatory.faults.start("socket_drop")
        await until(hass, EVENT_STREAM, "off")
        await observatory.events.emit("AUTOFOCUS-FINISHED")
    await until(hass, AUTOFOCUS_RUNNING, "off")
    await until(hass, AUTOFOCUS_FAILED, "off")


async def test_a_roof_in_home_assistant(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Open, it becomes unsafe, and the roof does not close; N.I.N.A. goes, and it is still open."""
    heard = async_capture_events(hass, EVENT_NINA)
    await act(hass, "cover.open_cover", DOME)
    await observatory.faults.start("stuck_shutter")
    observatory.safety_monitor.is_safe = False
    with pytest.raises(HomeAssistantError):
        await act(hass, "cover.close_cover", DOME)
    assert [each["reason"] for each in told(heard, "roof_close_failed")] == ["not_closed"]
    await until(hass, ROOF_OPEN, "on")
    assert attributes(hass, ROOF_OPEN)["reason"] == "not_closed"
    async with observatory.faults.during("refuse"):
        await until(hass, EVENT_STREAM, "off")
        await settled.runtime_data.equipment.async_read()
        assert state(hass, STALLED) == "unavailable"
        assert state(hass, ROOF_OPEN) == "on"
        assert attributes(hass, ROOF_OPEN)["reason"] == "unreachable"
    await observatory.faults.clear()
    await until(hass, EVENT_STREAM, "on")
    await eventually(lambda: settled.runtime_data.equipment.data.reachable)
    await act(hass, "cover.close_cover", DOME)
    await until(hass, ROOF_OPEN, "off")
    assert len(told(heard, "roof_close_failed")) == 1


@pytest.fixture
async def imaging(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run an observatory in the middle of a night."""
    async with Observatory(
        port=0, scheduler_port=0, speed=20, scenario="clear_night"
    ) as observatory:
        yield observatory


async def test_guiding_in_home_assistant(hass: HomeAssistant, imaging: Observatory) -> None:
    """A star that stays lost while the sequence runs."""
    entry = make_entry(imaging)
    await set_up(hass, entry)
    await eventually(lambda: imaging.guider.guiding, 30)
    await until(hass, GUIDING_LOST, "off")
    await imaging.faults.start("star_lost")
    await within(hass, 31, lambda: state(hass, GUIDING_LOST) == "on")
    assert attributes(hass, GUIDING_LOST)["reason"] == "star_lost"
    await unload(hass, entry)
