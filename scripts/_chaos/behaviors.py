"""What can go wrong with a command: replies, drivers, connections, N.I.N.A. itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from simulator import Observatory

from .pace import scaled


class Behavior(StrEnum):
    """How N.I.N.A., a driver or the connection behaves while something is commanded."""

    WORKS = "works"
    # Answered as done: nothing is done, and nothing announced.
    IGNORED = "ignored"
    # Answered as done and announced as such, and nothing is done.
    CLAIMED = "claimed"
    STUCK = "stuck"
    HALF_WAY = "half_way"
    # The driver itself reports an error.
    ERRS = "errs"
    ERROR_ONCE = "error_once"
    # An error, although the movement has begun.
    ERROR_AFTER = "error_after"
    ERROR_ALWAYS = "error_always"
    HANGS = "hangs"
    # Done, and never answered.
    HANGS_AFTER = "hangs_after"
    # Done, and the connection is reset in the middle of the reply.
    RESET = "reset"
    # The connection is reset before anything is done.
    LOST = "lost"
    RESTART = "restart"
    SLOW = "slow"
    SILENT = "silent"
    ENDLESS = "endless"
    # The driver goes on saying that it moves after it has arrived.
    LINGERS = "lingers"


# With these what was commanded has to happen.
SURVIVED: Final = frozenset(
    {
        Behavior.WORKS,
        Behavior.ERROR_ONCE,
        Behavior.ERROR_AFTER,
        Behavior.HANGS_AFTER,
        Behavior.RESET,
        Behavior.LOST,
        Behavior.SLOW,
        Behavior.SILENT,
        Behavior.LINGERS,
    }
)


@dataclass(frozen=True)
class Fault:
    """A fault of the simulator with its options."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)


# A fault, or a change of the observatory's habits.
type Cause = Fault | Callable[[Observatory], None]

# How late an answer comes that takes 5 s.
LATE: Final = scaled(5)


def fault(name: str, **options: Any) -> Fault:
    """Return a fault of the simulator."""
    return Fault(name, options)


# What can happen to the reply of any command.
_REPLIES: Final[dict[Behavior, Fault]] = {
    Behavior.IGNORED: fault("not_done"),
    Behavior.ERROR_ONCE: fault("unknown_error", count=1),
    Behavior.ERROR_AFTER: fault("unknown_error", count=1, done=True),
    Behavior.ERROR_ALWAYS: fault("unknown_error"),
    Behavior.HANGS: fault("hang"),
    Behavior.HANGS_AFTER: fault("hang", done=True),
    Behavior.RESET: fault("reset", count=1),
    Behavior.LOST: fault("lost_reply", count=1, done=False),
}
# What needs nothing of the command.
GENERAL: Final = (*_REPLIES, Behavior.WORKS, Behavior.RESTART, Behavior.SLOW)


@asynccontextmanager
async def behaving(
    observatory: Observatory, behavior: Behavior, path: str, own: Cause | None
) -> AsyncIterator[None]:
    """Have the observatory behave like that toward a command.

    `own` is the command's own cause; habits of drivers are theirs from the beginning.
    """
    restart: asyncio.Task[None] | None = None
    if isinstance(own, Fault):
        await observatory.faults.start(own.name, **own.options)
    elif own is None and behavior in _REPLIES:
        reply = _REPLIES[behavior]
        await observatory.faults.start(reply.name, path=path, **reply.options)
    elif behavior is Behavior.SLOW:
        await observatory.faults.start("slow", seconds=LATE)
    elif behavior is Behavior.RESTART:
        restart = asyncio.ensure_future(_restart(observatory, path))
    try:
        yield
    finally:
        if restart is not None:
            restart.cancel()
            await asyncio.wait([restart])


async def _restart(observatory: Observatory, path: str) -> None:
    """Restart N.I.N.A. as soon as the command arrived."""
    before = observatory.ledger.count(path)
    while observatory.ledger.count(path) == before:  # nothing tells
        await asyncio.sleep(0.005)
    await observatory.faults.start("restart", seconds=5.0)
