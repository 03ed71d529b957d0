"""Websocket channels: everybody who listens gets every message, one client after the other."""

import asyncio
import contextlib
import struct
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from .disturbance import mark_message, redirected
from .listener import reset
from .pages import SERVER, page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .faults import Faults

__all__ = ["Channel"]

_FRAGMENT = 1000
_TEXT, _CONTINUATION, _FINAL = 0x1, 0x0, 0x80


class Client:
    """One listener of a channel."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        """Keep both ends of its connection."""
        self.socket = socket
        self.transport = transport

    async def send(self, text: str, *, fragmented: bool = False) -> None:
        """Send a text message; long ones go out in fragments."""
        data = text.encode()
        with contextlib.suppress(ConnectionError, RuntimeError):
            if len(data) > _FRAGMENT:
                self._send_fragments(data, _FRAGMENT)
            elif fragmented:
                self._send_fragments(data, max(1, len(data) // 3))
            else:
                await self.socket.send_str(text)

    def _send_fragments(self, data: bytes, size: int) -> None:
        """Write a message as continuation frames, which the websocket library never does."""
        pieces = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
        for number, piece in enumerate(pieces):
            opcode = _CONTINUATION if number else _TEXT
            final = _FINAL if number == len(pieces) - 1 else 0
            self.transport.write(_frame(opcode | final, piece))


def _frame(first: int, data: bytes) -> bytes:
    """Return an unmasked frame."""
    if len(data) < 126:
        return bytes((first, len(data))) + data
    if len(data) <= 0xFFFF:
        return struct.pack("!BBH", first, 126, len(data)) + data
    return struct.pack("!BBQ", first, 127, len(data)) + data


class Channel:
    """A websocket path; `received` is called with what clients send and how to answer them."""

    def __init__(
        self,
        path: str,
        faults: Faults,
        received: Callable[[str, Callable[[str], Awaitable[None]]], Awaitable[None]] | None = None,
        since: str = "2.0.0",
    ) -> None:
        """Serve a path; without `received`, messages of clients are ignored."""
        self.path = path
        self.since = since
        self._faults = faults
        self._received = received
        self._clients: list[Client] = []
        self._held: str | None = None
        self._late: set[asyncio.Task[None]] = set()
        self.sent = 0

    @property
    def clients(self) -> int:
        """Return how many clients listen."""
        return len(self._clients)

    @property
    def _half_open(self) -> bool:
        """Return whether connections stand, and nothing passes."""
        return any(self._faults.find(name) for name in ("socket_half_open", "frozen"))

    async def broadcast(self, text: str) -> None:
        """Send a message to every client, as the faults of the moment have it."""
        late = self._faults.find("late_events")
        marked = self._faults.find("marked_texts")
        if marked is not None:
            text = mark_message(text, marked.options["mark"])
        for message in self._disturbed(text):
            if late is None:
                await self._deliver(message)
            else:
                late.used += 1
                self._delay(message, late.options["seconds"])

    async def _deliver(self, message: str) -> None:
        """Send a message to every client, one after the other."""
        self.sent += 1
        for client in tuple(self._clients):
            await self._send(client, message)

    def _delay(self, message: str, seconds: float) -> None:
        """Deliver a message after some real seconds."""

        async def deliver() -> None:
            await asyncio.sleep(seconds)
            await self._deliver(message)

        task = asyncio.get_running_loop().create_task(deliver())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _send(self, client: Client, text: str) -> None:
        """Send to one client, unless its connection is only half there."""
        if self._half_open:
            return
        fragmented = self._faults.find("fragmented_events") is not None
        await client.send(text, fragmented=fragmented)

    def _disturbed(self, text: str) -> list[str]:
        """Return the messages to send now: faults double them or change their order."""
        messages = [text, text] if self._faults.strikes("duplicate_events") else [text]
        if self._faults.strikes("reorder_events") and self._held is None:
            self._held = text
            return []
        if self._held is not None:
            messages.append(self._held)
            self._held = None
        return messages

    async def release(self) -> None:
        """Send the messages that the fault of changed order held back."""
        if self._held is not None:
            held, self._held = self._held, None
            for client in tuple(self._clients):
                await self._send(client, held)

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Upgrade a request and listen until the client is gone."""
        if request.headers.get("Upgrade", "").casefold() != "websocket":
            return page(request, 500, "The request is not a WebSocket handshake.", "Exception")
        away = self._faults.find("socket_redirect")
        if away is not None:
            away.used += 1
            return redirected(away)
        if self._faults.strikes("socket_refuse"):
            return page(request, 500, "The socket could not be opened.", "Exception")
        if "Sec-WebSocket-Protocol" in request.headers:
            return page(request, 400, "No WebSocket subprotocol is supported.", "HttpException")
        socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=0)
        socket.headers["Server"] = SERVER
        await socket.prepare(request)
        transport = request.transport
        if isinstance(transport, asyncio.Transport):
            await self._listen(Client(socket, transport))
        return socket

    async def _listen(self, client: Client) -> None:
        """Answer pings and hand on texts until the connection ends."""
        self._clients.append(client)
        try:
            async for message in client.socket:
                if message.type is WSMsgType.PING and not self._half_open:
                    await client.socket.pong(message.data)
                elif message.type is WSMsgType.TEXT and self._received and not self._half_open:
                    await self._received(message.data, client.send)
        finally:
            self._clients.remove(client)

    async def stop(self) -> None:
        """Drop delayed messages."""
        for task in tuple(self._late):
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    async def close(self, code: int = 1001) -> None:
        """End every connection in order."""
        for client in tuple(self._clients):
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(0.5):
                    await client.socket.close(code=code)

    def drop(self) -> None:
        """Break every connection without a close frame."""
        for client in tuple(self._clients):
            reset(client.transport)
