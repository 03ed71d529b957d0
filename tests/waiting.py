"""Waiting for a condition instead of for a time."""

import asyncio
from collections.abc import Callable
from time import monotonic


async def eventually(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Return as soon as a condition holds; fail when it does not within some seconds."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            raise AssertionError(f"did not happen within {seconds:g} s")
        await asyncio.sleep(0.01)
