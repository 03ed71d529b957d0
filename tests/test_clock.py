"""The clock of the tests, and the loop that turns it."""

import asyncio
from threading import Event
import time

from homeassistant.util import executor
import pytest

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
    """Home Assistant's executor gives it up after a while, which has to pass for it as well."""
    monkeypatch.setattr(executor, "EXECUTOR_SHUTDOWN_TIMEOUT", 0.3)
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
