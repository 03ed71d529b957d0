"""Whether a roof that ought to be closed is, and when a person has to be told: pure, without I/O.

Times are seconds of a clock that never jumps. Absence proves nothing: a roof that cannot be read
is where it was last seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from ..api import Dome, ShutterState

# How long a roof may stand open while it ought to be closed, until that is told.
STANDS: Final = 60.0
# How long a roof may take to close, with the mount parked before, where nothing is known of it.
CLOSES: Final = 300.0
# How long a roof that ought to be closed may be without a reading.
SILENCE: Final = 45.0


class RoofReading(StrEnum):
    """What a driver reports of the roof; absent where the dome has no shutter."""

    CLOSED = "closed"
    CLOSING = "closing"
    OPEN = "open"
    OPENING = "opening"
    ERROR = "error"
    UNKNOWN = "unknown"
    ABSENT = "absent"


class RoofMovement(StrEnum):
    """What the report of a night says of a roof."""

    OPENED = "roof_opened"
    CLOSED = "roof_closed"
    CLOSE_FAILED = "roof_close_failed"


class RoofProblem(StrEnum):
    """Why a roof is not closed that ought to be; also the reason in events and attributes."""

    CLOSING = "closing"
    DISCONNECTED = "dome_disconnected"
    ERROR = "error"
    MOUNT_NOT_PARKED = "mount_not_parked"
    NOT_CLOSED = "not_closed"
    OPEN = "open"
    OPENING = "opening"
    READ_ONLY = "read_only"
    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"


_BY_READING: Final = {
    RoofReading.CLOSING: RoofProblem.CLOSING,
    RoofReading.ERROR: RoofProblem.ERROR,
    RoofReading.OPEN: RoofProblem.OPEN,
    RoofReading.OPENING: RoofProblem.OPENING,
    RoofReading.UNKNOWN: RoofProblem.UNKNOWN,
}
_BY_SHUTTER: Final = {
    ShutterState.CLOSED: RoofReading.CLOSED,
    ShutterState.CLOSING: RoofReading.CLOSING,
    ShutterState.OPEN: RoofReading.OPEN,
    ShutterState.OPENING: RoofReading.OPENING,
    ShutterState.ERROR: RoofReading.ERROR,
}
# Where a roof that was closing must not come to rest.
_STOPPED: Final = (RoofReading.OPEN, RoofReading.ERROR, RoofReading.UNKNOWN)


def reading_of(dome: Dome) -> RoofReading:
    """Return what a connected dome reports of its shutter."""
    if dome.lacks_shutter:
        return RoofReading.ABSENT
    shutter = dome.shutter if isinstance(dome.shutter, ShutterState) else ShutterState.NONE
    return _BY_SHUTTER.get(shutter, RoofReading.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoofScene:
    """What is known at a moment.

    `reading` is None where the roof cannot be read, `read_at` when its reading was asked for.
    `demanded` is whether it ought to be closed; `busy` whether somebody is at it: a command, a
    procedure, a mount on its way to its park position. `stopped_at` is when a person last stopped
    the roof, which is no failure unless it ought to be closed, `travel` how long closing may take in
    seconds.
    """

    reading: RoofReading | None
    read_at: float = 0.0
    reachable: bool = True
    demanded: bool = False
    busy: bool = False
    stopped_at: float = float("-inf")
    travel: float = CLOSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """A roof that ought to be closed and is not known to be; `due` is when a person is told."""

    problem: RoofProblem
    since: float
    due: float


@dataclass(slots=True, kw_only=True)
class RoofRecord:
    """What outlives a restart.

    `reading` is what was last seen, None where no roof was. `failed` is why it did not close when
    it was told to, or stopped on its way; that stands until it is closed, or open on purpose.
    `told` is whether a person was told of the danger that lasts, `demanded` whether the roof ought
    to be closed whatever was commanded. `seen_at` is when the roof was last read, `device_id` the
    driver that had something to close.
    """

    reading: RoofReading | None = None
    failed: RoofProblem | None = None
    demanded: bool = False
    told: bool = False
    attempts: int = 0
    seen_at: datetime | None = None
    device_id: str | None = None

    def as_data(self) -> dict[str, Any]:
        """Return plain data for the disk."""
        return {
            "reading": self.reading,
            "seen_at": None if self.seen_at is None else self.seen_at.isoformat(),
            "device_id": self.device_id,
            "failed": self.failed,
            "demanded": self.demanded,
            "told": self.told,
            "attempts": self.attempts,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Decode `as_data`; raises ValueError, TypeError or LookupError for any other shape."""
        reading, failed, seen_at = data["reading"], data["failed"], data["seen_at"]
        if not isinstance(data["device_id"], str | None):
            raise TypeError("not the id of a device")
        # Any year will do: a computer without a clock of its own may have begun in 1970.
        when = None if seen_at is None else datetime.fromisoformat(seen_at)
        if when is not None and when.tzinfo is None:
            raise ValueError("a time without a zone")
        return cls(
            reading=None if reading is None else RoofReading(reading),
            failed=None if failed is None else RoofProblem(failed),
            demanded=data["demanded"] is True,
            told=data["told"] is True,
            attempts=int(data["attempts"]),
            seen_at=when,
            device_id=data["device_id"],
        )


class RoofWatch:
    """Follow a roof from reading to reading."""

    def __init__(self, now: float, record: RoofRecord | None = None) -> None:
        """Begin with what is remembered; how long ago that was does not count against the roof."""
        self.record = record or RoofRecord()
        self.exposure: Exposure | None = None
        self._seen_at = now
        self._since: float | None = None
        self._stands_from = now
        closing = self.record.reading is RoofReading.CLOSING
        self._closing_from: float | None = now if closing else None
        self._error_from: float | None = None
        self._failed_at = now

    @property
    def closed(self) -> bool:
        """Whether the roof was last seen closed, or there is none."""
        return self.record.reading in (None, RoofReading.CLOSED)

    def fail(self, problem: RoofProblem, now: float, attempts: int | None = None) -> None:
        """Take note that the roof was told to close and did not; takes effect with the next look."""
        if self.closed:
            return
        self.record.failed, self._failed_at = problem, now
        self.record.attempts = max(attempts or 0, self.record.attempts + (attempts is None))

    def note_seen(self, moment: float) -> None:
        """Take note of when the roof was read last, whatever that showed."""
        self._seen_at = max(self._seen_at, moment)

    def forget(self) -> None:
        """Forget the roof: there is none any more."""
        self.record.reading = None

    def look(self, scene: RoofScene, now: float) -> Exposure | None:
        """Return what there is to tell, now or later; None where all is well."""
        if scene.reading is not None:
            self._see(scene.reading, scene, now)
        begins = scene.demanded and not self.record.demanded
        ends = self.record.demanded and not scene.demanded
        self.record.demanded = scene.demanded
        if ends and scene.reading in (RoofReading.OPEN, RoofReading.OPENING):
            self.record.failed = None
        closing = self._closing_from is not None
        if self.closed or not (scene.demanded or closing or self.record.failed):
            self._end()
            return None
        if self._since is None or begins:
            self._since = self._stands_from = now
        if begins:
            # What was told while all was safe is not enough once it rains.
            self.record.told = False
        self.exposure = self._judge(scene, self._since)
        return self.exposure

    def _end(self) -> None:
        """Forget a danger that is over."""
        self.exposure = self._since = None
        self.record.told, self.record.attempts = False, 0
        if self.closed:
            self.record.failed = None

    def _see(self, reading: RoofReading, scene: RoofScene, now: float) -> None:
        """Take in a reading."""
        record = self.record
        self.note_seen(scene.read_at)
        began = self._closing_from
        if began is not None and reading in _STOPPED:
            self._stands_from = now
            if scene.stopped_at < began or scene.demanded:
                self.fail(_BY_READING[reading], now)
        if reading is RoofReading.OPENING and not scene.demanded:
            record.failed = None
        if reading is not RoofReading.CLOSING:
            self._closing_from = None
        elif began is None:
            # It is on its way again, so what failed before counts no more.
            self._closing_from, record.failed = now, None
        if reading is not RoofReading.ERROR:
            self._error_from = None
        elif self._error_from is None:
            self._error_from = now
        record.reading = reading

    def _judge(self, scene: RoofScene, since: float) -> Exposure:
        """Return what is wrong and when that is told."""
        record = self.record
        if scene.reading is None:
            lost = RoofProblem.DISCONNECTED if scene.reachable else RoofProblem.UNREACHABLE
            due = self._seen_at + SILENCE
            if record.failed is not None:
                due = min(due, self._failed_at)
            return Exposure(problem=lost, since=since, due=due)
        if self._error_from is not None:
            return Exposure(problem=RoofProblem.ERROR, since=since, due=self._error_from)
        if record.failed is not None:
            return Exposure(problem=record.failed, since=since, due=self._failed_at)
        problem = _BY_READING[scene.reading]
        if self._closing_from is not None:
            return Exposure(problem=problem, since=since, due=self._closing_from + scene.travel)
        patience = CLOSES if scene.busy else STANDS
        return Exposure(problem=problem, since=since, due=self._stands_from + patience)
