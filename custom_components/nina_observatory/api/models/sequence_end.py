"""The earliest end of a sequence, computed from its waits and exposure times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from types import MappingProxyType

from .enums import SequenceStatus
from .sequence import Sequence
from .sequence_node import Node, NodeKind
from .sequence_progress import NOTHING_COUNTED, exposures_of, rounds_of
from .sequence_running import Place, message_boxes

_OVER = (
    SequenceStatus.FINISHED,
    SequenceStatus.FAILED,
    SequenceStatus.SKIPPED,
    SequenceStatus.DISABLED,
)
_NEVER = (SequenceStatus.SKIPPED, SequenceStatus.DISABLED)
_TO_BE_RUN = (SequenceStatus.CREATED, SequenceStatus.RUNNING)
# Users enter a huge number of rounds for "forever": a later end than this is unknown.
_LONGEST = timedelta(days=366).total_seconds()
# An end that is uncertain by more seconds is unknown.
_VAGUE = 60.0


@dataclass(frozen=True, slots=True)
class Span:
    """A number of seconds within two limits, which may be infinite."""

    least: float = 0.0
    most: float = 0.0

    def __add__(self, other: Span) -> Span:
        """Return the sum."""
        return Span(self.least + other.least, self.most + other.most)

    def times(self, least: int, most: int) -> Span:
        """Return a multiple whose factor is within two limits; anything times 0 is 0."""
        return Span(
            self.least * least if least and self.least else 0.0,
            self.most * most if most and self.most else 0.0,
        )

    def at_least(self, other: Span) -> Span:
        """Return the maximum of both."""
        return Span(max(self.least, other.least), max(self.most, other.most))

    def at_most(self, seconds: float) -> Span:
        """Return the minimum of both."""
        return Span(min(self.least, seconds), min(self.most, seconds))


_NOW = Span()
_UNKNOWN = Span(0.0, inf)
_FOR_EVER = Span(inf, inf)
_NOTHING_TIMED: Mapping[Place, Span] = MappingProxyType({})


def ends_at(
    sequence: Sequence,
    now: datetime,
    elapsed: Mapping[Place, Span] = _NOTHING_TIMED,
    counted: Mapping[Place, int] = NOTHING_COUNTED,
) -> datetime | None:
    """Return when a running sequence ends at the earliest: waits and shutter time alone count.

    `elapsed` is how long each wait has been running, `counted` the number of frames counted for
    instructions that have no counter. Returns None if the sequence does not run or waits for a
    person, if a loop has neither a count nor a time, if a wait, the remaining exposures or the
    content of a plugin's container is unknown, and if the end is more than a year away.
    """
    if not sequence.running or not sequence.detailed or message_boxes(sequence):
        return None
    ends = _Ends(now, elapsed, counted)
    end, earlier = _NOW, False
    for index, root in enumerate(sequence.roots):
        if root.items:
            untouched = earlier or (root.running and sequence.trigger is None)
            end = ends.of(root, (index,), end, untouched=untouched)
        earlier = earlier or any(item.status in _TO_BE_RUN for item in root.items)
    return _moment(now, end)


def target_ends_at(
    sequence: Sequence,
    now: datetime,
    elapsed: Mapping[Place, Span] = _NOTHING_TIMED,
    counted: Mapping[Place, int] = NOTHING_COUNTED,
) -> datetime | None:
    """Return when the running target ends at the earliest; None as for `ends_at`, or without one.

    A time at which a container around it ends counts as well.
    """
    path = _path(sequence)
    if not path or not sequence.detailed or message_boxes(sequence):
        return None
    ends = _Ends(now, elapsed, counted)
    place = tuple(index for index, _ in path)
    end = ends.of(path[-1][1], place, _NOW, untouched=sequence.trigger is None)
    for _, container in path[:-1]:
        end = end.at_most(ends.limit(container)).at_least(_NOW)
    return _moment(now, end)


def _path(sequence: Sequence) -> list[tuple[int, Node]]:
    """Return the containers down to the running target, each with its number among its siblings."""
    path, nodes = list[tuple[int, Node]](), sequence.roots
    key = sequence.running_target.key or ()
    for depth, (name, number) in enumerate(key):
        alike = [each for each in enumerate(nodes) if each[1].is_container and each[1].name == name]
        # A root is the one that runs, whatever its number.
        alike = alike if depth else [each for each in alike if each[1].running]
        if number >= len(alike):
            return []
        path.append(alike[number])
        nodes = alike[number][1].items
    return path


def _moment(now: datetime, end: Span) -> datetime | None:
    """Return the moment of an end; None if it is too far away or too uncertain."""
    if end.most > _LONGEST or end.most - end.least > _VAGUE:
        return None
    try:
        return now + timedelta(seconds=end.most)
    except OverflowError:
        return None


class _Ends:
    """Computes ends in seconds from now."""

    def __init__(
        self, now: datetime, elapsed: Mapping[Place, Span], counted: Mapping[Place, int]
    ) -> None:
        """Set the data that the tree does not contain."""
        self._now = now
        self._elapsed = elapsed
        self._counted = counted
        self._rounds: dict[int, Span] = {}

    def of(self, node: Node, place: Place, start: Span, *, untouched: bool) -> Span:
        """Return when a node ends that begins, or continues, at `start`.

        It is `untouched` if a node before it has not been done yet.
        """
        if node.status in _OVER:
            return start
        if node.kind is NodeKind.INSTRUCTION:
            return self._of_instruction(node, place, start, untouched=untouched)
        end = self._of_rounds(node, place, start, untouched=untouched)
        return end.at_most(self.limit(node)).at_least(start)

    def limit(self, container: Node) -> float:
        """Return the seconds until the time at which a container ends, infinite without one."""
        conditions = container.conditions
        enabled = [each for each in conditions if each.status is not SequenceStatus.DISABLED]
        times = (each.details.target_time or each.details.expected_date_time for each in enabled)
        return min((self._until(time) for time in times if time is not None), default=inf)

    def _until(self, moment: datetime) -> float:
        """Return the seconds until a moment."""
        return (moment - self._now).total_seconds()

    def _of_rounds(self, node: Node, place: Place, start: Span, *, untouched: bool) -> Span:
        """Return when a container finishes all its rounds."""
        if not node.items:
            return start + _UNKNOWN
        if (found := rounds_of(node)) is None:
            return _FOR_EVER
        end, earlier = start, untouched
        parallel = sum(item.running for item in node.items) > 1
        for index, item in enumerate(node.items):
            begins = start if parallel else end
            ends = self.of(item, (*place, index), begins, untouched=earlier and not parallel)
            end = end.at_least(ends)
            earlier = earlier or item.status in _TO_BE_RUN
        rounds, done = found
        most = max(0, rounds - (done or 0) - 1)
        least = 0 if done is None else most
        return end + self._round(node).times(least, most) if most else end

    def _round(self, node: Node) -> Span:
        """Return the duration of one more round of a container."""
        total = Span()
        for item in node.items:
            total += self._whole(item)
        return total

    def _whole(self, node: Node) -> Span:
        """Return the duration of a whole node."""
        if node.status in _NEVER:
            return Span()
        if (known := self._rounds.get(id(node))) is not None:
            return known
        if node.kind is NodeKind.INSTRUCTION:
            whole = _whole_instruction(node)
        elif not node.items:
            whole = _UNKNOWN
        elif (found := rounds_of(node)) is None:
            whole = _FOR_EVER
        else:
            whole = self._round(node).times(found[0], found[0])
        self._rounds[id(node)] = whole
        return whole

    def _of_instruction(self, node: Node, place: Place, start: Span, *, untouched: bool) -> Span:
        """Return when an instruction ends that begins, or continues, at `start`."""
        details = node.details
        if details.exposes:
            total, done = exposures_of(node, untouched=untouched)
            if done is None and node.running:
                done = self._counted.get(place)
            if total is None or details.exposure_time is None:
                return start + _UNKNOWN
            most = max(0, total - (done or 0))
            one = Span(details.exposure_time, details.exposure_time)
            return start + one.times(0 if done is None else most, most)
        if not node.is_wait:
            return start
        if details.target_time is not None:
            until = self._until(details.target_time)
            return start.at_least(Span(until, until))
        if details.delay is None:
            return start + _UNKNOWN
        if not node.running:
            return start + Span(details.delay, details.delay)
        gone = self._elapsed.get(place, _UNKNOWN)
        left = Span(max(0.0, details.delay - gone.most), max(0.0, details.delay - gone.least))
        return start + left


def _whole_instruction(node: Node) -> Span:
    """Return the duration of a whole instruction; a time of day occurs only once."""
    details = node.details
    if details.exposes:
        total, _ = exposures_of(node)
        if total is None or details.exposure_time is None:
            return _UNKNOWN
        return Span(details.exposure_time, details.exposure_time).times(total, total)
    if details.delay is not None and node.is_wait:
        return Span(details.delay, details.delay)
    return _UNKNOWN if node.is_wait and details.target_time is None else Span()
