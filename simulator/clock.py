"""The one clock of a simulated observatory: simulated time at an adjustable speed.

A sleeper on the clock wakes at exactly the simulated moment requested: the clock stays at
the earliest pending wake-up until it has been delivered. A late event loop or a slow computation
therefore delays simulated time a little but never reorders or stretches what happens in it.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
import heapq
import itertools
import math
from pathlib import Path
import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SimulationClock", "system_zone"]

_REACTION_ROUNDS = 4

type _Sleeper = tuple[float, int, asyncio.Future[None]]


def system_zone() -> tzinfo:
    """Return the zone of this machine, with its daylight saving rules where they are known."""
    parts = Path("/etc/localtime").resolve().parts
    with contextlib.suppress(ValueError, ZoneInfoNotFoundError):
        return ZoneInfo("/".join(parts[parts.index("zoneinfo") + 1 :]))
    return datetime.now().astimezone().tzinfo or UTC


@dataclass(frozen=True, slots=True)
class _Stretch:
    """From the simulated moment `begin` on, sent as `shown`, times on the wire pass at a `pace`."""

    begin: datetime
    shown: datetime
    pace: float


class SimulationClock:
    """Simulated time: starts at `start` (default: now) and runs `speed` times as fast as reality.

    `zone` is the time zone of the simulated computer; by default that of `start`, else of this
    machine. A `start` without zone is local time of the simulated computer.

    In a time `lapse`, clients are sent the times that their own clocks show: everything inside the
    simulator is in simulated time, `shown` converts moments for the wire and `simulated` those of
    clients, `countdown` what is left of a time. Without it, simulated times are sent.
    """

    def __init__(
        self,
        speed: float = 1.0,
        start: datetime | None = None,
        zone: tzinfo | None = None,
        *,
        lapse: bool = False,
    ) -> None:
        """Start the clock at once."""
        self.zone = zone or (start.tzinfo if start is not None else None) or system_zone()
        start = start if start is not None else datetime.fromtimestamp(time.time(), self.zone)
        start = start if start.tzinfo is not None else start.replace(tzinfo=self.zone)
        self._start = start.astimezone(UTC)
        self._speed = _checked_speed(speed)
        self._base_real = time.monotonic()
        self._base = 0.0
        self._reached = 0.0
        self._skew = timedelta()
        self._holds: dict[int, float] = {}
        self._sleepers: list[_Sleeper] = []
        self._count = itertools.count()
        self._timer: asyncio.Handle | None = None
        self._waking: float | None = None
        self._stretches: list[_Stretch] = []
        self._lapse = False
        self.lapse = lapse

    @property
    def elapsed(self) -> float:
        """Return the simulated seconds since the start."""
        if self._waking is not None:
            return self._waking
        limit = self._base + (time.monotonic() - self._base_real) * self._speed
        self._prune()
        if self._sleepers:
            limit = min(limit, self._sleepers[0][0])
        self._reached = max(self._reached, min(limit, *self._holds.values(), limit))
        return self._reached

    @property
    def speed(self) -> float:
        """Return how many simulated seconds pass in a real one."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        """Change the speed from now on; raises ValueError unless it is positive and finite."""
        speed = _checked_speed(speed)
        self._base = self.elapsed
        self._base_real = time.monotonic()
        self._speed = speed
        self._set_pace()
        self._arm()

    @property
    def lapse(self) -> bool:
        """Return whether times on the wire pass as fast as real time, whatever the speed is."""
        return self._lapse

    @lapse.setter
    def lapse(self, lapse: bool) -> None:
        """Begin or end a time lapse now; times that were sent before stay as they are."""
        self._lapse = lapse
        self._set_pace()

    @property
    def _pace(self) -> float:
        """Return the seconds on the wire in a simulated second."""
        return self._stretches[-1].pace if self._stretches else 1.0

    def _set_pace(self) -> None:
        """Let times on the wire pass as speed and time lapse want it from now on."""
        pace = 1 / self._speed if self._lapse else 1.0
        if pace != self._pace:
            now = self._start + timedelta(seconds=self.elapsed)
            self._stretches.append(_Stretch(now, self.shown(now), pace))

    def shown(self, moment: datetime) -> datetime:
        """Return an aware simulated moment, past or future, as it is sent to clients.

        The result for a moment of the past never changes, and has the zone of the moment. A moment
        to come is as far away as it takes in reality at the current speed.
        """
        for stretch in reversed(self._stretches):
            if moment >= stretch.begin:
                shown = stretch.shown + (moment - stretch.begin) * stretch.pace
                return shown.astimezone(moment.tzinfo)
        return moment

    def simulated(self, shown: datetime) -> datetime:
        """Return the simulated moment for an aware time of a client: the opposite of `shown`.

        Raises OverflowError where that is beyond the calendar.
        """
        for stretch in reversed(self._stretches):
            if shown >= stretch.shown:
                moment = stretch.begin + (shown - stretch.shown) / stretch.pace
                return moment.astimezone(shown.tzinfo)
        return shown

    def countdown[T: (float, timedelta)](self, left: T) -> T:
        """Return what is left of a simulated time as it is sent to clients."""
        return left if self._pace == 1 else left * self._pace

    @property
    def skew(self) -> float:
        """Return by how many seconds the simulated computer's clock is fast."""
        return self._skew.total_seconds()

    def set_skew(self, seconds: float) -> None:
        """Make the simulated computer's clock wrong by so many seconds; durations are unaffected."""
        self._skew = timedelta(seconds=seconds)

    def true_now(self) -> datetime:
        """Return the simulated moment without the error of the computer's clock, in its zone."""
        return (self._start + timedelta(seconds=self.elapsed)).astimezone(self.zone)

    def now(self) -> datetime:
        """Return the time of the simulated computer's clock, aware, in its zone."""
        return (self._start + timedelta(seconds=self.elapsed) + self._skew).astimezone(self.zone)

    def localize(self, moment: datetime) -> datetime:
        """Return an aware moment in the simulated computer's zone."""
        return moment.astimezone(self.zone)

    async def sleep(self, seconds: float) -> None:
        """Return when so many simulated seconds have passed."""
        await self._sleep_to(self.elapsed + max(0.0, seconds))

    async def sleep_until(self, moment: datetime) -> None:
        """Return when the simulated computer's clock shows that moment."""
        await self._sleep_to((moment - self._start - self._skew).total_seconds())

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let no simulated time pass in this block: for work that is quick in reality."""
        key = next(self._count)
        self._holds[key] = self.elapsed
        try:
            yield
        finally:
            del self._holds[key]
            self._arm()

    async def _sleep_to(self, deadline: float) -> None:
        """Wait until the clock has reached a number of elapsed seconds."""
        if deadline <= self.elapsed:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._sleepers, (deadline, next(self._count), future))
        self._arm()
        try:
            await future
        finally:
            if future.cancelled():
                self._arm()

    def _prune(self) -> None:
        """Forget sleepers that were canceled."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)

    def _arm(self) -> None:
        """Set the timer for the earliest sleeper, unless one is just being woken."""
        if self._waking is not None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._prune()
        if not self._sleepers or self._holds:
            return
        deadline, _, future = self._sleepers[0]
        loop = future.get_loop()
        if loop.is_closed():
            return
        real = self._base_real + (deadline - self._base) / self._speed - time.monotonic()
        self._timer = loop.call_later(real, self._wake) if real > 0 else loop.call_soon(self._wake)

    def _wake(self) -> None:
        """Wake the earliest sleeper; simulated time stands still while it reacts."""
        self._timer = None
        self._waking = None
        self._prune()
        if not self._sleepers or self._holds:
            return
        deadline, _, future = self._sleepers[0]
        if self._base + (time.monotonic() - self._base_real) * self._speed < deadline:
            self._arm()
            return
        heapq.heappop(self._sleepers)
        self._reached = self._waking = max(self._reached, deadline)
        future.set_result(None)
        self._settle(future.get_loop(), _REACTION_ROUNDS)

    def _settle(self, loop: asyncio.AbstractEventLoop, rounds: int) -> None:
        """Give tasks that were woken, and those that they wake, some rounds of the loop to react."""
        if rounds:
            self._timer = loop.call_soon(self._settle, loop, rounds - 1)
        else:
            self._wake()


def _checked_speed(speed: float) -> float:
    """Return the speed or raise ValueError."""
    if not math.isfinite(speed) or speed <= 0:
        raise ValueError(f"the speed must be a positive number, not {speed}")
    return speed
