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
from .entities.channels import CHANNEL_PREFIX, WritableChannel, async_add_channels
from .entities.entity import EquipmentEntity, async_add_when_seen
from .readings.equipment import EquipmentCoordinator
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0  # commands to one device run one after another


@dataclass(frozen=True, kw_only=True)
class NinaNumberDescription[DeviceT](NumberEntityDescription):
    """Describe a number of a device; `range_fn` is set if the device reports its range."""

    exists_fn: Callable[[DeviceT], bool] = lambda _: True
    available_fn: Callable[[DeviceT], bool] = lambda _: True
    range_fn: Callable[[DeviceT], tuple[float | None, float | None]] = lambda _: (None, None)
    value_fn: Callable[[DeviceT], float | None]
    command: Callable[[float], Command[DeviceT]]


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
        NinaNumberDescription[Camera](
            key="target_temperature",
            translation_key="target_temperature",
            device_class=NumberDeviceClass.TEMPERATURE,
            native_unit_of_measurement=UnitOfTemperature.CELSIUS,
            # The API does not report the limits of the camera; this covers every camera.
            native_min_value=-60,
            native_max_value=40,
            native_step=0.1,
            mode=NumberMode.BOX,
            exists_fn=lambda camera: camera.can_set_temperature,
            value_fn=lambda camera: camera.set_point,
            command=set_temperature,
        ),
        NinaNumberDescription[Camera](
            key="usb_limit",
            translation_key="usb_limit",
            entity_category=EntityCategory.CONFIG,
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
            # N.I.N.A. silently refuses a sky angle before it has plate-solved.
            available_fn=lambda rotator: rotator.synced,
            value_fn=lambda rotator: rotator.sky_position,
            command=move_rotator,
        ),
        _angle(
            "mechanical_position",
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
    data = entry.runtime_data
    for role, descriptions in NUMBERS.items():
        async_add_when_seen(
            entry,
            Platform.NUMBER,
            role,
            descriptions,
            lambda description, device: (
                description.exists_fn(device) and data.runner.supports(description.command(0.0))
            ),
            partial(NinaNumber, data.equipment, role),
            async_add_entities,
        )
    async_add_channels(
        entry,
        Platform.NUMBER,
        lambda hub: filter(NinaChannelNumber.fits, hub.writable),
        lambda channel_id, name: NinaChannelNumber(data.equipment, channel_id, name),
        async_add_entities,
    )


class NinaNumber(EquipmentEntity[Any], NumberEntity):
    """A number of a kind of equipment."""

    entity_description: NinaNumberDescription[Any]

    @property
    @override
    def available(self) -> bool:
        """Return whether the value is meaningful now."""
        return super().available and self.entity_description.available_fn(self.device)

    @property
    def _range(self) -> tuple[float | None, float | None]:
        """Return the range that the device reports."""
        return (
            (None, None) if self.device is None else self.entity_description.range_fn(self.device)
        )

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
        return None if self.device is None else self.entity_description.value_fn(self.device)

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
