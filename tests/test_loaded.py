"""One observatory finds the runner of another only while that is loaded."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.control.loaded import runner_of

from .conftest import set_up, unload


@pytest.mark.usefixtures("observatory")
async def test_found_while_loaded(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Neither an entry that is being set up or unloaded nor one that is gone has a runner."""
    assert runner_of(hass, entry.entry_id) is None
    await set_up(hass, entry)
    first = entry.runtime_data.runner
    assert runner_of(hass, entry.entry_id) is first
    for state in (ConfigEntryState.SETUP_IN_PROGRESS, ConfigEntryState.UNLOAD_IN_PROGRESS):
        entry.mock_state(hass, state)
        assert runner_of(hass, entry.entry_id) is None
    entry.mock_state(hass, ConfigEntryState.LOADED)

    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    second = runner_of(hass, entry.entry_id)
    assert second is entry.runtime_data.runner
    assert second is not first

    await unload(hass, entry)
    assert runner_of(hass, entry.entry_id) is None
    await hass.config_entries.async_remove(entry.entry_id)
    assert runner_of(hass, entry.entry_id) is None
