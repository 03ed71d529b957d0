"""The port of the simulator: what becomes of connections when it closes."""

import asyncio
import contextlib
import socket

from aiohttp import web
import pytest

from simulator.listener import Listener

pytestmark = pytest.mark.usefixtures("socket_enabled")

CONNECTIONS = 3


async def answer(request: web.BaseRequest) -> web.StreamResponse:
    """Answer anything."""
    return web.Response(text=request.path)


async def ended(client: socket.socket) -> bool:
    """Return whether the other side ends a connection, in order or with a reset."""
    with contextlib.suppress(ConnectionResetError):
        return await asyncio.get_running_loop().sock_recv(client, 1) == b""
    return True


@pytest.mark.parametrize("rounds", range(8))
async def test_a_port_that_closes_ends_every_connection(rounds: int) -> None:
    """However far asyncio came with it: waiting, accepted, with a transport, or served."""
    listener = Listener(answer, "127.0.0.1", 0)
    await listener.open()
    with contextlib.ExitStack() as clients:
        connected = [
            clients.enter_context(socket.create_connection(("127.0.0.1", listener.port)))
            for _ in range(CONNECTIONS)
        ]
        for client in connected:
            client.setblocking(False)
        for _ in range(rounds):
            await asyncio.sleep(0)

        async with asyncio.timeout(5):
            await listener.close()
            assert [await ended(client) for client in connected] == [True] * CONNECTIONS
    assert listener.connections == 0


@pytest.mark.parametrize("rounds", range(8))
async def test_a_port_that_closes_ends_a_request_that_just_came(rounds: int) -> None:
    """The client does not wait for an answer that nobody gives any more."""
    listener = Listener(answer, "127.0.0.1", 0)
    await listener.open()
    with socket.create_connection(("127.0.0.1", listener.port)) as client:
        client.setblocking(False)
        client.send(b"GET / HTTP/1.1\r\nHost: rig\r\n\r\n")
        for _ in range(rounds):
            await asyncio.sleep(0)

        async with asyncio.timeout(5):
            await listener.close()
            with contextlib.suppress(ConnectionResetError):
                while await asyncio.get_running_loop().sock_recv(client, 4096):
                    pass
    assert listener.connections == 0
