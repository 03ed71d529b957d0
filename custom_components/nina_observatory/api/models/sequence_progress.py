"""The number of exposures in a sequence that are done."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .enums import SequenceStatus
from .sequence import Sequence
from .sequence_node import Node, NodeKind
from .sequence_running import Place

# Users enter a huge number of rounds for "forever": a larger number has no total.
_MOST = 10**9
_NEVER = (SequenceStatus.SKIPPED, SequenceStatus.DISABLED)
# The rest of a part with such a status will not be done.
_CLOSED = (SequenceStatus.FINISHED, SequenceStatus.SKIPPED)
_TO_BE_RUN = (SequenceStatus.CREATED, SequenceStatus.RUNNING)
NOTHING_COUNTED: Mapping[Place, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposures:
    """Exposures of a part of a sequence; for a loop without a count, of its current round.

    `done` is None if N.I.N.A. does not count the exposures of an instruction. `endless` means that
    the total is open, `hidden` that a scheduler takes exposures that the sequence does not contain.
    """

    done: int | None = 0
    total: int = 0
    endless: bool = False
    hidden: bool = False

    @property
    def percent(self) -> float | None:
        """The completed part; None without exposures, or if a number is open."""
        if self.done is None or self.endless or self.hidden or not self.total:
            return None
        return 100 * self.done / self.total


def sequence_exposures(
    sequence: Sequence, counted: Mapping[Place, int] = NOTHING_COUNTED
) -> Exposures:
    """Count the exposures of the whole sequence.

    A loop multiplies those inside it, whose counters restart with each of its rounds. For an
    instruction of many exposures without a counter, `counted` has the number of its frames, if known.
    """
    total, earlier = _Count(), False
    for index, root in enumerate(sequence.roots):
        # A stopped node continues as soon as its root runs again, unless a trigger runs first.
        untouched = earlier or (root.running and sequence.trigger is None)
        total = total.plus(_count(root, (index,), _Around(untouched=untouched), counted))
        earlier = earlier or any(item.status in _TO_BE_RUN for item in root.items)
    return Exposures(
        done=None if total.uncounted or total.done > _MOST else total.done,
        total=min(total.total, _MOST),
        endless=total.endless or total.total > _MOST,
        hidden=_hides_exposures(sequence),
    )


def _hides_exposures(sequence: Sequence) -> bool:
    """Return whether there is a container that may hide its exposures, such as a scheduler's.

    It looks like an empty one, and its name is chosen by the user.
    """
    waiting = [item for root in sequence.roots for item in root.items]
    while waiting:
        node = waiting.pop()
        if node.kind is not NodeKind.CONTAINER or node.status in _NEVER:
            continue
        if not node.items:
            return True
        waiting.extend(node.items)
    return False


@dataclass(frozen=True, slots=True)
class _Count:
    """Exposures of a node; if some are uncounted, `done` is a minimum."""

    done: int = 0
    total: int = 0
    endless: bool = False
    uncounted: bool = False

    def plus(self, other: _Count) -> _Count:
        """Return the sum of both."""
        return _Count(
            self.done + other.done,
            self.total + other.total,
            self.endless or other.endless,
            self.uncounted or other.uncounted,
        )


@dataclass(frozen=True, slots=True)
class _Around:
    """The state of a node that follows from the nodes around it.

    `over`: nothing more will be done; `again`: it may be repeated by a loop. `untouched`: a node
    before it has not been done yet, and nodes run in order. `cut`: a condition other than a count
    may have ended it.
    """

    over: bool = False
    again: bool = False
    untouched: bool = False
    cut: bool = False


def _count(node: Node, place: Place, around: _Around, counted: Mapping[Place, int]) -> _Count:
    """Count the completed and the planned exposures."""
    if node.status is SequenceStatus.DISABLED:
        return _Count()
    over = around.over or (node.status in _CLOSED and not around.again)
    if node.details.exposes and not node.items:
        return _count_leaf(node, around, counted.get(place), over=over)
    loops = bool(node.conditions)
    cut = around.cut or any(_may_cut(condition) for condition in node.conditions)
    parallel = sum(item.running for item in node.items) > 1
    inner, earlier = _Count(), False
    for index, item in enumerate(node.items):
        inside = _Around(
            over and not loops,
            around.again or loops,
            around.untouched or (earlier and not parallel),
            cut,
        )
        inner = inner.plus(_count(item, (*place, index), inside, counted))
        earlier = earlier or item.status in _TO_BE_RUN
    return _count_loop(node, inner, over=over) if inner.total and loops else inner


def _count_loop(node: Node, inner: _Count, *, over: bool) -> _Count:
    """Return the exposures of all rounds, given those of one."""
    if (found := rounds_of(node)) is None:
        return _Count(inner.done, inner.total, endless=True, uncounted=inner.uncounted)
    rounds, rounds_done = found
    uncounted = inner.uncounted or rounds_done is None
    rounds_done = rounds_done or 0
    if over and inner.done == inner.total:
        # The last round of a loop leaves its exposures finished, and is counted, too.
        rounds_done = max(0, rounds_done - 1)
    wanted = rounds * inner.total
    if wanted > _MOST:
        return _Count(inner.done, inner.total, endless=True, uncounted=inner.uncounted)
    done = min(wanted, rounds_done * inner.total + inner.done)
    endless = inner.endless or (over and uncounted)
    return _Count(done, done if over and not uncounted else wanted, endless, uncounted)


def _count_leaf(node: Node, around: _Around, frames: int | None, *, over: bool) -> _Count:
    """Count the completed and the planned exposures of an instruction."""
    over = over and node.status is not SequenceStatus.FAILED
    total, done = exposures_of(node, untouched=around.untouched, cut=around.cut)
    if total is None or total > _MOST:
        return _Count(done=done or 0, total=done or 0, endless=True, uncounted=done is None)
    if done is None and node.running and frames is not None:
        done = min(total, frames)
    if done is None:
        return _Count(0, total, endless=over, uncounted=True)
    return _Count(done, done if over else total)


def exposures_of(
    node: Node, *, untouched: bool = False, cut: bool = False
) -> tuple[int | None, int | None]:
    """Return the planned and the completed exposures of an instruction, None if unknown.

    Take Many Exposures has no counter in any version, Smart Exposure none before plugin 2.2.10. A
    stopped instruction has the status of one that never ran, so it has done nothing only if it is
    `untouched`; a finished one has done all unless a condition may have `cut` it off.
    """
    details, status = node.details, node.status
    if not details.counts:
        return (1, 1 if status is SequenceStatus.FINISHED else 0)
    if details.loops is None:
        return (None, details.loops_done)
    if details.loops_done is not None:
        return (details.loops, min(details.loops, details.loops_done))
    if status is SequenceStatus.FINISHED and not cut:
        return (details.loops, details.loops)
    return (details.loops, 0 if untouched and status is SequenceStatus.CREATED else None)


def _may_cut(condition: Node) -> bool:
    """Return whether a condition other than a count may have ended a container."""
    if condition.status is SequenceStatus.DISABLED or condition.details.counts:
        return False
    return condition.status is not SequenceStatus.CREATED


def rounds_of(node: Node) -> tuple[int, int | None] | None:
    """Return the planned and the completed rounds of a container, by the condition that ends it first.

    None if only something other than a count ends it. The completed rounds are None if they cannot
    be read; every version counts them, so a missing count is 0.
    """
    enabled = [each for each in node.conditions if each.status is not SequenceStatus.DISABLED]
    if not enabled:
        return (1, 0)
    counted = [each.details for each in enabled if each.details.loops is not None]
    if not counted:
        return None
    if any(each.loops_done is None and each.counts_done for each in counted):
        return (min(each.loops or 0 for each in counted), None)
    first = min(counted, key=lambda each: (each.loops or 0) - (each.loops_done or 0))
    return (first.loops or 0, first.loops_done or 0)
