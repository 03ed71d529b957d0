"""Switches, each confirmed by a reading of the device."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Camera, Dome, Guider, LiveStackState, Mount, Role, Rotator, WritableSwitch
from .control.command import Command
from .control.commands.camera import COOLER_OFF, COOLER_ON, set_dew_heater
from .control.commands.dome import FOLLOW_MOUNT, STOP_FOLLOWING
from .control.commands.guider import START_GUIDING, STOP_GUIDING
from .control.commands.live_stack import START_LIVE_STACK, STOP_LIVE_STACK
from .control.commands.mount import STOP_TRACKING, TRACK
from .control.commands.rotator import reverse_rotator
from .control.commands.sequence import STOP_SEQUENCE, start_sequence
from .control.commands.switch_hub import switch_channel
from .control.polar_alignment import PolarAlignment
from .control.runner import CommandRunner
from .entities.adding import async_add_rows
from .entities.channels import CHANNEL_PREFIX, WritableChannel, async_add_channels
from .entities.entity import CommandRowDescription, RowEntity
from .entities.source import ALIGNMENT_PLUGIN, LIVE_STACK, ROOF_GUARD, SEQUENCE
from .helpers.devices import HubPart
from .procedures.sequence_start import async_start_sequence
from .readings.catalog import Catalog
from .readings.equipment import EquipmentCoordinator
from .readings.sequence import SequenceReading
from .roof.guard import GUARD_KEY, RoofGuard
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0  # commands to one device run one after another


@dataclass(frozen=True, kw_only=True)
class NinaSwitchDescription[SourceT](CommandRowDescription[SourceT], SwitchEntityDescription):
    """Describe a switch: whether it is on, and the commands that turn it on and off.

    `set_fn` turns it on or off if that takes more than a command.
    """

    is_on_fn: Callable[[SourceT], bool | None]
    turn_on: Command[Any] | None = None
    turn_off: Command[Any] | None = None
    set_fn: Callable[[NinaConfigEntry, bool], Awaitable[None]] | None = None

    @override
    def is_supported(self, runner: CommandRunner, reading: SourceT) -> bool:
        return self.turn_on is None or runner.shows_success_of(self.turn_on)


async def _async_set_sequence(entry: NinaConfigEntry, on: bool) -> None:
    """Start the sequence without its checklist, which only a person could dismiss, or stop it."""
    if on:
        await async_start_sequence(entry, skip_validation=True)
    else:
        await entry.runtime_data.runner.async_run(STOP_SEQUENCE)


async def _async_set_alignment(entry: NinaConfigEntry, on: bool) -> None:
    """Start an alignment with the settings of its plugin, or stop it."""
    alignment = entry.runtime_data.alignment
    await (alignment.async_start() if on else alignment.async_stop())


async def _async_arm_guard(entry: NinaConfigEntry, on: bool) -> None:
    """Arm the guard, which acts at once if it has to, or disarm it.

    A roof that it is already closing still closes.
    """
    if (guard := entry.runtime_data.guard) is not None:
        guard.async_arm(armed=on)


# Any other status of the plugin proves neither state.
STACKS: Final[dict[object, bool]] = {LiveStackState.RUNNING: True, LiveStackState.STOPPED: False}

SEQUENCE_SWITCH: Final = NinaSwitchDescription[SequenceReading](
    key="sequence",
    translation_key="sequence",
    # The subject of its device.
    name=None,
    device=HubPart.SEQUENCE,
    source=SEQUENCE,
    # Unknown rather than unavailable without a sequence: Home Assistant skips unavailable entities.
    is_on_fn=lambda reading: None if reading.tree is None else reading.running,
    turn_on=start_sequence(skip_validation=True),
    turn_off=STOP_SEQUENCE,
    set_fn=_async_set_sequence,
)
LIVE_STACK_SWITCH: Final = NinaSwitchDescription[Catalog](
    key="live_stack",
    translation_key="live_stack",
    device=HubPart.IMAGING,
    source=LIVE_STACK,
    entity_registry_enabled_default=False,
    is_on_fn=lambda catalog: STACKS.get(catalog.stacking),
    turn_on=START_LIVE_STACK,
    turn_off=STOP_LIVE_STACK,
)
# On while an alignment runs that was started from Home Assistant.
ALIGNMENT_SWITCH: Final = NinaSwitchDescription[PolarAlignment](
    key="alignment",
    translation_key="alignment",
    source=ALIGNMENT_PLUGIN,
    entity_registry_enabled_default=False,
    is_on_fn=lambda alignment: alignment.state.running,
    attributes_fn=lambda alignment: {
        "paused": alignment.state.paused,
        "status": alignment.state.status,
        "progress": alignment.state.progress,
    },
    set_fn=_async_set_alignment,
)
# The guard stores the setting itself.
ROOF_GUARD_SWITCH: Final = NinaSwitchDescription[RoofGuard](
    key=GUARD_KEY,
    translation_key=GUARD_KEY,
    source=ROOF_GUARD,
    entity_category=EntityCategory.CONFIG,
    is_on_fn=lambda guard: guard.machine.memory.armed,
    set_fn=_async_arm_guard,
)

SWITCHES: Final[dict[Role, tuple[NinaSwitchDescription[Any], ...]]] = {
    Role.HUB: (SEQUENCE_SWITCH, LIVE_STACK_SWITCH, ALIGNMENT_SWITCH),
    Role.CAMERA: (
        NinaSwitchDescription[Camera](
            key="cooler",
            translation_key="cooler",
            exists_fn=lambda camera: camera.can_set_temperature,
            is_on_fn=lambda camera: camera.cooler_on,
            turn_on=COOLER_ON,
            turn_off=COOLER_OFF,
        ),
        NinaSwitchDescription[Camera](
            key="dew_heater",
            translation_key="dew_heater",
            exists_fn=lambda camera: camera.has_dew_heater,
            is_on_fn=lambda camera: camera.dew_heater_on,
            turn_on=set_dew_heater(on=True),
            turn_off=set_dew_heater(on=False),
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
    Role.ROTATOR: (
        NinaSwitchDescription[Rotator](
            key="reverse",
            translation_key="reverse",
            entity_category=EntityCategory.CONFIG,
            entity_registry_enabled_default=False,
            exists_fn=lambda rotator: rotator.can_reverse,
            is_on_fn=lambda rotator: rotator.reverse,
            turn_on=reverse_rotator(reverse=True),
            turn_off=reverse_rotator(reverse=False),
        ),
    ),
    Role.GUIDER: (
        NinaSwitchDescription[Guider](
            key="guiding",
            translation_key="guiding",
            # The state of the guider shows it, too, and more of it.
            entity_registry_enabled_default=False,
            is_on_fn=lambda guider: guider.guides,
            turn_on=START_GUIDING,
            turn_off=STOP_GUIDING,
        ),
    ),
    Role.DOME: (
        NinaSwitchDescription[Dome](
            key="following",
            translation_key="following",
            exists_fn=lambda dome: dome.can_set_azimuth,
            is_on_fn=lambda dome: dome.following,
            turn_on=FOLLOW_MOUNT,
            turn_off=STOP_FOLLOWING,
        ),
        ROOF_GUARD_SWITCH,
    ),
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of an entry."""
    async_add_rows(entry, Platform.SWITCH, SWITCHES, NinaSwitch, async_add_entities)
    async_add_channels(
        entry,
        Platform.SWITCH,
        lambda hub: filter(NinaChannelSwitch.fits, hub.writable),
        partial(NinaChannelSwitch, entry.runtime_data.equipment),
        async_add_entities,
    )


class NinaSwitch(RowEntity, SwitchEntity):
    """A switch that its row describes."""

    entity_description: NinaSwitchDescription[Any]
    _unrecorded_attributes = frozenset({"status", "progress"})

    @property
    @override
    def is_on(self) -> bool | None:
        return self.read(self.entity_description.is_on_fn)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self._async_set(self.entity_description.turn_on, on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self._async_set(self.entity_description.turn_off, on=False)

    async def _async_set(self, command: Command[Any] | None, *, on: bool) -> None:
        if (set_fn := self.entity_description.set_fn) is not None:
            await set_fn(self.coordinator.config_entry, on)
        elif command is not None:
            await self.async_command(command)


class NinaChannelSwitch(WritableChannel, SwitchEntity):
    """A two-state channel of a switch hub."""

    def __init__(self, equipment: EquipmentCoordinator, channel_id: int, name: str | None) -> None:
        description = SwitchEntityDescription(key=f"{CHANNEL_PREFIX}{channel_id}")
        super().__init__(equipment, channel_id, name, description)

    @staticmethod
    @override
    def fits(channel: WritableSwitch) -> bool:
        """Return whether a channel has exactly two values."""
        return channel.is_toggle

    @property
    @override
    def is_on(self) -> bool | None:
        return None if self.channel is None else self.channel.is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Write the upper value of the channel."""
        await self.async_command(switch_channel(self.channel_id, on=True))

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Write the lower value of the channel."""
        await self.async_command(switch_channel(self.channel_id, on=False))
