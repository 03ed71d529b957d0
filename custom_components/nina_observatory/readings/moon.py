"""The place and the phase of the moon, to a few tenths of a degree.

The series are the low-precision ones of the Astronomical Almanac, for the equinox of the date.
"""

from dataclasses import dataclass
from datetime import datetime
from math import atan2, cos, degrees, hypot, radians, sin
from typing import Final

from ..api.coordinates import SkyPosition, centuries_since_2000
from .site import Site

OBLIQUITY: Final = 23.439
# Degrees by which Greenwich turns in a century, and its sidereal time in 2000.
TURNS: Final = 360.98564737 * 36525
SIDEREAL: Final = 280.46062

# Terms of ecliptic longitude and latitude (sines) and of parallax (cosines): degrees, degrees, and
# degrees in a century.
_LONGITUDE: Final = (
    (6.29, 135.0, 477198.87),
    (-1.27, 259.3, -413335.36),
    (0.66, 235.7, 890534.22),
    (0.21, 269.9, 954397.74),
    (-0.19, 357.5, 35999.05),
    (-0.11, 186.5, 966404.03),
)
_LATITUDE: Final = (
    (5.13, 93.3, 483202.02),
    (0.28, 228.2, 960400.89),
    (-0.28, 318.3, 6003.15),
    (-0.17, 217.6, -407332.21),
)
_PARALLAX: Final = (
    (0.0518, 135.0, 477198.87),
    (0.0095, 259.3, -413335.36),
    (0.0078, 235.7, 890534.22),
    (0.0028, 269.9, 954397.74),
)

type _Vector = tuple[float, float, float]


def moon_separation(
    right_ascension: float, declination: float, at: datetime, site: Site | None = None
) -> float:
    """Return the degrees between a place in the sky (degrees, J2000) and the moon.

    From a `site` the moon is up to a degree away from where it is seen from the middle of the Earth.
    """
    target = SkyPosition.of_degrees(right_ascension % 360, max(-90.0, min(90.0, declination)))
    return target.precessed(centuries_since_2000(at)).separation(moon_at(at, site))


def moon_at(at: datetime, site: Site | None = None) -> SkyPosition:
    """Return the place of the moon, seen from a site or the middle of the Earth."""
    time = centuries_since_2000(at)
    east, north, up = _direction(_moon_longitude(time), _series(_LATITUDE, time))
    tilt = radians(OBLIQUITY)
    x, y, z = (east, north * cos(tilt) - up * sin(tilt), north * sin(tilt) + up * cos(tilt))
    if site is not None:
        parallax = sin(radians(0.9508 + _series(_PARALLAX, time, ahead=90.0)))
        here = _direction(15 * sidereal_hours(at, site), site.latitude)
        x, y, z = (one - parallax * other for one, other in zip((x, y, z), here, strict=True))
    return SkyPosition.of_degrees(degrees(atan2(y, x)) % 360 % 360, degrees(atan2(z, hypot(x, y))))


def sidereal_hours(at: datetime, site: Site) -> float:
    """Return the sidereal time at a site in hours, from 0 to below 24."""
    return (SIDEREAL + TURNS * centuries_since_2000(at) + site.longitude) % 360 % 360 / 15


@dataclass(frozen=True, slots=True)
class MoonPhase:
    """The illuminated part of the moon, from 0 to 1, and whether it grows."""

    illuminated: float
    waxing: bool


def moon_phase(at: datetime) -> MoonPhase:
    """Return the phase of the moon, seen from the middle of the Earth."""
    time = centuries_since_2000(at)
    anomaly = radians((357.528 + 35999.05 * time) % 360)
    sun = 280.46 + 36000.772 * time + 1.915 * sin(anomaly) + 0.02 * sin(2 * anomaly)
    ahead = (_moon_longitude(time) - sun) % 360
    elongation = cos(radians(_series(_LATITUDE, time))) * cos(radians(ahead))
    return MoonPhase(illuminated=(1 - elongation) / 2, waxing=ahead < 180)


def _moon_longitude(time: float) -> float:
    """Return the ecliptic longitude of the moon in degrees at a time in centuries."""
    return 218.32 + 481267.881 * time + _series(_LONGITUDE, time)


def _direction(longitude: float, latitude: float) -> _Vector:
    """Return a unit vector for angles in degrees."""
    east, north = radians(longitude % 360), radians(latitude)
    return (cos(north) * cos(east), cos(north) * sin(east), sin(north))


def _series(terms: tuple[_Vector, ...], time: float, *, ahead: float = 0.0) -> float:
    """Return a sum of sines, or of cosines 90° `ahead`, at a time in centuries."""
    return sum(
        amount * sin(radians((start + rate * time + ahead) % 360)) for amount, start, rate in terms
    )
