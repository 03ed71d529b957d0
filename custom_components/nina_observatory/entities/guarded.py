"""Entities of the roof guard."""

from collections.abc import Callable

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api import Role
from ..devices import is_known
from ..runtime import NinaConfigEntry
from .entity import async_add_when


@callback
def async_add_guarded[DescriptionT: EntityDescription](
    entry: NinaConfigEntry,
    platform: Platform,
    description: DescriptionT,
    make: Callable[[DescriptionT], Entity],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add an entity of the guard to the device of the dome, once that exists."""
    equipment = entry.runtime_data.equipment
    async_add_when(
        entry,
        platform,
        Role.DOME,
        [equipment],
        [description],
        lambda _: is_known(equipment.hass, entry, Role.DOME),
        make,
        async_add_entities,
    )
