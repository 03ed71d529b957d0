"""Events on the bus of Home Assistant: all of them, with all that N.I.N.A. reported."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.json import json_bytes
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.api import Role
from custom_components.nina_observatory.api.events.types import MEANINGS
from custom_components.nina_observatory.const import DOMAIN, EVENT_NINA
from custom_components.nina_observatory.events.bus import PARTS, BusEvent, async_fire_own, event_bus
from custom_components.nina_observatory.events.own_types import OwnEventType
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .conftest import SPEED, make_entry, set_up, unload
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def heard(hass: HomeAssistant) -> list[Event[Any]]:
    """Return the events that came over the bus since."""
    return async_capture_events(hass, EVENT_NINA)


def device_id(hass: HomeAssistant, entry: MockConfigEntry, role: str | None) -> str:
    """Return the device of a role or part; without one, the hub."""
    suffix = "" if role in (None, Role.HUB) else f"_{role}"
    identifier = (DOMAIN, f"{entry.entry_id}{suffix}")
    device = dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)
    assert device is not None
    return device.id


async def test_every_event_there_is(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    heard: list[Event[Any]],
) -> None:
    """Each comes once, in order, with its stable name and the device it is about."""
    for name in MEANINGS:
        await observatory.events.emit(name)
    await eventually(lambda: len(heard) >= len(MEANINGS))
    assert [event.data for event in heard] == [
        {
            "device_id": device_id(hass, settled, PARTS.get(meaning.type, meaning.role)),
            "entry_id": settled.entry_id,
            "type": meaning.type.value,
            "time": event.data["time"],
            "data": {},
        }
        for event, meaning in zip(heard, MEANINGS.values(), strict=True)
    ]


async def test_an_event_carries_its_time(
    observatory: Observatory, settled: MockConfigEntry, heard: list[Event[Any]]
) -> None:
    """Live events have no time of their own: it is that of their arrival."""
    await observatory.events.emit("MOUNT-PARKED")
    await eventually(lambda: heard)
    arrived = datetime.fromisoformat(heard[0].data["time"])
    assert abs(datetime.now(UTC) - arrived) < timedelta(seconds=10)


async def test_nested_values_are_kept(
    observatory: Observatory, settled: MockConfigEntry, heard: list[Event[Any]]
) -> None:
    """The whole payload, in the spelling of Home Assistant."""
    await observatory.events.emit(
        "FILTERWHEEL-CHANGED", Previous={"Name": "L", "Id": 0}, New={"Name": "Ha", "Id": 4}
    )
    await eventually(lambda: heard)
    assert heard[0].data["data"] == {
        "previous": {"name": "L", "id": 0},
        "new": {"name": "Ha", "id": 4},
    }


async def test_a_saved_frame_brings_its_statistics(
    observatory: Observatory, settled: MockConfigEntry, heard: list[Event[Any]]
) -> None:
    """What was measured is there, what was not is unknown, and there is no picture."""
    await observatory.camera.routines.take(Exposure(2, "DARK", "M 31"))
    await eventually(lambda: [e for e in heard if e.data["type"] == "image_saved"])
    saved = next(event for event in heard if event.data["type"] == "image_saved").data
    statistics = saved["data"]["image_statistics"]
    assert (statistics["exposure_time"], statistics["image_type"]) == (2.0, "DARK")
    assert statistics["hfr"] is None
    assert len(json_bytes(saved)) < 2000


async def test_local_times_are_made_absolute(
    observatory: Observatory, settled: MockConfigEntry, heard: list[Event[Any]]
) -> None:
    """The end of a target is local time of the imaging computer, and does not say so."""
    end = observatory.clock.now().replace(microsecond=0)
    await observatory.events.emit("TS-TARGETSTART", TargetEndTime=end.replace(tzinfo=None))
    await eventually(lambda: heard)
    told = datetime.fromisoformat(heard[0].data["data"]["target_end_time"])
    assert told == end
    assert told.utcoffset() == end.utcoffset()


async def test_an_event_of_a_plugin_that_does_not_exist_yet(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    heard: list[Event[Any]],
) -> None:
    """It comes through with its own name, for the hub."""
    await observatory.events.emit("COFFEE-READY", CupSize=3, Milk={"InMl": [20, "NaN"]})
    await eventually(lambda: heard)
    assert heard[0].data == {
        "device_id": device_id(hass, settled, None),
        "entry_id": settled.entry_id,
        "type": "other",
        "name": "COFFEE-READY",
        "time": heard[0].data["time"],
        "data": {"cup_size": 3, "milk": {"in_ml": [20, None]}},
    }


async def test_a_text_that_the_users_sequence_sends(
    observatory: Observatory, settled: MockConfigEntry, heard: list[Event[Any]]
) -> None:
    """The text is the name, and the payload."""
    await observatory.events.emit_text(" Dämmerung vorbei ")
    await eventually(lambda: heard)
    assert heard[0].data["type"] == "custom"
    assert heard[0].data["name"] == "Dämmerung vorbei"
    assert heard[0].data["data"] == {"text": "Dämmerung vorbei"}


async def test_what_is_too_large_for_the_recorder_says_so(
    observatory: Observatory, settled: MockConfigEntry, heard: list[Event[Any]]
) -> None:
    """The event is reported anyway, with what fits; what is no event at all is left out."""
    await observatory.events.emit("HUGE", Data="x" * 2_000_000)
    await observatory.events.emit("LARGE", Data="x" * 40_000, Cups=3, Name="Kettle")
    await observatory.events.emit_text("y" * 40_000)
    await observatory.events.emit("MOUNT-PARKED")
    await eventually(lambda: len(heard) == 3)
    assert [event.data["type"] for event in heard] == ["other", "custom", "mount_parked"]
    assert [event.data["data"] for event in heard] == [
        {"cups": 3, "name": "Kettle", "truncated": True},
        {"truncated": True},
        {},
    ]
    assert heard[0].data["name"] == "LARGE"
    assert heard[1].data["name"].startswith("yyy")
    assert max(len(json_bytes(event.data)) for event in heard) < 32_000


@pytest.fixture
async def old(hass: HomeAssistant, socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run an observatory with the oldest plugin, listened to."""
    async with Observatory(
        port=0, scheduler_port=0, speed=SPEED, scenario="idle", version="2.0.1"
    ) as old:
        entry = make_entry(old)
        await set_up(hass, entry)
        await eventually(lambda: old.ledger.count("/event-history") and not old.ledger.pending)
        yield old
        await unload(hass, entry)


async def test_the_oldest_plugin_says_the_same_in_other_words(
    old: Observatory, heard: list[Event[Any]]
) -> None:
    """Whatever can be reported alike has the same name."""
    for name in ("MOUNT-PARKED", "MOUNT-CONNECTED", "SEQUENCE-STARTING"):
        await old.events.emit(name)
    await old.events.emit("IMAGE-SAVE", ImageStatistics={"ImageType": "LIGHT"})
    await eventually(lambda: len(heard) == 4)
    assert [event.data["type"] for event in heard] == [
        "mount_parked",
        "mount_connection_changed",
        "sequence_started",
        "image_saved",
    ]


async def test_receivers_inside_see_what_the_bus_shows(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    heard: list[Event[Any]],
) -> None:
    """The same events in the same order, also where one of them fires another."""
    bus = event_bus(hass, settled)
    seen: list[str] = []

    def answer(event: BusEvent) -> None:
        """Fire an event because of another."""
        if event["type"] == "mount_homed":
            async_fire_own(hass, settled, OwnEventType.NIGHT_REPORT, {})

    removals = [bus.async_subscribe(answer)]
    removals.append(bus.async_subscribe(lambda event: seen.append(event["type"])))
    await observatory.events.emit("MOUNT-HOMED")
    await observatory.events.emit("MOUNT-PARKED")
    await eventually(lambda: len(heard) == 3)
    assert seen == ["mount_homed", "night_report", "mount_parked"]
    assert [event.data["type"] for event in heard] == seen
    for remove in removals:
        remove()
    await observatory.events.emit("MOUNT-HOMED")
    await eventually(lambda: len(heard) == 4)
    assert len(seen) == 3
