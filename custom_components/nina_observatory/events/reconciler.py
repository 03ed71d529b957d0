"""Find the missed events in N.I.N.A.'s history, so that each reaches the bus exactly once.

The history has no numbers and live events carry no time, so the two are matched by payload: the
history is in order and only ever grows while N.I.N.A. runs. The reconciler's state outlives a
reload of the entry and a restart of Home Assistant. No library does this: it follows from what
this one history leaves out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import pairwise
from typing import Any, TypedDict

from homeassistant.util import dt as dt_util

from ..api import EventType, Frame, NinaClient, NinaEvent, Server
from ..helpers.storage import absolute
from .saved_frames import SavedFrame, saved_frames, supplied

# These are sent but never recorded (docs/field-notes.md, Frames and Events).
UNRECORDED = frozenset({EventType.IMAGE_PREPARED, EventType.CUSTOM})
LOCAL_TIMES = frozenset({"wait_end_time", "target_end_time"})


# Events within this time after the first unsaved one may have been delivered before a power cut:
# the saved state is never older.
TORN = timedelta(minutes=2)

# No run of N.I.N.A. has this many events.
MOST_EVENTS = 10**9


@dataclass(frozen=True, slots=True)
class History:
    """N.I.N.A.'s own record of its events, oldest first.

    `run` identifies its run of N.I.N.A. It is `complete` if no event was received while it was
    read; otherwise it may be older than that event.
    """

    events: tuple[NinaEvent, ...]
    run: datetime | None
    complete: bool


def run_of(
    client: NinaClient, server: Server | None, history: Sequence[NinaEvent]
) -> datetime | None:
    """Return the id of this run of N.I.N.A.: its start, on old servers its first event."""
    if client.plugin.reports_start:
        return None if server is None else server.started_at
    return history[0].time if history else None


class KeptHistory(TypedDict):
    """The data that a reconciler saves."""

    begun: bool
    whole: bool
    run: str | None
    accounted: int
    heard: dict[str, int]


def _number(kept: Any) -> int:
    """Return a number of events; raises ValueError or TypeError for an invalid one."""
    number = int(kept)
    if not 0 <= number <= MOST_EVENTS:
        raise ValueError("not a number of events")
    return number


def _signature(event: NinaEvent) -> str:
    """Return a key for the content of an event, equal in both sources and in every run.

    The history empties nested values, and writes whole numbers without a decimal point. Local times
    are left out: they become absolute once the time zone of the computer is known, which may happen
    in between.
    """
    words = repr((event.name, sorted(_flat(event.data))))
    return blake2b(words.encode(errors="replace"), digest_size=8).hexdigest()


def _exact(event: NinaEvent, saved: SavedFrame | None) -> str:
    """Return the key of an event, which for a saved frame includes that of the frame."""
    return _signature(event) if saved is None else f"{_signature(event)}:{saved.key}"


def _frame_of(heard: str) -> SavedFrame | None:
    """Return the frame in the key of an event; None for another event or an undated frame."""
    return SavedFrame.decode(heard.partition(":")[2])


def _readable(kept: str) -> str:
    """Return the key of an event, without a frame part that cannot be decoded."""
    return kept if _frame_of(kept) is not None else kept.partition(":")[0]


def _flat(data: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Return the values that are not nested, with numbers normalized."""
    for key, value in data.items():
        if key in LOCAL_TIMES:
            continue
        if isinstance(value, bool | str):
            yield key, repr(value)
        elif isinstance(value, int | float):
            yield key, repr(_as_float(value))


def _as_float(number: float) -> float:
    """Return a number as a float without the sign of a zero; one too large is unchanged.

    Without a decimal point, as in the history, a negative zero is read as a whole number.
    """
    try:
        return float(number) + 0.0
    except OverflowError:
        return number


@dataclass(frozen=True, slots=True)
class _Recorded:
    """An event of the history; `saved` is its frame, if known."""

    event: NinaEvent
    saved: SavedFrame | None

    @property
    def exact(self) -> str:
        """Return the key of the event, including its frame."""
        return _exact(self.event, self.saved)


@dataclass(slots=True)
class ReplayCounters:
    """Irregularities of the history and of live events, and the number of events delivered late."""

    histories: int = 0
    replayed: int = 0
    restarts: int = 0
    duplicates: int = 0
    without_time: int = 0
    out_of_order: int = 0

    def count(self, new: Sequence[NinaEvent]) -> None:
        """Count events without a time, or with one before that of their predecessor."""
        times = [event.time for event in new if event.time is not None]
        self.without_time += len(new) - len(times)
        self.out_of_order += sum(after < before for before, after in pairwise(times))


class HistoryReconciler:
    """Match live events with the history, over gaps, reloads and restarts of either side."""

    def __init__(self) -> None:
        self.counters = ReplayCounters()
        # Whether the history was recorded: from then on missed events are delivered.
        self.begun = False
        # When the first connection was tried, and whether that failed before the history was known.
        self._since: datetime | None = None
        self._interrupted = False
        self._accounted = 0
        self._run: datetime | None = None
        # Received before the server became unreachable, before this connection, and in it.
        self._outlived: Counter[str] = Counter()
        self._earlier: Counter[str] = Counter()
        self._received: Counter[str] = Counter()
        self._was_unreachable = False
        # Whether more may have been delivered than was saved: Home Assistant stopped without a
        # final save.
        self._torn = False
        # Number of events received since the history was last compared.
        self.waiting = 0

    def encode(self, *, whole: bool) -> KeptHistory:
        """Return plain data; `whole` if nothing is delivered after this."""
        heard = self._outlived + self._earlier + self._received
        return {
            "begun": self.begun,
            "whole": whole and not self._torn,
            "run": None if self._run is None else self._run.isoformat(),
            "accounted": self._accounted,
            "heard": dict(heard),
        }

    @classmethod
    def decode(cls, kept: Mapping[str, Any]) -> HistoryReconciler:
        """Return saved state; raises ValueError, TypeError or LookupError for any other shape."""
        account, run = cls(), kept["run"]
        account.begun = kept["begun"] is True
        account._torn = account.begun and kept["whole"] is not True
        account._run = None if run is None else absolute(run)
        account._accounted = _number(kept["accounted"])
        for each, times in kept["heard"].items():
            account._outlived[_readable(str(each))] += _number(times)
        account._outlived = +account._outlived
        account._was_unreachable = True
        return account

    def begin(
        self, history: Sequence[NinaEvent], run: datetime | None, frames: Iterable[Frame] = ()
    ) -> list[NinaEvent]:
        """Record the history before the first connection.

        Returns the events since the first try to connect, if that came before.
        """
        self._interrupted = self._since is not None
        self._earlier += self._received
        self._received = Counter()
        return self.missed(history, run, frames)

    def unreachable(self) -> None:
        """Record an unreachable server: events so far may belong to an N.I.N.A. that is gone."""
        self._since = self._since or dt_util.utcnow()
        self._outlived += self._earlier + self._received
        self._earlier, self._received = Counter(), Counter()
        self._was_unreachable = True

    def connected(self) -> None:
        """Begin a connection: earlier live events belong to the time before the gap."""
        self._interrupted = self._since is not None and not self.begun
        self._since = self._since or dt_util.utcnow()
        self._earlier += self._received
        self._received = Counter()

    def record(self, event: NinaEvent) -> None:
        """Record a live event."""
        if event.type not in UNRECORDED:
            self.waiting += 1
            is_saved = event.type is EventType.IMAGE_SAVED
            saved = SavedFrame.of(event.frame) if is_saved else None
            self._received[_exact(event, saved)] += 1

    def record_run(self, run: datetime | None) -> None:
        """Record which run of N.I.N.A. answers; None if it cannot report that.

        Live events since the server was unreachable belong to the run that is met afterward.
        """
        if run is None:
            return
        if self._run not in (None, run):
            self._restart()
        self._run, self._was_unreachable = run, False

    def _restart(self) -> None:
        """Discard the live events of an N.I.N.A. that is gone."""
        self.counters.restarts += 1
        self._accounted = 0
        self._outlived.clear()
        if not self._was_unreachable:
            self._earlier.clear()

    def missed(
        self, history: Sequence[NinaEvent], run: datetime | None, frames: Iterable[Frame] = ()
    ) -> list[NinaEvent]:
        """Return the missed events of the history, in order, and count them as received.

        Saved frames get their statistics from `frames`, which may be incomplete. The first call
        only records the history: events before Home Assistant followed N.I.N.A. are the past, which
        only the clocks can separate if a connection was tried before that. `run` is None if
        N.I.N.A. could not report it; a restart then shows only in a history that has become
        shorter.
        """
        self.counters.histories += 1
        self.waiting = 0
        self.record_run(run)
        if len(history) < self._accounted:
            self._restart()
            self._run = run
        new = self._recorded(history, frames)[self._accounted :]
        self.counters.count([each.event for each in new])
        missed = self._not_received(new)
        self.counters.duplicates += (self._outlived + self._earlier).total()
        # All events from before the gap are in the history by now; any left over was sent twice.
        self._outlived.clear()
        self._earlier.clear()
        self._was_unreachable = False
        self._accounted = len(history)
        if not self.begun:
            missed = [event for event in missed if self._is_listened_to(event)]
        elif self._torn and missed:
            missed = _unreported(missed)
        self._torn = False
        self.begun = True
        self.counters.replayed += len(missed)
        return missed

    def _recorded(self, history: Sequence[NinaEvent], frames: Iterable[Frame]) -> list[_Recorded]:
        """Return the history with the frames that are listed or were received."""
        heard = map(_frame_of, self._outlived + self._earlier + self._received)
        known = [each for each in (*map(SavedFrame.of, frames), *heard) if each is not None]
        found = saved_frames(history, known)
        return [_Recorded(event, found.get(place)) for place, event in enumerate(history)]

    def _not_received(self, new: Sequence[_Recorded]) -> list[NinaEvent]:
        """Return the events that were not received.

        If the past is among them, the newest of identical events are the received ones.
        """
        ordered = new if self.begun else new[::-1]
        missed = [each for each in ordered if not self._was_received(each.exact)]
        missed = [each for each in missed if not self._was_received_undated(each)]
        events = [supplied(each.event, each.saved) for each in missed]
        return events if self.begun else events[::-1]

    def _is_listened_to(self, event: NinaEvent) -> bool:
        """Return whether an event happened after the first try to connect, and in a gap."""
        if not self._interrupted or self._since is None or event.time is None:
            return False
        return event.time >= self._since

    def _was_received(self, signature: str) -> bool:
        """Return whether a matching live event was received and not matched yet."""
        for heard in (self._outlived, self._earlier, self._received):
            if signature in heard:
                heard[signature] -= 1
                if not heard[signature]:
                    del heard[signature]
                return True
        return False

    def _was_received_undated(self, recorded: _Recorded) -> bool:
        """Return whether a frame was received without its date, or has none in the history."""
        event = recorded.event
        if event.type is not EventType.IMAGE_SAVED:
            return False
        plain = _signature(event)
        if event.time is not None:
            return self._was_received(plain)
        for heard in (self._outlived, self._earlier, self._received):
            alike = (each for each in heard if each.partition(":")[0] == plain)
            if (found := next(alike, None)) is not None:
                return self._was_received(found)
        return False


def _unreported(missed: Sequence[NinaEvent]) -> list[NinaEvent]:
    """Return events certainly not delivered before a power cut; undated ones may have been."""
    first = next((event.time for event in missed if event.time is not None), None)
    if first is None:
        return []
    return [event for event in missed if event.time is not None and event.time > first + TORN]
