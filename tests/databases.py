"""The databases that the recorder may use, each of which another connection can lock."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
import json
from pathlib import Path
import sqlite3
from typing import Any, override

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

type Shown = tuple[str | None, dict[str, Any]]

STATES = """
SELECT states_meta.entity_id, state, shared_attrs FROM states
JOIN states_meta ON states_meta.metadata_id = states.metadata_id
LEFT JOIN state_attributes ON state_attributes.attributes_id = states.attributes_id
ORDER BY state_id
"""
EVENTS = """
SELECT shared_data FROM events
JOIN event_types ON event_types.event_type_id = events.event_type_id
JOIN event_data ON event_data.data_id = events.data_id
WHERE event_types.event_type = :event_type ORDER BY event_id
"""


class Database(ABC):
    """A database, and what the recorder has written into it."""

    url: str

    @contextmanager
    @abstractmethod
    def locked(self) -> Iterator[None]:
        """Let nobody else write."""

    def states(self) -> dict[str, list[Shown]]:
        """Return the states and attributes of every entity, oldest first."""
        found: dict[str, list[Shown]] = defaultdict(list)
        for entity_id, state, attributes in self._read(STATES):
            found[entity_id].append((state, {} if attributes is None else json.loads(attributes)))
        return found

    def events(self, event_type: str) -> list[dict[str, Any]]:
        """Return the data of the events of a type, oldest first."""
        return [json.loads(data) for (data,) in self._read(EVENTS, event_type=event_type)]

    def count(self) -> int:
        """Return how many states and events there are."""
        rows = "SELECT (SELECT count(*) FROM states) + (SELECT count(*) FROM events)"
        return int(self._read(rows)[0][0])

    def _read(self, statement: str, **values: Any) -> list[Any]:
        """Return the rows of a query."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            return list(connection.execute(text(statement), values))


class Sqlite(Database):
    """A file, which the recorder waits for as long as it is told, in seconds."""

    def __init__(self, folder: Path, patience: float) -> None:
        """Describe it; the recorder makes it."""
        self._path = folder / "home-assistant_v2.db"
        self.url = f"sqlite:///{self._path}?timeout={patience}"

    @contextmanager
    @override
    def locked(self) -> Iterator[None]:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")


class Postgresql(Database):
    """A server of PostgreSQL, whose database is emptied first."""

    def __init__(self, url: str) -> None:
        """Empty it."""
        self.url = url
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))

    @contextmanager
    @override
    def locked(self) -> Iterator[None]:
        with create_engine(self.url, poolclass=NullPool).connect() as connection:
            # Others may read.
            tables = "states, state_attributes, states_meta, events, event_data, event_types"
            connection.execute(text(f"LOCK TABLE {tables} IN EXCLUSIVE MODE"))
            yield
            connection.rollback()
