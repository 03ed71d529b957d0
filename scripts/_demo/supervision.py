"""Running a demonstration from a command: signals, limits and the exit code."""

import asyncio
import signal

from .console import Console
from .demonstration import Body, Demonstration, Options
from .errors import DemoError

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 130


def supervise(options: Options, body: Body, limit: float | None = None) -> int:
    """Run a demonstration with a body and return the exit code.

    The first signal stops everything in order, a second one at once. Without a limit the body is
    meant to last, and a signal is how it ends well.
    """
    return asyncio.run(_supervise(options, body, limit))


async def _supervise(options: Options, body: Body, limit: float | None) -> int:
    """Run until done, interrupted or too late."""
    console = Console()
    demonstration = Demonstration(options, console)
    task = asyncio.ensure_future(_limited(demonstration, body, limit))
    interrupted = False

    def interrupt() -> None:
        """Stop, politely only the first time."""
        nonlocal interrupted
        if interrupted:
            demonstration.kill()
        interrupted = True
        task.cancel()

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, interrupt)
    try:
        await task
    except asyncio.CancelledError:
        return 0 if limit is None else INTERRUPTED
    except DemoError as err:
        console.say(f"\nThe demo failed: {err.report()}")
        return 1
    return 0


async def _limited(demonstration: Demonstration, body: Body, limit: float | None) -> None:
    """Run a demonstration within its limit, starting and stopping included."""
    try:
        async with asyncio.timeout(limit):
            await demonstration.run(body)
    except TimeoutError:
        raise DemoError(f"It took longer than {limit:g} s.") from None
