"""Repair flows. Home Assistant lets only administrators reach them."""

from typing import TYPE_CHECKING, Any

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
import probatio

from .const import DOMAIN
from .helpers.markdown import escape_markdown
from .procedures.address.moved import Move, async_forget_move, is_move
from .procedures.address.probe import async_probe
from .runtime import NinaConfigEntry

if TYPE_CHECKING:
    # Not in every supported release of Home Assistant.
    from homeassistant.components.repairs import RepairsFlowResult


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow for an issue that can be fixed."""
    return MoveFlow(Move.of(data)) if data and is_move(issue_id) else ConfirmRepairFlow()


class MoveFlow(RepairsFlow):
    """Move an entry to a new address once an administrator has confirmed it.

    The address is the one that was shown, even if another has been announced since.
    """

    def __init__(self, move: Move) -> None:
        self._move = move

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start with the confirmation form."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask whether the entry has moved; probe the new address again before changing it."""
        move, errors = self._move, dict[str, str]()
        if user_input is not None:
            probe = await async_probe(self.hass, move.host, move.port)
            if probe.fault is not None:
                errors["base"] = probe.fault
        entry = self.hass.config_entries.async_get_entry(move.entry_id)
        if entry is None:
            return self._abort("already_moved")
        if (obstacle := self._obstacle(entry)) is not None:
            return self._abort(obstacle)
        if user_input is None or errors:
            placeholders = move.placeholders(entry.title)
            return self.async_show_form(
                step_id="confirm",
                data_schema=probatio.Schema({}),
                errors=errors,
                description_placeholders={
                    name: escape_markdown(value) for name, value in placeholders.items()
                },
            )
        data = {**entry.data, CONF_HOST: move.host, CONF_PORT: move.port}
        self.hass.config_entries.async_update_entry(entry, data=data)
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})

    def _abort(self, reason: str) -> RepairsFlowResult:
        """Abort without a change and delete the issue."""
        async_forget_move(self.hass, self._move.entry_id)
        return self.async_abort(reason=reason)

    def _obstacle(self, entry: NinaConfigEntry) -> str | None:
        """Return the key of the reason why the entry cannot move, if there is one."""
        if not self._move.concerns(entry):
            return "already_moved"
        if entry.state is ConfigEntryState.LOADED and entry.runtime_data.equipment.data.reachable:
            return "reachable"
        new = (self._move.host, self._move.port)
        others = self.hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        if any((other.data[CONF_HOST], other.data[CONF_PORT]) == new for other in others):
            return "already_configured"
        return None
