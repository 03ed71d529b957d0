"""No request and no socket follows a redirect: the address that a person confirmed is the identity.

A second, real server counts who connects to it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.nina_observatory.api import (
    EventStream,
    NinaClient,
    NinaResponseError,
    SchedulerClient,
    find_api_port,
)
from custom_components.nina_observatory.api.polar_alignment import AlignmentChannel

from .fake import envelope

type Ask = Callable[[aiohttp.ClientSession, int], Awaitable[object]]

HOST = "127.0.0.1"
STATUSES = (300, 301, 302, 303, 304, 307, 308)

ASKS: dict[str, Ask] = {
    "version": lambda session, port: NinaClient(session, HOST, port).get_server(),
    "equipment": lambda session, port: NinaClient(session, HOST, port).equipment.get(),
    "sequence": lambda session, port: NinaClient(session, HOST, port).sequence.get(),
    "command": lambda session, port: NinaClient(
        session, HOST, port, commands=session
    ).dome.close_shutter(),
    "picture": lambda session, port: NinaClient(session, HOST, port).frames.get_image(0),
    "scheduler": lambda session, port: SchedulerClient(session, HOST, port).get_version(),
    "touch_n_stars": lambda session, port: find_api_port(session, HOST, port),
    "events": lambda session, port: EventStream(session, HOST, port).connect(),
    "polar_alignment": lambda session, port: AlignmentChannel(session, HOST, port).connect(),
}
# Bodies that would count, if only the body were looked at.
BODIES = {"picture": b"\xff\xd8\xff\xe0", "scheduler": b'"5.0"', "touch_n_stars": b"1888"}


@dataclass
class Elsewhere:
    """A server that nobody confirmed, and how many connections it was offered."""

    port: int = 0
    connections: int = 0


@pytest.fixture
async def elsewhere(socket_enabled: None) -> AsyncIterator[Elsewhere]:
    found = Elsewhere()

    def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.connections += 1
        writer.close()

    async with await asyncio.start_server(connected, HOST, 0) as server:
        found.port = server.sockets[0].getsockname()[1]
        yield found


@asynccontextmanager
async def redirecting(
    location: str, status: int, body: bytes, asked: list[str]
) -> AsyncIterator[int]:
    """Answer everything with a redirect, on the port that is returned."""

    async def handle(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(
            status=status, body=None if status == 304 else body, headers={"Location": location}
        )

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with TestServer(app, host=HOST) as server:
        assert server.port is not None
        yield server.port


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("ask", ASKS)
async def test_nothing_is_sent_to_another_host(
    session: aiohttp.ClientSession,
    commands: aiohttp.ClientSession,
    elsewhere: Elsewhere,
    ask: str,
    status: int,
) -> None:
    location = f"http://{HOST}:{elsewhere.port}/v2/socket"
    body = BODIES.get(ask, envelope("2.2.15.0"))
    asked: list[str] = []

    async with redirecting(location, status, body, asked) as port:
        with pytest.raises(NinaResponseError, match="redirect"):
            await ASKS[ask](commands if ask == "command" else session, port)

    # Without the route for all devices they are asked for one by one.
    assert len(asked) == 1 or ask == "equipment"
    assert elsewhere.connections == 0


@pytest.mark.parametrize("location", ["/elsewhere", "", "//", "ws://[", "javascript:alert(1)"])
@pytest.mark.parametrize("ask", ["version", "events", "polar_alignment"])
async def test_nothing_is_sent_to_another_path(
    session: aiohttp.ClientSession, ask: str, location: str
) -> None:
    asked: list[str] = []

    async with redirecting(location, 302, b"", asked) as port:
        with pytest.raises(NinaResponseError, match="redirect"):
            await ASKS[ask](session, port)

    assert len(asked) == 1
