"""One request: what can come back, and that a command is never sent twice."""

import asyncio
import socket

import aiohttp
from aiohttp import web
import pytest

from custom_components.nina_observatory.api import (
    NinaClient,
    NinaCommandLostError,
    NinaConnectionError,
    NinaResponseError,
    NinaTimeoutError,
    Role,
)
from custom_components.nina_observatory.api.transport import Transport

from .fake import FakeServer, envelope

JSON = "application/json"


async def drop(request: web.Request) -> web.StreamResponse:
    """Close the connection without an answer."""
    assert request.transport is not None
    request.transport.abort()
    await asyncio.sleep(0)
    return web.Response()


async def truncate(request: web.Request) -> web.StreamResponse:
    """Promise more than is sent."""
    response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": JSON})
    await response.prepare(request)
    await response.write(b'{"Response": "Par')
    assert request.transport is not None
    request.transport.abort()
    return response


async def hang(request: web.Request) -> web.StreamResponse:
    """Never answer."""
    await asyncio.Event().wait()
    return web.Response()


async def babble(request: web.Request) -> web.StreamResponse:
    """Answer with something that is no HTTP."""
    assert isinstance(request.transport, asyncio.WriteTransport)
    request.transport.write(b"HTTP/1.1 fine\r\nwhatever\r\n\r\n")
    request.transport.close()
    return web.Response()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


async def test_a_command_whose_connection_breaks_arrives_once(
    client: NinaClient, server: FakeServer
) -> None:
    server.on("equipment/dome/close", drop)

    with pytest.raises(NinaCommandLostError):
        await client.dome.close_shutter()

    assert server.paths == ["equipment/dome/close"]


async def test_the_http_library_would_repeat_it(
    session: aiohttp.ClientSession, server: FakeServer
) -> None:
    """Prove that the test above could fail: reads are repeated behind our back."""
    server.on("equipment/dome/close", drop)

    with pytest.raises(NinaConnectionError):
        await Transport(session, "127.0.0.1", server.port, "/v2/api").fetch(
            "equipment", "dome", "close", within=5
        )

    assert server.paths == ["equipment/dome/close"] * 2


async def test_a_session_that_was_closed_reaches_nobody(
    client: NinaClient, session: aiohttp.ClientSession, server: FakeServer
) -> None:
    """Home Assistant closes it when it ends; what is read then fails as without a network."""
    await session.close()

    for send in (client.get_version, client.dome.close_shutter):
        with pytest.raises(NinaConnectionError):
            await send()

    assert server.paths == []


async def test_a_command_uses_no_connection_of_a_read(
    client: NinaClient, server: FakeServer
) -> None:
    """A pooled connection that the server has closed meanwhile would cost the command."""
    server.answer("image-history", 3)
    server.answer("equipment/dome/close", "Shutter closing")
    for _ in range(2):
        await client.frames.count()
    reads = {each.connection for each in server.asked}
    assert len(reads) == 1

    await client.dome.close_shutter()
    await client.dome.close_shutter()
    await client.frames.count()

    commands = [each.connection for each in server.asked if "close" in each.path]
    assert len(set(commands)) == 2
    assert not reads & set(commands)
    assert server.asked[-1].connection in reads


async def test_a_pooled_connection_closed_by_the_server_loses_no_command(
    session: aiohttp.ClientSession, socket_enabled: None
) -> None:
    """The server hangs up after each answer although it promised not to."""
    received: list[bytes] = []
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while line := await reader.readline():
            if line.startswith(b"GET"):
                received.append(line.split()[1])
            if line == b"\r\n":
                body = envelope("Shutter closing" if b"close" in received[-1] else 3)
                head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nContent-Length: {len(body)}\r\n"
                writer.write(head.encode() + b"Connection: keep-alive\r\n\r\n" + body)
                await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        client = NinaClient(session, "127.0.0.1", server.sockets[0].getsockname()[1])
        await client.frames.count()
        writers[0].close()
        assert (await client.dome.close_shutter()).success
        assert [line for line in received if b"close" in line] == [b"/v2/api/equipment/dome/close"]
        for writer in writers:
            writer.close()


async def test_a_command_cut_off_in_the_answer_is_lost(
    client: NinaClient, server: FakeServer
) -> None:
    server.on("equipment/mount/park", truncate)

    with pytest.raises(NinaCommandLostError):
        await client.mount.park()

    assert len(server.asked) == 1


async def test_a_read_cut_off_in_the_answer_is_broken(
    client: NinaClient, server: FakeServer
) -> None:
    server.on("image-history", truncate)

    with pytest.raises(NinaResponseError):
        await client.frames.count()


@pytest.mark.parametrize("once", [False, True], ids=["read", "command"])
async def test_an_error_does_not_repeat_what_was_sent(
    session: aiohttp.ClientSession, server: FakeServer, once: bool
) -> None:
    """A parameter may be the key of another service."""
    server.on("profile/change-value", babble)
    transport = Transport(session, "127.0.0.1", server.port, "/v2/api")
    fetch = transport.fetch_once if once else transport.fetch

    with pytest.raises(NinaResponseError, match="broken answer") as caught:
        await fetch("profile", "change-value", params={"newValue": "very-secret"}, within=5)

    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("once", [False, True], ids=["read", "command"])
async def test_nobody_answers_in_time(
    session: aiohttp.ClientSession, server: FakeServer, once: bool
) -> None:
    server.on("version", hang)
    transport = Transport(session, "127.0.0.1", server.port, "/v2/api")
    fetch = transport.fetch_once if once else transport.fetch

    with pytest.raises(NinaTimeoutError, match=r"0\.05 s"):
        await fetch("version", within=0.05)

    assert len(server.asked) == 1


@pytest.mark.parametrize("once", [False, True], ids=["read", "command"])
async def test_nobody_listens(session: aiohttp.ClientSession, once: bool) -> None:
    transport = Transport(session, "127.0.0.1", free_port(), "/v2/api")
    fetch = transport.fetch_once if once else transport.fetch

    with pytest.raises(NinaConnectionError) as caught:
        await fetch("version", within=5)

    assert not isinstance(caught.value, (NinaTimeoutError, NinaCommandLostError))


@pytest.mark.parametrize("once", [False, True], ids=["read", "command"])
async def test_something_answers_that_is_not_http(
    session: aiohttp.ClientSession, socket_enabled: None, once: bool
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        transport = Transport(session, "127.0.0.1", port, "/v2/api")
        fetch = transport.fetch_once if once else transport.fetch
        with pytest.raises(NinaResponseError):
            await fetch("version", within=5)


@pytest.mark.parametrize("once", [False, True], ids=["read", "command"])
async def test_a_host_that_is_no_host(session: aiohttp.ClientSession, once: bool) -> None:
    transport = Transport(session, "127.0.0.1", 1, "/v2/api")
    transport.url = transport.url.with_scheme("gopher")
    fetch = transport.fetch_once if once else transport.fetch

    with pytest.raises(NinaConnectionError):
        await fetch("version", within=5)


async def test_an_answer_without_end_is_cut(
    session: aiohttp.ClientSession, server: FakeServer
) -> None:
    server.raw("version", b"x" * 5000)
    transport = Transport(session, "127.0.0.1", server.port, "/v2/api")

    with pytest.raises(NinaResponseError, match="1000 bytes"):
        await transport.fetch("version", within=5, limit=1000)


async def test_a_closed_client_sends_nothing(client: NinaClient, server: FakeServer) -> None:
    await client.close()

    with pytest.raises(NinaConnectionError, match="closed"):
        await client.dome.open_shutter()
    with pytest.raises(NinaConnectionError, match="closed"):
        await client.frames.count()

    assert not server.asked


async def test_parameters_are_spelt_for_the_server(client: NinaClient, server: FakeServer) -> None:
    server.answer("equipment/mount/slew", "Slew started")

    await client.mount.slew(10.5, -0.25, rotation=7)

    assert server.asked[0].query == {
        "ra": "10.5",
        "dec": "-0.25",
        "waitForResult": "false",
        "center": "false",
        "rotate": "true",
        "rotationAngle": "7",
    }
    assert server.asked[0].method == "GET"


async def test_devices_go_by_their_names_in_paths(client: NinaClient, server: FakeServer) -> None:
    server.answer("equipment/flatdevice/connect", "Connected")

    await client.equipment.connect(Role.FLAT_PANEL, "id with blank")

    assert server.asked[0].query == {"to": "id with blank"}
