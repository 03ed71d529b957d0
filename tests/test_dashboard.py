"""The module of the dashboard: where it is served, and when pages load it."""

from collections.abc import AsyncIterator
from http import HTTPStatus

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.helpers.dashboard import MODULE

from .conftest import set_up, unload


@pytest.fixture
async def offering(hass: HomeAssistant, entry: MockConfigEntry) -> AsyncIterator[MockConfigEntry]:
    """Return an entry that is set up in a Home Assistant with its frontend."""
    assert await async_setup_component(hass, "frontend", {})
    await set_up(hass, entry)
    yield entry
    if hass.config_entries.async_get_entry(entry.entry_id) is not None:
        await unload(hass, entry)


def modules(hass: HomeAssistant) -> list[str]:
    """Return the modules that pages load."""
    return list(hass.data[DATA_EXTRA_MODULE_URL].urls)


async def test_pages_load_it_until_the_last_observatory_is_removed(
    hass: HomeAssistant, offering: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """Also while an observatory is not loaded: its dashboard shows why."""
    version = (await async_get_integration(hass, DOMAIN)).version
    (address,) = modules(hass)
    assert address == f"/{DOMAIN}/{version}/{MODULE.name}"
    answer = await (await hass_client()).get(address)
    assert answer.status == HTTPStatus.OK
    assert answer.content_type == "text/javascript"
    assert "max-age=2678400" in answer.headers["Cache-Control"]
    assert await answer.read() == MODULE.read_bytes()
    second = MockConfigEntry(
        domain=DOMAIN, data=dict(offering.data), disabled_by=ConfigEntryDisabler.USER
    )
    second.add_to_hass(hass)
    await hass.config_entries.async_reload(offering.entry_id)
    await hass.config_entries.async_unload(offering.entry_id)
    assert modules(hass) == [address]
    await hass.config_entries.async_remove(offering.entry_id)
    assert modules(hass) == [address]
    await hass.config_entries.async_remove(second.entry_id)
    assert modules(hass) == []


async def test_an_ignored_observatory_does_not_keep_it(
    hass: HomeAssistant, offering: MockConfigEntry
) -> None:
    """A discovery that the user ignores is an entry of Home Assistant, and no observatory."""
    MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE).add_to_hass(hass)
    assert len(modules(hass)) == 1
    await hass.config_entries.async_remove(offering.entry_id)
    assert modules(hass) == []


async def test_there_need_not_be_a_frontend(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    assert "frontend" not in hass.config.components
    await hass.config_entries.async_remove(loaded_entry.entry_id)
    assert not hass.config_entries.async_entries(DOMAIN)
    await set_up(hass, loaded_entry)
