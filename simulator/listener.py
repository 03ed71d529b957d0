"""The listening side of HTTP: connections that can be refused, counted, timed out and broken."""

import asyncio
import contextlib
import errno
import socket
import struct
from typing import TYPE_CHECKING, Any, override

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Connection", "Listener", "connection_of"]

FIRST_REQUEST_SECONDS = 90.0
KEEP_ALIVE_SECONDS = 15.0
REQUESTS_PER_CONNECTION = 100
HEADER_LIMIT = 32 * 1024
_LAST_PORT = 65535
# asyncio gives an accepted connection its transport in the next round of the loop, and the transport
# its protocol in the one after it.
_ROUNDS_TO_CONNECT = 2


class Connection(web.RequestHandler):
    """One connection; closed when its first request does not come in time."""

    __slots__ = ("_patience", "number", "served")

    def __init__(self, manager: _Server, number: int, **options: Any) -> None:
        """Give the connection a number."""
        super().__init__(manager, **options)
        self.number = number
        self.served = 0
        self._patience: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(FIRST_REQUEST_SECONDS, transport.close)

    @override
    def data_received(self, data: bytes) -> None:
        """Stop waiting for the first request."""
        self._forget()
        super().data_received(data)

    @override
    def connection_lost(self, exc: BaseException | None) -> None:
        """Stop waiting."""
        self._forget()
        super().connection_lost(exc)

    def _forget(self) -> None:
        """Drop the timer of the first request."""
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class _Server(web.Server):
    """Makes our connections."""

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        """Serve with one handler for everything."""
        self.options: dict[str, Any] = {
            "keepalive_timeout": KEEP_ALIVE_SECONDS,
            "max_line_size": HEADER_LIMIT,
            "max_field_size": HEADER_LIMIT,
            "access_log": None,
        }
        super().__init__(handler, **self.options)
        self.opened = 0

    @override
    def __call__(self) -> Connection:
        """Return the protocol of a new connection."""
        self.opened += 1
        loop = asyncio.get_running_loop()
        return Connection(self, self.opened, loop=loop, **self.options)


def connection_of(request: web.BaseRequest) -> Connection:
    """Return the connection a request came on."""
    protocol = request.protocol
    if not isinstance(protocol, Connection):
        raise TypeError("the request came by another server")
    return protocol


class Listener:
    """A port that is served; `open` and `close` may alternate, the port stays the same."""

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        host: str,
        port: int,
    ) -> None:
        """Prepare for a host and a port; port 0 means any free one."""
        self._handler = handler
        self._host = host
        self.port = port
        self._server: _Server | None = None
        self._listening: asyncio.Server | None = None
        # Those that answer a request now.
        self._serving: set[asyncio.Task[Any]] = set()

    @property
    def is_open(self) -> bool:
        """Return whether connections are accepted."""
        return self._listening is not None

    async def open(self, port: int | None = None, *, next_free: bool = False) -> None:
        """Accept connections; raises OSError when the port is taken, or takes the next free one."""
        if self._listening is not None:
            return
        server = _Server(self._serve)
        wanted = self.port if port is None else port
        while self._listening is None:
            try:
                self._listening = await self._listen(server, wanted)
            except OSError as error:
                if not next_free or error.errno != errno.EADDRINUSE or wanted >= _LAST_PORT:
                    raise
                wanted += 1
        self._server = server
        self.port = self._listening.sockets[0].getsockname()[1]

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request, until the end of the listener at the latest."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("requests are answered in tasks")
        self._serving.add(task)
        try:
            return await self._handler(request)
        finally:
            self._serving.discard(task)

    async def _listen(self, server: _Server, port: int) -> asyncio.Server:
        """Listen on a port."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(server, self._host or None, port)

    async def close(self) -> None:
        """Refuse connections from now on, break the existing ones, and end what answers on them.

        The server library only ends an answer while its connection is there.
        """
        listening, self._listening = self._listening, None
        if listening is None:
            return
        await self._finish_accepting(listening)
        listening.close()
        self.break_all()
        if self._server is not None:
            await self._server.shutdown(0.01)
        for task in self._serving - {asyncio.current_task()}:
            task.cancel()
        await listening.wait_closed()

    @staticmethod
    async def _finish_accepting(listening: asyncio.Server) -> None:
        """Accept nothing more, and let what was accepted become connections.

        A server that closes between the two drops the connection without closing it, and its client
        waits; one that closes before it is ours to break waits for it.
        """
        loop = asyncio.get_running_loop()
        for accepting in listening.sockets:
            with contextlib.suppress(NotImplementedError):  # the loop of Windows
                loop.remove_reader(accepting.fileno())
        for _ in range(_ROUNDS_TO_CONNECT):
            await asyncio.sleep(0)

    def break_all(self) -> None:
        """Reset every open connection."""
        for connection in self._server.connections if self._server is not None else ():
            if connection.transport is not None:
                reset(connection.transport)

    @property
    def connections(self) -> int:
        """Return the number of open connections."""
        return len(self._server.connections) if self._server is not None else 0


def reset(transport: asyncio.BaseTransport) -> None:
    """Break a connection at once, with a reset instead of an orderly end."""
    raw = transport.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
