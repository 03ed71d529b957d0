"""The clock of Home Assistant: it jumps from the end of a night to the next evening."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
import time
from unittest.mock import patch

from homeassistant.helpers import event, update_coordinator
from homeassistant.util import dt as dt_util


class WallClock:
    """Real time plus an offset that only grows; timers go on as on a computer that was asleep."""

    def __init__(self) -> None:
        """Begin with the real time."""
        self._offset = 0.0
        self._real = time.time

    def advance_to(self, moment: float) -> None:
        """Jump to a moment, as a Unix time; never back."""
        self._offset = max(self._offset, moment - self._real())

    def time(self) -> float:
        """Return the Unix time."""
        return self._real() + self._offset

    def utcnow(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._offset)

    def now(self, time_zone: tzinfo | None = None) -> datetime:
        """Return the time in a zone, by default that of Home Assistant."""
        return self.utcnow().astimezone(time_zone or dt_util.get_default_time_zone())

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Have Home Assistant use this clock."""
        with ExitStack() as stack:
            for owner, name, mine in (
                (time, "time", self.time),
                (dt_util, "utcnow", self.utcnow),
                (dt_util, "now", self.now),
                (event, "time_tracker_utcnow", self.utcnow),
                (event, "time_tracker_timestamp", self.time),
                (update_coordinator, "utcnow", self.utcnow),
            ):
                stack.enter_context(patch.object(owner, name, mine))
            yield
