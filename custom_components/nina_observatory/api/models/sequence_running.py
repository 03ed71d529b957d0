"""The running parts of a sequence, and what each is there for, whatever its name."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .enums import SequenceStatus
from .sequence import Sequence
from .sequence_node import Node, NodeKind, runs

# The positions of a node and of all containers around it, each among its siblings.
type Place = tuple[int, ...]


_NOT_BEGUN = (SequenceStatus.CREATED, SequenceStatus.DISABLED)


class Purpose(StrEnum):
    """What a running part is there for.

    `bare` is an instruction that shows nothing of itself, or a container that has done nothing yet:
    both may wait for safety. `hidden` is a container of a plugin that does not show what it does.
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
    belongs to what is imaged: some of the containers around it slew and take light frames.
    """

    node: Node
    place: Place
    container: Place
    purpose: Purpose
    prepares: bool = False

    @property
    def images(self) -> bool:
        """Whether light frames ought to come of it."""
        imaging = self.purpose is Purpose.IMAGING
        return imaging or (self.prepares and self.purpose in (Purpose.BARE, Purpose.OTHER))


def running_parts(sequence: Sequence) -> tuple[RunningPart, ...]:
    """Return the running parts, in the order of the tree; empty where nothing runs.

    While a trigger runs, the innermost running containers are all there is.
    """
    facts = _Facts(sequence)
    return tuple(
        _part(node, around, place, facts) for node, around, place in _innermost(sequence.roots)
    )


def message_boxes(sequence: Sequence) -> tuple[Node, ...]:
    """Return the message boxes that a person has to answer, also those inside of triggers.

    A note has a text as well, but ends at once.
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
    """Return what a node is there for, as far as the node itself tells."""
    if node.kind is NodeKind.CONTAINER:
        if not node.items:
            return Purpose.HIDDEN
        begun = any(item.status not in _NOT_BEGUN for item in node.items)
        # That of a plugin may wait for something before it does anything.
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
    """Go down from the running ones among some nodes to what runs in them and goes no deeper."""
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
    """Find the triggers of all running containers."""
    waiting = [root for root in reversed(roots) if root.running]
    while waiting:
        node = waiting.pop()
        yield from node.triggers
        waiting.extend(item for item in reversed(node.items) if runs(item, around=True))


class _Facts:
    """Which containers of a running sequence slew, and take light frames, somewhere below."""

    def __init__(self, sequence: Sequence) -> None:
        """Look at every node below the running roots once, the deepest first."""
        self._slews: set[int] = set()
        self._images: set[int] = set()
        # Many parts have the same containers around them.
        self._imaged: dict[int, bool] = {}
        nodes = [root for root in sequence.roots if root.running]
        for node in nodes:
            # The list grows meanwhile: it is read to its end.
            nodes.extend(node.items)
        for node in reversed(nodes):
            if node.status is SequenceStatus.DISABLED:
                continue
            if node.place is not None or any(id(item) in self._slews for item in node.items):
                self._slews.add(id(node))
            if node.images or any(id(item) in self._images for item in node.items):
                self._images.add(id(node))

    def is_imaged(self, container: Node) -> bool:
        """Return whether a container is there to image itself, not just one of those in it."""
        if (known := self._imaged.get(id(container))) is None:
            known = self._imaged[id(container)] = self._is_imaged(container)
        return known

    def _is_imaged(self, container: Node) -> bool:
        """Return the same from what is in it.

        It takes light frames, and slews or exposes by itself; or the parts of it do so together.
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
