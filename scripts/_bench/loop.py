"""How long the event loop is held."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter


class Watch:
    """The longest time in seconds between two turns of the event loop."""

    def __init__(self) -> None:
        """Begin with none."""
        self.longest = 0.0


@asynccontextmanager
async def watched() -> AsyncIterator[Watch]:
    """Watch the loop: it never rests meanwhile, so what lies between two turns is a hold."""
    watch, over = Watch(), False

    async def look() -> None:
        last = perf_counter()
        while not over:
            await asyncio.sleep(0)
            now = perf_counter()
            watch.longest, last = max(watch.longest, now - last), now

    looking = asyncio.create_task(look())
    await asyncio.sleep(0)
    try:
        yield watch
    finally:
        over = True
        await looking
