"""Config flow: find N.I.N.A., verify that it is N.I.N.A., and store its address."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final, Self, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_ZEROCONF,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PORT
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
)
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import probatio

from .api import NinaConnectionError, NinaResponseError, Server
from .const import CONF_SCHEDULER_PORT, DEFAULT_PORT, DEFAULT_SCHEDULER_PORT, DOMAIN
from .helpers.markdown import escape_markdown
from .helpers.naming import (
    DEFAULT_NAME,
    announced_name,
    async_usual_name,
    free_name,
    name_fault,
    suggested_name,
    tidy_name,
)
from .procedures.options_flow import NinaOptionsFlow
from .runtime import NinaConfigEntry
from .upkeep.address.discovery import MOST_OFFERED, async_announcements, async_find_port
from .upkeep.address.hosts import InvalidHostError, parse_address
from .upkeep.address.migration import MINOR_VERSION, VERSION
from .upkeep.address.moved import async_report_move
from .upkeep.address.page import async_show_page
from .upkeep.address.probe import Fault, async_probe, async_probe_scheduler, async_probe_server

_PORT = NumberSelector(NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX))

# The fields of the forms besides the name.
FOUND_FIELDS: Final[dict[Any, Any]] = {
    probatio.Required(CONF_PORT, default=DEFAULT_PORT): _PORT,
    probatio.Optional(CONF_SCHEDULER_PORT): _PORT,
}
USER_FIELDS: Final[dict[Any, Any]] = {
    probatio.Required(CONF_HOST): TextSelector(),
    **FOUND_FIELDS,
}


async def _async_reaches(entry: NinaConfigEntry) -> bool:
    """Return whether an entry reaches its N.I.N.A., or is not loaded and cannot be asked."""
    if entry.state is ConfigEntryState.LOADED:
        with suppress(HomeAssistantError):
            return (await entry.runtime_data.equipment.async_read()).reachable
    return True


def _address(data: Mapping[str, Any]) -> tuple[str, int] | None:
    """Return the address of N.I.N.A. in the data of an entry or a flow."""
    return (data[CONF_HOST], data[CONF_PORT]) if CONF_HOST in data else None


class NinaFlowHandler(ConfigFlow, domain=DOMAIN):
    """Set up one observatory."""

    VERSION = VERSION
    MINOR_VERSION = MINOR_VERSION

    _server: Server | None = None
    # The name that the last form was submitted with, and the one that is suggested otherwise.
    _name = ""
    _usual_name = DEFAULT_NAME
    # The announcement: its name, the address of Touch'N'Stars, and the data found there.
    _instance: str | None = None
    _announced: tuple[str, int] | None = None
    _found: Mapping[str, Any] = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: NinaConfigEntry) -> OptionsFlow:
        return NinaOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a name and the address of N.I.N.A., filled in if discovery offers just one."""
        errors: dict[str, str] = {}
        self._usual_name = await async_usual_name(self.hass)
        if user_input is not None:
            data, errors = await self._async_try(user_input)
            if not errors:
                self._abort_if_taken(data, None)
                self._abort_offers(data)
                return self.async_create_entry(title=self._name, data=data)
        offers = [values for _, values in self._offers()]
        offered = offers[0] if len(offers) == 1 else {}
        return self._form("user", user_input or offered, errors)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the name and the new address of N.I.N.A."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            data, errors = await self._async_try(user_input, entry)
            if not errors:
                self._abort_if_taken(data, entry)
                return self.async_update_reload_and_abort(entry, title=self._name, data=data)
        current = {CONF_NAME: entry.title, **entry.data}
        return self._form("reconfigure", user_input or current, errors)

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Offer a N.I.N.A. whose Touch'N'Stars announces itself (docs/field-notes.md, Discovery).

        Anyone on the network can announce anything, so no entry is changed here: if a known one
        does not reach its N.I.N.A., a repair issue asks whether it has moved.
        """
        instance = discovery_info.name.removesuffix(f".{discovery_info.type}")
        known = await self.async_set_unique_id(instance) or self._noted_entry(instance)
        if known is not None and not known.data:
            return self.async_abort(reason="already_configured")
        if discovery_info.port is None:
            return self.async_abort(reason=Fault.CANNOT_CONNECT)
        self._announced = announced = (discovery_info.host, discovery_info.port)
        if self.hass.config_entries.flow.async_has_matching_flow(self):
            return self.async_abort(reason="already_in_progress")
        others = self._async_in_progress(
            include_uninitialized=True, match_context={"source": SOURCE_ZEROCONF}
        )
        crowded = known is None and len(others) >= MOST_OFFERED
        if crowded or not async_announcements(self.hass).async_may_follow():
            return self.async_abort(reason="too_many_announcements")
        if known is not None and await _async_reaches(known):
            return self.async_abort(reason="already_configured")
        name = announced_name(instance, discovery_info.host)
        self.context["title_placeholders"] = {"name": name}
        self._instance = instance
        return await self._async_follow(*announced, instance, known)

    async def _async_follow(
        self, host: str, companion_port: int, instance: str, known: NinaConfigEntry | None
    ) -> ConfigFlowResult:
        """Probe the announced address with few requests; stop once it does not resemble N.I.N.A."""
        announcements = async_announcements(self.hass)
        try:
            found_port = await async_find_port(self.hass, host, companion_port)
        except NinaResponseError:
            return self.async_abort(reason=Fault.NOT_NINA)
        except NinaConnectionError:
            return self.async_abort(reason=Fault.CANNOT_CONNECT)
        port = found_port or DEFAULT_PORT
        if found_port is not None:
            announcements.async_note_page(host, found_port, companion_port)
        self._found = {CONF_HOST: host, CONF_PORT: port}
        if self.hass.config_entries.flow.async_has_matching_flow(self):
            return self.async_abort(reason="already_in_progress")
        self._note_name(instance)
        self._abort_if_taken(self._found, None)
        turn = announcements.turn
        async with turn:
            probe = await async_probe_server(self.hass, host, port)
        self._server = probe.server
        if probe.fault is Fault.NOT_NINA:
            return self.async_abort(reason=Fault.NOT_NINA)
        entries = self._async_current_entries(include_ignore=False)
        known = known or next(filter(self._is_known_to, entries), None)
        if known is not None:
            if probe.fault is None and _is_out_of_reach(known):
                async_report_move(self.hass, known, host, port)
            return self.async_abort(reason="already_configured")
        async with turn:
            fault = await async_probe_scheduler(self.hass, host, DEFAULT_SCHEDULER_PORT)
        if fault is None:
            self._found = {**self._found, CONF_SCHEDULER_PORT: DEFAULT_SCHEDULER_PORT}
        self._usual_name = await async_usual_name(self.hass)
        offer = {CONF_NAME: self._suggested_name(), **self._found}
        announcements.async_offer(self.flow_id, offer)
        return self._found_form(self._found, {})

    async def async_step_found(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether to set up the discovered N.I.N.A.

        Without input, the frontend requests the form because the card was opened.
        """
        if user_input is None:
            return self._found_form(self._found, {})
        values = {**user_input, CONF_HOST: self._found[CONF_HOST]}
        data, errors = await self._async_try(values)
        if errors:
            return self._found_form(values, errors)
        self._abort_if_unique_id_configured()
        self._abort_if_taken(data, None)
        return self.async_create_entry(title=self._name, data=data)

    @override
    def is_matching(self, other_flow: Self) -> bool:
        """Return whether another flow concerns the same computer, under any name."""
        if self._found and _address(self._found) == _address(other_flow._found):
            return True
        return self._announced is not None and self._announced == other_flow._announced

    def _found_form(self, values: Mapping[str, Any], errors: dict[str, str]) -> ConfigFlowResult:
        """Show the discovered N.I.N.A. with the fields to decide on."""
        name = self.context["title_placeholders"]["name"]
        placeholders = {
            "name": escape_markdown(name),
            "host": escape_markdown(values[CONF_HOST]),
        }
        return self._form("found", values, errors, FOUND_FIELDS, placeholders)

    def _offers(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """Return what discovery cards offer."""
        shown = self._async_in_progress(
            include_uninitialized=True, match_context={"source": SOURCE_ZEROCONF}
        )
        flows = {each["flow_id"] for each in shown}
        return async_announcements(self.hass).async_offers(flows)

    def _abort_offers(self, data: Mapping[str, Any]) -> None:
        """Remove the discovery card of a N.I.N.A. that was set up by hand."""
        for flow_id, values in self._offers():
            if _address(values) == _address(data):
                self.hass.config_entries.flow.async_abort(flow_id)

    def _noted_entry(self, instance: str) -> NinaConfigEntry | None:
        """Return the entry whose own address was announced under this name before."""
        entry_id = async_announcements(self.hass).async_known(instance)
        return None if entry_id is None else self.hass.config_entries.async_get_entry(entry_id)

    def _note_name(self, instance: str) -> None:
        """Store the announced name for the address of an entry that has no name yet."""
        for entry in self._async_current_entries(include_ignore=False):
            if entry.unique_id is None and _address(entry.data) == _address(self._found):
                async_announcements(self.hass).async_note(instance, entry.entry_id)
                async_show_page(self.hass, entry)

    def _abort_if_taken(self, data: Mapping[str, Any], own: NinaConfigEntry | None) -> None:
        """Abort if another entry has this address, or the same N.I.N.A. under another address."""
        for other in self._async_current_entries(include_ignore=False):
            known = _address(other.data) == _address(data) or self._is_known_to(other)
            if other is not own and known:
                raise AbortFlow("already_configured")

    def _is_known_to(self, entry: NinaConfigEntry) -> bool:
        """Return whether the N.I.N.A. that answered is an entry's: both started at that moment."""
        if entry.state is not ConfigEntryState.LOADED or self._server is None:
            return False
        return self._server.started_at is not None and (
            self._server == entry.runtime_data.equipment.data.server
        )

    def _form(
        self,
        step: str,
        values: Mapping[str, Any],
        errors: dict[str, str],
        fields: Mapping[Any, Any] = USER_FIELDS,
        placeholders: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        """Show a form with the name and further fields, filled in with the current values."""
        key = probatio.Required(CONF_NAME, default=self._suggested_name())
        schema = probatio.Schema({key: TextSelector(), **fields})
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors=errors,
            description_placeholders=placeholders,
        )

    def _taken_names(self, own: NinaConfigEntry | None = None) -> set[str]:
        """Return the names of all observatories but the own one."""
        entries = self._async_current_entries(include_ignore=False)
        return {entry.title for entry in entries if entry is not own}

    def _suggested_name(self) -> str:
        """Return the present name, that of the announcement, or else the usual one if it is free."""
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry().title
        if self._instance is None:
            return free_name(self._taken_names(), self._usual_name)
        return suggested_name(self._instance, self._taken_names(), self._usual_name)

    def _take_name(self, typed: str, own: NinaConfigEntry | None) -> dict[str, str]:
        """Keep the name from a form; return the errors of its field."""
        self._name = tidy_name(typed)
        if own is not None and self._name == tidy_name(own.title):
            # Home Assistant itself lets people rename an entry to anything.
            return {}
        fault = name_fault(self._name, self._taken_names(own))
        return {} if fault is None else {CONF_NAME: fault}

    async def _async_try(
        self, user_input: Mapping[str, Any], own: NinaConfigEntry | None = None
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the data to store, or the errors by field, after probing both servers.

        `own` is the entry that is changed, if any.
        """
        errors = self._take_name(user_input[CONF_NAME], own)
        try:
            host, typed_port = parse_address(user_input[CONF_HOST])
        except InvalidHostError:
            return {}, {**errors, CONF_HOST: "invalid_host"}
        if errors:
            return {}, errors
        data: dict[str, Any] = {
            CONF_HOST: host,
            CONF_PORT: typed_port or int(user_input[CONF_PORT]),
        }
        probe = await async_probe(self.hass, host, data[CONF_PORT])
        self._server = probe.server
        if probe.fault is not None:
            return data, {"base": probe.fault}
        if (port := user_input.get(CONF_SCHEDULER_PORT)) is not None:
            data[CONF_SCHEDULER_PORT] = int(port)
            if fault := await async_probe_scheduler(self.hass, host, int(port)):
                return data, {CONF_SCHEDULER_PORT: fault}
        # Another form may have taken the name meanwhile.
        return data, self._take_name(user_input[CONF_NAME], own)


def _is_out_of_reach(entry: NinaConfigEntry) -> bool:
    """Return whether an entry is loaded and does not reach its N.I.N.A."""
    loaded = entry.state is ConfigEntryState.LOADED
    return loaded and not entry.runtime_data.equipment.data.reachable
