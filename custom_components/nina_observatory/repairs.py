"""Repair flows. Home Assistant lets only administrators reach them."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.selector import TextSelector
import probatio

from .const import CONF_SCHEDULER_PORT, DOMAIN
from .helpers.markdown import escape_markdown
from .helpers.naming import free_name, name_fault, tidy_name
from .runtime import NinaConfigEntry
from .upkeep.address.moved import Move, async_forget_move, is_move
from .upkeep.address.probe import async_probe
from .upkeep.findings import Finding, Subject, Verdict

if TYPE_CHECKING:
    # Not in every supported release of Home Assistant.
    from homeassistant.components.repairs import RepairsFlowResult


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow for an issue that can be fixed."""
    if not data:
        return ConfirmRepairFlow()
    if is_move(issue_id):
        return MoveFlow(Move.of(data))
    entry_id = str(data["entry_id"])
    if (subject := data.get("subject")) is None:
        return NameFlow(entry_id)
    flow = _FLOWS.get(Subject(str(subject)), CheckFlow)
    return flow(entry_id, Subject(str(subject)))


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


class CheckFlow(RepairsFlow):
    """Check again whether something is mended, at the request of a person."""

    def __init__(self, entry_id: str, subject: Subject) -> None:
        self._entry_id = entry_id
        self._subject = subject

    @property
    def _entry(self) -> NinaConfigEntry | None:
        """The entry, if it is loaded."""
        entry: NinaConfigEntry | None = self.hass.config_entries.async_get_entry(self._entry_id)
        return entry if entry is not None and entry.state is ConfigEntryState.LOADED else None

    @property
    def _placeholders(self) -> dict[str, str]:
        """The placeholders of the issue, whose name is not escaped yet."""
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        values = dict((issue and issue.translation_placeholders) or {})
        return {**values, "rig": escape_markdown(values.get("rig", ""))}

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start with the explanation."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Explain what to mend; check it once the form is submitted."""
        if (entry := self._entry) is None:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            error = await self._async_check(entry)
            if self._entry is None:
                return self.async_abort(reason="not_loaded")
            if error is None:
                return self.async_create_entry(data={})
            errors["base"] = error
        return self.async_show_form(
            step_id="confirm",
            data_schema=probatio.Schema({}),
            errors=errors,
            description_placeholders=self._placeholders,
        )

    async def _async_check(self, entry: NinaConfigEntry) -> str | None:
        """Return the key of the error, None if it is mended."""
        try:
            result = await entry.runtime_data.upkeep.async_check_again(self._subject)
        except HomeAssistantError:
            return "cannot_connect"
        if isinstance(result, Finding):
            return "unchanged"
        return None if result is Verdict.FINE else "cannot_connect"


class SchedulerFlow(CheckFlow):
    """Check the Target Scheduler again, or do without it."""

    @override
    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Let the person choose."""
        if self._entry is None:
            return self.async_abort(reason="not_loaded")
        return self.async_show_menu(
            step_id="init",
            menu_options=["confirm", "remove"],
            description_placeholders=self._placeholders,
        )

    async def async_step_remove(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Remove the Target Scheduler from the entry once that is confirmed."""
        if (entry := self._entry) is None:
            return self.async_abort(reason="not_loaded")
        if user_input is None:
            return self.async_show_form(
                step_id="remove",
                data_schema=probatio.Schema({}),
                description_placeholders=self._placeholders,
            )
        data = {key: value for key, value in entry.data.items() if key != CONF_SCHEDULER_PORT}
        self.hass.config_entries.async_update_entry(entry, data=data)
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})


class RecognizeFlow(CheckFlow):
    """Take the N.I.N.A. that responds for the right one, as an administrator confirms."""

    @override
    async def _async_check(self, entry: NinaConfigEntry) -> str | None:
        return None if entry.runtime_data.upkeep.async_recognize() else "cannot_connect"


_FLOWS: dict[Subject, type[CheckFlow]] = {
    Subject.SCHEDULER: SchedulerFlow,
    Subject.WRONG_NINA: RecognizeFlow,
}


class NameFlow(RepairsFlow):
    """Rename an observatory that has the name of another one."""

    def __init__(self, entry_id: str) -> None:
        self._entry_id = entry_id

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start with the form."""
        return await self.async_step_name()

    async def async_step_name(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for another name."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None:
            return self.async_abort(reason="removed")
        entries = self.hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        taken = {each.title for each in entries if each is not entry}
        errors: dict[str, str] = {}
        name = free_name(taken, tidy_name(entry.title))
        if user_input is not None:
            name = tidy_name(user_input[CONF_NAME])
            if (fault := name_fault(name, taken)) is None:
                self.hass.config_entries.async_update_entry(entry, title=name)
                self.hass.config_entries.async_schedule_reload(entry.entry_id)
                return self.async_create_entry(data={})
            errors[CONF_NAME] = fault
        address = f"{entry.data[CONF_HOST]}:{entry.data[CONF_PORT]}"
        return self.async_show_form(
            step_id="name",
            data_schema=probatio.Schema(
                {probatio.Required(CONF_NAME, default=name): TextSelector()}
            ),
            errors=errors,
            description_placeholders={
                "rig": escape_markdown(entry.title),
                "address": escape_markdown(address),
            },
        )
