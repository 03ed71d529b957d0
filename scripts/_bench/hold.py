"""How long the event loop is held by what N.I.N.A. lets grow."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from .house import House, house, observatory
from .loop import watched

_NODES, _FRAMES, _EVENTS = 5_000, 2_000, 2_500
_ROUNDS: Final = 3
_SAVED: Final = 10
# Seconds in which a frame is taken in.
_TAKES: Final = 0.5
_EVENT: Final = "COFFEE-READY"
_TELLS_WITHIN: Final = 60.0


async def measure() -> dict[str, float]:
    """Return the longest hold in milliseconds of each kind of work, the least of some rounds."""
    async with observatory("clear_night") as site:
        await site.ask("image")
        await site.ask("frames", number=_FRAMES)
        await site.ask("load", nodes=_NODES)
        await site.ask("record", name=_EVENT, number=_EVENTS)
        async with house(site) as made:
            await made.set_up()
            await made.settled()
            return {
                "hold-set-up": await _least(lambda: _reload(made)),
                "hold-read": await _least(lambda: _read(made)),
                "hold-replay": await _least(lambda: _replay(made)),
                "hold-frame": await _least(lambda: _frames(made)),
            }


async def _least(work: Callable[[], Awaitable[Any]]) -> float:
    """Return the milliseconds of the longest hold in the round where it was least."""
    holds = []
    for _ in range(_ROUNDS):
        async with watched() as watch:
            await work()
        holds.append(watch.longest)
    return 1000 * min(holds)


async def _reload(made: House) -> None:
    """Set the entry up again, and have everything read."""
    await made.reload()
    await made.settled()


async def _read(made: House) -> None:
    """Have everything read again, as after a connection that was lost."""
    before = await made.site.ask("status")
    await made.site.ask("fault", name="socket_drop")
    await asyncio.sleep(1)
    await made.settled()
    after = await made.site.ask("status")
    if after["requests"] == before["requests"]:
        raise RuntimeError("nothing was read again")


async def _replay(made: House) -> None:
    """Have many events missed and told afterward."""
    site = made.site
    with made.heard() as heard:
        await site.ask("fault", name="socket_refuse")
        await site.ask("fault", name="socket_drop")
        await asyncio.sleep(0.5)
        await site.ask("record", name=_EVENT, number=_EVENTS)
        await site.ask("heal")
        await made.until(lambda: len(heard) >= _EVENTS, _TELLS_WITHIN)
    await made.settled()


async def _frames(made: House) -> None:
    """Have some frames saved."""
    for number in range(_SAVED):
        await made.site.ask("save", hfr=2 + number / 100)
        await asyncio.sleep(_TAKES)
