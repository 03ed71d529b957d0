"""The sensor entity that its row describes."""

from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.helpers.typing import StateType
from homeassistant.util.variance import ignore_variance

from ..api import Role
from ..entities.entity import RowEntity
from ..readings.coordinator import NinaCoordinator
from .description import NinaSensorDescription, shown


class NinaSensor(RowEntity, SensorEntity):
    """A sensor that shows the value its row takes from its source."""

    entity_description: NinaSensorDescription[Any]
    _unrecorded_attributes = frozenset(
        {"by_filter", "by_state", "by_target", "sexagesimal", "steps"}
    )

    def __init__(
        self,
        coordinator: NinaCoordinator[Any],
        role: Role,
        description: NinaSensorDescription[Any],
    ) -> None:
        super().__init__(coordinator, role, description)
        self._steady = (
            None if description.variance is None else ignore_variance(_itself, description.variance)
        )

    @property
    @override
    def native_value(self) -> StateType | datetime:
        value = shown(self.read(self.entity_description.value_fn))
        if self._steady is not None and isinstance(value, datetime):
            return self._steady(value)
        return value

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


def _itself(moment: datetime) -> datetime:
    return moment
