"""Positions in the sky: parsing, notation, precession and distances."""

from dataclasses import dataclass
from datetime import UTC, datetime
import math
import re
from typing import ClassVar, Final, Self

_J2000: Final = datetime(2000, 1, 1, 12, tzinfo=UTC)
_DAYS_IN_CENTURY: Final = 36525.0

# Variants of the minus, degree and other signs in keyboards, word processors and catalogs.
_SPELLINGS: Final = str.maketrans(
    {
        **dict.fromkeys("−–‒﹣－", "-"),  # noqa: RUF001  # these very characters are meant
        "＋": "+",  # noqa: RUF001  # see above
        **dict.fromkeys("º˚∘", "°"),
        **dict.fromkeys("′’‘ʹʼ´`", "'"),  # noqa: RUF001  # see above
        **dict.fromkeys("″”“ʺ˝", '"'),
        "ʰ": "h",
        "ᵈ": "°",
        "ᵐ": "m",
        "ˢ": "s",
        "\N{NO-BREAK SPACE}": " ",
        "\N{NARROW NO-BREAK SPACE}": " ",
        "\N{THIN SPACE}": " ",
    }
)
_NUMBER: Final = r"(\d{1,3}(?:\.\d{1,12})?)"
_STYLES: Final = tuple(
    re.compile(rf"(?P<sign>[+-]?)\s*{style}", re.ASCII)
    for style in (
        rf"{_NUMBER}\s*(?P<unit>[h°d])\s*(?:{_NUMBER}\s*(?:['m]|$)\s*(?:{_NUMBER}\s*[\"s]?)?)?",
        rf"{_NUMBER}\s*:\s*{_NUMBER}(?:\s*:\s*{_NUMBER})?",
        rf"{_NUMBER}\s+{_NUMBER}(?:\s+{_NUMBER})?",
    )
)
_PRIME: Final = "\N{PRIME}"
_DOUBLE_PRIME: Final = "\N{DOUBLE PRIME}"
_MINUS: Final = "\N{MINUS SIGN}"
_DECIMAL: Final = re.compile(r"[+-]?\s*\d{1,3}(?:\.\d{1,12})?", re.ASCII)


class CoordinateError(ValueError):
    """The value is not a valid coordinate."""


@dataclass(frozen=True, slots=True)
class _Angle:
    """An angle in degrees; plain numbers are degrees, text may be sexagesimal.

    `limits` are the lowest and highest values; with `hours_in_text`, sexagesimal text without a
    unit is in hours.
    """

    degrees: float

    limits: ClassVar[tuple[float, float]]
    hours_in_text: ClassVar[bool]

    def __post_init__(self) -> None:
        """Raise CoordinateError for a value outside the limits."""
        low, high = self.limits
        if not low <= self.degrees <= high:
            raise CoordinateError(f"{self.degrees} is out of range")

    @classmethod
    def parse(cls, given: object) -> Self:
        """Read a number of degrees or text; raises CoordinateError for anything else."""
        if isinstance(given, bool) or not isinstance(given, int | float | str):
            raise CoordinateError(f"{given!r} is neither a number nor text")
        if not isinstance(given, str):
            return cls(float(given))
        words = given.translate(_SPELLINGS).replace("''", '"').casefold().strip()
        if _DECIMAL.fullmatch(words):
            return cls(float(words.replace(" ", "")))
        for style in _STYLES:
            if found := style.fullmatch(words):
                return cls(cls._degrees(found))
        raise CoordinateError(f"{given!r} is not a coordinate")

    @classmethod
    def _degrees(cls, found: re.Match[str]) -> float:
        """Combine the parts of a sexagesimal text."""
        unit = found.groupdict().get("unit")
        in_hours = unit == "h" or (unit is None and cls.hours_in_text)
        if in_hours and not cls.hours_in_text:
            raise CoordinateError("a declination is not in hours")
        parts = [part for part in _numbers(found) if part is not None]
        if any("." in part for part in parts[:-1]) or any(float(part) >= 60 for part in parts[1:]):
            raise CoordinateError(f"{found.string!r} has impossible parts")
        size = math.fsum(float(part) / math.pow(60, power) for power, part in enumerate(parts))
        # The sign applies to the whole value: minus 0°30′ is south of the equator.
        return (-size if found["sign"] == "-" else size) * (15 if in_hours else 1)


def _numbers(found: re.Match[str]) -> tuple[str | None, ...]:
    """Return the up to three numbers of a text, without the named groups."""
    named = set(found.re.groupindex.values())
    return tuple(found[index] for index in range(1, found.re.groups + 1) if index not in named)


@dataclass(frozen=True, slots=True)
class RightAscension(_Angle):
    """A right ascension, from 0 to below 360 degrees; sexagesimal text is in hours."""

    limits: ClassVar[tuple[float, float]] = (0.0, math.nextafter(360.0, 0.0))
    hours_in_text: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Declination(_Angle):
    """A declination, from -90 to 90 degrees."""

    limits: ClassVar[tuple[float, float]] = (-90.0, 90.0)
    hours_in_text: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class SkyPosition:
    """A position in the sky; the equinox depends on the context."""

    right_ascension: RightAscension
    declination: Declination

    @classmethod
    def of_degrees(cls, right_ascension: float, declination: float) -> Self:
        """Return the position for two angles in degrees."""
        return cls(RightAscension(right_ascension), Declination(declination))

    def separation(self, other: SkyPosition) -> float:
        """Return the distance of two positions of the same equinox in degrees."""
        turn = math.radians(other.right_ascension.degrees - self.right_ascension.degrees)
        here = math.radians(self.declination.degrees)
        there = math.radians(other.declination.degrees)
        east = math.cos(there) * math.sin(turn)
        north = math.cos(here) * math.sin(there) - math.sin(here) * math.cos(there) * math.cos(turn)
        along = math.sin(here) * math.sin(there) + math.cos(here) * math.cos(there) * math.cos(turn)
        return math.degrees(math.atan2(math.hypot(east, north), along))

    def altitude(self, latitude: float, sidereal_time: float) -> float:
        """Return the altitude in degrees at a latitude in degrees and a sidereal time in hours."""
        angle = math.radians(sidereal_time * 15 - self.right_ascension.degrees)
        up, north = math.radians(self.declination.degrees), math.radians(latitude)
        sine = math.sin(up) * math.sin(north) + math.cos(up) * math.cos(north) * math.cos(angle)
        return math.degrees(math.asin(max(-1.0, min(1.0, sine))))

    def precessed(self, centuries: float) -> SkyPosition:
        """Return a J2000 position in the equinox some Julian centuries later (IAU 2006)."""
        zeta, z, theta = _precession(centuries)
        turned = math.radians(self.right_ascension.degrees) + zeta
        up = math.radians(self.declination.degrees)
        x = math.cos(theta) * math.cos(up) * math.cos(turned) - math.sin(theta) * math.sin(up)
        y = math.cos(up) * math.sin(turned)
        pole = math.sin(theta) * math.cos(up) * math.cos(turned) + math.cos(theta) * math.sin(up)
        return SkyPosition.of_degrees(
            math.degrees(math.atan2(y, x) + z) % 360 % 360,
            math.degrees(math.atan2(pole, math.hypot(x, y))),
        )


def hours_as_text(hours: float | None, *, seconds: bool = True) -> str | None:
    """Return an angle or a time in hours as `00h 54m 23s`, without seconds as `00h 54m`.

    It is rounded, and 24 hours are 0. None if unknown.
    """
    if hours is None or not math.isfinite(hours):
        return None
    minutes, second = divmod(round(hours * 3600), 60) if seconds else (round(hours * 60), 0)
    hour, minute = divmod(minutes, 60)
    return f"{hour % 24:02}h {minute:02}m" + (f" {second:02}s" if seconds else "")


def degrees_as_text(degrees: float | None) -> str | None:
    """Return an angle in degrees with its sign, as `+56° 00′ 58″`; None if unknown."""
    if degrees is None or not math.isfinite(degrees):
        return None
    total = round(abs(degrees) * 3600)
    minutes, second = divmod(total, 60)
    degree, minute = divmod(minutes, 60)
    # Less than half a second of arc south of the equator is written as on it.
    sign = _MINUS if degrees < 0 and total else "+"
    return f"{sign}{degree:02}° {minute:02}{_PRIME} {second:02}{_DOUBLE_PRIME}"


def position_as_text(hours: float | None, degrees: float | None) -> str | None:
    """Return right ascension in hours and declination in degrees as one text; None if unknown."""
    right_ascension, declination = hours_as_text(hours), degrees_as_text(degrees)
    if right_ascension is None or declination is None:
        return None
    return f"{right_ascension} {declination}"


def centuries_since_2000(moment: datetime) -> float:
    """Return the Julian centuries from J2000 to a moment."""
    return (moment - _J2000).total_seconds() / 86400 / _DAYS_IN_CENTURY


def _precession(t: float) -> tuple[float, float, float]:
    """Return the three angles of precession over `t` centuries in radians (Capitaine 2003)."""
    zeta = 2.650545 + t * (2306.083227 + t * (0.2988499 + t * 0.01801828))
    z = -2.650545 + t * (2306.077181 + t * (1.0927348 + t * 0.01826837))
    theta = t * (2004.191903 - t * (0.4294934 + t * 0.04182264))
    zeta, z, theta = (math.radians(angle / 3600) for angle in (zeta, z, theta))
    return zeta, z, theta
