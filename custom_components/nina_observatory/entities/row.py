"""Rows of tables: what those of all platforms have in common, and the entity that a row describes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.helpers.entity import EntityDescription

from ..api import Role
from ..control.command import Command
from ..control.runner import CommandRunner
from ..readings.coordinator import NinaCoordinator
from ..runtime import NinaRuntimeData
from .entity import NinaEntity
from .source import EQUIPMENT, Follow, Source


@dataclass(frozen=True, kw_only=True)
class RowDescription[SourceT](EntityDescription):
    """Describe an entity by its source; functions of a row get a reading of that.

    `since` is the first version of the plugin that reports it, and `exists_fn` returns whether
    there is such a thing at all. `available_fn` returns whether it makes sense now.
    """

    source: Source[SourceT] = EQUIPMENT
    since: tuple[int, ...] = ()
    exists_fn: Callable[[SourceT], bool] = lambda _: True
    available_fn: Callable[[SourceT], bool] = lambda _: True
    attributes_fn: Callable[[SourceT], Mapping[str, object] | None] = lambda _: None

    def exists(self, data: NinaRuntimeData, role: Role) -> bool:
        """Return whether the entity is to be added according to the current reading."""
        if self.since and not (
            data.equipment.data.reachable and data.client.plugin.at_least(*self.since)
        ):
            return False
        if not self.source.exists(data, role):
            return False
        reading = self.source.read(data, role)
        return reading is None or self.exists_fn(reading)


@dataclass(frozen=True, kw_only=True)
class CommandRowDescription[SourceT](RowDescription[SourceT]):
    """Describe an entity that sends commands.

    It is added once its source can be read: only that shows what the equipment and the plugin
    support.
    """

    @override
    def exists(self, data: NinaRuntimeData, role: Role) -> bool:
        reading = self.source.read(data, role)
        if reading is None or not super().exists(data, role):
            return False
        return self.is_supported(data.runner, reading)

    def is_supported(self, runner: CommandRunner, reading: SourceT) -> bool:
        """Return whether the installed plugin supports the commands of this row."""
        return True


class RowEntity(NinaEntity[NinaCoordinator[Any]]):
    """An entity that its row describes; available while the source of the row can be read."""

    entity_description: RowDescription[Any]
    role: Role

    def __init__(
        self, coordinator: NinaCoordinator[Any], role: Role, description: RowDescription[Any]
    ) -> None:
        super().__init__(coordinator, role, description)

    @property
    def source(self) -> Any | None:
        """The current reading of the source, None while it cannot be read."""
        return self.entity_description.source.read(self.runtime, self.role)

    def read[ValueT](self, value_fn: Callable[[Any], ValueT]) -> ValueT | None:
        """Return what a function of the row takes from the source, None while that cannot be read."""
        source = self.source
        return None if source is None else value_fn(source)

    @override
    def follows(self) -> Iterable[Follow]:
        return self.entity_description.source.follows(self.runtime)

    @property
    @override
    def available(self) -> bool:
        return self.read(self.entity_description.available_fn) is True

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object] | None:
        return self.read(self.entity_description.attributes_fn)

    @override
    def part(self) -> object:
        return (super().part(), self.extra_state_attributes)

    @override
    async def async_command(self, command: Command[Any]) -> None:
        """Run a command, and refresh a source that commands do not read."""
        try:
            await super().async_command(command)
        finally:
            if self.entity_description.source.refresh_after_command:
                await self.coordinator.async_request_refresh()
