"""What all readings have in common."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Final

from .control import NO_PARAMS
from .dialect import Dialect
from .envelope import Envelope, open_envelope
from .transport import Params, Transport

# How long an answer from memory may take, and one that has to be worked out; seconds.
POLL_TIMEOUT: Final = 10.0
WORK_TIMEOUT: Final = 60.0


class Reading:
    """Something that reads and changes nothing.

    Every method can raise the errors of a request: NinaConnectionError, NinaTimeoutError,
    NinaResponseError, NinaNotFoundError for a server without the route, and NinaCommandError.
    """

    dialect: Dialect
    # The newest time that the computer told with its offset, and what returns the zone that it is in
    # unless it tells another offset.
    told: datetime | None
    likely_zone: Callable[[], tzinfo | None]
    _transport: Transport

    async def _ask(
        self, *path: str, params: Params = NO_PARAMS, within: float = POLL_TIMEOUT
    ) -> Envelope:
        """Ask for something."""
        return open_envelope(await self._transport.fetch(*path, params=params, within=within))
