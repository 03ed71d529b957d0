"""The exposure under way: which of how many its instruction takes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from .sequence import Sequence
from .sequence_node import Node
from .sequence_progress import NOTHING_COUNTED, exposures_of, rounds_of
from .sequence_running import Place, Purpose, RunningPart

# Users enter a huge number of rounds for "forever": a number of frames that no night has is no total.
_MOST: Final = 100_000
# The filter of an instruction that uses the selected one.
_SELECTED: Final = "Current"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureNumber:
    """A light frame among those of its kind: the `number` counts from 1.

    Both numbers are None if they are unknown, the `total` also if it is open. `filter` is None if
    the instruction uses the filter that is selected.
    """

    number: int | None = None
    total: int | None = None
    filter: str | None = None


def current_exposure(
    sequence: Sequence,
    parts: Iterable[RunningPart],
    counted: Mapping[Place, int] = NOTHING_COUNTED,
) -> ExposureNumber | None:
    """Return the light frame under way, among those of its instruction in all rounds around it.

    A loop without a count is counted within its current round. `counted` has the number of frames
    of instructions without a counter, if known. Returns None if no instruction takes light frames,
    several do at the same time, or a trigger runs.
    """
    imaging = [part for part in parts if part.purpose is Purpose.IMAGING]
    if len(imaging) != 1 or sequence.trigger is not None:
        return None
    part = imaging[0]
    name = part.node.details.filter
    number, total = _number(part, _around(sequence, part.place), counted)
    return ExposureNumber(
        number=number,
        total=None if total is None or total > _MOST else total,
        filter=None if name == _SELECTED else name,
    )


def _number(
    part: RunningPart, around: list[Node], counted: Mapping[Place, int]
) -> tuple[int | None, int | None]:
    """Return the number of the frame under way, and that of all frames; None if unknown."""
    total, done = exposures_of(part.node)
    done = counted.get(part.place) if done is None else done
    number = None if done is None else done + 1
    for container in reversed(around):
        if (found := rounds_of(container)) is None:
            # One frame in each of many rounds that nobody counts.
            return (None, None) if total == 1 else (_limited(number, total), total)
        rounds, rounds_done = found
        if rounds == 1:
            continue
        if total is None or rounds < 1:
            return (None, None)
        known = number is not None and rounds_done is not None
        number = (rounds_done or 0) * total + (number or 0) if known else None
        total *= rounds
    return (_limited(number, total), total)


def _limited(number: int | None, total: int | None) -> int | None:
    """Return a number that is not beyond the total: the last frame is counted before its end."""
    return number if number is None or total is None else min(number, total)


def _around(sequence: Sequence, place: Place) -> list[Node]:
    """Return the containers around a node, from the outside in."""
    nodes, around = sequence.roots, list[Node]()
    for index in place[:-1]:
        around.append(nodes[index])
        nodes = nodes[index].items
    return around
