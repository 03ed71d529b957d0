"""What N.I.N.A. does with a mount: park, home, slew, centre, flip."""

from typing import TYPE_CHECKING

from simulator.enums import ShutterState, TrackingMode

if TYPE_CHECKING:
    from simulator.devices.mount import Mount
    from simulator.sky import Coordinates

__all__ = ["MountRoutines"]

_STEP = 1.0
_UNPARK_SECONDS = 1.5


class MountRoutines:
    """The routines of one mount; those that return a bool tell whether they succeeded."""

    def __init__(self, mount: Mount) -> None:
        """Act on a mount."""
        self.mount = mount

    async def _arrived(self) -> None:
        """Wait until the hardware stands."""
        hardware = self.mount.hardware
        while hardware.slewing:
            await self.mount.clock.sleep(min(_STEP, hardware.remaining or _STEP))

    def stop_slew(self) -> None:
        """Halt the hardware, whoever started the slew."""
        self.mount.halt()
        self.mount.target = None
        self.mount.refresh()

    def track(self, mode: TrackingMode) -> bool:
        """Set a tracking mode and tell whether it reads back."""
        mount = self.mount
        if mount.obeys() and mode is not TrackingMode.CUSTOM:
            mount.at_home = False
            mount.hardware.track(mode)
        mount.refresh()
        return mount.hardware.tracking is mode

    async def park(self) -> None:
        """Park, or slew to the pole and stop where the mount cannot park."""
        mount = self.mount
        if mount.obeys():
            mount.at_home = False
            mount.begin_parking()
            mount.refresh()
            if mount.habits.blocks:
                await self._arrived()
                while mount.claims_to_slew:
                    await mount.clock.sleep(_STEP)
            mount.refresh()
        await mount.clock.sleep(_STEP)
        await mount.next_poll()
        await mount.events.emit("MOUNT-PARKED")

    async def unpark(self) -> None:
        """Unpark, unless the dome settings refuse that without an open shutter."""
        mount = self.mount
        dome = mount.observatory.dome
        settings = mount.observatory.profile.section("DomeSettings")
        shut = dome.connected and dome.known["ShutterStatus"] is not ShutterState.OPEN
        if settings.get("RefuseUnparkWithoutShutterOpen") and shut:
            return
        await mount.clock.sleep(_UNPARK_SECONDS)
        if mount.obeys():
            mount.hardware.parked = False
        await mount.next_poll()
        await mount.events.emit("MOUNT-UNPARKED")

    async def find_home(self) -> None:
        """Slew to the home position."""
        mount, hardware = self.mount, self.mount.hardware
        if mount.obeys():
            mount.begin_slew_to(6.0, 90.0, mount.habits.home_seconds)
            await self._arrived()
            mount.at_home = hardware.position[1] == 90.0
        await mount.next_poll()
        await mount.events.emit("MOUNT-HOMED")

    async def slew(self, target: Coordinates) -> bool:
        """Slew to coordinates and settle."""
        mount = self.mount
        if mount.hardware.parked or not mount.connected:
            return False
        obeyed = mount.obeys()
        if obeyed and not mount.hardware.slew_to(target):
            return False
        mount.at_home = False
        mount.target = target.to_jnow(mount.clock.true_now())
        mount.settling = True
        mount.refresh()
        try:
            await self._arrived()
            settings = mount.observatory.profile.section("TelescopeSettings")
            await mount.clock.sleep(settings["SettleTime"])
        finally:
            mount.settling, mount.target = False, None
            mount.refresh()
        return obeyed

    async def center(self, target: Coordinates, rotation: float | None = None) -> bool:
        """Slew, solve and correct until centred; with an angle rotate the camera as well."""
        mount = self.mount
        camera, rotator = mount.observatory.camera, mount.observatory.rotator
        if not await self.slew(target) or not camera.connected:
            return False
        if not await camera.routines.expose_for_solve():
            return False
        if rotation is not None:
            if not rotator.connected:
                return False
            await rotator.synchronise()
            await rotator.turn_to_sky(rotation)
            await camera.routines.expose_for_solve()
        return True

    async def flip(self) -> bool:
        """Slew to where it points, on the side of the pier that this place now asks for."""
        mount = self.mount
        return await self.slew(mount.hardware.coordinates)

    async def meridian_flip(self) -> None:
        """Run the whole meridian-flip workflow of a sequence or the manual flip window."""
        mount = self.mount
        observatory = mount.observatory
        settings = observatory.profile.section("MeridianFlipSettings")
        guided = observatory.guider.guiding
        await mount.events.emit("MOUNT-BEFORE-FLIP")
        try:
            if guided:
                await observatory.guider.routines.stop()
            await self.flip()
            await mount.clock.sleep(settings["SettleTime"])
            if settings["Recenter"] and observatory.camera.connected:
                await observatory.camera.routines.expose_for_solve()
            if guided:
                await observatory.guider.routines.start(calibrate=False)
        finally:
            await mount.events.emit("MOUNT-AFTER-FLIP")
