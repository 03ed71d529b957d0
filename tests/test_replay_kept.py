"""Every event once on the bus, also over reloads of the entry and restarts of Home Assistant."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import frame
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_test_home_assistant,
)

from custom_components.nina_observatory.const import EVENT_NINA
from simulator import Observatory

from .conftest import make_entry, set_up, unload
from .states import EVENT_STREAM, until
from .waiting import eventually

VERSIONS = ("2.2.15.0", "2.2.5.0", "2.0.1.0")
# Seconds between two events.
PAUSE = 0.04


class Teller:
    """Tells events: every second one is numbered, all others are alike."""

    def __init__(self, observatory: Observatory) -> None:
        """Begin with nothing told."""
        self.said: Counter[int | None] = Counter()
        self._observatory = observatory
        self._numbers = count()

    async def tell(self, times: int = 1) -> None:
        """Let some events happen."""
        for _ in range(times):
            number = next(self._numbers)
            told = None if number % 2 else number
            self.said[told] += 1
            await self._observatory.events.emit(
                "NUMBERED", **({} if told is None else {"Number": told})
            )

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Let events happen all the time."""

        async def go_on() -> None:
            """Tell one after the other."""
            while True:
                await self.tell()
                await asyncio.sleep(PAUSE)

        task = asyncio.get_running_loop().create_task(go_on())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def counted(events: list[Event[Any]]) -> Counter[int | None]:
    """Return how often each event reached the bus."""
    return Counter(
        each.data["data"].get("number") for each in events if each.data.get("name") == "NUMBERED"
    )


async def compared(
    entry: MockConfigEntry, teller: Teller, heard: list[Event[Any]], before: list[Event[Any]]
) -> None:
    """Wait until nothing is missing, and see that nothing is there twice."""
    await at_rest(entry)
    # What is missing for good shows in the comparison, which names it.
    with suppress(AssertionError):
        await eventually(
            lambda: counted([*before, *heard]).total() >= teller.said.total(), seconds=5
        )
    assert counted([*before, *heard]) == teller.said


async def at_rest(entry: MockConfigEntry) -> None:
    """Return once everything that was missed is reported."""
    listener = entry.runtime_data.listener
    await eventually(lambda: listener.connected and listener.caught_up and listener._at_rest, 30)


@pytest.fixture(params=VERSIONS)
async def observatory(
    socket_enabled: None, request: pytest.FixtureRequest
) -> AsyncIterator[Observatory]:
    """Run a simulated observatory of each dialect."""
    async with Observatory(
        port=0, scheduler_port=None, version=request.param, scenario="idle"
    ) as observatory:
        yield observatory


async def test_reloads(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """Options are saved again and again while events come, the first time just after set-up."""
    heard = async_capture_events(hass, EVENT_NINA)
    teller = Teller(observatory)
    # What happened before the entry was first set up is past.
    await teller.tell(6)
    teller.said.clear()
    await set_up(hass, entry)
    async with teller.telling():
        for number in range(8):
            await asyncio.sleep(PAUSE * (1 + number % 4))
            assert await hass.config_entries.async_reload(entry.entry_id)
        enough = teller.said.total() + 25
        await eventually(lambda: teller.said.total() >= enough)
    await compared(entry, teller, heard, [])
    await unload(hass, entry)


async def test_the_first_history_does_not_swallow_what_is_like_the_past(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """Events come all the time while the entry is set up for the first time."""
    heard = async_capture_events(hass, EVENT_NINA)
    teller = Teller(observatory)
    await teller.tell(20)
    async with teller.telling():
        await set_up(hass, entry)
        await until(hass, EVENT_STREAM, "on")
        await asyncio.sleep(0.5)
    await at_rest(entry)
    first = counted(heard)
    assert first - teller.said == {}, "told more often than it happened"
    teller.said = first.copy()
    async with observatory.faults.during("socket_refuse"):
        await observatory.faults.start("socket_drop")
        await until(hass, EVENT_STREAM, "off")
        await teller.tell(4)
    await compared(entry, teller, heard, [])
    await unload(hass, entry)


async def test_an_entry_that_is_loaded_while_nobody_answers(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """It was heard before: what happens until N.I.N.A. answers again is reported."""
    heard = async_capture_events(hass, EVENT_NINA)
    teller = Teller(observatory)
    await set_up(hass, entry)
    await at_rest(entry)
    await teller.tell(4)
    await compared(entry, teller, heard, [])
    async with observatory.faults.during("refuse"):
        await observatory.faults.start("socket_drop")
        assert await hass.config_entries.async_reload(entry.entry_id)
        await teller.tell(5)
    await compared(entry, teller, heard, [])
    await unload(hass, entry)


@asynccontextmanager
async def started(
    config: str, observatory: Observatory
) -> AsyncIterator[tuple[MockConfigEntry, list[Event[Any]]]]:
    """Start Home Assistant with what it has kept, and stop it in order."""
    async with async_test_home_assistant(config_dir=config) as hass:
        hass.data.pop(DATA_CUSTOM_COMPONENTS)
        frame.async_setup(hass)
        heard = async_capture_events(hass, EVENT_NINA)
        entry = make_entry(observatory)
        await set_up(hass, entry)
        try:
            yield entry, heard
        finally:
            await hass.async_stop(force=True)
            # The process would end here, with all timers.
            await unload(hass, entry)


@pytest.mark.parametrize("nina", ["goes on", "is started again"])
async def test_starts_of_home_assistant(
    hass: HomeAssistant, observatory: Observatory, nina: str
) -> None:
    """Whatever happened while it was down is reported at its start, and nothing a second time."""
    teller, everything = Teller(observatory), list[Event[Any]]()
    for _ in range(3):
        async with started(hass.config.config_dir, observatory) as (entry, heard):
            await at_rest(entry)
            await teller.tell(7)
            await compared(entry, teller, heard, everything)
            everything += heard
        if nina == "is started again":
            await observatory.restart_nina(1)
        await teller.tell(3)
