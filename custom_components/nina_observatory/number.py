"""Numbers: settable values, in the range that the device reports."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import DEGREE, EntityCategory, Platform, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Camera, Role, WritableSwitch
from .control.command import Command
from .control.commands.camera import set_temperature, set_usb_limit
from .control.commands.dome import slew_dome
from .control.commands.rotator import move_rotator, move_rotator_mechanical
from .control.commands.switch_hub import set_channel
from .control.runner import CommandRunner
from .entities.adding import async_add_rows
from .entities.channels import CHANNEL_PREFIX, WritableChannel, async_add_channels
from .entities.entity import CommandRowDescription, RowEntity
from .entities.source import COOLED
from .readings.equipment import EquipmentCoordinator
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0  # commands to one device run one after another


@dataclass(frozen=True, kw_only=True)
class NinaNumberDescription[SourceT](CommandRowDescription[SourceT], NumberEntityDescription):
    """Describe a number: its value, and the command that sets it.

    `range_fn` returns the limits as far as the device reports them.
    """

    range_fn: Callable[[SourceT], tuple[float | None, float | None]] = lambda _: (None, None)
    value_fn: Callable[[SourceT], float | None]
    command: Callable[[float], Command[SourceT]]

    @override
    def is_supported(self, runner: CommandRunner, reading: SourceT) -> bool:
        return runner.supports(self.command(0.0))


def _angle(key: str, **more: Any) -> NinaNumberDescription[Any]:
    """Describe the angle of a device that turns."""
    return NinaNumberDescription(
        key=key,
        translation_key=key,
        native_unit_of_measurement=DEGREE,
        native_min_value=0,
        native_max_value=360,
        native_step=0.1,
        mode=NumberMode.BOX,
        **more,
    )


NUMBERS: Final[dict[Role, tuple[NinaNumberDescription[Any], ...]]] = {
    Role.CAMERA: (
        # N.I.N.A. cools in steps: the state is the last target, not each of them.
        NinaNumberDescription[Any](
            key="target_temperature",
            translation_key="target_temperature",
            device_class=NumberDeviceClass.TEMPERATURE,
            native_unit_of_measurement=UnitOfTemperature.CELSIUS,
            # The API does not report the limits of the camera; this covers every camera.
            native_min_value=-60,
            native_max_value=40,
            native_step=0.1,
            mode=NumberMode.BOX,
            source=COOLED,
            exists_fn=lambda cooled: cooled.camera.can_set_temperature,
            value_fn=lambda cooled: cooled.target,
            command=set_temperature,
        ),
        NinaNumberDescription[Camera](
            key="usb_limit",
            translation_key="usb_limit",
            entity_category=EntityCategory.CONFIG,
            entity_registry_enabled_default=False,
            native_step=1,
            mode=NumberMode.BOX,
            exists_fn=lambda camera: (
                camera.can_set_usb_limit
                and camera.usb_limit_min is not None
                and camera.usb_limit_max is not None
            ),
            range_fn=lambda camera: (camera.usb_limit_min, camera.usb_limit_max),
            value_fn=lambda camera: camera.usb_limit,
            command=lambda value: set_usb_limit(round(value)),
        ),
    ),
    Role.ROTATOR: (
        _angle(
            "position",
            value_fn=lambda rotator: rotator.sky_position,
            command=move_rotator,
        ),
        _angle(
            "mechanical_position",
            entity_registry_enabled_default=False,
            value_fn=lambda rotator: rotator.mechanical_position,
            command=move_rotator_mechanical,
        ),
    ),
    Role.DOME: (
        _angle(
            "azimuth",
            exists_fn=lambda dome: dome.can_set_azimuth,
            value_fn=lambda dome: dome.azimuth,
            command=slew_dome,
        ),
    ),
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers of an entry."""
    async_add_rows(entry, Platform.NUMBER, NUMBERS, NinaNumber, async_add_entities)
    async_add_channels(
        entry,
        Platform.NUMBER,
        lambda hub: filter(NinaChannelNumber.fits, hub.writable),
        partial(NinaChannelNumber, entry.runtime_data.equipment),
        async_add_entities,
    )


class NinaNumber(RowEntity, NumberEntity):
    """A number that its row describes."""

    entity_description: NinaNumberDescription[Any]

    @override
    def part(self) -> object:
        """Return the value and its limits."""
        return (self.native_value, self._range)

    @property
    def _range(self) -> tuple[float | None, float | None]:
        """Return the range that the device reports."""
        return self.read(self.entity_description.range_fn) or (None, None)

    @property
    @override
    def native_min_value(self) -> float:
        low, _ = self._range
        return super().native_min_value if low is None else low

    @property
    @override
    def native_max_value(self) -> float:
        _, high = self._range
        return super().native_max_value if high is None else high

    @property
    @override
    def native_value(self) -> float | None:
        return self.read(self.entity_description.value_fn)

    @override
    async def async_set_native_value(self, value: float) -> None:
        await self.async_command(self.entity_description.command(value))


class NinaChannelNumber(WritableChannel, NumberEntity):
    """A channel of a switch hub that takes more than two values."""

    def __init__(self, equipment: EquipmentCoordinator, channel_id: int, name: str | None) -> None:
        description = NumberEntityDescription(key=f"{CHANNEL_PREFIX}{channel_id}")
        super().__init__(equipment, channel_id, name, description)

    @staticmethod
    @override
    def fits(channel: WritableSwitch) -> bool:
        """Return whether a channel takes more than two values and reports its range."""
        return channel.is_bounded and not channel.is_toggle

    @property
    @override
    def native_min_value(self) -> float:
        low = None if self.channel is None else self.channel.minimum
        return super().native_min_value if low is None else low

    @property
    @override
    def native_max_value(self) -> float:
        high = None if self.channel is None else self.channel.maximum
        return super().native_max_value if high is None else high

    @property
    @override
    def native_step(self) -> float | None:
        return None if self.channel is None else self.channel.step_size

    @property
    @override
    def native_value(self) -> float | None:
        return None if self.channel is None else self.channel.value

    @override
    async def async_set_native_value(self, value: float) -> None:
        await self.async_command(set_channel(self.channel_id, value))
