"""Things that move at a limited speed: their place follows from the clock, no task is needed."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.clock import SimulationClock

__all__ = ["Axis"]


class Axis:
    """A linear or circular axis that travels to a target at `rate` units per simulated second."""

    def __init__(
        self, clock: SimulationClock, value: float, rate: float, circle: float | None = None
    ) -> None:
        """Stand still at a value; `circle` is the length of the turn of a circular axis."""
        self._clock = clock
        self._start = value
        self._distance = 0.0
        self._since = 0.0
        self.rate = rate
        self._circle = circle

    @property
    def value(self) -> float:
        """Return where the axis is now."""
        travelled = min(abs(self._distance), (self._clock.elapsed - self._since) * self.rate)
        return self._wrapped(self._start + math.copysign(travelled, self._distance))

    @property
    def target(self) -> float:
        """Return where the axis stops."""
        return self._wrapped(self._start + self._distance)

    @property
    def moving(self) -> bool:
        """Return whether the axis is on its way."""
        return self.remaining > 0

    @property
    def remaining(self) -> float:
        """Return how many seconds the travel will still take."""
        if not self._distance:
            return 0.0
        end = self._since + abs(self._distance) / self.rate
        left = end - self._clock.elapsed
        return left if left > 1e-9 * max(1.0, end) else 0.0

    @property
    def direction(self) -> int:
        """Return 1 or -1 while travelling up or down, else 0."""
        return int(math.copysign(1, self._distance)) if self.moving else 0

    def go(self, target: float) -> None:
        """Travel to a value, the short way round on a circle."""
        here = self.value
        distance = target - here
        if self._circle:
            distance = (distance + self._circle / 2) % self._circle - self._circle / 2
        self._start, self._distance, self._since = here, distance, self._clock.elapsed

    def stop(self) -> None:
        """Stand still where it is."""
        self.put(self.value)

    def put(self, value: float) -> None:
        """Be at a value at once, as if moved by hand."""
        self._start, self._distance = self._wrapped(value), 0.0

    def _wrapped(self, value: float) -> float:
        """Return a value within the circle."""
        return value % self._circle if self._circle else value
