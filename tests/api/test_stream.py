"""The stream of events: what comes over it, what ends it, what it survives."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import aiohttp
from aiohttp import web
import orjson
import pytest

from custom_components.nina_observatory.api import (
    EventStream,
    EventType,
    NinaConnectionError,
    NinaRefusedError,
    NinaResponseError,
    NinaTimeoutError,
    StreamCounters,
)
from custom_components.nina_observatory.api.events import stream
from custom_components.nina_observatory.api.events.stream import LONGEST_FRAME, LONGEST_MESSAGE

from .fake import FakeServer
from .test_transport import free_port, hang

type Script = Callable[[web.WebSocketResponse], Awaitable[None]]


def message(response: object) -> str:
    """Put an event into the envelope of the socket."""
    body = {"Response": response, "Error": "", "StatusCode": 200, "Success": True}
    return orjson.dumps({**body, "Type": "Socket"}).decode()


@pytest.fixture
async def socket_server(socket_enabled: None) -> AsyncIterator[FakeServer]:
    fake = FakeServer("/v2")
    await fake.start()
    yield fake
    await fake.stop()


def play(server: FakeServer, script: Script) -> None:
    """Have the server follow a script on each connection."""

    async def handle(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await script(socket)
        return socket

    server.on("socket", handle)


def follow(session: aiohttp.ClientSession, server: FakeServer, **options: float) -> EventStream:
    """Make a stream to a server."""
    return EventStream(session, "127.0.0.1", server.port, **options)  # type: ignore[arg-type]


async def until_the_end[T](told: AsyncIterable[T]) -> list[T]:
    """Collect what a peer sends until it is gone."""
    found: list[T] = []
    try:
        async for each in told:
            found.append(each)  # noqa: PERF401  # those before the end count as well
    except NinaConnectionError:
        return found
    pytest.fail("a connection ends with an error")


async def test_events_arrive_in_order_and_stamped(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_str(message({"Event": "SEQUENCE-STARTING"}))
        await socket.send_str(message({"Event": "SAFETY-CHANGED", "IsSafe": False}))
        await socket.send_str(message("Roof opened"))
        await socket.send_str(message({"Event": "NOVEL"}))

    play(socket_server, script)
    stream = follow(session, socket_server)

    events = await until_the_end(stream.events())

    assert [event.type for event in events] == [
        EventType.SEQUENCE_STARTED,
        EventType.SAFETY_CHANGED,
        EventType.CUSTOM,
        EventType.OTHER,
    ]
    assert events[1].data == {"is_safe": False}
    for event in events:
        assert event.time is not None
        assert abs(datetime.now(UTC) - event.time) < timedelta(minutes=1)
    assert stream.counters == StreamCounters(connections=1, events=4, unknown=1)
    assert not stream.connected


async def test_rubbish_is_counted_and_survived(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    rubbish = ["not JSON", "{", "[]", "5", "{}", message({}), message(None), message({"Event": 5})]

    async def script(socket: web.WebSocketResponse) -> None:
        for text in rubbish:
            await socket.send_str(text)
        await socket.send_bytes(b"\xff\xfe\x00")
        await socket.send_frame(b"\xff\xfe", aiohttp.WSMsgType.TEXT)
        await socket.send_str(message({"Event": "MOUNT-PARKED"}))

    play(socket_server, script)
    stream = follow(session, socket_server)

    events = await until_the_end(stream.events())

    assert [event.type for event in events] == [EventType.MOUNT_PARKED]
    assert stream.counters.malformed == len(rubbish) + 2


async def test_a_frame_of_ten_megabytes_is_counted_and_survived(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_str(message({"Event": "IMAGE-SAVE", "Blob": "x" * 10 * LONGEST_MESSAGE}))
        await socket.send_str(message({"Event": "MOUNT-PARKED"}))

    play(socket_server, script)
    stream = follow(session, socket_server)

    events = await until_the_end(stream.events())

    assert [event.type for event in events] == [EventType.MOUNT_PARKED]
    assert stream.counters.oversized == 1


async def test_a_frame_beyond_all_measure_ends_the_connection(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        with suppress(ConnectionError):
            await socket.send_bytes(b"x" * (LONGEST_FRAME + 1))

    play(socket_server, script)

    assert await until_the_end(follow(session, socket_server).events()) == []


async def test_events_in_fragments(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    """The server fragments what is longer than about a kilobyte."""
    text = message({"Event": "SEQUENCE-ENTITY-FAILED", "Error": "x" * 3000}).encode()

    async def script(socket: web.WebSocketResponse) -> None:
        writer = socket._writer
        assert writer is not None
        transport = writer.transport
        for start in range(0, len(text), 1000):
            part = text[start : start + 1000]
            opcode = 1 if start == 0 else 0
            final = 0x80 if start + 1000 >= len(text) else 0
            head = bytes([final | opcode, 126, *len(part).to_bytes(2)])
            transport.write(head + part)
        await socket.send_str(message({"Event": "MOUNT-PARKED"}))

    play(socket_server, script)

    events = await until_the_end(follow(session, socket_server).events())

    assert [event.type for event in events] == [
        EventType.SEQUENCE_ENTITY_FAILED,
        EventType.MOUNT_PARKED,
    ]


async def test_a_peer_that_falls_silent_is_noticed(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    """Nothing is sent, no connection is closed: only our own pings find out."""
    gone = asyncio.Event()

    async def handle(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await gone.wait()
        return socket

    socket_server.on("socket", handle)
    stream = follow(session, socket_server, heartbeat=0.1)
    silences: list[bool] = []
    stream.on_silence = silences.append

    async with asyncio.timeout(5):
        assert await until_the_end(stream.events()) == []
    assert silences == [True]
    with pytest.raises(NinaTimeoutError):
        await anext(stream.events())
    gone.set()


async def test_a_late_pong_is_a_sign_of_life(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    """The peer is reported as silent before it is given up."""
    replied = asyncio.Event()

    async def handle(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        ping = await socket.receive()
        await asyncio.sleep(0.3)
        await socket.pong(ping.data)
        replied.set()
        return socket

    socket_server.on("socket", handle)
    stream = follow(session, socket_server, heartbeat=0.3)
    silences: list[bool] = []
    stream.on_silence = silences.append

    assert await until_the_end(stream.events()) == []
    assert replied.is_set()
    assert silences == [True, False]


async def test_pings_are_answered_and_keep_it_alive(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    pinged = asyncio.Event()

    async def handle(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        for _ in range(3):
            ping = await socket.receive()
            assert ping.type is aiohttp.WSMsgType.PING
            await socket.pong(ping.data)
        pinged.set()
        await socket.send_str(message({"Event": "MOUNT-PARKED"}))
        return socket

    socket_server.on("socket", handle)

    events = await until_the_end(follow(session, socket_server, heartbeat=0.05).events())

    assert pinged.is_set()
    assert len(events) == 1


async def test_pings_of_the_server_are_answered(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await socket.ping(b"there?")
        pong = await socket.receive()
        await socket.send_str(message(f"{pong.type.name} {pong.data.decode()}"))
        return socket

    socket_server.on("socket", handle)

    events = await until_the_end(follow(session, socket_server).events())

    assert [event.name for event in events] == ["PONG there?"]


async def test_a_peer_that_hangs_up_without_a_word(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(message({"Event": "MOUNT-PARKED"}))
        assert request.transport is not None
        request.transport.abort()
        return socket

    socket_server.on("socket", handle)

    assert len(await until_the_end(follow(session, socket_server).events())) <= 1


async def test_events_between_connecting_and_listening_are_not_lost(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_str(message({"Event": "MOUNT-PARKED"}))

    play(socket_server, script)
    stream = follow(session, socket_server)

    await stream.connect()
    assert stream.connected
    await stream.connect()
    events = await until_the_end(stream.events())

    assert len(events) == 1
    assert stream.counters.connections == 1


async def test_one_stream_connects_again_and_again(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_str(message({"Event": "MOUNT-PARKED"}))

    play(socket_server, script)
    stream = follow(session, socket_server)

    for _ in range(3):
        assert len(await until_the_end(stream.events())) == 1

    assert (stream.counters.connections, stream.counters.events) == (3, 3)


async def test_a_listener_that_leaves_disconnects(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    left = asyncio.Event()

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_str(message({"Event": "MOUNT-PARKED"}))
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        left.set()

    play(socket_server, script)
    stream = follow(session, socket_server)

    events = stream.events()
    assert (await anext(events)).type is EventType.MOUNT_PARKED
    await events.aclose()

    assert not stream.connected
    async with asyncio.timeout(5):
        await left.wait()


async def test_closing_a_stream_ends_its_events(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.receive()

    play(socket_server, script)
    stream = follow(session, socket_server)
    await stream.connect()
    listening = asyncio.create_task(until_the_end(stream.events()))
    await asyncio.sleep(0)

    await stream.close()

    async with asyncio.timeout(5):
        assert await listening == []


async def test_nobody_listens(session: aiohttp.ClientSession) -> None:
    stream = EventStream(session, "127.0.0.1", free_port())

    with pytest.raises(NinaRefusedError):
        await stream.connect()

    assert stream.counters.connections == 0


async def test_somebody_else_listens(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    with pytest.raises(NinaResponseError):
        await follow(session, socket_server).connect()


async def test_the_handshake_takes_for_ever(
    session: aiohttp.ClientSession, socket_server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CONNECT_TIMEOUT", 0.05)
    socket_server.on("socket", hang)

    with pytest.raises(NinaTimeoutError):
        await follow(session, socket_server).connect()


async def test_hanging_up_between_events_ends_it(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_str(message({"Event": "MOUNT-PARKED"}))
        await socket.receive()

    play(socket_server, script)
    stream = follow(session, socket_server)
    events = stream.events()
    await anext(events)
    await stream.close()
    with pytest.raises(NinaConnectionError, match="closed"):
        await anext(events)
