"""How N.I.N.A. points a mount with the help of other devices: unpark, slew, center, flip, sync."""

from typing import TYPE_CHECKING

from simulator.enums import ShutterState
from simulator.parameters import Boolean, Double, Given
from simulator.reply import UNKNOWN_ERROR, Refusal, Reply
from simulator.routing import get
from simulator.sky import Coordinates
from simulator.tasks import finished

if TYPE_CHECKING:
    from .camera import Camera
    from .dome import Dome
    from .guider import Guider
    from .mount import Mount
    from .rotator import Rotator

__all__ = ["Pointing"]

_UNPARK_SECONDS = 1.5
_SLEW_FAMILY = "mount-slew"


class Pointing:
    """The pointing of a rig. A bool that is returned is whether the move succeeded."""

    path = "mount"

    def __init__(
        self, mount: Mount, dome: Dome, camera: Camera, rotator: Rotator, guider: Guider
    ) -> None:
        """Point a mount under a dome, by the frames of a camera."""
        self.mount = mount
        self._dome = dome
        self._camera = camera
        self._rotator = rotator
        self._guider = guider

    async def unpark(self) -> None:
        """Unpark, unless the dome settings refuse that without an open shutter."""
        mount = self.mount
        dome = self._dome
        settings = mount.profile.section("DomeSettings")
        shut = dome.connected and dome.known["ShutterStatus"] is not ShutterState.OPEN
        if settings.get("RefuseUnparkWithoutShutterOpen") and shut:
            return
        await mount.clock.sleep(_UNPARK_SECONDS)
        if mount.obeys():
            mount.hardware.parked = False
        await mount.next_poll()
        await mount.events.emit("MOUNT-UNPARKED")

    async def center(self, target: Coordinates, rotation: float | None = None) -> bool:
        """Slew, solve and correct until centered; with an angle rotate the camera as well."""
        mount = self.mount
        camera, rotator = self._camera, self._rotator
        if not await mount.routines.slew(target) or not camera.connected:
            return False
        if not await camera.routines.expose_for_solve():
            return False
        if rotation is not None:
            if not rotator.connected:
                return False
            await rotator.synchronize()
            await rotator.turn_to_sky(rotation)
            await camera.routines.expose_for_solve()
        return True

    async def flip(self) -> bool:
        """Slew to where it points, on the side of the pier that this place now asks for."""
        mount = self.mount
        return await mount.routines.slew(mount.hardware.coordinates)

    async def meridian_flip(self) -> None:
        """Run the whole meridian-flip workflow of a sequence or the manual flip window."""
        mount = self.mount
        settings = mount.profile.section("MeridianFlipSettings")
        guided = self._guider.guiding
        await mount.events.emit("MOUNT-BEFORE-FLIP")
        try:
            if guided:
                await self._guider.routines.stop()
            await self.flip()
            await mount.clock.sleep(settings["SettleTime"])
            if settings["Recenter"] and self._camera.connected:
                await self._camera.routines.expose_for_solve()
            if guided:
                await self._guider.routines.start(calibrate=False)
        finally:
            await mount.events.emit("MOUNT-AFTER-FLIP")

    @get("unpark")
    async def serve_unpark(self) -> Reply:
        """Unpark."""
        mount = self.mount
        mount.require_connection()
        if not mount.known["AtPark"]:
            return Reply("Mount not parked")
        mount.tasks.start(self.unpark(), "mount-unpark")
        return Reply("Unparking")

    @get("flip", since="2.1.5")
    async def serve_flip(self) -> Reply:
        """Flip at the present position if that is needed."""
        mount = self.mount
        mount.require_unparked()
        mount.tasks.start(self.flip(), _SLEW_FAMILY)
        return Reply("Flipping")

    @get(
        "slew",
        Double("ra"),
        Double("dec"),
        Boolean("waitForResult"),
        Boolean("center"),
        Boolean("rotate"),
        Double("rotationAngle"),
        since="2.1.5",
    )
    async def serve_slew(
        self, ra: float, dec: float, wait: bool, center: bool, rotate: bool, angle: float
    ) -> Reply:
        """Slew to J2000 degrees; with center or rotate, a waiting reply is the opposite of the result."""
        mount = self.mount
        mount.require_unparked()
        target = Coordinates.from_degrees(ra, dec)
        center, rotate = (flag and mount.dialect.at_least("2.2.5.0") for flag in (center, rotate))
        precise = center or rotate
        turn = angle if rotate else None
        work = self.center(target, turn) if precise else mount.routines.slew(target)
        task = mount.tasks.start(work, _SLEW_FAMILY)
        if not wait or not mount.dialect.at_least("2.1.8"):
            return Reply("Slew started")
        success = await finished(task)
        if precise and not success:
            raise UNKNOWN_ERROR
        if success and not precise:
            return Reply("Slew finished")
        return Reply("Slew failed", success=False)

    @get("slew/stop", since="2.1.8")
    async def serve_stop_slew(self) -> Reply:
        """Halt the mount and cancel centering started by the API."""
        mount = self.mount
        mount.require_connection()
        if not mount.ignores_stop():
            mount.tasks.cancel(_SLEW_FAMILY)
            mount.routines.stop_slew()
        return Reply("Stopped slew")

    @get("sync", Double("ra"), Double("dec"), Given(), since="2.2.3.0")
    async def serve_sync(self, ra: float, dec: float, given: frozenset[str]) -> Reply:
        """Synchronize to coordinates, or to the result of a plate solve; always claims success."""
        mount = self.mount
        mount.require_connection(400)
        if mount.known["AtPark"] or not mount.can_set_park:
            raise Refusal("Mount is parked", 400)
        if not {"ra", "dec"} <= given:
            await self._camera.routines.expose_for_solve()
        elif mount.obeys():
            mount.hardware.put(Coordinates.from_degrees(ra, dec))
        await mount.clock.sleep(2.0)
        return Reply("Synced")
