"""The shutter's hardware: how far it is open, and what its driver reports."""

from typing import TYPE_CHECKING

from simulator.enums import ShutterState
from simulator.habits import RoofHabits, RoofWords, changed

from .motion import Axis

if TYPE_CHECKING:
    from simulator.clock import SimulationClock
    from simulator.faults import Faults

__all__ = ["Shutter"]

_MOVING = (ShutterState.OPENING, ShutterState.CLOSING)
_SHORTEST = 0.01
_STUCK = "stuck_shutter"


class Shutter:
    """A shutter between closed (0) and open (1); `habits` may be replaced at any time."""

    def __init__(self, clock: SimulationClock, faults: Faults, habits: RoofHabits) -> None:
        """Begin closed."""
        self._axis = Axis(clock, 0.0, 1.0)
        self._faults = faults
        self._habits = habits
        self._claimed: ShutterState | None = None
        self._silent = False
        self._end = ShutterState.CLOSED

    @property
    def habits(self) -> RoofHabits:
        """Return the habits of shutter and driver."""
        return self._habits

    @habits.setter
    def habits(self, habits: RoofHabits) -> None:
        """Change the habits; what is under way goes on at its new speed."""
        self._habits = habits
        if self._axis.moving:
            self._go(self._axis.target)

    @property
    def opening(self) -> float:
        """Return how far it is open, 0 to 1."""
        return self._axis.value

    @property
    def moving(self) -> bool:
        """Return whether it moves."""
        return self._axis.moving

    @property
    def state(self) -> ShutterState:
        """Return the truth; one that stands half-way is in error."""
        if self._axis.moving:
            return ShutterState.OPENING if self._axis.direction > 0 else ShutterState.CLOSING
        if self._axis.value in (0.0, 1.0):
            return ShutterState.OPEN if self._axis.value else ShutterState.CLOSED
        return ShutterState.ERROR

    @property
    def reported(self) -> ShutterState:
        """Return the driver's reading."""
        if self._claimed is not None:
            return self._claimed
        state, words = self.state, self._habits.words
        if state in (ShutterState.OPEN, ShutterState.CLOSED):
            self._end = state
            return state
        if words is RoofWords.SWITCHES or (self._silent and state is ShutterState.ERROR):
            return self._end
        if words is RoofWords.NONE and state in _MOVING:
            return ShutterState.NONE
        return ShutterState.ERROR if words is RoofWords.ERROR else state

    @property
    def busy(self) -> bool:
        """Return whether N.I.N.A. still waits: the driver reports a movement, or has not returned."""
        return self.reported in _MOVING or (self._habits.blocks and self._axis.moving)

    def put(self, opening: float) -> None:
        """Be somewhere at once."""
        self._claimed, self._silent = None, False
        self._axis.put(opening)
        self._see_end()

    def move(self, target: float) -> None:
        """Travel, without asking the driver."""
        self._see_end()
        self._claimed, self._silent = None, False
        self._go(target)

    def drive(self, target: float) -> None:
        """Carry out the driver's command to open (1) or close (0)."""
        direction = "open" if target else "close"
        stuck = self._faults.find(_STUCK, direction=direction)
        if stuck is None:
            self.move(target)
            return
        stuck.used += 1
        match stuck.options["mode"]:
            case "endless":
                self._claimed = ShutterState.OPENING if target else ShutterState.CLOSING
            case "error":
                self.halt()
                self._claimed = ShutterState.ERROR
            case "jam" | "halt" as mode:
                self.move((self._axis.value + target) / 2)
                self._silent = mode == "halt"

    def halt(self) -> None:
        """Stand where it is."""
        self._see_end()
        self._claimed = None
        self._axis.stop()

    def _see_end(self) -> None:
        """Remember the end at which it stands, for a driver with two limit switches."""
        if self.state in (ShutterState.OPEN, ShutterState.CLOSED):
            self._end = self.state

    def _go(self, target: float) -> None:
        """Travel at the speed of that direction."""
        self._axis.stop()
        opens = target > self._axis.value
        seconds = self._habits.open_seconds if opens else self._habits.close_seconds
        self._axis.rate = 1 / max(seconds, _SHORTEST)
        self._axis.go(target)

    def take(self, seconds: float) -> None:
        """Take so many seconds for either way."""
        self.habits = changed(self._habits, open_seconds=seconds, close_seconds=seconds)
