"""A clock that passes over the time in which nothing happens, and the event loop that turns it.

Real sockets need no real time where both ends belong to one loop: what one end sends the other can
read at once. So where the loop has nothing to do but wait for its next timer, the clock is turned
to that timer. What the loop does takes as long on a busy machine as on a quick one.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
import selectors
import time
from typing import Self, override

# What passes with each look at the clock, so that a later one shows a later time.
_LOOK = 1e-6
# What passes with each round of the loop: about what it takes on a machine that is not busy.
_ROUND = 2.5e-4
# How long a job in a thread is waited for, in real seconds, before time passes over it as well.
_JOB = 60.0
# The longest wait for a thread to end, in real seconds. The harness names one that is left.
_THREAD_END = 60.0

_monotonic, _time = time.monotonic, time.time


class Clock:
    """What `time.monotonic` and `time.time` show: real time, unless a loop turns them."""

    def __init__(self) -> None:
        """Show real time."""
        self._turned: float | None = None
        self._began = self._began_utc = 0.0

    def start(self) -> None:
        """Stand still from now on, unless turned."""
        self._turned = 0.0
        self._began, self._began_utc = _monotonic(), _time()

    def stop(self) -> None:
        """Show real time again."""
        self._turned = None

    def turn(self, seconds: float) -> None:
        """Let time pass."""
        if self._turned is not None:
            self._turned += seconds

    def set(self, now: datetime) -> None:
        """Show another date from now on, where a loop turns the clock; durations are unaffected."""
        if self._turned is not None:
            self._began_utc = now.timestamp() - self._turned

    def monotonic(self) -> float:
        """Stand in for `time.monotonic`."""
        return self._show(_monotonic, self._began)

    def time(self) -> float:
        """Stand in for `time.time`."""
        return self._show(_time, self._began_utc)

    def _show(self, real: Callable[[], float], began: float) -> float:
        """Return what a clock shows, later than the last time."""
        if self._turned is None:
            return real()
        self._turned += _LOOK
        return began + self._turned

    def utcnow(self) -> datetime:
        """Stand in for `homeassistant.util.dt.utcnow`."""
        return datetime.fromtimestamp(self.time(), UTC)


CLOCK = Clock()


class _AnyDatetime(type):
    """The type of what any `datetime` is an instance of."""

    @override
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


class ClockDatetime(datetime, metaclass=_AnyDatetime):
    """What stands in for `datetime` in modules that ask it for the time."""

    @override
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        """Return what the clock shows."""
        return cls.fromtimestamp(CLOCK.time(), tz)


def install() -> None:
    """Have `time` show what the clock shows; before anything is imported that takes from it."""
    time.monotonic = CLOCK.monotonic
    time.time = CLOCK.time


def join_threads(executor: ThreadPoolExecutor) -> None:
    """Wait for the threads of an executor that is shut down.

    Home Assistant's own interrupts a thread that gets no processor for a fraction of a second. Each
    thread wakes the next one to end, so one that is interrupted before that leaves the next forever.
    """
    for thread in set(executor._threads):
        thread.join(_THREAD_END)


class _Selector(selectors.DefaultSelector):
    """A selector that turns the clock instead of waiting."""

    def __init__(self) -> None:
        """Begin without jobs."""
        super().__init__()
        self.jobs = 0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready, at once where only time has to pass."""
        CLOCK.turn(_ROUND)
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        found = super().select(_JOB if self.jobs else 0)
        if not found:
            CLOCK.turn(timeout)
        return found


class TurningLoop(asyncio.SelectorEventLoop):
    """An event loop that turns the clock to its next timer when it has nothing else to do.

    It waits for what it has given to threads, since it cannot see how far that is.
    """

    def __init__(self) -> None:
        """Take over the clock."""
        # The loop lets go of its own when it is closed; a thread may end after that.
        self._turner = _Selector()
        super().__init__(self._turner)
        CLOCK.start()

    @override
    def close(self) -> None:
        """Give the clock back."""
        CLOCK.stop()
        super().close()

    @contextmanager
    def _job(self) -> Iterator[None]:
        """Have something under way that is waited for."""
        self._turner.jobs += 1
        try:
            yield
        finally:
            self._turner.jobs -= 1

    @override
    def run_in_executor[T, *A](
        self, executor: Executor | None, func: Callable[[*A], T], *args: *A
    ) -> asyncio.Future[T]:
        """Have a thread do something."""
        future = super().run_in_executor(executor, func, *args)
        job = self._job()
        job.__enter__()
        future.add_done_callback(lambda _: job.__exit__(None, None, None))
        return future

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait for the threads to end, in real time.

        The limit of the loop would be turned to. Every test does this three times: threads that have
        nothing to do are waited for here, and once, without another thread that waits for them.
        """
        CLOCK.stop()
        if self._turner.jobs:
            with self._job():
                await super().shutdown_default_executor(None)
            return
        self._executor_shutdown_called = True
        executor: Executor | None = self._default_executor  # type: ignore[has-type]
        self._default_executor = None
        if executor is not None:
            executor.shutdown()


@contextmanager
def standing_still() -> Iterator[None]:
    """Let no time pass while the running loop waits for a thread that it did not start."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, TurningLoop):
        yield
        return
    with loop._job():
        yield
