"""The sensor entity and the description that its rows share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription
from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.helpers.typing import StateType

from ..api import one_line
from ..entities.deadband import Deadband
from ..entities.entity import IsSteady, RowDescription, RowEntity

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


class NinaSensor(RowEntity, SensorEntity):
    """A sensor that shows the value its row takes from its source."""

    entity_description: NinaSensorDescription[Any]
    _unrecorded_attributes = frozenset(
        {"by_filter", "by_state", "by_target", "degrees", "hours", "sexagesimal", "steps"}
    )

    @property
    @override
    def native_value(self) -> StateType | datetime:
        return shown(self.read(self.entity_description.value_fn))

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        unit_fn = self.entity_description.unit_fn
        unit = None if unit_fn is None else self.read(unit_fn)
        return unit or self.entity_description.native_unit_of_measurement

    @override
    def part(self) -> object:
        """Return the shown value and attributes: other values of a source may change alone."""
        description = self.entity_description
        if description.polled:
            return None
        if (source := self.source) is None:
            return None
        if description.part_fn is not None:
            return description.part_fn(source)
        return (shown(description.value_fn(source)), self.attributes_of(source))

    @property
    @override
    def should_poll(self) -> bool:
        return self.entity_description.polled

    @override
    async def async_update(self) -> None:
        """Do nothing: a polled sensor only rewrites its state."""


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
