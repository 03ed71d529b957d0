"""Background work of N.I.N.A.: every task is owned, and the token families of the API."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from .reply import UNKNOWN_ERROR

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["Tasks", "finished"]

_LOGGER = logging.getLogger(__name__)


async def finished(task: asyncio.Task[bool], *, canceled_is_error: bool = False) -> bool:
    """Wait for background work and return whether it succeeded.

    Raises `UNKNOWN_ERROR` for canceled work where that is an error; otherwise it did not succeed.
    """
    await asyncio.wait([task])
    if task.cancelled():
        if canceled_is_error:
            raise UNKNOWN_ERROR
        return False
    return task.exception() is None and bool(task.result())


class Tasks:
    """Tasks that end together; of one family only the newest runs.

    `ending` is true while all are ended: then no driver is stopped.
    """

    def __init__(self) -> None:
        """Begin without tasks."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._families: dict[str, asyncio.Task[Any]] = {}
        self.ending = False

    def start[T](self, work: Coroutine[Any, Any, T], family: str | None = None) -> asyncio.Task[T]:
        """Run something in the background; the former task of the family is canceled."""
        if family is not None:
            self.cancel(family)
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        if family is not None:
            self._families[family] = task
        return task

    def cancel(self, family: str) -> bool:
        """Cancel the tasks of a family, and return whether there were any."""
        task = self._families.pop(family, None)
        return task is not None and task.cancel()

    def running(self, family: str) -> bool:
        """Return whether something of that family runs."""
        task = self._families.get(family)
        return task is not None and not task.done()

    async def stop(self) -> None:
        """Cancel everything and wait until it has ended."""
        current = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not current]
        self.ending = True
        try:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self.ending = False

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """Forget a task; a failure shows only in the log, as in N.I.N.A."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOGGER.error("Background work failed", exc_info=error)
