"""The mount's hardware: where it points, how it slews, tracks and parks."""

from dataclasses import dataclass
import math
from typing import TYPE_CHECKING

from simulator.enums import PierSide, TrackingMode
from simulator.sky import SIDEREAL_RATE, Coordinates, Horizontal, side_of_pier

if TYPE_CHECKING:
    from simulator.clock import SimulationClock
    from simulator.sky import Site

__all__ = ["MountHardware"]


@dataclass(frozen=True, slots=True)
class _Slew:
    """A slew under way; angles in hours and degrees, `hour_angle` where it began."""

    began: float
    seconds: float
    hour_angle: float
    declination: float
    to_hour_angle: float
    to_declination: float
    parks: bool = False


class MountHardware:
    """A German equatorial mount; angles are of the date.

    While it tracks, the right ascension stays; otherwise the hour angle does. `stopped` is when the
    last movement ended, in simulated seconds since the start.
    """

    rate = 4.0
    park_hour_angle = 6.0
    park_declination = 90.0

    def __init__(self, clock: SimulationClock, site: Site) -> None:
        """Begin parked."""
        self._clock = clock
        self.site = site
        self._parked = True
        self.stopped = -math.inf
        self.tracking = TrackingMode.STOPPED
        self.side = PierSide.EAST
        self._declination = self.park_declination
        self._hour_angle = self.park_hour_angle
        self._right_ascension: float | None = None
        self._slew: _Slew | None = None
        self._axis_rates = [0.0, 0.0]
        self._axis_since = 0.0

    @property
    def sidereal_time(self) -> float:
        """Return the local sidereal time in hours."""
        return self.site.sidereal_time(self._clock.true_now())

    @property
    def parked(self) -> bool:
        """Return whether it is parked."""
        return not self.slewing and self._parked

    @parked.setter
    def parked(self, parked: bool) -> None:
        """Park or unpark where it is."""
        self._parked = parked

    @property
    def slewing(self) -> bool:
        """Return whether it is slewing."""
        slew = self._slew
        if slew is not None and self._clock.elapsed >= slew.began + slew.seconds:
            self._arrive(slew)
        return self._slew is not None or any(self._axis_rates)

    @property
    def parking(self) -> bool:
        """Return whether it is on its way to be parked."""
        return self.slewing and self._slew is not None and self._slew.parks

    @property
    def remaining(self) -> float:
        """Return how many seconds the slew will still take."""
        if not self.slewing or self._slew is None:
            return 0.0
        return self._slew.began + self._slew.seconds - self._clock.elapsed

    @property
    def position(self) -> tuple[float, float]:
        """Return hour angle in hours (-12 to 12) and declination in degrees."""
        return self._position(self.sidereal_time)

    def _position(self, sidereal: float) -> tuple[float, float]:
        """Return the position at a sidereal time, that of now."""
        if self.slewing and self._slew is not None:
            slew = self._slew
            done = (self._clock.elapsed - slew.began) / slew.seconds
            way = _hours(slew.to_hour_angle - slew.hour_angle)
            declination = slew.declination + done * (slew.to_declination - slew.declination)
            return _hours(slew.hour_angle + done * way), declination
        hour_angle = self._hour_angle
        if self._right_ascension is not None:
            hour_angle = sidereal - self._right_ascension
        seconds = self._clock.elapsed - self._axis_since if any(self._axis_rates) else 0.0
        hour_angle -= self._axis_rates[0] * seconds / 15
        declination = self._declination + self._axis_rates[1] * seconds
        return _hours(hour_angle), max(-90.0, min(90.0, declination))

    @property
    def coordinates(self) -> Coordinates:
        """Return where it points, in coordinates of the date."""
        return self.place[1]

    @property
    def horizontal(self) -> Horizontal:
        """Return altitude and azimuth of where it points."""
        return self.place[2]

    @property
    def place(self) -> tuple[float, Coordinates, Horizontal]:
        """Return its hour angle, and where it points, in coordinates of the date and in the sky."""
        sidereal = self.sidereal_time
        hour_angle, declination = self._position(sidereal)
        hours = self._right_ascension
        if hours is None or self.slewing:
            hours = (sidereal - hour_angle) % 24
        coordinates = Coordinates(hours % 24, declination, "JNOW")
        return hour_angle, coordinates, self.site.horizontal_of(coordinates, sidereal)

    def slew_to(self, target: Coordinates) -> bool:
        """Begin to slew and track; False when the target is below the horizon."""
        target = target.to_jnow(self._clock.true_now())
        if self.site.horizontal(target, self._clock.true_now()).altitude < 0:
            return False
        self.tracking = TrackingMode.SIDEREAL
        hour_angle = _hours(self.sidereal_time - target.ra_hours)
        self._begin(hour_angle, target.dec_degrees)
        self.side = PierSide.exact(side_of_pier(hour_angle)) or PierSide.UNKNOWN
        self._right_ascension = target.ra_hours
        return True

    def slew_fixed(
        self, hour_angle: float, declination: float, seconds: float = 0.0, *, parks: bool = False
    ) -> None:
        """Begin to slew to a fixed place, stand still there, and be parked if wanted.

        It takes `seconds`, or as long as the distance wants.
        """
        self.tracking = TrackingMode.STOPPED
        self._begin(hour_angle, declination, seconds, parks=parks)
        self._right_ascension = None

    def slew_half_way(self, hour_angle: float, declination: float, seconds: float = 0.0) -> None:
        """Begin to slew to a fixed place, and stop on the way."""
        from_hour_angle, from_declination = self.position
        way = _hours(hour_angle - from_hour_angle)
        half = _hours(from_hour_angle + way / 2), (from_declination + declination) / 2
        self.slew_fixed(*half, seconds / 2)

    def track(self, mode: TrackingMode) -> None:
        """Track in a mode, or stop."""
        hour_angle, self._declination = self.position
        self._hour_angle = hour_angle
        tracks = mode is not TrackingMode.STOPPED
        self._right_ascension = (self.sidereal_time - hour_angle) % 24 if tracks else None
        self.tracking = mode

    def halt(self) -> None:
        """Stand still, or track on, where it is."""
        if self.slewing:
            hour_angle, declination = self.position
            self._slew = None
            self.stopped = self._clock.elapsed
            self._axis_rates = [0.0, 0.0]
            self._hour_angle, self._declination = hour_angle, declination
            if self._right_ascension is not None or self.tracking is not TrackingMode.STOPPED:
                self._right_ascension = (self.sidereal_time - hour_angle) % 24

    def move_axis(self, axis: int, rate: float) -> None:
        """Move the primary (0) or secondary (1) axis at degrees per second; 0 stops it."""
        rates = list(self._axis_rates)
        self.halt()
        rates[axis] = rate
        self._axis_rates = rates
        self._axis_since = self._clock.elapsed

    def put(self, target: Coordinates) -> None:
        """Point at a target at once, tracking."""
        target = target.to_jnow(self._clock.true_now())
        self._slew, self._parked = None, False
        self.tracking = TrackingMode.SIDEREAL
        self._right_ascension, self._declination = target.ra_hours, target.dec_degrees
        hour_angle = _hours(self.sidereal_time - target.ra_hours)
        self.side = PierSide.exact(side_of_pier(hour_angle)) or PierSide.UNKNOWN

    def park_by_hand(self) -> None:
        """Be parked at once, by the hand controller."""
        self._slew, self._right_ascension = None, None
        self.tracking, self._parked = TrackingMode.STOPPED, True
        self._hour_angle, self._declination = self.park_hour_angle, self.park_declination

    def _begin(
        self, hour_angle: float, declination: float, seconds: float = 0.0, *, parks: bool = False
    ) -> None:
        """Begin a slew from where it is."""
        from_hour_angle, from_declination = self.position
        turn = abs(_hours(hour_angle - from_hour_angle)) * 15
        distance = max(turn, abs(declination - from_declination))
        seconds = seconds or max(0.5, distance / self.rate)
        self._parked = False
        self._axis_rates = [0.0, 0.0]
        self._slew = _Slew(
            self._clock.elapsed,
            seconds,
            from_hour_angle,
            from_declination,
            hour_angle + (seconds * SIDEREAL_RATE / 3600 if self.tracks_after else 0.0),
            declination,
            parks,
        )

    @property
    def tracks_after(self) -> bool:
        """Return whether it tracks when it has arrived."""
        return self.tracking is not TrackingMode.STOPPED

    def _arrive(self, slew: _Slew) -> None:
        """Be where the slew led."""
        self._slew, self._parked = None, slew.parks
        self.stopped = slew.began + slew.seconds
        self._hour_angle, self._declination = slew.to_hour_angle, slew.to_declination


def _hours(value: float) -> float:
    """Return hours between -12 and 12."""
    return (value + 12) % 24 - 12
