"""The runners of the loaded entries, for what several observatories under one roof have in common."""

from typing import Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .runner import CommandRunner

# By entry id. An entry that is being set up or unloaded may be listed, too.
_RUNNERS: Final[HassKey[dict[str, CommandRunner]]] = HassKey(f"{DOMAIN}_runners")


@callback
def async_register_runner(hass: HomeAssistant, entry: ConfigEntry, runner: CommandRunner) -> None:
    """Let other entries find the runner of this one until it is unloaded."""
    runners = hass.data.setdefault(_RUNNERS, {})
    runners[entry.entry_id] = runner

    @callback
    def forget() -> None:
        """Let go of the runner."""
        runners.pop(entry.entry_id, None)

    entry.async_on_unload(forget)


@callback
def runner_of(hass: HomeAssistant, entry_id: str) -> CommandRunner | None:
    """Return the runner of an entry, None unless the entry is loaded right now."""
    entry = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    return hass.data.get(_RUNNERS, {}).get(entry_id)
