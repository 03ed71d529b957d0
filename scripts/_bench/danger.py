"""From what N.I.N.A. sees, or its end, to *Safety*."""

import asyncio
from typing import Final

from .house import NOT_SAFE, House, settled_house

_ROUNDS: Final = 5
_POLL: Final = "/v2/api/equipment/info"
# Seconds after a poll at which something happens: just after it, in between, just before the next.
_MOMENTS: Final = (0.2, 5.0, 9.3)
_REST: Final = 5.0
_BACK_WITHIN: Final = 60.0


async def measure() -> dict[str, float]:
    """Return the longest time to *Safety* on in each case, in seconds."""
    async with settled_house("idle") as house:
        await _safe(house)
        found = {"unsafe-push": max([await _pushed(house) for _ in range(_ROUNDS)])}
        refused = [await _gone(house, "refuse", moment) for moment in _MOMENTS]
        frozen = [await _gone(house, "frozen", moment) for moment in _MOMENTS]
        found |= {"unsafe-refused": max(refused), "unsafe-frozen": max(frozen)}
        await house.site.ask("fault", name="socket_refuse")
        await house.site.ask("fault", name="socket_drop")
        await asyncio.sleep(_REST)
        polled = [await _unheard(house, moment) for moment in _MOMENTS]
        return found | {"unsafe-polled": max(polled)}


async def _safe(house: House) -> None:
    """Wait until it is safe, and a while more."""
    await house.until(lambda: house.state(*NOT_SAFE) == "off", _BACK_WITHIN)
    await asyncio.sleep(_REST)


async def _turned_on(house: House, since: float) -> float:
    """Return how long after a moment it is not safe."""
    return await house.until(lambda: house.state(*NOT_SAFE) == "on", _BACK_WITHIN) - since


async def _pushed(house: House) -> float:
    """Return how long it takes while events are heard."""
    at = (await house.site.ask("safe", safe=False))["at"]
    seconds = await _turned_on(house, at)
    await house.site.ask("safe", safe=True)
    await _safe(house)
    return seconds


async def _after_a_poll(house: House, seconds: float) -> None:
    """Return so many seconds after a poll."""
    before = await _polls(house)
    while await _polls(house) == before:
        await asyncio.sleep(0.1)
    await asyncio.sleep(seconds)


async def _polls(house: House) -> int:
    """Return how many polls were answered."""
    requests = (await house.site.ask("requests"))["requests"]
    return sum(path == _POLL and answered is not None for path, _, answered in requests)


async def _unheard(house: House, moment: float) -> float:
    """Return how long it takes while no events are heard."""
    await _after_a_poll(house, moment)
    at = (await house.site.ask("safe", safe=False))["at"]
    seconds = await _turned_on(house, at)
    await house.site.ask("safe", safe=True)
    await _safe(house)
    return seconds


async def _gone(house: House, fault: str, moment: float) -> float:
    """Return how long it takes after N.I.N.A. has gone."""
    await _after_a_poll(house, moment)
    at = (await house.site.ask("fault", name=fault))["at"]
    seconds = await _turned_on(house, at)
    await house.site.ask("heal")
    await _safe(house)
    await house.settled()
    return seconds
