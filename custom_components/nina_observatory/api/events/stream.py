"""The event stream over the websocket."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import override

import aiohttp

from ..errors import NinaConnectionError
from ..plugin_version import NEWEST, PluginVersion
from ..websocket import HEARTBEAT, LONGEST_MESSAGE, Websocket
from ..wire_json import loads
from .decoder import EventDecoder, NinaEvent
from .types import EventType


@dataclass(slots=True)
class StreamCounters:
    """Counters of messages and connections since the stream was created."""

    connections: int = 0
    events: int = 0
    unknown: int = 0
    malformed: int = 0
    oversized: int = 0


class EventStream(Websocket):
    """Yield the events of one server for the duration of one connection."""

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

        Raises NinaConnectionError if the peer is lost, and the errors of `connect`.
        """
        await self.connect()
        try:
            while (data := await self.receive()) is not None:
                if (event := self._decode(data)) is not None:
                    yield event
        finally:
            await self.close()
        raise NinaConnectionError(f"{self._url.authority} ended the stream of events")

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
