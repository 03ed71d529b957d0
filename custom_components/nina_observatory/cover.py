"""Covers: the shutter of the dome or roof, and the lid of the flat panel."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.cover import (
    CoverEntity,
    CoverEntityDescription,
    CoverEntityFeature,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import CoverState, Dome, FlatPanel, Role, ShutterState
from .control.command import Command
from .control.commands.dome import CLOSE_SHUTTER, OPEN_SHUTTER
from .control.commands.flat_panel import CLOSE_COVER, OPEN_COVER
from .control.runner import CommandRunner
from .entities.adding import async_add_rows
from .entities.entity import CommandRowDescription, RowEntity
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0  # the runner serializes, and a close must be able to preempt an open

# A lid in any other state moves, or is stuck in between.
CLOSED: Final[dict[object, bool]] = {CoverState.CLOSED: True, CoverState.OPEN: False}


@dataclass(frozen=True, kw_only=True)
class NinaCoverDescription[DeviceT](CommandRowDescription[DeviceT], CoverEntityDescription):
    """Describe a cover: the commands that open and close it."""

    open: Command[DeviceT]
    close: Command[DeviceT]

    @override
    def is_supported(self, runner: CommandRunner, reading: DeviceT) -> bool:
        return runner.supports(self.open)


# Without a device class: "open the shutters" means those of the house.
SHUTTER: Final = NinaCoverDescription[Dome](
    key="shutter",
    translation_key="shutter",
    exists_fn=lambda dome: dome.can_set_shutter is not False,
    open=OPEN_SHUTTER,
    close=CLOSE_SHUTTER,
)
COVER: Final = NinaCoverDescription[FlatPanel](
    key="cover",
    translation_key="cover",
    exists_fn=lambda panel: panel.supports_open_close,
    open=OPEN_COVER,
    close=CLOSE_COVER,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the covers of an entry."""
    shutters, lids = {Role.DOME: (SHUTTER,)}, {Role.FLAT_PANEL: (COVER,)}
    async_add_rows(entry, Platform.COVER, shutters, NinaShutter, async_add_entities)
    async_add_rows(entry, Platform.COVER, lids, NinaCover, async_add_entities)


class NinaShutter(RowEntity, CoverEntity):
    """The shutter; its state is the one the dome reports, never the one requested.

    It opens and closes by the rules of the roof.
    """

    entity_description: NinaCoverDescription[Dome]
    _attr_name = None
    _attr_supported_features = (
        CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE | CoverEntityFeature.STOP
    )

    @property
    def _shutter(self) -> object:
        return self.read(lambda dome: dome.shutter)

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
        await self.runtime.roof.async_open()

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        await self.runtime.roof.async_close()

    @override
    async def async_stop_cover(self, **kwargs: Any) -> None:
        await self.runtime.roof.async_stop()


class NinaCover(RowEntity, CoverEntity):
    """The lid of the flat panel."""

    entity_description: NinaCoverDescription[FlatPanel]
    _attr_supported_features = CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE

    @property
    @override
    def is_closed(self) -> bool | None:
        """Return whether the lid reports closed; None while it moves or is stuck in between."""
        return CLOSED.get(self.read(lambda panel: panel.cover))

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        await self.async_command(self.entity_description.open)

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        await self.async_command(self.entity_description.close)
