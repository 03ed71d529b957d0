"""Repair issues for observatories with the same name, which Home Assistant itself lets people choose.

Their devices and entities have the same names, so nobody can tell which roof a name means.
"""

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..const import DOMAIN
from ..helpers.issues import async_delete_issue, async_issues, async_raise_issue
from ..helpers.naming import tidy_name

NAME_TAKEN = "name_taken"
_PREFIX = f"{NAME_TAKEN}_"


@callback
def async_watch_names(hass: HomeAssistant) -> None:
    """Compare the names now and whenever an entry changes."""

    @callback
    def changed(_change: object, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN:
            async_compare_names(hass)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)
    async_compare_names(hass)


@callback
def async_compare_names(hass: HomeAssistant) -> None:
    """Raise an issue for each entry with the name of an older one; delete all others."""
    entries = hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    )
    taken: set[str] = set()
    wanted: set[str] = set()
    for entry in sorted(entries, key=lambda each: each.created_at):
        name = tidy_name(entry.title).casefold()
        if name in taken:
            wanted.add(f"{_PREFIX}{entry.entry_id}")
            _raise(hass, entry)
        taken.add(name)
    for issue in async_issues(hass, _PREFIX):
        if issue.issue_id not in wanted:
            async_delete_issue(hass, issue.issue_id)


@callback
def _raise(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Raise the issue of an entry."""
    async_raise_issue(
        hass,
        f"{_PREFIX}{entry.entry_id}",
        NAME_TAKEN,
        ir.IssueSeverity.WARNING,
        {"rig": entry.title},
        data={"entry_id": entry.entry_id},
        fixable=True,
    )
