"""The dome, or a roof that opens: its commands."""

import asyncio
from typing import TYPE_CHECKING, Any, override

from simulator.enums import ShutterState
from simulator.parameters import Boolean, Double
from simulator.reply import Refusal, Reply
from simulator.routing import get

from .dome_driver import DomeDriver
from .dome_routines import DomeRoutines

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from simulator.context import Context
    from simulator.habits import RoofHabits

    from .mount import Mount
    from .safety_monitor import SafetyMonitor

_FAMILY = "dome"
_SHUT = (ShutterState.CLOSED, ShutterState.CLOSING)
_WIDE = (ShutterState.OPEN, ShutterState.OPENING)


class Dome(DomeDriver):
    """A dome with what N.I.N.A. does with it: `routines`."""

    def __init__(
        self, context: Context, habits: RoofHabits, mount: Mount, monitor: SafetyMonitor
    ) -> None:
        """Begin closed and parked, over a mount; the monitor decides whether it may open."""
        super().__init__(context, habits, mount)
        self.routines = DomeRoutines(self, mount, monitor)

    @override
    def info(self) -> dict[str, Any]:
        """Return the block with the follower's state, which N.I.N.A. itself keeps."""
        following = self.connected and self.following
        flags = {
            "IsFollowing": following,
            "IsSynchronized": following and self.routines.synchronized,
        }
        return {**flags, **super().info()}

    @override
    def detach(self) -> None:
        """Forget the device and stop following."""
        self.following = False
        super().detach()

    @override
    async def polled_from(self, before: dict[str, Any]) -> None:
        """Close on unsafe if the profile is set to."""
        await self.routines.watch()

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a movement under the token that all API movements of the dome share."""
        return self.tasks.start(work, _FAMILY)

    @get("open")
    async def open(self) -> Reply:
        """Open the shutter, unless it is open already."""
        self.require_connection()
        if self.known["ShutterStatus"] in _WIDE:
            return Reply("Shutter already open")
        self.run(self.routines.open_shutter())
        return Reply("Shutter opening")

    @get("close")
    async def close(self) -> Reply:
        """Close the shutter, unless it is closed already."""
        self.require_connection()
        if self.known["ShutterStatus"] in _SHUT:
            return Reply("Shutter already closed")
        self.run(self.routines.close_shutter())
        return Reply("Shutter closing")

    @get("stop")
    async def stop(self) -> Reply:
        """Halt everything and stop following."""
        self.require_connection()
        self.tasks.cancel(_FAMILY)
        self.tasks.start(self.routines.stop_all())
        return Reply("Movement stopped")

    @get("set-follow", Boolean("enabled"), since="2.1.5")
    async def set_follow(self, enabled: bool) -> Reply:
        """Switch following; an open shutter and a mount are needed to switch it off as well."""
        self.require_connection()
        if self.known["ShutterStatus"] is not ShutterState.OPEN:
            raise Refusal("Dome shutter not open", 409)
        if not self._mount.connected:
            raise Refusal("Mount not connected", 409)
        if enabled:
            success = await self.routines.start_following()
            return Reply("Following enabled", success=success)
        await self.routines.stop_following()
        return Reply("Following disabled")

    @get("sync", since="2.1.5")
    async def sync(self) -> Reply:
        """Turn once to where the mount looks."""
        self.require_connection()
        self.tasks.start(self.routines.synchronize(), "dome-sync")
        return Reply("Dome Sync Started")

    @get("slew", Double("azimuth"), Boolean("waitToFinish"), since="2.1.5")
    async def slew(self, azimuth: float, wait: bool) -> Reply:
        """Turn to an azimuth, after following was switched off."""
        self.require_connection()
        await self.routines.stop_following()
        task = self.run(self.routines.turn_to(azimuth % 360))
        if wait and self.dialect.at_least("2.2.1.0"):
            await asyncio.wait([task])
            return Reply("Dome Slew finished")
        return Reply("Dome Slew Started")

    @get("set-park-position", since="2.2.1.0")
    async def set_park_position(self) -> Reply:
        """Make the present azimuth the park position."""
        self.require_connection(400)
        if not self.can_set_park or self.known["AtPark"]:
            raise Refusal("Dome can not set park position", 400)
        self.park_azimuth = self.turn.value
        return Reply("Park position set")

    @get("park", since="2.2.1.0")
    async def park(self) -> Reply:
        """Park, which closes the shutter as well."""
        self.require_connection(400)
        if self.known["AtPark"]:
            return Reply("Dome already parked")
        self.run(self.routines.park())
        return Reply("Parking")

    @get("home", since="2.2.1.0")
    async def home(self) -> Reply:
        """Find home."""
        self.require_connection(400)
        if self.known["AtHome"]:
            return Reply("Dome already homed")
        self.run(self.routines.find_home())
        return Reply("Homing")
