"""The nodes of a sequence: their fields, and their form for both tree serializers.

`values` holds a node's settings under the names and in the forms of `sequence/state`; what
`sequence/json` shows is derived from them.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
import copy
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, override

from simulator.wire import Table

if TYPE_CHECKING:
    from simulator.devices.rig import Rig

__all__ = [
    "Condition",
    "Container",
    "ErrorBehavior",
    "Instruction",
    "InstructionError",
    "Node",
    "Runner",
    "Status",
    "Trigger",
]


class Status(StrEnum):
    """Status of a node by its wire name."""

    CREATED = "CREATED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    DISABLED = "DISABLED"


class ErrorBehavior(StrEnum):
    """The action after an instruction failed; not visible on the wire."""

    CONTINUE = "continue"
    SKIP_SET = "skip set"
    ABORT = "abort"
    SKIP_TO_END = "skip to end"


class InstructionError(Exception):
    """An instruction failed."""


class Runner(Protocol):
    """The engine of a sequence, as its nodes see it."""

    rig: Rig

    async def execute(self, node: Instruction) -> None:
        """Run an instruction or container and set its status."""

    async def run_triggers(self, following: Node) -> None:
        """Run the triggers that are due before a node."""


class Node:
    """Anything in the tree; `name` is the displayed name.

    `defaults` are the values of a new node, `roles` the devices it needs. The `description` is that
    of its type, which plugin 2.0 shows.
    """

    default_name: ClassVar[str] = ""
    description: ClassVar[str] = ""
    suffix: ClassVar[str] = ""
    defaults: ClassVar[dict[str, Any]] = {}
    roles: tuple[str, ...] = ()
    has_issues: ClassVar[bool] = True

    def __init__(self, name: str | None = None, **values: Any) -> None:
        """Make a node; `name` None means the default name."""
        self.name = self.default_name if name is None else name
        self.values: dict[str, Any] = copy.deepcopy({**self.defaults, **values})
        self.status = Status.CREATED
        self.parent: Container | None = None

    @property
    def enabled(self) -> bool:
        """Return whether the user left it enabled."""
        return self.status is not Status.DISABLED

    @property
    def ancestors(self) -> Iterator[Container]:
        """Yield the containers around this node, the innermost first."""
        container = self.parent
        while container is not None:
            yield container
            container = container.parent

    def reset(self) -> None:
        """Set the progress back; a disabled node stays so."""
        if self.enabled:
            self.status = Status.CREATED

    def begin(self, rig: Rig) -> None:
        """Note that the container around it begins to be worked on."""

    def issues(self, rig: Rig) -> list[str]:
        """Return what validation complains about: devices that are not connected."""
        devices = [getattr(rig, role) for role in self.roles]
        return [f"{device.noun} is not connected" for device in devices if not device.connected]

    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the type-specific keys of `sequence/json`."""
        del rig
        return {}

    def json(self, rig: Rig) -> Table:
        """Return the node as `sequence/json` writes it."""
        return Table(Name=self.name + self.suffix, Status=self.status.value, **self.shown(rig))

    def reflected(self, rig: Rig) -> dict[str, Any]:
        """Return the properties that `sequence/state` finds."""
        del rig
        return dict(self.values)

    def state(self, rig: Rig) -> Table:
        """Return the node as `sequence/state` writes it."""
        issues = {"Issues": self.issues(rig)} if self.has_issues else {}
        return Table(
            Name=self.name + self.suffix,
            Status=self.status.value,
            **self.reflected(rig),
            **issues,
        )


class Instruction(Node):
    """An instruction; `run` does it and raises InstructionError when it fails."""

    is_exposure: ClassVar[bool] = False

    def __init__(
        self,
        name: str | None = None,
        *,
        on_error: ErrorBehavior = ErrorBehavior.CONTINUE,
        attempts: int = 1,
        **values: Any,
    ) -> None:
        """Make an instruction with its error behavior and number of attempts."""
        super().__init__(name, **values)
        self.on_error = on_error
        self.attempts = attempts

    async def run(self, engine: Runner) -> None:
        """Run the instruction."""

    def estimate(self) -> float:
        """Return how many seconds it will take at least."""
        return 0.0


class Condition(Node, ABC):
    """A condition of a container; `holds` returns whether the container may continue.

    One that `interrupts` is also watched while instructions run.
    """

    suffix = "_Condition"
    interrupts: ClassVar[bool] = False
    has_issues = False

    @abstractmethod
    def holds(self, rig: Rig) -> bool:
        """Return whether the container may go on."""

    def round_finished(self) -> None:
        """Note that the container's instructions were all run once more."""


class Trigger(Node, ABC):
    """A trigger; asked before each instruction, it runs when `due`."""

    suffix = "_Trigger"

    @abstractmethod
    def due(self, engine: Runner, following: Node | None) -> bool:
        """Return whether it has to run before the following node."""

    async def run(self, engine: Runner) -> None:
        """Run the trigger."""


class Container(Instruction):
    """A node with instructions, conditions and triggers.

    A `bare` one (of some plugins) shows neither conditions nor triggers; one that is `disguised`
    looks like an instruction in `sequence/json`.
    """

    default_name = "Sequential Instruction Set"
    description = (
        "Runs all items in a sequential order. Trigger and conditions are evaluated after each item"
    )
    suffix = "_Container"
    parallel: ClassVar[bool] = False
    bare: ClassVar[bool] = False
    disguised: ClassVar[bool] = False
    has_issues = False

    def __init__(
        self,
        name: str | None = None,
        items: Sequence[Instruction] = (),
        conditions: Sequence[Condition] = (),
        triggers: Sequence[Trigger] = (),
        **options: Any,
    ) -> None:
        """Make a container of its content."""
        super().__init__(name, **options)
        self.items: list[Instruction] = list(items)
        self.conditions: list[Condition] = list(conditions)
        self.triggers: list[Trigger] = list(triggers)
        self.values["Iterations"] = 0
        for node in (*self.items, *self.conditions, *self.triggers):
            node.parent = self

    def add(self, *items: Instruction) -> None:
        """Append instructions."""
        for item in items:
            item.parent = self
            self.items.append(item)

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, in the order of the tree."""
        yield self
        yield from self.conditions
        yield from self.triggers
        for item in self.items:
            if isinstance(item, Container):
                yield from item.walk()
            else:
                yield item

    @override
    def reset(self) -> None:
        """Set everything below back as well, loop counters included."""
        super().reset()
        self.values["Iterations"] = 0
        for node in (*self.conditions, *self.triggers, *self.items):
            node.reset()

    @override
    def json(self, rig: Rig) -> Table:
        """Return the container with its content, or like an instruction."""
        if self.disguised:
            return Table(Name=self.name, Status=self.status.value, **self.shown(rig))
        table = super().json(rig)
        if not self.bare:
            table["Conditions"] = [node.json(rig) for node in self.conditions]
            table["Triggers"] = [node.json(rig) for node in self.triggers]
        table["Items"] = [node.json(rig) for node in self.items]
        return table

    def wiki(self) -> Table:
        """Return the container as plugin 2.0 writes it."""
        table = Table(
            Name=self.name + self.suffix, Description=self.description, Status=self.status.value
        )
        table["Items"] = [
            node.wiki()
            if isinstance(node, Container) and not node.disguised
            else Table(Name=node.name, Description=node.description, Status=node.status.value)
            for node in self.items
        ]
        return table

    @override
    def state(self, rig: Rig) -> Table:
        """Return the container with its content."""
        table = super().state(rig)
        if not self.bare:
            table["Conditions"] = [node.state(rig) for node in self.conditions]
            table["Triggers"] = [node.state(rig) for node in self.triggers]
        table["Items"] = [node.state(rig) for node in self.items]
        return table

    @override
    def estimate(self) -> float:
        """Return how long its first instruction that is still to be run takes."""
        return next((i.estimate() for i in self.items if i.status is Status.CREATED), 0.0)


def never() -> datetime:
    """Return what .NET has for no date."""
    return datetime(1, 1, 1)  # noqa: DTZ001 - it has no zone on the wire either
