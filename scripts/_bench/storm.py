"""A thousand events in one second."""

import asyncio
from collections import Counter
from contextlib import nullcontext, suppress
from typing import Any, Final

from .house import House, is_turned, settled_house
from .loop import Watch, watched
from .payloads import NUMBERED, storm

_EVENTS, _SECONDS = 1_000, 1.0
_ROUNDS: Final = 3
# Seconds in which the last reading that a storm causes has begun.
_AFTERWARDS: Final = 12.0
_TELLS_WITHIN: Final = 10.0


async def measure() -> dict[str, float]:
    """Return lost events and requests of the worst storm, and the hold of the loop in the best."""
    lost, requests, holds = [], [], []
    async with settled_house("idle") as house:
        for _ in range(_ROUNDS):
            regular = await _regular(house)
            async with watched() if not is_turned() else nullcontext(Watch()) as watch:
                missing, asked = await _round(house)
            lost.append(missing)
            requests.append(asked - regular)
            holds.append(watch.longest)
    return {
        "storm-lost": max(lost),
        "storm-requests": max(requests),
        "storm-hold": 1000 * min(holds),
    }


async def _regular(house: House) -> int:
    """Return how many requests there are in the same time without a storm."""
    before = await house.site.ask("status")
    await asyncio.sleep(_SECONDS + _AFTERWARDS)
    after = await house.site.ask("status")
    return int(after["requests"] - before["requests"])


async def _round(house: House) -> tuple[int, int]:
    """Return how many events of one storm were lost or told twice, and the requests until its end."""
    kinds = storm(_EVENTS)
    before = await house.site.ask("status")
    with house.heard() as heard:
        await house.site.ask("storm", kinds=kinds, seconds=_SECONDS)
        with suppress(TimeoutError):
            await house.until(lambda: len(heard) >= _EVENTS, _TELLS_WITHIN)
        await asyncio.sleep(_AFTERWARDS)
    after = await house.site.ask("status")
    numbers = Counter(_number(data) for _, data in heard if data.get("name") == NUMBERED)
    sent = Counter(payload["Number"] for name, payload in kinds if name == NUMBERED)
    wrong = (sent - numbers).total() + (numbers - sent).total()
    # Events that the storm itself has caused are none of it.
    missing = max(0, _EVENTS - len(heard))
    return max(wrong, missing), after["requests"] - before["requests"]


def _number(data: dict[str, Any]) -> Any:
    """Return the number of an event."""
    return data["data"].get("number")
