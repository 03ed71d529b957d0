"""Test every command that protects the observatory while something goes wrong."""

import argparse
import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager, suppress
from itertools import count
import logging
import sys
from time import monotonic
from typing import Final

from homeassistant.core import HomeAssistant

from scripts._home import home
from scripts._usage.chaos import parser

from .cell import Cell, Result, Verdict
from .matrix import at_once, every_cell, run_cells, short
from .night import Found, run_night
from .pace import Calm, hurried

# How many nights share the event loop, and how far apart the seeds of two runs are.
_NIGHTS: Final = 4
_SEEDS: Final = 10_000


class Account:
    """What was found so far."""

    def __init__(self, *, go_on: bool) -> None:
        """Begin with nothing; `go_on` is whether an untruth ends the run."""
        self._go_on = go_on
        self.verdicts: Counter[Verdict] = Counter()

    def enter(self, verdict: Verdict, title: str, text: str) -> None:
        """Print what was found and count it."""
        self.verdicts[verdict] += 1
        print(f"{verdict:8} {title:50} {text}", flush=True)

    @property
    def over(self) -> bool:
        """Return whether to stop."""
        return bool(self.verdicts[Verdict.UNTRUTH]) and not self._go_on

    @property
    def failed(self) -> int:
        """Return how much failed; what a stalled machine hides did not."""
        good = self.verdicts[Verdict.OK] + self.verdicts[Verdict.STALLED]
        return self.verdicts.total() - good


def main(given: list[str] | None = None) -> int:
    """Run what was asked for and return the exit code."""
    asked = parser().parse_args(given)
    every = every_cell(asked.seed)
    chosen = _chosen(asked, every)
    if asked.list:
        for cell in chosen:
            print(cell.title)
        return 0
    # What fails on purpose is logged as it should be, which would hide what was found.
    logging.disable(logging.CRITICAL)
    return asyncio.run(_run(asked, every, chosen))


def _chosen(asked: argparse.Namespace, every: list[Cell]) -> list[Cell]:
    """Return the cells to run."""
    if asked.night is not None or asked.nights:
        return []
    if asked.only:
        command, _, behavior = asked.only.partition(":")
        return [
            cell
            for cell in every
            if command in ("", cell.row.name) and behavior in ("", cell.behavior)
        ]
    return every if asked.long else short(every)


async def _run(asked: argparse.Namespace, every: list[Cell], chosen: list[Cell]) -> int:
    """Run cells and nights, and sum up."""
    account, began = Account(go_on=asked.go_on), monotonic()
    with hurried():
        async with home() as hass, _calm() as calm:
            # Whatever is still under way ends before its Home Assistant does.
            async with aclosing(run_cells(hass, calm, chosen)) as results:
                async for result in results:
                    _enter_cell(account, asked.seed, result)
                    if account.over:
                        break
            if asked.night is not None:
                _enter_night(account, await run_night(hass, calm, asked.night))
            elif asked.long or asked.nights:
                await _run_nights(hass, calm, account, asked)
    print(f"{monotonic() - began:.0f} s, seed {asked.seed}")
    if chosen and len(chosen) < len(every) and not asked.only:
        _print_left_out(every, chosen)
    if hidden := account.verdicts[Verdict.STALLED]:
        print(f"No verdict for {hidden}: the machine was too busy")
    print(f"{account.verdicts[Verdict.OK]} passed, {account.failed} failed")
    return 1 if account.failed else 0


@asynccontextmanager
async def _calm() -> AsyncIterator[Calm]:
    """Keep the clock that stands still while the machine does."""
    calm = Calm()
    ticking = asyncio.create_task(calm.run())
    yield calm
    ticking.cancel()
    with suppress(asyncio.CancelledError):
        await ticking


async def _run_nights(
    hass: HomeAssistant, calm: Calm, account: Account, asked: argparse.Namespace
) -> None:
    """Have nights begin for some minutes."""
    until = monotonic() + asked.minutes * 60
    seeds = count(asked.seed * _SEEDS)
    works = (run_night(hass, calm, next(seeds)) for _ in iter(lambda: monotonic() < until, False))
    async with aclosing(at_once(works, _NIGHTS)) as nights:
        async for found in nights:
            if account.over:
                break
            _enter_night(account, found)


def _enter_cell(account: Account, seed: int, result: Result) -> None:
    """Enter what became of a cell, and how to repeat it."""
    cell = result.cell
    account.enter(result.verdict, f"{cell.title} ({result.seconds:.1f} s)", result.text)
    if result.verdict not in (Verdict.OK, Verdict.STALLED):
        print(f"         repeat: scripts/chaos --seed {seed} --only {cell.name}")


def _enter_night(account: Account, found: Found) -> None:
    """Enter what became of a night, and what was done in it where that failed."""
    account.enter(found.verdict, f"night {found.seed} {found.version}", found.text)
    if found.verdict not in (Verdict.OK, Verdict.STALLED):
        print(*(f"         {step}" for step in found.steps), sep="\n")
        print(f"         repeat: scripts/chaos --night {found.seed}")


def _print_left_out(every: Iterable[Cell], chosen: list[Cell]) -> None:
    """Print which pairs of a command and a behavior were left out in every dialect."""
    names = {cell.name for cell in chosen}
    left: dict[str, list[str]] = {}
    for cell in every:
        if cell.name not in names:
            names.add(cell.name)
            left.setdefault(cell.row.name, []).append(cell.behavior)
    print("Left out (scripts/chaos --long runs everything):")
    for row, behaviors in sorted(left.items()):
        print(f"  {row}: {', '.join(sorted(behaviors))}")


if __name__ == "__main__":
    sys.exit(main())
