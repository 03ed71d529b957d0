"""The framing assistant, which works once its page has been opened."""

from ..models.base import decode
from ..models.enums import SkySource
from ..models.extras import Framing
from ..plugin_version import since
from ..transport import SLEW_TIMEOUT, SLOW_TIMEOUT, Endpoint, Reply


class FramingEndpoint(Endpoint):
    """Frame a position and slew to it."""

    @since(2, 1)
    async def get(self) -> Framing:
        """Read the framed position."""
        return decode(Framing, (await self._ask("framing", "info")).object())

    @since(2, 1)
    async def set_coordinates(self, ra_degrees: float, dec_degrees: float) -> Reply:
        """Frame a position, J2000 degrees."""
        return await self._command(
            "framing", "set-coordinates", params={"RAangle": ra_degrees, "DECangle": dec_degrees}
        )

    @since(2, 1)
    async def set_rotation(self, rotation: float) -> Reply:
        """Turn the frame to an angle in degrees."""
        return await self._command("framing", "set-rotation", params={"rotation": rotation})

    @since(2, 1)
    async def set_source(self, source: SkySource) -> Reply:
        """Choose the source of the sky image."""
        return await self._command("framing", "set-source", params={"source": source.wire_name})

    @since(2, 1)
    async def slew(
        self, *, center: bool = False, rotate: bool = False, wait: bool = False
    ) -> Reply:
        """Slew to the framed position; the reply is "finished" even after a failure."""
        if wait:
            self._require("waiting for a slew to the framing", 2, 1, 7, 1)
        option = "Rotate" if rotate else "Center" if center else None
        return await self._command(
            "framing",
            "slew",
            params={"slew_option": option, "waitForResult": wait},
            within=SLEW_TIMEOUT if wait else SLOW_TIMEOUT,
        )
