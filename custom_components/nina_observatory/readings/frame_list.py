"""N.I.N.A.'s list of frames, and what follows from it, kept up to date frame by frame."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from heapq import heappop, heappush
from typing import Final

from ..api import Frame, ImageType
from .frame_statistics import NightsTally, NightStatistics

# A frame that a wrong clock dated into the future would be the newest night until N.I.N.A. is
# closed: one this far ahead does not count until its time has come.
AHEAD: Final = timedelta(days=1)

type Identity = tuple[datetime | None, str | None]


def frame_id(frame: Frame) -> str:
    """Return the id of a frame for URLs and files, 16 hex digits that do not depend on its number."""
    saved = "" if frame.date is None else str(frame.date.timestamp())
    name = f"{saved} {frame.filename}".encode(errors="replace")
    return sha256(name).hexdigest()[:16]


class FrameList:
    """The frames saved since N.I.N.A. started, oldest first, numbered as in its own list.

    The cost of a new frame does not depend on their number, except for copying the tuple.
    """

    def __init__(self, generation: int = 0) -> None:
        self.frames: tuple[Frame, ...] = ()
        # How many lists there were before, which this one does not continue.
        self.generation = generation
        self.newest_light: Frame | None = None
        # The last number of each.
        self._numbers: dict[Identity, int] = {}
        self._nights = NightsTally()
        # Dated frames that the statistics lack: the newest ones, and those dated ahead as a heap.
        self._new: list[tuple[datetime, int, Frame]] = []
        self._ahead: list[tuple[datetime, int, Frame]] = []

    def number(self, identity: Identity) -> int | None:
        """Return the number of a frame, the last one if several are alike; None without one."""
        return self._numbers.get(identity)

    def night(self, now: datetime) -> NightStatistics:
        """Return the statistics of the newest night; `now` must not go back."""
        end = now + AHEAD
        for new in self._new:
            if new[0] < end:
                self._nights.add(new[2])
            else:
                heappush(self._ahead, new)
        self._new.clear()
        while self._ahead and self._ahead[0][0] < end:
            self._nights.add(heappop(self._ahead)[2])
        return self._nights.statistics

    def add(self, frame: Frame) -> None:
        """Add a frame unless it is known."""
        if frame.identity not in self._numbers:
            self._append((frame,))

    def replaced(self, frames: Sequence[Frame]) -> FrameList:
        """Return the list of these frames: this one, continued, if they begin like it."""
        known = len(self.frames)
        if tuple(frames[:known]) == self.frames:
            self._append(frames[known:])
            return self
        successor = FrameList(self.generation + 1)
        successor._append(frames)
        return successor

    def remade(self, frames: Sequence[Frame], now: datetime) -> FrameList:
        """Return a new list of these frames with their statistics; this one stays as it is.

        Thousands take so long that this is called in a thread.
        """
        made = FrameList(self.generation + 1)
        made._append(frames)
        made.night(now)
        return made

    def _append(self, frames: Sequence[Frame]) -> None:
        for number, frame in enumerate(frames, len(self.frames)):
            self._numbers[frame.identity] = number
            if frame.image_type is ImageType.LIGHT:
                self.newest_light = frame
            if frame.date is not None:
                self._new.append((frame.date, number, frame))
        self.frames = (*self.frames, *frames)
