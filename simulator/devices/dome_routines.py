"""N.I.N.A.'s routines for a dome: refusals by profile, waiting, following, completion events.

Completion events come when the driver's call has returned, also when nothing moved. Canceling a
routine aborts the dome's movement, the shutter's included (contract 3.9).
"""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from simulator.enums import ShutterState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .dome_driver import DomeDriver
    from .mount import Mount
    from .safety_monitor import SafetyMonitor

__all__ = ["DomeRoutines"]

_STEP = 1.0
_TOLERANCE = 2.0
_LOG_DELAY = 2.0


class DomeRoutines:
    """The routines of one dome."""

    def __init__(self, dome: DomeDriver, mount: Mount, monitor: SafetyMonitor) -> None:
        """Act on a dome over a mount."""
        self.dome = dome
        self._mount = mount
        self._monitor = monitor
        self._follower_turns = False

    @property
    def settings(self) -> dict[str, Any]:
        """Return the dome settings of the profile."""
        section: dict[str, Any] = self.dome.profile.section("DomeSettings")
        return section

    @property
    def synchronized(self) -> bool:
        """Return whether the dome points where the mount points."""
        mount = self._mount
        if not mount.connected:
            return False
        distance = (self.dome.turn.value - mount.horizontal().azimuth + 180) % 360 - 180
        return bool(abs(distance) <= self.settings["AzimuthTolerance_degrees"])

    @contextlib.contextmanager
    def _aborting(self) -> Iterator[None]:
        """Abort the dome's movement when the routine is canceled, unless N.I.N.A. itself ends."""
        try:
            yield
        except asyncio.CancelledError:
            if not self.dome.tasks.ending:
                self.dome.abort()
            raise

    async def _mount_is_out_of_the_way(self) -> bool:
        """Park the mount or refuse, as the profile is set; return whether the shutter may move."""
        mount, settings = self._mount, self.settings
        if settings["ParkMountBeforeShutterMove"]:
            if not mount.connected:
                return False
            if not mount.known["AtPark"]:
                await mount.routines.park()
        return not settings["RefuseUnsafeShutterMove"] or (
            mount.connected and bool(mount.known["AtPark"])
        )

    def _open_is_safe(self) -> bool:
        """Return whether the safety monitor, or its absence, allows the shutter to open."""
        monitor = self._monitor
        if monitor.connected:
            return bool(monitor.known["IsSafe"])
        return not self.settings["RefuseUnsafeShutterOpenSansSafetyDevice"]

    async def open_shutter(self) -> None:
        """Open the shutter unless that is refused, silently."""
        with self._aborting():
            if not self._open_is_safe() or not await self._mount_is_out_of_the_way():
                return
            if self.settings["ParkDomeBeforeShutterMove"]:
                await self._turn_to_park()
            self.dome.drive_shutter(1.0)
            await self._shutter_rests()
            await self.dome.events.emit("DOME-SHUTTER-OPENED")

    async def close_shutter(self) -> None:
        """Close the shutter unless the profile refuses that, silently."""
        with self._aborting():
            if not await self._mount_is_out_of_the_way():
                return
            if self.settings["ParkDomeBeforeShutterMove"]:
                await self._turn_to_park()
            self.dome.drive_shutter(0.0)
            await self._shutter_rests()
            await self.dome.events.emit("DOME-SHUTTER-CLOSED")

    async def _shutter_rests(self) -> None:
        """Wait until the shutter stands, the settle time and the next poll."""
        while self.dome.shutter_busy:
            await self.dome.clock.sleep(_STEP)
        await self.dome.clock.sleep(self.settings["SettleTimeSeconds"])
        await self.dome.next_poll()

    async def _turns(self) -> None:
        """Wait until the dome stands, and for the next poll."""
        while self.dome.turn.moving:
            await self.dome.clock.sleep(_STEP)
        await self.dome.next_poll()

    async def _turn_to_park(self) -> None:
        """Turn to the park position without closing the shutter."""
        self.dome.drive_to(self.dome.park_azimuth)
        await self._turns()

    async def turn_to(self, azimuth: float) -> None:
        """Turn to an azimuth."""
        with self._aborting():
            await self._slew(azimuth)

    async def _slew(self, azimuth: float) -> None:
        """Turn to an azimuth and announce it."""
        start = float(self.dome.known["Azimuth"])
        self.dome.drive_to(azimuth)
        await self._turns()
        await self.dome.events.emit("DOME-SLEWED", From=start, To=float(self.dome.known["Azimuth"]))

    async def park(self) -> None:
        """Park: stop following, turn, and close the shutter of a dome that can."""
        dome = self.dome
        with self._aborting():
            await self.stop_following()
            if not dome.can_park:
                return
            if self.settings["FindHomeBeforePark"]:
                await self._go_home()
            dome.drive_to(dome.park_azimuth)
            while dome.turn.moving:
                await dome.clock.sleep(_STEP)
            if dome.can_set_shutter:
                dome.drive_shutter(0.0)
                while dome.shutter_busy:
                    await dome.clock.sleep(_STEP)
            dome.parked = dome.turn.value == dome.park_azimuth
            await dome.next_poll()
            await dome.events.emit("DOME-PARKED")

    async def find_home(self) -> None:
        """Find home and announce it."""
        with self._aborting():
            await self.stop_following()
            await self._go_home()
            await self.dome.next_poll()
            await self.dome.events.emit("DOME-HOMED")

    async def _go_home(self) -> None:
        """Turn to the home position."""
        self.dome.drive_to(self.dome.home_azimuth)
        while self.dome.turn.moving:
            await self.dome.clock.sleep(_STEP)
        self.dome.at_home = self.dome.turn.value == self.dome.home_azimuth

    async def stop_all(self) -> None:
        """Halt dome and shutter and stop following; the log has it a little later."""
        self.dome.following = False
        self.dome.tasks.cancel("dome-follower")
        self.dome.abort()
        self.dome.ignores_stop()
        await self.dome.clock.sleep(_LOG_DELAY)
        await self.dome.events.emit("DOME-STOPPED")

    async def start_following(self) -> bool:
        """Follow the mount from now on, and return whether that works."""
        dome = self.dome
        if not dome.can_turn or not dome.obeys():
            return False
        dome.following = True
        dome.tasks.start(self._follow(), "dome-follower")
        await dome.clock.sleep(2.0)
        return dome.following

    async def stop_following(self) -> None:
        """Follow no longer; a movement of the follower is aborted, the shutter's with it."""
        if not self.dome.following:
            return
        self.dome.following = False
        self.dome.tasks.cancel("dome-follower")
        if self._follower_turns:
            self._follower_turns = False
            self.dome.abort()
        await self.dome.clock.sleep(_STEP)

    async def _follow(self) -> None:
        """Turn whenever the mount looks elsewhere."""
        dome = self.dome
        while dome.connected and dome.following:
            mount = self._mount
            if mount.connected and not mount.parked and not self.synchronized:
                self._follower_turns = True
                await self._slew(mount.horizontal().azimuth)
                self._follower_turns = False
            await dome.next_poll()

    async def synchronize(self) -> None:
        """Turn once to where the mount looks; without a mount nothing happens."""
        mount = self._mount
        if mount.connected:
            await self._slew(mount.horizontal().azimuth)

    async def watch(self) -> None:
        """Close an open shutter when it gets unsafe, if the profile is set to (off by default)."""
        dome = self.dome
        monitor = self._monitor
        unsafe = monitor.connected and not monitor.known["IsSafe"]
        busy = dome.tasks.running("dome-unsafe")
        wide = dome.known["ShutterStatus"] is ShutterState.OPEN
        if self.settings["CloseOnUnsafe"] and unsafe and wide and not busy:
            dome.tasks.start(self.close_shutter(), "dome-unsafe")
