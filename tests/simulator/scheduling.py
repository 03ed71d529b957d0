"""What the tests of the scheduler's server share: a place, a time, and ways to ask."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from yarl import URL

from simulator.clock import SimulationClock
from simulator.scheduler.server import SchedulerServer
from simulator.scheduler.store import Store
from simulator.scheduler.tonight import PROFILES, store_for_tonight
from simulator.sky import Site

__all__ = ["AFTERNOON", "OTHER", "OWN", "SITE", "UNKNOWN", "body", "raw", "serving", "url"]

BERLIN = ZoneInfo("Europe/Berlin")
SITE = Site(52.52, 13.4)
AFTERNOON = datetime(2026, 11, 14, 16, tzinfo=BERLIN)
OWN, OTHER = (key for key, _ in PROFILES)
UNKNOWN = "00000000-0000-0000-0000-000000000000"


@asynccontextmanager
async def serving(store: Store | None = None) -> AsyncIterator[SchedulerServer]:
    """Serve a store, or the default one, on a November afternoon in Berlin."""
    clock = SimulationClock(start=AFTERNOON)
    server = SchedulerServer(clock, SITE, store or store_for_tonight(SITE, AFTERNOON))
    assert await server.start()
    yield server
    await server.stop()


def url(server: SchedulerServer, path: str) -> URL:
    """Return an address exactly as written."""
    return URL(f"http://127.0.0.1:{server.port}{path}", encoded=True)


async def body(session: aiohttp.ClientSession, server: SchedulerServer, path: str) -> Any:
    """Return the decoded body of a route."""
    headers = {"Accept-Encoding": "identity"}
    async with session.get(url(server, "/ts/v0" + path), headers=headers) as response:
        assert response.status == 200
        return await response.json()


async def raw(server: SchedulerServer, request: str) -> tuple[str, bytes]:
    """Return head and body of the answer to a request written by hand."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"{request}\r\nHost: x\r\nConnection: close\r\n".encode() + b"\r\n")
    data = await reader.readuntil(b"\r\n0\r\n\r\n")
    writer.close()
    head, _, rest = data.partition(b"\r\n\r\n")
    return head.decode(), rest
