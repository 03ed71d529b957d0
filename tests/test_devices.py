"""Devices: made when equipment is first seen, kept while it is away, and true to the driver."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.nina_observatory.api import Role
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.helpers.devices import last_plugin_version
from simulator import Observatory
from simulator.devices.base import Driver

from .conftest import set_up, unload
from .states import state, until
from .waiting import eventually

REFUSED = "Failed to remove device entry, rejected by integration"

quiet = pytest.mark.usefixtures("quiet")


def find(hass: HomeAssistant, entry: MockConfigEntry, role: str | None) -> DeviceEntry | None:
    """Return the device of a role, or the hub."""
    identifier = (DOMAIN, entry.entry_id if role is None else f"{entry.entry_id}_{role}")
    return dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)


def get(hass: HomeAssistant, entry: MockConfigEntry, role: str | None = None) -> DeviceEntry:
    """Return the device of a role, or the hub, which has to exist."""
    device = find(hass, entry, role)
    assert device is not None
    return device


def registered(hass: HomeAssistant, entry: MockConfigEntry, role: str) -> dict[str, bool]:
    """Return the entities of a role, and whether they are enabled."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    prefix = f"{entry.entry_id}_{role}_"
    return {e.entity_id: not e.disabled for e in entities if e.unique_id.startswith(prefix)}


@quiet
async def test_equipment_has_a_device_from_first_sight_on(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """What was never connected does not exist, and what was once stays."""
    observatory.rotator.detach()
    await set_up(hass, entry)
    assert find(hass, entry, "rotator") is None
    await observatory.rotator.connect()
    await eventually(lambda: find(hass, entry, "rotator"))
    rotator = get(hass, entry, "rotator")
    assert rotator.via_device_id == get(hass, entry).id
    await until(hass, "binary_sensor.observatory_rotator_synced", "off")
    await observatory.rotator.disconnect()
    await until(hass, "binary_sensor.observatory_rotator_synced", "unavailable")
    await unload(hass, entry)
    await set_up_again(hass, entry)
    assert get(hass, entry, "rotator").id == rotator.id
    assert state(hass, "binary_sensor.observatory_rotator_synced") == "unavailable"
    await unload(hass, entry)


async def set_up_again(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up an entry that was unloaded."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await eventually(lambda: entry.runtime_data.listener.connected)


@quiet
@pytest.mark.parametrize("role", [Role.CAMERA, Role.DOME])
async def test_another_driver_is_the_same_device(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry, role: Role
) -> None:
    """A swapped camera: model and version follow the driver; device and entities stay."""
    equipment = observatory.camera if role is Role.CAMERA else observatory.dome
    before, entities = get(hass, loaded_entry, role), registered(hass, loaded_entry, role)
    driver = equipment.driver
    assert driver is not None
    # N.I.N.A. does not tell the versions of the drivers of cameras.
    tells = role is Role.DOME
    assert before.model == (driver.display_name or driver.name)
    assert before.sw_version == (driver.version if tells else None)
    equipment.driver = Driver("other", "Other", "Other (ASCOM)", version="7.1")
    await equipment.connect()
    await eventually(lambda: get(hass, loaded_entry, role).model == "Other (ASCOM)")
    changed = get(hass, loaded_entry, role)
    assert (changed.id, changed.sw_version) == (before.id, "7.1" if tells else None)
    assert entities.items() <= registered(hass, loaded_entry, role).items()
    await until(hass, "cover.observatory_dome", "closed")
    await until(hass, "binary_sensor.observatory_camera_exposing", "off")
    equipment.driver = Driver("bare", "Bare")
    await equipment.connect()
    await eventually(lambda: get(hass, loaded_entry, role).model == "Bare")
    assert not get(hass, loaded_entry, role).sw_version


@quiet
async def test_the_hub_shows_the_versions_of_nina(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """They follow an update of N.I.N.A., which comes with a restart."""
    hub = get(hass, loaded_entry)
    version = observatory.application.version
    assert hub.sw_version == f"{version} (Advanced API 2.2.15.0)"
    # It is no hardware, and its server has no page for people.
    assert (hub.hw_version, hub.configuration_url) == (None, None)
    assert (hub.manufacturer, hub.model) == (None, "N.I.N.A.")
    observatory.application.version = "3.3.0.1000"
    await observatory.restart_nina()
    wanted = "3.3.0.1000 (Advanced API 2.2.15.0)"
    await eventually(lambda: get(hass, loaded_entry).sw_version == wanted)
    assert get(hass, loaded_entry).id == hub.id
    assert last_plugin_version(hass, loaded_entry) == "2.2.15.0"


@quiet
async def test_the_hub_of_an_earlier_version(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """The version of the plugin is no longer that of the hardware, and *Visit* is gone."""
    entry.add_to_hass(hass)
    hub = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        configuration_url=f"http://127.0.0.1:{observatory.port}/v2/api",
        hw_version="2.2.14.0",
        identifiers={(DOMAIN, entry.entry_id)},
        name="Observatory",
        sw_version="3.1.2.9001",
    )
    assert last_plugin_version(hass, entry) == "2.2.14.0"
    await set_up_again(hass, entry)
    await eventually(lambda: get(hass, entry).hw_version is None)
    assert get(hass, entry).id == hub.id
    assert get(hass, entry).configuration_url is None
    assert last_plugin_version(hass, entry) == "2.2.15.0"
    await unload(hass, entry)


def turning(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return the entities that only a dome that turns has."""
    found = {each.partition(".")[2] for each in registered(hass, entry, "dome")}
    words = ("azimuth", "follow", "synchronized", "turn_to", "sync")
    return {each for each in found if any(word in each for word in words)}


def cannot_turn(observatory: Observatory, *, turns: bool = False) -> None:
    """Have a roll-off roof instead of a dome, whose driver reports an azimuth of 0."""
    observatory.dome.can_turn = turns
    observatory.dome.refresh()


@quiet
@pytest.mark.parametrize("later", [False, True])
async def test_a_roll_off_roof_is_a_roof(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry, *, later: bool
) -> None:
    """From first sight on, whenever that is; without anything that has an azimuth."""
    cannot_turn(observatory)
    if later:
        observatory.dome.detach()
    await set_up(hass, entry)
    if later:
        assert find(hass, entry, "dome") is None
        await observatory.dome.connect()
    await eventually(lambda: hass.states.get("cover.observatory_roof") is not None)
    await until(hass, "cover.observatory_roof", "closed")
    assert get(hass, entry, "dome").name == "Observatory roof"
    assert turning(hass, entry) == set()
    # With N.I.N.A. closed it is still one.
    await observatory.dome.disconnect()
    await unload(hass, entry)
    await set_up_again(hass, entry)
    assert get(hass, entry, "dome").name == "Observatory roof"
    hass.config_entries.async_update_entry(entry, title="Backyard")
    await unload(hass, entry)
    await set_up_again(hass, entry)
    assert get(hass, entry, "dome").name == "Backyard roof"
    # Another driver can turn it.
    cannot_turn(observatory, turns=True)
    await observatory.dome.connect()
    await eventually(lambda: get(hass, entry, "dome").name == "Backyard dome")
    await eventually(lambda: "cover.observatory_roof" in registered(hass, entry, "dome"))
    await eventually(lambda: len(turning(hass, entry)) >= 4)
    await unload(hass, entry)


@quiet
async def test_a_dome_that_turns_out_to_be_a_roof(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """An existing installation keeps its entities and the names that a person gave."""
    before = registered(hass, loaded_entry, "dome")
    dome = get(hass, loaded_entry, "dome")
    assert dome.name == "Observatory dome"
    dr.async_get(hass).async_update_device(dome.id, name_by_user="The shed")
    cannot_turn(observatory)
    await loaded_entry.runtime_data.equipment.async_read()
    await eventually(lambda: get(hass, loaded_entry, "dome").name == "Observatory roof")
    assert get(hass, loaded_entry, "dome").name_by_user == "The shed"
    assert registered(hass, loaded_entry, "dome") == before


async def delete(hass: HomeAssistant, client: WebSocketGenerator, device: DeviceEntry) -> str:
    """Delete a device as the frontend does, and return what comes of it."""
    assert await async_setup_component(hass, "config", {})
    socket = await client(hass)
    await socket.send_json_auto_id(
        {"type": "config/device_registry/remove", "device_id": device.id}
    )
    answer = await socket.receive_json()
    return str(answer.get("error", {}).get("message", "deleted"))


async def test_only_absent_equipment_can_be_deleted(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    observatory: Observatory,
    loaded_entry: MockConfigEntry,
) -> None:
    """What is reported would come back at once."""
    for role in (None, "imaging", "sequence", "dome", "scheduler"):
        assert await delete(hass, hass_ws_client, get(hass, loaded_entry, role)) == REFUSED
    await observatory.dome.disconnect()
    await until(hass, "cover.observatory_dome", "unavailable")
    assert await delete(hass, hass_ws_client, get(hass, loaded_entry, "dome")) == "deleted"
    assert find(hass, loaded_entry, "dome") is None
    assert hass.states.get("cover.observatory_dome") is None


async def test_deleting_while_the_entry_is_unloaded(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, loaded_entry: MockConfigEntry
) -> None:
    """Nothing is reported then, so that all equipment can be deleted, but never the hub."""
    await unload(hass, loaded_entry)
    assert await delete(hass, hass_ws_client, get(hass, loaded_entry)) == REFUSED
    assert await delete(hass, hass_ws_client, get(hass, loaded_entry, "dome")) == "deleted"


@pytest.mark.parametrize("role", [Role.MOUNT, Role.SWITCH_HUB])
async def test_what_was_deleted_comes_back(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    observatory: Observatory,
    loaded_entry: MockConfigEntry,
    role: Role,
) -> None:
    """Once it is connected again, with all of its entities: also those that are off."""
    equipment = observatory.mount if role is Role.MOUNT else observatory.switch_hub
    coordinator = loaded_entry.runtime_data.equipment
    before = registered(hass, loaded_entry, role)
    assert len(before) > 3
    assert all(before.values()) == (role is Role.SWITCH_HUB)
    await equipment.disconnect()
    await eventually(lambda: coordinator.data.device(role) is None)
    assert await delete(hass, hass_ws_client, get(hass, loaded_entry, role)) == "deleted"
    assert registered(hass, loaded_entry, role) == {}
    await coordinator.async_read()
    assert find(hass, loaded_entry, role) is None
    await equipment.connect()
    await eventually(lambda: registered(hass, loaded_entry, role) == before)
    for entity_id, enabled in before.items():
        shown = hass.states.get(entity_id)
        assert (shown is not None and shown.state != "unavailable") == enabled, entity_id
    assert find(hass, loaded_entry, role) is not None
