"""The base of all entities, and of those that a row of a table describes."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from inspect import getattr_static
from typing import Any, override

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.json import json_bytes
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from ..api import Role
from ..const import CONF_READ_ONLY, DOMAIN
from ..control.command import Command
from ..control.runner import CommandRunner
from ..events.bus import LARGEST_ATTRIBUTES, smallest
from ..helpers.abandoned import log_if_abandoned
from ..helpers.devices import HubPart, device_link, unique_id
from ..readings.coordinator import NinaCoordinator
from ..runtime import NinaConfigEntry, NinaRuntimeData
from .source import EQUIPMENT, Follow, Source

# The attribute with the time of a fact that N.I.N.A. does not report now.
AS_OF = "as_of"

# Platforms that Home Assistant exposes to voice assistants by default, and the assistants:
# "turn everything off" is not to reach a camera's cooler.
_EXPOSED = (Platform.COVER, Platform.LIGHT, Platform.SWITCH)
_UNEXPOSED = {
    assistant: {"should_expose": False}
    for assistant in ("cloud.alexa", "cloud.google_assistant", "conversation")
}

# Compares the reading that is shown with a newer one: whether that is too close to be shown.
type IsSteady[ReadingT] = Callable[[ReadingT, ReadingT], bool]
# Compares a reading with the one before: whether another one is about to follow; None if it is the same.
type IsPassing[ReadingT] = Callable[[ReadingT, ReadingT], bool | None]


def own_device_class(key: str) -> Any:
    """Return a device class of this integration: triggers and conditions offer entities by class."""
    return f"{DOMAIN}__{key}"


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
        self._shown: object = None

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """The link to the device of its role; not kept, as it is used only when it is added."""
        return device_link(self.coordinator.config_entry, self.role)

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

    @override
    def get_initial_entity_options(self) -> er.EntityOptionsType | None:
        """Return the settings of a new entity: one that commands is not exposed until its owner does it."""
        options = super().get_initial_entity_options()
        return {**_UNEXPOSED, **(options or {})} if self.platform.domain in _EXPOSED else options

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

    @override
    async def async_request_call[T](self, coro: Coroutine[Any, Any, T]) -> T:
        """Carry out an action on the entity."""
        with log_if_abandoned(self.entity_id):
            return await super().async_request_call(coro)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if the shown part changed."""
        shown = (self.available, self.part())
        if shown != self._shown:
            self._shown = shown
            super()._handle_coordinator_update()


class ShownReading[ReadingT]:
    """The reading that an entity shows: the newest, unless that is too close to the one shown.

    It is compared with what is shown, not with the last reading, so a slow drift is followed. After
    a time without readings the first one is shown as it is. A reading that `is_passing`, compared with
    the one before, is on its way to another, and is not shown.
    """

    def __init__(
        self, is_steady: IsSteady[ReadingT], is_passing: IsPassing[ReadingT] | None = None
    ) -> None:
        """Start without a reading."""
        self._is_steady = is_steady
        self._is_passing = is_passing
        self._was_passing = False
        self._reading: ReadingT | None = None
        self._newest: ReadingT | None = None

    def update(self, newest: ReadingT | None) -> ReadingT | None:
        """Return the reading to show after a newer one; None while there is none."""
        if newest is self._newest:
            # An entity looks at its reading several times for each update.
            return self._reading
        shown, before, self._newest = self._reading, self._newest, newest
        if shown is None or newest is None or before is None:
            self._reading = newest
        elif self._passes(before, newest):
            return shown
        elif not self._is_steady(shown, newest):
            self._reading = newest
        return self._reading

    def _passes(self, before: ReadingT, newest: ReadingT) -> bool:
        """Return whether a reading is on its way to another; the same one twice is as it was."""
        if self._is_passing is not None:
            passing = self._is_passing(before, newest)
            self._was_passing = self._was_passing if passing is None else passing
        return self._was_passing


@dataclass(frozen=True, slots=True, kw_only=True)
class Control[SourceT]:
    """The control that shows the same as a row: the command it sends, and when it exists."""

    command: Command[Any]
    exists_fn: Callable[[SourceT], bool | None] = lambda _: True


@dataclass(frozen=True, kw_only=True)
class RowDescription[SourceT](EntityDescription):
    """Describe an entity by its source; functions of a row get a reading of that.

    `since` is the first version of the plugin that reports it, and `exists_fn` returns whether
    there is such a thing at all; an unknown flag counts as no. A row with a `control` is off by
    default where that control exists. `device` is the part of the hub whose device shows it; by
    default it is the device of its role. A reading on its way to another one, as `passing_fn` returns,
    is not shown if there is a deadband.
    """

    source: Source[SourceT] = EQUIPMENT
    since: tuple[int, ...] = ()
    exists_fn: Callable[[SourceT], bool | None] = lambda _: True
    attributes_fn: Callable[[SourceT], Mapping[str, object] | None] = lambda _: None
    control: Control[SourceT] | None = None
    device: HubPart | None = None
    passing_fn: IsPassing[SourceT] | None = None

    @property
    def steady_fn(self) -> IsSteady[SourceT] | None:
        """Return what compares the reading shown with a newer one; None without a deadband."""
        return None

    def exists(self, data: NinaRuntimeData, role: Role) -> bool:
        """Return whether the entity is to be added according to the current reading."""
        if self.since and not (
            data.equipment.data.reachable and data.client.plugin.at_least(*self.since)
        ):
            return False
        if not self.source.exists(data, role):
            return False
        reading = self.source.read(data, role)
        return reading is None or bool(self.exists_fn(reading))

    def has_control(self, data: NinaRuntimeData, role: Role) -> bool:
        """Return whether a control shows the same; a read-only entry has no controls."""
        control = self.control
        if control is None or data.equipment.config_entry.options.get(CONF_READ_ONLY):
            return False
        reading = self.source.read(data, role)
        exists = reading is None or bool(control.exists_fn(reading))
        return exists and data.runner.supports(control.command)


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
        steady_fn = description.steady_fn
        self._shown_reading = (
            None if steady_fn is None else ShownReading(steady_fn, description.passing_fn)
        )
        if description.has_control(self.runtime, role):
            self._attr_entity_registry_enabled_default = False
        if description.name is None:
            # It has the name of its device, although its key has icons and texts.
            self._attr_name = None

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """The link to the device that shows it."""
        device = self.entity_description.device or self.role
        return device_link(self.coordinator.config_entry, device)

    @property
    def source(self) -> Any | None:
        """The reading of the source that is shown, None while it cannot be read.

        It is the newest, unless that is within the deadband of the row.
        """
        newest = self.entity_description.source.read(self.runtime, self.role)
        return newest if self._shown_reading is None else self._shown_reading.update(newest)

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
        return self.source is not None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object] | None:
        """Return the attributes of the row, and the time of a fact that is kept from before."""
        return self.attributes_of(self.source)

    def attributes_of(self, source: Any | None) -> Mapping[str, object] | None:
        """Return the same for a reading of the source, in any size."""
        description = self.entity_description
        told = None if source is None else description.attributes_fn(source)
        as_of_fn = description.source.as_of
        if as_of_fn is None or (as_of := as_of_fn(self.runtime)) is None:
            return told
        return {**(told or {}), AS_OF: as_of.isoformat(timespec="seconds")}

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
