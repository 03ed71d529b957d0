"""Values derived from a reading of the sequence, outside the event loop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..api import (
    ExposureNumber,
    Exposures,
    Frame,
    Place,
    RunningPart,
    Sequence,
    Span,
    current_exposure,
    ends_at,
    message_boxes,
    running_parts,
    sequence_exposures,
    target_ends_at,
)
from .sequence_runs import SequenceRuns

# Seconds within which the start of a wait has to be known, and the longest plausible wait.
PAUSE_WAVERS: Final = 60.0
LONGEST_PAUSE: Final = timedelta(days=366).total_seconds()
# Shorter waits are parts of loops that wait for something else, such as safety.
SHORTEST_PAUSE: Final = 300.0
# Message boxes that are reported at the same time.
MOST_MESSAGES: Final = 10

type After = Callable[[Sequence, float, float, tuple[Frame, ...] | None], SequenceRuns]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The values derived from a tree, as in `SequenceReading`."""

    exposures: Exposures
    exposure: ExposureNumber | None
    expected_end: datetime | None
    target_end: datetime | None
    messages: tuple[str, ...]
    running_parts: tuple[RunningPart, ...]
    pause_ends_at: datetime | None


def analyze(
    tree: Sequence,
    after: After,
    asked_at: float,
    read_at: float,
    frames: tuple[Frame, ...] | None,
    now: datetime,
) -> tuple[SequenceRuns, Analysis]:
    """Return the values derived from a tree; `now` is when it had arrived."""
    runs, parts = after(tree, asked_at, read_at, frames), running_parts(tree)
    return runs, Analysis(
        exposures=sequence_exposures(tree, runs.counted),
        exposure=current_exposure(tree, parts, runs.counted),
        expected_end=ends_at(tree, now, runs.elapsed, runs.counted),
        target_end=target_ends_at(tree, now, runs.elapsed, runs.counted),
        messages=tuple(box.details.text or "" for box in message_boxes(tree)[:MOST_MESSAGES]),
        running_parts=parts,
        pause_ends_at=_pause_ends_at(parts, runs.elapsed, now),
    )


def _pause_ends_at(
    parts: tuple[RunningPart, ...], elapsed: Mapping[Place, Span], now: datetime
) -> datetime | None:
    """Return when the last running wait for a time span ends, of those that were seen to begin.

    A short one is no end of waiting: sequences repeat it until it is safe or dark.
    """
    left = [
        part.node.details.delay - elapsed[part.place].least
        for part in parts
        if part.node.is_wait and part.node.details.delay is not None and part.place in elapsed
        if part.node.details.delay >= SHORTEST_PAUSE
        if elapsed[part.place].most - elapsed[part.place].least <= PAUSE_WAVERS
    ]
    longest = max(left, default=None)
    if longest is None or longest > LONGEST_PAUSE:
        return None
    return now + timedelta(seconds=max(0.0, longest))
