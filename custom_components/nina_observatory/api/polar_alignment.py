"""Three-point polar alignment over its own websocket; its plugin may be missing."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final, override

import aiohttp
import orjson
from packaging.version import Version

from .errors import NinaCommandLostError, NinaConnectionError, NinaVersionError
from .events.stream import HEARTBEAT, LONGEST_MESSAGE, Websocket
from .models.wire import mapping, number, text
from .plugin_version import NEWEST, PluginVersion, release
from .wire_json import loads

ALIGNMENT_SINCE: Final = release(2, 1)
PAUSING_SINCE: Final = release(2, 2)
SETTINGS_SINCE: Final = release(2, 2, 4)


class AlignmentAction(StrEnum):
    """Actions of the plugin; the values are those on the wire."""

    START = "start-alignment"
    STOP = "stop-alignment"
    PAUSE = "pause-alignment"
    RESUME = "resume-alignment"


_CONFIRMATIONS: Final = {
    "started procedure": AlignmentAction.START,
    "stopped procedure": AlignmentAction.STOP,
    "paused procedure": AlignmentAction.PAUSE,
    "resumed procedure": AlignmentAction.RESUME,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignmentSettings:
    """Settings of an alignment; for None the plugin uses its own.

    `target_distance` in degrees between the three points, `move_rate` in degrees per second,
    `exposure_time` in s, `alignment_tolerance` in arc minutes, `search_radius` in degrees.
    """

    manual_mode: bool | None = None
    target_distance: int | None = None
    move_rate: int | None = None
    east_direction: bool | None = None
    start_from_current_position: bool | None = None
    alignment_tolerance: float | None = None
    filter: str | None = None
    exposure_time: float | None = None
    binning: int | None = None
    gain: int | None = None
    offset: int | None = None
    search_radius: float | None = None

    @property
    def given(self) -> Mapping[str, object]:
        """The settings other than None, by their names on the wire."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            "".join(part.capitalize() for part in name.split("_")): value
            for name, value in values.items()
            if value is not None
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignmentConfirmed:
    """The server confirmed an action, as it always does, even without the plugin."""

    action: AlignmentAction


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignmentError:
    """Signed distance of the mount's axis from the pole, in degrees."""

    azimuth: float | None
    altitude: float | None
    total: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignmentProgress:
    """Activity of the plugin, in its own words; `fraction` is None if unknown."""

    status: str
    fraction: float | None


type AlignmentMessage = AlignmentConfirmed | AlignmentError | AlignmentProgress


class AlignmentChannel(Websocket):
    """The connection to the polar alignment of one server; all clients receive all messages.

    Disconnecting does not end an alignment.
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
        super().__init__(session, host, port, "/v2/tppa", heartbeat)
        self._plugin = plugin

    @override
    async def connect(self) -> None:
        """Connect, unless it is connected; raises NinaVersionError on old servers, too."""
        self._require(ALIGNMENT_SINCE)
        if not self.connected:
            await super().connect()

    async def send(
        self, action: AlignmentAction, settings: AlignmentSettings | None = None
    ) -> None:
        """Send an action; raises NinaCommandLostError if the connection is lost.

        Never send a message without an action: `{}` would terminate N.I.N.A. (see the contract).
        """
        given = {} if settings is None else settings.given
        if action in (AlignmentAction.PAUSE, AlignmentAction.RESUME):
            self._require(PAUSING_SINCE)
        if given:
            self._require(SETTINGS_SINCE)
        message = orjson.dumps({"Action": action.value, **given}).decode() if given else action
        if self._socket is None:
            raise NinaConnectionError("the polar alignment is not connected")
        try:
            await self._socket.send_str(str(message))
        except (ConnectionError, aiohttp.ClientError) as err:
            raise NinaCommandLostError(f"{self._url.authority}: {err}") from err

    def _require(self, needed: Version) -> None:
        """Raise NinaVersionError if the server is too old."""
        if self._plugin.version < needed:
            raise NinaVersionError(
                f"this needs plugin version {needed}, but {self._plugin.version} is installed"
            )

    async def messages(self) -> AsyncGenerator[AlignmentMessage]:
        """Yield messages until the connection ends.

        Raises NinaConnectionError if the peer is lost.
        """
        try:
            while (data := await self.receive()) is not None:
                if (message := decode_alignment(data)) is not None:
                    yield message
        finally:
            await self.close()
        raise NinaConnectionError(
            f"{self._url.authority} closed the connection of the polar alignment"
        )


def decode_alignment(data: bytes) -> AlignmentMessage | None:
    """Decode a message; None if it is not a valid one."""
    if len(data) > LONGEST_MESSAGE:
        return None
    try:
        response = mapping(loads(data)).get("Response")
    except ValueError:
        return None
    if isinstance(response, str):
        action = _CONFIRMATIONS.get(response.strip())
        return None if action is None else AlignmentConfirmed(action=action)
    block = mapping(response)
    if "TotalError" in block:
        return AlignmentError(
            azimuth=number(block.get("AzimuthError")),
            altitude=number(block.get("AltitudeError")),
            total=number(block["TotalError"]),
        )
    status = text(block.get("Status"))
    if status is None:
        return None
    return AlignmentProgress(status=status, fraction=number(block.get("Progress")))
