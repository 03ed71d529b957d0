"""Triggers, through real automations: one run for each event, none for what is past."""

from collections import Counter
from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection
from homeassistant.helpers.trigger import async_get_all_descriptions
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.nina_observatory.api import Role
from custom_components.nina_observatory.const import DOMAIN, EVENT_NINA
from custom_components.nina_observatory.events.bus import async_fire_own
from custom_components.nina_observatory.trigger import TRIGGERS, MomentTrigger
from scripts._checks.files import read_object
from simulator import Observatory

from .conftest import make_entry
from .states import EVENT_STREAM, NOT_SAFE, state, until
from .test_translations import FOLDER
from .waiting import eventually, within

RUN = "an_automation_ran"

# What N.I.N.A. reports, or what is found out here, and the trigger for it.
SAID = {
    "AUTOFOCUS-FINISHED": "autofocus_finished",
    "ERROR-AF": "autofocus_failed",
    "IMAGE-SAVE": "image_saved",
    "MOUNT-AFTER-FLIP": "meridian_flip_finished",
    "MOUNT-BEFORE-FLIP": "meridian_flip_started",
    "SEQUENCE-ENTITY-FAILED": "sequence_failed",
    "SEQUENCE-FINISHED": "sequence_finished",
    "SEQUENCE-STARTING": "sequence_started",
}
FOUND_OUT = {
    "night_report": "night_report_ready",
    "night_watch_pending": "night_watch_noticed_problem",
    "night_watch_triggered": "night_watch_triggered",
    "roof_close_failed": "roof_failed_to_close",
    "roof_guard_closed": "roof_guard_closed_roof",
    "roof_guard_closing": "roof_guard_closes_roof",
    "secure_finished": "secure_finished",
    "target_changed": "target_changed",
}
# Entities that take a state, and the trigger for it.
TAKEN = {
    ("binary_sensor", "camera_at_target_temperature"): ("off", "on", "camera_reached_temperature"),
    ("binary_sensor", "guider_guiding_lost"): ("off", "on", "guiding_lost"),
    ("binary_sensor", "hub_imaging_stalled"): ("off", "on", "imaging_stalled"),
    ("binary_sensor", "hub_waiting_for_person"): ("off", "on", "sequence_waits_for_person"),
    ("binary_sensor", "weather_rain"): ("off", "on", "rain_started"),
    ("sensor", "hub_sequence_state"): ("running", "waiting", "sequence_waits"),
    ("sensor", "hub_hfr"): ("2.0", "3.5", "hfr_crossed_threshold"),
    ("sensor", "guider_rms_total"): ("2.0", "3.5", "guiding_error_crossed_threshold"),
    ("sensor", "mount_time_to_meridian_flip"): (
        "11.5",
        "0.4",
        "time_to_meridian_flip_crossed_threshold",
    ),
}
THRESHOLDS = {
    "hfr_crossed_threshold": {"type": "above", "value": {"number": 3}},
    "guiding_error_crossed_threshold": {"type": "above", "value": {"number": 3}},
    "time_to_meridian_flip_crossed_threshold": {
        "type": "below",
        "value": {"number": 30, "unit_of_measurement": "min"},
    },
}


@pytest.fixture
def entry(observatory: Observatory) -> MockConfigEntry:
    """Return an entry with a night watch, which has triggers of its own."""
    return make_entry(observatory, night_watch=True)


def automation(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> dict[str, Any]:
    """Return an automation on all devices of the entry that names its trigger."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    trigger: dict[str, Any] = {
        "trigger": f"{DOMAIN}.{key}",
        "target": {"device_id": [device.id for device in devices]},
    }
    if key in THRESHOLDS:
        trigger["options"] = {"threshold": THRESHOLDS[key]}
    action = {"event": RUN, "event_data": {"trigger": key}}
    return {"alias": key, "mode": "queued", "triggers": [trigger], "actions": [action]}


@pytest.fixture
async def runs(hass: HomeAssistant, settled: MockConfigEntry) -> Counter[str]:
    """Install an automation for each trigger, and return how often each ran."""
    found: Counter[str] = Counter()

    @callback
    def note(event: Event[Any]) -> None:
        """Count a run."""
        found[event.data["trigger"]] += 1

    hass.bus.async_listen(RUN, note)
    await eventually(lambda: state(hass, NOT_SAFE) == "off")
    installed = [automation(hass, settled, key) for key in TRIGGERS]
    assert await async_setup_component(hass, "automation", {"automation": installed})
    await hass.async_block_till_done()
    enabled = [each for each in hass.states.async_all("automation") if each.state == "on"]
    assert len(enabled) == len(TRIGGERS)
    return found


def find(hass: HomeAssistant, entry: MockConfigEntry, platform: str, key: str) -> str:
    """Return the entity with a key."""
    identity = f"{entry.entry_id}_{key}"
    entity_id = er.async_get(hass).async_get_entity_id(platform, DOMAIN, identity)
    assert entity_id is not None, key
    return str(entity_id)


def device_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the device of an entity."""
    entity = er.async_get(hass).async_get(entity_id)
    assert entity is not None
    assert entity.device_id is not None
    return entity.device_id


def take_states(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Have each entity take its state, and lose and find it again."""
    for (platform, key), (before, after, _) in TAKEN.items():
        entity_id = find(hass, entry, platform, key)
        shown = hass.states.get(entity_id)
        kept = {} if shown is None else shown.attributes
        kept = {**kept, "unit_of_measurement": "h"} if "flip" in key else kept
        for value in ("unavailable", after, "unknown", after, before, after, "unavailable", after):
            hass.states.async_set(entity_id, value, kept)


def test_every_trigger_is_tested() -> None:
    """And none that does not exist."""
    taken = {key for _, _, key in TAKEN.values()}
    safety = {"safety_lost", "safety_restored"}
    assert {*SAID.values(), *FOUND_OUT.values(), *taken, *safety} == {*TRIGGERS}


async def test_every_trigger_is_described(hass: HomeAssistant, settled: MockConfigEntry) -> None:
    """With a target, its fields, texts for all of it, and an icon."""
    described = {
        key.removeprefix(f"{DOMAIN}."): value
        for key, value in (await async_get_all_descriptions(hass)).items()
        if key.startswith(f"{DOMAIN}.") and value
    }
    texts = read_object(FOLDER / "translations/en.json")["triggers"]
    icons = read_object(FOLDER / "icons.json")["triggers"]
    assert {*described} == {*TRIGGERS} == {*texts} == {*icons}
    for key, description in described.items():
        assert description["target"]["entity"], key
        assert set(description.get("fields", {})) == set(texts[key].get("fields", {})), key
        assert texts[key]["description"].startswith("Triggers when "), key
        assert " one or more " in texts[key]["description"], key


@pytest.mark.usefixtures("quiet")
async def test_every_event_runs_its_automation_once(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry, runs: Counter[str]
) -> None:
    """And no other; also the second time, and however soon after the first."""
    triggers = [*SAID.values(), *FOUND_OUT.values()]
    for _ in range(2):
        for name in SAID:
            await observatory.events.emit(name)
        for kind in FOUND_OUT:
            async_fire_own(hass, settled, kind, {}, Role.DOME)
    await eventually(lambda: runs.total() >= 2 * len(triggers))
    await hass.async_block_till_done()
    assert runs == dict.fromkeys(triggers, 2)


@pytest.mark.usefixtures("quiet")
async def test_every_state_runs_its_automation_once(
    hass: HomeAssistant, settled: MockConfigEntry, runs: Counter[str]
) -> None:
    """When it is taken, and not when it was there already."""
    take_states(hass, settled)
    await hass.async_block_till_done()
    assert runs == {trigger: 1 for _, _, trigger in TAKEN.values()}


@pytest.mark.usefixtures("quiet")
async def test_safety_lost_and_restored(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry, runs: Counter[str]
) -> None:
    """Each once, as the monitor reports."""
    observatory.safety_monitor.is_safe = False
    await eventually(lambda: runs["safety_lost"])
    observatory.safety_monitor.is_safe = True
    await eventually(lambda: runs["safety_restored"])
    assert runs == {"safety_lost": 1, "safety_restored": 1}


@pytest.mark.usefixtures("quiet")
async def test_nothing_runs_on_reload(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry, runs: Counter[str]
) -> None:
    """Neither for the last events nor for the states that are found again."""
    observatory.safety_monitor.is_safe = False
    for name in SAID:
        await observatory.events.emit(name)
    await eventually(lambda: runs.total() == len(SAID) + 1)
    runs.clear()
    assert await hass.config_entries.async_reload(settled.entry_id)
    await until(hass, EVENT_STREAM, "on")
    await eventually(lambda: settled.runtime_data.listener.caught_up)
    await hass.async_block_till_done()
    assert runs == {}
    assert state(hass, NOT_SAFE) == "on"
    await observatory.events.emit("SEQUENCE-FINISHED")
    await eventually(lambda: runs["sequence_finished"])
    assert runs == {"sequence_finished": 1}


async def test_nothing_runs_when_n_i_n_a_is_found(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry, runs: Counter[str]
) -> None:
    """What was not known at the start did not change."""
    async with observatory.faults.during("refuse"):
        assert await hass.config_entries.async_reload(settled.entry_id)
        assert state(hass, NOT_SAFE) == "on"
    runs.clear()
    await within(hass, 60, lambda: state(hass, NOT_SAFE) == "off")
    await until(hass, EVENT_STREAM, "on")
    await hass.async_block_till_done()
    assert runs == {}


@pytest.mark.usefixtures("quiet")
async def test_nothing_runs_for_the_past(
    hass: HomeAssistant, observatory: Observatory, runs: Counter[str]
) -> None:
    """What was missed is reported, marked as such, and nobody acts on it."""
    heard = async_capture_events(hass, EVENT_NINA)
    async with observatory.faults.during("socket_refuse"):
        await observatory.faults.start("socket_drop")
        await until(hass, EVENT_STREAM, "off")
        for name in SAID:
            await observatory.events.emit(name)
    await eventually(lambda: len(heard) == len(SAID))
    assert all(event.data["replayed"] for event in heard)
    await hass.async_block_till_done()
    assert runs == {}


# The entities that the editor offers. For other triggers it offers more: it selects by domain and
# device class alone.
OFFERED = {
    "autofocus_failed": {"focuser_autofocus"},
    "autofocus_finished": {"focuser_autofocus"},
    "camera_reached_temperature": {"camera_at_target_temperature"},
    "image_saved": {"hub_latest_image"},
    "meridian_flip_finished": {"mount_parked"},
    "meridian_flip_started": {"mount_parked"},
    "night_report_ready": {"hub_imaging"},
    "night_watch_noticed_problem": {"hub_night_watch"},
    "night_watch_triggered": {"hub_night_watch"},
    "rain_started": {"weather_rain"},
    "roof_failed_to_close": {"dome_shutter", "flat_panel_cover"},
    "roof_guard_closed_roof": {"dome_shutter", "flat_panel_cover"},
    "roof_guard_closes_roof": {"dome_shutter", "flat_panel_cover"},
    "safety_lost": {"hub_not_safe", "safety_monitor_unsafe"},
    "safety_restored": {"hub_not_safe", "safety_monitor_unsafe"},
    "secure_finished": {"hub_imaging"},
    "sequence_failed": {"hub_imaging"},
    "sequence_finished": {"hub_imaging"},
    "sequence_started": {"hub_imaging"},
    "target_changed": {"hub_imaging"},
}


async def offered(
    hass: HomeAssistant, client: WebSocketGenerator, entry: MockConfigEntry, kind: str
) -> dict[str, set[str]]:
    """Return the entities that the editor offers for each trigger or condition, as it asks for them."""
    socket = await client()
    found: dict[str, set[str]] = {}
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        if hass.states.get(entity.entity_id) is None:
            continue
        request = {"type": f"get_{kind}_for_target", "target": {"entity_id": [entity.entity_id]}}
        await socket.send_json_auto_id(request)
        answer = await socket.receive_json()
        for key in answer["result"]:
            if key.startswith(f"{DOMAIN}."):
                found.setdefault(key.removeprefix(f"{DOMAIN}."), set()).add(entity.entity_id)
    return found


@pytest.mark.defaults
async def test_what_the_editor_offers(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    observatory: Observatory,
    settled: MockConfigEntry,
) -> None:
    """Only what can fire; and each entity that is offered does, also one of another kind."""
    found = await offered(hass, hass_ws_client, settled, "triggers")
    assert set(found) == set(TRIGGERS)
    prefix = f"{settled.entry_id}_"
    registry = er.async_get(hass)
    for key, unique in OFFERED.items():
        shown = [registry.async_get(each) for each in found[key]]
        assert {each.unique_id.removeprefix(prefix) for each in shown if each} == unique, key
    await until(hass, NOT_SAFE, "off")
    ran: Counter[tuple[str, str]] = Counter()
    installed = []
    for key, entities in found.items():
        for entity_id in sorted(entities):
            config = automation(hass, settled, key)
            config["alias"] = f"{key} {entity_id}"
            config["triggers"][0]["target"] = {"entity_id": entity_id}
            config["actions"][0]["event_data"] = {"trigger": key, "entity": entity_id}
            installed.append(config)

    @callback
    def note(event: Event[Any]) -> None:
        """Count a run."""
        ran[event.data["trigger"], event.data["entity"]] += 1

    hass.bus.async_listen(RUN, note)
    assert await async_setup_component(hass, "automation", {"automation": installed})
    await hass.async_block_till_done()
    for name in SAID:
        await observatory.events.emit(name)
    for kind in FOUND_OUT:
        async_fire_own(hass, settled, kind, {}, Role.DOME)
    take_states(hass, settled)
    hass.states.async_set(NOT_SAFE, "on", {"reason": "unsafe"})
    hass.states.async_set(NOT_SAFE, "off", {})
    expected = {(key, entity_id) for key, entities in found.items() for entity_id in entities}
    await eventually(lambda: set(ran) == expected)
    await hass.async_block_till_done()
    assert set(ran.values()) == {1}


@pytest.mark.usefixtures("quiet")
async def test_any_device_of_the_observatory_is_a_target(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """One that has nothing to do with it, too; each runs its automation once."""
    ran = async_capture_events(hass, RUN)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), settled.entry_id)
    installed = []
    for device in devices:
        config = automation(hass, settled, "meridian_flip_started")
        config["alias"] = str(device.name)
        config["triggers"][0]["target"] = {"device_id": device.id}
        installed.append(config)
    assert len(devices) > 10
    assert await async_setup_component(hass, "automation", {"automation": installed})
    await hass.async_block_till_done()
    await observatory.events.emit("MOUNT-BEFORE-FLIP")
    await eventually(lambda: len(ran) == len(devices))
    await hass.async_block_till_done()
    assert len(ran) == len(devices)


@pytest.mark.parametrize("left_out", ["entity_id", "device_id"])
async def test_what_a_target_leaves_out_stays_out(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry, left_out: str
) -> None:
    """It does not come back as a part of its observatory."""
    ran = async_capture_events(hass, RUN)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), settled.entry_id)
    mount = find(hass, settled, "event", "mount_mount")
    config = [automation(hass, settled, each) for each in ("meridian_flip_started", "image_saved")]
    for each in config:
        each["triggers"][0]["target"] = {
            "device_id": [device.id for device in devices],
            "exclude": {left_out: mount if left_out == "entity_id" else device_of(hass, mount)},
        }
    assert await async_setup_component(hass, "automation", {"automation": config})
    await hass.async_block_till_done()
    await observatory.events.emit("MOUNT-BEFORE-FLIP")
    await observatory.events.emit("IMAGE-SAVE")
    if "exclude" not in getattr(TargetSelection, "__slots__", ()):
        # The oldest Home Assistant knows no such targets, and refuses the automations.
        assert {each.state for each in hass.states.async_all("automation")} == {"unavailable"}
        return
    await eventually(lambda: ran)
    await hass.async_block_till_done()
    assert [event.data["trigger"] for event in ran] == ["image_saved"]


def test_moments_are_told_by_entities_that_can_tell_them() -> None:
    """The types of events are those of the entities the triggers look at."""
    from custom_components.nina_observatory import event  # noqa: PLC0415  # a platform

    types = {
        f"{role}_{each.key}": each.event_types or []
        for role, descriptions in event.EVENTS.items()
        for each in descriptions
    }
    for key, trigger in TRIGGERS.items():
        if issubclass(trigger, MomentTrigger):
            assert trigger._event_type in types[trigger._key], key
