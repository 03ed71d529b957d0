"""Which frame a saved frame of N.I.N.A.'s history is: the history says nothing of it but the moment.

The plugin notes the date of a frame and then the time of its event, within a millisecond
(docs/field-notes.md, Frames). So the moment tells frames apart, in every version of the plugin.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Self

from ..api import EventType, Frame, NinaEvent, with_frame

# An event is written at most so long after the date of its frame; a busy computer takes its time.
RECORDED_WITHIN = timedelta(seconds=2)
# Nor before it, except for a clock that is set back between the two.
RECORDED_BEFORE = timedelta(milliseconds=10)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SavedFrame:
    """A frame that was saved: its date, and a key that tells it from all others, the same in every run.

    `frame` is None for one of which nothing else is known.
    """

    date: datetime
    key: str
    frame: Frame | None = None

    @classmethod
    def of(cls, frame: Frame | None) -> Self | None:
        """Return a frame; None for one without a date, which is like any other."""
        if frame is None or frame.date is None:
            return None
        name = (frame.filename or "").encode(errors="replace")
        file = blake2b(name, digest_size=8).hexdigest()
        return cls(frame.date, f"{(frame.date - _EPOCH) // _MICROSECOND}:{file}", frame)

    @classmethod
    def decode(cls, key: str) -> Self | None:
        """Return the frame of a key, None for what is not one."""
        microseconds, _, _ = key.partition(":")
        try:
            return cls(_EPOCH + int(microseconds) * _MICROSECOND, key)
        except ValueError, OverflowError:
            return None


def saved_frames(
    history: Sequence[NinaEvent], known: Iterable[SavedFrame]
) -> dict[int, SavedFrame]:
    """Return the frames of a history by the place of their events.

    No frame is that of two events, and none that is not known is taken for another: between its
    date and its event no other frame is saved. `known` may name a frame more than once; the first
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
    """Yield when frames were saved, with the places of these events."""
    for place, event in enumerate(history):
        if event.type is EventType.IMAGE_SAVED and event.time is not None:
            yield event.time, place


def with_frames(events: Sequence[NinaEvent], frames: Iterable[Frame]) -> Iterator[NinaEvent]:
    """Supply what the history leaves out of saved frames: their statistics."""
    known = (saved for frame in frames if (saved := SavedFrame.of(frame)) is not None)
    found = saved_frames(events, known)
    for place, event in enumerate(events):
        yield supplied(event, found.get(place))


def supplied(event: NinaEvent, saved: SavedFrame | None) -> NinaEvent:
    """Return an event with the statistics of its frame, as far as they are known."""
    return event if saved is None or saved.frame is None else with_frame(event, saved.frame)
