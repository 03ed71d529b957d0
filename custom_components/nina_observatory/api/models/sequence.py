"""The loaded sequence: a tree of containers and instructions, and its current activity."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from .enums import SequenceStatus
from .mount import Coordinates
from .sequence_node import Node, NodeKind, decode_nodes, runs
from .sequence_target import RunningTarget, running_target
from .wire import items, mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A current activity of the sequence: its node, and the names of the containers around it."""

    node: Node
    path: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the node, or of the innermost container around it that has one."""
        names = (self.node.name, *reversed(self.path))
        return next((name for name in names if name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """The loaded sequence, and its current activity.

    Only the status of the root containers shows whether it runs: any other may come from the file
    or from an earlier run. The first root is the start, the last the end, those between are
    targets: usually one; Touch'N'Stars makes one for each target. `instructions` has several
    members if containers run in parallel; `trigger` interrupts them, such as an autofocus,
    a dither or a flip. `target` is the name of the running target container, `coordinates` the place
    it slews to; a scheduler plugin shows neither. `detailed` is False if instructions have only
    names, before plugin 2.1.0.
    """

    global_triggers: tuple[Node, ...] = ()
    roots: tuple[Node, ...] = ()
    running: bool = False
    instructions: tuple[Activity, ...] = ()
    trigger: Activity | None = None
    running_target: RunningTarget = field(default_factory=RunningTarget)
    target: str | None = None
    coordinates: Coordinates | None = None
    detailed: bool = True

    @classmethod
    def from_wire(cls, payload: object) -> Sequence:
        """Decode the tree of any version of the plugin; nothing in it raises."""
        elements = [mapping(element) for element in items(payload)]
        triggers: tuple[Node, ...] = ()
        if detailed := bool(elements) and "GlobalTriggers" in elements[0]:
            triggers = decode_nodes(elements.pop(0)["GlobalTriggers"], NodeKind.TRIGGER)
        # N.I.N.A. translates the names of the root containers: only their order distinguishes them.
        roots = decode_nodes([each for each in elements if each], NodeKind.CONTAINER)
        running = tuple(root for root in roots if root.running)
        targets = _between(roots)
        found = running_target(
            [root for root in targets if root.running],
            detailed=detailed,
            elsewhere=[root for root in roots if root not in targets],
        )
        return cls(
            global_triggers=triggers,
            roots=roots,
            running=bool(running),
            instructions=tuple(chain.from_iterable(map(_running_instructions, running))),
            trigger=_running_trigger(running, triggers),
            running_target=found,
            target=found.name,
            coordinates=found.coordinates,
            detailed=detailed,
        )

    @property
    def at_rest(self) -> bool:
        """Whether every root has a known status, and none runs.

        Both this and `running` are False if it is unknown whether the sequence runs.
        """
        known = all(isinstance(root.status, SequenceStatus) for root in self.roots)
        return bool(self.roots) and known and not self.running

    @property
    def start(self) -> Node | None:
        """The root before the targets."""
        return self.roots[0] if self.roots else None

    @property
    def end(self) -> Node | None:
        """The root after the targets."""
        return self.roots[-1] if len(self.roots) > 2 else None

    @property
    def activity(self) -> Activity | None:
        """The activity to show: the trigger, otherwise the first instruction."""
        if self.trigger is not None:
            return self.trigger
        return self.instructions[0] if self.instructions else None

    @property
    def hidden(self) -> bool:
        """Whether all current activity is hidden in the container of a plugin."""
        if self.trigger is not None or not self.instructions:
            return False
        return all(each.node.kind is NodeKind.CONTAINER for each in self.instructions)

    @property
    def ending(self) -> bool:
        """Whether it runs the part after all targets, including those of a scheduler."""
        if self.end is None or not self.end.running or self.hidden:
            return False
        return not any(root.running for root in _between(self.roots))

    @property
    def waiting(self) -> bool:
        """Whether it only waits."""
        if self.trigger is not None or not self.instructions:
            return False
        return all(activity.node.is_wait for activity in self.instructions)

    @property
    def waiting_until(self) -> datetime | None:
        """When it continues, if it waits and that is known."""
        if not self.waiting:
            return None
        details = [activity.node.details for activity in self.instructions]
        times = [each.target_time or each.expected_date_time for each in details]
        return max((time for time in times if time is not None), default=None)

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the instructions that failed, in this run or an earlier one."""
        return tuple(
            node.name
            for root in self.roots
            for node in root.walk()
            if node.kind is NodeKind.INSTRUCTION and node.status is SequenceStatus.FAILED
        )


def _between(roots: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return the roots of the targets: those between the first and the last."""
    return roots[1:-1] if len(roots) > 2 else roots[1:]


def _running_instructions(root: Node) -> Iterator[Activity]:
    """Yield the activities below a running root; a plugin's container may hide its instructions."""
    waiting: list[tuple[Node, tuple[str, ...]]] = [(root, ())]
    while waiting:
        node, path = waiting.pop()
        below = (*path, node.name)
        inside = [(item, below) for item in node.items if runs(item, around=True)]
        waiting.extend(reversed(inside))
        if not node.items:
            yield Activity(node=node, path=path)


def _running_trigger(roots: tuple[Node, ...], global_triggers: tuple[Node, ...]) -> Activity | None:
    """Return the running trigger, of the running containers or a global one."""
    waiting: list[tuple[Node, tuple[str, ...]]] = [(root, ()) for root in reversed(roots)]
    if roots:
        for trigger in global_triggers:
            if trigger.running:
                return Activity(node=trigger, path=())
    while waiting:
        node, path = waiting.pop()
        below = (*path, node.name)
        for trigger in node.triggers:
            if trigger.running:
                return Activity(node=trigger, path=below)
        inside = [(item, below) for item in node.items if runs(item, around=True)]
        waiting.extend(reversed(inside))
    return None
