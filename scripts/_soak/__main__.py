"""Run nights in fast motion, and show what grows, what is lost, and what is reported twice."""

import argparse
import asyncio
from collections import Counter
import random
import sys
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Final
import warnings

from scripts._usage.soak import parser

from .clock import WallClock
from .house import House, LogKeeper
from .judge import judge
from .measure import Held, measure
from .night import Account, Night
from .remote import RemoteObservatory, observatory
from .table import head, row, total

# Simulated hours of the night before the first one, in which everything is seen once.
_REHEARSAL: Final = 3.0
# Real seconds of a day until it is measured: by then nobody tries to read or to connect often.
_DAY: Final = 3.0
# Real seconds in which the rest of the day passes, and the nights from one restart to the next.
_REST_OF_DAY: Final = 0.5
_RESTART_EVERY: Final = 4
# Of what grew so many kinds are named.
_MOST_NAMED: Final = 15


def main(given: list[str] | None = None) -> int:
    """Run what was asked for and return the exit code."""
    asked = parser().parse_args(given)
    warnings.simplefilter("ignore")
    return asyncio.run(_run(asked))


async def _run(asked: argparse.Namespace) -> int:
    """Run the nights and return the exit code."""
    clock, began = WallClock(), monotonic()
    with TemporaryDirectory(prefix="soak-") as folder, clock.installed():
        async with observatory(asked.speed) as remote:
            house = House(folder, remote.port, remote.scheduler_port)
            soak = Soak(asked, house, remote, clock)
            await house.start()
            try:
                await soak.run()
            finally:
                await house.stop()
    return soak.report(monotonic() - began)


class Soak:
    """All nights, with the days before, between and after them."""

    def __init__(
        self,
        asked: argparse.Namespace,
        house: House,
        remote: RemoteObservatory,
        clock: WallClock,
    ) -> None:
        """Prepare."""
        self._asked = asked
        self._house = house
        self._remote = remote
        self._clock = clock
        self._log = LogKeeper()
        self._log.install()
        self._nights: list[Account] = []
        self._days: list[Held] = []
        self._first: Counter[str] = Counter()
        self._last: Counter[str] = Counter()

    async def run(self) -> None:
        """Run all nights, and print the figures of each."""
        await self._evening()
        await self._night(0).rest(_REHEARSAL)
        await self._day()
        self._first = self._last
        print(head(), row(0, None, self._days[0]), sep="\n", flush=True)
        for number in self._numbers:
            await self._evening()
            restart = number % _RESTART_EVERY == 1
            night = await self._night(number).run(self._asked.hours, restart=restart)
            self._nights.append(night)
            await self._day()
            print(row(number, night, self._days[-1]), flush=True)

    def report(self, seconds: float) -> int:
        """Print the sum and the faults, and return the exit code."""
        print(total(self._nights))
        slowest = max(night.slowest for night in self._nights)
        print(f"{seconds:.0f} s, seed {self._asked.seed}")
        for number, night in zip(self._numbers, self._nights, strict=True):
            print(f"night {number}: {', '.join(night.steps)}")
        print(f"Everything was reported at most {slowest:.1f} s after a disturbance")
        faults = judge(self._nights, self._days, self._asked.first)
        print(*(f"FAULT {fault}" for fault in faults), sep="\n", end="\n" if faults else "")
        if any("grew" in fault or "grows" in fault for fault in faults):
            print("Held more than on the first day:", *self._grown(), sep="\n")
        print(
            f"{len(faults)} faults" if faults else "Nothing grew, was lost, or was reported twice"
        )
        return 1 if faults else 0

    def _grown(self) -> list[str]:
        """Return what is held more often than on the first day, objects last."""
        grown = (self._last - self._first).most_common()
        grown.sort(key=lambda each: each[0].startswith("object "))
        return [f"  {number} × {name}" for name, number in grown[:_MOST_NAMED]]

    @property
    def _numbers(self) -> range:
        """Return the numbers of the nights."""
        return range(self._asked.first, self._asked.first + self._asked.nights)

    def _night(self, number: int) -> Night:
        """Return a night of the seed."""
        chance = random.Random(f"{self._asked.seed} {number}")
        return Night(self._house, self._remote, self._log, chance)

    async def _evening(self) -> None:
        """Let the rest of the day pass."""
        answer = await self._remote.ask("evening", day_seconds=_REST_OF_DAY)
        self._clock.advance_to(answer["now"])

    async def _day(self) -> None:
        """Measure what is held while N.I.N.A. is closed."""
        self._house.ears.forget()
        self._log.forget()
        await asyncio.sleep(_DAY)
        held, self._last = await measure(self._house.hass)
        self._days.append(held)


if __name__ == "__main__":
    sys.exit(main())
