"""The event stream over the websocket."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, override

import aiohttp

from ..errors import NinaConnectionError
from ..plugin_version import NEWEST, PluginVersion
from ..websocket import LONGEST_MESSAGE, Frame, Socket, Websocket
from ..wire_json import loads
from .decoder import EventDecoder, NinaEvent
from .types import EventType

# "Safe" depends on events, so their silence is noticed sooner than that of others; in seconds.
HEARTBEAT: Final = 5.0
# In units of it: a peer is silent if it has not replied to a ping after the first of these times, and
# lost after the second.
SILENT_AFTER: Final = 0.6
LOST_AFTER: Final = 2.0


@dataclass(slots=True)
class StreamCounters:
    """Counters of messages and connections since the stream was created."""

    connections: int = 0
    events: int = 0
    unknown: int = 0
    malformed: int = 0
    oversized: int = 0


class EventStream(Websocket):
    """Yield the events of one server for the duration of one connection.

    `on_silence` is called with True when the peer has not replied to a ping for a while, and with
    False if it replies after all.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int = 1888,
        *,
        plugin: PluginVersion = NEWEST,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        super().__init__(session, host, port, "/v2/socket", heartbeat)
        self.on_silence: Callable[[bool], None] | None = None
        self.counters = StreamCounters()
        self.decoder = EventDecoder(plugin)

    @override
    async def connect(self) -> None:
        """Connect, unless it is connected; events are received from now on, and read with `events`."""
        if not self.connected:
            await super().connect()
            self.counters.connections += 1

    async def events(self) -> AsyncGenerator[NinaEvent]:
        """Connect if necessary, and yield events until the connection ends.

        Raises NinaTimeoutError if the peer does not reply to a ping, NinaConnectionError if the
        connection ends, and the errors of `connect`.
        """
        await self.connect()
        try:
            while (data := await self.receive()) is not None:
                if (event := self._decode(data)) is not None:
                    yield event
        finally:
            await self.close()
        raise NinaConnectionError(f"{self._url.authority} closed the event stream")

    @override
    async def _reply(self, socket: Socket) -> Frame:
        beat = self._heartbeat
        try:
            message = await socket.receive(timeout=beat * SILENT_AFTER)
        except TimeoutError:
            self._report_silence(silent=True)
            message = await socket.receive(timeout=beat * (LOST_AFTER - SILENT_AFTER))
            self._report_silence(silent=False)
        return message.type, message.data

    def _report_silence(self, *, silent: bool) -> None:
        if self.on_silence is not None:
            self.on_silence(silent)

    def _decode(self, data: bytes) -> NinaEvent | None:
        """Decode a message; None if it is not an event, which is counted."""
        if len(data) > LONGEST_MESSAGE:
            self.counters.oversized += 1
            return None
        event = self._read(data)
        if event is None:
            self.counters.malformed += 1
        else:
            self.counters.events += 1
            self.counters.unknown += event.type is EventType.OTHER
        return event

    def _read(self, data: bytes) -> NinaEvent | None:
        """Decode the event in an envelope."""
        try:
            envelope = loads(data)
        except ValueError:
            return None
        if not isinstance(envelope, dict):
            return None
        return self.decoder.live(envelope.get("Response"), datetime.now(UTC))
