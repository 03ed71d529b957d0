"""Several observatories under one roof: their entries, and fresh readings of them."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from ..api import Role
from ..const import CONF_SHARED_MOUNTS, DOMAIN
from ..control.loaded import runner_of
from ..helpers.issues import async_delete_issue, async_raise_issue
from ..readings.equipment_state import EquipmentState


def shared_mounts(entry: ConfigEntry) -> tuple[str, ...]:
    """Return the ids of the other entries whose mounts are under the roof of this one."""
    chosen = entry.options.get(CONF_SHARED_MOUNTS, ())
    return tuple(dict.fromkeys(each for each in chosen if each != entry.entry_id))


def shared_roofs(hass: HomeAssistant, entry: ConfigEntry) -> list[ConfigEntry]:
    """Return the other entries whose roofs are over the mount of this one."""
    entries = hass.config_entries.async_entries(DOMAIN)
    return [each for each in entries if entry.entry_id in shared_mounts(each)]


def name_of(hass: HomeAssistant, entry_id: str) -> str:
    """Return the name of an entry, or its id where the entry was removed."""
    entry = hass.config_entries.async_get_entry(entry_id)
    return entry_id if entry is None else entry.title


async def async_read_other(hass: HomeAssistant, entry_id: str, role: Role) -> EquipmentState | None:
    """Return a fresh reading of another entry, None if there is none."""
    if (runner := runner_of(hass, entry_id)) is None:
        return None
    try:
        state = await runner.readings.equipment.async_read(role)
    except HomeAssistantError:
        return None
    return state if state.reachable else None


def _issue_id(entry: ConfigEntry) -> str:
    """Return the id of the repair issue of an entry."""
    return f"shared_mount_removed_{entry.entry_id}"


@callback
def async_check_shared_mounts(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Raise a repair issue if the options name a removed entry; delete it otherwise."""
    chosen = shared_mounts(entry)
    if all(hass.config_entries.async_get_entry(each) is not None for each in chosen):
        async_forget_shared_mounts(hass, entry)
        return
    async_raise_issue(
        hass,
        _issue_id(entry),
        "shared_mount_removed",
        ir.IssueSeverity.ERROR,
        {"rig": entry.title},
    )


@callback
def async_forget_shared_mounts(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete the repair issue."""
    async_delete_issue(hass, _issue_id(entry))


@callback
def async_handle_removal(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Raise issues for the entries under whose roofs the mount of a removed entry stood."""
    async_forget_shared_mounts(hass, entry)
    for roof in shared_roofs(hass, entry):
        async_check_shared_mounts(hass, roof)
