"""The place of the moon, to a few tenths of a degree.

The series are the low-precision ones of the Astronomical Almanac, for the equinox of the date.
"""

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
    east, north, up = _direction(
        218.32 + 481267.881 * time + _series(_LONGITUDE, time), _series(_LATITUDE, time)
    )
    tilt = radians(OBLIQUITY)
    x, y, z = (east, north * cos(tilt) - up * sin(tilt), north * sin(tilt) + up * cos(tilt))
    if site is not None:
        parallax = sin(radians(0.9508 + _series(_PARALLAX, time, ahead=90.0)))
        here = _direction(SIDEREAL + TURNS * time + site.longitude, site.latitude)
        x, y, z = (one - parallax * other for one, other in zip((x, y, z), here, strict=True))
    return SkyPosition.of_degrees(degrees(atan2(y, x)) % 360 % 360, degrees(atan2(z, hypot(x, y))))


def _direction(longitude: float, latitude: float) -> _Vector:
    """Return a unit vector for angles in degrees."""
    east, north = radians(longitude % 360), radians(latitude)
    return (cos(north) * cos(east), cos(north) * sin(east), sin(north))


def _series(terms: tuple[_Vector, ...], time: float, *, ahead: float = 0.0) -> float:
    """Return a sum of sines, or of cosines 90° `ahead`, at a time in centuries."""
    return sum(
        amount * sin(radians((start + rate * time + ahead) % 360)) for amount, start, rate in terms
    )
