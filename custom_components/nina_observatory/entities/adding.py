"""Add the rows of tables as entities: at once, or when they are first seen."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from homeassistant.core import callback
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api import Role
from ..readings.coordinator import NinaCoordinator
from ..runtime import NinaConfigEntry, NinaRuntimeData
from .entity import async_add_when
from .row import RowDescription


@callback
def async_add_rows[RowT: RowDescription[Any]](
    entry: NinaConfigEntry,
    platform: str,
    tables: Mapping[Role, Iterable[RowT]],
    make: Callable[[NinaCoordinator[Any], Role, RowT], Entity],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the rows of each device whose source the entry has."""
    data = entry.runtime_data
    for role, table in tables.items():
        read = {
            row.key: coordinator
            for row in table
            if (coordinator := row.source.coordinator(data)) is not None
        }
        made = partial(_make, make, read, role)
        async_add_when(
            entry,
            platform,
            role,
            dict.fromkeys([data.equipment, *read.values()]),
            [row for row in table if row.key in read],
            partial(_exists, data, role),
            made,
            async_add_entities,
        )


def _exists(data: NinaRuntimeData, role: Role, row: RowDescription[Any]) -> bool:
    return row.exists(data, role)


def _make[RowT: RowDescription[Any]](
    make: Callable[[NinaCoordinator[Any], Role, RowT], Entity],
    read: Mapping[str, NinaCoordinator[Any]],
    role: Role,
    row: RowT,
) -> Entity:
    return make(read[row.key], role, row)
