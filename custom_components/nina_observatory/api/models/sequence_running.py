"""The running parts of a sequence, and the purpose of each, independent of their names."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .enums import SequenceStatus
from .sequence import Sequence
from .sequence_node import Node, NodeKind, runs

# The positions of the containers around a node and of the node, each among its siblings.
type Place = tuple[int, ...]


_NOT_BEGUN = (SequenceStatus.CREATED, SequenceStatus.DISABLED)


class Purpose(StrEnum):
    """The purpose of a running part.

    `bare` is an instruction without any settings, or a container that has done nothing yet: both
    may wait for safety. `hidden` is the container of a plugin that does not show its activity.
    """

    IMAGING = "imaging"
    CALIBRATION = "calibration"
    PERSON = "person"
    WAIT = "wait"
    SCRIPT = "script"
    BARE = "bare"
    HIDDEN = "hidden"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPart:
    """The innermost running node of a branch; several where containers run in parallel.

    `container` is the place of the innermost running container. `prepares` is whether the part
    belongs to a target: a container around it slews and takes light frames.
    """

    node: Node
    place: Place
    container: Place
    purpose: Purpose
    prepares: bool = False

    @property
    def images(self) -> bool:
        """Whether it should produce light frames."""
        imaging = self.purpose is Purpose.IMAGING
        return imaging or (self.prepares and self.purpose in (Purpose.BARE, Purpose.OTHER))


def running_parts(sequence: Sequence) -> tuple[RunningPart, ...]:
    """Return the running parts, in the order of the tree; empty if nothing runs.

    While a trigger runs, these are only the innermost running containers.
    """
    facts = _Facts(sequence)
    return tuple(
        _part(node, around, place, facts) for node, around, place in _innermost(sequence.roots)
    )


def message_boxes(sequence: Sequence) -> tuple[Node, ...]:
    """Return the message boxes that wait for a person, including those in triggers.

    A note has a text, too, but ends at once.
    """
    if not sequence.running:
        return ()
    found = [node for node, _, _ in _innermost(sequence.roots) if node.asks]
    triggers = [*sequence.global_triggers, *_triggers(sequence.roots)]
    inside = _innermost(tuple(trigger for trigger in triggers if trigger.items))
    return (*found, *(node for node, _, _ in inside if node.asks))


def _part(node: Node, around: tuple[Node, ...], place: Place, facts: _Facts) -> RunningPart:
    """Return a running part with its purpose."""
    container = node.kind is NodeKind.CONTAINER
    containers = (*around, node) if container else around
    return RunningPart(
        node=node,
        place=place,
        container=place if container else place[:-1],
        purpose=_purpose(node),
        prepares=any(facts.is_imaged(each) for each in containers),
    )


def _purpose(node: Node) -> Purpose:
    """Return the purpose of a node, judged by the node alone."""
    if node.kind is NodeKind.CONTAINER:
        if not node.items:
            return Purpose.HIDDEN
        begun = any(item.status not in _NOT_BEGUN for item in node.items)
        # A plugin's instruction may wait before it does anything.
        return Purpose.OTHER if begun else Purpose.BARE
    if node.details.exposes:
        return Purpose.IMAGING if node.images else Purpose.CALIBRATION
    if node.asks:
        return Purpose.PERSON
    if node.is_wait:
        return Purpose.WAIT
    if node.details.runs_script:
        return Purpose.SCRIPT
    return Purpose.BARE if node.details.bare else Purpose.OTHER


def _innermost(roots: tuple[Node, ...]) -> Iterator[tuple[Node, tuple[Node, ...], Place]]:
    """Yield the innermost running nodes below the running roots, with the nodes around them."""
    waiting: list[tuple[Node, tuple[Node, ...], Place]] = [
        (root, (), (index,)) for index, root in enumerate(roots) if root.running
    ]
    waiting.reverse()
    while waiting:
        node, around, place = waiting.pop()
        inside = [
            (item, (*around, node), (*place, index))
            for index, item in enumerate(node.items)
            if runs(item, around=True)
        ]
        if not inside:
            yield node, around, place
        waiting.extend(reversed(inside))


def _triggers(roots: tuple[Node, ...]) -> Iterator[Node]:
    """Yield the triggers of all running containers."""
    waiting = [root for root in reversed(roots) if root.running]
    while waiting:
        node = waiting.pop()
        yield from node.triggers
        waiting.extend(item for item in reversed(node.items) if runs(item, around=True))


class _Facts:
    """The containers of a running sequence below which there is a slew, and light frames."""

    def __init__(self, sequence: Sequence) -> None:
        """Visit every node below the running roots once, the deepest first."""
        self._slews: set[int] = set()
        self._images: set[int] = set()
        # Many parts share the containers around them.
        self._imaged: dict[int, bool] = {}
        nodes = [root for root in sequence.roots if root.running]
        for node in nodes:
            # The list grows during the loop.
            nodes.extend(node.items)
        for node in reversed(nodes):
            if node.status is SequenceStatus.DISABLED:
                continue
            if node.place is not None or any(id(item) in self._slews for item in node.items):
                self._slews.add(id(node))
            if node.images or any(id(item) in self._images for item in node.items):
                self._images.add(id(node))

    def is_imaged(self, container: Node) -> bool:
        """Return whether a container itself is imaged, not only one of those in it."""
        if (known := self._imaged.get(id(container))) is None:
            known = self._imaged[id(container)] = self._is_imaged(container)
        return known

    def _is_imaged(self, container: Node) -> bool:
        """Return whether a container itself is imaged, without the cache.

        It takes light frames, and slews or exposes by itself; or its parts do so together.
        """
        if id(container) not in self._images:
            return False
        if any(not item.items and self._does_something(item) for item in container.items):
            return True
        alone = any(self._does_both(item) for item in container.items)
        return self._does_both(container) and not alone

    def _does_something(self, node: Node) -> bool:
        """Return whether a node slews or takes light frames."""
        return id(node) in self._images or id(node) in self._slews

    def _does_both(self, node: Node) -> bool:
        """Return whether a node slews and takes light frames."""
        return id(node) in self._images and id(node) in self._slews
