"""Repair issue for a known N.I.N.A. that is announced at a different address.

The address that the user confirmed is the identity of an entry. An announcement cannot change it:
an administrator checks and confirms it in the repair flow of the issue.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ...helpers.issues import async_delete_issue, async_issues, async_raise_issue
from ...readings.equipment import EquipmentCoordinator
from .hosts import format_address

ISSUE = "moved"
# The key of the texts about an N.I.N.A. that was found at another port of its computer.
ISSUE_OF_PORT = "moved_port"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A possible move of an entry from one address to another."""

    entry_id: str
    old_host: str
    old_port: int
    host: str
    port: int

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return the move in the data of an issue."""
        return cls(**{name: data[name] for name in cls.__slots__})

    @property
    def data(self) -> dict[str, str | int | float | None]:
        """The move as data of an issue."""
        return {name: getattr(self, name) for name in self.__slots__}

    @property
    def issue_id(self) -> str:
        """The id of the issue; each address has its own, so that ignoring one does not hide others."""
        return f"{_prefix(self.entry_id)}{self.host}_{self.port}"

    def placeholders(self, title: str) -> dict[str, str]:
        """Return the placeholders for the texts of the issue."""
        return {
            "rig": title,
            "old": format_address(self.old_host, self.old_port),
            "new": format_address(self.host, self.port),
        }

    def concerns(self, entry: ConfigEntry) -> bool:
        """Return whether an entry still has the address that it would move from."""
        return (entry.data[CONF_HOST], entry.data[CONF_PORT]) == (self.old_host, self.old_port)


def is_move(issue_id: str) -> bool:
    """Return whether an issue is about a moved entry."""
    return issue_id.startswith(f"{ISSUE}_")


def _prefix(entry_id: str) -> str:
    """Return the prefix of the issue ids of an entry."""
    return f"{ISSUE}_{entry_id}_"


@callback
def async_moves(hass: HomeAssistant, entry_id: str) -> Iterator[ir.IssueEntry]:
    """Yield the issues of an entry, at most one of which is shown."""
    yield from async_issues(hass, _prefix(entry_id))


@callback
def async_report_move(
    hass: HomeAssistant, entry: ConfigEntry, host: str, port: int, key: str = ISSUE
) -> None:
    """Create the repair issue for an entry that does not reach its N.I.N.A., with the text of a key."""
    old_host, old_port = entry.data[CONF_HOST], entry.data[CONF_PORT]
    move = Move(entry_id=entry.entry_id, old_host=old_host, old_port=old_port, host=host, port=port)
    if (old_host, old_port) == (host, port):
        return
    for issue in async_moves(hass, entry.entry_id):
        if issue.issue_id != move.issue_id:
            async_delete_issue(hass, issue.issue_id)
    async_raise_issue(
        hass,
        move.issue_id,
        key,
        ir.IssueSeverity.WARNING,
        move.placeholders(entry.title),
        topic=ISSUE,
        data=move.data,
        fixable=True,
    )


@callback
def async_forget_move(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the repair issue of an entry."""
    for issue in async_moves(hass, entry_id):
        async_delete_issue(hass, issue.issue_id)


@callback
def async_watch_move(
    hass: HomeAssistant, entry: ConfigEntry, equipment: EquipmentCoordinator
) -> None:
    """Delete the issue once the entry reaches its N.I.N.A., or was moved, or is disabled."""

    @callback
    def update() -> None:
        if equipment.data.reachable:
            async_forget_move(hass, entry.entry_id)

    @callback
    def unload() -> None:
        if entry.disabled_by is not None:
            async_forget_move(hass, entry.entry_id)

    for issue in async_moves(hass, entry.entry_id):
        if issue.data is None or not Move.of(issue.data).concerns(entry):
            async_delete_issue(hass, issue.issue_id)
    update()
    entry.async_on_unload(equipment.async_add_listener(update))
    entry.async_on_unload(unload)
