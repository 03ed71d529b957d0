"""A server on this machine that answers what a test tells it to, and remembers what it was asked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
import orjson

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

NOT_FOUND_PAGE = "<html><head><title>404 - Not Found</title></head><body></body></html>"


def envelope(response: Any, error: str = "", code: int = 200, *, success: bool = True) -> bytes:
    """Put an answer into the envelope of the Advanced API."""
    return orjson.dumps(
        {
            "Response": response,
            "Error": error,
            "StatusCode": code,
            "Success": success,
            "Type": "API",
        }
    )


@dataclass(frozen=True)
class Asked:
    """A request that arrived: where to, with what, and over which connection."""

    path: str
    query: dict[str, str]
    method: str
    connection: int


@dataclass
class FakeServer:
    """Answers by path; what it was told nothing about is answered with the page of a 404."""

    base: str
    asked: list[Asked] = field(default_factory=list)
    handlers: dict[str, Handler] = field(default_factory=dict)
    server: TestServer | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        assert self.server is not None
        assert self.server.port is not None
        return self.server.port

    @property
    def paths(self) -> list[str]:
        """What it was asked for, in order."""
        return [each.path for each in self.asked]

    def on(self, path: str, handler: Handler) -> None:
        """Handle a path."""
        self.handlers[path] = handler

    def answer(
        self, path: str, response: Any, error: str = "", code: int = 200, *, success: bool = True
    ) -> None:
        """Answer a path in the envelope."""
        self.raw(path, envelope(response, error, code, success=success))

    def refuse(self, path: str, error: str, code: int = 409) -> None:
        """Answer a path with an error in the envelope."""
        self.answer(path, "", error, code, success=False)

    def raw(
        self,
        path: str,
        body: bytes,
        content_type: str = "application/json; charset=utf-8",
        status: int = 200,
    ) -> None:
        """Answer a path with anything."""

        async def handle(_request: web.Request) -> web.StreamResponse:
            return web.Response(body=body, status=status, headers={"Content-Type": content_type})

        self.on(path, handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Remember a request and answer it."""
        path = request.path.removeprefix(self.base).strip("/")
        assert request.transport is not None
        peer = request.transport.get_extra_info("peername")
        self.asked.append(Asked(path, dict(request.query), request.method, peer[1]))
        if path in self.handlers:
            return await self.handlers[path](request)
        return web.Response(text=NOT_FOUND_PAGE, status=404, content_type="text/html")

    async def start(self) -> None:
        """Listen on a free port of this machine."""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", self.handle)
        self.server = TestServer(app, host="127.0.0.1")
        await self.server.start_server()

    async def stop(self) -> None:
        """Stop listening."""
        if self.server is not None:
            await self.server.close()
