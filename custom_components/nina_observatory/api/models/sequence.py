"""The sequence that is loaded: a tree of containers and instructions, and where it is now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Any, Final

from .base import decode, unknown_keys, wire_model
from .enums import ImageType, SequenceStatus, Unknown
from .mount import Coordinates
from .wire import Count, NotNegative, items, mapping, text

# Deeper than anybody nests; what lies below is left out.
_DEEPEST: Final = 100
# Containers that only decide whether or how often others run (names of the Sequencer+ plugin).
_FLOW: Final = frozenset({"If", "If/Then/Else", "Constant/Variable Container"})


class NodeKind(StrEnum):
    """What a node of the tree is."""

    CONTAINER = "container"
    INSTRUCTION = "instruction"
    CONDITION = "condition"
    TRIGGER = "trigger"


# What else nodes are made of, and what is configured at them and matters to nobody here.
_LEFT_OUT: Final = [
    "Name",
    "Status",
    "Items",
    "Conditions",
    "Triggers",
    "GlobalTriggers",
    "Target",
    "Absolute",
    "Altitude",
    "Azimuth",
    "Binning",
    "DeltaExposures",
    "DeltaHFR",
    "DeltaTemperature",
    "DeltaTime",
    "Description",
    "DewHeaterOn",
    "DitherProgressExposures",
    "DitherTargetExposures",
    "Drift",
    "ElapsedTime",
    "Exposures",
    "FilePath",
    "ForceCalibration",
    "Gain",
    "HFRTrendPercentage",
    "Index",
    "MinCoolingTime",
    "MinWarmingTime",
    "Offset",
    "OriginalHFR",
    "Position",
    "RelativePosition",
    "ROI",
    "Rotation",
    "SampleSize",
    "Script",
    "Slope",
    "TargetDrift",
    "TargetExposures",
    "TargetTemperature",
    "Temperature",
    "Text",
    "TrackingMode",
    "Value",
]


@wire_model(
    ignored=_LEFT_OUT, image_type="Type", loops="Iterations", loops_done="CompletedIterations"
)
class NodeDetails:
    """What is configured at a node and matters here: s, °C, degrees and hours (`time_to_flip`).

    `loops` and `loops_done` count exposures at a smart exposure and rounds at a condition;
    `exposure_count` is a counter saved with the sequence, not progress. Times that are not absolute
    move along while nothing runs.
    """

    exposure_time: NotNegative = None
    exposure_count: Count = None
    image_type: ImageType | Unknown | None = None
    filter: str | None = None
    loops: Count = None
    loops_done: Count = None
    delay: NotNegative = None
    target_time: datetime | None = None
    expected_date_time: datetime | None = None
    expected_time: str | None = None
    remaining_time: timedelta | None = None
    calculated_wait_duration: timedelta | None = None
    current_altitude: float | None = None
    time_to_flip: float | None = None
    target_name: str | None = None
    coordinates: Coordinates | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node: `name` is what the user sees, without the suffix that tells the kind."""

    kind: NodeKind
    name: str
    status: SequenceStatus | Unknown | None
    details: NodeDetails
    items: tuple[Node, ...] = ()
    conditions: tuple[Node, ...] = ()
    triggers: tuple[Node, ...] = ()

    @property
    def running(self) -> bool:
        """Whether it reads running, which is true now only below a root that does."""
        return self.status is SequenceStatus.RUNNING

    @property
    def is_wait(self) -> bool:
        """Whether it is an instruction that waits for a time, an altitude or safety.

        The last kind shows in nothing but its name, which N.I.N.A. translates.
        """
        if self.kind is not NodeKind.INSTRUCTION:
            return False
        details = self.details
        readings = (
            details.calculated_wait_duration,
            details.delay,
            details.expected_time,
            details.current_altitude,
        )
        known = any(value is not None for value in readings)
        return known or self.name.casefold().startswith("wait ")

    @property
    def place(self) -> Coordinates | None:
        """Where it slews to, if that is a place among the stars."""
        place = self.details.coordinates
        return None if place is None or place.right_ascension is None else place

    @property
    def images(self) -> bool:
        """Whether it takes light frames."""
        kinds = (None, ImageType.LIGHT)
        return self.details.exposure_time is not None and self.details.image_type in kinds

    def walk(self) -> Iterator[Node]:
        """Go through the containers and instructions from here on, depth first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.items))


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What the sequence does now: the node, and the names of the containers around it."""

    node: Node
    path: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of what is done."""
        return self.node.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """The loaded sequence, and what it does now.

    Only the root containers tell whether it runs: every other status may come from the file or from
    an earlier run. The first is the start, the last the end, all between are targets: mostly one, with
    Touch'N'Stars one for each target. `instructions` has several members where containers run in parallel;
    `trigger` is an autofocus, dither, flip and so on that interrupts them. `target` is the name of
    the running target container and `coordinates` where it slews to; a scheduler plugin keeps both
    to itself.
    """

    global_triggers: tuple[Node, ...] = ()
    roots: tuple[Node, ...] = ()
    running: bool = False
    instructions: tuple[Activity, ...] = ()
    trigger: Activity | None = None
    target: str | None = None
    coordinates: Coordinates | None = None

    @classmethod
    def from_wire(cls, payload: Any) -> Sequence:
        """Decode the tree of either dialect; nothing in it raises."""
        elements = [mapping(element) for element in items(payload)]
        triggers: tuple[Node, ...] = ()
        if detailed := bool(elements) and "GlobalTriggers" in elements[0]:
            triggers = _nodes(elements.pop(0)["GlobalTriggers"], NodeKind.TRIGGER, 0)
        # N.I.N.A. translates the names of the root containers: only their order tells them apart.
        roots = tuple(_node(each, NodeKind.CONTAINER, 0) for each in elements if each)
        running = tuple(root for root in roots if root.running)
        targets = roots[1:-1] if len(roots) > 2 else roots[1:]
        found = (_running_target(root, detailed=detailed) for root in targets if root.running)
        target = next((node for node in found if node is not None), None)
        return cls(
            global_triggers=triggers,
            roots=roots,
            running=bool(running),
            instructions=tuple(
                found for root in running for found in _running_instructions(root, ())
            ),
            trigger=_running_trigger(running, triggers),
            target=None if target is None else target.details.target_name or target.name or None,
            coordinates=None if target is None else _place(target),
        )

    @property
    def at_rest(self) -> bool:
        """Whether every root has a status that is known, and none runs.

        Neither this nor `running` where nothing shows whether it runs.
        """
        known = all(isinstance(root.status, SequenceStatus) for root in self.roots)
        return bool(self.roots) and known and not self.running

    @property
    def start(self) -> Node | None:
        """The root that comes before the targets."""
        return self.roots[0] if self.roots else None

    @property
    def end(self) -> Node | None:
        """The root that comes after the targets."""
        return self.roots[-1] if len(self.roots) > 2 else None

    @property
    def activity(self) -> Activity | None:
        """What to name as its present activity: the trigger, otherwise the first instruction."""
        if self.trigger is not None:
            return self.trigger
        return self.instructions[0] if self.instructions else None

    @property
    def hidden(self) -> bool:
        """Whether all it does now goes on in the container of a plugin that does not show it."""
        if self.trigger is not None or not self.instructions:
            return False
        return all(each.node.kind is NodeKind.CONTAINER for each in self.instructions)

    @property
    def ending(self) -> bool:
        """Whether it does what comes after all targets, those of a scheduler included."""
        return self.end is not None and self.end.running and not self.hidden

    @property
    def waiting(self) -> bool:
        """Whether all it does now is wait."""
        if self.trigger is not None or not self.instructions:
            return False
        return all(activity.node.is_wait for activity in self.instructions)

    @property
    def waiting_until(self) -> datetime | None:
        """When it goes on, if it waits and that is known."""
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


def _node(raw: Any, kind: NodeKind, depth: int) -> Node:
    """Decode a node and what is below it."""
    block = mapping(raw)
    if kind is NodeKind.INSTRUCTION and "Items" in block:
        kind = NodeKind.CONTAINER
    target = mapping(block.get("Target"))
    below = depth + 1
    return Node(
        kind=kind,
        name=_display_name(text(block.get("Name")) or "", kind),
        status=SequenceStatus.from_wire(block.get("Status")),
        details=decode(NodeDetails, {**block, **target} if target else block),
        items=_nodes(block.get("Items"), NodeKind.INSTRUCTION, below),
        conditions=_nodes(block.get("Conditions"), NodeKind.CONDITION, below),
        triggers=_nodes(block.get("Triggers"), NodeKind.TRIGGER, below),
    )


def _nodes(raw: Any, kind: NodeKind, depth: int) -> tuple[Node, ...]:
    """Decode the nodes of an array."""
    if not raw or depth > _DEEPEST:
        return ()
    return tuple(_node(item, kind, depth) for item in items(raw) if isinstance(item, dict))


def unknown_keys_of_nodes(payload: Any) -> set[str]:
    """Name the keys of nodes that are neither decoded nor left out on purpose.

    Those of objects in them, such as coordinates, do not count.
    """
    found: set[str] = set()
    waiting = [*items(payload)]
    while waiting:
        block = mapping(waiting.pop())
        found |= {key for key in unknown_keys(block, NodeDetails) if "." not in key}
        for below in ("Items", "Conditions", "Triggers", "GlobalTriggers"):
            waiting.extend(items(block.get(below)))
    return found


def _display_name(name: str, kind: NodeKind) -> str:
    """Take off the suffix of a kind, once: what the user typed may end in it as well."""
    if kind is NodeKind.INSTRUCTION:
        return name
    return name.removesuffix(f"_{kind.value.capitalize()}")


def _running_instructions(node: Node, path: tuple[str, ...]) -> Iterator[Activity]:
    """Find what runs below a running node; a plugin's container may hide its instructions."""
    inside = [item for item in node.items if item.running]
    for item in inside:
        yield from _running_instructions(item, (*path, node.name))
    if not inside and not node.items:
        yield Activity(node=node, path=path)


def _running_trigger(roots: tuple[Node, ...], global_triggers: tuple[Node, ...]) -> Activity | None:
    """Find the trigger that runs, of the running containers or of all."""
    waiting: list[tuple[Node, tuple[str, ...]]] = [(root, (root.name,)) for root in reversed(roots)]
    if roots:
        for trigger in global_triggers:
            if trigger.running:
                return Activity(node=trigger, path=())
    while waiting:
        node, path = waiting.pop()
        for trigger in node.triggers:
            if trigger.running:
                return Activity(node=trigger, path=path)
        waiting.extend((item, (*path, item.name)) for item in reversed(node.items) if item.running)
    return None


def _running_target(targets: Node, *, detailed: bool) -> Node | None:
    """Find the running target: the innermost that says it is one, or else the outermost likely one.

    It slews and takes light frames, or at least one of them: what a scheduler plugin runs in does
    neither. Before plugin 2.1.0 instructions had no details and a target had to be there.
    """
    running = list(_running_containers(targets))
    named = (node for node in reversed(running) if node.details.target_name is not None)
    whole = (node for node in running if any(item.place for item in node.items) and _images(node))
    part = (node for node in running if _place(node) is not None or _images(node))
    likely = (node for node in part if node.name not in _FLOW)
    return next(chain(named, whole, likely if detailed else running), None)


def _images(target: Node) -> bool:
    """Tell whether light frames are taken somewhere below a node."""
    return any(node.images for node in target.walk())


def _place(target: Node) -> Coordinates | None:
    """Find where a target is: where its first slew goes."""
    return next((node.place for node in target.walk() if node.place is not None), None)


def _running_containers(node: Node) -> Iterator[Node]:
    """Go down the first running containers below a node."""
    inside: Node | None = node
    while inside is not None and inside.running:
        if inside is not node:
            yield inside
        containers = (item for item in inside.items if item.kind is NodeKind.CONTAINER)
        inside = next((item for item in containers if item.running), None)
