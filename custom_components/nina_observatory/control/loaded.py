"""The command runners of the loaded entries, for telescopes that share a roof."""

from typing import Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .runner import CommandRunner

# By entry id; includes entries that are being set up or unloaded.
_RUNNERS: Final[HassKey[dict[str, CommandRunner]]] = HassKey(f"{DOMAIN}_runners")


@callback
def async_register_runner(hass: HomeAssistant, entry: ConfigEntry, runner: CommandRunner) -> None:
    """Register the runner of an entry until the entry is unloaded."""
    runners = hass.data.setdefault(_RUNNERS, {})
    runners[entry.entry_id] = runner

    @callback
    def forget() -> None:
        runners.pop(entry.entry_id, None)

    entry.async_on_unload(forget)


@callback
def runner_of(hass: HomeAssistant, entry_id: str) -> CommandRunner | None:
    """Return the runner of an entry, None unless the entry is loaded."""
    entry = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    return hass.data.get(_RUNNERS, {}).get(entry_id)
