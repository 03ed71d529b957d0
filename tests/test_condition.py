"""Conditions, through real automations."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.condition import (
    async_from_config,
    async_get_all_descriptions,
    async_validate_condition_config,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.nina_observatory.condition import CONDITIONS
from custom_components.nina_observatory.const import DOMAIN
from scripts._checks.files import read_object
from simulator import Observatory

from .conftest import make_entry
from .states import NOT_SAFE, until
from .test_translations import FOLDER
from .test_trigger import offered

RUN = "an_automation_ran"
ASK = "ask"

# The entity that a condition looks at, what passes and what does not.
LOOKED_AT = {
    "is_cooled": ("binary_sensor", "camera_at_target_temperature", ["on"], ["off"]),
    "is_guiding": ("sensor", "guider_state", ["guiding"], ["lost_lock", "calibrating"]),
    "is_imaging": ("binary_sensor", "hub_imaging", ["on"], ["off"]),
    "is_parked": ("binary_sensor", "mount_parked", ["on"], ["off"]),
    "is_roof_guarded": (
        "sensor",
        "dome_roof_guard",
        ["watching", "closing", "closed_by_guard", "failed", "blocked"],
        ["disarmed"],
    ),
    "is_safe": ("binary_sensor", "hub_not_safe", ["off"], ["on"]),
    "is_sequence_running": (
        "sensor",
        "hub_sequence_state",
        ["running", "waiting"],
        ["idle", "waiting_for_person"],
    ),
    "is_sequence_stopped": (
        "sensor",
        "hub_sequence_state",
        ["idle", "finished", "failed", "not_loaded", "not_ready"],
        ["running", "waiting", "waiting_for_person"],
    ),
}


@pytest.fixture
def entry(observatory: Observatory) -> MockConfigEntry:
    """Return an entry with everything that a condition can look at."""
    return make_entry(observatory, roof_guard="unsafe")


async def install(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> list[Any]:
    """Install an automation that asks a condition of all devices, and return its runs."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    config = {
        "triggers": [{"trigger": "event", "event_type": ASK}],
        "conditions": [
            {
                "condition": f"{DOMAIN}.{key}",
                "target": {"device_id": [device.id for device in devices]},
            }
        ],
        "actions": [{"event": RUN}],
    }
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    await hass.async_block_till_done()
    return async_capture_events(hass, RUN)


async def passes(hass: HomeAssistant, runs: list[Any]) -> bool:
    """Ask once."""
    runs.clear()
    hass.bus.async_fire(ASK)
    await hass.async_block_till_done()
    return bool(runs)


async def test_every_condition_is_described(hass: HomeAssistant, settled: MockConfigEntry) -> None:
    """With a target, its fields, texts for all of it, and an icon."""
    described = {
        key.removeprefix(f"{DOMAIN}."): value
        for key, value in (await async_get_all_descriptions(hass)).items()
        if key.startswith(f"{DOMAIN}.") and value
    }
    texts = read_object(FOLDER / "translations/en.json")["conditions"]
    icons = read_object(FOLDER / "icons.json")["conditions"]
    assert {*described} == {*CONDITIONS} == {*texts} == {*icons} == {*LOOKED_AT}
    for key, description in described.items():
        assert set(description["fields"]) == set(texts[key]["fields"]), key
        assert texts[key]["description"].startswith("Tests if one or more "), key


@pytest.mark.parametrize("key", LOOKED_AT)
async def test_every_condition_looks_at_its_entity(
    hass: HomeAssistant, settled: MockConfigEntry, key: str
) -> None:
    """And passes for nothing but what it says; what cannot be known does not pass."""
    runs = await install(hass, settled, key)
    platform, unique, good, bad = LOOKED_AT[key]
    identity = f"{settled.entry_id}_{unique}"
    entity_id = er.async_get(hass).async_get_entity_id(platform, DOMAIN, identity)
    assert entity_id is not None
    for value in good:
        hass.states.async_set(entity_id, value)
        assert await passes(hass, runs)
    for value in (*bad, "unavailable", "unknown"):
        hass.states.async_set(entity_id, value)
        assert not await passes(hass, runs)


async def test_is_safe_follows_the_monitor(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """The verdict on safety is what counts."""
    runs = await install(hass, settled, "is_safe")
    await until(hass, NOT_SAFE, "off")
    assert await passes(hass, runs)
    observatory.safety_monitor.is_safe = False
    await until(hass, NOT_SAFE, "on")
    assert not await passes(hass, runs)


async def test_each_entity_that_the_editor_offers_can_be_asked(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, settled: MockConfigEntry
) -> None:
    """It stands for its observatory; the condition passes by the entity that it is about."""
    found = await offered(hass, hass_ws_client, settled, "conditions")
    assert set(found) == set(CONDITIONS)
    registry = er.async_get(hass)
    parked = [registry.async_get(each) for each in found["is_parked"]]
    assert [each.unique_id for each in parked if each] == [f"{settled.entry_id}_mount_parked"]
    for key, entities in found.items():
        platform, unique, good, bad = LOOKED_AT[key]
        identity = f"{settled.entry_id}_{unique}"
        entity_id = registry.async_get_entity_id(platform, DOMAIN, identity)
        assert entity_id is not None
        for each in entities:
            config = {"condition": f"{DOMAIN}.{key}", "target": {"entity_id": each}}
            checked = await async_validate_condition_config(hass, config)
            ask = await async_from_config(hass, checked)
            for value, passing in ((good[0], True), (bad[0], False)):
                hass.states.async_set(entity_id, value)
                assert ask.async_check() is passing, (key, each)
