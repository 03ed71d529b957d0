"""The PostgreSQL of the demonstration, for those who ask for one instead of SQLite."""

import asyncio

from sqlalchemy import create_engine, func, select, table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from scripts._bootstrap.shell import BootstrapError
from scripts._postgresql.cluster import READY, Cluster
from scripts._postgresql.programs import find_programs

from .errors import DemoError
from .processes import Program
from .target import Store

START_LIMIT = 60.0
TABLES = (table("states"), table("events"))


class Database:
    """A server of PostgreSQL as a program of its own, its data beside the configuration."""

    def __init__(self, store: Store) -> None:
        """Describe it; nothing is started yet. Raises DemoError where there is no PostgreSQL."""
        try:
            self._cluster = Cluster(find_programs(), store.database)
            self._cluster.prepare()
        except BootstrapError as err:
            raise DemoError(str(err)) from err
        log = store.logs / "postgresql.log"
        self.program = Program("PostgreSQL", self._cluster.command, log, store.folder)

    @property
    def url(self) -> str:
        """Return the address for the recorder."""
        return self._cluster.url

    async def start(self) -> None:
        """Start it and wait until it accepts connections."""
        await self.program.start()
        try:
            async with asyncio.timeout(START_LIMIT):
                while not self.program.has_printed(READY):
                    self.program.check()
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise DemoError(
                f"PostgreSQL did not start within {START_LIMIT:.0f} s.", self.program.log
            ) from None

    async def keep_running(self) -> None:
        """Raise DemoError when it ends by itself."""
        await self.program.ended()
        raise self.program.died()

    async def stop(self) -> None:
        """Stop it, and remove its socket."""
        await self.program.stop()
        self._cluster.forget_socket()


async def count_rows(url: str) -> dict[str, int]:
    """Return how many rows the recorder has written into its main tables; may raise DemoError."""
    return await asyncio.to_thread(_count_rows, url)


def _count_rows(url: str) -> dict[str, int]:
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return {
                each.name: connection.execute(select(func.count()).select_from(each)).scalar_one()
                for each in TABLES
            }
    except SQLAlchemyError as err:
        raise DemoError(f"PostgreSQL is not responding: {err}") from err
