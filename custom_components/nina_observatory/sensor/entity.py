"""The sensor entity that its row describes."""

from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.helpers.typing import StateType

from ..entities.entity import RowEntity
from .description import NinaSensorDescription, shown


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
        if self.entity_description.polled:
            return None
        if (part_fn := self.entity_description.part_fn) is not None:
            return self.read(part_fn)
        return (self.native_value, self.extra_state_attributes)

    @property
    @override
    def should_poll(self) -> bool:
        return self.entity_description.polled

    @override
    async def async_update(self) -> None:
        """Do nothing: a polled sensor only rewrites its state."""
