"""Match saved frames with the events of N.I.N.A.'s history, which contain only the time.

The plugin writes the date of a frame and then the time of its event, within a millisecond
(docs/field-notes.md, Frames). So the time distinguishes frames, in every version of the plugin.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Self

from ..api import EventType, Frame, NinaEvent, with_frame

# Longest time between the date of a frame and its event; a busy computer takes its time.
RECORDED_WITHIN = timedelta(seconds=2)
# The event is never earlier, unless the clock is set back between the two.
RECORDED_BEFORE = timedelta(milliseconds=10)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SavedFrame:
    """A saved frame: its date, and a unique key that stays the same in every run.

    `frame` is None if nothing else is known about it.
    """

    date: datetime
    key: str
    frame: Frame | None = None

    @classmethod
    def of(cls, frame: Frame | None) -> Self | None:
        """Return a frame; None for one without a date, which does not identify it."""
        if frame is None or frame.date is None:
            return None
        name = (frame.filename or "").encode(errors="replace")
        file = blake2b(name, digest_size=8).hexdigest()
        return cls(frame.date, f"{(frame.date - _EPOCH) // _MICROSECOND}:{file}", frame)

    @classmethod
    def decode(cls, key: str) -> Self | None:
        """Return the frame for a key; None if the key is invalid."""
        microseconds, _, _ = key.partition(":")
        try:
            return cls(_EPOCH + int(microseconds) * _MICROSECOND, key)
        except ValueError, OverflowError:
            return None


def saved_frames(
    history: Sequence[NinaEvent], known: Iterable[SavedFrame]
) -> dict[int, SavedFrame]:
    """Return the frames of a history by the position of their events.

    No frame is matched with two events, and no unknown frame is mistaken for another: between its
    date and its event no other frame is saved. `known` may list a frame more than once; the first
    counts.
    """
    frames: dict[str, SavedFrame] = {}
    for each in known:
        frames.setdefault(each.key, each)
    waiting = sorted(frames.values(), key=lambda each: (each.date, each.key))[::-1]
    found: dict[int, SavedFrame] = {}
    for time, place in sorted(_times(history)):
        while waiting and waiting[-1].date <= time - RECORDED_WITHIN:
            waiting.pop()
        if waiting and waiting[-1].date <= time + RECORDED_BEFORE:
            found[place] = waiting.pop()
    return found


def _times(history: Sequence[NinaEvent]) -> Iterator[tuple[datetime, int]]:
    """Yield the times at which frames were saved, with the positions of these events."""
    for place, event in enumerate(history):
        if event.type is EventType.IMAGE_SAVED and event.time is not None:
            yield event.time, place


def supplied(event: NinaEvent, saved: SavedFrame | None) -> NinaEvent:
    """Return an event with the statistics of its frame, as far as they are known."""
    return event if saved is None or saved.frame is None else with_frame(event, saved.frame)
