"""The polar alignment's socket: what is sent, what comes of what arrives, and what ends it."""

import asyncio
import json
from typing import Any

import aiohttp
from aiohttp import web
from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.nina_observatory.api import (
    NinaCommandLostError,
    NinaConnectionError,
    NinaResponseError,
    NinaTimeoutError,
    NinaVersionError,
    PluginVersion,
    release,
)
from custom_components.nina_observatory.api.events.stream import LONGEST_MESSAGE
from custom_components.nina_observatory.api.polar_alignment import (
    AlignmentAction,
    AlignmentChannel,
    AlignmentConfirmed,
    AlignmentError,
    AlignmentProgress,
    AlignmentSettings,
    decode_alignment,
)

from .fake import FakeServer
from .test_stream import Script, message, socket_server, until_the_end

__all__ = ["socket_server"]

START = AlignmentAction.START


def play(server: FakeServer, script: Script) -> None:
    """Have the server follow a script on each connection."""

    async def handle(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await script(socket)
        return socket

    server.on("tppa", handle)


@pytest.fixture
async def heard(socket_server: FakeServer) -> list[str]:
    """Return what the server hears; it says nothing by itself."""
    texts: list[str] = []

    async def script(socket: web.WebSocketResponse) -> None:
        async for each in socket:
            texts.append(each.data)
            await socket.send_str(message(f"{each.data.split('-')[0]}ped procedure"))

    play(socket_server, script)
    return texts


def channel(
    session: aiohttp.ClientSession, server: FakeServer, *version: int, **options: float
) -> AlignmentChannel:
    """Return a channel to a server of some version."""
    plugin = PluginVersion(release(*(version or (2, 2, 15))))
    return AlignmentChannel(
        session, "127.0.0.1", server.port, plugin=plugin, heartbeat=options.get("heartbeat", 20)
    )


async def test_everything_that_is_said(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    """Confirmations, errors and progress, with rubbish between them."""

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_str(message("started procedure"))
        await socket.send_str("rubbish")
        await socket.send_str(message({"Status": "Solving", "Progress": "NaN"}))
        await socket.ping(b"there?")
        assert (await socket.receive()).type is aiohttp.WSMsgType.PONG
        error = {"AzimuthError": 0.5, "AltitudeError": -0.25, "TotalError": 0.56}
        await socket.send_bytes(message(error).encode())

    play(socket_server, script)
    alignment = channel(session, socket_server)
    await alignment.connect()
    await alignment.connect()

    assert await until_the_end(alignment.messages()) == [
        AlignmentConfirmed(action=START),
        AlignmentProgress(status="Solving", fraction=None),
        AlignmentError(azimuth=0.5, altitude=-0.25, total=0.56),
    ]
    assert socket_server.paths == ["tppa"]


async def test_the_bare_word_where_nothing_is_set(
    session: aiohttp.ClientSession, socket_server: FakeServer, heard: list[str]
) -> None:
    alignment = channel(session, socket_server, 2, 2)
    await alignment.connect()
    for action in (START, AlignmentAction.PAUSE, AlignmentAction.RESUME, AlignmentAction.STOP):
        await alignment.send(action)
    messages = alignment.messages()
    assert await anext(messages) == AlignmentConfirmed(action=AlignmentAction.STOP)
    await messages.aclose()
    assert heard == ["start-alignment", "pause-alignment", "resume-alignment", "stop-alignment"]


async def test_settings_that_are_given_go_along(
    session: aiohttp.ClientSession, socket_server: FakeServer, heard: list[str]
) -> None:
    settings = AlignmentSettings(manual_mode=False, target_distance=10, exposure_time=2.5)
    alignment = channel(session, socket_server)
    await alignment.connect()
    await alignment.send(START, settings)
    await alignment.send(START, AlignmentSettings())
    while len(heard) < 2:
        await asyncio.sleep(0.01)
    await alignment.close()
    assert orjson.loads(heard[0]) == {
        "Action": "start-alignment",
        "ManualMode": False,
        "TargetDistance": 10,
        "ExposureTime": 2.5,
    }
    assert heard[1] == "start-alignment"


async def test_what_old_servers_would_not_understand(
    session: aiohttp.ClientSession, socket_server: FakeServer, heard: list[str]
) -> None:
    """It is refused here: N.I.N.A. could end over it."""
    with pytest.raises(NinaVersionError, match=r"2\.1"):
        await channel(session, socket_server, 2, 0).connect()
    assert socket_server.asked == []
    alignment = channel(session, socket_server, 2, 1, 9)
    await alignment.connect()
    for action in (AlignmentAction.PAUSE, AlignmentAction.RESUME):
        with pytest.raises(NinaVersionError, match=r"2\.2"):
            await alignment.send(action)
    with pytest.raises(NinaVersionError, match=r"2\.2\.4"):
        await alignment.send(START, AlignmentSettings(gain=100))
    await alignment.close()
    assert heard == []


async def test_nothing_is_sent_without_a_connection(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    alignment = channel(session, socket_server)
    with pytest.raises(NinaResponseError, match="cannot be opened"):
        await alignment.connect()
    with pytest.raises(NinaConnectionError, match="not connected"):
        await alignment.send(START)
    with pytest.raises(NinaConnectionError, match="closed"):
        await anext(alignment.messages())


async def test_a_command_into_a_lost_connection(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    """It may or may not have arrived."""

    async def script(socket: web.WebSocketResponse) -> None:
        await socket.receive()

    play(socket_server, script)
    alignment = channel(session, socket_server)
    await alignment.connect()
    await alignment.send(START)

    async def insist() -> None:
        while True:
            await alignment.send(START)
            await asyncio.sleep(0.01)

    with pytest.raises(NinaCommandLostError):
        await insist()


async def test_a_silent_peer_is_given_up(
    session: aiohttp.ClientSession, socket_server: FakeServer
) -> None:
    ended = asyncio.Event()

    async def script(_socket: web.WebSocketResponse) -> None:
        await ended.wait()

    play(socket_server, script)
    alignment = channel(session, socket_server, heartbeat=0.05)
    await alignment.connect()
    with pytest.raises(NinaTimeoutError, match="did not reply"):
        await anext(alignment.messages())
    ended.set()


async def test_hanging_up_ends_it(
    session: aiohttp.ClientSession, socket_server: FakeServer, heard: list[str]
) -> None:
    alignment = channel(session, socket_server)
    await alignment.connect()
    await alignment.send(AlignmentAction.STOP)
    messages = alignment.messages()
    await anext(messages)
    await alignment.close()
    with pytest.raises(NinaConnectionError, match="closed"):
        await anext(messages)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
KEYS = ("TotalError", "AzimuthError", "AltitudeError", "Status", "Progress")


@given(response=JSON | st.dictionaries(st.sampled_from(KEYS), JSON | st.just("NaN")))
def test_nothing_raises(response: Any) -> None:
    """Whatever is said, numbers are numbers."""
    found = decode_alignment(json.dumps({"Response": response}).encode())
    if isinstance(found, AlignmentError):
        assert all(
            each is None or isinstance(each, float)
            for each in (found.azimuth, found.altitude, found.total)
        )
    if isinstance(found, AlignmentProgress):
        assert found.status.strip()


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", message("danced procedure").encode(), b" " * (LONGEST_MESSAGE + 1)],
    ids=lambda data: str(data[:8]),
)
def test_what_is_no_message(data: bytes) -> None:
    assert decode_alignment(data) is None
