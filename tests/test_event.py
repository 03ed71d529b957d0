"""Event entities: every moment where it belongs, those of the past nowhere."""

import json
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.json import json_bytes
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.api import EventType
from custom_components.nina_observatory.api.events.types import MEANINGS
from custom_components.nina_observatory.const import DOMAIN, EVENT_NINA
from custom_components.nina_observatory.event import EVENTS, STEPS
from custom_components.nina_observatory.events.own_types import OwnEventType
from scripts._checks.files import read_object
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .conftest import SPEED, make_entry, set_up, unload
from .states import EVENT_STREAM, attributes, state, stream_lost, until
from .test_translations import FOLDER
from .waiting import eventually

DESCRIPTIONS = [each for descriptions in EVENTS.values() for each in descriptions]

IMAGE = "event.observatory_imaging_image_events"
MOUNT = "event.observatory_mount_mount_events"
SESSION = "event.observatory_session_events"
FILTER = "event.observatory_filter_wheel_filter_wheel_events"

pytestmark = pytest.mark.usefixtures("quiet")


def last(hass: HomeAssistant, entity_id: str) -> Any:
    """Return the type of the last event that an entity shows."""
    return attributes(hass, entity_id)["event_type"]


@pytest.fixture
async def shown(hass: HomeAssistant) -> list[tuple[str, str]]:
    """Return entity and type of the events shown since."""
    events: list[tuple[str, str]] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        """Take note of a new time of an event entity."""
        old, new = event.data["old_state"], event.data["new_state"]
        if new and old and new.domain == "event" and "event_type" in new.attributes:
            moved = new.state != old.state != "unavailable"
            events.extend([(new.entity_id, new.attributes["event_type"])] * moved)

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    return events


def test_every_type_of_event_has_an_entity() -> None:
    """Nothing that N.I.N.A. reports or that is found out here is left out, but steps on the way."""
    types = {kind for each in DESCRIPTIONS for kind in each.event_types or ()}
    assert types == {*EventType, *OwnEventType} - {*STEPS}


def test_every_type_of_event_has_a_text() -> None:
    """And each has the same one wherever it is shown."""
    texts = read_object(FOLDER / "translations/en.json")["entity"]["event"]
    told: dict[str, str] = {}
    for each in DESCRIPTIONS:
        states = texts[each.translation_key]["state_attributes"]["event_type"]["state"]
        assert set(states) == set(each.event_types or ()), each.key
        for kind, text in states.items():
            assert told.setdefault(kind, text) == text


async def test_every_event_reaches_its_entities(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    shown: list[tuple[str, str]],
) -> None:
    """Each shows once per entity, on the device it is about."""
    registry = er.async_get(hass)
    expected = []
    for name, meaning in MEANINGS.items():
        await observatory.events.emit(name)
        for role, descriptions in EVENTS.items():
            for each in descriptions:
                if meaning.type in (each.event_types or ()):
                    identity = f"{settled.entry_id}_{role}_{each.key}"
                    entity_id = registry.async_get_entity_id("event", DOMAIN, identity)
                    expected.append((entity_id, meaning.type))
    await eventually(lambda: len(shown) >= len(expected))
    assert sorted(shown) == sorted(expected)


async def test_a_frame_brings_its_statistics(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """What was measured is there to be used by an automation."""
    assert state(hass, IMAGE) == "unknown"
    await observatory.camera.routines.take(Exposure(2, "LIGHT", "M 31"))
    await eventually(lambda: last(hass, IMAGE) == "image_saved")
    shown = attributes(hass, IMAGE)
    assert (shown["target_name"], shown["exposure_time"]) == ("M 31", 2.0)
    assert shown["friendly_name"] == "Observatory imaging Image events"


async def test_a_frame_without_a_name_has_no_picture_but_its_own(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    """Old plugins name no files, and number light frames alone."""
    async with Observatory(port=0, scheduler_port=None, speed=SPEED, version="2.1.6") as old:
        entry = make_entry(old)
        await set_up(hass, entry)
        await eventually(lambda: entry.runtime_data.listener.caught_up)
        heard = async_capture_events(hass, EVENT_NINA)
        pictures = []
        for target, kind in (("M 31", "LIGHT"), ("", "FLAT"), ("M 33", "LIGHT")):
            heard.clear()
            await old.camera.routines.take(Exposure(2, kind, target))
            await eventually(lambda: [e for e in heard if e.data["type"] == "image_saved"])
            pictures.append(attributes(hass, IMAGE).get("picture"))
        assert pictures[1] is None
        assert len({*pictures}) == 3
        await unload(hass, entry)


async def test_what_nobody_knows_stays_apart(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Its keys are not taken for those of Home Assistant."""
    await observatory.events.emit("COFFEE-READY", EventType="mount_parked", FriendlyName="Kettle")
    await eventually(lambda: last(hass, SESSION) == "other")
    shown = attributes(hass, SESSION)
    assert shown["name"] == "COFFEE-READY"
    assert shown["data"] == {"event_type": "mount_parked", "friendly_name": "Kettle"}
    assert shown["friendly_name"] == "Observatory Session events"
    await observatory.events.emit_text("Dew heater on")
    await eventually(lambda: last(hass, SESSION) == "custom")
    assert attributes(hass, SESSION)["name"] == "Dew heater on"


async def test_a_filter_changed_to_itself_is_no_event(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    shown: list[tuple[str, str]],
) -> None:
    """N.I.N.A. announces the filter before every exposure."""
    luminance, hydrogen = {"Name": "L", "Id": 0}, {"Name": "Ha", "Id": 4}
    await observatory.events.emit("FILTERWHEEL-CHANGED", Previous=luminance, New=luminance)
    await observatory.events.emit("FILTERWHEEL-CHANGED", Previous=luminance, New=hydrogen)
    await observatory.events.emit("FILTERWHEEL-CHANGED", Previous=hydrogen, New=hydrogen)
    await observatory.events.emit("MOUNT-HOMED")
    await eventually(lambda: (MOUNT, "mount_homed") in shown)
    assert shown == [(FILTER, "filter_changed"), (MOUNT, "mount_homed")]
    assert attributes(hass, FILTER)["new"] == {"name": "Ha", "id": 4}


async def test_the_past_shows_nowhere(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    shown: list[tuple[str, str]],
) -> None:
    """What was missed goes to the bus, but is no moment; what comes next is."""
    heard = async_capture_events(hass, EVENT_NINA)
    async with stream_lost(hass, observatory):
        await observatory.events.emit("MOUNT-PARKED")
    await eventually(lambda: heard)
    assert heard[0].data["replayed"] is True
    await observatory.events.emit("MOUNT-UNPARKED")
    await eventually(lambda: shown)
    assert shown == [(MOUNT, "mount_unparked")]


async def test_a_burst_is_counted_out(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    shown: list[tuple[str, str]],
) -> None:
    """However many come within a moment, each is a change of state of its own."""
    for _ in range(50):
        await observatory.events.emit("MOUNT-HOMED")
    await eventually(lambda: len(shown) == 50)


@pytest.fixture
async def reloaded(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> MockConfigEntry:
    """Return an entry that was reloaded after an event."""
    await observatory.events.emit("MOUNT-PARKED")
    await eventually(lambda: last(hass, MOUNT) == "mount_parked")
    await unload(hass, settled)
    await observatory.events.emit("MOUNT-UNPARKED")
    assert await hass.config_entries.async_setup(settled.entry_id)
    await until(hass, EVENT_STREAM, "on")
    return settled


async def test_a_reload_keeps_the_last_moment(
    hass: HomeAssistant, observatory: Observatory, reloaded: MockConfigEntry
) -> None:
    """It is what was last seen, not what happened while nobody looked."""
    assert last(hass, MOUNT) == "mount_parked"
    await observatory.events.emit("MOUNT-HOMED")
    await eventually(lambda: last(hass, MOUNT) == "mount_homed")


async def test_an_event_entity_does_not_go_with_its_device(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    shown: list[tuple[str, str]],
) -> None:
    """The first event after N.I.N.A. was gone counts like any other."""
    async with observatory.faults.during("refuse"):
        await until(hass, EVENT_STREAM, "off")
        await settled.runtime_data.equipment.async_read()
        assert state(hass, "binary_sensor.observatory_reachable") == "off"
        assert state(hass, MOUNT) == "unknown"
    await until(hass, EVENT_STREAM, "on")
    await observatory.events.emit("MOUNT-PARKED")
    await eventually(lambda: (MOUNT, "mount_parked") in shown)


async def test_two_rigs_do_not_hear_each_other(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    shown: list[tuple[str, str]],
) -> None:
    """An event of one entry is none of the other."""
    async with Observatory(port=0, scheduler_port=None, scenario="idle") as other:
        entry = MockConfigEntry(
            domain=DOMAIN, title="Other", data={"host": "127.0.0.1", "port": other.port}
        )
        await set_up(hass, entry)
        await other.events.emit("SEQUENCE-STARTING")
        await eventually(lambda: shown)
        assert shown == [("event.other_sequence_sequence_events", "sequence_started")]
        await unload(hass, entry)


@pytest.mark.parametrize(
    "told",
    [
        {"Event": "COFFEE-READY", "Cups": 2, "Story": "x" * 20_000},
        {"Event": "COFFEE-READY" + "!" * 20_000, "Cups": 2},
        {"Event": "SAFETY-CHANGED", "IsSafe": True, "Story": "ä" * 9_000},
        "x" * 20_000,
    ],
)
async def test_attributes_that_the_recorder_would_not_keep(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry, told: Any
) -> None:
    """The largest values are left out, all others stay."""
    named = isinstance(told, dict) and told["Event"] == "SAFETY-CHANGED"
    entity_id = (
        "event.observatory_safety_monitor_safety_monitor_events"
        if named
        else "event.observatory_session_events"
    )
    before = state(hass, entity_id)
    await observatory.socket.broadcast(json.dumps({"Response": told}))
    await eventually(lambda: state(hass, entity_id) != before)
    shown = attributes(hass, entity_id)
    assert len(json_bytes(dict(shown))) < 16_384
    data = shown if named else shown["data"]
    assert data["truncated"] is True
    if named:
        assert shown["is_safe"] is True
    elif isinstance(told, dict):
        assert data.get("cups") == 2
