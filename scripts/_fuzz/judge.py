"""Tell nonsense: what cannot have been measured, is no time, or that nobody can record."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
import math
import re
from typing import Any, Final

from homeassistant.core import State
from homeassistant.helpers.json import json_bytes

from custom_components.nina_observatory.api.models.quantities import BOUNDS

# What the recorder keeps of the attributes of a state, in bytes.
LARGEST: Final = 16_384
# Nothing that is counted or measured is beyond this.
_LARGEST_NUMBER: Final = 1e12
_PIXELS: Final = (-1e6, 1e6)
_PLAIN: Final = (bool, str, Enum, timedelta, bytes)
_YEARS: Final = range(1971, 2200)
_SHOWS_NOTHING: Final = ("unknown", "unavailable")
# Spellings for machines, and of objects that nobody decoded.
_MACHINES: Final = re.compile(r"\b(NaN|nan|Infinity|inf)\b|Unknown\(|<[a-z_.]+ object|datetime\.")
# Which bounds hold for what is shown, by class and unit.
_QUANTITIES: Final[Mapping[tuple[str | None, str | None], str]] = {
    ("temperature", "°C"): "temperature",
    ("humidity", "%"): "percent",
    (None, "%"): "percent",
    ("battery", "%"): "percent",
    ("pressure", "hPa"): "pressure",
    ("atmospheric_pressure", "hPa"): "pressure",
    ("precipitation_intensity", "mm/h"): "rain_rate",
    ("wind_speed", "m/s"): "speed",
    ("illuminance", "lx"): "illuminance",
    (None, "px"): "pixels",
    (None, "arcsec"): "guide_error",
    (None, "°"): "rotation",
    ("wind_direction", "°"): "angle",
}


class NonsenseError(Exception):
    """Something is shown that cannot be true, or cannot be shown."""


def judge(value: Any, path: str = "") -> None:
    """Check a value and all that it is made of; raises NonsenseError."""
    if value is None or isinstance(value, _PLAIN) or type(value) is date:
        return
    if isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) > _LARGEST_NUMBER:
            raise NonsenseError(f"{path} is {value!r:.40}")
    elif isinstance(value, datetime):
        _judge_moment(value, path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key != "raw":
                judge(item, f"{path}.{key!s:.40}")
    elif isinstance(value, Iterable):
        for item in value:
            judge(item, path)


def _judge_moment(value: datetime, path: str) -> None:
    """Check that a time is one in every zone."""
    try:
        utc = value.astimezone(UTC)
    except (ValueError, OverflowError) as err:
        raise NonsenseError(f"{path} is {value!r}") from err
    if value.tzinfo is None or value.year not in _YEARS or utc.year not in _YEARS:
        raise NonsenseError(f"{path} is {value!r}")


def judge_quantity(value: Any, device_class: str | None, unit: str | None, path: str) -> None:
    """Check that a number is within the bounds of what it measures."""
    judge(value, path)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    quantity = _QUANTITIES.get((device_class, unit))
    if quantity is None:
        return
    low, high = BOUNDS.get(quantity, _PIXELS)
    if not low <= value <= high:
        raise NonsenseError(f"{path} is {value!r} {unit}")


def judge_attributes(attributes: Mapping[str, Any], path: str) -> None:
    """Check that attributes can be recorded."""
    if (size := len(json_bytes(attributes))) > LARGEST:
        raise NonsenseError(f"the attributes of {path} are {size} bytes")


def judge_state(state: State) -> None:
    """Check what an entity shows."""
    path, value, attributes = state.entity_id, state.state, state.attributes
    hidden = state.state_info["unrecorded_attributes"] if state.state_info else frozenset()
    recorded = {key: each for key, each in attributes.items() if key not in hidden}
    judge_attributes(recorded, path)
    if _MACHINES.search(value):
        raise NonsenseError(f"{path} is {value}")
    if value in _SHOWS_NOTHING:
        return
    device_class, unit = attributes.get("device_class"), attributes.get("unit_of_measurement")
    if device_class == "timestamp":
        _judge_moment(datetime.fromisoformat(value), path)
    elif unit is not None or "state_class" in attributes:
        judge_quantity(float(value), device_class, unit, path)
    if state.domain != "event":
        # What happened is told as it was said.
        judge(attributes, path)
