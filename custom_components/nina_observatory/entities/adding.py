"""Add the rows of tables as entities: at once, or when they are first seen."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api import Role
from ..const import DOMAIN
from ..devices import async_on_return, unique_id
from ..readings.coordinator import NinaCoordinator
from ..runtime import NinaConfigEntry
from .entity import RowDescription

type Make[RowT] = Callable[[NinaCoordinator[Any], Role, RowT], Entity]


@callback
def async_add_rows[RowT: RowDescription[Any]](
    entry: NinaConfigEntry,
    platform: Platform,
    tables: Mapping[Role, Iterable[RowT]],
    make: Make[RowT],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the rows whose source the entry has: known ones at once, others when they exist.

    The entity registry is the memory: everything ever seen exists right after a restart, even with
    N.I.N.A. closed; entities that the user deleted come back only when seen again.
    """
    for role, table in tables.items():
        _async_add_table(entry, platform, role, table, make, async_add_entities)


@callback
def _async_add_table[RowT: RowDescription[Any]](
    entry: NinaConfigEntry,
    platform: Platform,
    role: Role,
    table: Iterable[RowT],
    make: Make[RowT],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    data = entry.runtime_data
    hass = data.equipment.hass
    registry = er.async_get(hass)
    every = [
        (coordinator, row)
        for row in table
        if (coordinator := row.source.coordinator(data)) is not None
    ]
    waiting = list(every)

    def known(row: RowT) -> bool:
        identity = unique_id(entry, role, row.key)
        return registry.async_get_entity_id(platform, DOMAIN, identity) is not None

    @callback
    def expect_again() -> None:
        """Wait for entities that the user deleted with their device."""
        waiting[:] = [(coordinator, row) for coordinator, row in every if not known(row)]

    @callback
    def add(arrived: Callable[[RowT], bool]) -> None:
        new = [(coordinator, row) for coordinator, row in waiting if arrived(row)]
        for each in new:
            waiting.remove(each)
        if new:
            made = [make(coordinator, role, row) for coordinator, row in new]
            data.entities.async_add(async_add_entities, made)

    @callback
    def look() -> None:
        if waiting:
            add(lambda row: row.exists(data, role))

    add(known)
    look()
    async_on_return(hass, entry, role, expect_again)
    for coordinator in dict.fromkeys([data.equipment, *(coordinator for coordinator, _ in every)]):
        entry.async_on_unload(coordinator.async_add_listener(look))
