"""Nodes of a sequence, and how they are decoded."""

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

# Deeper than JSON is read; what lies below is left out.
_DEEPEST: Final = 512
# What only instructions have that wait for a time, an altitude or, in `/sequence/state`, safety.
_WAITS: Final = frozenset(
    {"CalculatedWaitDuration", "CurrentAltitude", "Delay", "ExpectedTime", "WaitInterval"}
)
_OF_EVERY_NODE: Final = frozenset({"Name", "Status"})


class NodeKind(StrEnum):
    """What a node of the tree is."""

    CONTAINER = "container"
    INSTRUCTION = "instruction"
    CONDITION = "condition"
    TRIGGER = "trigger"


# Where nodes are inside others, and what they are there.
_BELOW: Final = {
    "Items": NodeKind.INSTRUCTION,
    "Conditions": NodeKind.CONDITION,
    "Triggers": NodeKind.TRIGGER,
}

# What else nodes are made of.
_SHAPE: Final = {"Name", "Status", "GlobalTriggers", "Target", *_BELOW}


@wire_model(image_type="Type", loops="Iterations", loops_done="CompletedIterations")
class NodeDetails:
    """What is configured at a node and matters here: s, °C, degrees and hours (`time_to_flip`).

    `loops` and `loops_done` count exposures at a smart exposure and rounds at a condition;
    `exposure_count` is a counter saved with the sequence, not progress. Times that are not absolute
    move along while nothing runs. A target is marked in the detailed shape of the tree alone. The
    `description` is that of a type, translated, and shown by plugin 2.0 alone. The flags tell which
    keys are there, whatever their values: `exposes` an exposure time, `counts` a number of loops,
    `counts_done` that of those done, `waits` what only waits have, `asks` a text, `runs_script` a
    script, `bare` nothing at all but name and status.
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
        """Take note of the keys that tell what kind of node it is: its name is a user's own."""
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
    """A node: `name` is what the user sees, without the suffix that tells the kind.

    Two are equal if all below them is; no tree is too deep to be compared.
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
        """Return whether all is equal, without a call for each level."""
        if not isinstance(other, Node):
            return NotImplemented
        return self is other or all(
            mine == theirs for mine, theirs in zip_longest(self._flat(), other._flat())
        )

    @override
    def __hash__(self) -> int:
        """Return a hash of all there is."""
        return hash(tuple(self._flat()))

    @override
    def __repr__(self) -> str:
        """Show all there is, one after the other."""
        shown = (
            f"{kind} {name!r} {status} {inside}" for kind, name, status, _, *inside in self._flat()
        )
        return f"Node({', '.join(shown)})"

    def _flat(self) -> Iterator[tuple[object, ...]]:
        """Go through all there is, each node with how many are in it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            inside = (node.items, node.conditions, node.triggers)
            yield (node.kind, node.name, node.status, node.details, *map(len, inside))
            waiting.extend(chain(*inside))

    @property
    def is_container(self) -> bool:
        """Whether others can be in it."""
        return self.kind is NodeKind.CONTAINER

    @property
    def running(self) -> bool:
        """Whether it reads running, which is true now only below a root that does."""
        return self.status is SequenceStatus.RUNNING

    @property
    def is_wait(self) -> bool:
        """Whether it is an instruction that waits for a time or an altitude, whatever its name.

        One that waits for safety has no keys of its own, as many others.
        """
        return self.kind is NodeKind.INSTRUCTION and self.details.waits

    @property
    def asks(self) -> bool:
        """Whether it is an instruction with a text: a message box, or a note that ends at once."""
        return self.kind is NodeKind.INSTRUCTION and self.details.asks

    @property
    def place(self) -> Coordinates | None:
        """Where it slews to, if that is a place among the stars."""
        place = self.details.coordinates
        return None if place is None or place.right_ascension is None else place

    @property
    def images(self) -> bool:
        """Whether it takes light frames."""
        kinds = (None, ImageType.LIGHT)
        return self.details.exposes and self.details.image_type in kinds

    def walk(self) -> Iterator[Node]:
        """Go through the containers and instructions from here on, depth first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.items))


def runs(node: Node, *, around: bool) -> bool:
    """Return whether a node runs, given whether the container around it does.

    One whose status is not known runs if something in it does.
    """
    if not around or isinstance(node.status, SequenceStatus):
        return around and node.running
    return any(item.running for item in node.items)


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A node that is being decoded, and what was decoded of what is below it, the last first."""

    block: Mapping[str, object]
    kind: NodeKind
    depth: int
    around: list[Node]
    below: dict[str, list[Node]] = field(default_factory=dict)

    def finish(self) -> None:
        """Decode the node after all below it."""
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
    """Decode the nodes of an array and all below them, without a call for each level."""
    decoded: list[Node] = []
    drafts = list(_drafts(raw, kind, 0, decoded))
    # It grows while it is gone through: every node comes after the one around it.
    for draft in drafts:
        for key, inner in _BELOW.items():
            if draft.block.get(key) and draft.depth < _DEEPEST:
                below = draft.below[key] = []
                drafts.extend(_drafts(draft.block[key], inner, draft.depth + 1, below))
    for draft in reversed(drafts):
        draft.finish()
    return tuple(reversed(decoded))


def _drafts(raw: object, kind: NodeKind, depth: int, around: list[Node]) -> Iterator[_Draft]:
    """Begin to decode the nodes of an array; what is no object is none."""
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
    """Take off the suffix of a kind, once: what the user typed may end in it as well."""
    if kind is NodeKind.INSTRUCTION:
        return name
    return name.removesuffix(f"_{kind.value.capitalize()}")
