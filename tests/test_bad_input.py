"""Bad input from N.I.N.A.: counted, never an exception, and what comes next is heard."""

import json
from typing import Any

from homeassistant.components.camera import async_get_image
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.const import EVENT_NINA
from custom_components.nina_observatory.diagnostics import async_get_config_entry_diagnostics
from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.events import Event as Happened, socket_text

from .states import EVENT_STREAM, state, until
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("quiet")

RUBBISH = (
    "not JSON",
    "{",
    "[]",
    "5",
    "null",
    "{}",
    '{"Response": {}}',
    '{"Response": {"Event": 5}}',
)


@pytest.fixture
def heard(hass: HomeAssistant) -> list[Event[Any]]:
    """Return the events that came over the bus since."""
    return async_capture_events(hass, EVENT_NINA)


def types(events: list[Event[Any]]) -> list[str]:
    """Return the types of events, without what was found out here."""
    return [event.data["type"] for event in events]


async def counts(hass: HomeAssistant, entry: MockConfigEntry, part: str) -> Any:
    """Return what diagnostics say of a part."""
    found = await async_get_config_entry_diagnostics(hass, entry)
    json.dumps(found[part], default=str)
    return found[part]


async def test_what_is_no_event(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """Frames that are not JSON, too long, or without a name are left out one by one."""
    before = await counts(hass, settled, "event_stream")
    for text in RUBBISH:
        await observatory.socket.broadcast(text)
    huge = socket_text("x" * 10 * 1024 * 1024)
    await observatory.socket.broadcast(huge)
    await observatory.events.emit("MOUNT-HOMED")
    await eventually(lambda: heard)
    assert types(heard) == ["mount_homed"]
    assert state(hass, EVENT_STREAM) == "on"
    found = await counts(hass, settled, "event_stream")
    assert found["malformed"] - before["malformed"] == len(RUBBISH)
    assert found["oversized"] - before["oversized"] == 1
    assert found["connections"] == before["connections"]


async def test_what_nobody_knows(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """Events of future plugins, texts, and known events with anything at all in them."""
    before = await counts(hass, settled, "event_stream")
    await observatory.events.emit("COFFEE-READY", Cups=2)
    await observatory.events.emit_text("Roof is moving")
    odd: tuple[Any, ...] = (None, 5, "NaN", [], {}, [{}], "x" * 40_000)
    for name in ("IMAGE-SAVE", "SAFETY-CHANGED", "FILTERWHEEL-CHANGED", "TS-WAITSTART"):
        for value in odd:
            keys = ("ImageStatistics", "IsSafe", "New", "Target", "WaitEndTime")
            said = {"Event": name, **dict.fromkeys(keys, value)}
            await observatory.socket.broadcast(json.dumps({"Response": said}))
    wanted = 2 + 4 * len(odd)
    await eventually(lambda: len(heard) >= wanted)
    assert types(heard)[:2] == ["other", "custom"]
    await until(hass, EVENT_STREAM, "on")
    found = await counts(hass, settled, "event_stream")
    assert found["unknown"] - before["unknown"] == 1
    assert found["connections"] == before["connections"]


async def test_events_that_come_twice(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """They are what N.I.N.A. reported; the history shows that it happened once."""
    async with observatory.faults.during("duplicate_events"):
        await observatory.events.emit("MOUNT-HOMED")
        await eventually(lambda: len(heard) == 2)
    await observatory.faults.start("socket_drop")
    account = settled.runtime_data.listener.reconciler
    await eventually(lambda: account.counters.duplicates)
    assert (await counts(hass, settled, "event_stream"))["duplicates"] == 1
    await observatory.events.emit("MOUNT-PARKED")
    await eventually(lambda: len(heard) == 3)
    assert types(heard)[2] == "mount_parked"


async def test_a_history_out_of_order(
    hass: HomeAssistant, observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """Clocks jump, and times are missing: what was missed is told as it is in the history."""
    now = observatory.clock.now()
    async with observatory.faults.during("socket_refuse"):
        await observatory.faults.start("socket_drop")
        await until(hass, EVENT_STREAM, "off")
        for name, year in (("MOUNT-HOMED", 2031), ("MOUNT-PARKED", 1999), ("DOME-PARKED", 2026)):
            observatory.events.history.append(Happened(name, now.replace(year=year), {}))
        async with observatory.faults.during("clock_skew", seconds=7 * 3600):
            await observatory.events.emit("GUIDER-START")
        await observatory.events.emit("GUIDER-STOP")
    await eventually(lambda: len(heard) == 5)
    assert types(heard) == [
        "mount_homed",
        "mount_parked",
        "dome_parked",
        "guiding_started",
        "guiding_stopped",
    ]
    assert all(event.data["replayed"] for event in heard)
    found = await counts(hass, settled, "event_stream")
    assert (found["replayed"], found["out_of_order"]) == (5, 2)
    await observatory.faults.start("socket_drop")
    histories = settled.runtime_data.listener.reconciler.counters.histories
    await eventually(
        lambda: settled.runtime_data.listener.reconciler.counters.histories > histories
    )
    await eventually(lambda: settled.runtime_data.listener.caught_up)
    assert len(heard) == 5


async def test_a_history_of_anything(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Entries that are none are left out; without a time an event is one anyway."""
    entries = observatory.events.wire_history()
    odd: list[Any] = [None, 5, "text", [], {}, {"Event": None}, {"Time": "soon"}]
    timeless: list[Any] = [{"Event": "MOUNT-HOMED"}, {"Event": "MOUNT-PARKED", "Time": "later"}]
    async with observatory.faults.during("socket_refuse"):
        await observatory.faults.start("socket_drop")
        await until(hass, EVENT_STREAM, "off")
        monkeypatch.setattr(observatory.events, "wire_history", lambda: [*entries, *odd, *timeless])
    await eventually(lambda: len(heard) == 2)
    assert types(heard) == ["mount_homed", "mount_parked"]
    assert [event.data["time"] for event in heard] == [None, None]
    assert (await counts(hass, settled, "event_stream"))["without_time"] == 2


async def test_a_picture_that_is_none(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is not shown, is counted, and hinders no other."""
    camera = "camera.observatory_imaging_latest_image_camera"
    await observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
    await until(hass, camera, "idle")
    async with observatory.faults.during("html", path="/image/0"):
        with pytest.raises(HomeAssistantError):
            await async_get_image(hass, camera)
    assert (await counts(hass, settled, "pictures"))["failed"] == 1
    assert (await async_get_image(hass, camera)).content
    found = await counts(hass, settled, "pictures")
    assert (found["fetched"], found["failed"], found["kept"]) == (1, 1, 1)
    assert found["kept_bytes"] > 1000
