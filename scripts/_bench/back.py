"""From the moment at which N.I.N.A. answers again to entities that are available again."""

import asyncio
from typing import Final

from .house import House, settled_house

# Outages in seconds: a short one, and one after which it counts as closed for the day.
_OUTAGES: Final = (30.0, 150.0)
_WITHIN: Final = 120.0


async def measure() -> dict[str, float]:
    """Return the longest time in seconds."""
    async with settled_house("idle") as house:
        return {"back": max([await _outage(house, each) for each in _OUTAGES])}


async def _outage(house: House, seconds: float) -> float:
    """Return how long after an outage everything that was available is so again."""
    before = house.available()
    await house.site.ask("fault", name="refuse")
    await asyncio.sleep(seconds)
    if len(house.available()) > len(before) / 2:
        raise RuntimeError("the outage was not noticed")
    at = float((await house.site.ask("heal"))["at"])
    took = await house.until(lambda: before <= house.available(), _WITHIN) - at
    await house.settled()
    return took
