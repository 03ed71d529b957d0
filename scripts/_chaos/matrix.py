"""The matrix: which cells there are, which a short run chooses, and running many at a time."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Coroutine, Iterator, Sequence
from contextlib import aclosing
import random
from typing import Any, Final

from homeassistant.core import HomeAssistant

from .behaviors import Behavior
from .cell import Cell, Result, Verdict, run_cell
from .pace import Calm
from .rows import DIALECTS, NEWEST, ROWS

# How many rigs share the event loop.
AT_ONCE: Final = 6
# How often what stalled is tried again.
TRIES_ALONE: Final = 2
# How often each command and each behavior is tried in a short run.
ROW_SHARE, BEHAVIOR_SHARE = 3, 4


def every_cell(seed: int) -> list[Cell]:
    """Return all cells, in an order that depends on the seed alone."""
    chance = random.Random(seed)  # to be repeated, not to be secret
    cells = [
        Cell(row, behavior, version, known=chance.random() < 0.5)
        for row in ROWS
        for behavior in row.behaviors
        for version in DIALECTS
        if row.exists_in(version)
    ]
    chance.shuffle(cells)
    return cells


def short(cells: Sequence[Cell]) -> list[Cell]:
    """Return a few of the cells: every command and every behavior several times, no pair twice.

    Every command is tried once while everything works, and all dialects are.
    """
    chosen = [cell for cell in cells if (cell.behavior, cell.version) == (Behavior.WORKS, NEWEST)]
    names = {cell.name for cell in chosen}
    rows = Counter(cell.row.name for cell in chosen)
    behaviors = Counter(cell.behavior for cell in chosen)
    for cell in cells:
        wanted = rows[cell.row.name] < ROW_SHARE or behaviors[cell.behavior] < BEHAVIOR_SHARE
        if wanted and cell.name not in names:
            chosen.append(cell)
            names.add(cell.name)
            rows[cell.row.name] += 1
            behaviors[cell.behavior] += 1
    # What may take long comes first: nothing else waits for it in the end.
    return sorted(chosen, key=lambda cell: cell.row.limit, reverse=True)


async def run_cells(
    hass: HomeAssistant, calm: Calm, cells: Sequence[Cell]
) -> AsyncGenerator[Result]:
    """Run cells, several at a time, and yield what became of each as soon as that is known.

    What nothing is known of, because the machine stalled, is tried again in the end, alone.
    """
    again: list[Cell] = []

    def works() -> Iterator[Coroutine[Any, Any, Result]]:
        """Yield what there is to do."""
        for cell in cells:
            yield run_cell(hass, calm, cell)

    async with aclosing(at_once(works(), AT_ONCE)) as results:
        async for result in results:
            if result.verdict is Verdict.STALLED:
                again.append(result.cell)
            else:
                yield result
    for cell in again:
        for _ in range(TRIES_ALONE):
            result = await run_cell(hass, calm, cell)
            if result.verdict is not Verdict.STALLED:
                break
        yield result


async def at_once[T](works: Iterator[Coroutine[Any, Any, T]], most: int) -> AsyncGenerator[T]:
    """Do some work, so many pieces at a time, and yield the results as they come."""
    running: set[asyncio.Task[T]] = set()
    try:
        while True:
            while len(running) < most and (work := next(works, None)) is not None:
                running.add(asyncio.create_task(work))
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
