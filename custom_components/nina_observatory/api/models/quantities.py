"""Bounds of physical quantities: a value beyond them is a driver's fault, and becomes None."""

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final

from .wire import count, not_negative, number, positive, setting, size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .wire import Decoder

# Lower and upper bound, in the unit on the wire.
BOUNDS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "temperature": (-273.15, 150.0),  # °C
        "percent": (0.0, 100.0),
        "pressure": (100.0, 1500.0),  # hPa
        "rain_rate": (0.0, 5000.0),  # mm/h
        "speed": (0.0, 150.0),  # m/s
        "illuminance": (0.0, 200_000.0),  # lux
        "sky_quality": (-30.0, 30.0),  # mag/arcsec²
        "blur": (0.0, 1000.0),  # arcsec or px
        "angle": (0.0, 360.0),  # °
        "rotation": (-3600.0, 3600.0),  # °
        "longitude": (-180.0, 360.0),  # °
        "elevation": (-1000.0, 10_000.0),  # m
        "seconds": (0.0, 1e7),
        "minutes": (0.0, 1e5),
        "hours": (0.0, 10_000.0),
        "signal": (-1e9, 1e9),  # ADU
        "guide_rate": (-1000.0, 1000.0),  # arcsec/s
        "guide_error": (-100_000.0, 100_000.0),  # px or arcsec
        "position": (-1e9, 1e9),  # steps
        "focal_length": (1.0, 1e6),  # mm
        "pixel_size": (0.01, 1000.0),  # µm
        "sensor": (1.0, 1e6),  # px
        "frames": (0.0, 1e6),
        "stars": (0.0, 1e7),
        "rounds": (0.0, 1e9),  # of a loop
        "setting": (-1e6, 1e6),  # gain, offset and the like
        "step_size": (0.0, 1e6),  # µm or °
    }
)

# How often a quantity was beyond its bounds since Home Assistant started, over all entries.
beyond_bounds: Final[Counter[str]] = Counter()


def within(quantity: str) -> Decoder[float | None]:
    """Return a function that reads a number within the bounds of a quantity, None otherwise."""
    low, high = BOUNDS[quantity]

    def read(raw: object) -> float | None:
        """Read a number within bounds."""
        value = number(raw)
        if value is None or low <= value <= high:
            return value
        beyond_bounds[quantity] += 1
        return None

    return read


def positive_within(
    quantity: str, reader: Decoder[float | None] = positive
) -> Decoder[float | None]:
    """Return a function that reads a number with `reader`, for which 0 or less means unknown."""
    bounded = within(quantity)

    def read(raw: object) -> float | None:
        """Read a number that is known within bounds."""
        value: float | None = bounded(reader(raw))
        return value

    return read


def _whole(quantity: str, reader: Decoder[float | None]) -> Decoder[int | None]:
    """Return a function that reads an integer with `reader`, within the bounds of a quantity."""
    bounded = within(quantity)

    def read(raw: object) -> int | None:
        """Read a whole number within bounds."""
        value = bounded(reader(raw))
        return None if value is None else int(value)

    return read


def whole_percent(raw: object) -> int | None:
    """Read an integer percentage; a negative one is None."""
    value = _PERCENT(count(raw))
    return None if value is None else int(value)


def sensor_size(raw: object) -> int | None:
    """Read a width or height in px."""
    value = _SENSOR(size(raw))
    return None if value is None else int(value)


def position(raw: object) -> int | None:
    """Read a position in whole steps."""
    value = _POSITION(raw)
    return int(value) if value is not None and float(value).is_integer() else None


def angle(raw: object) -> float | None:
    """Read an angle from 0 to below 360 degrees; a full turn is 0."""
    value: float | None = _ANGLE(raw)
    return 0.0 if value == BOUNDS["angle"][1] else value


_PERCENT: Final = within("percent")
_SENSOR: Final = within("sensor")
_POSITION: Final = within("position")
_ANGLE: Final = within("angle")

Temperature = Annotated[float | None, within("temperature")]
Percent = Annotated[float | None, within("percent")]
Pressure = Annotated[float | None, within("pressure")]
RainRate = Annotated[float | None, within("rain_rate")]
Speed = Annotated[float | None, within("speed")]
Illuminance = Annotated[float | None, within("illuminance")]
SkyQuality = Annotated[float | None, within("sky_quality")]
Blur = Annotated[float | None, within("blur")]
Angle = Annotated[float | None, angle]
Rotation = Annotated[float | None, within("rotation")]
Longitude = Annotated[float | None, within("longitude")]
Elevation = Annotated[float | None, within("elevation")]
Seconds = Annotated[float | None, within("seconds")]
SecondsIfAny = Annotated[float | None, positive_within("seconds", not_negative)]
Minutes = Annotated[float | None, within("minutes")]
HoursLong = Annotated[float | None, within("hours")]
Signal = Annotated[float | None, within("signal")]
GuideRate = Annotated[float | None, within("guide_rate")]
GuideError = Annotated[float | None, within("guide_error")]
Hfr = Annotated[float | None, positive_within("blur")]
Share = Annotated[float | None, positive_within("percent")]
GuideRms = Annotated[float | None, positive_within("guide_error")]
FocalLength = Annotated[float | None, positive_within("focal_length")]
PixelSize = Annotated[float | None, positive_within("pixel_size")]
SensorSize = Annotated[int | None, sensor_size]
WholePercent = Annotated[int | None, whole_percent]
Position = Annotated[int | None, position]
Exact = Annotated[float | None, _POSITION]
Frames = Annotated[int | None, _whole("frames", count)]
Stars = Annotated[int | None, _whole("stars", count)]
Rounds = Annotated[int | None, _whole("rounds", count)]
Setting = Annotated[int | None, _whole("setting", setting)]
StepSize = Annotated[float | None, positive_within("step_size")]
