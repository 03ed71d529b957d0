"""One night of a soak: N.I.N.A. opened, disturbed in an order that the seed decides, closed."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
import random
from time import monotonic
from typing import Any, Final

from .events import Balance, Emitted, Key, balance, key_of_message, untold
from .house import House, LogKeeper
from .remote import RemoteObservatory

# Real seconds in which everything that was missed has to be reported once all faults are over. While
# events keep coming, the integration compares what it heard with the history every 30 s at least.
SETTLES_WITHIN: Final = 45.0
_LOOKS_EVERY: Final = 0.1
_RESTART: Final = "restart of Home Assistant"

type Step = Callable[[Night], Awaitable[None]]


@dataclass
class Account:
    """What one night came to."""

    steps: list[str] = field(default_factory=list)
    balance: Balance = field(default_factory=Balance)
    # Lines of the integration from INFO on in each outage, by what the outage was.
    outages: list[tuple[str, int]] = field(default_factory=list)
    lines: int = 0
    complaints: list[str] = field(default_factory=list)
    # Event entities that showed another number of moments than the bus told, with both numbers.
    entities: dict[str, tuple[int, int]] = field(default_factory=dict)
    moments: int = 0
    # Real seconds that it took longest until nothing was missing after a step.
    slowest: float = 0.0

    @property
    def most_lines(self) -> int:
        """Return the lines of the outage that had most of them."""
        return max((lines for _, lines in self.outages), default=0)


class Night:
    """One night."""

    def __init__(
        self, house: House, remote: RemoteObservatory, log: LogKeeper, chance: random.Random
    ) -> None:
        """Prepare."""
        self.house = house
        self.remote = remote
        self.chance = chance
        self.account = Account()
        self._log = log
        self._emitted: list[Emitted] = []
        self._given_up: Counter[Key] = Counter()

    async def run(self, hours: float, *, restart: bool) -> Account:
        """Open N.I.N.A., let go wrong what the seed chooses, close N.I.N.A. and settle accounts.

        Of the steps the first is a restart of Home Assistant, if there is to be one in this night:
        what leaks after it is seen by day.
        """
        self.house.ears.forget()
        lines, complaints = len(self._log.lines), len(self._log.complaints)
        await self.remote.ask("open")
        await self.settle()
        steps = self._chosen(restart=restart)
        while (await self.remote.ask("status"))["hours"] < hours:
            await self._take(next(steps))
        await self.remote.ask("stop")
        await self.settle()
        await self.remote.ask("close")
        await self._goodbye()
        self.account.balance = balance(await self._with_owed(), self.house.ears.told)
        self.account.lines = len(self._log.lines) - lines
        self.account.complaints = self._log.complaints[complaints:]
        self._compare_entities()
        return self.account

    async def rest(self, hours: float) -> None:
        """Have a night in which nothing goes wrong, so that everything has been seen once.

        Home Assistant is restarted in the middle of it: some of the one before, with its sequence,
        its frames and its states, stays in the process for good, once.
        """
        await self.remote.ask("open")
        await self._wait_until(hours / 2)
        await _restart(self)
        await self._wait_until(hours)
        await self.remote.ask("stop")
        await self.settle()
        await self.remote.ask("close")

    async def _wait_until(self, hours: float) -> None:
        """Wait for a moment of the night."""
        while (await self.remote.ask("status"))["hours"] < hours:
            await asyncio.sleep(0.2)

    def _chosen(self, *, restart: bool) -> Iterator[str]:
        """Yield steps in an order of the seed, with a reload every third time."""
        if restart:
            yield _RESTART
        while True:
            rest = [name for name in STEPS if name not in (_RESTART, "reload")]
            self.chance.shuffle(rest)
            for number, name in enumerate(rest):
                if number % 3 == 1:
                    yield "reload"
                yield name

    async def _take(self, name: str) -> None:
        """Take one step, and wait until nothing is missing any more."""
        before = len(self._log.lines)
        self.account.steps.append(name)
        await STEPS[name](self)
        await self.remote.ask("heal")
        await self.settle()
        self.account.outages.append((name, len(self._log.lines) - before))
        await self.hold(0.5, 2.0)

    async def hold(self, shortest: float, longest: float) -> None:
        """Let some real seconds pass."""
        await asyncio.sleep(self.chance.uniform(shortest, longest))

    async def settle(self) -> None:
        """Wait for a moment in which all that N.I.N.A. recorded is reported, but not for ever.

        What is not told by then is lost.
        """
        began = monotonic()
        while missing := await self._untold():
            if monotonic() - began > SETTLES_WITHIN:
                self._given_up += missing
                break
            await asyncio.sleep(_LOOKS_EVERY)
        self.account.slowest = max(self.account.slowest, monotonic() - began)
        run = self._run
        for number, each in enumerate(self._emitted):
            if each.recorded and each.run == run:
                self._emitted[number] = replace(each, owed=True)

    async def _untold(self) -> Counter[Key]:
        """Return what of the N.I.N.A. that runs is not told at this moment, and not given up."""
        await self._fetch()
        run = self._run
        wanted = [each for each in self._emitted if each.recorded and each.run == run]
        return untold(wanted, self.house.ears.told) - self._given_up

    @property
    def _run(self) -> int:
        """Return the run of N.I.N.A. of the newest event."""
        return self._emitted[-1].run if self._emitted else 0

    async def _goodbye(self) -> None:
        """Wait for the last events of an N.I.N.A. that is closed."""
        await self._fetch()
        began = monotonic()
        while monotonic() - began < 3.0:
            if len(self.house.ears.told) >= len(self._emitted):
                break
            await asyncio.sleep(0.1)

    async def _fetch(self) -> None:
        """Fetch the events since the last time."""
        answer = await self.remote.ask("events", since=len(self._emitted))
        self._emitted += (
            Emitted(key_of_message(each["message"]), each["run"], each["recorded"])
            for each in answer["events"]
        )

    async def _with_owed(self) -> list[Emitted]:
        """Return the events of the night, with those owed that reached Home Assistant."""
        reached = (await self.remote.ask("reached"))["reached"]
        await self._fetch()
        return [
            replace(each, owed=each.owed or arrived)
            for each, arrived in zip(self._emitted, reached, strict=True)
        ]

    def _compare_entities(self) -> None:
        """Compare what event entities showed with what the bus told."""
        due, shown = self.house.ears.due, self.house.ears.shown
        self.account.moments = shown.total()
        self.account.entities = {
            each: (due[each], shown[each]) for each in due | shown if due[each] != shown[each]
        }


def _fault(name: str, shortest: float = 1.0, longest: float = 5.0, **options: Any) -> Step:
    """Return the step that has a fault for some real seconds."""

    async def step(night: Night) -> None:
        """Begin it; it is healed afterward."""
        await night.remote.ask("fault", name=name, **options)
        await night.hold(shortest, longest)

    return step


def _silent(name: str, shortest: float, longest: float) -> Step:
    """Return the step in which connections stand and nothing passes, until they break.

    One that went on after that would have lost what was sent meanwhile, which TCP never does.
    """

    async def step(night: Night) -> None:
        """Begin it, and break the connections."""
        await night.remote.ask("fault", name=name)
        await night.hold(shortest, longest)
        await night.remote.ask("fault", name="socket_drop")

    return step


def _gone(*ends: str) -> Step:
    """Return the step after which N.I.N.A. is gone for some real seconds."""

    async def step(night: Night) -> None:
        """End it, when nothing is missing, and open it again."""
        await night.settle()
        for end in ends:
            await night.remote.ask(end)
        await night.hold(0.5, 6.0)
        await night.remote.ask("open")
        await night.hold(2.0, 3.0)

    return step


async def _drop_often(night: Night) -> None:
    """Break the connection again and again."""
    for _ in range(night.chance.randint(2, 6)):
        await night.remote.ask("fault", name="socket_drop")
        await night.hold(0.05, 1.5)


async def _rain(night: Night) -> None:
    """Let it rain, and clear up."""
    await night.remote.ask("rain")
    await night.hold(1.0, 3.0)
    await night.remote.ask("clear_up")


async def _reload(night: Night) -> None:
    """Reload the entry a few times."""
    for _ in range(night.chance.randint(2, 4)):
        await night.house.reload()
        await night.hold(0.0, 2.0)


async def _disable(night: Night) -> None:
    """Disable the entry for a while."""
    await night.house.unload()
    await night.hold(0.5, 4.0)
    await night.house.set_up()


async def _restart(night: Night) -> None:
    """Restart Home Assistant."""
    await night.house.stop()
    await night.hold(0.0, 3.0)
    await night.house.start()


STEPS: Final[Mapping[str, Step]] = {
    "reload": _reload,
    "restart of Home Assistant": _restart,
    "entry disabled for a while": _disable,
    "N.I.N.A. restarted": _gone("close"),
    "N.I.N.A. crashed": _gone("crash"),
    "power cut": _gone("cut_power"),
    "connections refused": _fault("refuse"),
    "N.I.N.A. hangs": _silent("frozen", 1.0, 8.0),
    "Target Scheduler gone": _fault("scheduler_gone"),
    "every answer an error": _fault("unknown_error"),
    "every answer a page": _fault("html"),
    "every answer cut off": _fault("truncated"),
    "every answer late": _fault("slow", seconds=1.0),
    "history hangs": _fault("hang", path="/event-history"),
    "equipment of wrong types": _fault("wrong_types", path="/equipment/*"),
    "equipment without numbers": _fault("nan_everywhere", path="/equipment/*"),
    "connection breaks again and again": _drop_often,
    "no event stream": _fault("socket_refuse"),
    "event stream half open": _silent("socket_half_open", 1.0, 12.0),
    "events in pieces": _fault("fragmented_events"),
    "events late": _fault("late_events", seconds=0.2),
    "events in another order": _fault("reorder_events"),
    "storm of events": _fault("event_storm", events=500),
    "rain": _rain,
    "camera lost": _fault("driver_lost", device="camera", comes_back=True),
    "roof lost": _fault("driver_lost", device="dome", comes_back=True),
    "autofocus fails": _fault("failed_autofocus"),
}
