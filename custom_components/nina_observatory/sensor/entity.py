"""The sensor entity that its row describes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.helpers.typing import StateType
from homeassistant.util.variance import ignore_variance

from ..api import Role
from ..entities.entity import NinaEntity
from ..entities.source import Follow
from ..readings.coordinator import NinaCoordinator
from .description import NinaSensorDescription, shown


class NinaSensor(NinaEntity[NinaCoordinator[Any]], SensorEntity):
    """A sensor that shows the value its row takes from its source."""

    entity_description: NinaSensorDescription[Any]
    role: Role
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
    def source(self) -> Any | None:
        """The current reading of the source, None while it cannot be read."""
        return self.entity_description.source.read(self.runtime, self.role)

    @override
    def follows(self) -> Iterable[Follow]:
        return self.entity_description.source.follows(self.runtime)

    @property
    @override
    def available(self) -> bool:
        return self.source is not None

    @property
    @override
    def native_value(self) -> StateType | datetime:
        if (source := self.source) is None:
            return None
        value = shown(self.entity_description.value_fn(source))
        if self._steady is not None and isinstance(value, datetime):
            return self._steady(value)
        return value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        attributes_fn = self.entity_description.attributes_fn
        if attributes_fn is None or (source := self.source) is None:
            return None
        return attributes_fn(source)

    @override
    def part(self) -> object:
        """Return the shown value and attributes: other values of a source may change alone."""
        if self.entity_description.polled:
            return None
        part_fn, source = self.entity_description.part_fn, self.source
        if part_fn is not None:
            return None if source is None else part_fn(source)
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
