"""Decoders for single values.

Each of these functions accepts any JSON value, returns a value of its type or None, and never
raises. Instead of None, `flag` returns False, `identifier` an empty text, and `mapping`, `items` and
`names` return something empty. The wire has five forms of "unknown" (missing, null, "NaN", -1 and
0), depending on the field, so each field chooses among the types below.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
import re
from types import MappingProxyType
from typing import Annotated, Final

type Decoder[T] = Callable[[object], T]

# No measurement is larger; .NET's largest number means that a driver has no limit.
_LARGEST: Final = 1e12
_NOT_NUMBERS: Final = frozenset({"NaN", "Infinity", "-Infinity"})
_LONGEST_DURATION: Final = timedelta(seconds=1e7)
_LARGEST_INTEGER: Final = 10**12
# Other years are "no date" in .NET and Unix, or come from a damaged value.
_YEARS: Final = range(1971, 2200)

_DURATION: Final = re.compile(
    r"(?P<sign>-)?(?:(?P<days>\d{1,8})\.)?(?P<hours>\d{1,4}):(?P<minutes>\d{2}):(?P<seconds>\d{2})"
    r"(?:\.(?P<fraction>\d{1,12}))?",
    re.ASCII,
)


def number(raw: object) -> float | None:
    """Read a plausible measurement; "NaN", "Infinity" and all else are None."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    return float(raw) if abs(raw) < _LARGEST else None


def integer(raw: object) -> int | None:
    """Read an integer, even if written with a decimal point."""
    if type(raw) is int:
        return raw if -_LARGEST_INTEGER < raw < _LARGEST_INTEGER else None
    value = number(raw)
    if value is None or not value.is_integer() or abs(value) >= _LARGEST_INTEGER:
        return None
    return int(value)


def flag(raw: object) -> bool:
    """Read a flag; anything but true is False."""
    return raw is True


def known_flag(raw: object) -> bool | None:
    """Read a flag; None if it is missing or neither true nor false."""
    return raw if isinstance(raw, bool) else None


def text(raw: object) -> str | None:
    """Read a text; a blank one and the forms of an unknown number are None."""
    if not isinstance(raw, str) or not raw or raw.isspace() or raw in _NOT_NUMBERS:
        return None
    return raw


def identifier(raw: object) -> str:
    """Read a text that every object has; return an empty one if it is missing."""
    return text(raw) or ""


def setting(raw: object) -> int | None:
    """Read a setting of a device; -1, the driver's default or no value, is None."""
    value = integer(raw)
    return None if value == -1 else value


def count(raw: object) -> int | None:
    """Read a count; a negative one is None."""
    value = integer(raw)
    return value if value is not None and value >= 0 else None


def size(raw: object) -> int | None:
    """Read an integer for which 0 means unknown."""
    value = integer(raw)
    return value if value is not None and value > 0 else None


def positive(raw: object) -> float | None:
    """Read a number for which 0 or less means unknown."""
    value = number(raw)
    return value if value is not None and value > 0 else None


def not_negative(raw: object) -> float | None:
    """Read a number for which a negative value means unknown."""
    value = number(raw)
    return value if value is not None and value >= 0 else None


def limit(raw: object) -> float | None:
    """Read an upper limit; .NET's largest number is None."""
    return number(raw)


def hours(raw: object) -> float | None:
    """Read an angle in hours, 0 to 24."""
    value = number(raw)
    return value if value is not None and 0 <= value <= 24 else None


def latitude(raw: object) -> float | None:
    """Read an angle in degrees above or below a plane, -90 to 90."""
    value = number(raw)
    return value if value is not None and abs(value) <= 90 else None


def hours_to_flip(raw: object) -> float | None:
    """Read the time to a meridian flip in hours; 24, for a mount that does not track, is None."""
    value = number(raw)
    return value if value is not None and 0 <= value < 24 else None


def moment(raw: object, zone: tzinfo | None = None) -> datetime | None:
    """Read a time with an offset; without one, it is a time of `zone`, if given.

    Years outside 1971 to 2199, here or in UTC, and a time of unknown zone are None.
    """
    if not isinstance(raw, str):
        return None
    try:
        value = datetime.fromisoformat(raw)
        if value.tzinfo is None:
            if zone is None:
                return None
            value = value.replace(tzinfo=zone)
        utc = value.astimezone(UTC)
    except ValueError, OverflowError:
        return None
    return value if value.year in _YEARS and utc.year in _YEARS else None


def utc_moment(raw: object) -> datetime | None:
    """Read a time that is in UTC, but has no offset."""
    return moment(raw, UTC)


def duration(raw: object) -> timedelta | None:
    """Read a .NET time span, `[-][d.]hh:mm:ss[.fffffff]`; one of many months is None."""
    found = _DURATION.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        return None
    value = timedelta(
        days=int(found["days"] or 0),
        hours=int(found["hours"]),
        minutes=int(found["minutes"]),
        seconds=int(found["seconds"]),
        microseconds=int((found["fraction"] or "0")[:6].ljust(6, "0")),
    )
    if value > _LONGEST_DURATION:
        return None
    return -value if found["sign"] else value


def mapping(raw: object) -> Mapping[str, object]:
    """Read an object; anything else is an empty one."""
    return raw if isinstance(raw, dict) else MappingProxyType({})


def items(raw: object) -> list[object]:
    """Read an array; anything else is an empty one."""
    return raw if isinstance(raw, list) else []


def names(raw: object) -> tuple[str, ...]:
    """Read an array of names whose positions count; a blank one, or no text, is an empty one."""
    return tuple(map(identifier, items(raw)))


# Types for the fields of models, in addition to the plain ones.
Count = Annotated[int | None, count]
Size = Annotated[int | None, size]
Positive = Annotated[float | None, positive]
NotNegative = Annotated[float | None, not_negative]
Limit = Annotated[float | None, limit]
Hours = Annotated[float | None, hours]
Latitude = Annotated[float | None, latitude]
HoursToFlip = Annotated[float | None, hours_to_flip]
Names = Annotated[tuple[str, ...], names]
UtcMoment = Annotated[datetime | None, utc_moment]

SCALARS: Final[Mapping[object, Decoder[object]]] = MappingProxyType(
    {
        bool: flag,
        bool | None: known_flag,
        int | None: integer,
        float | None: number,
        str: identifier,
        str | None: text,
        datetime | None: moment,
        timedelta | None: duration,
    }
)
