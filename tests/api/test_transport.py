"""One request: what can come back, and that a command is never sent twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
import errno
import socket
from typing import override

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_reqrep import ConnectionKey
import pytest
from yarl import URL

from custom_components.nina_observatory.api import (
    NinaClient,
    NinaCommandLostError,
    NinaConnectionError,
    NinaRefusedError,
    NinaResponseError,
    NinaTimeoutError,
    NinaUnreachableError,
    Role,
)
from custom_components.nina_observatory.api.transport import PROMPT, Transport, unreachable

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
    client: NinaClient,
    session: aiohttp.ClientSession,
    commands: aiohttp.ClientSession,
    server: FakeServer,
) -> None:
    """Home Assistant closes it when it ends; what is read then fails as without a network."""
    await session.close()
    await commands.close()

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


@dataclass
class Keeper:
    """A server that promises to keep its connections, and what arrived on each of them."""

    port: int = 0
    # Whether it hangs up after an answer anyway, and whether at a request before it.
    hangs_up: bool = False
    drops: bool = False
    received: list[list[str]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def commands(self) -> list[str]:
        """The commands that arrived."""
        return [path for each in self.received for path in each if "close" in path]

    @property
    def kept(self) -> int:
        """The number of connections that the client left open."""
        return sum(not each.is_closing() for each in self.writers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests on a connection."""
        paths: list[str] = []
        self.received.append(paths)
        self.writers.append(writer)
        while line := await reader.readline():
            self.headers.append(line.decode().strip().lower())
            if line.startswith(b"GET"):
                paths.append(line.split()[1].decode())
            if line != b"\r\n":
                continue
            if self.drops:
                writer.transport.abort()
                return
            body = envelope("Shutter closing" if "close" in paths[-1] else 3)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nContent-Length: {len(body)}\r\n"
            writer.write(head.encode() + b"Connection: keep-alive\r\n\r\n" + body)
            await writer.drain()
            if self.hangs_up:
                writer.close()
        writer.close()


@pytest.fixture
async def keeper(socket_enabled: None) -> AsyncIterator[Keeper]:
    keeper = Keeper()
    async with await asyncio.start_server(keeper.serve, "127.0.0.1", 0) as server:
        keeper.port = server.sockets[0].getsockname()[1]
        yield keeper
        for writer in keeper.writers:
            writer.close()


async def test_a_kept_connection_that_the_server_closed_loses_no_command(
    session: aiohttp.ClientSession, commands: aiohttp.ClientSession, keeper: Keeper
) -> None:
    """The server hangs up although it promised not to, before the client notices."""
    client = NinaClient(session, "127.0.0.1", keeper.port, commands=commands)
    for _ in range(5):
        await client.frames.count()
        keeper.writers[-1].close()
        assert (await client.dome.close_shutter()).success

    assert keeper.commands == ["/v2/api/equipment/dome/close"] * 5


async def test_commands_do_not_share_connections_that_a_server_keeps(
    session: aiohttp.ClientSession, commands: aiohttp.ClientSession, keeper: Keeper
) -> None:
    client = NinaClient(session, "127.0.0.1", keeper.port, commands=commands)
    await client.frames.count()
    for _ in range(3):
        await client.dome.close_shutter()
    await client.frames.count()

    assert [len(each) for each in keeper.received] == [2, 1, 1, 1]
    assert keeper.headers.count("connection: close") == 3
    await asyncio.sleep(0.1)
    assert keeper.kept == 1


@pytest.mark.parametrize("hangs_up", [False, True])
async def test_a_command_is_sent_once_however_often_connections_break(
    session: aiohttp.ClientSession, commands: aiohttp.ClientSession, keeper: Keeper, hangs_up: bool
) -> None:
    """As many arrive as were sent; each tells whether it was lost."""
    client = NinaClient(session, "127.0.0.1", keeper.port, commands=commands)
    keeper.hangs_up = hangs_up
    for number in range(6):
        keeper.drops = number % 2 == 1
        if keeper.drops:
            with pytest.raises(NinaCommandLostError):
                await client.dome.close_shutter()
        else:
            assert (await client.dome.close_shutter()).success
        assert len(keeper.commands) == number + 1


async def test_a_session_that_keeps_connections_is_none_for_commands(
    session: aiohttp.ClientSession,
) -> None:
    with pytest.raises(ValueError, match="keep"):
        NinaClient(session, "127.0.0.1", 1, commands=session)


class Name(AbstractResolver):
    """A name that resolves when it is told to."""

    def __init__(self, port: int) -> None:
        """Wait for `found`."""
        self.asked, self.found = asyncio.Event(), asyncio.Event()
        self._port = port

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return this computer."""
        self.asked.set()
        await self.found.wait()
        address = ResolveResult(
            hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0
        )
        return [address]

    @override
    async def close(self) -> None:
        """Have nothing to close."""


async def test_a_command_that_connects_while_the_entry_is_unloaded_is_never_sent(
    session: aiohttp.ClientSession, keeper: Keeper
) -> None:
    name = Name(keeper.port)
    connector = aiohttp.TCPConnector(force_close=True, resolver=name)
    commands = aiohttp.ClientSession(connector=connector)
    client = NinaClient(session, "nina.test", keeper.port, commands=commands)
    sending = asyncio.ensure_future(client.dome.close_shutter())
    await name.asked.wait()
    commands.detach()
    name.found.set()
    with pytest.raises(NinaUnreachableError):
        await sending
    assert keeper.commands == []
    await connector.close()


async def test_without_a_session_for_commands_a_client_only_reads(
    session: aiohttp.ClientSession, server: FakeServer
) -> None:
    server.answer("image-history", 3)
    client = NinaClient(session, "127.0.0.1", server.port)

    assert await client.frames.count() == 3
    with pytest.raises(NinaConnectionError, match="read-only"):
        await client.dome.close_shutter()
    assert server.paths == ["image-history"]


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
    session: aiohttp.ClientSession,
    commands: aiohttp.ClientSession,
    server: FakeServer,
    once: bool,
) -> None:
    """A parameter may be the key of another service."""
    server.on("profile/change-value", babble)
    transport = Transport(session, "127.0.0.1", server.port, "/v2/api", commands)
    fetch = transport.fetch_once if once else transport.fetch

    with pytest.raises(NinaResponseError, match="invalid response") as caught:
        await fetch("profile", "change-value", params={"newValue": "very-secret"}, within=5)

    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("once", [False, True], ids=["read", "command"])
async def test_nobody_answers_in_time(
    session: aiohttp.ClientSession,
    commands: aiohttp.ClientSession,
    server: FakeServer,
    once: bool,
) -> None:
    server.on("version", hang)
    transport = Transport(session, "127.0.0.1", server.port, "/v2/api", commands)
    fetch = transport.fetch_once if once else transport.fetch

    with pytest.raises(NinaTimeoutError, match=r"0\.05 s"):
        await fetch("version", within=0.05)

    assert len(server.asked) == 1


@pytest.mark.parametrize("once", [False, True], ids=["read", "command"])
async def test_nobody_listens(
    session: aiohttp.ClientSession, commands: aiohttp.ClientSession, once: bool
) -> None:
    transport = Transport(session, "127.0.0.1", free_port(), "/v2/api", commands)
    fetch = transport.fetch_once if once else transport.fetch

    with pytest.raises(NinaRefusedError):
        await fetch("version", within=5)


class Notes:
    """An observer that remembers."""

    def __init__(self) -> None:
        """Begin without notes."""
        self.all: list[str] = []

    def asked(self) -> None:
        """Note a request."""
        self.all.append("asked")

    def answered(self) -> None:
        """Note an answer."""
        self.all.append("answered")

    def refused(self) -> None:
        """Note a refused connection."""
        self.all.append("refused")


async def test_an_observer_follows_whether_there_is_an_answer(
    session: aiohttp.ClientSession, commands: aiohttp.ClientSession, server: FakeServer
) -> None:
    """Whatever it says; a request that may take its time, or a command, is not waited for."""
    notes = Notes()
    transport = Transport(session, "127.0.0.1", server.port, "/v2/api", commands)
    transport.observer = notes

    await transport.fetch("unknown", within=PROMPT)
    assert notes.all == ["asked", "answered"]
    await transport.fetch("unknown", within=PROMPT + 1)
    await transport.fetch_once("unknown", within=1)
    assert notes.all[2:] == ["answered"] * 2


@pytest.mark.parametrize("once", [False, True], ids=["read", "command"])
async def test_an_observer_is_told_of_what_is_refused(
    session: aiohttp.ClientSession, commands: aiohttp.ClientSession, once: bool
) -> None:
    notes = Notes()
    transport = Transport(session, "127.0.0.1", free_port(), "/v2/api", commands)
    transport.observer = notes

    with pytest.raises(NinaRefusedError):
        await (transport.fetch_once if once else transport.fetch)("version", within=5)

    assert notes.all == (["refused"] if once else ["asked", "refused"])


@pytest.mark.parametrize("number", [errno.ECONNREFUSED, errno.EHOSTUNREACH, None])
def test_only_a_refusal_is_one(number: int | None) -> None:
    """A computer that is off, or a name that nobody knows, refuses nothing."""
    key = ConnectionKey("nina", 1888, False, True, None, None, None)
    error = OSError("Name has no address") if number is None else OSError(number, "told so")

    found = unreachable(URL("http://nina:1888/v2/api"), aiohttp.ClientConnectorError(key, error))

    assert isinstance(found, NinaRefusedError) is (number == errno.ECONNREFUSED)


@pytest.mark.parametrize("once", [False, True], ids=["read", "command"])
async def test_something_answers_that_is_not_http(
    session: aiohttp.ClientSession, commands: aiohttp.ClientSession, once: bool
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        transport = Transport(session, "127.0.0.1", port, "/v2/api", commands)
        fetch = transport.fetch_once if once else transport.fetch
        with pytest.raises(NinaResponseError):
            await fetch("version", within=5)


@pytest.mark.parametrize("once", [False, True], ids=["read", "command"])
async def test_a_host_that_is_no_host(
    session: aiohttp.ClientSession, commands: aiohttp.ClientSession, once: bool
) -> None:
    transport = Transport(session, "127.0.0.1", 1, "/v2/api", commands)
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
