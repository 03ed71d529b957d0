"""Config flow: find N.I.N.A., prove that it is N.I.N.A., then remember where it was."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, override

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_HOST, CONF_PORT, UnitOfTemperature, UnitOfTime
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import probatio

from .api import (
    NinaClient,
    NinaCommandError,
    NinaConnectionError,
    NinaError,
    NinaNotReadyError,
    NinaResponseError,
    NinaTimeoutError,
    NinaVersionError,
    SchedulerClient,
    Server,
    find_api_port,
)
from .const import (
    CONF_DAILY_PLAN,
    CONF_READ_ONLY,
    CONF_ROOF_INTERLOCK,
    CONF_SCHEDULER_PORT,
    CONF_SECURE_PARK_LIMIT,
    CONF_SECURE_ROOF_LIMIT,
    CONF_SECURE_STEPS,
    CONF_SECURE_UNPARKED,
    CONF_START_UP_SEQUENCE,
    CONF_START_UP_TEMPERATURE,
    DEFAULT_PORT,
    DEFAULT_SCHEDULER_PORT,
    DOMAIN,
    LOGGER,
)
from .coordinator import NinaConfigEntry
from .hosts import InvalidHostError, parse_address
from .migration import MINOR_VERSION, VERSION
from .roof import RoofInterlock
from .secure import DEFAULT_LIMIT, DEFAULT_STEPS, SECURE_STEPS, Unparked

# The Advanced API starts after what announces it: how often, and with what pause in s, to ask.
FIND_TRIES: Final = 12
FIND_PAUSE = 5.0

# What Touch'N'Stars puts before the name of the computer that it runs on.
_ANNOUNCED: Final = "touchnstars_"

_PORT = NumberSelector(NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX))

_LIMIT = NumberSelector(
    NumberSelectorConfig(
        min=30,
        max=1800,
        step=1,
        unit_of_measurement=UnitOfTime.SECONDS,
        mode=NumberSelectorMode.BOX,
    )
)

_PORTS = {
    probatio.Required(CONF_PORT, default=DEFAULT_PORT): _PORT,
    probatio.Optional(CONF_SCHEDULER_PORT): _PORT,
}

USER_SCHEMA = probatio.Schema({probatio.Required(CONF_HOST): TextSelector(), **_PORTS})
FOUND_SCHEMA = probatio.Schema(_PORTS)

OPTIONS_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_ROOF_INTERLOCK, default=RoofInterlock.PARK_FIRST): SelectSelector(
            SelectSelectorConfig(
                options=[interlock.value for interlock in RoofInterlock],
                translation_key=CONF_ROOF_INTERLOCK,
            )
        ),
        probatio.Required(
            CONF_SECURE_STEPS, default=[step.value for step in DEFAULT_STEPS]
        ): SelectSelector(
            SelectSelectorConfig(
                options=[step.value for step in SECURE_STEPS],
                multiple=True,
                translation_key=CONF_SECURE_STEPS,
            )
        ),
        probatio.Required(CONF_SECURE_UNPARKED, default=Unparked.NEVER_CLOSE): SelectSelector(
            SelectSelectorConfig(
                options=[choice.value for choice in Unparked],
                translation_key=CONF_SECURE_UNPARKED,
            )
        ),
        probatio.Required(CONF_SECURE_PARK_LIMIT, default=DEFAULT_LIMIT): _LIMIT,
        probatio.Required(CONF_SECURE_ROOF_LIMIT, default=DEFAULT_LIMIT): _LIMIT,
        probatio.Optional(CONF_START_UP_TEMPERATURE): NumberSelector(
            NumberSelectorConfig(
                min=-80,
                max=40,
                step=0.1,
                unit_of_measurement=UnitOfTemperature.CELSIUS,
                mode=NumberSelectorMode.BOX,
            )
        ),
        probatio.Optional(CONF_START_UP_SEQUENCE): TextSelector(),
        probatio.Required(CONF_READ_ONLY, default=False): BooleanSelector(),
        probatio.Required(CONF_DAILY_PLAN, default=False): BooleanSelector(),
    }
)


def _explain(err: NinaError) -> str:
    """Return the key of the message for what went wrong."""
    if isinstance(err, NinaTimeoutError):
        return "timeout"
    if isinstance(err, NinaVersionError):
        return "plugin_too_old"
    if isinstance(err, NinaNotReadyError):
        return "still_starting"
    if isinstance(err, NinaCommandError):
        return "nina_failed"
    if isinstance(err, NinaResponseError):
        return "not_nina"
    return "cannot_connect"


async def _async_refuse_starting(client: NinaClient) -> None:
    """Raise NinaNotReadyError while N.I.N.A. is still starting; its sequencer comes last."""
    try:
        await client.get_sequence()
    except NinaNotReadyError, NinaConnectionError:
        raise
    except NinaError as err:
        LOGGER.debug("The sequence cannot be read, which is no obstacle: %s", err)


async def _async_reaches(entry: NinaConfigEntry) -> bool:
    """Return whether an entry reaches its N.I.N.A., or is not there to be asked."""
    if entry.state is ConfigEntryState.LOADED:
        with suppress(HomeAssistantError):
            return (await entry.runtime_data.rig.async_read()).reachable
    return True


class NinaFlowHandler(ConfigFlow, domain=DOMAIN):
    """Set up one rig."""

    VERSION = VERSION
    MINOR_VERSION = MINOR_VERSION

    _server: Server | None = None
    # Where a rig was found that nobody told us of.
    _found_host = ""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: NinaConfigEntry) -> OptionsFlow:
        """Return the flow for what is taste."""
        return NinaOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where N.I.N.A. runs."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data, errors = await self._async_try(user_input)
            if not errors:
                self._abort_if_taken(data, None)
                return self.async_create_entry(title=self._title(), data=data)
        return self._form("user", user_input or {}, errors)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where N.I.N.A. runs now."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            data, errors = await self._async_try(user_input)
            if not errors:
                self._abort_if_taken(data, entry)
                return self.async_update_reload_and_abort(entry, data=data)
        return self._form("reconfigure", user_input or entry.data, errors)

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Take note of a N.I.N.A. whose Touch'N'Stars announces itself (field notes 22)."""
        instance = discovery_info.name.removesuffix(f".{discovery_info.type}")
        known = await self.async_set_unique_id(instance)
        if known is not None and (not known.data or await _async_reaches(known)):
            return self.async_abort(reason="already_configured")
        host = discovery_info.host
        port = await self._async_find_port(host, discovery_info.port)
        error = "cannot_connect" if port is None else await self._async_find_nina(host, port)
        address = {CONF_HOST: host, CONF_PORT: port or DEFAULT_PORT}
        if known is not None:
            # Only what answers there moves an entry.
            self._abort_if_unique_id_configured(
                updates=address if error in (None, "still_starting") else None
            )
        self._abort_if_taken(address, None)
        self._found_host = host
        name = instance.removeprefix(_ANNOUNCED)
        self.context["title_placeholders"] = {"name": name}
        if await self._async_find_scheduler(host, DEFAULT_SCHEDULER_PORT) is None:
            address[CONF_SCHEDULER_PORT] = DEFAULT_SCHEDULER_PORT
        return self._found_form(address, {})

    async def async_step_found(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether the rig that was found is to be set up."""
        values = {**(user_input or {}), CONF_HOST: self._found_host}
        data, errors = await self._async_try(values)
        if errors:
            return self._found_form(values, errors)
        self._abort_if_unique_id_configured()
        self._abort_if_taken(data, None)
        return self.async_create_entry(title=self._title(), data=data)

    def _found_form(self, values: Mapping[str, Any], errors: dict[str, str]) -> ConfigFlowResult:
        """Show what was found, with what there is to decide."""
        return self.async_show_form(
            step_id="found",
            data_schema=self.add_suggested_values_to_schema(FOUND_SCHEMA, values),
            errors=errors,
            description_placeholders={
                **self.context["title_placeholders"],
                "host": self._found_host,
            },
        )

    async def _async_find_port(self, host: str, port: int | None) -> int | None:
        """Return the port of the Advanced API, which starts later than what announces it."""
        if port is None:
            return None
        session = async_get_clientsession(self.hass)
        for _ in range(FIND_TRIES):
            with suppress(NinaError):
                return await find_api_port(session, host, port)
            await asyncio.sleep(FIND_PAUSE)
        return None

    def _abort_if_taken(self, data: Mapping[str, Any], own: NinaConfigEntry | None) -> None:
        """Abort if another entry has this address, or knows this N.I.N.A. by another one.

        The entry of a rig that was announced is known by its name from then on.
        """
        for other in self._async_current_entries(include_ignore=False):
            address = (other.data[CONF_HOST], other.data[CONF_PORT])
            known = address == (data[CONF_HOST], data[CONF_PORT]) or self._is_known_to(other)
            if other is own or not known:
                continue
            if self.unique_id is not None and other.unique_id is None:
                self.hass.config_entries.async_update_entry(other, unique_id=self.unique_id)
            raise AbortFlow("already_configured")

    def _is_known_to(self, entry: NinaConfigEntry) -> bool:
        """Return whether what answered is what an entry talks to: it was started that moment."""
        if entry.state is not ConfigEntryState.LOADED or self._server is None:
            return False
        return self._server.started_at is not None and (
            self._server == entry.runtime_data.rig.data.server
        )

    def _form(
        self, step: str, values: Mapping[str, Any], errors: dict[str, str]
    ) -> ConfigFlowResult:
        """Show the form with the values kept."""
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(USER_SCHEMA, values),
            errors=errors,
        )

    def _title(self) -> str:
        """Name the rig; the wire offers no name that a person would call an observatory."""
        taken = {entry.title for entry in self._async_current_entries()}
        names = ("Observatory", *(f"Observatory {number}" for number in range(2, len(taken) + 3)))
        return next(name for name in names if name not in taken)

    async def _async_try(
        self, user_input: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return what to store, or the errors by field, after asking both servers."""
        try:
            host, typed_port = parse_address(user_input[CONF_HOST])
        except InvalidHostError:
            return {}, {CONF_HOST: "invalid_host"}
        data: dict[str, Any] = {
            CONF_HOST: host,
            CONF_PORT: typed_port or int(user_input[CONF_PORT]),
        }
        if error := await self._async_find_nina(host, data[CONF_PORT]):
            return data, {"base": error}
        if (port := user_input.get(CONF_SCHEDULER_PORT)) is not None:
            data[CONF_SCHEDULER_PORT] = int(port)
            if error := await self._async_find_scheduler(host, int(port)):
                return data, {CONF_SCHEDULER_PORT: error}
        return data, {}

    async def _async_find_nina(self, host: str, port: int) -> str | None:
        """Return why this is not N.I.N.A., or None if it is."""
        client = NinaClient(async_get_clientsession(self.hass), host, port)
        try:
            self._server = await client.get_server()
            await client.get_equipment()
            await _async_refuse_starting(client)
        except NinaError as err:
            return _explain(err)
        return None

    async def _async_find_scheduler(self, host: str, port: int) -> str | None:
        """Return why this is not the Target Scheduler, or None if it is."""
        try:
            await SchedulerClient(async_get_clientsession(self.hass), host, port).get_version()
        except NinaResponseError:
            return "not_scheduler"
        except NinaError:
            return "scheduler_cannot_connect"
        return None


class NinaOptionsFlow(OptionsFlowWithReload):
    """What is taste, not connection."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the options."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                OPTIONS_SCHEMA, self.config_entry.options
            ),
        )
