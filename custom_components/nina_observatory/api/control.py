"""What all commands have in common."""

from collections.abc import Mapping
from typing import Any, Final

from .dialect import Dialect, Version
from .envelope import Envelope, Reply, open_envelope
from .errors import NinaVersionError
from .transport import Params, Transport

# Most commands answer at once and go on in the background; some are carried out when N.I.N.A.'s
# window is not busy; others wait for hardware, for a sky to be solved, or for a slew. Seconds.
COMMAND_TIMEOUT: Final = 20.0
WINDOW_TIMEOUT: Final = 30.0
SLOW_TIMEOUT: Final = 120.0
SLEW_TIMEOUT: Final = 900.0

NO_PARAMS: Final[Mapping[str, Any]] = {}


class Control:
    """Something that sends commands.

    Each goes out once, on a connection of its own, with every parameter spelt out: a missing one
    would mean 0 or false. A method raises NinaCommandError where N.I.N.A. refuses,
    NinaVersionError where the plugin is too old for it, NinaCommandLostError where the connection
    broke after it was sent, and the other errors of a request. What it returns proves nothing: see
    `Reply`.
    """

    dialect: Dialect
    _transport: Transport

    async def _command(
        self, *path: str, params: Params = NO_PARAMS, within: float = COMMAND_TIMEOUT
    ) -> Reply:
        """Send a command."""
        return (await self._order(*path, params=params, within=within)).reply

    async def _order(
        self, *path: str, params: Params = NO_PARAMS, within: float = COMMAND_TIMEOUT
    ) -> Envelope:
        """Send a command that is answered with more than a text."""
        answer = await self._transport.fetch_once(*path, params=params, within=within)
        return open_envelope(answer)

    def _require(self, what: str, *since: int) -> None:
        """Raise NinaVersionError where the server would silently ignore a parameter."""
        if not self.dialect.speaks(*since):
            raise NinaVersionError(
                f"{what} needs plugin version {Version(since)}, this is {self.dialect.version}"
            )
