"""Faults: everything that can be made to go wrong, switchable while it runs.

One table describes them all; who is to misbehave asks `find` at the moment it matters.
Delays of faults are real seconds: they test clients, which live in real time.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
import fnmatch
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["KINDS", "Fault", "Faults", "Kind"]

_ROLES = [
    "camera",
    "mount",
    "focuser",
    "filter_wheel",
    "rotator",
    "guider",
    "dome",
    "flat_panel",
    "switch_hub",
    "weather",
    "safety_monitor",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault: its description, and its options with their defaults.

    `scope` is "request" (options `path`, a pattern, `count`, how many requests, and often `done`,
    whether the server does what it was asked before the fault strikes), "device",
    "socket" or "process"; a `momentary` one happens once and cannot be switched off.
    """

    scope: str
    text: str
    options: dict[str, Any] = field(default_factory=dict)
    momentary: bool = False


_REQUEST: dict[str, Any] = {"path": "*", "count": 0}
# `done`: whether the server carries out the request before the fault strikes.
_REPLY: dict[str, Any] = {**_REQUEST, "done": False}

KINDS: dict[str, Kind] = {
    "refuse": Kind("process", "connections are refused, sockets dropped; all else goes on"),
    "hang": Kind("request", "no answer until switched off", {**_REPLY, "seconds": math.inf}),
    "slow": Kind("request", "answers late", {**_REPLY, "seconds": 2.0}),
    "reset": Kind(
        "request",
        "connection reset in mid-body, or before anything was done",
        {**_REPLY, "done": True},
    ),
    "lost_reply": Kind(
        "request", "done, and the connection is reset without an answer", {**_REPLY, "done": True}
    ),
    "html": Kind("request", "a page of HTML instead of JSON", {**_REPLY, "status": 200}),
    "redirect": Kind(
        "request",
        "answered by a redirect to another address",
        {**_REPLY, "to": "http://127.0.0.1:9/", "status": 302},
    ),
    "empty": Kind("request", "200 with an empty body", _REPLY),
    "truncated": Kind("request", "JSON broken off in the middle", _REQUEST),
    "huge_picture": Kind(
        "request", "a streamed picture of so many megabytes", {**_REQUEST, "megabytes": 100.0}
    ),
    "error_500": Kind("request", "HTML page with status 500", _REPLY),
    "unknown_error": Kind(
        "request",
        "envelope with an error, by default Unknown error, 500",
        {**_REPLY, "text": "Unknown error", "code": 500},
    ),
    "not_done": Kind("request", "answered as a success, and nothing is done", _REQUEST),
    "does_not_wait": Kind(
        "request", "a reply that is to wait says at once that it started", _REQUEST
    ),
    "quiet_failure": Kind("request", "success false without an error, whatever was done", _REQUEST),
    "wrong_types": Kind("request", "values of the wrong type", _REQUEST),
    "unknown_names": Kind("request", "enumeration names nobody knows", _REQUEST),
    "nan_everywhere": Kind("request", "every number is NaN", _REQUEST),
    "absurd_numbers": Kind("request", "every number is 1.8e19", _REQUEST),
    "marked_texts": Kind(
        "request",
        "every text that is nobody's keyword has a mark, also in events, and every object has keys "
        "that nobody knows",
        {**_REQUEST, "mark": "MARK-4711"},
    ),
    "stuck_shutter": Kind(
        "device",
        "the shutter does not move (ignore), stands half-way in error (jam) or silently (halt), "
        "reads moving for ever (endless), or stands and reads an error (error)",
        {"mode": "ignore", "direction": "", "count": 0},
    ),
    "stuck_park": Kind(
        "device",
        "the mount does not park (ignore), stops on its way (halt), says slewing for ever and "
        "stands (endless), or arrives and never says parked (claimless)",
        {"mode": "ignore", "count": 0},
    ),
    "ignored": Kind(
        "device", "commands are accepted and nothing moves", {"device": "", "count": 0}
    ),
    "broken_info": Kind("device", "reading the state throws: unknown errors", {"device": ""}),
    "failed_connect": Kind("device", "connecting fails", {"device": ""}),
    "driver_lost": Kind(
        "device", "the driver drops out, without an event", {"device": "", "comes_back": False}
    ),
    "failed_capture": Kind("device", "every exposure fails to download"),
    "failed_autofocus": Kind(
        "device",
        "no autofocus run succeeds (failed), or its fit is rejected, whose best position is where "
        "the focuser was (rejected)",
        {"mode": "failed", "count": 0},
    ),
    "stop_ignored": Kind(
        "device",
        "a stop (of dome, mount, focuser, rotator, guider), or the abort of an exposure (camera), "
        "is answered, and everything goes on",
        {"device": "", "count": 0},
    ),
    "stuck_rotator": Kind(
        "device", "the rotator ends at this mechanical angle", {"at": 270.0, "count": 0}
    ),
    "star_lost": Kind("device", "the guider loses its star and does not find it again"),
    "lost_lock_stays": Kind(
        "device", "guiding that was stopped goes on reading LostLock", {"count": 0}
    ),
    "stubborn_sequence": Kind(
        "device",
        "a stop of the sequence is ignored, comes late, or is followed by a reset or by a start",
        {"mode": "ignore", "seconds": 5.0, "count": 0},
    ),
    "not_validated": Kind(
        "device", "the issues of the sequence are empty until a start validates it"
    ),
    "socket_drop": Kind("socket", "all websockets break without a close frame", momentary=True),
    "socket_redirect": Kind(
        "socket",
        "websocket upgrades are answered by a redirect to another address",
        {"to": "ws://127.0.0.1:9/v2/socket", "status": 302},
    ),
    "socket_refuse": Kind("socket", "websocket upgrades are answered 500"),
    "socket_half_open": Kind("socket", "websockets stay open, but no frame and no pong comes"),
    "duplicate_events": Kind("socket", "every event is sent twice"),
    "late_events": Kind("socket", "events arrive late", {"seconds": 2.0}),
    "reorder_events": Kind("socket", "neighboring events change places"),
    "event_storm": Kind("socket", "a burst of events", {"events": 1000}, momentary=True),
    "fragmented_events": Kind("socket", "every message comes in several frames"),
    "nina_gone": Kind(
        "process",
        "N.I.N.A. ends, with or without goodbyes; afterward it starts again, and connects or not",
        {"goodbye": False, "connects": True},
    ),
    "frozen": Kind(
        "process",
        "N.I.N.A. hangs: connections are accepted, but no answer, event or poll until it is over",
    ),
    "restart": Kind("process", "N.I.N.A. is closed and started", {"seconds": 5.0}, momentary=True),
    "power_cut": Kind("process", "power fails: drivers and server are gone"),
    "port_moved": Kind("process", "the server comes back on the next free port", momentary=True),
    "clock_skew": Kind("process", "the computer's clock is wrong", {"seconds": 3600.0}),
    "scheduler_gone": Kind("process", "the Target Scheduler server is gone"),
    "scheduler_gone_on_profile_switch": Kind(
        "process", "the Target Scheduler server stops when the profile changes"
    ),
}
_CHOICES = {
    ("stuck_shutter", "mode"): ("ignore", "jam", "halt", "endless", "error"),
    ("stuck_shutter", "direction"): ("", "open", "close"),
    ("stubborn_sequence", "mode"): ("ignore", "late", "reset", "restart"),
    ("failed_autofocus", "mode"): ("failed", "rejected"),
    ("stuck_park", "mode"): ("ignore", "halt", "endless", "claimless"),
}


@dataclass(eq=False, slots=True)
class Fault:
    """A fault that is switched on; `used` counts how often it struck, `over` is set in the end."""

    name: str
    options: dict[str, Any]
    used: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    async def lasts(self, seconds: float) -> None:
        """Return when it is over, at the latest after so many real seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds if math.isfinite(seconds) else None):
                await self.over.wait()

    @property
    def spent(self) -> bool:
        """Return whether it struck as often as it should."""
        count = self.options.get("count", 0)
        return bool(count) and self.used >= count

    def as_data(self) -> dict[str, Any]:
        """Return the fault as plain data."""
        options = {k: None if v == math.inf else v for k, v in self.options.items()}
        return {"name": self.name, "options": options, "used": self.used}


class Faults:
    """The faults switched on now.

    `await start(name, **options)`, `await stop(name)`, `await clear()`, or for a block
    `async with during(name, **options)`. Names and options are those of `KINDS`; anything else
    raises ValueError.
    """

    def __init__(self) -> None:
        """Begin without faults."""
        self._active: list[Fault] = []
        self._listeners: list[Callable[[Fault, bool], Awaitable[None]]] = []

    @property
    def active(self) -> tuple[Fault, ...]:
        """Return the faults that are on."""
        return tuple(self._active)

    def subscribe(self, listener: Callable[[Fault, bool], Awaitable[None]]) -> None:
        """Have a coroutine function called with each fault that goes on (True) or off (False)."""
        self._listeners.append(listener)

    async def start(self, name: str, /, **options: Any) -> Fault:
        """Switch a fault on, or make a momentary one happen; raises ValueError for nonsense."""
        fault = Fault(name, checked(name, options))
        if not KINDS[name].momentary:
            self._active.append(fault)
        for listener in self._listeners:
            await listener(fault, True)
        return fault

    async def stop(self, name: str) -> int:
        """Switch all faults of a name off and return how many there were."""
        if name not in KINDS:
            raise ValueError(_unknown(name))
        ended = [fault for fault in self._active if fault.name == name]
        for fault in ended:
            await self._end(fault)
        return len(ended)

    async def clear(self) -> None:
        """Switch everything off."""
        for fault in self.active:
            await self._end(fault)

    @contextlib.asynccontextmanager
    async def during(self, name: str, /, **options: Any) -> AsyncIterator[Fault]:
        """Have a fault for the length of a block."""
        fault = await self.start(name, **options)
        try:
            yield fault
        finally:
            await self._end(fault)

    async def _end(self, fault: Fault) -> None:
        """Switch one fault off."""
        if fault in self._active:
            self._active.remove(fault)
            fault.over.set()
            for listener in self._listeners:
                await listener(fault, False)

    def find(self, name: str, **matching: str) -> Fault | None:
        """Return an active fault of that name whose options match and that is not spent, or None.

        An empty option of the fault matches everything: `find("ignored", device="dome")`.
        """
        for fault in self._active:
            options = fault.options
            if fault.name != name or fault.spent:
                continue
            if all(options.get(k) in ("", v) for k, v in matching.items()):
                return fault
        return None

    def strikes(self, name: str, **matching: str) -> bool:
        """Return whether such a fault is on, and count it."""
        fault = self.find(name, **matching)
        if fault is not None:
            fault.used += 1
        return fault is not None

    async def thawed(self) -> None:
        """Return when N.I.N.A. does not hang."""
        while (fault := self.find("frozen")) is not None:
            await fault.over.wait()

    def for_request(self, path: str) -> list[Fault]:
        """Return the faults that strike a request for a path, and count them."""
        struck = [
            fault
            for fault in self._active
            if KINDS[fault.name].scope == "request"
            and not fault.spent
            and fnmatch.fnmatchcase(path, fault.options["path"])
        ]
        for fault in struck:
            fault.used += 1
        return struck


def checked(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return complete options; raises ValueError with an explanation."""
    if name not in KINDS:
        raise ValueError(_unknown(name))
    known = KINDS[name].options
    result = dict(known)
    for key, value in options.items():
        if key not in known:
            allowed = ", ".join(known) or "none"
            raise ValueError(f"fault {name!r} has no option {key!r} (options: {allowed})")
        result[key] = _checked_option(name, key, value, known[key])
    if result.get("path") and not result["path"].startswith(("*", "/v2", "/ts")):
        result["path"] = "/v2/api" + result["path"]
    return result


def _checked_option(name: str, key: str, value: Any, default: Any) -> Any:
    """Return one option in its proper type."""
    if isinstance(default, str):
        allowed = _ROLES if key == "device" else _CHOICES.get((name, key))
        if not isinstance(value, str) or (allowed and value not in allowed):
            hint = f" (one of {', '.join(allowed)})" if allowed else ""
            raise ValueError(f"option {key!r} of fault {name!r} cannot be {value!r}{hint}")
        return value
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise ValueError(  # noqa: TRY004 - one kind of error for all nonsense
                f"option {key!r} of fault {name!r} must be true or false"
            )
        return value
    whole = isinstance(default, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        kind = "a whole number" if whole else "a number"
        raise ValueError(  # noqa: TRY004 - one kind of error for all nonsense
            f"option {key!r} of fault {name!r} must be {kind}, not {value!r}"
        )
    if (value < 0 or math.isnan(value)) and name != "clock_skew":
        raise ValueError(f"option {key!r} of fault {name!r} cannot be negative")
    return value


def _unknown(name: str) -> str:
    """Return the text for an unknown fault."""
    return f"there is no fault {name!r} (known: {', '.join(sorted(KINDS))})"
