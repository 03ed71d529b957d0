"""Selects: one of the options that the device, or N.I.N.A., offers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
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
from .entities.entity import EquipmentEntity, NinaEntity, async_add_when, async_add_when_seen
from .readings.catalog import Catalog, CatalogCoordinator
from .readings.equipment import EquipmentCoordinator
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0  # commands to one device run one after another
# For the one entity that has no event and is disabled by default.
SCAN_INTERVAL = timedelta(minutes=1)

# Custom rates cannot be commanded.
TRACKING_MODES: Final = tuple(mode for mode in TrackingMode if mode is not TrackingMode.CUSTOM)


@dataclass(frozen=True, kw_only=True)
class NinaSelectDescription[SourceT](SelectEntityDescription):
    """Describe a select of a kind of equipment, or of another part of the snapshot.

    `options` are all possible values, if known in advance; `options_fn` returns those offered now.
    """

    exists_fn: Callable[[SourceT], bool] = lambda _: True
    options_fn: Callable[[SourceT], Sequence[str | None]]
    current_fn: Callable[[SourceT], str | None]
    command: Callable[[SourceT, str], Command[Any]]


def _track(_mount: Mount, mode: str) -> Command[Mount]:
    if mode == TrackingMode.STOPPED:
        return STOP_TRACKING
    return track(TrackingMode(mode))


SELECTS: Final[dict[Role, tuple[NinaSelectDescription[Any], ...]]] = {
    Role.CAMERA: (
        NinaSelectDescription[Camera](
            key="binning",
            translation_key="binning",
            entity_category=EntityCategory.CONFIG,
            exists_fn=lambda camera: bool(camera.binning_modes),
            options_fn=lambda camera: [mode.name for mode in camera.binning_modes],
            current_fn=lambda camera: camera.binning,
            command=lambda _, option: set_binning(option),
        ),
        NinaSelectDescription[Camera](
            key="readout_mode",
            translation_key="readout_mode",
            entity_category=EntityCategory.CONFIG,
            exists_fn=lambda camera: bool(camera.readout_modes),
            options_fn=lambda camera: camera.readout_modes,
            current_fn=lambda camera: camera.readout_mode_name,
            command=lambda _, option: set_readout_mode(option),
        ),
    ),
    Role.MOUNT: (
        NinaSelectDescription[Mount](
            key="tracking_mode",
            translation_key="tracking_mode",
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

CHOICES: Final = (
    NinaSelectDescription[Catalog](
        key="profile",
        translation_key="profile",
        entity_category=EntityCategory.CONFIG,
        exists_fn=lambda choices: bool(choices.profiles),
        options_fn=lambda choices: list(choices.profile_names),
        current_fn=lambda choices: choices.active_profile,
        command=lambda choices, option: switch_profile(choices.profile_names[option]),
    ),
    NinaSelectDescription[Catalog](
        key="sequence",
        translation_key="sequence",
        exists_fn=lambda choices: bool(choices.sequences),
        options_fn=lambda choices: choices.sequences,
        # N.I.N.A. does not report which one is loaded.
        current_fn=lambda _: None,
        command=lambda _, option: load_sequence(option),
    ),
)
TAB: Final = SelectEntityDescription(
    key="tab",
    translation_key="tab",
    entity_category=EntityCategory.CONFIG,
    entity_registry_enabled_default=False,
    options=[tab.value for tab in ApplicationTab],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the selects of an entry."""
    data = entry.runtime_data
    for role, descriptions in SELECTS.items():
        async_add_when_seen(
            entry,
            Platform.SELECT,
            role,
            descriptions,
            lambda description, device: _exists(entry, description, device),
            partial(NinaSelect, data.equipment, role),
            async_add_entities,
        )
    async_add_when(
        entry,
        Platform.SELECT,
        Role.HUB,
        [data.catalog],
        CHOICES,
        lambda description: _exists(entry, description, data.catalog.data),
        partial(NinaChoice, data.catalog, Role.HUB),
        async_add_entities,
    )
    async_add_when_seen(
        entry,
        Platform.SELECT,
        Role.HUB,
        [TAB],
        lambda _description, _server: data.runner.supports(switch_tab(ApplicationTab.EQUIPMENT)),
        partial(NinaTab, data.equipment, Role.HUB),
        async_add_entities,
    )


def _exists(
    entry: NinaConfigEntry, description: NinaSelectDescription[Any], source: object
) -> bool:
    """Return whether there are options that the plugin can select."""
    options = _offered(description.options_fn(source)) if description.exists_fn(source) else []
    knows = entry.runtime_data.runner.supports
    return any(knows(description.command(source, option)) for option in options[:1])


def _offered(options: Sequence[str | None]) -> list[str]:
    """Return each option once, without those that are no valid state."""
    return list(
        dict.fromkeys(
            option for option in options if option and len(option) <= MAX_LENGTH_STATE_STATE
        )
    )


class NinaSelect(EquipmentEntity[Any], SelectEntity):
    """A select of a kind of equipment."""

    entity_description: NinaSelectDescription[Any]

    @property
    @override
    def options(self) -> list[str]:
        """Return the options of the device, and its current one if that is not among them."""
        if self.device is None:
            return []
        offered = self.entity_description.options_fn(self.device)
        return _offered([*offered, self.current_option])

    @property
    @override
    def current_option(self) -> str | None:
        return None if self.device is None else self.entity_description.current_fn(self.device)

    @override
    async def async_select_option(self, option: str) -> None:
        await self.async_command(self.entity_description.command(self.device, option))


class NinaChoice(NinaEntity[CatalogCoordinator], SelectEntity):
    """A select of N.I.N.A. itself."""

    entity_description: NinaSelectDescription[Catalog]

    @property
    @override
    def available(self) -> bool:
        """Return whether there are options to select from."""
        return super().available and self.entity_description.exists_fn(self.coordinator.data)

    @override
    def part(self) -> object:
        return (self.options, self.current_option)

    @property
    @override
    def options(self) -> list[str]:
        return _offered(self.entity_description.options_fn(self.coordinator.data))

    @property
    @override
    def current_option(self) -> str | None:
        return self.entity_description.current_fn(self.coordinator.data)

    @override
    async def async_select_option(self, option: str) -> None:
        """Select an option and refresh the state."""
        try:
            await self.async_command(self.entity_description.command(self.coordinator.data, option))
        finally:
            await self.coordinator.async_request_refresh()


class NinaTab(NinaEntity[EquipmentCoordinator], SelectEntity):
    """The page that N.I.N.A. shows; polled only while a user has enabled the entity."""

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
    def available(self) -> bool:
        return super().available and self.coordinator.data.reachable

    @override
    def part(self) -> object:
        return None

    @override
    async def async_update(self) -> None:
        """Read which page is shown; pages of plugins have no name."""
        if not self.available:
            return
        try:
            tab = await self.coordinator.client.application.get_tab()
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
