"""The mount."""

from typing import Final

from ..models.enums import TrackingMode
from ..plugin_version import since
from ..transport import SLEW_TIMEOUT, SLOW_TIMEOUT, SOLVE_TIMEOUT, Endpoint, Reply

_MOUNT: Final = ("equipment", "mount")

# The parameter has no number for custom rates; their number elsewhere means stopped here.
_TRACKING_NUMBERS = {
    TrackingMode.SIDEREAL: 0,
    TrackingMode.LUNAR: 1,
    TrackingMode.SOLAR: 2,
    TrackingMode.KING: 3,
    TrackingMode.STOPPED: 4,
}


class MountEndpoint(Endpoint):
    """Move the mount; positions are J2000 in degrees, also right ascension."""

    async def park(self) -> Reply:
        """Park the mount; a second command while it parks stops it and starts it again."""
        return await self._command(*_MOUNT, "park")

    async def unpark(self) -> Reply:
        """Unpark the mount."""
        return await self._command(*_MOUNT, "unpark")

    @since(2, 1)
    async def find_home(self) -> Reply:
        """Send the mount to its home position."""
        return await self._command(*_MOUNT, "home")

    @since(2, 1)
    async def set_tracking(self, mode: TrackingMode) -> Reply:
        """Set the tracking mode; raises ValueError for custom rates."""
        if mode not in _TRACKING_NUMBERS:
            raise ValueError(f"{mode} cannot be commanded")
        return await self._command(*_MOUNT, "tracking", params={"mode": _TRACKING_NUMBERS[mode]})

    @since(2, 1, 5)
    async def flip(self) -> Reply:
        """Flip at the current position if needed."""
        return await self._command(*_MOUNT, "flip")

    @since(2, 1, 5)
    async def slew(
        self,
        ra_degrees: float,
        dec_degrees: float,
        *,
        center: bool = False,
        rotation: float | None = None,
        wait: bool = False,
    ) -> Reply:
        """Slew, and center by plate solving or bring the camera to a rotation in degrees.

        With `wait` the reply arrives at the end, and with centering it states the opposite of the
        result.
        """
        if wait:
            self._require("waiting for a slew", 2, 1, 8)
        if center or rotation is not None:
            self._require("centering", 2, 2, 5)
        return await self._command(
            *_MOUNT,
            "slew",
            params={
                "ra": ra_degrees,
                "dec": dec_degrees,
                "waitForResult": wait,
                "center": center,
                "rotate": rotation is not None,
                "rotationAngle": 0 if rotation is None else rotation,
            },
            within=SLEW_TIMEOUT if wait else SLOW_TIMEOUT,
        )

    @since(2, 1, 8)
    async def stop(self) -> Reply:
        """Stop a slew."""
        return await self._command(*_MOUNT, "slew", "stop")

    @since(2, 2, 3)
    async def sync(self, ra_degrees: float, dec_degrees: float) -> Reply:
        """Sync the mount to a position; the reply is "synced" even if the mount refused."""
        return await self._command(
            *_MOUNT, "sync", params={"ra": ra_degrees, "dec": dec_degrees}, within=SLOW_TIMEOUT
        )

    @since(2, 2, 3)
    async def solve_and_sync(self) -> Reply:
        """Plate solve an exposure and sync the mount to its position."""
        return await self._command(*_MOUNT, "sync", within=SOLVE_TIMEOUT + SLOW_TIMEOUT)

    @since(2, 2)
    async def set_park_position(self) -> Reply:
        """Set the park position to the current position."""
        return await self._command(*_MOUNT, "set-park-position", within=SLOW_TIMEOUT)
