"""The cooler of a camera: the sensor follows the set point with lag, limits and noise."""

from typing import TYPE_CHECKING

from .motion import Axis

if TYPE_CHECKING:
    from collections.abc import Callable
    import random

    from simulator.clock import SimulationClock

__all__ = ["Cooler"]

_DEGREES_PER_SECOND = 0.08
_REACH = 38.0
_PER_CENT_PER_DEGREE = 2.2


class Cooler:
    """Sensor temperature in °C; without cooling it drifts toward that of the air."""

    def __init__(
        self, clock: SimulationClock, noise: random.Random, outside: Callable[[], float]
    ) -> None:
        """Begin at the temperature of the air; `outside` returns that outside in °C."""
        self._random = noise
        self._outside = outside
        self._sensor = Axis(clock, 18.0, _DEGREES_PER_SECOND)
        self.on = False
        self.set_point = 20.0

    @property
    def air(self) -> float:
        """Return the temperature the sensor has without cooling."""
        return self._outside() + 4

    @property
    def temperature(self) -> float:
        """Return the true temperature of the sensor."""
        return self._sensor.value

    @property
    def reading(self) -> float:
        """Return the driver's reading: rounded, with some noise while cooling."""
        noise = self._random.gauss(0, 0.04) if self.on else 0.0
        return round(self._sensor.value + noise, 1)

    @property
    def power(self) -> float:
        """Return the cooler's power in per cent."""
        if not self.on:
            return 0.0
        needed = max(0.0, self.air - self._sensor.value) * _PER_CENT_PER_DEGREE
        busy = 20.0 if self._sensor.direction < 0 else 0.0
        return float(round(min(100.0, max(4.0, needed + busy))))

    def switch(self, *, on: bool) -> None:
        """Switch the cooler."""
        self.on = on
        self._aim()

    def aim_at(self, set_point: float) -> None:
        """Change the set point."""
        self.set_point = set_point
        self._aim()

    def put(self, temperature: float) -> None:
        """Be cooled to a temperature at once."""
        self.on, self.set_point = True, temperature
        self._sensor.put(temperature)

    def _aim(self) -> None:
        """Let the sensor go where it is driven, as far as the cooler can."""
        goal = max(self.set_point, self.air - _REACH) if self.on else self.air
        self._sensor.go(min(goal, self.air + 25))
