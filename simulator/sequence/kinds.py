"""Instructions described by a row in a table: name, fields, needs and action."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, override

from simulator.sequence.node import ErrorBehavior, Instruction, InstructionError

if TYPE_CHECKING:
    from simulator.devices.rig import Rig
    from simulator.sequence.node import Runner

__all__ = ["Kind", "Simple"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of instruction.

    `work` does it; False means that it failed. `shown` gives the keys of `sequence/json` from its
    values, `reflected` those of `sequence/state` where they are not simply its values. `dotnet`
    is the name of the class in sequence files.
    """

    name: str
    dotnet: str
    work: Callable[[Runner, Simple], Awaitable[bool | None]]
    roles: tuple[str, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)
    shown: Callable[[Rig, Simple], dict[str, Any]] | None = None
    reflected: Callable[[Rig, Simple], dict[str, Any]] | None = None


class Simple(Instruction):
    """An instruction of some kind."""

    def __init__(
        self,
        kind: Kind,
        name: str | None = None,
        *,
        on_error: ErrorBehavior = ErrorBehavior.CONTINUE,
        attempts: int = 1,
        **values: Any,
    ) -> None:
        """Make an instruction; raises TypeError for a value that this kind does not have."""
        unknown = values.keys() - kind.defaults.keys()
        if unknown:
            raise TypeError(f"{kind.name} has no {', '.join(sorted(unknown))}")
        super().__init__(
            kind.name if name is None else name,
            on_error=on_error,
            attempts=attempts,
            **{**kind.defaults, **values},
        )
        self.kind = kind
        self.roles = kind.roles

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        return self.kind.shown(rig, self) if self.kind.shown else {}

    @override
    def reflected(self, rig: Rig) -> dict[str, Any]:
        """Return the properties of `sequence/state`."""
        return self.kind.reflected(rig, self) if self.kind.reflected else dict(self.values)

    @override
    async def run(self, engine: Runner) -> None:
        """Do it."""
        if await self.kind.work(engine, self) is False:
            raise InstructionError(f"{self.name} failed")
