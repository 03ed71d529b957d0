"""Decide whether a roof that should be closed is, and when to notify a person; pure, without I/O.

Times are seconds of a clock that never jumps. Absence proves nothing: a roof that cannot be read
is where it was last seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from ..api import Dome, ShutterState

# Seconds for which a roof that should be closed may be open before a person is notified.
STANDS: Final = 60.0
# Seconds in which a roof that was never seen to close does so, parking the mount included.
CLOSES: Final = 300.0
# Seconds for which a roof that should be closed may go without a reading.
SILENCE: Final = 45.0


class RoofReading(StrEnum):
    """The state of the roof as its driver reports it; absent where the dome has no shutter."""

    CLOSED = "closed"
    CLOSING = "closing"
    OPEN = "open"
    OPENING = "opening"
    ERROR = "error"
    UNKNOWN = "unknown"
    ABSENT = "absent"


class RoofMovement(StrEnum):
    """Entries about the roof in the report of a night."""

    OPENED = "roof_opened"
    CLOSED = "roof_closed"
    CLOSE_FAILED = "roof_close_failed"


class RoofProblem(StrEnum):
    """Why a roof that should be closed is not; also the reason in events and attributes."""

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
    """Return the reading of a connected dome."""
    if dome.lacks_shutter:
        return RoofReading.ABSENT
    shutter = dome.shutter if isinstance(dome.shutter, ShutterState) else ShutterState.NONE
    return _BY_SHUTTER.get(shutter, RoofReading.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoofInputs:
    """All inputs of the decision, at one moment.

    `reading` is None if the roof cannot be read; `read_at` is when the reading was requested.
    `demanded` is whether the roof should be closed regardless of commands; `busy` whether a command,
    a procedure or a mount that slews may be closing it. `stopped_at` is when a person last stopped
    the roof, a failure only if it is demanded; `travel` is how long closing may take, in seconds.
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
    """A roof that should be closed and is not known to be; a person is notified at `due`."""

    problem: RoofProblem
    since: float
    due: float


@dataclass(slots=True, kw_only=True)
class RoofRecord:
    """The part of a roof's state that outlives a restart.

    `reading` is the last one, None if there is no roof. `failed` is why the roof did not close on
    command, or stopped halfway; it lasts until the roof is closed, or open on purpose. If there was
    a danger, `in_danger`, a roof that is read as open after it is open on purpose.
    `notified` is whether a person was notified of the present danger, `demanded` as in `RoofInputs`.
    `seen_at` is the time of the last reading, `device_id` the last driver that had a shutter.
    """

    reading: RoofReading | None = None
    failed: RoofProblem | None = None
    in_danger: bool = False
    demanded: bool = False
    notified: bool = False
    attempts: int = 0
    seen_at: datetime | None = None
    device_id: str | None = None

    def as_data(self) -> dict[str, Any]:
        """Return plain data for storage."""
        return {
            "reading": self.reading,
            "seen_at": None if self.seen_at is None else self.seen_at.isoformat(),
            "device_id": self.device_id,
            "failed": self.failed,
            "in_danger": self.in_danger,
            "demanded": self.demanded,
            "told": self.notified,
            "attempts": self.attempts,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Decode `as_data`; raises ValueError, TypeError or LookupError for any other shape."""
        reading, failed, seen_at = data["reading"], data["failed"], data["seen_at"]
        if not isinstance(data["device_id"], str | None):
            raise TypeError("not the id of a device")
        # Any year is accepted: a computer without a clock of its own starts in 1970.
        when = None if seen_at is None else datetime.fromisoformat(seen_at)
        if when is not None and when.tzinfo is None:
            raise ValueError("a time without a zone")
        return cls(
            reading=None if reading is None else RoofReading(reading),
            failed=None if failed is None else RoofProblem(failed),
            # Older records have only the danger that there was when they were written.
            in_danger=data.get("in_danger", data["demanded"]) is True,
            demanded=data["demanded"] is True,
            notified=data["told"] is True,
            attempts=int(data["attempts"]),
            seen_at=when,
            device_id=data["device_id"],
        )


class RoofDetector:
    """Follow a roof from reading to reading."""

    def __init__(self, now: float, record: RoofRecord | None = None) -> None:
        """Start from a record; the time that has passed since does not count against the roof."""
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
        """Record that closing failed; takes effect with the next update."""
        if self.closed:
            return
        self.record.failed, self._failed_at = problem, now
        self.record.in_danger = self.record.demanded
        self.record.attempts = max(attempts or 0, self.record.attempts + (attempts is None))

    def record_seen(self, moment: float) -> None:
        """Record when the roof was read, with any result."""
        self._seen_at = max(self._seen_at, moment)

    def forget(self) -> None:
        """Forget the roof: it no longer exists."""
        self.record.reading = None

    def update(self, inputs: RoofInputs, now: float) -> Exposure | None:
        """Return the exposure, due now or later; None if all is well."""
        if inputs.reading is not None:
            self._apply(inputs.reading, inputs, now)
        begins = inputs.demanded and not self.record.demanded
        self.record.demanded = inputs.demanded
        self.record.in_danger = inputs.demanded or self.record.in_danger
        if not inputs.demanded and inputs.reading in (RoofReading.OPEN, RoofReading.OPENING):
            # It may be read only a while after it is safe again.
            if self.record.in_danger:
                self.record.failed = None
            self.record.in_danger = False
        closing = self._closing_from is not None
        if self.closed or not (inputs.demanded or closing or self.record.failed):
            self._end()
            return None
        if self._since is None or begins:
            self._since = self._stands_from = now
        if begins:
            # A notification from when it was safe is not enough once it rains.
            self.record.notified = False
        self.exposure = self._exposure(inputs, self._since)
        return self.exposure

    def _end(self) -> None:
        """Forget a danger that is over."""
        self.exposure = self._since = None
        self.record.notified, self.record.attempts = False, 0
        if self.closed:
            self.record.failed = None

    def _apply(self, reading: RoofReading, inputs: RoofInputs, now: float) -> None:
        record = self.record
        self.record_seen(inputs.read_at)
        began = self._closing_from
        if began is not None and reading in _STOPPED:
            self._stands_from = now
            if inputs.stopped_at < began or inputs.demanded:
                self.fail(_BY_READING[reading], now)
        if reading is RoofReading.OPENING and not inputs.demanded:
            record.failed = None
        if reading is not RoofReading.CLOSING:
            self._closing_from = None
        elif began is None:
            # It moves again: an earlier failure does not count any more.
            self._closing_from, record.failed = now, None
        if reading is not RoofReading.ERROR:
            self._error_from = None
        elif self._error_from is None:
            self._error_from = now
        record.reading = reading

    def _exposure(self, inputs: RoofInputs, since: float) -> Exposure:
        """Return the problem, and when a person is notified."""
        record = self.record
        if inputs.reading is None:
            lost = RoofProblem.DISCONNECTED if inputs.reachable else RoofProblem.UNREACHABLE
            due = self._seen_at + SILENCE
            if record.failed is not None:
                due = min(due, self._failed_at)
            return Exposure(problem=lost, since=since, due=due)
        if self._error_from is not None:
            return Exposure(problem=RoofProblem.ERROR, since=since, due=self._error_from)
        if record.failed is not None:
            return Exposure(problem=record.failed, since=since, due=self._failed_at)
        problem = _BY_READING[inputs.reading]
        if self._closing_from is not None:
            return Exposure(problem=problem, since=since, due=self._closing_from + inputs.travel)
        allowed = CLOSES if inputs.busy else STANDS
        return Exposure(problem=problem, since=since, due=self._stands_from + allowed)
