"""The dome, or a roof that opens: its hardware, its info block and its commands."""

import asyncio
from collections import deque
import math
from typing import TYPE_CHECKING, Any, ClassVar, override

from simulator.devices.dome_routines import DomeRoutines
from simulator.enums import ShutterState
from simulator.hardware.motion import Axis
from simulator.hardware.shutter import Shutter
from simulator.parameters import Boolean, Double
from simulator.reply import Refusal, Reply
from simulator.routing import get
from simulator.sky import dec_string
from simulator.truth import By, Movement

from .base import Device, Driver, dummy

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from simulator.habits import RoofHabits
    from simulator.observatory import Observatory

_TURN_RATE = 8.0
_FAMILY = "dome"
_MOVEMENTS = 1000
_SHUT = (ShutterState.CLOSED, ShutterState.CLOSING)
_WIDE = (ShutterState.OPEN, ShutterState.OPENING)


class Dome(Device):
    """A dome with a shutter.

    `shutter` is the true state, `reported` what its driver says of it, `opening` how far it is open
    (0…1); `put_shutter` puts it by hand. A shutter that stands half-way is in error.
    """

    role = "dome"
    path = "dome"
    bundle_key = "Dome"
    prefix = "DOME"
    noun = "Dome"
    profile_section = "DomeSettings"
    connect_seconds = 2.0
    drivers: ClassVar[tuple[Driver, ...]] = (
        dummy("No dome"),
        Driver(
            "ASCOM.RollOff.Dome",
            "Roll-off Roof",
            "Roll-off Roof (ASCOM)",
            description="Roll-off roof and rotating dome controller",
            info="Roof Driver",
            version="2.0",
            actions=("Reset",),
        ),
        Driver("DomeSim.Dome", "Simulator"),
    )
    home_azimuth = 0.0
    park_azimuth = 90.0

    def __init__(self, observatory: Observatory, habits: RoofHabits) -> None:
        """Begin closed and parked."""
        self._shutter = Shutter(observatory.clock, observatory.faults, habits)
        self.turn = Axis(observatory.clock, self.park_azimuth, _TURN_RATE, circle=360.0)
        self.movements: deque[Movement] = deque(maxlen=_MOVEMENTS)
        self.parked = True
        self.at_home = False
        self.following = False
        self.can_set_shutter = True
        self.can_park = True
        self.can_set_park = True
        self.can_turn = True
        super().__init__(observatory)
        self.routines = DomeRoutines(self)

    @property
    def habits(self) -> RoofHabits:
        """Return the habits of the shutter and of its driver."""
        return self._shutter.habits

    @habits.setter
    def habits(self, habits: RoofHabits) -> None:
        """Give shutter and driver other habits."""
        self._shutter.habits = habits

    @property
    def opening(self) -> float:
        """Return how far the shutter is open, 0 to 1."""
        return self._shutter.opening

    @property
    def shutter(self) -> ShutterState:
        """Return the true state of the shutter."""
        return self._shutter.state if self.can_set_shutter else ShutterState.NONE

    @property
    def reported(self) -> ShutterState:
        """Return what the driver says of the shutter."""
        return self._shutter.reported if self.can_set_shutter else ShutterState.NONE

    @property
    def shutter_moves(self) -> bool:
        """Tell whether the shutter truly moves."""
        return self._shutter.moving

    @property
    def shutter_busy(self) -> bool:
        """Tell whether N.I.N.A. waits for the shutter."""
        return self.can_set_shutter and self._shutter.busy

    @property
    def shutter_seconds(self) -> float:
        """Return how long the shutter takes to close."""
        return self._shutter.habits.close_seconds

    @shutter_seconds.setter
    def shutter_seconds(self, seconds: float) -> None:
        """Make the shutter faster or slower, both ways."""
        self._shutter.take(seconds)

    @property
    def slewing(self) -> bool:
        """Tell whether the driver says that dome or shutter moves, as ASCOM defines it."""
        return self.turn.moving or self.reported in (ShutterState.OPENING, ShutterState.CLOSING)

    def put_shutter(self, opening: float) -> None:
        """Put the shutter by hand: 0 closed, 1 open."""
        self._shutter.put(opening)

    def move_shutter(self, target: float) -> None:
        """Move the shutter by its own switch beside the door, in its usual time."""
        self._shutter.move(target)
        self._note(target, By.HAND)

    def drive_shutter(self, target: float) -> None:
        """Give the driver's command to open (1) or close (0)."""
        if self.obeys():
            self._shutter.drive(target)
            self._note(target, By.DRIVER)

    def _note(self, target: float, who: By) -> None:
        """Remember a movement that has begun, and whether the mount was parked."""
        if self._shutter.moving:
            parked = self.observatory.mount.parked
            self.movements.append(Movement(self.clock.true_now(), bool(target), who, parked))

    def drive_to(self, azimuth: float) -> None:
        """Give the driver's command to turn."""
        if self.obeys():
            self.parked = self.at_home = False
            self.turn.go(azimuth)

    def abort(self) -> None:
        """Give the driver's command to halt everything, which it may ignore."""
        if self.faults.find("stop_ignored", device=self.role):
            return
        self._shutter.halt()
        self.turn.stop()

    @override
    def defaults(self) -> dict[str, Any]:
        """Return the block without a device."""
        return self._block(ShutterState.NONE, "", math.nan, able=False)

    @override
    def default_actions(self) -> list[str] | None:
        """Return the empty list that the dome's block keeps without a device."""
        return []

    @override
    def lost_leftovers(self) -> dict[str, Any]:
        """Show the shutter in error after a loss."""
        return {"ShutterStatus": ShutterState.ERROR}

    @override
    def read(self) -> dict[str, Any]:
        """Return what the driver says."""
        azimuth = self.turn.value
        block = self._block(self.reported, dec_string(azimuth), azimuth, able=True)
        block |= {"AtPark": self.parked, "AtHome": self.at_home, "Slewing": self.slewing}
        return block

    def _block(
        self, shutter: ShutterState, dms: str, azimuth: float, *, able: bool
    ) -> dict[str, Any]:
        """Return an info block."""
        return {
            "ShutterStatus": shutter,
            "AzimuthDMS": dms,
            "AltitudeDMS": "",
            "FollowingType": "Off",
            "DriverCanFollow": False,
            "CanSetShutter": able and self.can_set_shutter,
            "CanSetPark": able and self.can_set_park,
            "CanSetAzimuth": able and self.can_turn,
            "CanSyncAzimuth": able and self.can_turn,
            "CanPark": able and self.can_park,
            "CanFindHome": able and self.can_turn,
            "AtPark": False,
            "AtHome": False,
            "DriverFollowing": False,
            "ApplicationFollowing": False,
            "Slewing": False,
            "Azimuth": azimuth,
            "Altitude": math.nan,
        }

    @override
    def info(self) -> dict[str, Any]:
        """Return the block with the follower's state, which N.I.N.A. itself keeps."""
        following = self.connected and self.following
        flags = {
            "IsFollowing": following,
            "IsSynchronized": following and self.routines.synchronised,
        }
        return {**flags, **super().info()}

    @override
    def detach(self) -> None:
        """Forget the device and stop following."""
        self.following = False
        super().detach()

    @override
    async def polled_from(self, before: dict[str, Any]) -> None:
        """Close on unsafe where the profile says so."""
        await self.routines.watch()

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a movement under the token that all API movements of the dome share."""
        return self.observatory.tasks.start(work, _FAMILY)

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
        self.observatory.tasks.cancel(_FAMILY)
        self.observatory.tasks.start(self.routines.stop_all())
        return Reply("Movement stopped")

    @get("set-follow", Boolean("enabled"), since="2.1.5")
    async def set_follow(self, enabled: bool) -> Reply:
        """Switch following; an open shutter and a mount are needed to switch it off as well."""
        self.require_connection()
        if self.known["ShutterStatus"] is not ShutterState.OPEN:
            raise Refusal("Dome shutter not open", 409)
        if not self.observatory.mount.connected:
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
        self.observatory.tasks.start(self.routines.synchronise(), "dome-sync")
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
