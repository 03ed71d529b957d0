"""From an event on the wire to Home Assistant: its bus, and its states."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
import json
from statistics import median, quantiles
from time import perf_counter, thread_time
from typing import Any, Final

import aiohttp
from homeassistant.const import EVENT_STATE_CHANGED, Platform
from homeassistant.core import Event, HomeAssistant, callback

from .house import EVENT, NOT_SAFE, House, house, observatory

_FRAMES: Final = 500
_EVENTS: Final = 300
_PAUSE: Final = 0.1
_WORKS: Final = 50
_VERDICTS: Final = 20
_VERDICT_PAUSE: Final = 2.5
_WITHIN: Final = 5.0
_FILTERS: Final = ({"Name": "L", "Id": 0}, {"Name": "Ha", "Id": 4})


class Stamps:
    """When the newest event came in a bare client, on the bus, and in states; in seconds."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Follow bus and states."""
        self.wire: float | None = None
        self.bus: float | None = None
        self.states: dict[str, float] = {}
        self.expected = ""
        hass.bus.async_listen(EVENT, self._hear)
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._look)

    def begin(self, name: str) -> None:
        """Expect an event by its name on the wire."""
        self.wire = self.bus = None
        self.states.clear()
        self.expected = name

    def receive(self, text: str, now: float) -> None:
        """Take note of a message on the wire."""
        if self.wire is None and self.expected in text:
            self.wire = now

    @callback
    def _hear(self, _event: Event[Any]) -> None:
        """Take note of the first event on the bus after that on the wire was expected."""
        if self.expected and self.bus is None:
            self.bus = perf_counter()

    @callback
    def _look(self, event: Event[Any]) -> None:
        """Take note of a state."""
        self.states.setdefault(event.data["entity_id"], perf_counter())


@asynccontextmanager
async def _listened(scenario: str) -> AsyncIterator[tuple[House, Stamps]]:
    """Run a rig with a bare client, to which N.I.N.A. sends each event first."""
    async with (
        observatory(scenario) as site,
        aiohttp.ClientSession() as session,
        house(site) as made,
    ):
        stamps = Stamps(made.hass)
        socket = await session.ws_connect(f"http://127.0.0.1:{site.port}/v2/socket")
        following = asyncio.create_task(_follow(socket, stamps))
        try:
            if scenario == "clear_night":
                await site.ask("image")
                await site.ask("frames", number=_FRAMES)
            await made.set_up()
            await made.settled()
            yield made, stamps
        finally:
            following.cancel()


async def _follow(socket: aiohttp.ClientWebSocketResponse, stamps: Stamps) -> None:
    """Do what any client does: receive messages and decode them."""
    async for message in socket:
        json.loads(message.data)
        # What it does itself is not ours.
        stamps.receive(message.data, perf_counter())


async def _reached(condition: Callable[[], object]) -> None:
    """Wait until something is so; between two looks everybody else has a turn."""
    async with asyncio.timeout(_WITHIN):
        while not condition():
            await asyncio.sleep(0.002)


async def measure_events() -> dict[str, float]:
    """Return milliseconds from an event to the bus and an entity, and those that a frame works.

    The median is that of the kind that takes longer: between two kinds that differ, a common one means
    nothing.
    """
    async with _listened("clear_night") as (made, stamps):
        shows = {
            "IMAGE-SAVE": [made.entity(Platform.SENSOR, "hub_hfr")],
            # No entity shows it but its event entity, which is off by default.
            "FILTERWHEEL-CHANGED": [],
        }
        seconds: dict[str, list[float]] = {name: [] for name in shows}
        for number in range(_EVENTS):
            name = "FILTERWHEEL-CHANGED" if number % 2 else "IMAGE-SAVE"
            seconds[name].append(await _sample(made, stamps, name, shows[name], number))
            await asyncio.sleep(_PAUSE)
        work = await _work(made)
    together = [each for kind in seconds.values() for each in kind]
    return {
        "event-median": 1000 * max(map(median, seconds.values())),
        "event-99": 1000 * quantiles(together, n=100)[-1],
        "event-work": 1000 * work,
    }


async def _work(made: House) -> float:
    """Return the processor time in seconds that a frame costs, with everything that follows it."""
    spent: dict[str, list[float]] = {"status": [], "save": []}
    for number in range(_WORKS):
        for do, kept in spent.items():
            more = {"hfr": 2.5 + number / 1000} if do == "save" else {}
            began = thread_time()
            await made.site.ask(do, **more)
            await asyncio.sleep(_PAUSE)
            kept.append(thread_time() - began)
    return median(spent["save"]) - median(spent["status"])


async def _sample(
    made: House, stamps: Stamps, name: str, entities: list[str], number: int
) -> float:
    """Send one event; return how long after a bare client bus and entities had it."""
    stamps.begin(name)
    if name == "IMAGE-SAVE":
        await made.site.ask("save", hfr=1.5 + number / 1000)
    else:
        previous, new = _FILTERS[:: 1 if number % 4 == 1 else -1]
        await made.site.ask("emit", name=name, Previous=previous, New=new)
    await _reached(lambda: stamps.wire and stamps.bus and all(map(stamps.states.get, entities)))
    assert stamps.wire is not None
    assert stamps.bus is not None
    return max([stamps.bus, *map(stamps.states.__getitem__, entities)]) - stamps.wire


async def measure_verdicts() -> dict[str, float]:
    """Return the medians from a verdict on the wire to *Safety*, in milliseconds."""
    unsafe: list[float] = []
    safe: list[float] = []
    async with _listened("idle") as (made, stamps):
        shown = made.entity(*NOT_SAFE)
        for _ in range(_VERDICTS):
            for verdict, kept in ((False, unsafe), (True, safe)):
                stamps.begin("SAFETY-CHANGED")
                await made.site.ask("safe", safe=verdict)
                await _reached(partial(_shows, made, "off" if verdict else "on"))
                assert stamps.wire is not None
                kept.append(stamps.states[shown] - stamps.wire)
                await asyncio.sleep(_VERDICT_PAUSE)
    return {"safe-again": 1000 * median(safe), "unsafe-shown": 1000 * median(unsafe)}


def _shows(made: House, verdict: str) -> bool:
    """Return whether *Safety* has a state."""
    return made.state(*NOT_SAFE) == verdict


MEASURES: Final[dict[str, Callable[[], Awaitable[dict[str, float]]]]] = {
    "events": measure_events,
    "verdicts": measure_verdicts,
}


async def measure(what: str) -> dict[str, float]:
    """Return the figures of events, or of verdicts."""
    return await MEASURES[what]()
