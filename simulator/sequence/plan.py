"""A loaded sequence: global triggers and the root containers."""

from typing import TYPE_CHECKING, Any

from simulator.sequence.containers import Target
from simulator.sequence.node import Container, Instruction, Node, Status, Trigger
from simulator.wire import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.devices.rig import Rig

__all__ = ["Plan"]


class Plan:
    """A sequence as it is loaded: its start, its targets, its end.

    Touch'N'Stars makes `more` roots of targets.
    """

    def __init__(
        self,
        start: Sequence[Instruction] = (),
        targets: Sequence[Instruction] = (),
        end: Sequence[Instruction] = (),
        triggers: Sequence[Trigger] = (),
        more: Sequence[Sequence[Instruction]] = (),
    ) -> None:
        """Make the root containers, whose names are those of an English N.I.N.A."""
        self.global_triggers = list(triggers)
        self.roots = [
            Container("Start", list(start)),
            *(Container("Targets", list(items)) for items in (targets, *more)),
            Container("End", list(end)),
        ]

    @property
    def targets(self) -> list[Target]:
        """Return the target containers in the order of the tree."""
        between = (node for root in self.roots[1:-1] for node in root.walk())
        return [node for node in between if isinstance(node, Target)]

    def walk(self) -> Iterator[Node]:
        """Yield every node."""
        yield from self.global_triggers
        for root in self.roots:
            yield from root.walk()

    def reset(self) -> None:
        """Set all progress back."""
        for node in (*self.global_triggers, *self.roots):
            node.reset()

    def issues(self, rig: Rig) -> list[str]:
        """Return the complaints of the checklist."""
        enabled = [node for node in self.walk() if node.enabled]
        return [f"{node.name}: {issue}" for node in enabled for issue in node.issues(rig)]

    def as_json(self, rig: Rig) -> list[Any]:
        """Return the tree of `sequence/json`."""
        triggers = [trigger.json(rig) for trigger in self.global_triggers]
        return [Table(GlobalTriggers=triggers), *(root.json(rig) for root in self.roots)]

    def as_wiki(self) -> list[Any]:
        """Return the tree of plugin 2.0; its roots have no description."""
        return [Table({**root.wiki(), "Description": ""}) for root in self.roots]

    def as_state(self, rig: Rig) -> list[Any]:
        """Return the tree of `sequence/state`."""
        triggers = [trigger.state(rig) for trigger in self.global_triggers]
        return [Table(GlobalTriggers=triggers), *(root.state(rig) for root in self.roots)]

    def pretend_done(self, *names: str) -> None:
        """Mark the start, and nodes with one of these names, as if they had been run."""
        done = [node for node in self.walk() if node.name in names]
        for top in (*self.roots[0].items, *done):
            for node in top.walk() if isinstance(top, Container) else (top,):
                if isinstance(node, Instruction):
                    node.status = Status.FINISHED
