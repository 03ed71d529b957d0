"""From a roof that does not close to people who know it: `roof_close_failed` on the bus."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from .house import House, NotMeasurableError, settled_house

# Seconds in which the roof closes, and after which nobody waits for its failure any more.
_TRAVEL: Final = 15.0
_MOST: Final = 120.0
_FAILED: Final = "roof_close_failed"
# How a roof fails without an error of its driver: it reports closing forever, or stands halfway.
_SILENT: Final = ("endless", "halt")

type Told = Callable[[], float | None]
type Fail = Callable[[House], Awaitable[float]]


async def measure() -> dict[str, float]:
    """Return seconds until a person is told in each case, and of silent roofs their usual travels."""
    silent = [await _silent(each) for each in _SILENT]
    unread = [await _alone(each) for each in (_driver_lost, _nina_lost)]
    return {
        "roof-error": await _alone(_error),
        "roof-unread": max(unread),
        "roof-silent": max(silent),
    }


async def _alone(fail: Fail) -> float:
    """Return the seconds for a roof that has never failed before: each failure is remembered."""
    async with settled_house("idle", travel=_TRAVEL) as house:
        return await _failing(house, fail)


async def _silent(mode: str) -> float:
    """Return how many of its usual travel times it takes."""
    async with settled_house("idle", travel=_TRAVEL) as house:
        usual = await _close(house)
        return await _failing(house, partial(_stuck, mode=mode)) / usual


async def _close(house: House) -> float:
    """Open the roof and close it; return how long it took until that was proven."""
    await _open(house)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await _command(house, blocking=True)
    return loop.time() - began


async def _open(house: House) -> None:
    """Have the roof open, and seen to be."""
    await house.site.ask("roof", opening=1.0)
    await house.until(lambda: house.state("cover", "dome_shutter") == "open", _MOST)


async def _command(house: House, *, blocking: bool = False) -> None:
    """Have the roof closed, waiting for it or not."""
    cover = house.entity("cover", "dome_shutter")
    await house.hass.services.async_call(
        "cover", "close_cover", {"entity_id": cover}, blocking=blocking
    )


@contextmanager
def _told(house: House) -> Iterator[Told]:
    """Give the moment at which a person was told, None before it."""
    with house.heard() as heard:

        def told() -> float | None:
            return next((at for at, data in heard if data["type"] == _FAILED), None)

        yield told


async def _failing(house: House, fail: Fail) -> float:
    """Return how long after a failure a person is told."""
    await _open(house)
    with _told(house) as told:
        since = await fail(house)
        try:
            await house.until(lambda: told() is not None, _MOST)
        except TimeoutError:
            raise NotMeasurableError(f"no notification within {_MOST:.0f} s") from None
        at = told()
    assert at is not None
    return at - since


async def _error(house: House) -> float:
    """Have the roof stand halfway, and its driver report an error; return when it did first."""
    await house.site.ask("fault", name="stuck_shutter", mode="jam", direction="close")
    await _command(house)
    while True:
        when, report = (await house.site.ask("reports"))["reports"][-1]
        if report == "ShutterError":
            return float(when)
        await asyncio.sleep(0.05)


async def _stuck(house: House, mode: str) -> float:
    """Have the roof not arrive, and its driver report no error; return when that began."""
    at = (await house.site.ask("fault", name="stuck_shutter", mode=mode, direction="close"))["at"]
    await _command(house)
    return float(at)


async def _driver_lost(house: House) -> float:
    """Have the driver drop out while the roof closes; return when it did."""
    await _command(house)
    await asyncio.sleep(_TRAVEL / 3)
    return float(
        (await house.site.ask("fault", name="driver_lost", device="dome", comes_back=True))["at"]
    )


async def _nina_lost(house: House) -> float:
    """Have N.I.N.A. refuse connections while the roof closes; return since when."""
    await _command(house)
    await asyncio.sleep(_TRAVEL / 3)
    return float((await house.site.ask("fault", name="refuse"))["at"])
