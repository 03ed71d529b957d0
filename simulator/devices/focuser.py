"""The focuser: info block and moves."""

import math
from typing import TYPE_CHECKING, Any, ClassVar, override

from simulator.hardware.motion import Axis
from simulator.parameters import Boolean, Integer
from simulator.reply import Refusal, Reply
from simulator.routing import get

from .base import Device, Driver, dummy

if TYPE_CHECKING:
    from simulator.context import Context

    from .weather import Weather

_FAMILY = "focuser-move"


class Focuser(Device):
    """A focuser whose best place, `best_position`, drifts with the temperature."""

    role = "focuser"
    path = "focuser"
    bundle_key = "Focuser"
    prefix = "FOCUSER"
    noun = "Focuser"
    profile_section = "FocuserSettings"
    connect_seconds = 1.2
    drivers: ClassVar[tuple[Driver, ...]] = (
        dummy("No focuser"),
        Driver(
            "ASCOM.Crayford.Focuser",
            "Crayford Focuser",
            "Crayford Focuser (ASCOM)",
            description="Crayford Focuser (1)",
            info="Crayford Focuser ASCOM Driver",
            version="6.0",
        ),
        Driver("FocusSim.Focuser", "Simulator"),
    )
    max_position = 50000
    step_size = 1.2
    slope = 0.0016
    steps_per_degree = -35.0
    best_at_ten_degrees = 20110.0

    def __init__(self, context: Context, weather: Weather) -> None:
        """Begin near the focus, in the air of a weather station."""
        self._weather = weather
        self.travel = Axis(context.clock, 20060.0, 500.0)
        self.settling = False
        self.has_probe = True
        super().__init__(context)

    @property
    def position(self) -> int:
        """Return where it is, in steps."""
        return round(self.travel.value)

    @property
    def temperature(self) -> float:
        """Return what its probe reads in °C."""
        return round(self._weather.temperature + 1.3, 2) if self.has_probe else math.nan

    @property
    def best_position(self) -> float:
        """Return where the stars are smallest now."""
        air = self._weather.temperature
        return self.best_at_ten_degrees + self.steps_per_degree * (air - 10)

    def defocus(self, offset: float) -> float:
        """Return by how many pixels a star is widened through a filter of some offset in steps."""
        return abs(self.travel.value - offset - self.best_position) * self.slope * 8

    @override
    def defaults(self) -> dict[str, Any]:
        """Return the block without a device."""
        return {
            "Position": 0,
            "StepSize": 0.0,
            "Temperature": math.nan,
            "IsMoving": False,
            "IsSettling": False,
            "TempComp": False,
            "TempCompAvailable": False,
        }

    @override
    def read(self) -> dict[str, Any]:
        """Return the driver's reading."""
        return {
            "Position": self.position,
            "StepSize": self.step_size,
            "Temperature": self.temperature,
            "IsMoving": self.travel.moving,
            "IsSettling": self.settling,
            "TempComp": False,
            "TempCompAvailable": False,
        }

    async def move_to(self, position: int) -> None:
        """Move, with the range N.I.N.A. allows, and settle."""
        if self.obeys():
            self.travel.go(min(self.max_position, max(0, position)))
        self.refresh()
        try:
            while self.travel.moving:
                await self.clock.sleep(min(1.0, self.travel.remaining))
            settle = self.profile.section("FocuserSettings")["FocuserSettleTime"]
            if settle:
                self.settling = True
                self.refresh()
                await self.clock.sleep(settle)
        finally:
            if not self.tasks.ending:
                self.travel.stop()
            self.settling = False
            self.refresh()

    @get("move", Integer("position"), since="2.1.0")
    async def move(self, position: int) -> Reply:
        """Move to a position; an earlier move of the API is canceled."""
        self.require_for_move("Move started")
        self.tasks.start(self.move_to(position), _FAMILY)
        return Reply("Move started")

    @get("stop-move", since="2.2.14.3")
    async def stop_move(self) -> Reply:
        """Stop a move of the API; before 2.2.15.0 without effect."""
        self.require_connection()
        if self.dialect.at_least("2.2.15.0") and not self.ignores_stop():
            self.tasks.cancel(_FAMILY)
        return Reply("Focuser move stopped")

    @get("pins/reverse", Boolean("reversing"), since="2.2.14.0")
    async def reverse(self, reversing: bool) -> Reply:
        """Refuse: this is not the Linux port."""
        del reversing
        raise Refusal("Platform not supported", 500)
