"""The flat panel."""

from typing import Final

from ..plugin_version import since
from ..transport import Endpoint, Reply

_FLAT_PANEL: Final = ("equipment", "flatdevice")


class FlatPanelEndpoint(Endpoint):
    """Move the cover and set the light."""

    @since(2, 1, 2)
    async def set_cover(self, *, closed: bool) -> Reply:
        """Close or open the cover of the flat panel."""
        return await self._command(*_FLAT_PANEL, "set-cover", params={"closed": closed})

    @since(2, 1, 2)
    async def set_light(self, *, on: bool) -> Reply:
        """Switch the light; on means at the last brightness, or the maximum."""
        return await self._command(*_FLAT_PANEL, "set-light", params={"on": on})

    @since(2, 1, 2)
    async def set_brightness(self, brightness: int) -> Reply:
        """Set the brightness in the panel's own units, which switches many panels on."""
        return await self._command(
            *_FLAT_PANEL, "set-brightness", params={"brightness": brightness}
        )
