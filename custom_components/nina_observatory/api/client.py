"""The client of the Advanced API."""

import asyncio
from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

import aiohttp
from yarl import URL

from .control_camera import CameraControl, OpticsControl
from .control_flats import FlatsControl
from .control_observatory import DomeControl, MountControl, PowerControl
from .control_session import ApplicationControl, ConnectionControl, FramingControl, SequenceControl
from .dialect import NEWEST, TOLD_APART_SINCE, Dialect, Version, needed_version
from .envelope import Envelope
from .errors import NinaCommandError, NinaNotFoundError
from .models.wire import moment, text
from .reading_equipment import EquipmentReading
from .reading_session import PictureReading, SessionReading
from .reading_unknown import UnknownReading
from .transport import Transport

DEFAULT_PORT: Final = 1888


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What answers: the plugin, and N.I.N.A. as far as the plugin tells (2.2.6 and newer).

    Releases 2.0.0.x do not tell which they are: `plugin_version` is 2.0 then.
    `started_at` changes exactly when N.I.N.A. was started anew, and carries its local offset.
    """

    plugin_version: Version
    nina_version: str | None = None
    started_at: datetime | None = None


class NinaClient(
    EquipmentReading,
    SessionReading,
    PictureReading,
    UnknownReading,
    CameraControl,
    OpticsControl,
    FlatsControl,
    MountControl,
    DomeControl,
    PowerControl,
    ConnectionControl,
    SequenceControl,
    FramingControl,
    ApplicationControl,
):
    """A client of one N.I.N.A.

    It takes the server for one of the newest until `get_server` has found out. The session belongs
    to the caller; reads share its connections, commands never do. `likely_zone` returns the zone
    that the computer is in unless it tells another offset.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int = DEFAULT_PORT,
        *,
        likely_zone: Callable[[], tzinfo | None] = lambda: None,
    ) -> None:
        """Remember where N.I.N.A. is; nothing is sent yet."""
        self.dialect: Dialect = NEWEST
        self.told: datetime | None = None
        self.likely_zone = likely_zone
        self._transport = Transport(session, host, port, "/v2/api")

    @property
    def url(self) -> URL:
        """The address of the server."""
        return self._transport.url.origin()

    @property
    def trying(self) -> NinaClient:
        """A client that also asks for what a server before 2.1 may have.

        Nothing tells such servers apart, and the development version among them had some of what came
        with 2.1. One that has it not makes for a NinaNotFoundError.
        """
        if self.dialect.told_apart:
            return self
        other = copy(self)
        other.dialect = Dialect(TOLD_APART_SINCE)
        return other

    async def close(self) -> None:
        """Send nothing any more; the session is closed by its owner."""
        self._transport.closed = True

    async def get_server(self) -> Server:
        """Find out who answers, and fix the dialect to speak.

        Raises NinaVersionError where the plugin is too old, NinaResponseError where it is not
        N.I.N.A. that answers.
        """
        await self.get_version()
        return await self.get_details()

    async def get_version(self) -> Version:
        """Read the version of the plugin, and fix the dialect to speak; raises as `get_server`."""
        self.dialect = Dialect.of(Version.parse((await self._ask("version")).text()))
        self.try_bundle()
        return self.dialect.version

    async def get_details(self) -> Server:
        """Read what a server whose version is known tells of itself besides."""
        version = self.dialect.version
        if not self.dialect.tells_start:
            return Server(plugin_version=version)
        nina, started_at = await asyncio.gather(
            self._tell("version", "nina"), self._tell("application-start")
        )
        server = Server(plugin_version=version, nina_version=nina, started_at=moment(started_at))
        self.told = max(filter(None, (self.told, server.started_at)), default=None)
        return server

    async def _tell(self, *path: str) -> str | None:
        """Ask for a text that the server may be unable to tell."""
        try:
            envelope: Envelope = await self._ask(*path)
        except NinaCommandError, NinaNotFoundError:
            return None
        words = text(envelope.response)
        return None if words is None else words.strip()

    def supports(self, method: Callable[..., Awaitable[object]]) -> bool:
        """Return whether the server is new enough for a method of this class."""
        return self.dialect.version >= needed_version(method)
