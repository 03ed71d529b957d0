"""Switches: tracking, cooler, guiding, and the channels of a switch hub."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Camera, Guider, GuiderState, Mount, Role, SwitchHub, WritableSwitch
from .commander import Command
from .commands import (
    BUSY_GUIDING,
    COOLER_OFF,
    COOLER_ON,
    START_GUIDING,
    STOP_GUIDING,
    STOP_TRACKING,
    TRACK,
    switch_channel,
)
from .const import DOMAIN
from .coordinator import NinaConfigEntry, RigCoordinator
from .entity import EquipmentEntity, async_add_when_seen, unique_id

PARALLEL_UPDATES = 0  # the commander serialises by device


@dataclass(frozen=True, kw_only=True)
class NinaSwitchDescription[DeviceT](SwitchEntityDescription):
    """Describe a switch of a kind of equipment."""

    exists_fn: Callable[[DeviceT], bool] = lambda _: True
    is_on_fn: Callable[[DeviceT], bool | None]
    turn_on: Command[DeviceT]
    turn_off: Command[DeviceT]


def _is_guiding(guider: Guider) -> bool | None:
    """Return whether the guider is at work; unknown where it says nothing."""
    if guider.state is None:
        return None
    return guider.state in (GuiderState.GUIDING, *BUSY_GUIDING)


SWITCHES: dict[Role, tuple[NinaSwitchDescription[Any], ...]] = {
    Role.CAMERA: (
        NinaSwitchDescription[Camera](
            key="cooler",
            translation_key="cooler",
            exists_fn=lambda camera: camera.can_set_temperature,
            is_on_fn=lambda camera: camera.cooler_on,
            turn_on=COOLER_ON,
            turn_off=COOLER_OFF,
        ),
    ),
    Role.MOUNT: (
        NinaSwitchDescription[Mount](
            key="tracking",
            translation_key="tracking",
            exists_fn=lambda mount: mount.can_set_tracking_enabled,
            is_on_fn=lambda mount: mount.tracking,
            turn_on=TRACK,
            turn_off=STOP_TRACKING,
        ),
    ),
    Role.GUIDER: (
        NinaSwitchDescription[Guider](
            key="guiding",
            translation_key="guiding",
            is_on_fn=_is_guiding,
            turn_on=START_GUIDING,
            turn_off=STOP_GUIDING,
        ),
    ),
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of an entry."""
    rig = entry.runtime_data.rig
    for role, descriptions in SWITCHES.items():
        async_add_when_seen(
            entry,
            Platform.SWITCH,
            role,
            descriptions,
            lambda description, device: description.exists_fn(device),
            lambda description, role=role: NinaSwitch(rig, role, description),
            async_add_entities,
        )
    _async_add_channels(hass, entry, async_add_entities)


class NinaSwitch(EquipmentEntity[Any], SwitchEntity):
    """A switch of a kind of equipment."""

    entity_description: NinaSwitchDescription[Any]

    @property
    @override
    def is_on(self) -> bool | None:
        """Return what the device reads."""
        return None if self.device is None else self.entity_description.is_on_fn(self.device)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch on."""
        await self._async_run(self.entity_description.turn_on)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off."""
        await self._async_run(self.entity_description.turn_off)

    async def _async_run(self, command: Command[Any]) -> None:
        """Carry out a command."""
        await self.coordinator.config_entry.runtime_data.commander.async_run(command)


CHANNEL_PREFIX = "channel_"


@callback
def _async_add_channels(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the two-state channels: those known from earlier at once, others on sight."""
    rig = entry.runtime_data.rig
    known: set[int] = set()

    @callback
    def add(channels: dict[int, str | None]) -> None:
        new = {channel: name for channel, name in channels.items() if channel not in known}
        known.update(new)
        async_add_entities(NinaChannelSwitch(rig, channel, name) for channel, name in new.items())

    @callback
    def look() -> None:
        hub = rig.data.device(Role.SWITCH_HUB)
        if isinstance(hub, SwitchHub):
            add({c.id: c.name for c in hub.writable if c.id is not None and c.is_toggle})

    add(_registered_channels(hass, entry))
    look()
    entry.async_on_unload(rig.async_add_listener(look))


def _registered_channels(hass: HomeAssistant, entry: NinaConfigEntry) -> dict[int, str | None]:
    """Return the channels that the entity registry remembers, with their names."""
    prefix = unique_id(entry, Role.SWITCH_HUB, CHANNEL_PREFIX)
    return {
        int(entity.unique_id.removeprefix(prefix)): entity.original_name
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if entity.domain == Platform.SWITCH and entity.platform == DOMAIN
        if entity.unique_id.startswith(prefix)
    }


class NinaChannelSwitch(EquipmentEntity[SwitchHub], SwitchEntity):
    """A two-state channel of a switch hub, known by its id and named as reported."""

    def __init__(self, rig: RigCoordinator, channel_id: int, name: str | None) -> None:
        """Describe the channel."""
        description = SwitchEntityDescription(key=f"{CHANNEL_PREFIX}{channel_id}")
        super().__init__(rig, Role.SWITCH_HUB, description)
        self._channel_id = channel_id
        self._attr_name = name or f"Switch {channel_id}"

    @property
    def _channel(self) -> WritableSwitch | None:
        """Return the channel as last read."""
        channels = () if self.device is None else self.device.writable
        return next((channel for channel in channels if channel.id == self._channel_id), None)

    @property
    @override
    def available(self) -> bool:
        """Return whether the channel is there."""
        return super().available and self._channel is not None

    @property
    @override
    def is_on(self) -> bool | None:
        """Return what the channel reads."""
        return None if self._channel is None else self._channel.is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Write the upper value of the channel."""
        await self._async_switch(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Write the lower value of the channel."""
        await self._async_switch(on=False)

    async def _async_switch(self, *, on: bool) -> None:
        """Switch the channel."""
        command = switch_channel(self._channel_id, on=on)
        await self.coordinator.config_entry.runtime_data.commander.async_run(command)
