"""The dome or roof."""

from typing import Final

from ..plugin_version import since
from ..transport import SLOW_TIMEOUT, Endpoint, Reply

_DOME: Final = ("equipment", "dome")


class DomeEndpoint(Endpoint):
    """Move the dome or roof; a movement cancels the previous one, including the shutter's.

    Only `sync` and `set_park_position` do not; `set_following` does when it ends a turn of the dome.
    """

    async def open_shutter(self) -> Reply:
        """Open the shutter, which N.I.N.A. refuses silently while it is unsafe."""
        return await self._command(*_DOME, "open")

    async def close_shutter(self) -> Reply:
        """Close the shutter; a second command before it reads closing stops it and starts it again."""
        return await self._command(*_DOME, "close")

    async def stop(self) -> Reply:
        """Stop shutter and dome, and following."""
        return await self._command(*_DOME, "stop")

    @since(2, 1, 5)
    async def set_following(self, *, enabled: bool) -> Reply:
        """Switch following of the mount on or off; needs an open shutter and a connected mount."""
        return await self._command(
            *_DOME, "set-follow", params={"enabled": enabled}, within=SLOW_TIMEOUT
        )

    @since(2, 1, 5)
    async def sync(self) -> Reply:
        """Turn the dome to the mount once."""
        return await self._command(*_DOME, "sync")

    @since(2, 1, 5)
    async def slew(self, azimuth: float) -> Reply:
        """Turn the dome to an azimuth in degrees; switches following off."""
        return await self._command(
            *_DOME, "slew", params={"azimuth": azimuth, "waitToFinish": False}, within=SLOW_TIMEOUT
        )

    @since(2, 2, 1)
    async def park(self) -> Reply:
        """Park the dome, which also closes a shutter that the driver can move."""
        return await self._command(*_DOME, "park")

    @since(2, 2, 1)
    async def find_home(self) -> Reply:
        """Send the dome to its home position."""
        return await self._command(*_DOME, "home")

    @since(2, 2, 1)
    async def set_park_position(self) -> Reply:
        """Set the park position to the current azimuth."""
        return await self._command(*_DOME, "set-park-position")
