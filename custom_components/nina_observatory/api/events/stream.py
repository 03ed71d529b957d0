"""The websockets of the Advanced API, each for the duration of one connection, and the event stream."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, override

import aiohttp
from yarl import URL

from ..errors import NinaConnectionError, NinaResponseError, NinaTimeoutError
from ..plugin_version import NEWEST, PluginVersion
from ..transport import refuse_redirect, unreachable
from ..wire_json import loads
from .decoder import EventDecoder, NinaEvent
from .types import EventType

# The server never pings; without our pings a lost peer would go unnoticed for hours. Seconds of
# silence before a ping; the reply has to arrive within half of that.
HEARTBEAT: Final = 20.0
CONNECT_TIMEOUT: Final = 10.0
# Messages have some hundred bytes. Far longer ones are not decoded, even longer ones end the
# connection.
LONGEST_MESSAGE: Final = 1024 * 1024
LONGEST_FRAME: Final = 32 * 1024 * 1024
# "Safe" depends on events, so their silence is noticed sooner than that of others; in seconds.
EVENT_HEARTBEAT: Final = 5.0
# In units of it: a peer is silent if it has not replied to a ping after the first of these times, and
# lost after the second.
SILENT_AFTER: Final = 0.6
LOST_AFTER: Final = 2.0

type Socket = aiohttp.ClientWebSocketResponse[Literal[False]]
type Frame = tuple[aiohttp.WSMsgType, bytes]


class Websocket:
    """A connection that pings a silent peer."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int,
        path: str,
        heartbeat: float,
    ) -> None:
        """Create one that is not connected; `heartbeat` is in seconds."""
        self._session = session
        self._url = URL.build(scheme="ws", host=host, port=port, path=path)
        self._heartbeat = heartbeat
        self._socket: Socket | None = None

    @property
    def connected(self) -> bool:
        """Whether the websocket is connected."""
        return self._socket is not None and not self._socket.closed

    async def connect(self) -> None:
        """Connect.

        Raises NinaConnectionError or NinaTimeoutError without an answer, NinaRefusedError if nothing
        listens, NinaResponseError if the server is not N.I.N.A.
        """
        self._socket = await _open(self._session, self._url)

    async def close(self) -> None:
        """Disconnect."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def receive(self) -> bytes | None:
        """Wait for the next message; None if the connection has ended.

        Raises NinaTimeoutError if the peer does not reply to a ping, NinaConnectionError if it is
        lost.
        """
        try:
            while (socket := self._socket) is not None:
                kind, data = await self._next(socket)
                if kind is aiohttp.WSMsgType.PING:
                    await socket.pong(data)
                elif kind in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    return data
                elif kind is not aiohttp.WSMsgType.PONG:
                    break
        except TimeoutError as err:
            raise NinaTimeoutError(f"{self._url.authority} did not reply") from err
        except (aiohttp.ClientError, ConnectionError) as err:
            raise NinaConnectionError(f"{self._url.authority} is gone") from err
        return None

    async def _next(self, socket: Socket) -> Frame:
        """Wait for a frame; ping a silent peer, and raise TimeoutError if it does not reply.

        Not left to the HTTP library, whose heartbeat outlives a connection that we close.
        """
        try:
            message = await socket.receive(timeout=self._heartbeat)
        except TimeoutError:
            await socket.ping()
            return await self._reply(socket)
        return message.type, message.data

    async def _reply(self, socket: Socket) -> Frame:
        """Wait for a reply to a ping, or anything else; raises TimeoutError."""
        message = await socket.receive(timeout=self._heartbeat / 2)
        return message.type, message.data


async def _open(session: aiohttp.ClientSession, url: URL) -> Socket:
    """Connect to a websocket.

    Raises NinaConnectionError or NinaTimeoutError without an answer, NinaRefusedError if nothing
    listens, NinaResponseError if the server is not N.I.N.A.
    """
    if session.closed or session.connector is None:
        raise NinaConnectionError("the session is closed")
    try:
        # The library follows redirects when it opens a websocket, without an option to turn that
        # off. A separate session over the caller's connections refuses them in time.
        async with (
            asyncio.timeout(CONNECT_TIMEOUT),
            aiohttp.ClientSession(
                connector=session.connector,
                connector_owner=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=session.headers,
                middlewares=(_refuse_redirects,),
            ) as handshake,
        ):
            return await handshake.ws_connect(
                url,
                autoping=False,
                max_msg_size=LONGEST_FRAME,
                decode_text=False,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            )
    except TimeoutError as err:
        raise NinaTimeoutError(f"{url.authority} did not respond") from err
    except aiohttp.WSServerHandshakeError as err:
        raise NinaResponseError(f"{url} cannot be opened: {err}") from err
    except aiohttp.ClientConnectorError as err:
        raise unreachable(url, err) from err
    except aiohttp.ClientError as err:
        raise NinaConnectionError(f"{url.authority}: {err}") from err


async def _refuse_redirects(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Refuse redirects before the HTTP library follows them."""
    response = await handler(request)
    refuse_redirect(response)
    return response


@dataclass(slots=True)
class StreamCounters:
    """Counters of messages and connections since the stream was created."""

    connections: int = 0
    events: int = 0
    unknown: int = 0
    malformed: int = 0
    oversized: int = 0


class EventStream(Websocket):
    """Yield the events of one server for the duration of one connection.

    `on_silence` is called with True when the peer has not replied to a ping for a while, and with
    False if it replies after all.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int = 1888,
        *,
        plugin: PluginVersion = NEWEST,
        heartbeat: float = EVENT_HEARTBEAT,
    ) -> None:
        super().__init__(session, host, port, "/v2/socket", heartbeat)
        self.on_silence: Callable[[bool], None] | None = None
        self.counters = StreamCounters()
        self.decoder = EventDecoder(plugin)

    @override
    async def connect(self) -> None:
        """Connect, unless it is connected; events are received from now on, and read with `events`."""
        if not self.connected:
            await super().connect()
            self.counters.connections += 1

    async def events(self) -> AsyncGenerator[NinaEvent]:
        """Connect if necessary, and yield events until the connection ends.

        Raises NinaTimeoutError if the peer does not reply to a ping, NinaConnectionError if the
        connection ends, and the errors of `connect`.
        """
        await self.connect()
        try:
            while (data := await self.receive()) is not None:
                if (event := self._decode(data)) is not None:
                    yield event
        finally:
            await self.close()
        raise NinaConnectionError(f"{self._url.authority} closed the event stream")

    @override
    async def _reply(self, socket: Socket) -> Frame:
        beat = self._heartbeat
        try:
            message = await socket.receive(timeout=beat * SILENT_AFTER)
        except TimeoutError:
            self._report_silence(silent=True)
            message = await socket.receive(timeout=beat * (LOST_AFTER - SILENT_AFTER))
            self._report_silence(silent=False)
        return message.type, message.data

    def _report_silence(self, *, silent: bool) -> None:
        if self.on_silence is not None:
            self.on_silence(silent)

    def _decode(self, data: bytes) -> NinaEvent | None:
        """Decode a message; None if it is not an event, which is counted."""
        if len(data) > LONGEST_MESSAGE:
            self.counters.oversized += 1
            return None
        event = self._read(data)
        if event is None:
            self.counters.malformed += 1
        else:
            self.counters.events += 1
            self.counters.unknown += event.type is EventType.OTHER
        return event

    def _read(self, data: bytes) -> NinaEvent | None:
        """Decode the event in an envelope."""
        try:
            envelope = loads(data)
        except ValueError:
            return None
        if not isinstance(envelope, dict):
            return None
        return self.decoder.live(envelope.get("Response"), datetime.now(UTC))
