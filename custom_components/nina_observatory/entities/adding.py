"""Add the rows of tables as entities: at once, or when they are first seen."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol

from homeassistant.core import callback
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api import Role
from ..readings.coordinator import NinaCoordinator
from ..runtime import NinaConfigEntry, NinaRuntimeData
from .entity import async_add_when
from .source import Source


class Row(Protocol):
    """The common part of all platforms' rows: key, source and condition of existence."""

    @property
    def key(self) -> str:
        """The end of the unique id."""

    @property
    def source(self) -> Source[Any]:
        """The source that the row is read from."""

    @property
    def since(self) -> tuple[int, ...]:
        """The first version of the plugin that reports it."""

    @property
    def exists_fn(self) -> Callable[[Any], bool]:
        """Return, from a reading of the source, whether the row exists."""


@callback
def async_add_rows[RowT: Any](
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
            partial(exists, data, role),
            made,
            async_add_entities,
        )


def exists(data: NinaRuntimeData, role: Role, row: Row) -> bool:
    """Return whether the row exists according to the current reading."""
    if row.since and not (
        data.equipment.data.reachable and data.client.plugin.at_least(*row.since)
    ):
        return False
    if not row.source.exists(data, role):
        return False
    value = row.source.read(data, role)
    return value is None or row.exists_fn(value)


def _make[RowT: Any](
    make: Callable[[NinaCoordinator[Any], Role, RowT], Entity],
    read: Mapping[str, NinaCoordinator[Any]],
    role: Role,
    row: RowT,
) -> Entity:
    return make(read[row.key], role, row)
