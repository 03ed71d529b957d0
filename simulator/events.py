"""Events of N.I.N.A.: those emitted, their history, and their listeners."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from .reply import Reply
from .wire import SOCKET, Style, Table, encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from .clock import SimulationClock
    from .dialect import Dialect

__all__ = ["Event", "Events", "socket_text"]

_LOG_DERIVED = frozenset(
    [
        "DOME-STOPPED",
        "MOUNT-CENTER",
        "ERROR-AF",
        "ERROR-PLATESOLVE",
        "ADV-SEQ-START",
        "ADV-SEQ-STOP",
    ]
)
_UNRECORDED = frozenset({"IMAGE-PREPARED"})


@dataclass(frozen=True, slots=True)
class Event:
    """One event as the newest version sends it; `time` is the simulated computer's local time."""

    name: str
    time: datetime
    payload: dict[str, Any] = field(default_factory=dict)


def socket_text(response: Any, *, kind: str = "Socket", style: Style = SOCKET) -> str:
    """Return the envelope of a message of a websocket channel."""
    return encode(Reply(response, kind=kind).envelope(), style)


class Events:
    """Everything N.I.N.A. announces since it started.

    `await emit(name, Key=value, …)` announces; `history` holds all `Event`s, including those that
    the server's own history leaves out; `wait_for(name)` returns the next one of a name.
    """

    def __init__(self, clock: SimulationClock, dialect: Dialect) -> None:
        """Begin without events and listeners."""
        self._clock = clock
        self._dialect = dialect
        self._style = replace(SOCKET, shown=clock.shown)
        self._deliver: Callable[[str], Awaitable[None]] | None = None
        self._waiting: list[tuple[str, asyncio.Future[Event]]] = []
        self.history: list[Event] = []

    @property
    def names(self) -> list[str]:
        """Return the names of all events so far, in order."""
        return [event.name for event in self.history]

    def deliver_to(self, deliver: Callable[[str], Awaitable[None]]) -> None:
        """Hand every message to this coroutine function."""
        self._deliver = deliver

    def clear(self) -> None:
        """Forget everything, as a restart of N.I.N.A. does."""
        self.history.clear()

    async def emit(self, name: str, /, **payload: Any) -> None:
        """Record an event and send it to every listener, in the plugin's dialect."""
        self.record(name, **payload)
        if self._deliver is None:
            return
        for sent, content in self._dialect.event(name, payload):
            await self._deliver(socket_text(Table(Event=sent, **content), style=self._style))

    def record(self, name: str, /, **payload: Any) -> Event:
        """Put an event into the history without sending it (no one was listening yet)."""
        event = Event(name, self._clock.now(), payload)
        self.history.append(event)
        for wanted, future in self._waiting:
            if wanted == name and not future.done():
                future.set_result(event)
        self._waiting = [entry for entry in self._waiting if not entry[1].done()]
        return event

    async def emit_text(self, text: str) -> None:
        """Send the bare text of a "Send WebSocket Event" instruction; the history omits it."""
        if self._deliver is not None and self._dialect.at_least("2.2.1.0"):
            await self._deliver(socket_text(text.strip()))

    async def send(self, message: str) -> None:
        """Send a message as it stands to every listener; the history omits it."""
        if self._deliver is not None:
            await self._deliver(message)

    async def wait_for(self, name: str) -> Event:
        """Return the next event of that name."""
        future: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._waiting.append((name, future))
        return await future

    def wire_history(self) -> list[Table]:
        """Return the history as /event-history gives it, with its emptied nested payloads."""
        entries: list[Table] = []
        for event in self.history:
            if event.name in _UNRECORDED:
                continue
            for name, payload in self._dialect.event(event.name, event.payload):
                content = {} if name == "IMAGE-SAVE" else self._recorded(payload)
                entries.append(Table(Event=name, **content, Time=self._stamp(name, event.time)))
        return entries

    def _stamp(self, name: str, time: datetime) -> datetime:
        """Return a time in the class that the history uses for this kind of event."""
        if name in _LOG_DERIVED:
            return self._clock.shown(time).replace(tzinfo=None)
        if name.startswith("TS-"):
            return self._clock.shown(time).astimezone(UTC).replace(tzinfo=None)
        return time

    def _recorded(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the recorded form of a payload: since 2.2.13 nested leaves are empty."""
        if not self._dialect.at_least("2.2.13.0"):
            return payload
        return {
            key: {leaf: [] for leaf in value} if isinstance(value, dict) else value
            for key, value in payload.items()
        }
