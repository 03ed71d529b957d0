"""The base of all tools: the observatories they may be used for, and their responses."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.homeassistant import async_should_expose
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.llm import LLMContext, Tool, ToolInput, ToolResult
from homeassistant.util.json import JsonObjectType
import probatio

from ..api import Role, one_line
from ..const import DOMAIN
from ..helpers.devices import unique_id
from ..runtime import NinaConfigEntry, NinaRuntimeData

# Characters of a name, of a text of N.I.N.A., and of the message of an error, which may quote one:
# results cost the user money, and names may be hostile.
LONGEST_NAME: Final = 60
LONGEST_TEXT: Final = 100
LONGEST_ERROR: Final = 300

OBSERVATORY: Final = "observatory"


@dataclass(frozen=True, slots=True)
class Shown:
    """An entity that shows or does the same as a tool, by its platform, role, and key."""

    platform: Platform
    role: Role
    key: str

    @callback
    def entity_id(self, hass: HomeAssistant, entry: NinaConfigEntry) -> str | None:
        """Return the ID of the entity; None if it does not exist or is disabled."""
        registry = er.async_get(hass)
        identity = unique_id(entry, self.role, self.key)
        entity_id = registry.async_get_entity_id(self.platform, DOMAIN, identity)
        found = None if entity_id is None else registry.async_get(entity_id)
        return None if found is None or found.disabled else found.entity_id

    @callback
    def exposed_id(self, hass: HomeAssistant, entry: NinaConfigEntry, assistant: str) -> str | None:
        """Return the ID of the entity; None if it is not exposed to an assistant."""
        entity_id = self.entity_id(hass, entry)
        if entity_id is None or not async_should_expose(hass, assistant, entity_id):
            return None
        return entity_id


@callback
def observatories(hass: HomeAssistant) -> dict[str, NinaConfigEntry]:
    """Return all observatories by a name that no two of them share.

    Home Assistant lets people give two of them the same name.
    """
    entries: Iterable[NinaConfigEntry] = hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    )
    found: dict[str, NinaConfigEntry] = {}
    for entry in sorted(entries, key=lambda each: (each.title, each.entry_id)):
        name = label = one_line(entry.title, LONGEST_NAME) or "Observatory"
        number = 1
        while label in found:
            number += 1
            label = f"{name} ({number})"
        found[label] = entry
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A call of a tool for an observatory, with its validated arguments."""

    hass: HomeAssistant
    entry: NinaConfigEntry
    context: Context
    assistant: str
    arguments: Mapping[str, Any]

    @property
    def loaded(self) -> bool:
        """Return whether the entry has runtime data."""
        return self.entry.state is ConfigEntryState.LOADED

    @property
    def data(self) -> NinaRuntimeData:
        """Return the runtime data of a loaded entry."""
        return self.entry.runtime_data


class ObservatoryTool(Tool):
    """A tool for one of the observatories for which it may be used."""

    integration = DOMAIN

    def __init__(
        self, name: str, within: Mapping[str, str], fields: Mapping[Any, object] | None = None
    ) -> None:
        """Set the name, and the observatories by name; one alone is no argument."""
        self.name = f"{DOMAIN}__{name}"
        self._within = within
        chosen: dict[Any, object] = {}
        if len(within) > 1:
            chosen[probatio.Required(OBSERVATORY)] = probatio.In(list(within))
        self.parameters = probatio.Schema({**chosen, **(fields or {})})

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext
    ) -> ToolResult:
        """Return the response for an observatory; an error is a response as well.

        Raises probatio.Invalid for arguments that the tool does not have.
        """
        arguments = self.parameters(tool_input.tool_args)
        name = arguments.get(OBSERVATORY) or next(iter(self._within))
        told: JsonObjectType = {OBSERVATORY: name}
        entry = hass.config_entries.async_get_entry(self._within[name])
        if entry is None:
            return ToolResult(data={**told, "error": "This observatory was removed"}, error=True)
        query = Query(
            hass=hass,
            entry=entry,
            context=llm_context.context or Context(),
            assistant=llm_context.assistant,
            arguments=arguments,
        )
        try:
            response = await self._async_respond(query)
        except HomeAssistantError as err:
            error = one_line(str(err), LONGEST_ERROR)
            return ToolResult(data={**told, **self._failure, "error": error}, error=True)
        return ToolResult(data={**told, **response}, error="error" in response)

    @property
    def _failure(self) -> JsonObjectType:
        """Return what a response with an error contains besides it."""
        return {}

    @abstractmethod
    async def _async_respond(self, query: Query) -> JsonObjectType:
        """Return the response, with `error` if it is one; raises HomeAssistantError."""
