"""The rotator."""

from typing import TYPE_CHECKING, Any, ClassVar, override

from simulator.enums import RotatorRange
from simulator.hardware.motion import Axis
from simulator.parameters import Boolean, Choice, Float
from simulator.reply import Reply
from simulator.routing import get
from simulator.wire import Single

from .base import Device, Driver, dummy

if TYPE_CHECKING:
    from simulator.context import Context
    from simulator.networked import Networked

_FAMILY = "rotator"
_TOLERANCE = 1.0


class Rotator(Device):
    """A rotator; `synced` once its sky angle is known, `offset` is added to get it."""

    role = "rotator"
    path = "rotator"
    bundle_key = "Rotator"
    prefix = "ROTATOR"
    noun = "Rotator"
    profile_section = "RotatorSettings"
    connect_seconds = 1.4
    drivers: ClassVar[tuple[Driver, ...]] = (
        dummy("No rotator"),
        Driver(
            "ASCOM.FieldRotator.Rotator",
            "Field Rotator",
            "Field Rotator (ASCOM)",
            description="Field Rotator",
            info="Information about the driver itself. Version: 6.5",
            version="6.5",
        ),
        Driver("Networked Rotator", "Networked Rotator", category="Advanced API"),
    )
    step_size = 0.01

    def __init__(self, context: Context, person: Networked) -> None:
        """Begin at an angle, not synced; the person turns it where it has no motor."""
        self._person = person
        self.turn = Axis(context.clock, 64.12, 4.0, circle=360.0)
        self.synced = False
        self.offset = 280.94
        self.reversed = False
        self.can_reverse = True
        self._fresh = False
        super().__init__(context)

    @property
    def mechanical(self) -> float:
        """Return the mechanical angle in degrees."""
        return self.turn.value

    @property
    def position(self) -> float:
        """Return the sky angle, or the mechanical one while that is not known."""
        return (self.turn.value + self.offset) % 360 if self.synced else self.turn.value

    @property
    def networked(self) -> bool:
        """Return whether a person turns it, whom a remote client helps."""
        return self.driver is not None and self.driver.device_id == "Networked Rotator"

    @override
    def defaults(self) -> dict[str, Any]:
        """Return the block without a device."""
        return {
            "CanReverse": False,
            "Reverse": False,
            "MechanicalPosition": Single(0),
            "Position": Single(0),
            "StepSize": Single(0),
            "IsMoving": False,
            "Synced": False,
        }

    @override
    def attached(self) -> None:
        """Show angle 0 and not synced until the first poll."""
        self._fresh = True
        self.synced = False

    @override
    def read(self) -> dict[str, Any]:
        """Return the driver's reading."""
        fresh, self._fresh = self._fresh, False
        return {
            "CanReverse": self.can_reverse,
            "Reverse": self.reversed,
            "MechanicalPosition": Single(0 if fresh else self.mechanical),
            "Position": Single(self.position),
            "StepSize": Single(self.step_size),
            "IsMoving": self.turn.moving,
            "Synced": self.synced and not fresh,
        }

    def put(self, position: float) -> None:
        """Stand at a position at once, turned by hand, in the angles of `position`."""
        self.turn.put((position - self.offset) % 360 if self.synced else position)

    async def turn_to_mechanical(self, angle: float) -> None:
        """Turn to a mechanical angle and announce it in the angles it was asked in."""
        await self._turn(self._in_range(angle % 360), self.mechanical, sky=False)

    async def turn_to_sky(self, angle: float) -> None:
        """Turn to a sky angle; a rotator that is not synced refuses silently."""
        if not self.synced:
            self.known["IsMoving"] = True
            return
        start = self.position
        mechanical = self._in_range((angle - self.offset) % 360)
        await self._turn(mechanical, start, sky=True)

    async def _turn(self, mechanical: float, start: float, *, sky: bool) -> None:
        """Turn and wait until it stands within a degree of there, which may be for ever."""
        if self.networked:
            await self._person.turn_rotator(self.mechanical, mechanical)
            self.turn.put(mechanical)
        elif self.obeys():
            stuck = self.faults.find("stuck_rotator")
            if stuck is not None:
                stuck.used += 1
            self.turn.go(mechanical if stuck is None else stuck.options["at"] % 360)
        self.refresh()
        try:
            while self.turn.moving or self._distance(mechanical) > _TOLERANCE:
                await self.clock.sleep(min(1.0, self.turn.remaining or 1.0))
        finally:
            if not self.tasks.ending:
                self.turn.stop()
            self.refresh()
        end = self.position if sky else self.mechanical
        await self.events.emit("ROTATOR-MOVED", From=Single(start), To=Single(end))

    def _distance(self, mechanical: float) -> float:
        """Return how far it is from a mechanical angle."""
        return abs((self.mechanical - mechanical + 180) % 360 - 180)

    def _in_range(self, angle: float) -> float:
        """Return an equivalent mechanical angle within the range the profile allows."""
        settings = self.profile.section("RotatorSettings")
        width = (360, 180, 90)[settings["RangeType"].number]
        first = settings["RangeStartMechanicalPosition"]
        return float((first + (angle - first) % width) % 360)

    async def synchronize(self) -> None:
        """Learn the sky angle from a plate solve."""
        if not self.synced:
            self.synced = True
            self.refresh()
        await self.events.emit("ROTATOR-SYNCED")

    @get("move", Float("position"))
    async def move(self, position: float) -> Reply:
        """Turn to a sky angle."""
        self._start(position, sky=True)
        return Reply("Rotator move started")

    @get("move-mechanical", Float("position"))
    async def move_mechanical(self, position: float) -> Reply:
        """Turn to a mechanical angle."""
        self._start(position, sky=False)
        return Reply("Rotator move started")

    def _start(self, position: float, *, sky: bool) -> None:
        """Start a move of the API, which replaces the former one."""
        self.require_for_move("Rotator move started")
        work = self.turn_to_sky(position) if sky else self.turn_to_mechanical(position)
        self.tasks.start(work, _FAMILY)

    @get("reverse", Boolean("reverseDirection"), since="2.2.14.0")
    async def reverse(self, reverse: bool) -> Reply:
        """Set the direction in driver and profile."""
        self.require_connection()
        if self.can_reverse and self.obeys():
            self.reversed = reverse
        self.profile.section("RotatorSettings")["Reverse2"] = reverse
        return Reply("Reverse set")

    @get(
        "set-mechanical-range",
        Choice("range", required=True, members=RotatorRange),
        Float("rangeStartPosition", default=None),
        since="2.2.14.0",
    )
    async def set_range(self, kind: RotatorRange, start: float | None) -> Reply:
        """Write the mechanical range into the profile."""
        settings = self.profile.section("RotatorSettings")
        settings["RangeType"] = kind
        if start is not None:
            settings["RangeStartMechanicalPosition"] = Single(start)
        return Reply("Range set")

    @get("stop-move", since="2.2.14.3")
    async def stop_move(self) -> Reply:
        """Cancel a move of the API."""
        self.require_connection()
        if not self.ignores_stop():
            self.tasks.cancel(_FAMILY)
        return Reply("Rotator move stopped")
