"""Live stacks."""

from ..models.base import decode_all
from ..models.enums import LiveStackState, Unknown
from ..models.extras import LiveStack
from ..pictures import JPEG_QUALITY, Picture, fetch_picture, scaled
from ..plugin_version import since
from ..transport import Endpoint, Reply


class LiveStackEndpoint(Endpoint):
    """Read, start and stop live stacks."""

    @since(2, 2, 12)
    async def get_state(self) -> LiveStackState | Unknown | None:
        """Read the state of live stacking; "stopped" without its plugin."""
        return LiveStackState.from_wire((await self._ask("livestack", "status")).text())

    @since(2, 2, 7)
    async def get_all(self) -> tuple[LiveStack, ...]:
        """List the live stacks."""
        return decode_all(LiveStack, (await self._ask("livestack", "image", "available")).array())

    @since(2, 1, 7, 1)
    async def get_picture(
        self,
        target: str,
        filter_name: str,
        *,
        width: int | None = None,
        quality: int = JPEG_QUALITY,
    ) -> Picture:
        """Read a live stack by its target and filter."""
        return await fetch_picture(
            self._transport,
            "livestack",
            "image",
            target,
            filter_name,
            params=scaled(width, quality),
        )

    @since(2, 1, 7, 1)
    async def start(self) -> Reply:
        """Start live stacking; confirmed even without its plugin."""
        return await self._command("livestack", "start")

    @since(2, 1, 7, 1)
    async def stop(self) -> Reply:
        """Stop live stacking; confirmed even without its plugin."""
        return await self._command("livestack", "stop")
