"""Entities for the channels of a switch hub, identified by id and named as reported."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import override

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api import ReadonlySwitch, Role, SwitchHub, WritableSwitch, one_line
from ..const import DOMAIN
from ..helpers.devices import async_on_return, unique_id
from ..readings.equipment import EquipmentCoordinator
from ..runtime import NinaConfigEntry
from .entity import NinaEntity

CHANNEL_PREFIX = "channel_"

type Names = dict[int, str | None]


@callback
def async_add_channels(
    entry: NinaConfigEntry,
    platform: str,
    pick: Callable[[SwitchHub], Iterable[ReadonlySwitch]],
    make: Callable[[int, str | None], Entity],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the channels that `pick` selects: known ones at once, others when first seen."""
    equipment = entry.runtime_data.equipment
    added: set[int] = set()

    def reported() -> Names:
        hub = equipment.data.device(Role.SWITCH_HUB)
        # If two have the same id the first one counts, as in the readings.
        channels = reversed([*pick(hub)] if isinstance(hub, SwitchHub) else [])
        return {channel.id: channel.name for channel in channels if channel.id is not None}

    @callback
    def add(names: Names) -> None:
        new = {channel: name for channel, name in names.items() if channel not in added}
        added.update(new)
        if new:
            made = [make(channel, name) for channel, name in new.items()]
            entry.runtime_data.entities.async_add(async_add_entities, made)

    @callback
    def expect_again(role: Role) -> None:
        """Wait for channels that the user deleted with the hub."""
        if role is Role.SWITCH_HUB:
            added.clear()

    # Reported names override stored ones, so that a renamed channel shows its new name.
    add(_registered(entry, platform) | reported())
    async_on_return(equipment.hass, entry, expect_again)
    entry.async_on_unload(equipment.async_add_listener(lambda: add(reported())))


def _registered(entry: NinaConfigEntry, platform: str) -> Names:
    """Return the channels in the entity registry, with their names."""
    prefix = unique_id(entry, Role.SWITCH_HUB, CHANNEL_PREFIX)
    registry = er.async_get(entry.runtime_data.equipment.hass)
    return {
        int(entity.unique_id.removeprefix(prefix)): entity.original_name
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        if (entity.domain, entity.platform) == (platform, DOMAIN)
        and entity.unique_id.startswith(prefix)
    }


class ChannelEntity[ChannelT: ReadonlySwitch](NinaEntity[EquipmentCoordinator]):
    """A channel of a switch hub; available while the hub reports it."""

    def __init__(
        self,
        equipment: EquipmentCoordinator,
        channel_id: int,
        name: str | None,
        description: EntityDescription,
    ) -> None:
        """Name the channel as reported, or by its id if it has no name."""
        super().__init__(equipment, Role.SWITCH_HUB, description)
        self.channel_id = channel_id
        self._attr_name = one_line(name or "") or f"Channel {channel_id}"

    @property
    def hub(self) -> SwitchHub | None:
        """Return the switch hub, None while it cannot be read."""
        hub = self.coordinator.data.device(Role.SWITCH_HUB)
        return hub if isinstance(hub, SwitchHub) else None

    @property
    @abstractmethod
    def channels(self) -> Iterable[ChannelT]:
        """Return the channels to find this one in."""

    @property
    def channel(self) -> ChannelT | None:
        """Return the channel as last read."""
        found = (channel for channel in self.channels if channel.id == self.channel_id)
        return next(found, None)

    @property
    @override
    def available(self) -> bool:
        return self.channel is not None


class WritableChannel(ChannelEntity[WritableSwitch]):
    """A writable channel; a channel of another kind under the same id makes it unavailable."""

    @staticmethod
    @abstractmethod
    def fits(channel: WritableSwitch) -> bool:
        """Return whether this kind of entity fits a channel."""

    @property
    @override
    def channels(self) -> Iterable[WritableSwitch]:
        """Return the channels that fit this kind of entity."""
        return () if self.hub is None else filter(self.fits, self.hub.writable)
