"""Light: the flat panel, in the brightness range that the device reports."""

from dataclasses import dataclass
from typing import Any, Final, override

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
from .control.runner import CommandRunner
from .entities.adding import async_add_rows
from .entities.entity import CommandRowDescription, RowEntity
from .readings.coordinator import NinaCoordinator
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0  # commands to one device run one after another

FULL = 255
# Initial brightness of a panel that was never lit, dim so as not to dazzle anyone at night.
FIRST_FRACTION = 0.1


@dataclass(frozen=True, kw_only=True)
class NinaLightDescription(CommandRowDescription[FlatPanel], LightEntityDescription):
    """Describe the light."""

    @override
    def is_supported(self, runner: CommandRunner, reading: FlatPanel) -> bool:
        return runner.supports(DARKEN_PANEL)


PANEL: Final = NinaLightDescription(
    key="panel",
    translation_key="panel",
    exists_fn=lambda panel: panel.supports_on_off and panel.brightness_range is not None,
    attributes_fn=lambda panel: {
        "panel_brightness": panel.brightness,
        "min_panel_brightness": panel.min_brightness,
        "max_panel_brightness": panel.max_brightness,
    },
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the light of an entry."""
    rows = {Role.FLAT_PANEL: (PANEL,)}
    async_add_rows(entry, Platform.LIGHT, rows, NinaPanel, async_add_entities)


class NinaPanel(RowEntity, LightEntity):
    """The light of the flat panel."""

    entity_description: NinaLightDescription
    _attr_color_mode = ColorMode.BRIGHTNESS
    _attr_supported_color_modes = {ColorMode.BRIGHTNESS}  # noqa: RUF012  # declared like this there

    def __init__(
        self, coordinator: NinaCoordinator[Any], role: Role, description: NinaLightDescription
    ) -> None:
        super().__init__(coordinator, role, description)
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
        if (panel := self._panel).light_on:
            self._last = panel.brightness

    @property
    def _panel(self) -> FlatPanel:
        """Return the panel; one of which nothing is known while it cannot be read."""
        return self.source or FlatPanel()

    @property
    @override
    def is_on(self) -> bool | None:
        return self._panel.light_on

    @property
    @override
    def brightness(self) -> int | None:
        """Return the brightness from 1 to 255, for any unit of the panel."""
        fraction = self._panel.brightness_fraction
        return None if fraction is None else max(1, round(fraction * FULL))

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Light the panel at the requested brightness, else the last one, else dimly."""
        panel = self._panel
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
