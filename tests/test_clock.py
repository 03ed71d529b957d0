"""The clock of the tests, and the loop that turns it."""

import asyncio
from threading import Barrier, Event
import time

from homeassistant.util import executor
import pytest

from . import clock
from .clock import TurningLoop

pytestmark = pytest.mark.real_time


def test_time_in_which_nothing_happens_is_passed_over() -> None:
    began = time.perf_counter()

    async def sleep() -> float:
        before = time.monotonic()
        await asyncio.sleep(3600)
        return time.monotonic() - before

    with asyncio.Runner(loop_factory=TurningLoop) as runner:
        assert runner.run(sleep()) == pytest.approx(3600, abs=1)
    assert time.perf_counter() - began < 60


def test_a_thread_that_does_not_end_does_not_keep_the_loop_from_closing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "_THREAD_END", 0.3)
    released = Event()
    pool = executor.InterruptibleThreadPoolExecutor(max_workers=1)

    async def leave_a_thread() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(pool)
        loop.run_in_executor(None, released.wait)

    with asyncio.Runner(loop_factory=TurningLoop) as runner:
        runner.run(leave_a_thread())
    released.set()
    for thread in pool._threads:
        thread.join()


def test_threads_that_get_no_time_are_not_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Home Assistant's executor would interrupt them on their way to end."""
    monkeypatch.setattr(executor, "EXECUTOR_SHUTDOWN_TIMEOUT", 0.001)
    for _ in range(100):
        pool = executor.InterruptibleThreadPoolExecutor(max_workers=8)
        met = Barrier(8)
        for job in [pool.submit(met.wait) for _ in range(8)]:
            job.result()
        pool.shutdown()
        assert [thread for thread in pool._threads if thread.is_alive()] == []
