"""Measure how Home Assistant grows with the number of rigs."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
import gc
from itertools import pairwise
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from time import process_time, thread_time
from typing import Final

import aiohttp
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant, callback

from scripts._demo.ports import next_free
from scripts._demo.processes import Program
from scripts._demo.target import LOOPBACK, ROOT
from scripts._home import entry_for, home
from scripts._soak.measure import resident_memory
from scripts._usage.growth import COUNTS, parser

# The budgets: processor time and requests of a rig among many beside those of one alone, and what
# a further rig adds, in megabytes.
MOST_OVER: Final = 1.05
# Requests a minute that a rig alone may have missed by chance.
ONE_MORE: Final = 0.5
MOST_MEMORY: Final = 2.7
# Seconds until a rig was read completely, and until the first readings are behind it.
_READY: Final = 60.0
_SETTLE: Final = 40.0
_FIRST_PORT: Final = 21_000


@dataclass(frozen=True, slots=True)
class Growth:
    """What Home Assistant needs with so many rigs.

    `cpu` is its processor time in seconds a minute, `memory` its resident memory in megabytes,
    `blocks` the allocations of Python, `requests` and `states` those of all rigs in a minute, and
    `hold` the most processor time of one callback of its loop, in milliseconds.
    """

    rigs: int
    cpu: float
    memory: float
    blocks: int
    requests: float
    states: float
    hold: float


class _Observatory:
    """A simulated observatory in a process of its own."""

    def __init__(self, folder: Path, number: int, taken: set[int]) -> None:
        """Describe it; nothing is started yet."""
        self.number = number
        self.port, self.scheduler_port, control = (next_free(_FIRST_PORT, taken) for _ in range(3))
        self._control = f"http://{LOOPBACK}:{control}"
        command = [sys.executable, "-m", "simulator", "--host", LOOPBACK, "--view", "never"]
        command += ["--port", str(self.port), "--scheduler-port", str(self.scheduler_port)]
        command += ["--control-port", str(control), "--scenario", "clear_night"]
        self._program = Program(f"Rig {number}", command, folder / f"{number}.log", ROOT)

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        await self._program.start()
        async with asyncio.timeout(_READY):
            while True:
                self._program.check()
                with suppress(aiohttp.ClientError):
                    await self.requests()
                    return
                await asyncio.sleep(0.1)

    async def requests(self) -> int:
        """Return how often it was asked something."""
        async with aiohttp.ClientSession() as http, http.get(f"{self._control}/ledger") as answer:
            return int((await answer.json())["requests"])

    async def stop(self) -> None:
        """Stop it."""
        await self._program.stop()


class _Rigs:
    """A Home Assistant, and the rigs in it so far."""

    def __init__(self, hass: HomeAssistant, folder: Path, stack: AsyncExitStack) -> None:
        """Begin without rigs."""
        self._hass = hass
        self._folder = folder
        self._stack = stack
        self._taken: set[int] = set()
        self._observatories: list[_Observatory] = []
        self._states = 0
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._count)

    @callback
    def _count(self, _event: object) -> None:
        """Count a state that was written."""
        self._states += 1

    async def grow_to(self, number: int) -> None:
        """Add rigs until there are so many, and wait until nothing of that is left to do."""
        while len(self._observatories) < number:
            observatory = _Observatory(self._folder, len(self._observatories) + 1, self._taken)
            self._stack.push_async_callback(observatory.stop)
            await observatory.start()
            self._observatories.append(observatory)
            await self._add(observatory)
        await asyncio.sleep(_SETTLE)

    async def _add(self, observatory: _Observatory) -> None:
        """Set up an entry for an observatory, and wait until everything was read once."""
        title = f"Observatory {observatory.number}"
        entry = entry_for(observatory.port, observatory.scheduler_port, title=title)
        await self._hass.config_entries.async_add(entry)
        if entry.state is not ConfigEntryState.LOADED:
            raise RuntimeError(f"the entry is {entry.state}: {entry.reason}")
        data = entry.runtime_data
        async with asyncio.timeout(_READY):
            while not (data.listener.caught_up and data.catalog.data.reachable):
                await asyncio.sleep(0.1)

    async def measure(self, minutes: float) -> Growth:
        """Measure for some minutes, and then once more for how long the loop is held."""
        memory, blocks = _memory()
        requests, states = await self._requests(), self._states
        began, loop_began = process_time(), asyncio.get_running_loop().time()
        await asyncio.sleep(60 * minutes)
        cpu = process_time() - began
        passed = (asyncio.get_running_loop().time() - loop_began) / 60
        states = self._states - states
        requests = await self._requests() - requests
        with _timed_callbacks() as longest:
            await asyncio.sleep(60 * min(minutes, 1))
        return Growth(
            rigs=len(self._observatories),
            cpu=cpu / passed,
            memory=memory,
            blocks=blocks,
            requests=requests / passed,
            states=states / passed,
            hold=1000 * max(longest),
        )

    async def _requests(self) -> int:
        """Return how often all observatories were asked something."""
        return sum([await each.requests() for each in self._observatories])


def _memory() -> tuple[float, int]:
    """Return resident memory in megabytes, and allocations, without garbage."""
    gc.collect()
    return resident_memory(), sys.getallocatedblocks()


@contextmanager
def _timed_callbacks() -> Iterator[list[float]]:
    """Measure the processor time of each callback of the loop, in seconds; kept are the longest.

    Processor time, since beside many observatories a callback also waits for the processor.
    """
    longest = [0.0]
    run = asyncio.Handle._run  # noqa: SLF001  # where every callback passes

    def timed(handle: asyncio.Handle) -> None:
        began = thread_time()
        run(handle)
        longest[0] = max(longest[0], thread_time() - began)

    asyncio.Handle._run = timed  # type: ignore[assignment, method-assign]  # noqa: SLF001
    try:
        yield longest
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]  # noqa: SLF001


@asynccontextmanager
async def _rigs() -> AsyncIterator[_Rigs]:
    """Run a Home Assistant without rigs."""
    with TemporaryDirectory(prefix="growth-") as folder:
        async with AsyncExitStack() as stack:
            hass = await stack.enter_async_context(home())
            yield _Rigs(hass, Path(folder), stack)


async def measure(counts: Sequence[int] = COUNTS, minutes: float = 2.0) -> list[Growth]:
    """Return the figures for each number of rigs, in increasing order; the first ones are for none."""
    async with _rigs() as rigs:
        found = [await rigs.measure(min(minutes, 0.5))]
        for number in sorted(counts):
            await rigs.grow_to(number)
            found.append(await rigs.measure(minutes))
        return found


def memory_of_a_rig(found: Sequence[Growth]) -> float:
    """Return what each rig after the first adds, in megabytes."""
    with_rigs = [each for each in found if each.rigs]
    first, last = with_rigs[0], with_rigs[-1]
    return (last.memory - first.memory) / (last.rigs - first.rigs)


def faults(found: Sequence[Growth]) -> list[str]:
    """Return where the budgets are exceeded."""
    none, one, *more = found
    told = []
    for each in more:
        alone, among = one.requests, each.requests / each.rigs
        if among > MOST_OVER * alone + ONE_MORE:
            told.append(f"requests of one of {each.rigs} rigs: {among:.2f}, alone {alone:.2f}")
        alone, among = _cost(one, none), _cost(each, none)
        if among > MOST_OVER * alone:
            told.append(f"CPU for a request of {each.rigs} rigs: {among:.2f} ms, alone {alone:.2f}")
    for before, after in pairwise((one, *more)):
        added = (after.memory - before.memory) / (after.rigs - before.rigs)
        if added > MOST_MEMORY:
            told.append(f"memory from {before.rigs} to {after.rigs}: {added:.2f} MB a rig")
    return told


def _cost(growth: Growth, none: Growth) -> float:
    """Return the processor time for each request and what follows it, in milliseconds.

    In some minutes a rig saves a frame, in others it does not: that takes time, and requests.
    """
    return 1000 * (growth.cpu - none.cpu) / growth.requests


def table(found: Sequence[Growth]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield (
        "| rigs | CPU (s a minute) | for a request (ms) | memory (MB) "
        "| requests a minute | states a minute | longest hold (ms) |"
    )
    yield "|---:|---:|---:|---:|---:|---:|---:|"
    for each in found:
        own = _cost(each, found[0]) if each.rigs else 0.0
        yield (
            f"| {each.rigs} | {each.cpu:.3f} | {own:.2f} | {each.memory:.1f}"
            f" | {each.requests:.1f} | {each.states:.1f} | {each.hold:.1f} |"
        )


def main() -> int:
    """Measure and print; return 1 where a budget is exceeded."""
    given = parser().parse_args()
    found = asyncio.run(measure(given.rigs, given.minutes))
    print(*table(found), sep="\n")
    if len(found) > 2:
        print(f"Each further rig: {memory_of_a_rig(found):.2f} MB")
    told = faults(found)
    print(*(f"OVER {fault}" for fault in told), sep="\n", end="\n" if told else "")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
