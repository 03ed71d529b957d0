"""The binary sensor entity and the description that its rows share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)

from ..api import Role
from ..entities.entity import NinaEntity
from ..entities.source import EQUIPMENT, Follow, Source
from ..readings.coordinator import NinaCoordinator


@dataclass(frozen=True, kw_only=True)
class NinaBinarySensorDescription[SourceT](BinarySensorEntityDescription):
    """Describe a binary sensor: its source, and when it is on.

    `since` is the first version of the plugin that reports it, and `exists_fn` returns from a
    reading whether there is such a thing at all. `is_on_fn` returns None if the source does not
    know.
    """

    source: Source[SourceT] = EQUIPMENT
    since: tuple[int, ...] = ()
    exists_fn: Callable[[SourceT], bool] = lambda _: True
    is_on_fn: Callable[[SourceT], bool | None]


class NinaBinarySensor(NinaEntity[NinaCoordinator[Any]], BinarySensorEntity):
    """A binary sensor that shows the value its row takes from its source."""

    entity_description: NinaBinarySensorDescription[Any]
    role: Role

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
    def is_on(self) -> bool | None:
        source = self.source
        return None if source is None else self.entity_description.is_on_fn(source)

    @override
    def part(self) -> object:
        return self.is_on
