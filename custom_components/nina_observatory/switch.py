"""Switches, each confirmed by a reading of the device."""

from collections.abc import Callable, Iterable, Mapping
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
from .entities.channels import CHANNEL_PREFIX, WritableChannel, async_add_channels
from .entities.entity import EquipmentEntity, NinaEntity, async_add_when, async_add_when_seen
from .entities.guarded import async_add_guarded
from .entities.source import Follow
from .procedures.sequence_start import async_start_sequence
from .readings.catalog import Catalog, CatalogCoordinator
from .readings.coordinator import NinaCoordinator
from .readings.equipment import EquipmentCoordinator
from .readings.sequence import SequenceReading
from .roof.guard import GUARD_KEY, RoofGuard
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0  # commands to one device run one after another


@dataclass(frozen=True, kw_only=True)
class NinaSwitchDescription[SourceT](SwitchEntityDescription):
    """Describe a switch of a kind of equipment, or of another part of the snapshot."""

    exists_fn: Callable[[SourceT], bool] = lambda _: True
    is_on_fn: Callable[[SourceT], bool | None]
    turn_on: Command[Any]
    turn_off: Command[Any]


SWITCHES: Final[dict[Role, tuple[NinaSwitchDescription[Any], ...]]] = {
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
    ),
}

SEQUENCE_SWITCH: Final = NinaSwitchDescription[SequenceReading](
    key="sequence",
    translation_key="sequence",
    # Available even while the sequence cannot be read: Home Assistant skips unavailable entities.
    exists_fn=lambda reading: reading.reachable,
    is_on_fn=lambda reading: None if reading.tree is None else reading.running,
    turn_on=start_sequence(skip_validation=True),
    turn_off=STOP_SEQUENCE,
)
ALIGNMENT_SWITCH: Final = SwitchEntityDescription(key="alignment", translation_key="alignment")
ROOF_GUARD_SWITCH: Final = SwitchEntityDescription(
    key=GUARD_KEY, translation_key=GUARD_KEY, entity_category=EntityCategory.CONFIG
)
# Any other status of the plugin proves neither state.
STACKS: Final[dict[object, bool]] = {LiveStackState.RUNNING: True, LiveStackState.STOPPED: False}
LIVE_STACK_SWITCH: Final = NinaSwitchDescription[Catalog](
    key="live_stack",
    translation_key="live_stack",
    exists_fn=lambda choices: choices.stacking is not None,
    is_on_fn=lambda choices: STACKS.get(choices.stacking),
    turn_on=START_LIVE_STACK,
    turn_off=STOP_LIVE_STACK,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of an entry."""
    data = entry.runtime_data
    for role, descriptions in SWITCHES.items():
        async_add_when_seen(
            entry,
            Platform.SWITCH,
            role,
            descriptions,
            lambda description, device: (
                description.exists_fn(device) and data.runner.shows_success_of(description.turn_on)
            ),
            partial(NinaSwitch, data.equipment, role),
            async_add_entities,
        )
    hub_switches: tuple[tuple[NinaCoordinator[Any], Any, type[NinaHubSwitch]], ...] = (
        (data.sequence, SEQUENCE_SWITCH, NinaSequenceSwitch),
        (data.catalog, LIVE_STACK_SWITCH, NinaHubSwitch),
    )
    for source, description, kind in hub_switches:
        _add_hub_switch(entry, source, description, kind, async_add_entities)
    async_add_when(
        entry,
        Platform.SWITCH,
        Role.HUB,
        [data.catalog],
        [ALIGNMENT_SWITCH],
        lambda _: data.catalog.data.aligns,
        partial(NinaAlignmentSwitch, data.catalog, Role.HUB),
        async_add_entities,
    )
    if (guard := data.guard) is not None:
        switch = partial(RoofGuardSwitch, guard, data.equipment)
        async_add_guarded(entry, Platform.SWITCH, ROOF_GUARD_SWITCH, switch, async_add_entities)
    async_add_channels(
        entry,
        Platform.SWITCH,
        lambda hub: filter(NinaChannelSwitch.fits, hub.writable),
        lambda channel_id, name: NinaChannelSwitch(data.equipment, channel_id, name),
        async_add_entities,
    )


def _add_hub_switch(
    entry: NinaConfigEntry,
    source: NinaCoordinator[Any],
    description: NinaSwitchDescription[Any],
    kind: type[NinaHubSwitch],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a switch of N.I.N.A. itself once its subject exists."""
    async_add_when(
        entry,
        Platform.SWITCH,
        Role.HUB,
        [source],
        [description],
        lambda each: each.exists_fn(source.data),
        partial(kind, source, Role.HUB),
        async_add_entities,
    )


class NinaSwitch(EquipmentEntity[Any], SwitchEntity):
    """A switch of a kind of equipment."""

    entity_description: NinaSwitchDescription[Any]

    @property
    @override
    def is_on(self) -> bool | None:
        return None if self.device is None else self.entity_description.is_on_fn(self.device)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self.async_command(self.entity_description.turn_on)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self.async_command(self.entity_description.turn_off)


class NinaHubSwitch(NinaEntity[NinaCoordinator[Any]], SwitchEntity):
    """A switch of N.I.N.A. itself; available while its subject exists."""

    entity_description: NinaSwitchDescription[Any]

    @property
    @override
    def available(self) -> bool:
        return super().available and self.entity_description.exists_fn(self.coordinator.data)

    @override
    def part(self) -> object:
        return self.is_on

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.is_on_fn(self.coordinator.data)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self._async_switch(self.entity_description.turn_on)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self._async_switch(self.entity_description.turn_off)

    async def _async_switch(self, command: Command[Any]) -> None:
        """Run a command and refresh the state."""
        try:
            await self.async_command(command)
        finally:
            await self.coordinator.async_request_refresh()


class NinaSequenceSwitch(NinaHubSwitch):
    """The sequence switch, which has more reasons for a failed start."""

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Start the sequence without its checklist, which only a person could dismiss."""
        await async_start_sequence(self.coordinator.config_entry, skip_validation=True)


class NinaAlignmentSwitch(NinaEntity[CatalogCoordinator], SwitchEntity):
    """The polar alignment, with the settings of its plugin: on while one runs."""

    _unrecorded_attributes = frozenset({"status", "progress"})

    @property
    def _alignment(self) -> PolarAlignment:
        return self.runtime.alignment

    @override
    def follows(self) -> Iterable[Follow]:
        """Return the alignment, which holds the status of the plugin."""
        return (self._alignment.async_add_listener,)

    @property
    @override
    def available(self) -> bool:
        """Return whether the plugin is installed."""
        return super().available and self.coordinator.data.aligns

    @property
    @override
    def is_on(self) -> bool:
        """Return whether an alignment runs that was started from Home Assistant."""
        return self._alignment.state.running

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return the status of the plugin in its own words, and whether it is paused."""
        state = self._alignment.state
        return {"paused": state.paused, "status": state.status, "progress": state.progress}

    @override
    def part(self) -> object:
        return (self.is_on, self.extra_state_attributes)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self._alignment.async_start()

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self._alignment.async_stop()


class RoofGuardSwitch(NinaEntity[EquipmentCoordinator], SwitchEntity):
    """Arm and disarm the roof guard, which stores the setting itself."""

    def __init__(
        self,
        guard: RoofGuard,
        equipment: EquipmentCoordinator,
        description: SwitchEntityDescription,
    ) -> None:
        super().__init__(equipment, Role.DOME, description)
        self._guard = guard

    @override
    def follows(self) -> Iterable[Follow]:
        return [self._guard.async_add_listener]

    @property
    @override
    def available(self) -> bool:
        """Return True: the guard can always be armed and disarmed."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        return self._guard.machine.memory.armed

    @override
    def part(self) -> object:
        return self.is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Arm the guard, which acts at once if it has to."""
        self._guard.async_arm(armed=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Disarm the guard; a roof that it is already closing still closes."""
        self._guard.async_arm(armed=False)


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
