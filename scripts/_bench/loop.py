"""How long the event loop is held."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import thread_time


class Watch:
    """The longest hold: processor time in seconds of the loop's thread between two of its turns.

    Processor time, because the time of day includes other programs and the imports of other threads.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.longest = 0.0


@asynccontextmanager
async def watched() -> AsyncIterator[Watch]:
    """Watch the loop, which takes one turn after the other meanwhile."""
    watch, over = Watch(), False

    async def look() -> None:
        last = thread_time()
        while not over:
            await asyncio.sleep(0)
            now = thread_time()
            watch.longest, last = max(watch.longest, now - last), now

    looking = asyncio.create_task(look())
    await asyncio.sleep(0)
    try:
        yield watch
    finally:
        over = True
        await looking
