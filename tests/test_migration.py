"""Entries of earlier versions are brought up to date in place; nothing is lost on the way."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.config_flow import NinaFlowHandler
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.upkeep.address.migration import STEPS
from simulator import Observatory

from .conftest import set_up, unload
from .states import state

TEMPERATURE = "sensor.observatory_camera_temperature"


def earlier(data: dict[str, Any], minor: int = 1, version: int = 1) -> MockConfigEntry:
    """Return an entry as another version of the integration left it."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Observatory",
        entry_id="0123456789abcdef0123456789abcdef",
        data=data,
        options={"read_only": True},
        version=version,
        minor_version=minor,
    )


async def test_first_version(hass: HomeAssistant, observatory: Observatory) -> None:
    """Addresses as people typed them, ports as forms give them: the same rig afterward."""
    entry = earlier(
        {
            "host": f" http://127.0.0.1:{observatory.port}/v2/api",
            "port": 1888.0,
            "scheduler_port": float(observatory.scheduler_port or 0),
        }
    )
    entry.add_to_hass(hass)
    registry = er.async_get(hass)
    old = registry.async_get_or_create(
        "sensor",
        DOMAIN,
        f"{entry.entry_id}_camera_temperature",
        config_entry=entry,
        suggested_object_id="my_favorite",
    )
    registry.async_update_entity(old.entity_id, name="Chip")
    await set_up(hass, entry)
    assert dict(entry.data) == {
        "host": "127.0.0.1",
        "port": observatory.port,
        "scheduler_port": observatory.scheduler_port,
    }
    assert dict(entry.options) == {"read_only": True}
    assert (entry.version, entry.minor_version) == (1, max(STEPS))
    kept = registry.async_get(old.entity_id)
    assert kept is not None
    assert kept.name == "Chip"
    assert float(state(hass, "sensor.my_favorite")) < 40
    assert dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    await unload(hass, entry)


async def test_without_a_scheduler(hass: HomeAssistant, observatory: Observatory) -> None:
    entry = earlier({"host": "127.0.0.1", "port": observatory.port, "scheduler_port": None})
    await set_up(hass, entry)
    assert dict(entry.data) == {"host": "127.0.0.1", "port": observatory.port}
    await unload(hass, entry)


async def test_a_later_minor_version_works(hass: HomeAssistant, observatory: Observatory) -> None:
    """Whoever goes back a version keeps the entry as it is."""
    data = {"host": "127.0.0.1", "port": observatory.port, "new": 1}
    entry = earlier(data, minor=99)
    await set_up(hass, entry)
    assert dict(entry.data) == data
    assert entry.minor_version == 99
    await unload(hass, entry)


async def test_a_later_version_is_refused(hass: HomeAssistant) -> None:
    entry = earlier({"host": "127.0.0.1", "port": 1888}, version=2)
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.MIGRATION_ERROR


@pytest.mark.parametrize(
    "data", [{"host": "two words", "port": 1888}, {"host": "nina", "port": "x"}, {"host": "nina"}]
)
async def test_nonsense_is_told(hass: HomeAssistant, data: dict[str, Any]) -> None:
    """An address that makes no sense is for the user to mend; it says so and keeps everything."""
    entry = earlier(data)
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.MIGRATION_ERROR
    assert entry.error_reason_translation_key == "cannot_migrate"
    assert dict(entry.data) == data


async def test_new_entries_are_of_the_newest_version() -> None:
    """Steps follow one another without a gap."""
    assert max(STEPS) == NinaFlowHandler.MINOR_VERSION
    assert list(STEPS) == list(range(2, max(STEPS) + 1))
