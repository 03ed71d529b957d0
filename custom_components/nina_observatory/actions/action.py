"""Definition of an action: its name, its fields and its handler."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.core import Context, HomeAssistant, ServiceResponse, SupportsResponse
from packaging.version import Version
import probatio

from ..api import Device, NinaClient, Role
from ..api.plugin_version import needed_version
from ..const import CONF_READ_ONLY, Needs
from ..control.command import Command
from ..errors import (
    NotConnectedError,
    Reason,
    RefusedError,
    TooOldError,
    TransientError,
    too_old,
)
from ..runtime import NinaConfigEntry, NinaRuntimeData
from .choices import Choice
from .fields import flag

# Equipment that a field adds to what an action commands.
FILTER: Final = {"filter": Role.FILTER_WHEEL}
CENTERING: Final = {"center": Role.CAMERA, "rotate": Role.ROTATOR}

WAIT = {probatio.Optional("wait", default=True): flag}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An action called for one entry, with its validated fields.

    `answered` is whether the caller wants a response.
    """

    hass: HomeAssistant
    entry: NinaConfigEntry
    data: Mapping[str, Any]
    context: Context
    answered: bool = True

    @property
    def runtime(self) -> NinaRuntimeData:
        """Return the runtime data of the entry."""
        return self.entry.runtime_data

    @property
    def client(self) -> NinaClient:
        """Return the client of the entry."""
        return self.runtime.client

    @property
    def wait(self) -> bool:
        """Return whether to wait until the command is proven."""
        return bool(self.data.get("wait", True))

    async def async_run(self, command: Command[Any], *, wait: bool = True) -> None:
        """Carry out a command; return when it is proven, or when it is sent if the call does not wait."""
        await self.runtime.runner.async_run(command, wait=wait)

    async def async_device[DeviceT: Device](self, role: Role, kind: type[DeviceT]) -> DeviceT:
        """Return a device from a fresh reading; raises the same errors as a command."""
        state = await self.runtime.equipment.async_read(role)
        if not state.reachable:
            raise TransientError(Reason.CANNOT_CONNECT)
        device = state.device(role)
        if not isinstance(device, kind):
            raise NotConnectedError(role)
        return device


type Handler = Callable[[Call], Awaitable[ServiceResponse]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Action:
    """One action: `handler` gets the fields as the schema made of `fields` returns them.

    `needs` is the permission that its user has to have for every entity of the `roles`, and for
    those of the roles that `adds` names where the field is given and not false, and that `by_option`
    names for the chosen option of a field. `methods` are those
    of the client that it needs beyond its commands. One that `changes` something does more than read,
    although only administrators may use it. `choices` are the lists that the form offers for fields.
    """

    name: str
    needs: Needs
    roles: tuple[Role, ...]
    handler: Handler
    adds: Mapping[str, Role] = field(default_factory=dict)
    by_option: Mapping[str, Mapping[str, Role]] = field(default_factory=dict)
    fields: Mapping[Any, object] = field(default_factory=dict)
    returns: SupportsResponse = SupportsResponse.NONE
    methods: tuple[Callable[..., Awaitable[object]], ...] = ()
    changes: bool = False
    choices: Mapping[str, Choice] = field(default_factory=dict)

    @property
    def controls(self) -> bool:
        """Return whether the action does more than read."""
        return self.changes or self.needs is Needs.CONTROL

    def roles_of(self, data: Mapping[str, object]) -> tuple[Role, ...]:
        """Return the roles that a call with these fields affects."""
        # An angle of 0 is one that was given.
        given = [role for name, role in self.adds.items() if data.get(name, False) is not False]
        chosen = [roles.get(str(data.get(name))) for name, roles in self.by_option.items()]
        return (*self.roles, *given, *(role for role in chosen if role is not None))

    async def async_call(self, call: Call) -> ServiceResponse:
        """Carry out the action; raises ServiceValidationError if the entry or server cannot."""
        if self.controls and call.entry.options.get(CONF_READ_ONLY):
            raise RefusedError(Reason.READ_ONLY)
        try:
            for method in self.methods:
                require(call, needed_version(method))
            async with call.runtime.runner.naming_needed_version():
                return await self.handler(call)
        except TooOldError as err:
            call.runtime.upkeep.async_note_too_old(self.name, err.needed)
            raise


def require(call: Call, needed: Version) -> None:
    """Raise ServiceValidationError if the plugin is older than a version."""
    installed = call.client.plugin.version
    if installed < needed:
        raise too_old(needed, installed)


def commanding(command: Callable[[Call], Command[Any]]) -> Handler:
    """Return the handler of an action that consists of one command, built from the call."""

    async def handle(call: Call) -> None:
        await call.async_run(command(call), wait=call.wait)

    return handle
