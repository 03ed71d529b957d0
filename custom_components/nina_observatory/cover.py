"""Covers: the shutter of the dome or roof, and the lid of the flat panel."""

from typing import Any, override

from homeassistant.components.cover import (
    CoverDeviceClass,
    CoverEntity,
    CoverEntityDescription,
    CoverEntityFeature,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import CoverState, Dome, FlatPanel, Role, ShutterState
from .control.commands.flat_panel import CLOSE_COVER, OPEN_COVER
from .entities.entity import EquipmentEntity, async_add_when_seen
from .readings.equipment import EquipmentCoordinator
from .roof.roof import Roof
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0  # the runner serializes, and a close must be able to preempt an open

SHUTTER = CoverEntityDescription(
    key="shutter", translation_key="shutter", device_class=CoverDeviceClass.SHUTTER
)
COVER = CoverEntityDescription(
    key="cover", translation_key="cover", device_class=CoverDeviceClass.SHUTTER
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the covers of an entry."""
    equipment = entry.runtime_data.equipment
    async_add_when_seen(
        entry,
        Platform.COVER,
        Role.DOME,
        [SHUTTER],
        lambda _, dome: dome.can_set_shutter,
        lambda description: NinaShutter(entry.runtime_data.roof, equipment, description),
        async_add_entities,
    )
    async_add_when_seen(
        entry,
        Platform.COVER,
        Role.FLAT_PANEL,
        [COVER],
        lambda _, panel: (
            panel.supports_open_close and entry.runtime_data.runner.supports(OPEN_COVER)
        ),
        lambda description: NinaCover(equipment, Role.FLAT_PANEL, description),
        async_add_entities,
    )


class NinaShutter(EquipmentEntity[Dome], CoverEntity):
    """The shutter; its state is the one the dome reports, never the one requested."""

    _attr_name = None
    _attr_supported_features = (
        CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE | CoverEntityFeature.STOP
    )

    def __init__(
        self, roof: Roof, equipment: EquipmentCoordinator, description: CoverEntityDescription
    ) -> None:
        super().__init__(equipment, Role.DOME, description)
        self._roof = roof

    @property
    def _shutter(self) -> object:
        return None if self.device is None else self.device.shutter

    @property
    @override
    def is_closed(self) -> bool | None:
        """Return whether the shutter reports closed; None if its state is not definite."""
        if self._shutter in (ShutterState.CLOSED, ShutterState.OPEN):
            return self._shutter is ShutterState.CLOSED
        return False if self.is_opening or self.is_closing else None

    @property
    @override
    def is_opening(self) -> bool:
        return self._shutter is ShutterState.OPENING

    @property
    @override
    def is_closing(self) -> bool:
        return self._shutter is ShutterState.CLOSING

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        await self._roof.async_open()

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        await self._roof.async_close()

    @override
    async def async_stop_cover(self, **kwargs: Any) -> None:
        await self._roof.async_stop()


class NinaCover(EquipmentEntity[FlatPanel], CoverEntity):
    """The lid of the flat panel."""

    _attr_supported_features = CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE

    @property
    @override
    def is_closed(self) -> bool | None:
        """Return whether the lid reports closed; None while it moves or is stuck in between."""
        if self.device is None or self.device.cover not in (CoverState.CLOSED, CoverState.OPEN):
            return None
        return self.device.cover is CoverState.CLOSED

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        await self.async_command(OPEN_COVER)

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        await self.async_command(CLOSE_COVER)
