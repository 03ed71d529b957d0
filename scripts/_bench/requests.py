"""Requests to the Advanced API while nothing happens that causes any."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from .house import House, settled_house

_SCENARIOS: Final = {"imaging": "clear_night", "idle": "idle", "nothing": "cold_start"}
# What is read most seldom is read once in so many minutes.
_MINUTES: Final = 30.0
# Seconds after a set-up in which delayed readings are over.
_REST: Final = 12.0


async def measure(what: str) -> dict[str, float]:
    """Return requests, kilobytes of answers or attempts to connect, each a minute."""
    if what == "gone":
        return {"requests-gone": await _attempts()}
    async with settled_house(_SCENARIOS[what]) as house:
        await asyncio.sleep(_REST)
        before = await house.site.ask("status")
        await asyncio.sleep(60 * _MINUTES)
        after = await house.site.ask("status")
    rates = {
        f"requests-{what}": (after["requests"] - before["requests"]) / _MINUTES,
        f"traffic-{what}": (after["bytes"] - before["bytes"]) / 1000 / _MINUTES,
    }
    return rates if what == "imaging" else {f"requests-{what}": rates[f"requests-{what}"]}


async def _attempts() -> float:
    """Return how often a minute somebody tries to connect to an N.I.N.A. that is gone."""
    async with settled_house("idle") as house:
        await house.site.ask("fault", name="refuse")
        await asyncio.sleep(60)
        with _counted(house) as attempts:
            await asyncio.sleep(60 * _MINUTES)
        return len(attempts) / _MINUTES


@contextmanager
def _counted(house: House) -> Iterator[list[Any]]:
    """Count the connections that are begun to the Advanced API: nobody is there who could."""
    loop, attempts = house.hass.loop, []
    connect = loop.sock_connect

    async def counted(sock: Any, address: Any) -> None:
        if address[1] == house.site.port:
            attempts.append(address)
        await connect(sock, address)

    loop.sock_connect = counted  # type: ignore[method-assign]
    try:
        yield attempts
    finally:
        loop.sock_connect = connect  # type: ignore[method-assign]
