"""Frames that were saved while nobody listened, with a real Home Assistant."""

from typing import Any

from homeassistant.core import Event, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.const import EVENT_NINA
from custom_components.nina_observatory.events import listener as module
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .conftest import make_entry, set_up, unload
from .states import EVENT_STREAM, stream_lost, until
from .test_listener import caught_up
from .waiting import eventually


@pytest.fixture
def heard(hass: HomeAssistant) -> list[Event[Any]]:
    """Return the events that came over the bus since."""
    return async_capture_events(hass, EVENT_NINA)


def saved_frames(events: list[Event[Any]]) -> list[tuple[float | None, bool]]:
    """Return the exposures of saved frames, as far as they are reported, and which were replayed."""
    return [
        (
            event.data["data"].get("image_statistics", {}).get("exposure_time"),
            event.data.get("replayed", False),
        )
        for event in events
        if event.data["type"] == "image_saved"
    ]


@pytest.mark.usefixtures("quiet")
async def test_a_frame_that_was_missed_has_its_statistics(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
) -> None:
    """The history does not have them, the list of frames does."""
    async with stream_lost(hass, observatory):
        await observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
    await eventually(lambda: [e for e in heard if e.data["type"] == "image_saved"])
    (saved,) = [e.data for e in heard if e.data["type"] == "image_saved"]
    assert saved["replayed"]
    statistics = saved["data"]["image_statistics"]
    assert (statistics["target_name"], statistics["image_type"]) == ("M 31", "LIGHT")


@pytest.mark.parametrize("version", ["2.2.15.0", "2.2.12.0"])
@pytest.mark.parametrize("fault", ["unknown_error", "truncated"])
async def test_a_frame_that_arrives_after_the_history_while_the_list_cannot_be_read(
    hass: HomeAssistant,
    socket_enabled: None,
    heard: list[Event[Any]],
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    fault: str,
) -> None:
    """The one that was missed is reported, without its statistics, and no other is reported twice."""
    monkeypatch.setattr(module, "IN_FLIGHT", 1.0)
    async with Observatory(
        port=0, scheduler_port=None, version=version, scenario="idle"
    ) as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        await until(hass, EVENT_STREAM, "on")
        await eventually(lambda: entry.runtime_data.listener.caught_up)
        taken = [
            await observatory.camera.routines.take(Exposure(seconds, "LIGHT", "M 31", save=False))
            for seconds in (1, 2, 3)
        ]
        heard_first, missed, arrives_late = (frame for frame in taken if frame is not None)
        save = observatory.camera.routines.save
        await save(heard_first)
        await eventually(lambda: len(saved_frames(heard)) == 1)
        read = observatory.ledger.count("/event-history")
        async with observatory.faults.during(fault, path="/image-history"):
            async with stream_lost(hass, observatory):
                await save(missed)
            await caught_up(observatory, read + 1)
            await save(arrives_late)
            listener = entry.runtime_data.listener
            await eventually(lambda: listener.caught_up and listener._at_rest, 15)
        assert saved_frames(heard) == [(1.0, False), (None, True), (3.0, False)]
        await unload(hass, entry)
