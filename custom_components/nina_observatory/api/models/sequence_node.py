"""Nodes of a sequence, and their decoder."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import chain, zip_longest
from typing import Final, override

from .base import decode, undecoded_keys, wire_model
from .enums import ImageType, SequenceStatus, Unknown
from .mount import Coordinates
from .quantities import Rounds, Seconds
from .sequence_shapes import plain
from .wire import items, mapping, text

# Deeper than the JSON parser reads; deeper nodes are left out.
_DEEPEST: Final = 512
# Keys of instructions that wait for a time, an altitude or, in `/sequence/state`, safety.
_WAITS: Final = frozenset(
    {"CalculatedWaitDuration", "CurrentAltitude", "Delay", "ExpectedTime", "WaitInterval"}
)
_OF_EVERY_NODE: Final = frozenset({"Name", "Status"})


class NodeKind(StrEnum):
    """The kind of a node of the tree."""

    CONTAINER = "container"
    INSTRUCTION = "instruction"
    CONDITION = "condition"
    TRIGGER = "trigger"


# The keys under which a node contains others, and their kinds.
_BELOW: Final = {
    "Items": NodeKind.INSTRUCTION,
    "Conditions": NodeKind.CONDITION,
    "Triggers": NodeKind.TRIGGER,
}

# Other keys of nodes.
_SHAPE: Final = {"Name", "Status", "GlobalTriggers", "Target", *_BELOW}


@wire_model(image_type="Type", loops="Iterations", loops_done="CompletedIterations")
class NodeDetails:
    """The settings of a node that are used here: s, °C, degrees and hours (`time_to_flip`).

    `loops` and `loops_done` count exposures of a smart exposure and rounds of a condition;
    `exposure_count` is a counter saved with the sequence, not progress. Relative times keep moving
    while nothing runs. Only the detailed form of the tree marks a target. `description` belongs to
    the node's type and is translated; only plugin 2.0 sends it. The flags are whether certain keys
    exist, with any value: `exposes` an exposure time, `counts` a number of loops, `counts_done` the
    number of loops done, `waits` a key that only waits have, `asks` a text, `runs_script` a script,
    `bare` none but name and status.
    """

    exposure_time: Seconds = None
    exposure_count: Rounds = None
    image_type: ImageType | Unknown | None = None
    filter: str | None = None
    loops: Rounds = None
    loops_done: Rounds = None
    delay: Seconds = None
    target_time: datetime | None = None
    expected_date_time: datetime | None = None
    time_to_flip: float | None = None
    is_target: bool = False
    target_name: str | None = None
    coordinates: Coordinates | None = None
    description: str | None = None
    text: str | None = None
    exposes: bool = False
    counts: bool = False
    counts_done: bool = False
    waits: bool = False
    asks: bool = False
    runs_script: bool = False
    bare: bool = False

    @classmethod
    def __pre_deserialize__(cls, block: Mapping[str, object]) -> Mapping[str, object]:
        """Set the flags by the keys that exist: the name is chosen by the user."""
        return {
            **block,
            "Exposes": "ExposureTime" in block,
            "Counts": "Iterations" in block or "CompletedIterations" in block,
            "CountsDone": "CompletedIterations" in block,
            "Waits": not _WAITS.isdisjoint(block),
            "Asks": "Text" in block,
            "RunsScript": "Script" in block,
            "Bare": block.keys() <= _OF_EVERY_NODE,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Node:
    """A node: `name` is the displayed name, without the suffix for the kind.

    Two nodes are equal if all nodes below them are; trees of any depth can be compared.
    """

    kind: NodeKind
    name: str
    status: SequenceStatus | Unknown | None
    details: NodeDetails
    items: tuple[Node, ...] = ()
    conditions: tuple[Node, ...] = ()
    triggers: tuple[Node, ...] = ()

    @override
    def __eq__(self, other: object) -> bool:
        """Compare all nodes, without recursion."""
        if not isinstance(other, Node):
            return NotImplemented
        return self is other or all(
            mine == theirs for mine, theirs in zip_longest(self._flat(), other._flat())
        )

    @override
    def __hash__(self) -> int:
        """Return a hash of all nodes."""
        return hash(tuple(self._flat()))

    @override
    def __repr__(self) -> str:
        """Return all nodes as text, one after another."""
        shown = (
            f"{kind} {name!r} {status} {inside}" for kind, name, status, _, *inside in self._flat()
        )
        return f"Node({', '.join(shown)})"

    def _flat(self) -> Iterator[tuple[object, ...]]:
        """Yield the data of all nodes, each with its number of children."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            inside = (node.items, node.conditions, node.triggers)
            yield (node.kind, node.name, node.status, node.details, *map(len, inside))
            waiting.extend(chain(*inside))

    @property
    def is_container(self) -> bool:
        """Whether it can contain other nodes."""
        return self.kind is NodeKind.CONTAINER

    @property
    def running(self) -> bool:
        """Whether its status is running, which is current only below a running root."""
        return self.status is SequenceStatus.RUNNING

    @property
    def is_wait(self) -> bool:
        """Whether it is an instruction that waits for a time or an altitude, independent of its name.

        A wait for safety has no keys of its own, like many other instructions.
        """
        return self.kind is NodeKind.INSTRUCTION and self.details.waits

    @property
    def asks(self) -> bool:
        """Whether it is an instruction with a text: a message box, or a note that ends at once."""
        return self.kind is NodeKind.INSTRUCTION and self.details.asks

    @property
    def place(self) -> Coordinates | None:
        """The place it slews to, if that is given by coordinates in the sky."""
        place = self.details.coordinates
        return None if place is None or place.right_ascension is None else place

    @property
    def images(self) -> bool:
        """Whether it takes light frames."""
        kinds = (None, ImageType.LIGHT)
        return self.details.exposes and self.details.image_type in kinds

    def walk(self) -> Iterator[Node]:
        """Yield this node and the containers and instructions below it, depth first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.items))


def runs(node: Node, *, around: bool) -> bool:
    """Return whether a node runs, given whether the container around it does.

    A node of unknown status runs if a node in it does.
    """
    if not around or isinstance(node.status, SequenceStatus):
        return around and node.running
    return any(item.running for item in node.items)


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A node that is being decoded, with the decoded nodes below it, the last one first."""

    block: Mapping[str, object]
    kind: NodeKind
    depth: int
    around: list[Node]
    below: dict[str, list[Node]] = field(default_factory=dict)

    def finish(self) -> None:
        """Decode the node, after all nodes below it."""
        inside = {key: tuple(reversed(nodes)) for key, nodes in self.below.items()}
        self.around.append(
            Node(
                kind=self.kind,
                name=_display_name(text(self.block.get("Name")) or "", self.kind),
                status=SequenceStatus.from_wire(self.block.get("Status")),
                details=decode(NodeDetails, plain(self.block)),
                items=inside.get("Items", ()),
                conditions=inside.get("Conditions", ()),
                triggers=inside.get("Triggers", ()),
            )
        )


def decode_nodes(raw: object, kind: NodeKind) -> tuple[Node, ...]:
    """Decode the nodes of an array and all nodes below them, without recursion."""
    decoded: list[Node] = []
    drafts = list(_drafts(raw, kind, 0, decoded))
    # The list grows during the loop: every node comes after the one that contains it.
    for draft in drafts:
        for key, inner in _BELOW.items():
            if draft.block.get(key) and draft.depth < _DEEPEST:
                below = draft.below[key] = []
                drafts.extend(_drafts(draft.block[key], inner, draft.depth + 1, below))
    for draft in reversed(drafts):
        draft.finish()
    return tuple(reversed(decoded))


def _drafts(raw: object, kind: NodeKind, depth: int, around: list[Node]) -> Iterator[_Draft]:
    """Begin to decode the nodes of an array; elements other than objects are skipped."""
    for block in items(raw):
        if isinstance(block, dict):
            container = kind is NodeKind.INSTRUCTION and "Items" in block
            yield _Draft(
                block=block,
                kind=NodeKind.CONTAINER if container else kind,
                depth=depth,
                around=around,
            )


def undecoded_keys_of_nodes(payload: object) -> set[str]:
    """Return the keys of nodes that are not decoded, without those of objects in them."""
    found: set[str] = set()
    waiting = [*items(payload)]
    while waiting:
        block = mapping(waiting.pop())
        found |= {key for key in undecoded_keys(block, NodeDetails) if "." not in key}
        for below in (*_BELOW, "GlobalTriggers"):
            waiting.extend(items(block.get(below)))
    return found - _SHAPE


def _display_name(name: str, kind: NodeKind) -> str:
    """Remove the suffix for a kind, once: the user's own text may end with it, too."""
    if kind is NodeKind.INSTRUCTION:
        return name
    return name.removesuffix(f"_{kind.value.capitalize()}")
