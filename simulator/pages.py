"""Replies that are not the envelope: the web server library's HTML pages, and raw bytes."""

import html
from http import HTTPStatus
from typing import TYPE_CHECKING, override

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter

__all__ = ["SERVER", "Verbatim", "page", "page_text"]

SERVER = "EmbedIO/3.5.2"
_UNCACHED = {
    "Expires": "Mon, 26 Jul 1997 05:00:00 GMT",
    "Cache-Control": "no-store, no-cache, must-revalidate",
    "Pragma": "no-cache",
}


def page_text(status: int, message: str = "", kind: str = "") -> str:
    """Return the HTML of an error page, which names the exception that caused it."""
    title = f"{status} - {HTTPStatus(status).phrase}"
    lines = [f"<h1>{title}</h1>"]
    if message:
        lines.append(f"<p>{html.escape(message, quote=False)}</p>")
    if kind:
        lines.append(f"<p><b>Exception type:</b> {html.escape(kind)}</p>")
        lines.append(f"<p><b>Message:</b> {html.escape(message, quote=False)}</p>")
    lines.append(f"<hr><p>{SERVER}</p>")
    head = f'<meta charset="utf-8"><title>{title}</title>'
    return f"<!DOCTYPE html><html><head>{head}</head><body>{''.join(lines)}</body></html>"


def page(
    request: web.BaseRequest, status: int, message: str = "", kind: str = ""
) -> web.StreamResponse:
    """Return an error page as the library sends it; 400 and 500 end the connection."""
    text = page_text(status, message, kind)
    if request.method == "HEAD":
        return _page_for_head(status, text)
    headers = {"Content-Type": "text/html; charset=utf-8", "Server": SERVER, **_UNCACHED}
    response = web.Response(status=status, body=text.encode(), headers=headers)
    response.enable_chunked_encoding()
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.enable_compression(web.ContentCoding.gzip)
    if status in (400, 500):
        response.force_close()
    return response


def _page_for_head(status: int, text: str) -> Verbatim:
    """Return a page with its body although HEAD forbids one: the library sends it anyway."""
    body = text.encode()
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    headers = {"Content-Type": "text/html; charset=utf-8", "Server": SERVER, **_UNCACHED}
    headers["Transfer-Encoding"] = "chunked"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    start = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{lines}\r\n"
    return Verbatim(status, start.encode() + chunk)


class Verbatim(web.StreamResponse):
    """A response whose bytes go to the client exactly as given."""

    def __init__(self, status: int, data: bytes) -> None:
        """Keep the bytes of head and body."""
        super().__init__(status=status)
        self.data = data

    @override
    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write everything."""
        if request.transport is not None:
            request.transport.write(self.data)
        return None

    @override
    async def write_eof(self, data: bytes = b"") -> None:
        """Add nothing."""

    @property
    @override
    def keep_alive(self) -> bool:
        """Keep the connection."""
        return True
