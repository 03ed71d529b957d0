"""Selects: one of the options that the device, or N.I.N.A., offers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import MAX_LENGTH_STATE_STATE, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import ApplicationTab, Camera, FilterWheel, Mount, NinaError, Role, TrackingMode
from .const import LOGGER
from .control.command import Command
from .control.commands.camera import set_binning, set_readout_mode
from .control.commands.filter_wheel import change_filter
from .control.commands.mount import STOP_TRACKING, track
from .control.commands.profile import switch_profile, switch_tab
from .control.commands.sequence import load_sequence
from .control.runner import CommandRunner
from .entities.adding import async_add_rows
from .entities.entity import CommandRowDescription, RowEntity
from .entities.source import ANSWERING, PROFILES, SEQUENCES
from .helpers.devices import HubPart
from .readings.catalog import Catalog
from .readings.equipment_state import EquipmentState
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0  # commands to one device run one after another
# For the one entity that has no event and is disabled by default.
SCAN_INTERVAL = timedelta(minutes=1)

# Custom rates cannot be commanded.
TRACKING_MODES: Final = tuple(mode for mode in TrackingMode if mode is not TrackingMode.CUSTOM)


@dataclass(frozen=True, kw_only=True)
class NinaSelectDescription[SourceT](CommandRowDescription[SourceT], SelectEntityDescription):
    """Describe a select: the selected option, and the command that selects one.

    `options` are all possible values, if known in advance; `options_fn` returns those offered now.
    """

    options_fn: Callable[[SourceT], Sequence[str | None]]
    current_fn: Callable[[SourceT], str | None]
    command: Callable[[SourceT, str], Command[Any]]

    @override
    def is_supported(self, runner: CommandRunner, reading: SourceT) -> bool:
        """Return whether there are options that the plugin can select."""
        options = _offered(self.options_fn(reading))
        return any(runner.supports(self.command(reading, option)) for option in options[:1])


def _offered(options: Sequence[str | None]) -> list[str]:
    """Return each option once, without those that are no valid state."""
    return list(
        dict.fromkeys(
            option for option in options if option and len(option) <= MAX_LENGTH_STATE_STATE
        )
    )


def _track(_mount: Mount, mode: str) -> Command[Mount]:
    if mode == TrackingMode.STOPPED:
        return STOP_TRACKING
    return track(TrackingMode(mode))


CHOICES: Final = (
    NinaSelectDescription[Catalog](
        key="profile",
        translation_key="profile",
        source=PROFILES,
        entity_category=EntityCategory.CONFIG,
        options_fn=lambda catalog: list(catalog.profile_names),
        current_fn=lambda catalog: catalog.active_profile,
        command=lambda catalog, option: switch_profile(catalog.profile_names[option]),
    ),
    NinaSelectDescription[Catalog](
        key="sequence",
        translation_key="sequence",
        device=HubPart.SEQUENCE,
        source=SEQUENCES,
        entity_registry_enabled_default=False,
        options_fn=lambda catalog: catalog.sequences,
        # N.I.N.A. does not report which one is loaded.
        current_fn=lambda _: None,
        command=lambda _, option: load_sequence(option),
    ),
)
TABS: Final = [tab.value for tab in ApplicationTab]
TAB: Final = NinaSelectDescription[EquipmentState](
    key="tab",
    translation_key="tab",
    source=ANSWERING,
    entity_category=EntityCategory.CONFIG,
    entity_registry_enabled_default=False,
    options=TABS,
    options_fn=lambda _: TABS,
    # No reading shows it: the entity asks.
    current_fn=lambda _: None,
    command=lambda _, option: switch_tab(ApplicationTab(option)),
)

SELECTS: Final[dict[Role, tuple[NinaSelectDescription[Any], ...]]] = {
    Role.HUB: CHOICES,
    Role.CAMERA: (
        NinaSelectDescription[Camera](
            key="binning",
            translation_key="binning",
            entity_category=EntityCategory.CONFIG,
            entity_registry_enabled_default=False,
            exists_fn=lambda camera: bool(camera.binning_modes),
            options_fn=lambda camera: [mode.name for mode in camera.binning_modes],
            current_fn=lambda camera: camera.binning,
            command=lambda _, option: set_binning(option),
        ),
        NinaSelectDescription[Camera](
            key="readout_mode",
            translation_key="readout_mode",
            entity_category=EntityCategory.CONFIG,
            entity_registry_enabled_default=False,
            exists_fn=lambda camera: any(camera.readout_modes),
            options_fn=lambda camera: camera.readout_modes,
            current_fn=lambda camera: camera.readout_mode_name,
            command=lambda _, option: set_readout_mode(option),
        ),
    ),
    Role.MOUNT: (
        NinaSelectDescription[Mount](
            key="tracking_mode",
            translation_key="tracking_mode",
            entity_registry_enabled_default=False,
            options=[mode.value for mode in TRACKING_MODES],
            exists_fn=lambda mount: bool(mount.tracking_modes),
            options_fn=lambda mount: [
                mode.value for mode in TRACKING_MODES if mode in mount.tracking_modes
            ],
            current_fn=lambda mount: (
                mount.tracking_mode.value if isinstance(mount.tracking_mode, TrackingMode) else None
            ),
            command=_track,
        ),
    ),
    Role.FILTER_WHEEL: (
        NinaSelectDescription[FilterWheel](
            key="filter",
            translation_key="filter",
            options_fn=lambda wheel: [each.name for each in wheel.available_filters],
            current_fn=lambda wheel: (
                None if wheel.selected_filter is None else wheel.selected_filter.name
            ),
            command=lambda _, option: change_filter(option),
        ),
    ),
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the selects of an entry."""
    async_add_rows(entry, Platform.SELECT, SELECTS, NinaSelect, async_add_entities)
    async_add_rows(entry, Platform.SELECT, {Role.HUB: (TAB,)}, NinaTab, async_add_entities)


class NinaSelect(RowEntity, SelectEntity):
    """A select that its row describes."""

    entity_description: NinaSelectDescription[Any]

    @property
    @override
    def options(self) -> list[str]:
        """Return the options offered now, and the current one if that is not among them."""
        offered = self.read(self.entity_description.options_fn) or ()
        return _offered([*offered, self.current_option])

    @property
    @override
    def current_option(self) -> str | None:
        return self.read(self.entity_description.current_fn)

    @override
    async def async_select_option(self, option: str) -> None:
        await self.async_command(self.entity_description.command(self.source, option))


class NinaTab(NinaSelect):
    """The page that N.I.N.A. shows; polled only while a user has enabled the entity."""

    _attr_current_option: str | None = None

    @property
    @override
    def options(self) -> list[str]:
        return TABS

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_schedule_update_ha_state(force_refresh=True)

    @property
    @override
    def should_poll(self) -> bool:
        return True

    @property
    @override
    def current_option(self) -> str | None:
        return self._attr_current_option

    @override
    async def async_update(self) -> None:
        """Read which page is shown; pages of plugins have no name."""
        if not self.available:
            return
        try:
            tab = await self.runtime.client.application.get_tab()
        except NinaError as err:
            LOGGER.debug("The page of N.I.N.A. could not be read: %s", err)
            tab = None
        self._attr_current_option = tab.value if isinstance(tab, ApplicationTab) else None

    @override
    async def async_select_option(self, option: str) -> None:
        """Show a page; older servers do not report which one is shown."""
        command = switch_tab(ApplicationTab(option))
        await self.async_command(command)
        shown = self.runtime.runner.shows_success_of(command)
        self._attr_current_option = option if shown else None
        self.async_write_ha_state()
