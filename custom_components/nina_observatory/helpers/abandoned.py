"""Errors of calls whose caller has hung up.

Home Assistant's REST API goes on with a call after the connection is closed, as it should: a roof that
is closing closes. It shields the call from that with `asyncio.shield`, which logs an error that nobody
is left to get with a traceback.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.core import ServiceRegistry
from homeassistant.exceptions import HomeAssistantError

from ..const import LOGGER


@contextmanager
def log_if_abandoned(what: str) -> Iterator[None]:
    """Log an error in one line, and suppress it, if nobody waits for the call any more.

    To be used only around all that a call does: what comes after it is carried out in any case.
    """
    try:
        yield
    except HomeAssistantError as err:
        if not _is_abandoned():
            raise
        LOGGER.warning("%s: %s", what, err)


def _is_abandoned() -> bool:
    """Return whether the running task is nothing but a call, and no other task waits for it."""
    task = asyncio.current_task()
    if task is None or getattr(task.get_coro(), "cr_code", None) is not _CALL:
        return False
    graph = asyncio.capture_call_graph(task, limit=0)
    return graph is not None and not graph.awaited_by


# The code of a task that is nothing but a call. A script waits for the calls that it makes.
_CALL = ServiceRegistry.async_call.__code__
