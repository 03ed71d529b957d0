"""The dome, or a roof that opens, as its driver shows it: hardware and info block."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
import math
from typing import TYPE_CHECKING, Any, ClassVar, override

from simulator.enums import ShutterState
from simulator.hardware.motion import Axis
from simulator.hardware.shutter import Shutter
from simulator.sky import dec_string

from .base import Device, Driver, dummy

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.context import Context
    from simulator.habits import RoofHabits

    from .mount import Mount

_TURN_RATE = 8.0
_MOVEMENTS = 1000


class By(StrEnum):
    """Who moved the shutter: the driver, commanded by N.I.N.A., or a person at the roof."""

    DRIVER = "driver"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement of the shutter that began: simulated time, way, who, and the mount under it."""

    time: datetime
    opens: bool
    by: By
    mount_parked: bool

    def as_data(self) -> dict[str, Any]:
        """Return the movement as plain data."""
        return {
            "time": self.time.isoformat(),
            "opens": self.opens,
            "by": self.by.value,
            "mount_parked": self.mount_parked,
        }


class DomeDriver(Device):
    """A dome with a shutter.

    `shutter` is the true state, `reported` the driver's report, `opening` how far it is open
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
            "Rotating Dome",
            "Rotating Dome (ASCOM)",
            description="Shutter and rotation of a dome",
            info="Roof Driver",
            version="2.0",
            actions=("Reset",),
        ),
        Driver("DomeSim.Dome", "Simulator"),
    )
    home_azimuth = 0.0
    park_azimuth = 90.0

    def __init__(self, context: Context, habits: RoofHabits, mount: Mount) -> None:
        """Begin closed and parked, over a mount."""
        self._mount = mount
        self._shutter = Shutter(context.clock, context.faults, habits)
        self.turn = Axis(context.clock, self.park_azimuth, _TURN_RATE, circle=360.0)
        self.movements: deque[Movement] = deque(maxlen=_MOVEMENTS)
        self.parked = True
        self.at_home = False
        self.following = False
        self.can_set_shutter = True
        self.can_park = True
        self.can_set_park = True
        self.can_turn = True
        super().__init__(context)

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
        """Return the driver's reading of the shutter."""
        return self._shutter.reported if self.can_set_shutter else ShutterState.NONE

    @property
    def shutter_moves(self) -> bool:
        """Return whether the shutter truly moves."""
        return self._shutter.moving

    @property
    def shutter_busy(self) -> bool:
        """Return whether N.I.N.A. waits for the shutter."""
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
        """Return whether the driver reports that dome or shutter moves, as ASCOM defines it."""
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
            parked = self._mount.parked
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
        """Return the driver's reading."""
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
