"""What an action is: its name, its fields, and what it does to one rig."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import HomeAssistant, ServiceResponse, SupportsResponse

from ..api import NinaClient
from ..commander import Command
from ..coordinator import NinaConfigEntry, NinaRuntimeData


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An action called for one rig, with its validated fields."""

    hass: HomeAssistant
    entry: NinaConfigEntry
    data: Mapping[str, Any]

    @property
    def rig(self) -> NinaRuntimeData:
        """Return what the entry keeps while it is loaded."""
        return self.entry.runtime_data

    @property
    def client(self) -> NinaClient:
        """Return the client of the rig."""
        return self.rig.client

    async def async_run(self, command: Command[Any]) -> None:
        """Carry out a command and return when it is proven."""
        await self.rig.commander.async_run(command)


type Handler = Callable[[Call], Awaitable[ServiceResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action: `handler` gets the fields as the schema made of `fields` returns them."""

    name: str
    handler: Handler
    fields: Mapping[Any, Any] = field(default_factory=dict)
    returns: SupportsResponse = SupportsResponse.NONE


def commanding(command: Callable[[Call], Command[Any]]) -> Handler:
    """Return the handler of an action that is one command, made from the call."""

    async def handle(call: Call) -> None:
        """Carry out the command."""
        await call.async_run(command(call))

    return handle
