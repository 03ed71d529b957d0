"""The days and nights of the week, one after the other."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
import random
from tempfile import TemporaryDirectory
import time
from typing import Final

from scripts._demo.ports import next_free
from simulator import Observatory
from simulator.scheduler.tonight import store_for_tonight
from simulator.sky import Site
from simulator.tremble import tremble

from .found import Found
from .house import House
from .nights import NIGHTS, Act, Night

_LATITUDE: Final = 47.2
_PORTS: Final = (15_000, 30_000)
_DAY: Final = 24 * 3600.0
_HOUR: Final = 3600.0
# Hours from the start of the week to the first evening, in which N.I.N.A. is opened.
_BEFORE: Final = 0.25
# Hours before midnight by the sun at which the week starts.
_EVENING: Final = 7.5
# Hours from the closing of N.I.N.A. to the act of the day.
_NOON: Final = 2.0
_BOOT: Final = 20.0
# Seconds after which somebody who has closed the roof closes N.I.N.A.
_CLOSES_WITHIN: Final = 120.0


async def live(numbers: str, hours: float, keep: Callable[[Found], None]) -> Found:
    """Live through some nights of the week and return what was seen."""
    taken: set[int] = set()
    ports = tuple(next_free(random.randint(*_PORTS), taken) for _ in range(3))
    now = datetime.now(UTC)
    midnight = Site.where_it_is_night(now, latitude=_LATITUDE)
    longitude = (midnight.longitude - 15 * _EVENING + 180) % 360 - 180
    site = Site(midnight.latitude, round(longitude, 4), midnight.elevation)
    offset = round(longitude / 15)
    rig = Observatory(
        ports[1],
        ports[2],
        scenario="cold_start",
        site=site,
        start=datetime.fromtimestamp(time.time(), timezone(timedelta(hours=offset))),
    )
    with TemporaryDirectory(prefix="week-") as folder:
        zone = f"Etc/GMT{-offset:+d}"
        house = House(folder, site, zone, (ports[0], ports[1], ports[2]))
        async with asyncio.TaskGroup() as group:
            week = Week(rig, house, hours, group)
            await house.start()
            for number in numbers:
                await week.night(int(number))
                keep(house.found)
            await house.stop()
    await rig.context.outside.stop()
    return house.found


class Week:
    """The rig and the house, and the person who opens and closes N.I.N.A."""

    def __init__(
        self, rig: Observatory, house: House, hours: float, group: asyncio.TaskGroup
    ) -> None:
        """Begin in the afternoon, N.I.N.A. closed."""
        self.rig = rig
        self.house = house
        self._hours = hours
        self._group = group
        self._day = 0

    async def night(self, number: int) -> None:
        """Live through one night and the day after it."""
        night, opened = NIGHTS[number - 1], _BEFORE * _HOUR + self._day * _DAY
        clock = self.rig.clock
        await clock.sleep(opened - clock.elapsed)
        self._day += 1
        self.house.night = number
        self._tell(number, f"{night.text}: N.I.N.A. opened")
        await self._prepare(night)
        await self.open()
        acts = [
            self._group.create_task(self._act(number, opened, hour, act))
            for hour, act in night.acts
            if hour < self._hours
        ]
        await clock.sleep(opened + self._hours * _HOUR - clock.elapsed)
        await asyncio.gather(*acts)
        if self.rig.sequence.running:
            await self._go_to_bed()
        self._tell(number, "N.I.N.A. closed")
        await self.rig.nina.close()
        await clock.sleep(_NOON * _HOUR)
        if night.noon is not None:
            self._tell(number, _text(night.noon))
            await night.noon(self)
        await clock.sleep(_NOON * _HOUR)
        await self.house.read_logbook()

    async def open(self) -> None:
        """Open N.I.N.A. and connect everything."""
        rig = self.rig
        await rig.nina.open()
        rig.tasks.start(tremble(rig.rig))
        await rig.clock.sleep(_BOOT)
        await rig.connect_all()
        while not rig.sequence.initialized:
            await rig.clock.sleep(1)

    async def _go_to_bed(self) -> None:
        """End the night before the sequence does: stop it, park, and close the roof."""
        rig = self.rig
        await rig.sequence.stop()
        await rig.mount.routines.park()
        rig.command_roof(opens=False)
        await rig.clock.sleep(_CLOSES_WITHIN)

    async def _prepare(self, night: Night) -> None:
        """Have the Target Scheduler of the evening, or none."""
        rig = self.rig
        await rig.faults.clear()
        if rig.scheduler is not None:
            tonight = store_for_tonight(rig.site, rig.clock.true_now())
            rig.scheduler.store.projects[:] = tonight.projects
        if not night.has_scheduler:
            await rig.faults.start("scheduler_gone")

    async def _act(self, number: int, opened: float, hour: float, act: Act) -> None:
        """Do something at its hour."""
        clock = self.rig.clock
        await clock.sleep(opened + hour * _HOUR - clock.elapsed)
        self._tell(number, _text(act))
        await act(self)
        self._tell(number, f"{_text(act)}: over")

    def _tell(self, number: int, text: str) -> None:
        """Take note of what happens to the observatory."""
        self.house.found.told.append((time.time(), number, text))


def _text(act: Act) -> str:
    """Return what an act does."""
    return str(act.__doc__).rstrip(".")
