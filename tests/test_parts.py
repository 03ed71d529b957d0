"""Imaging and sequence as devices of their own beside the hub, also where they were on its page."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.helpers.device_registry import DeviceEntry, DeviceEntryType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.helpers.devices import HubPart
from simulator import Observatory

from .conftest import set_up, unload
from .waiting import eventually

# What the page of the hub is left with: safety, what acts on everything, and the connection.
HUB = {
    *(
        "binary_sensor.hub_event_stream",
        "binary_sensor.hub_not_safe",
        "binary_sensor.hub_reachable",
    ),
    *("button.hub_connect_all", "button.hub_disconnect_all", "button.hub_pause_alignment"),
    *("button.hub_refresh", "button.hub_resume_alignment", "button.hub_secure"),
    *("button.hub_start_up", "camera.hub_screenshot", "event.hub_error", "event.hub_session"),
    *("select.hub_profile", "select.hub_tab", "sensor.hub_active_profile", "sensor.hub_last_error"),
    *("sensor.hub_next_dawn", "sensor.hub_next_dusk", "sensor.hub_now_imaging"),
    "sensor.hub_safety_reason",
    *("sensor.hub_event_latency", "sensor.hub_nina_version", "sensor.hub_plugin_version"),
    *("sensor.hub_procedure_step", "sensor.hub_started_at", "switch.hub_alignment"),
}
SEQUENCE = {
    *("binary_sensor.hub_waiting_for_person", "button.hub_reset_sequence"),
    *("button.hub_skip_current", "button.hub_skip_to_end", "button.hub_skip_to_imaging"),
    *("event.hub_sequence", "select.hub_sequence", "sensor.hub_current_exposure"),
    "sensor.hub_current_instruction",
    *("sensor.hub_current_target", "sensor.hub_exposures_done", "sensor.hub_exposures_total"),
    *("sensor.hub_sequence_ends_at", "sensor.hub_sequence_progress", "sensor.hub_sequence_state"),
    *("sensor.hub_waiting_until", "switch.hub_sequence"),
}
# Entity ids of earlier releases, one of which a user has given.
EARLIER = {
    ("sensor", "hub_hfr"): "sensor.sharpness",
    ("image", "hub_latest_image"): "image.observatory_latest_image",
    ("sensor", "hub_max"): "sensor.observatory_frame_maximum",
    ("event", "hub_sequence"): "event.observatory_night_sequence",
}
RUN = "an_automation_ran"


def device(hass: HomeAssistant, entry: MockConfigEntry, part: str = "") -> DeviceEntry:
    """Return the device of a part, or the hub."""
    identifier = (DOMAIN, f"{entry.entry_id}_{part}" if part else entry.entry_id)
    found = dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)
    assert found is not None
    return found


def on_page(hass: HomeAssistant, entry: MockConfigEntry, part: str = "") -> set[str]:
    """Return the entities of a device by platform, role and key."""
    registry, prefix = er.async_get(hass), f"{entry.entry_id}_"
    found = er.async_entries_for_device(
        registry, device(hass, entry, part).id, include_disabled_entities=True
    )
    return {f"{each.domain}.{each.unique_id.removeprefix(prefix)}" for each in found}


async def test_a_page_for_each(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """The hub has safety and connection; what has neither is about the sequence or about imaging."""
    hub = device(hass, settled)
    for part in HubPart:
        found = device(hass, settled, part)
        assert found.via_device_id == hub.id
        assert found.entry_type is DeviceEntryType.SERVICE
        assert found.name == f"Observatory {part}"
    assert on_page(hass, settled) == HUB
    assert on_page(hass, settled, "sequence") == SEQUENCE
    assert {"image.hub_latest_image", "sensor.hub_hfr"} < on_page(hass, settled, "imaging")
    assert all(".hub_" in key for key in on_page(hass, settled, "imaging"))


def as_before(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Have the registries as an earlier release left them, and as a user changed them."""
    area = ar.async_get(hass).async_create("Garden")
    label = lr.async_get(hass).async_create("Night")
    devices, registry, hub = dr.async_get(hass), er.async_get(hass), device(hass, entry)
    devices.async_update_device(
        hub.id, area_id=area.id, labels={label.label_id}, name_by_user="Hut"
    )
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        key = (entity.domain, entity.unique_id.removeprefix(f"{entry.entry_id}_"))
        if key[1].startswith("hub_"):
            entity_id = EARLIER.get(key, entity.entity_id)
            registry.async_update_entity(
                entity.entity_id, device_id=hub.id, new_entity_id=entity_id
            )
    for part in HubPart:
        devices.async_remove_device(device(hass, entry, part).id)


async def test_an_existing_installation(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """Its entities move with their ids, to where the hub is; what users named stays."""
    await set_up(hass, entry)
    await unload(hass, entry)
    as_before(hass, entry)
    assert on_page(hass, entry) > HUB | SEQUENCE
    before = {each.id: each.entity_id for each in er.async_get(hass).entities.values()}
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    after = {each.id: each.entity_id for each in er.async_get(hass).entities.values()}
    assert before.items() <= after.items()
    assert on_page(hass, entry) == HUB
    assert on_page(hass, entry, "sequence") == SEQUENCE
    hub = device(hass, entry)
    assert (hub.area_id, hub.name_by_user) == ("garden", "Hut")
    for part in HubPart:
        found = device(hass, entry, part)
        assert (found.area_id, found.labels) == (hub.area_id, hub.labels)
    # A user may put it elsewhere.
    dr.async_get(hass).async_update_device(device(hass, entry, "imaging").id, area_id=None)
    await unload(hass, entry)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert device(hass, entry, "imaging").area_id is None
    await unload(hass, entry)


async def automate(hass: HomeAssistant, entry: MockConfigEntry, **config: Any) -> list[Any]:
    """Install an automation and return its runs."""
    runs = async_capture_events(hass, RUN)
    actions = [{"event": RUN}]
    assert await async_setup_component(
        hass, "automation", {"automation": [{**config, "actions": actions}]}
    )
    await hass.async_block_till_done()
    return runs


@pytest.mark.parametrize("part", ["", "sequence"])
async def test_triggers_aimed_at_the_hub_go_on_firing(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry, part: str
) -> None:
    """As do those aimed at the new device, each once."""
    target = {"device_id": device(hass, settled, part).id}
    runs = await automate(
        hass, settled, triggers={"trigger": f"{DOMAIN}.sequence_started", "target": target}
    )
    await observatory.events.emit("SEQUENCE-STARTING")
    await eventually(lambda: runs)
    await hass.async_block_till_done()
    assert len(runs) == 1


@pytest.mark.parametrize("part", ["", "sequence"])
async def test_conditions_aimed_at_the_hub_go_on_passing(
    hass: HomeAssistant, settled: MockConfigEntry, part: str
) -> None:
    """As do those aimed at the new device."""
    state = er.async_get(hass).async_get_entity_id(
        "sensor", DOMAIN, f"{settled.entry_id}_hub_sequence_state"
    )
    assert state is not None
    target = {"device_id": device(hass, settled, part).id}
    runs = await automate(
        hass,
        settled,
        triggers={"trigger": "event", "event_type": "ask"},
        conditions={"condition": f"{DOMAIN}.is_sequence_running", "target": target},
    )
    hass.states.async_set(state, "running")
    hass.bus.async_fire("ask")
    await hass.async_block_till_done()
    assert len(runs) == 1


async def test_events_are_those_of_the_new_devices(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """So that the logbook shows them on their pages; all others stay with the hub."""
    heard = async_capture_events(hass, f"{DOMAIN}_event")
    await observatory.events.emit("SEQUENCE-FINISHED")
    await observatory.events.emit("STACK-STATUS", Status="running")
    await observatory.events.emit("PROFILE-ADDED")
    await eventually(lambda: len(heard) == 3)
    assert [event.data["device_id"] for event in heard] == [
        device(hass, settled, "sequence").id,
        device(hass, settled, "imaging").id,
        device(hass, settled).id,
    ]
