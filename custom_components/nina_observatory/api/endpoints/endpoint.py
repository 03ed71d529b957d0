"""Base of all endpoints: reading and sending commands."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from ..dialect import NEWEST, Dialect, Version
from ..envelope import Envelope, Reply, open_envelope
from ..errors import NinaVersionError
from ..transport import Params, Transport

# Timeouts in seconds of an answer from memory, and of one that has to be computed.
POLL_TIMEOUT: Final = 10.0
WORK_TIMEOUT: Final = 60.0
# Most commands reply at once and continue in the background; some run when N.I.N.A.'s window is
# not busy; others wait for hardware, plate solving, or a slew. Seconds.
COMMAND_TIMEOUT: Final = 20.0
WINDOW_TIMEOUT: Final = 30.0
SLOW_TIMEOUT: Final = 120.0
SLEW_TIMEOUT: Final = 900.0

NO_PARAMS: Final[Params] = {}


@dataclass(slots=True)
class Connection:
    """State that the endpoints of one server share.

    `told` is the newest time that the computer sent with its offset, and `likely_zone` returns its
    assumed zone, which such an offset overrides.
    """

    transport: Transport
    dialect: Dialect = NEWEST
    told: datetime | None = None
    likely_zone: Callable[[], tzinfo | None] = lambda: None

    def note_told(self, told: datetime | None) -> None:
        """Record a time that the computer sent, if it is the newest."""
        self.told = max(filter(None, (self.told, told)), default=None)


class Endpoint:
    """A subject of the API.

    Every method can raise the errors of a request: NinaConnectionError, NinaTimeoutError,
    NinaResponseError, NinaNotFoundError for a server without the route, NinaCommandError if
    N.I.N.A. refuses, and NinaVersionError if the plugin is too old.

    A command goes out once, on a connection of its own, with every parameter spelled out: a missing
    one would mean 0 or false. It raises NinaCommandLostError if the connection broke after it was
    sent. Its reply proves nothing: see `Reply`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        """The dialect of the server."""
        return self._connection.dialect

    @property
    def _transport(self) -> Transport:
        return self._connection.transport

    async def _ask(
        self, *path: str, params: Params = NO_PARAMS, within: float = POLL_TIMEOUT
    ) -> Envelope:
        """Send a request that changes nothing and may be repeated."""
        return open_envelope(await self._transport.fetch(*path, params=params, within=within))

    async def _command(
        self, *path: str, params: Params = NO_PARAMS, within: float = COMMAND_TIMEOUT
    ) -> Reply:
        """Send a command."""
        return (await self._order(*path, params=params, within=within)).reply

    async def _order(
        self, *path: str, params: Params = NO_PARAMS, within: float = COMMAND_TIMEOUT
    ) -> Envelope:
        """Send a command whose reply has more than a text."""
        answer = await self._transport.fetch_once(*path, params=params, within=within)
        return open_envelope(answer)

    def _require(self, what: str, *since: int) -> None:
        """Raise NinaVersionError if the server would silently ignore a parameter."""
        if not self.dialect.speaks(*since):
            raise NinaVersionError(
                f"{what} needs plugin version {Version(since)}, this is {self.dialect.version}"
            )
