"""A server with the routes that reading needs, whose equipment a test decides."""

from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from .blocks import Blocks

STARTED = "2026-02-24T18:00:00.1234567+01:00"


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
    """N.I.N.A. with its sequencer still empty and the equipment as `blocks` say at the moment.

    Serves at `port` within `async with`.
    """

    def __init__(self, blocks: Blocks) -> None:
        """Prepare the routes."""
        self.blocks = blocks
        self._sockets: set[web.WebSocketResponse] = set()
        answers: dict[str, Any] = {
            "version": "2.2.15.0",
            "version/nina": "3.2.0.9001",
            "application-start": STARTED,
            "event-history": [],
        }
        app = web.Application()
        for path, answer in answers.items():
            app.router.add_get(f"/v2/api/{path}", _constant(answer))
        app.router.add_get("/v2/api/equipment/info", self._equipment)
        app.router.add_get("/v2/api/sequence/json", self._sequence)
        app.router.add_get("/v2/api/image-history", self._frames)
        app.router.add_get("/v2/socket", self._socket)
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

    async def _equipment(self, _request: web.Request) -> web.Response:
        """Return the blocks of all devices."""
        return envelope(self.blocks)

    async def _sequence(self, _request: web.Request) -> web.Response:
        """Return that there is no sequence."""
        return envelope("", "Sequence is not initialized", 409)

    async def _frames(self, request: web.Request) -> web.Response:
        """Return that there are no frames."""
        return envelope(0 if request.query.get("count") == "true" else [])

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


def _constant(answer: Any) -> Any:
    """Return a handler that always says the same."""

    async def handle(request: web.Request) -> web.Response:
        """Answer."""
        return envelope(answer)

    return handle
