"""Commands for what moves the telescope and guards it: mount, dome, flat panel, switches."""

from .control import SLEW_TIMEOUT, SLOW_TIMEOUT, Control
from .dialect import since
from .envelope import Reply
from .models.enums import TrackingMode

_MOUNT = ("equipment", "mount")
_DOME = ("equipment", "dome")
_FLAT_PANEL = ("equipment", "flatdevice")

# The parameter has no number for custom rates; the one they have elsewhere means stopped here.
_TRACKING_NUMBERS = {
    TrackingMode.SIDEREAL: 0,
    TrackingMode.LUNAR: 1,
    TrackingMode.SOLAR: 2,
    TrackingMode.KING: 3,
    TrackingMode.STOPPED: 4,
}


class MountControl(Control):
    """Commands for the mount; positions are J2000 in degrees, also right ascension."""

    async def park_mount(self) -> Reply:
        """Park the mount; repeated on the way, it stops and starts again."""
        return await self._command(*_MOUNT, "park")

    async def unpark_mount(self) -> Reply:
        """Unpark the mount."""
        return await self._command(*_MOUNT, "unpark")

    @since(2, 1)
    async def find_mount_home(self) -> Reply:
        """Send the mount to its home position."""
        return await self._command(*_MOUNT, "home")

    @since(2, 1)
    async def set_tracking(self, mode: TrackingMode) -> Reply:
        """Set how the mount follows the sky; raises ValueError for custom rates."""
        if mode not in _TRACKING_NUMBERS:
            raise ValueError(f"{mode} cannot be commanded")
        return await self._command(*_MOUNT, "tracking", params={"mode": _TRACKING_NUMBERS[mode]})

    @since(2, 1, 5)
    async def flip_mount(self) -> Reply:
        """Flip at the present position if that is needed."""
        return await self._command(*_MOUNT, "flip")

    @since(2, 1, 5)
    async def slew_mount(
        self,
        ra_degrees: float,
        dec_degrees: float,
        *,
        center: bool = False,
        rotation: float | None = None,
        wait: bool = False,
    ) -> Reply:
        """Slew, and center by plate solving or bring the camera to a rotation in degrees.

        With `wait` the answer comes at the end, and with centering it says the opposite of what
        happened.
        """
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
    async def stop_mount(self) -> Reply:
        """Stop a slew."""
        return await self._command(*_MOUNT, "slew", "stop")

    @since(2, 2, 3)
    async def sync_mount(self, ra_degrees: float, dec_degrees: float) -> Reply:
        """Tell the mount where it points; "synced" also when it refused."""
        return await self._command(
            *_MOUNT, "sync", params={"ra": ra_degrees, "dec": dec_degrees}, within=SLOW_TIMEOUT
        )

    @since(2, 2, 3)
    async def solve_and_sync_mount(self) -> Reply:
        """Find out by an exposure where the mount points, and tell it."""
        return await self._command(*_MOUNT, "sync", within=SLOW_TIMEOUT)

    @since(2, 2)
    async def set_mount_park_position(self) -> Reply:
        """Make the present position that of parking."""
        return await self._command(*_MOUNT, "set-park-position", within=SLOW_TIMEOUT)


class DomeControl(Control):
    """Commands for the dome or roof; each cancels the one before, the shutter's included."""

    async def open_shutter(self) -> Reply:
        """Open the shutter, which N.I.N.A. refuses silently while it is unsafe."""
        return await self._command(*_DOME, "open")

    async def close_shutter(self) -> Reply:
        """Close the shutter; repeated before it reads closing, it stops and starts again."""
        return await self._command(*_DOME, "close")

    async def stop_dome(self) -> Reply:
        """Stop shutter and dome, and following."""
        return await self._command(*_DOME, "stop")

    @since(2, 1, 5)
    async def set_dome_following(self, *, enabled: bool) -> Reply:
        """Have the dome follow the mount, or not; needs an open shutter and a mount either way."""
        return await self._command(
            *_DOME, "set-follow", params={"enabled": enabled}, within=SLOW_TIMEOUT
        )

    @since(2, 1, 5)
    async def sync_dome(self) -> Reply:
        """Turn the dome to the mount once."""
        return await self._command(*_DOME, "sync")

    @since(2, 1, 5)
    async def slew_dome(self, azimuth: float) -> Reply:
        """Turn the dome to an azimuth in degrees; switches following off."""
        return await self._command(
            *_DOME, "slew", params={"azimuth": azimuth, "waitToFinish": False}, within=SLOW_TIMEOUT
        )

    @since(2, 2, 1)
    async def park_dome(self) -> Reply:
        """Park the dome, which also closes the shutter where it can be set."""
        return await self._command(*_DOME, "park")

    @since(2, 2, 1)
    async def find_dome_home(self) -> Reply:
        """Send the dome to its home position."""
        return await self._command(*_DOME, "home")

    @since(2, 2, 1)
    async def set_dome_park_position(self) -> Reply:
        """Make the present azimuth that of parking."""
        return await self._command(*_DOME, "set-park-position")


class PowerControl(Control):
    """Commands for the flat panel and the switches."""

    @since(2, 1, 2)
    async def set_cover(self, *, closed: bool) -> Reply:
        """Close or open the cover of the flat panel."""
        return await self._command(*_FLAT_PANEL, "set-cover", params={"closed": closed})

    @since(2, 1, 2)
    async def set_light(self, *, on: bool) -> Reply:
        """Switch the flat panel; on means at the last brightness, or the maximum."""
        return await self._command(*_FLAT_PANEL, "set-light", params={"on": on})

    @since(2, 1, 2)
    async def set_brightness(self, brightness: int) -> Reply:
        """Set the brightness in the panel's own units, which switches many panels on."""
        return await self._command(
            *_FLAT_PANEL, "set-brightness", params={"brightness": brightness}
        )

    async def set_switch(self, index: int, value: float) -> Reply:
        """Write a channel by its position among the writable ones (`SwitchHub.index_of`)."""
        return await self._command(
            "equipment", "switch", "set", params={"index": index, "value": value}
        )
