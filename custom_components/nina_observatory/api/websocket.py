"""A websocket of the Advanced API, for the duration of one connection."""

import asyncio
from typing import Final, Literal

import aiohttp
from yarl import URL

from .errors import NinaConnectionError, NinaResponseError, NinaTimeoutError
from .transport import refuse_redirect, unreachable

# The server never pings; without our pings a lost peer would go unnoticed for hours. Seconds of
# silence before a ping; the reply has to arrive within half of that.
HEARTBEAT: Final = 20.0
CONNECT_TIMEOUT: Final = 10.0
# Messages have some hundred bytes. Far longer ones are not decoded, even longer ones end the
# connection.
LONGEST_MESSAGE: Final = 1024 * 1024
LONGEST_FRAME: Final = 32 * 1024 * 1024

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
