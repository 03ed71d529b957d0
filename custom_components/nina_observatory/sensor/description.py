"""What the rows of all sensors are made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from homeassistant.components.sensor import SensorEntityDescription
from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.helpers.typing import StateType

from ..api import one_line
from ..entities.source import EQUIPMENT, Source

ARCSECONDS = "arcsec"
PIXELS = "px"
MICROMETERS = "μm"

# Members of N.I.N.A.'s enumerations that say nothing: the driver does not know.
_SAYING_NOTHING = frozenset({"no_state", "none", "unknown"})


@dataclass(frozen=True, kw_only=True)
class NinaSensorDescription[SourceT](SensorEntityDescription):
    """Describe a sensor: where it is read, and what is picked from that.

    `since` is the version of the plugin that tells it first, and `exists_fn` tells from a reading
    whether there is such a value at all. Moments that differ by less than `variance` are the same
    one. `part_fn` returns what a change is told by, where that is not value and attributes. One that
    is `polled` is looked at now and then, not with every change.
    """

    source: Source[SourceT] = EQUIPMENT
    since: tuple[int, ...] = ()
    exists_fn: Callable[[SourceT], bool] = lambda _: True
    value_fn: Callable[[SourceT], StateType | datetime]
    attributes_fn: Callable[[SourceT], Mapping[str, Any] | None] | None = None
    variance: timedelta | None = None
    part_fn: Callable[[SourceT], object] | None = None
    polled: bool = False


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
