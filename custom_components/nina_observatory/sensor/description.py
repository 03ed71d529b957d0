"""What the sensors of all kinds of equipment have in common: their descriptions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from homeassistant.components.sensor import SensorEntityDescription
from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.helpers.typing import StateType

from ..api import Profile, one_line

ARCSECONDS = "arcsec"
PIXELS = "px"
MICROMETERS = "μm"

# Members of N.I.N.A.'s enumerations that say nothing: the driver does not know.
_SAYING_NOTHING = frozenset({"no_state", "none", "unknown"})


@dataclass(frozen=True, kw_only=True)
class NinaSensorDescription[SourceT](SensorEntityDescription):
    """Describe a sensor of a kind of equipment, or of another part of the snapshot.

    `exists_fn` tells from a reading whether the source has such a value at all; `since` is the
    version of the plugin that tells it first.
    """

    since: tuple[int, ...] = ()
    exists_fn: Callable[[SourceT], bool] = lambda _: True
    value_fn: Callable[[SourceT], StateType | datetime]
    attributes_fn: Callable[[SourceT], Mapping[str, Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class NinaDerivedDescription[DeviceT](SensorEntityDescription):
    """Describe a value that is computed from a reading of the device and the active profile."""

    exists_fn: Callable[[DeviceT], bool] = lambda _: True
    derive_fn: Callable[[DeviceT, Profile], StateType]


@dataclass(frozen=True, kw_only=True)
class NinaMomentDescription[DeviceT](SensorEntityDescription):
    """Describe a moment that is computed from a reading, the time it was taken, and the profile.

    Moments that differ by less than `variance` are the same one.
    """

    exists_fn: Callable[[DeviceT], bool] = lambda _: True
    moment_fn: Callable[[DeviceT, datetime, Profile | None], datetime | None]
    variance: timedelta


def shown[ValueT](value: ValueT) -> ValueT | str | None:
    """Return a value as a state can show it: a text as one line, of long ones the beginning.

    Blank ones are unknown.
    """
    if not isinstance(value, str):
        return value
    return one_line(value, MAX_LENGTH_STATE_STATE) or None


def options(enumeration: type[StrEnum]) -> list[str]:
    """Return the states that a sensor of an enumeration can have."""
    return [member.value for member in enumeration if member not in _SAYING_NOTHING]


def option(value: object) -> str | None:
    """Return the state for a member of an enumeration; None where it says nothing we know."""
    return value.value if isinstance(value, StrEnum) and value not in _SAYING_NOTHING else None
