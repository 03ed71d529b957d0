"""Errors of calls whose caller has given up.

Home Assistant's REST API continues a call after the connection is closed, as it should: a roof that
is closing closes. It shields the call from that with `asyncio.shield`, which logs an error that nobody
is left to receive, with a traceback.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.core import ServiceRegistry
from homeassistant.exceptions import HomeAssistantError

from ..const import LOGGER

# The code of a task that is nothing but a call.
_CALL = ServiceRegistry.async_call.__code__


@contextmanager
def log_if_abandoned(what: str) -> Iterator[None]:
    """Log an error in one line, and end as canceled, if the caller waited for the call and gave up.

    A call may begin before its caller waits for it, so only a caller that was seen can give up. A call
    that ends as canceled never counts as done, not even for a caller that asks for its result later.
    """
    task = asyncio.current_task()
    was_awaited: list[bool] = []
    # The caller waits from the next turn of the loop on.
    note = asyncio.get_running_loop().call_soon(lambda: was_awaited.append(_is_awaited(task)))
    try:
        yield
    except HomeAssistantError as err:
        if not any(was_awaited) or _is_awaited(task):
            raise
        LOGGER.warning("%s: %s", what, err)
        raise asyncio.CancelledError from err
    finally:
        note.cancel()


def _is_awaited(task: asyncio.Task[object] | None) -> bool:
    """Return whether something waits for the call that a task carries out, for one entity or for all."""
    graph = None if task is None else asyncio.capture_call_graph(task, limit=0)
    if graph is None:
        return False
    calls = [each for each in (graph, *graph.awaited_by) if _is_call(each.future)]
    return any(call.awaited_by for call in calls)


def _is_call(future: asyncio.Future[object]) -> bool:
    """Return whether a task does nothing else than a call: its error has nowhere else to go."""
    return isinstance(future, asyncio.Task) and (
        getattr(future.get_coro(), "cr_code", None) is _CALL
    )
