"""The event stream over the websocket."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import aiohttp
from yarl import URL

from ..errors import NinaConnectionError, NinaResponseError, NinaTimeoutError
from ..plugin_version import NEWEST, PluginVersion
from ..transport import refuse_redirect
from ..wire_json import loads
from .decoder import EventDecoder, NinaEvent
from .types import EventType

# The server never pings; without our pings a lost peer would go unnoticed for hours. Seconds of
# silence before a ping; the reply has to arrive within half of that.
HEARTBEAT: Final = 20.0
CONNECT_TIMEOUT: Final = 10.0
# Events have some hundred bytes. Far longer messages are not decoded, even longer ones end the
# connection.
LONGEST_EVENT: Final = 1024 * 1024
LONGEST_FRAME: Final = 32 * 1024 * 1024


@dataclass(slots=True)
class StreamCounters:
    """Counters of messages and connections since the stream was created."""

    connections: int = 0
    events: int = 0
    unknown: int = 0
    malformed: int = 0
    oversized: int = 0


type Socket = aiohttp.ClientWebSocketResponse[Literal[False]]


async def open_socket(session: aiohttp.ClientSession, url: URL) -> Socket:
    """Connect to a websocket.

    Raises NinaConnectionError or NinaTimeoutError without an answer, NinaResponseError if the
    server is not N.I.N.A.
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
        raise NinaTimeoutError(f"{url.authority} did not answer") from err
    except aiohttp.WSServerHandshakeError as err:
        raise NinaResponseError(f"no socket at {url}: {err}") from err
    except aiohttp.ClientError as err:
        raise NinaConnectionError(f"{url.authority}: {err}") from err


async def _refuse_redirects(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Refuse redirects before the HTTP library follows them."""
    response = await handler(request)
    refuse_redirect(response)
    return response


async def receive(socket: Socket, heartbeat: float) -> tuple[aiohttp.WSMsgType, Any]:
    """Wait for a message; ping a silent peer, and raise TimeoutError if it does not reply.

    Not left to the HTTP library, whose heartbeat outlives a connection that we close.
    """
    try:
        message = await socket.receive(timeout=heartbeat)
    except TimeoutError:
        await socket.ping()
        message = await socket.receive(timeout=heartbeat / 2)
    return message.type, message.data


class EventStream:
    """Yield the events of one server for the duration of one connection."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int = 1888,
        *,
        plugin: PluginVersion = NEWEST,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self.counters = StreamCounters()
        self.decoder = EventDecoder(plugin)
        self._session = session
        self._url = URL.build(scheme="ws", host=host, port=port, path="/v2/socket")
        self._heartbeat = heartbeat
        self._socket: Socket | None = None

    @property
    def connected(self) -> bool:
        """Whether the websocket is connected."""
        return self._socket is not None and not self._socket.closed

    async def connect(self) -> None:
        """Connect; events are received from now on, and read with `events`.

        Raises NinaConnectionError or NinaTimeoutError without an answer, NinaResponseError if the
        server is not N.I.N.A.
        """
        if self.connected:
            return
        self._socket = await open_socket(self._session, self._url)
        self.counters.connections += 1

    async def close(self) -> None:
        """Disconnect."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def events(self) -> AsyncGenerator[NinaEvent]:
        """Connect if necessary, and yield events until the connection ends.

        Raises NinaConnectionError if the peer is lost, and the errors of `connect`.
        """
        await self.connect()
        try:
            while (socket := self._socket) is not None:
                kind, data = await receive(socket, self._heartbeat)
                if kind is aiohttp.WSMsgType.PING:
                    await socket.pong(data)
                elif kind in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    if (event := self._decode(data)) is not None:
                        yield event
                elif kind is not aiohttp.WSMsgType.PONG:
                    break
        except (TimeoutError, aiohttp.ClientError, ConnectionError) as err:
            raise NinaConnectionError(f"{self._url.authority} is gone") from err
        finally:
            await self.close()
        raise NinaConnectionError(f"{self._url.authority} ended the stream of events")

    def _decode(self, data: bytes) -> NinaEvent | None:
        """Decode a message; None if it is not an event, which is counted."""
        if len(data) > LONGEST_EVENT:
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
