"""Switches: tracking, cooler, guiding, and the channels of a switch hub."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Camera, Guider, GuiderState, Mount, Role, WritableSwitch
from .channels import CHANNEL_PREFIX, ChannelEntity, async_add_channels
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
from .coordinator import NinaConfigEntry, RigCoordinator
from .entity import EquipmentEntity, async_add_when_seen

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
            partial(NinaSwitch, rig, role),
            async_add_entities,
        )
    async_add_channels(
        entry,
        Platform.SWITCH,
        lambda hub: (channel for channel in hub.writable if channel.is_toggle),
        lambda channel_id, name: NinaChannelSwitch(rig, channel_id, name),
        async_add_entities,
    )


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


class NinaChannelSwitch(ChannelEntity[WritableSwitch], SwitchEntity):
    """A two-state channel of a switch hub."""

    def __init__(self, rig: RigCoordinator, channel_id: int, name: str | None) -> None:
        """Describe the channel."""
        description = SwitchEntityDescription(key=f"{CHANNEL_PREFIX}{channel_id}")
        super().__init__(rig, channel_id, name, description)

    @property
    @override
    def channels(self) -> Iterable[WritableSwitch]:
        """Return the channels that can be written."""
        return () if self.device is None else self.device.writable

    @property
    @override
    def is_on(self) -> bool | None:
        """Return what the channel reads."""
        return None if self.channel is None else self.channel.is_on

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
        command = switch_channel(self.channel_id, on=on)
        await self.coordinator.config_entry.runtime_data.commander.async_run(command)
