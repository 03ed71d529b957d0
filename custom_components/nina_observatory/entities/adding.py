"""Add the rows of tables as entities: at once, or when they are first seen."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api import Role
from ..const import DOMAIN
from ..helpers.devices import async_on_return, unique_id
from ..readings.coordinator import NinaCoordinator
from ..runtime import NinaConfigEntry
from .entity import RowDescription

type Make[RowT] = Callable[[NinaCoordinator[Any], Role, RowT], Entity]
type _Row[RowT] = tuple[Role, RowT, NinaCoordinator[Any]]


@callback
def async_add_rows[RowT: RowDescription[Any]](
    entry: NinaConfigEntry,
    platform: Platform,
    tables: Mapping[Role, Collection[RowT]],
    make: Make[RowT],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the rows whose source the entry has: known ones at once, others when they exist.

    The entity registry is the memory: everything ever seen exists right after a restart, even with
    N.I.N.A. closed; entities that the user deleted come back only when seen again.
    """
    rows = _Rows(entry, platform, tables, make, async_add_entities)
    rows.async_add_known()
    rows.async_add_seen()
    async_on_return(entry.runtime_data.equipment.hass, entry, rows.async_expect_again)
    for coordinator in rows.coordinators():
        entry.async_on_unload(coordinator.async_add_listener(rows.async_add_seen))


class _Rows[RowT: RowDescription[Any]]:
    """The rows of tables, and those of them that wait until they are seen."""

    def __init__(
        self,
        entry: NinaConfigEntry,
        platform: Platform,
        tables: Mapping[Role, Collection[RowT]],
        make: Make[RowT],
        async_add_entities: AddConfigEntryEntitiesCallback,
    ) -> None:
        self._entry = entry
        self._data = entry.runtime_data
        self._platform = platform
        self._tables = tables
        self._make = make
        self._async_add_entities = async_add_entities
        self._waiting = [each for role in tables for each in self._rows(role)]

    def coordinators(self) -> Iterable[NinaCoordinator[Any]]:
        """Return the coordinators whose updates may show a row for the first time."""
        rows = (each for role in self._tables for each in self._rows(role))
        return dict.fromkeys([self._data.equipment, *(each[2] for each in rows)])

    def _rows(self, role: Role) -> Iterator[_Row[RowT]]:
        """Yield the rows of a role whose source the entry has."""
        for row in self._tables.get(role, ()):
            if (coordinator := row.source.coordinator(self._data)) is not None:
                yield role, row, coordinator

    def _is_known(self, role: Role, row: RowT) -> bool:
        registry = er.async_get(self._data.equipment.hass)
        identity = unique_id(self._entry, role, row.key)
        return registry.async_get_entity_id(self._platform, DOMAIN, identity) is not None

    @callback
    def async_add_known(self) -> None:
        """Add the rows that are in the entity registry."""
        self._add(self._is_known)

    @callback
    def async_add_seen(self) -> None:
        """Add the rows that exist by now."""
        if self._waiting:
            self._add(lambda role, row: row.exists(self._data, role))

    @callback
    def async_expect_again(self, role: Role) -> None:
        """Wait for entities that the user deleted with the device of a role."""
        others = [each for each in self._waiting if each[0] != role]
        deleted = (each for each in self._rows(role) if not self._is_known(role, each[1]))
        self._waiting = [*others, *deleted]

    @callback
    def _add(self, arrived: Callable[[Role, RowT], bool]) -> None:
        new: list[_Row[RowT]] = []
        waiting: list[_Row[RowT]] = []
        for each in self._waiting:
            (new if arrived(each[0], each[1]) else waiting).append(each)
        if new:
            self._waiting = waiting
            made = [self._make(coordinator, role, row) for role, row, coordinator in new]
            self._data.entities.async_add(self._async_add_entities, made)
