"""The description that the rows of all sensors share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import override

from homeassistant.components.sensor import SensorEntityDescription
from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.helpers.typing import StateType

from ..api import one_line
from ..entities.deadband import Deadband, IsSteady
from ..entities.entity import RowDescription

ARCSECONDS = "arcsec"
PIXELS = "px"
MICROMETERS = "μm"

# Members of N.I.N.A.'s enumerations that mean "unknown to the driver".
_SAYING_NOTHING = frozenset({"no_state", "none", "unknown"})


@dataclass(frozen=True, kw_only=True)
class NinaSensorDescription[SourceT](RowDescription[SourceT], SensorEntityDescription):
    """Describe a sensor: the value to take from its source.

    With a `deadband` a reading is shown only if its value is further than that from the one shown,
    or if the device moved between the two, as `moved_fn` returns. `part_fn` returns the data
    whose change writes the state, if that is not value and attributes. A `polled` sensor is updated
    at intervals instead of on every change. Where the value is a text, `measure_fn` returns the
    number that the deadband compares, in `measure_unit`. `unit_fn` returns a unit that changes
    with the value, or None for the usual one.
    """

    value_fn: Callable[[SourceT], StateType | datetime]
    deadband: Deadband | None = None
    measure_fn: Callable[[SourceT], float | None] | None = None
    measure_unit: str | None = None
    moved_fn: Callable[[SourceT, SourceT], bool] | None = None
    part_fn: Callable[[SourceT], object] | None = None
    polled: bool = False
    unit_fn: Callable[[SourceT], str | None] | None = None

    @property
    @override
    def steady_fn(self) -> IsSteady[SourceT] | None:
        return None if self.deadband is None else self._is_steady

    def _is_steady(self, shown: SourceT, read: SourceT) -> bool:
        measure = self.measure_fn or self.value_fn
        if self.deadband is None or not self.deadband.hides(measure(shown), measure(read)):
            return False
        return self.moved_fn is None or not self.moved_fn(shown, read)


def shown[ValueT](value: ValueT) -> ValueT | str | None:
    """Return a value that is valid as a state: text as one line, long text truncated.

    Blank text is unknown.
    """
    if not isinstance(value, str):
        return value
    return one_line(value, MAX_LENGTH_STATE_STATE) or None


def options(enumeration: type[StrEnum]) -> list[str]:
    """Return the states that a sensor of an enumeration can have."""
    return [member.value for member in enumeration if member not in _SAYING_NOTHING]


def option(value: object) -> str | None:
    """Return the state for a member of an enumeration; None for unknown ones."""
    return value.value if isinstance(value, StrEnum) and value not in _SAYING_NOTHING else None
