"""Effects of faults on a reply: wrong types, unknown names, NaN everywhere, broken bodies."""

from enum import Enum
import json
import math
import re
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .enums import WireEnum
from .listener import reset
from .pages import SERVER, page, page_text

if TYPE_CHECKING:
    from .faults import Fault

__all__ = ["disturb_value", "disturbed_response", "mark_message", "redirected", "send_half"]

_JSON = "application/json; charset=utf-8"
# Readings of a driver from memory that was never written.
_ABSURD = 1.8e19
# Values that clients depend on, and values other than text: keywords, ids, times.
_KEYWORDS = frozenset({"$type", "Event", "ImageType", "Status"})
_IDENTITY = re.compile(r"(?!Device)(\w*Id|id)|Guid|\w*ID")
_TIME = re.compile(r"-?(\d{4}-\d\d-\d\dT|\d+\.)?\d\d:\d\d:\d\d.*|NaN|-?Infinity")
_DOCUMENTS = frozenset({"html", "empty", "error_500", "redirect"})


def disturb_value(value: Any, faults: list[Fault]) -> Any:
    """Return the payload of an envelope as the faults want it."""
    names = {fault.name for fault in faults}
    if "wrong_types" in names:
        value = _wrong(value)
    if "unknown_names" in names:
        value = _renamed(value)
    if "nan_everywhere" in names:
        value = _replaced_numbers(value, math.nan)
    if "absurd_numbers" in names:
        value = _replaced_numbers(value, _ABSURD)
    for fault in faults:
        if fault.name == "marked_texts":
            value = _marked(value, fault.options["mark"])
    return value


def mark_message(text: str, mark: str) -> str:
    """Return a message of a websocket whose texts have a mark."""
    envelope = json.loads(text)
    told = envelope["Response"]
    envelope["Response"] = f"{told} {mark}" if isinstance(told, str) else _marked(told, mark)
    return json.dumps(envelope, ensure_ascii=False)


def _marked(value: Any, mark: str, key: str = "") -> Any:
    """Return a structure whose texts have a mark; objects have one more key, and one as a key."""
    if isinstance(value, dict):
        marked = {name: _marked(item, mark, name) for name, item in value.items()}
        return type(value)({**marked, "Owner": mark, f"{mark} key": 1})
    if isinstance(value, list | tuple):
        return [_marked(item, mark, key) for item in value]
    text = isinstance(value, str) and not isinstance(value, Enum)
    kept = not key or key in _KEYWORDS or _IDENTITY.fullmatch(key)
    return f"{value} {mark}" if text and not kept and not _TIME.fullmatch(value) else value


def _wrong(value: Any) -> Any:
    """Return a structure whose leaves have another type."""
    if isinstance(value, dict):
        return type(value)((key, _wrong(item)) for key, item in value.items())
    if isinstance(value, list):
        return {"0": _wrong(value[0])} if value else ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return [value]
    if isinstance(value, str | WireEnum):
        return 12345
    return value


def _renamed(value: Any) -> Any:
    """Return a structure whose enumeration members are ones that a newer N.I.N.A. might have."""
    if isinstance(value, dict):
        return type(value)((key, _renamed(item)) for key, item in value.items())
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    return "SomethingFromTheFuture" if isinstance(value, WireEnum) else value


def _replaced_numbers(value: Any, other: float) -> Any:
    """Return a structure with all numbers replaced by one."""
    if isinstance(value, dict):
        return type(value)((key, _replaced_numbers(item, other)) for key, item in value.items())
    if isinstance(value, list):
        return [_replaced_numbers(item, other) for item in value]
    return other if isinstance(value, int | float) and not isinstance(value, bool) else value


def disturbed_response(request: web.BaseRequest, faults: list[Fault]) -> web.StreamResponse | None:
    """Return the replacement of the reply, if a fault replaces it."""
    for fault in faults:
        early = fault.name == "reset" and not fault.options["done"]
        if early or fault.name == "lost_reply":
            return _lost(request)
        if fault.name not in _DOCUMENTS:
            continue
        if fault.name == "redirect":
            return redirected(fault)
        if fault.name == "error_500":
            return page(request, 500, "Object reference not set.", "NullReferenceException")
        if fault.name == "empty":
            return web.Response(body=b"", headers={"Content-Type": _JSON, "Server": SERVER})
        text = page_text(200, "This is not the server you are looking for.")
        headers = {"Content-Type": "text/html; charset=utf-8", "Server": "nginx"}
        return web.Response(
            body=text.encode(), headers=headers, status=int(fault.options["status"])
        )
    return None


def redirected(fault: Fault) -> web.Response:
    """Return the reply that sends a client elsewhere."""
    headers = {"Location": fault.options["to"], "Server": SERVER}
    return web.Response(status=int(fault.options["status"]), headers=headers)


def _lost(request: web.BaseRequest) -> web.StreamResponse:
    """Reset the connection; the return value does not arrive."""
    if request.transport is not None:
        reset(request.transport)
    return web.Response()


async def send_half(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
    """Send the head and half of the body, then reset the connection."""
    response = web.StreamResponse(headers={"Content-Type": _JSON, "Server": SERVER})
    response.content_length = max(2, len(body))
    await response.prepare(request)
    await response.write(body[: len(body) // 2] or b"{")
    if request.transport is not None:
        reset(request.transport)
    return response
