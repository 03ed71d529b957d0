"""What the recorder writes: rows and bytes in a real SQLite database."""

import asyncio
from contextlib import closing
from pathlib import Path
import sqlite3
from typing import Final

from homeassistant.components.recorder import get_instance
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import async_initialize_recorder
from homeassistant.setup import async_setup_component

from tests.clock import TurningLoop

from .house import House, house, observatory

_SCENARIOS: Final = {"imaging": "clear_night", "parked": "idle"}
_MINUTES: Final = 60.0
# Hours of a night.
_NIGHT: Final = 10.0
_REST: Final = 60.0
# A frame in less than three minutes.
_EXPOSURE: Final = 150.0
_PROJECTS: Final = 4


async def measure(what: str) -> dict[str, float]:
    """Return rows a minute, and while imaging megabytes a night."""
    scenario = _SCENARIOS[what]
    async with (
        observatory(scenario, projects=_PROJECTS, exposure=_EXPOSURE) as site,
        house(site, scheduler=True) as made,
    ):
        await _record(made.hass)
        await site.ask("tremble")
        await made.set_up()
        await made.settled()
        await asyncio.sleep(_REST)
        rows, size = await _written(made)
        await asyncio.sleep(60 * _MINUTES)
        rows_after, size_after = await _written(made)
    found = {f"rows-{what}": (rows_after - rows) / _MINUTES}
    if what == "imaging":
        found["database"] = (size_after - size) / 1e6 / _MINUTES * 60 * _NIGHT
    return found


async def _record(hass: HomeAssistant) -> None:
    """Start the recorder; the clock stands while its thread opens the database."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, TurningLoop)
    async_initialize_recorder(hass)
    with loop._job():  # noqa: SLF001  # a thread that the loop did not start
        if not await async_setup_component(hass, "recorder", {"recorder": {}}):
            raise RuntimeError("the recorder does not start")


async def _written(made: House) -> tuple[int, int]:
    """Return the rows of states and events, and the bytes of the database."""
    hass, recorder = made.hass, get_instance(made.hass)
    await hass.async_add_executor_job(recorder.block_till_done)
    return await hass.async_add_executor_job(_read, Path(hass.config.path("home-assistant_v2.db")))


def _read(path: Path) -> tuple[int, int]:
    """Count the rows, and the bytes of all pages, those in the log of the database included."""
    with closing(sqlite3.connect(path)) as database:

        def number(query: str) -> int:
            return int(database.execute(query).fetchone()[0])

        rows = sum(number(f"SELECT COUNT(*) FROM {table}") for table in ("states", "events"))
        return rows, number("PRAGMA page_count") * number("PRAGMA page_size")
