"""A sequence as a list of its nodes: names, statuses, progress and validation problems."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..plain_text import one_line
from .enums import SequenceStatus, Unknown
from .sequence_node import NodeKind
from .wire import count, items, mapping, number, text

# More nodes than any sequence has; further ones are left out.
MOST_NODES: Final = 50_000
# The maximum number of validation problems kept for one node.
MOST_ISSUES: Final = 20
_LONGEST_NAME: Final = 255
_BELOW: Final = (
    ("Conditions", NodeKind.CONDITION),
    ("Triggers", NodeKind.TRIGGER),
    ("Items", NodeKind.INSTRUCTION),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeNode:
    """A node of the tree; `depth` is the number of containers around it.

    `done` of `total` are the exposures of a smart exposure or the rounds of a loop, each None if
    N.I.N.A. does not report it. `issues` are the problems found by the last validation, in
    N.I.N.A.'s words and language, None if unknown. A node is `disabled` if it or a container around
    it is. `rotation` is the position angle of a target in degrees; only `sequence/state` has it.
    """

    depth: int
    kind: NodeKind
    name: str
    status: SequenceStatus | Unknown | None
    done: int | None
    total: int | None
    issues: tuple[str, ...] | None
    disabled: bool
    is_target: bool = False
    rotation: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceTree:
    """All nodes, each before those below it; `complete` unless there were too many to keep.

    `with_issues` is whether issues were requested.
    """

    nodes: tuple[TreeNode, ...] = ()
    complete: bool = True
    with_issues: bool = False

    @classmethod
    def from_wire(cls, payload: object, *, with_issues: bool) -> SequenceTree:
        """Decode the reply of `sequence/json` or `sequence/state`; never raises."""
        nodes: list[TreeNode] = []
        for node in _walk(payload):
            if len(nodes) == MOST_NODES:
                return cls(nodes=tuple(nodes), complete=False, with_issues=with_issues)
            nodes.append(node)
        return cls(nodes=tuple(nodes), with_issues=with_issues)

    @property
    def targets(self) -> tuple[TreeNode, ...]:
        """The containers of targets, in the order in which `sequence.set_target` counts them."""
        return tuple(node for node in self.nodes if node.is_target)

    @property
    def blocking(self) -> dict[str, tuple[str, ...]]:
        """The issues that block a validated start, each with the names of its nodes.

        N.I.N.A. skips disabled nodes.
        """
        found: dict[str, list[str]] = {}
        for node in self.nodes:
            for issue in () if node.disabled else node.issues or ():
                names = found.setdefault(issue, [])
                if node.name and node.name not in names:
                    names.append(node.name)
        return {issue: tuple(names) for issue, names in found.items()}


def _walk(payload: object) -> Iterator[TreeNode]:
    """Yield all nodes depth first, at any depth."""
    waiting: list[tuple[object, NodeKind, int, bool]] = []
    for element in reversed(items(payload)):
        block = mapping(element)
        if "GlobalTriggers" in block and "Items" not in block:
            triggers = reversed(items(block["GlobalTriggers"]))
            waiting.extend((each, NodeKind.TRIGGER, 0, False) for each in triggers)
        elif block:
            waiting.append((block, NodeKind.CONTAINER, 0, False))
    while waiting:
        raw, kind, depth, disabled = waiting.pop()
        if not isinstance(raw, dict):
            continue
        node = _node(raw, kind, depth, disabled=disabled)
        yield node
        for key, below in reversed(_BELOW):
            nodes = reversed(items(raw.get(key)))
            waiting.extend((each, below, depth + 1, node.disabled) for each in nodes)


def _node(block: dict[str, object], kind: NodeKind, depth: int, *, disabled: bool) -> TreeNode:
    """Decode a node without those below it."""
    if kind is NodeKind.INSTRUCTION and "Items" in block:
        kind = NodeKind.CONTAINER
    name = text(block.get("Name")) or ""
    if kind is not NodeKind.INSTRUCTION:
        name = name.removesuffix(f"_{kind.value.capitalize()}")
    status = SequenceStatus.from_wire(block.get("Status"))
    done, total = _progress(block, kind)
    target = block.get("Target") if kind is NodeKind.CONTAINER else None
    return TreeNode(
        depth=depth,
        kind=kind,
        name=one_line(name, _LONGEST_NAME),
        status=status,
        done=done,
        total=total,
        issues=_issues(block),
        disabled=disabled or status is SequenceStatus.DISABLED,
        is_target=isinstance(target, dict),
        rotation=number(mapping(target).get("PositionAngle")),
    )


def _progress(block: dict[str, object], kind: NodeKind) -> tuple[int | None, int | None]:
    """Return the completed and the planned rounds or exposures.

    The rounds of a container are taken from its only loop condition: its own `Iterations` in
    `sequence/state` count how often it ran.
    """
    if kind is NodeKind.CONTAINER:
        conditions = map(mapping, items(block.get("Conditions")))
        loops = [each for each in conditions if count(each.get("Iterations")) is not None]
        if len(loops) != 1 or SequenceStatus.from_wire(loops[0].get("Status")) is (
            SequenceStatus.DISABLED
        ):
            return None, None
        block = dict(loops[0])
    return count(block.get("CompletedIterations")), count(block.get("Iterations"))


def _issues(block: dict[str, object]) -> tuple[str, ...] | None:
    """Return the validation problems of a node; None if they are not reported."""
    if not isinstance(raw := block.get("Issues"), list):
        return None
    texts = (one_line(words) for each in raw if (words := text(each)) is not None)
    return tuple(dict.fromkeys(filter(None, texts)))[:MOST_ISSUES]
