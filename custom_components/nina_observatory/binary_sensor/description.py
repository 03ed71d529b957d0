"""The binary sensor entity and the description that its rows share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)

from ..entities.entity import RowDescription, RowEntity


@dataclass(frozen=True, kw_only=True)
class NinaBinarySensorDescription[SourceT](RowDescription[SourceT], BinarySensorEntityDescription):
    """Describe a binary sensor: when it is on, None if the source does not know."""

    is_on_fn: Callable[[SourceT], bool | None]


class NinaBinarySensor(RowEntity, BinarySensorEntity):
    """A binary sensor that shows the value its row takes from its source."""

    entity_description: NinaBinarySensorDescription[Any]

    @property
    @override
    def is_on(self) -> bool | None:
        return self.read(self.entity_description.is_on_fn)

    @override
    def part(self) -> object:
        return self.is_on
