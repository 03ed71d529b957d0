"""The diary: the lines of a night in the logbook of Home Assistant."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_load_integrations
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.nina_observatory.api import EventType, Role
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.event import STEPS
from custom_components.nina_observatory.events.bus import async_fire_own
from custom_components.nina_observatory.events.own_types import OwnEventType
from custom_components.nina_observatory.logbook import message
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .conftest import set_up, unload
from .states import EVENT_STREAM, stream_lost, until
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("quiet")

WORDS = [
    (EventType.MOUNT_PARKED, {}, "Mount parked"),
    (
        EventType.IMAGE_SAVED,
        {
            "image_statistics": {
                "target_name": "M 31",
                "filter": "Ha",
                "exposure_time": 300.0,
                "hfr": 1.934,
            }
        },
        "Frame saved: M 31, Ha, 300 s, HFR 1.93 px",
    ),
    (EventType.IMAGE_SAVED, {"image_statistics": {"filter": None}}, "Frame saved"),
    (EventType.IMAGE_SAVED, {"image_statistics": []}, "Frame saved"),
    (
        EventType.FILTER_CHANGED,
        {"previous": {"name": "L", "id": 0}, "new": {"name": "Ha", "id": 4}},
        "Filter changed: L → Ha",
    ),
    (EventType.FILTER_CHANGED, {"previous": None, "new": None}, "Filter changed"),
    (EventType.ROTATOR_MOVED, {"from": 10.2, "to": 95}, "Rotator moved: 10 ° → 95 °"),
    (EventType.SAFETY_CHANGED, {"is_safe": True}, "Safety changed: Safe"),
    (EventType.SAFETY_CHANGED, {}, "Safety changed: Unsafe"),
    (
        EventType.SCHEDULER_NEW_TARGET_STARTED,
        {"target_name": "M 31", "project_name": "Autumn"},
        "New target started: M 31, Autumn",
    ),
    (
        EventType.SCHEDULER_WAIT_STARTED,
        {"wait_end_time": "2026-11-21T22:15:00+00:00"},
        "Wait started: → 14:15:00",
    ),
    (EventType.SCHEDULER_WAIT_STARTED, {"wait_end_time": "soon"}, "Wait started"),
    (
        EventType.SEQUENCE_ENTITY_FAILED,
        {"entity": "Center", "error": "No stars"},
        "Instruction failed: Center, No stars",
    ),
    (EventType.CUSTOM, {"text": "Dew"}, "Sequence message: Dew"),
    (OwnEventType.TARGET_CHANGED, {"target": "M 33"}, "Target changed: M 33"),
    (OwnEventType.ROOF_GUARD_CLOSING, {"reason": "rain"}, "Roof guard is closing the roof: Rain"),
    (
        OwnEventType.ROOF_GUARD_CLOSED,
        {"reason": "unsafe"},
        "Roof closed because of danger: Safety monitor reports unsafe",
    ),
    (
        OwnEventType.ROOF_CLOSE_FAILED,
        {"reason": "mount_not_parked"},
        "Roof may still be open: Mount not parked",
    ),
    (
        OwnEventType.ROOF_CLOSE_FAILED,
        {"reason": "closing"},
        "Roof may still be open: Closing is taking too long",
    ),
    (OwnEventType.ROOF_CLOSE_FAILED, {"reason": "unheard of"}, "Roof may still be open"),
    ("not_known_here", {}, "not_known_here"),
]


@pytest.fixture
async def texts(hass: HomeAssistant) -> None:
    """Have the texts at hand, as after the set-up of the integration."""
    await async_load_integrations(hass, {DOMAIN})


@pytest.mark.usefixtures("texts")
@pytest.mark.parametrize(("kind", "data", "words"), WORDS)
async def test_words(hass: HomeAssistant, kind: str, data: dict[str, Any], words: str) -> None:
    """What happened, and what there is to say about it."""
    assert message(hass, {"type": kind, "data": data}) == words


async def test_words_are_written_as_in_their_language(hass: HomeAssistant) -> None:
    """A decimal comma, and a space before a colon."""
    hass.config.language = "fr"
    await async_load_integrations(hass, {DOMAIN})
    saved = {"image_statistics": {"filter": "Ha", "hfr": 1.934}}
    line = message(hass, {"type": EventType.IMAGE_SAVED, "data": saved})
    assert line == "Image enregistrée : Ha, HFR 1,93 px"


@pytest.mark.usefixtures("texts")
@pytest.mark.parametrize("odd", [1e300, 10**30, True, float("inf")])
async def test_numbers_that_nobody_measured(hass: HomeAssistant, odd: Any) -> None:
    """They are left out, and so is a movement from or to them."""
    frame = {"target_name": "M 31", "exposure_time": odd, "hfr": odd}
    told = {"type": EventType.IMAGE_SAVED, "data": {"image_statistics": frame}}
    assert message(hass, told).endswith(": M 31")
    moved = message(hass, {"type": EventType.DOME_SLEWED, "data": {"from": odd, "to": 20}})
    assert moved == message(hass, {"type": EventType.DOME_SLEWED, "data": {}})


@pytest.mark.usefixtures("texts")
@pytest.mark.parametrize(
    "data", [{}, None, {"previous": 1, "image_statistics": 7, "wait_end_time": 3, "text": []}]
)
async def test_every_event_has_words(hass: HomeAssistant, data: Any) -> None:
    """Whatever is missing of what it usually says, or is something else."""
    for kind in {*EventType, *OwnEventType} - {*STEPS}:
        said = message(hass, {"type": kind, "data": data, "name": "A name"})
        assert said != kind
        assert said == said.strip().removesuffix(":")
    assert message(hass, {"type": "other", "data": {}, "name": "COFFEE"}) == "Unknown event: COFFEE"


@pytest.mark.usefixtures("texts")
async def test_what_is_told_later_says_when_it_was(hass: HomeAssistant) -> None:
    """In the time of Home Assistant; without a time it is told as it is."""
    told = {"type": "mount_parked", "data": {}, "replayed": True}
    assert message(hass, {**told, "time": "2026-11-21T22:15:07+00:00"}) == "Mount parked (14:15:07)"
    assert message(hass, {**told, "time": None}) == "Mount parked"


async def read_logbook(
    hass: HomeAssistant, client: WebSocketGenerator, **selection: Any
) -> list[tuple[str, str]]:
    """Return entity or name of the lines of this integration, and what they say."""
    await async_wait_recording_done(hass)
    socket = await client()
    now = dt_util.utcnow()
    start = (now - timedelta(hours=1)).isoformat()
    await socket.send_json_auto_id({"type": "logbook/get_events", "start_time": start, **selection})
    answer = await socket.receive_json()
    return [
        (each["name"], each["message"])
        if each.get("domain") == DOMAIN
        else (each["entity_id"], each.get("attributes", {}).get("event_type", each["state"]))
        for each in answer["result"]
    ]


def event_entity(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> str:
    """Return the event entity of a role and key."""
    identity = f"{entry.entry_id}_{key}"
    entity_id = er.async_get(hass).async_get_entity_id("event", DOMAIN, identity)
    assert entity_id is not None
    return str(entity_id)


async def test_every_moment_has_one_line(
    recorder_mock: Any,
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    observatory: Observatory,
    entry: MockConfigEntry,
) -> None:
    """On the whole page, that of a device, and that of an entity; what was missed has its time."""
    assert await async_setup_component(hass, "logbook", {})
    await set_up(hass, entry)
    await eventually(lambda: entry.runtime_data.listener.caught_up)
    registry = er.async_get(hass)
    for key in ("dome_dome", "focuser_autofocus", "hub_error", "hub_image"):
        entity_id = event_entity(hass, entry, key)
        registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    await observatory.events.emit("SEQUENCE-STARTING")
    await observatory.camera.routines.take(Exposure(2, "LIGHT", "M 31"))
    await observatory.events.emit("ERROR-PLATESOLVE")
    # The time of the last autofocus shows it.
    await observatory.events.emit("AUTOFOCUS-FINISHED")
    async with stream_lost(hass, observatory):
        await observatory.events.emit("MOUNT-PARKED")
    await until(hass, EVENT_STREAM, "on")
    await eventually(lambda: entry.runtime_data.listener.caught_up)
    async_fire_own(hass, entry, OwnEventType.ROOF_CLOSE_FAILED, {"reason": "open"}, Role.DOME)
    events = [each for each in await read_logbook(hass, hass_ws_client) if told(each)]
    parked = f"{dt_util.as_local(observatory.events.history[-1].time):%H:%M:%S}"
    mount = ("Observatory mount", f"Mount parked ({parked})")
    dome = ("Observatory dome", "Roof may still be open: Still open")
    sequence = (event_entity(hass, entry, "hub_sequence"), "sequence_started")
    assert [(name, text.split(", HFR")[0]) for name, text in events] == [
        sequence,
        ("Observatory camera", "Frame saved: M 31, L, 2 s"),
        ("Observatory", "Plate solving failed"),
        mount,
        dome,
    ]
    for key, line in (("mount", mount), ("dome", dome)):
        found = er.async_entries_for_config_entry(registry, entry.entry_id)
        device = next(each for each in found if each.unique_id.endswith(f"_{key}_{key}")).device_id
        entities = [each.entity_id for each in found if each.device_id == device]
        selection = {"device_ids": [device], "entity_ids": entities}
        page = await read_logbook(hass, hass_ws_client, **selection)
        assert [each for each in page if told(each)] == [line]
    assert await read_logbook(hass, hass_ws_client, entity_ids=[sequence[0]]) == [sequence]
    await unload(hass, entry)


def told(line: tuple[str, str]) -> bool:
    """Return whether a line is that of an event."""
    return line[0].startswith(("event.", "Observatory"))
