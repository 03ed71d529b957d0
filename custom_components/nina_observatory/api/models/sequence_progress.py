"""How far a sequence is, and when it ends at the earliest."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .enums import SequenceStatus
from .sequence import Node, NodeKind, Sequence

_OVER = (SequenceStatus.FINISHED, SequenceStatus.FAILED)
_SCHEDULER = "Target Scheduler"
_NEVER = (SequenceStatus.SKIPPED, SequenceStatus.DISABLED)
# What was left undone in such a part is done no more.
_CLOSED = (SequenceStatus.FINISHED, SequenceStatus.SKIPPED)
# Users write "for ever" as a huge number of rounds: an end beyond this is no end.
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposures:
    """Exposures of a part of a sequence; where a loop has no count, those of its present round.

    `hidden` tells that a scheduler takes others, of which the sequence does not know.
    """

    done: int = 0
    total: int = 0
    endless: bool = False
    hidden: bool = False

    @property
    def percent(self) -> float | None:
        """The part that is done; None without exposures and where their number is open."""
        return (
            None if self.endless or self.hidden or not self.total else 100 * self.done / self.total
        )


def sequence_exposures(sequence: Sequence) -> Exposures:
    """Count the exposures of the whole sequence.

    A loop around others multiplies them: their own counters start again in each of its rounds.
    Until plugin 2.2.10 a smart exposure does not tell how many it has done until it is finished.
    """
    below = (node for root in sequence.roots for item in root.items for node in item.walk())
    counts = [_count(root) for root in sequence.roots]
    return Exposures(
        done=sum(done for done, _, _ in counts),
        total=sum(total for _, total, _ in counts),
        endless=any(endless for _, _, endless in counts),
        hidden=any(_hides_exposures(node) for node in below),
    )


def ends_at(sequence: Sequence, now: datetime) -> datetime | None:
    """Tell when a running sequence ends at the earliest: nothing but waits and shutter time counts.

    None where it does not run, where a loop has neither a count nor a time, where the end is more
    than a year away, and where the container of a plugin does not show what is in it.
    """
    if not sequence.running:
        return None
    end: datetime | None = now
    for root in sequence.roots:
        end = _end_of(root, end) if end is not None and root.items else end
    return None if end is None or end - now > _LONGEST else end


def _hides_exposures(node: Node) -> bool:
    """Tell whether a node is the container of a scheduler, which shows nothing of what it takes."""
    if node.kind is not NodeKind.CONTAINER or node.items or node.status in _NEVER:
        return False
    return node.running or node.name.startswith(_SCHEDULER)


def _count(node: Node, *, over: bool = False, again: bool = False) -> tuple[int, int, bool]:
    """Count exposures done and wanted, and tell whether something goes round without a count.

    Where it is `over`, nothing more is wanted; what is left undone in a loop may come `again`.
    """
    if node.status is SequenceStatus.DISABLED:
        return (0, 0, False)
    over = over or (node.status in _CLOSED and not again)
    if node.details.exposure_time is not None and not node.items:
        return (*_count_leaf(node, over=over), False)
    loops = bool(node.conditions)
    inner_done, inner_total, endless = 0, 0, False
    for item in node.items:
        done, total, open_ended = _count(item, over=over and not loops, again=again or loops)
        inner_done, inner_total, endless = (
            inner_done + done,
            inner_total + total,
            endless or open_ended,
        )
    if not inner_total or not loops:
        return (inner_done, inner_total, endless)
    if (counted := _loops(node)) is None:
        return (inner_done, inner_total, True)
    rounds, rounds_done = counted
    if over and inner_done == inner_total:
        # The round that ends a loop leaves its exposures finished and is counted as well.
        rounds_done = max(0, rounds_done - 1)
    wanted = rounds * inner_total
    done = min(wanted, rounds_done * inner_total + inner_done)
    return (done, done if over else wanted, endless)


def _count_leaf(node: Node, *, over: bool = False) -> tuple[int, int]:
    """Count the exposures, done and wanted, of an instruction that takes some."""
    total = 1 if node.details.loops is None else node.details.loops
    done = min(total, node.details.loops_done or 0)
    if node.status is SequenceStatus.FINISHED and node.details.loops_done is None:
        done = total
    return (done, done if over and node.status is not SequenceStatus.FAILED else total)


def _loops(node: Node) -> tuple[int, int] | None:
    """Tell the rounds of a container wanted and done: the condition that ends it first decides.

    None where it goes round until something other than a count says stop.
    """
    counted = [
        (condition.details.loops, condition.details.loops_done or 0)
        for condition in node.conditions
        if condition.details.loops is not None and condition.status is not SequenceStatus.DISABLED
    ]
    if counted:
        return min(counted, key=lambda rounds: rounds[0] - rounds[1])
    enabled = (each for each in node.conditions if each.status is not SequenceStatus.DISABLED)
    return (1, 0) if next(enabled, None) is None else None


def _end_of(node: Node, start: datetime) -> datetime | None:
    """Tell when a node ends that begins, or goes on, at `start`; None if that cannot be told."""
    if node.status in (*_OVER, *_NEVER):
        return start
    if node.kind is NodeKind.INSTRUCTION:
        return _end_of_instruction(node, start)
    if not node.items:
        return None
    enabled = (each for each in node.conditions if each.status is not SequenceStatus.DISABLED)
    until = (each.details.target_time or each.details.expected_date_time for each in enabled)
    limit = min((time for time in until if time is not None), default=None)
    loops = _loops(node)
    if loops is None:
        return None if limit is None else max(start, limit)
    end = _end_of_rounds(node, start, max(0, loops[0] - loops[1]))
    if end is None or limit is None:
        return limit if end is None else end
    return max(start, min(end, limit))


def _end_of_rounds(node: Node, start: datetime, rounds: int) -> datetime | None:
    """Tell when a container has gone round; further rounds take the time of their exposures."""
    end = start
    parallel = sum(item.running for item in node.items) > 1
    for item in node.items:
        if (item_end := _end_of(item, start if parallel else end)) is None:
            return None
        end = max(end, item_end)
    if rounds <= 1:
        return end
    return _after(end, (rounds - 1) * sum(_shutter_time(item) for item in node.items))


def _after(start: datetime, seconds: float) -> datetime | None:
    """Return the time some seconds later; None where that is too far away to be told."""
    try:
        return start + timedelta(seconds=seconds) if seconds <= _LONGEST.total_seconds() else None
    except OverflowError:
        return None


def _shutter_time(node: Node) -> float:
    """Return the exposure time of one full round of a node in seconds, which may be infinite."""
    if node.status in _NEVER:
        return 0.0
    if node.details.exposure_time is not None and not node.items:
        return node.details.exposure_time * (node.details.loops or 1)
    rounds, _ = _loops(node) or (1, 0)
    return rounds * sum(_shutter_time(item) for item in node.items) if rounds else 0.0


def _end_of_instruction(node: Node, start: datetime) -> datetime | None:
    """Tell when an instruction ends that begins, or goes on, at `start`; None for far too late."""
    details = node.details
    if details.exposure_time is not None:
        done, total = _count_leaf(node)
        return _after(start, details.exposure_time * (total - done)) if total > done else start
    if details.calculated_wait_duration is not None and details.target_time is not None:
        return max(start, details.target_time)
    if details.delay is not None:
        return _after(start, details.delay)
    return start
