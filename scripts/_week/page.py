"""What the frontend asks Home Assistant for, over a websocket as the frontend does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
import itertools
from typing import Any

import aiohttp

type Handler = Callable[[Any], None]


class Page:
    """One connection of a browser to Home Assistant."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Take over a connection that is logged in."""
        self._socket = socket
        self._ids = itertools.count(1)
        self._results: dict[int, asyncio.Future[Any]] = {}
        self._handlers: dict[int, Handler] = {}

    async def ask(self, kind: str, **fields: Any) -> Any:
        """Send a command and return its result; raises RuntimeError for an error."""
        return await self._send(next(self._ids), kind, fields)

    async def subscribe(self, handler: Handler, kind: str, **fields: Any) -> None:
        """Have every event of a subscription handled."""
        number = next(self._ids)
        self._handlers[number] = handler
        await self._send(number, kind, fields)

    async def logbook(self, start: str, end: str) -> list[dict[str, Any]]:
        """Return the lines of the whole page of the logbook, all of them in the past."""
        arrived: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        await self.subscribe(
            arrived.put_nowait, "logbook/event_stream", start_time=start, end_time=end
        )
        lines: list[dict[str, Any]] = []
        while True:
            part = await arrived.get()
            lines += part["events"]
            if not part.get("partial"):
                return sorted(lines, key=lambda line: float(line["when"]))

    async def read(self) -> None:
        """Handle messages until the connection ends."""
        async for message in self._socket:
            content = message.json()
            for each in content if isinstance(content, list) else [content]:
                self._handle(each)

    def _handle(self, message: dict[str, Any]) -> None:
        """Handle one message."""
        if message["type"] == "event":
            self._handlers[message["id"]](message["event"])
        elif (future := self._results.pop(message["id"], None)) and not future.done():
            future.set_result(message)

    async def _send(self, number: int, kind: str, fields: dict[str, Any]) -> Any:
        """Send a command and return its result."""
        self._results[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "type": kind, **fields})
        answer = await self._results[number]
        if not answer["success"]:
            raise RuntimeError(f"{kind}: {answer['error']}")
        return answer["result"]


@asynccontextmanager
async def open_page(port: int, token: str) -> AsyncIterator[Page]:
    """Log in and keep the connection until the block ends."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/api/websocket", max_msg_size=0) as socket,
    ):
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": token})
        if (answer := await socket.receive_json())["type"] != "auth_ok":
            raise RuntimeError(f"Home Assistant lets nobody in: {answer}")
        page = Page(socket)
        reader = asyncio.ensure_future(page.read())
        try:
            yield page
        finally:
            reader.cancel()
