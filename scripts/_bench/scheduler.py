"""Requests to the Target Scheduler, with few projects and with many."""

import asyncio
from typing import Final

from .house import settled_house

# Everything is read every ten minutes, so a few of these.
_MINUTES: Final = 30.0
_FEW, _MANY = 3, 60
# A frame every thirty seconds: the more frames, the more there is to read.
_EXPOSURE: Final = 30.0


async def measure() -> dict[str, float]:
    """Return requests a minute while imaging, and requests in five minutes for each project."""
    imaging = [await _rate("clear_night", number) for number in (_FEW, _MANY)]
    idle = [5 * await _rate("idle", number) / number for number in (_FEW, _MANY)]
    return {
        "scheduler-imaging-few": imaging[0],
        "scheduler-imaging-many": imaging[1],
        "scheduler-idle": max(idle),
    }


async def _rate(scenario: str, projects: int) -> float:
    """Return how many requests a minute so many active projects cost."""
    async with settled_house(scenario, projects=projects, exposure=_EXPOSURE) as house:
        before = await house.site.ask("status")
        await asyncio.sleep(60 * _MINUTES)
        after = await house.site.ask("status")
        return float(after["scheduler"] - before["scheduler"]) / _MINUTES
