"""Light: the flat panel, in the brightness range that the device reports."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.light import (
    ATTR_BRIGHTNESS,
    ColorMode,
    LightEntity,
    LightEntityDescription,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import FlatPanel, Role
from .control.commands.flat_panel import DARKEN_PANEL, light_panel
from .entities.entity import EquipmentEntity, async_add_when_seen
from .readings.equipment import EquipmentCoordinator
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0  # commands to one device run one after another

PANEL = LightEntityDescription(key="panel", translation_key="panel")

FULL = 255
# Initial brightness of a panel that was never lit, dim so that it dazzles nobody at night.
FIRST_FRACTION = 0.1


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the light of an entry."""
    data = entry.runtime_data
    async_add_when_seen(
        entry,
        Platform.LIGHT,
        Role.FLAT_PANEL,
        [PANEL],
        lambda _, panel: (
            panel.supports_on_off
            and panel.brightness_range is not None
            and data.runner.supports(DARKEN_PANEL)
        ),
        lambda description: NinaPanel(data.equipment, Role.FLAT_PANEL, description),
        async_add_entities,
    )


class NinaPanel(EquipmentEntity[FlatPanel], LightEntity):
    """The light of the flat panel."""

    _attr_color_mode = ColorMode.BRIGHTNESS
    _attr_supported_color_modes = {ColorMode.BRIGHTNESS}  # noqa: RUF012  # declared like this there

    def __init__(
        self, equipment: EquipmentCoordinator, role: Role, description: LightEntityDescription
    ) -> None:
        super().__init__(equipment, role, description)
        self._last: int | None = None
        self._remember()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Remember the brightness while the panel is lit."""
        self._remember()
        super()._handle_coordinator_update()

    @callback
    def _remember(self) -> None:
        """Store the brightness in the panel's units; the panel forgets it when switched off."""
        if self.device is not None and self.device.light_on:
            self._last = self.device.brightness

    @property
    @override
    def is_on(self) -> bool | None:
        return None if self.device is None else self.device.light_on

    @property
    @override
    def brightness(self) -> int | None:
        """Return the brightness from 1 to 255, whatever units the panel uses."""
        fraction = None if self.device is None else self.device.brightness_fraction
        return None if fraction is None else max(1, round(fraction * FULL))

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        if self.device is None:
            return None
        return {
            "panel_brightness": self.device.brightness,
            "min_panel_brightness": self.device.min_brightness,
            "max_panel_brightness": self.device.max_brightness,
        }

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Light the panel at the requested brightness, else the last one, else dimly."""
        panel = self.device or FlatPanel()
        wanted: int | None = None
        if (brightness := kwargs.get(ATTR_BRIGHTNESS)) is not None:
            wanted = panel.brightness_for(brightness / FULL)
        elif (limits := panel.brightness_range) is not None and self._last is not None:
            wanted = min(limits[1], max(limits[0], self._last))
        if wanted is None:
            wanted = panel.brightness_for(FIRST_FRACTION)
        await self.async_command(light_panel(wanted or 1))

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self.async_command(DARKEN_PANEL)
