"""The client of the Advanced API."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final

import aiohttp
from packaging.version import Version
from yarl import URL

from .endpoints.application import ApplicationEndpoint
from .endpoints.camera import CameraEndpoint
from .endpoints.dome import DomeEndpoint
from .endpoints.equipment import EquipmentEndpoint
from .endpoints.flat_panel import FlatPanelEndpoint
from .endpoints.flats import FlatsEndpoint
from .endpoints.frames import FramesEndpoint
from .endpoints.framing import FramingEndpoint
from .endpoints.live_stack import LiveStackEndpoint
from .endpoints.mount import MountEndpoint
from .endpoints.optics import FilterWheelEndpoint, FocuserEndpoint, GuiderEndpoint, RotatorEndpoint
from .endpoints.profile import ProfileEndpoint
from .endpoints.sequence import SequenceEndpoint
from .endpoints.switches import SwitchesEndpoint
from .endpoints.undecoded_keys import UndecodedKeysEndpoint
from .errors import NinaResponseError, NinaVersionError
from .plugin_version import EXACT_SINCE, PluginVersion, needed_version, parse_version
from .transport import Connection, Observer, Transport

DEFAULT_PORT: Final = 1888


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Versions of the plugin and, if the plugin reports it (2.2.6 and newer), of N.I.N.A.

    Releases 2.0.0.x all report 2.0 as `plugin_version`.
    `started_at` changes only when N.I.N.A. restarts, and carries its local offset.
    """

    plugin_version: Version
    nina_version: str | None = None
    started_at: datetime | None = None


class NinaClient:
    """A client of one N.I.N.A., with an attribute for each subject of the API.

    It assumes one of the newest servers until `get_server` has read the version. The sessions
    belong to the caller; the one for commands keeps no connections, and without it the client only
    reads. `likely_zone` returns the assumed zone of the computer, which an offset reported by the
    computer overrides.
    """

    equipment: EquipmentEndpoint
    camera: CameraEndpoint
    focuser: FocuserEndpoint
    filter_wheel: FilterWheelEndpoint
    rotator: RotatorEndpoint
    guider: GuiderEndpoint
    mount: MountEndpoint
    dome: DomeEndpoint
    flat_panel: FlatPanelEndpoint
    switches: SwitchesEndpoint
    flats: FlatsEndpoint
    sequence: SequenceEndpoint
    framing: FramingEndpoint
    frames: FramesEndpoint
    live_stack: LiveStackEndpoint
    profile: ProfileEndpoint
    application: ApplicationEndpoint
    undecoded_keys: UndecodedKeysEndpoint

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int = DEFAULT_PORT,
        *,
        commands: aiohttp.ClientSession | None = None,
        likely_zone: Callable[[], tzinfo | None] = lambda: None,
    ) -> None:
        transport = Transport(session, host, port, "/v2/api", commands)
        self._use(Connection(transport, likely_zone=likely_zone))

    def _use(self, connection: Connection) -> None:
        """Reach all subjects over a connection."""
        self._connection = connection
        self.equipment = EquipmentEndpoint(connection)
        self.camera = CameraEndpoint(connection)
        self.focuser = FocuserEndpoint(connection)
        self.filter_wheel = FilterWheelEndpoint(connection)
        self.rotator = RotatorEndpoint(connection)
        self.guider = GuiderEndpoint(connection)
        self.mount = MountEndpoint(connection)
        self.dome = DomeEndpoint(connection)
        self.flat_panel = FlatPanelEndpoint(connection)
        self.switches = SwitchesEndpoint(connection)
        self.flats = FlatsEndpoint(connection)
        self.sequence = SequenceEndpoint(connection)
        self.framing = FramingEndpoint(connection)
        self.frames = FramesEndpoint(connection)
        self.live_stack = LiveStackEndpoint(connection)
        self.profile = ProfileEndpoint(connection)
        self.application = ApplicationEndpoint(connection)
        self.undecoded_keys = UndecodedKeysEndpoint(connection)

    @property
    def plugin(self) -> PluginVersion:
        """Version and capabilities of the plugin."""
        return self._connection.plugin

    @plugin.setter
    def plugin(self, plugin: PluginVersion) -> None:
        """Take the server for one of another version."""
        self._connection.plugin = plugin

    def assume_version(self, version: str) -> None:
        """Assume the version that the plugin had before, until `get_version` has read it.

        A text that is not a version, or one that is too old, is ignored.
        """
        with suppress(NinaResponseError, NinaVersionError):
            self.plugin = PluginVersion.of(parse_version(version))

    @property
    def computer_time(self) -> datetime | None:
        """The newest time that the computer sent with its offset."""
        return self._connection.computer_time

    @property
    def likely_zone(self) -> Callable[[], tzinfo | None]:
        """Function that returns the assumed zone of the computer."""
        return self._connection.likely_zone

    @property
    def url(self) -> URL:
        """The address of the server."""
        return self._connection.transport.url.origin()

    @property
    def requests_per_minute(self) -> float:
        """Requests a minute, on average over the last five minutes."""
        return self._connection.transport.rate.per_minute()

    @property
    def trying(self) -> NinaClient:
        """A client that also tries requests which a server before 2.1 may support.

        Their version does not identify them, and their development version had some features of 2.1. A
        server without the feature causes a NinaNotFoundError.
        """
        if self.plugin.exact:
            return self
        other = copy(self)
        other._use(replace(self._connection, plugin=PluginVersion(EXACT_SINCE)))  # noqa: SLF001
        return other

    def observe(self, observer: Observer) -> None:
        """Have an observer follow whether the server answers."""
        self._connection.transport.observer = observer

    async def close(self) -> None:
        """Stop sending requests; the session is closed by its owner."""
        self._connection.transport.closed = True

    async def get_server(self) -> Server:
        """Identify the server, and note the capabilities of its plugin.

        Raises NinaVersionError if the plugin is too old, NinaResponseError if the server is not
        N.I.N.A.
        """
        await self.get_version()
        return await self.get_details()

    async def get_version(self) -> Version:
        """Read the version of the plugin, and note its capabilities; raises as `get_server`."""
        self.plugin = PluginVersion.of(await self.application.get_plugin_version())
        return self.plugin.version

    async def get_details(self) -> Server:
        """Read further details of a server whose version is known."""
        version = self.plugin.version
        if not self.plugin.reports_start:
            return Server(plugin_version=version)
        nina, started_at = await asyncio.gather(
            self.application.get_nina_version(), self.application.get_start()
        )
        self._connection.note_computer_time(started_at)
        return Server(plugin_version=version, nina_version=nina, started_at=started_at)

    def supports(self, method: Callable[..., Awaitable[object]]) -> bool:
        """Return whether the server is new enough for a method of an endpoint."""
        return self.plugin.version >= needed_version(method)
