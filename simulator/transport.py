"""One HTTP server: finds the handler, binds its parameters, writes the reply, keeps the ledger."""

import asyncio
from dataclasses import dataclass, replace
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from .disturbance import disturb_value, disturbed_response, send_half
from .ledger import Entry, Ledger
from .listener import KEEP_ALIVE_SECONDS, REQUESTS_PER_CONNECTION, Listener, connection_of
from .pages import SERVER, page
from .parameters import bind
from .reply import UNKNOWN_ERROR, Bare, Empty, Given, Page, Refusal, Reply, StateReply, Stream
from .wire import STATE, encode

if TYPE_CHECKING:
    from .channels import Channel
    from .clock import SimulationClock
    from .dialect import Dialect
    from .faults import Fault, Faults
    from .routing import Match, Router

__all__ = ["Settings", "Transport"]

_LOGGER = logging.getLogger(__name__)
_PREFIX = "/v2/api"
_JSON = "application/json; charset=utf-8"
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Authorization",
}
_WAITING = ("waitforresult", "waittofinish", "onlyawaitcapturecompletion")
_NOBODY = "No module was able to serve the requested path."
# Texts up to so many characters are kept in the ledger; pictures are longer.
_SHORT = 200
# None of the rotator's routes worked in the releases of 2.0.0.
_BROKEN = "/equipment/rotator/"
_DEVICE_ACTION = re.compile(r"/equipment/[a-z]+/[^/]+")
_GROUP_ACTION = re.compile(r"/(sequence|profile|application|framing)/[^/]+")


@dataclass(slots=True)
class Settings:
    """The plugin's options: CORS headers, and pictures of saved frames for thumbnails."""

    cors: bool = True
    thumbnails: bool = True


class Transport:
    """Serves the REST routes and the websocket channels of one N.I.N.A.

    `given` are payloads by path (`/sequence/json`) that are answered instead of what the handler
    returns, as they are: for what no simulated observatory gets into.
    """

    def __init__(
        self,
        router: Router,
        channels: dict[str, Channel],
        dialect: Dialect,
        faults: Faults,
        settings: Settings,
        clock: SimulationClock,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Prepare to serve on a host and port; nothing is opened yet."""
        self.router = router
        self.channels = channels
        self.dialect = dialect
        self.faults = faults
        self.ledger = Ledger()
        self.given: dict[str, Any] = {}
        self.listener = Listener(self._serve, host, port)
        self._settings = settings
        self._clock = clock
        self._style = replace(dialect.style, shown=clock.shown)
        self._state_style = replace(STATE, shown=clock.shown)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request and enter it into the ledger."""
        path = re.sub("/+", "/", request.path).rstrip("/") or "/"
        channel = self.channels.get(path)
        if channel is not None and self.dialect.at_least(channel.since):
            self.ledger.sockets += 1
            await self.faults.thawed()
            return await channel.serve(request)
        connection = connection_of(request)
        connection.served += 1
        self.ledger.connections += connection.served == 1
        entry = self.ledger.open(
            Entry(
                request.method,
                path,
                dict(_query(request)),
                self._clock.now(),
                connection.number,
                self.ledger.pending + 1,
                request.keep_alive,
            )
        )
        try:
            response = await self._answer(request, path, entry)
            self._finish(request, response, connection.served)
            entry.status = response.status
            return response
        finally:
            self.ledger.close(entry)

    def _finish(self, request: web.BaseRequest, response: web.StreamResponse, served: int) -> None:
        """Add what every reply carries, and end a connection that served its hundred."""
        if response.prepared:
            return
        response.headers.setdefault("Server", SERVER)
        if self._settings.cors:
            response.headers.extend(_CORS)
        if served >= REQUESTS_PER_CONNECTION:
            response.force_close()
        if request.keep_alive and response.keep_alive is not False:
            left = REQUESTS_PER_CONNECTION - served
            response.headers["Keep-Alive"] = f"timeout={KEEP_ALIVE_SECONDS:.0f},max={left}"

    async def _answer(
        self, request: web.BaseRequest, path: str, entry: Entry
    ) -> web.StreamResponse:
        """Return the response, disturbed by the faults that strike."""
        await self.faults.thawed()
        faults = self.faults.for_request(path)
        late = [fault for fault in faults if fault.options.get("done")]
        early = [fault for fault in faults if fault not in late]
        await self._delay(early)
        response = disturbed_response(request, early)
        if response is None:
            answer = await self._answered(request, path, early)
            await self._delay(late)
            response = disturbed_response(request, late)
            if response is None:
                answer = _failed(late) or answer
                if isinstance(answer, Page):
                    return page(request, answer.status, answer.message, answer.kind)
                return await self._written(request, answer, faults, entry)
        entry.size = len(getattr(response, "body", b"") or b"")
        return response

    async def _answered(self, request: web.BaseRequest, path: str, faults: list[Fault]) -> Any:
        """Return the handler's answer, even if it is a page."""
        try:
            return await self._result(request, path, faults)
        except Page as error:
            return error

    async def _delay(self, faults: list[Fault]) -> None:
        """Hang or wait as long as the faults want."""
        for fault in faults:
            if fault.name == "slow":
                await asyncio.sleep(fault.options["seconds"])
            elif fault.name == "hang":
                await fault.lasts(fault.options["seconds"])

    async def _result(self, request: web.BaseRequest, path: str, faults: list[Fault]) -> Any:
        """Return the handler's answer; raises Page for replies that are pages."""
        failed = _failed(faults)
        if failed is not None:
            return failed
        if any(fault.name == "not_done" for fault in faults):
            return Reply("Done")
        if request.method == "OPTIONS" and self._settings.cors:
            return Empty()
        if not path.startswith(_PREFIX):
            if any(path.startswith(channel + "/") for channel in self.channels):
                return Empty()
            raise Page(404, _NOBODY)
        short = path.removeprefix(_PREFIX) or "/"
        if short.startswith(_BROKEN) and not self.dialect.at_least("2.0.1"):
            raise Page(404)
        matches = self.router.find(short, self.dialect)
        if not matches:
            return self._unknown_path(short)
        match = next((m for m in matches if m.endpoint.method == request.method), None)
        if match is None:
            raise Page(405)
        body = (await request.read()).decode(errors="replace") if request.method == "POST" else ""
        query = _query(request)
        if any(fault.name == "does_not_wait" for fault in faults):
            query = [(key, value) for key, value in query if key.casefold() not in _WAITING]
        arguments = bind(
            match.endpoint.parameters, match.segments, query, body, self.dialect.at_least
        )
        return await self._called(match, arguments)

    def _unknown_path(self, path: str) -> Reply:
        """Answer a path that is not served: an envelope in 2.0, otherwise the 404 page."""
        known = _DEVICE_ACTION.fullmatch(path) or _GROUP_ACTION.fullmatch(path)
        if self.dialect.is_wiki and known:
            return Refusal("Unknown action", 400).reply()
        raise Page(404)

    async def _called(self, match: Match, arguments: list[Any]) -> Any:
        """Return the handler's result, or the envelope of its error."""
        if match.endpoint.path in self.given:
            return Given(self.given[match.endpoint.path])
        try:
            return await match.handler(*arguments)
        except Refusal as refusal:
            return refusal.reply()
        except Page:
            raise
        except Exception:
            _LOGGER.exception("The handler of %s failed", match.endpoint.path)
            return UNKNOWN_ERROR.reply()

    async def _written(
        self, request: web.BaseRequest, answer: Any, faults: list[Fault], entry: Entry
    ) -> web.StreamResponse:
        """Return the HTTP response for a handler's answer."""
        if isinstance(answer, Empty):
            return web.Response(body=b"")
        if isinstance(answer, Stream):
            return await self._streamed(request, answer, faults, entry)
        if not isinstance(answer, Reply | Bare | Given | StateReply):
            answer = Reply(answer)
        if isinstance(answer, Reply) and any(fault.name == "quiet_failure" for fault in faults):
            answer = replace(answer, success=False)
        if isinstance(answer, Reply):
            entry.code, entry.answer = answer.code, _said(answer)
        body = self._text(answer, faults).encode()
        if any(fault.name == "truncated" for fault in faults):
            body = body[: len(body) * 2 // 3]
        entry.size = len(body)
        if any(fault.name == "reset" for fault in faults):
            return await send_half(request, body)
        if not self.dialect.content_length:
            return _chunked(body, _JSON)
        return web.Response(body=body, headers={"Content-Type": _JSON})

    async def _streamed(
        self, request: web.BaseRequest, answer: Stream, faults: list[Fault], entry: Entry
    ) -> web.StreamResponse:
        """Return the HTTP response for a picture."""
        data = answer.data
        for fault in faults:
            if fault.name == "huge_picture":
                data = data.ljust(round(fault.options["megabytes"] * 1e6), b"\0")
        entry.size = len(data)
        if any(fault.name == "reset" for fault in faults):
            return await send_half(request, data)
        return _chunked(data, f"{answer.content_type}; charset=utf-8")

    def _text(self, answer: Reply | Bare | Given | StateReply, faults: list[Fault]) -> str:
        """Return the JSON of an answer; raises Page when it cannot be written."""
        if isinstance(answer, StateReply):
            payload = disturb_value(answer.response, faults)
            return encode(Reply(payload).envelope(), self._state_style)
        if isinstance(answer, Given):
            style = replace(self._style, keep_nulls=True)
            return encode(Reply(answer.payload).envelope(), style)
        if isinstance(answer, Bare):
            return encode(answer.value, self._style)
        envelope = answer.envelope()
        payload = self.dialect.reshape(envelope["Response"])
        envelope["Response"] = disturb_value(payload, faults)
        return encode(envelope, self._style)


def _said(reply: Reply) -> str:
    """Return the error or the text of an envelope, an empty one for anything long."""
    said = reply.error or reply.response
    return said if isinstance(said, str) and len(said) <= _SHORT else ""


def _failed(faults: list[Fault]) -> Reply | None:
    """Return the envelope of an error that a fault asks for."""
    for fault in faults:
        if fault.name == "unknown_error":
            return Refusal(fault.options["text"], fault.options["code"]).reply()
    return None


def _query(request: web.BaseRequest) -> list[tuple[str, str]]:
    """Return the query parameters in the order sent."""
    return parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)


def _chunked(data: bytes, content_type: str) -> web.Response:
    """Return a response without a length."""
    response = web.Response(body=data, headers={"Content-Type": content_type})
    response.enable_chunked_encoding()
    return response
