"""A server with the routes that reading needs, whose equipment a test decides."""

from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from .blocks import BLOCKS, Blocks

STARTED = "2026-02-24T18:00:00.1234567+01:00"
BUNDLE_SINCE = "2.2.15"
BLOCK_OF = {f"equipment/{device}/info": key for device, key in BLOCKS.items()}


def envelope(response: Any, error: str = "", code: int = 200) -> web.Response:
    """Return an answer as the Advanced API wraps it."""
    return web.json_response(
        {
            "Response": response,
            "Error": error,
            "StatusCode": code,
            "Success": not error,
            "Type": "API",
        }
    )


class RecordedObservatory:
    """N.I.N.A. with the equipment as `blocks` say at the moment, and with the other `answers`.

    What has no answer is not there: its sequencer is empty, no frame was taken. Servers before
    2.2.15 are asked for every device by itself. `asked` counts the requests by path; `refusals` are
    errors to answer, by path. Serves at `port` within `async with`.
    """

    def __init__(
        self, blocks: Blocks, answers: Mapping[str, Any] | None = None, version: str = "2.2.15.0"
    ) -> None:
        """Prepare the answers."""
        self.blocks = blocks
        self.asked: Counter[str] = Counter()
        self.refusals: dict[str, str] = {}
        self.version = version
        self.answers: dict[str, Any] = {
            "version": version,
            "version/nina": "3.2.0.9001",
            "application-start": STARTED,
            "event-history": [],
            "image-history": [],
            **(answers or {}),
        }
        self._sockets: set[web.WebSocketResponse] = set()
        app = web.Application()
        app.router.add_get("/v2/socket", self._socket)
        app.router.add_get("/v2/api/{path:.*}", self._answer)
        self._server = TestServer(app, host="127.0.0.1")

    @property
    def port(self) -> int:
        """Return the port of the server."""
        port = self._server.port
        assert port is not None
        return port

    async def __aenter__(self) -> Self:
        """Begin to serve."""
        await self._server.start_server()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving, if that was not done before."""
        await self.close()

    async def close(self) -> None:
        """Close N.I.N.A.: nothing answers any more."""
        await self.drop_stream()
        await self._server.close()

    async def drop_stream(self) -> None:
        """End the event streams."""
        for socket in tuple(self._sockets):
            await socket.close()

    async def tell(self, event: Any) -> None:
        """Send an event to everybody who listens."""
        for socket in tuple(self._sockets):
            await socket.send_json({"Response": event, "Success": True, "Type": "Socket"})

    async def _answer(self, request: web.Request) -> web.Response:
        """Answer as the real server does, HTML for what it does not know."""
        path = request.match_info["path"]
        self.asked[path] += 1
        if path in self.refusals:
            return envelope("", self.refusals[path], 500)
        if path == "image-history" and request.query.get("count") == "true":
            return envelope(len(self.answers[path]))
        if path == "image-history" and (number := request.query.get("index")) is not None:
            return envelope(self.answers[path][int(number) :][:1])
        if path in self.answers:
            return envelope(self.answers[path])
        if path == "sequence/json":
            return envelope("", "Sequence is not initialized", 409)
        if path == "equipment/info" and self.version >= BUNDLE_SINCE:
            return envelope(self.blocks)
        block = BLOCK_OF.get(path)
        if block is None:
            return web.Response(text="<html>404</html>", content_type="text/html", status=404)
        return envelope(self.blocks[block])

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        """Keep an event stream open and silent."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            async for _ in socket:
                pass
        finally:
            self._sockets.discard(socket)
        return socket
