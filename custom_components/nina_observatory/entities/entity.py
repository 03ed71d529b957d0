"""The base of all entities."""

from collections.abc import Callable, Iterable, Mapping
from inspect import getattr_static
from typing import Any, override

from homeassistant.core import callback
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.json import json_bytes
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from ..control.command import Command
from ..devices import device_link, unique_id
from ..events.bus import LARGEST_ATTRIBUTES, smallest
from ..readings.coordinator import NinaCoordinator
from ..runtime import NinaConfigEntry, NinaRuntimeData
from .source import Follow


class _Recordable(property):
    """Attributes without those too large for the recorder."""

    def __init__(self, told: Callable[[Any], Mapping[str, Any] | None]) -> None:
        super().__init__(lambda entity: _recordable(entity, told(entity)))


def _recordable(entity: Entity, told: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return all attributes that fit the recorder, or else the smallest recorded ones."""
    if not told:
        return told
    hidden = entity._unrecorded_attributes  # noqa: SLF001  # what Home Assistant has for it
    recorded = {key: value for key, value in told.items() if key not in hidden}
    if len(json_bytes(recorded)) <= LARGEST_ATTRIBUTES:
        return told
    rest = {key: value for key, value in told.items() if key in hidden}
    return {**smallest(recorded, LARGEST_ATTRIBUTES // 2), **rest}


class NinaEntity[CoordinatorT: NinaCoordinator[Any]](CoordinatorEntity[CoordinatorT]):
    """An entity for a part of a snapshot that writes its state only when that part changes."""

    _attr_has_entity_name = True

    @override
    def __init_subclass__(cls, **more: Any) -> None:
        """Bound the attributes of every kind of entity: user texts may have any length."""
        super().__init_subclass__(**more)
        told = getattr_static(cls, "extra_state_attributes")
        if isinstance(told, property) and told.fget is not None and type(told) is property:
            cls.extra_state_attributes = _Recordable(told.fget)  # type: ignore[assignment]

    def __init__(
        self, coordinator: CoordinatorT, role: str, description: EntityDescription
    ) -> None:
        super().__init__(coordinator)
        self.entity_description = description
        self.role = role
        entry = coordinator.config_entry
        self._attr_unique_id = unique_id(entry, role, description.key)
        self._attr_device_info = device_link(entry, role)
        self._shown: object = None

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to the snapshot and all other sources, and store the first part shown."""
        await super().async_added_to_hass()
        for follow in self.follows():
            self.async_on_remove(follow(self._handle_coordinator_update))
        self._shown = (self.available, self.part())

    @callback
    @override
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Do nothing: no entity of this integration depends on its entity id."""

    def follows(self) -> Iterable[Follow]:
        """Return the subscriptions to other sources that change this entity."""
        return ()

    def part(self) -> object:
        """Return the part of the snapshot that this entity shows."""
        return (self.state, self.state_attributes, self.capability_attributes)

    @property
    def runtime(self) -> NinaRuntimeData:
        """The runtime data of the entry."""
        entry: NinaConfigEntry = self.coordinator.config_entry
        return entry.runtime_data

    async def async_command(self, command: Command[Any]) -> None:
        """Run a command and return when it is proven."""
        await self.runtime.runner.async_run(command)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if the shown part changed."""
        shown = (self.available, self.part())
        if shown != self._shown:
            self._shown = shown
            super()._handle_coordinator_update()
