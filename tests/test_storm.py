"""A night with a bad network: whatever N.I.N.A. told reaches the bus exactly once."""

import asyncio
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
import random
from time import monotonic
from typing import Any, override

from homeassistant.core import Event, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.api import Backoff
from custom_components.nina_observatory.api.events.decoder import snake_case
from custom_components.nina_observatory.api.events.types import MEANINGS
from custom_components.nina_observatory.const import EVENT_NINA
from custom_components.nina_observatory.events import listener as module
from simulator import Observatory
from simulator.events import Event as Said

from .states import EVENT_STREAM, stream_lost, until
from .test_listener import emit, told
from .waiting import eventually

EVENTS = 600
DISCONNECTS = 200
RESTARTS = 3
HEARTBEAT = 0.1


class FastBackoff(Backoff):
    """Waits a hundredth of what it should."""

    @override
    def next(self) -> float:
        """Return a hundredth of the wait."""
        return super().next() / 100


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connect again soon."""
    monkeypatch.setattr(module, "Backoff", FastBackoff)
    monkeypatch.setattr(module, "IN_FLIGHT", 0.03)


@pytest.fixture
def heard(hass: HomeAssistant) -> list[Event[Any]]:
    """Return the events that came over the bus since."""
    return async_capture_events(hass, EVENT_NINA)


@pytest.fixture
def emitted(observatory: Observatory, monkeypatch: pytest.MonkeyPatch) -> list[Said]:
    """Return what N.I.N.A. tells from now on, over all restarts, no matter who hears it."""
    said: list[Said] = []
    record = observatory.events.record

    def note(name: str, /, **payload: Any) -> Said:
        """Take note of an event."""
        said.append(record(name, **payload))
        return said[-1]

    monkeypatch.setattr(observatory.events, "record", note)
    return said


def night(seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield events as a night brings them: some alike, some nested, some nobody knows."""
    chance = random.Random(seed)
    filters = [{"Name": name, "Id": number} for number, name in enumerate("LRGBS")]
    kinds: list[tuple[str, Any]] = [
        ("MOUNT-HOMED", dict),
        ("GUIDER-START", dict),
        ("GUIDER-DITHER", dict),
        (
            "FILTERWHEEL-CHANGED",
            lambda: {"Previous": chance.choice(filters), "New": chance.choice(filters)},
        ),
        ("ROTATOR-MOVED", lambda: {"From": chance.randrange(3), "To": chance.random()}),
        ("AUTOFOCUS-POINT-ADDED", lambda: {"Position": chance.randrange(9), "HFR": 2.0}),
        ("TS-TARGETSTART", lambda: {"TargetName": chance.choice("AB"), "ProjectName": "P"}),
        ("COFFEE-READY", lambda: {"Cups": chance.randrange(3)}),
    ]
    for _ in range(EVENTS):
        name, payload = chance.choice(kinds)
        yield name, payload()


def of_said(said: Said) -> Hashable:
    """Return what an event reports that the history of N.I.N.A. keeps."""
    meaning = MEANINGS.get(said.name)
    payload = {snake_case(key): value for key, value in said.payload.items()}
    if meaning is None:
        return _key("other", said.name, payload)
    return _key(meaning.type.value, None, payload)


def of_told(event: Event[Any]) -> Hashable:
    """Return the same of what the bus was told."""
    return _key(event.data["type"], event.data.get("name"), event.data["data"])


def _key(kind: str, name: str | None, payload: Mapping[str, Any]) -> Hashable:
    """Return type, name, and the values that are not nested."""
    plain = {key: value for key, value in payload.items() if isinstance(value, str | int | float)}
    return (kind, name, frozenset(plain.items()))


class BadNetwork:
    """Breaks the connection in all the ways there are."""

    def __init__(
        self,
        observatory: Observatory,
        entry: MockConfigEntry,
        emitted: list[Said],
        heard: list[Event[Any]],
    ) -> None:
        """Begin with a good one, and with what was said and what reached the bus."""
        self.observatory = observatory
        self.listener = entry.runtime_data.listener
        self.breaks = 0
        self._emitted = emitted
        self._heard = heard

    async def break_off(self, way: str) -> None:
        """Break the connection and return when Home Assistant knows, connected again or not."""
        await eventually(lambda: self.listener.connected and self.observatory.socket.clients)
        socket = self.listener.stream._socket
        self.breaks += 1
        if way == "clean":
            await self.observatory.socket.close()
        elif way == "reset":
            await self.observatory.faults.start("socket_drop")
        else:
            async with self.observatory.faults.during("socket_half_open"):
                await self.observatory.events.emit("LOST-ON-THE-WAY")
                await eventually(lambda: self.listener.stream._socket is not socket)
        await eventually(lambda: self.listener.stream._socket is not socket)

    async def settle(self) -> None:
        """Return when nothing is missing any more, not even what was on the wire a moment ago.

        What is missing for good shows in the comparison that follows, which names it.
        """
        listener = self.listener
        await eventually(lambda: listener.connected and listener._at_rest, 30)
        with suppress(AssertionError):
            await eventually(lambda: len(self._heard) >= len(self._emitted), 30)


@pytest.mark.timeout(300)
async def test_nothing_is_lost_and_nothing_is_told_twice(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    emitted: list[Said],
    heard: list[Event[Any]],
) -> None:
    """600 events, 200 broken connections, three restarts: the bus has what N.I.N.A. told."""
    network = BadNetwork(observatory, settled, emitted, heard)
    network.listener.stream._heartbeat = HEARTBEAT
    chance = random.Random(7)
    ways = [way for way in ("clean", "reset", "half-open") for _ in range(DISCONNECTS // 3 + 1)]
    chance.shuffle(ways)
    events = list(night(7))
    breaks_after = sorted(chance.sample(range(EVENTS), DISCONNECTS))
    restarts_after = {150, 300, 450}
    for number, (name, payload) in enumerate(events):
        await observatory.events.emit(name, **payload)
        if number in breaks_after:
            await network.break_off(ways.pop())
        if number in restarts_after:
            # N.I.N.A. itself forgets what it told before.
            await network.settle()
            await observatory.restart_nina(60)
            await until(hass, EVENT_STREAM, "on")
        if chance.random() < 0.3:
            await asyncio.sleep(chance.random() / 5)
    await network.settle()
    assert network.breaks == DISCONNECTS
    assert len(emitted) >= EVENTS
    await hass.async_block_till_done()
    bus = Counter(of_told(event) for event in heard)
    said = Counter(of_said(event) for event in emitted)
    assert bus - said == {}, "told more often than it happened"
    assert said - bus == {}, "happened and was not told"
    assert any(event.data.get("replayed") for event in heard)
    assert any(not event.data.get("replayed") for event in heard)


@pytest.mark.parametrize("missed", [False, True])
async def test_others_have_their_turn_in_a_storm(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
    missed: bool,  # a parameter of the test
) -> None:
    """Whether it was heard or missed: never are all of its events told in one go."""
    turns: list[int] = []

    async def count() -> None:
        """Take note of how far it is, whenever it is somebody else's turn."""
        while True:
            turns.append(len(heard))
            await asyncio.sleep(0)

    async with observatory.faults.during("socket_refuse"):
        if missed:
            await observatory.faults.start("socket_drop")
            await until(hass, EVENT_STREAM, "off")
            for number in range(500):
                observatory.events.record("NUMBERED", Number=number)
    counting = hass.async_create_background_task(count(), "count")
    if not missed:
        await emit(observatory, *range(500))
    await eventually(lambda: len(told(heard)) == 500)
    counting.cancel()
    assert max(after - before for before, after in pairwise(turns)) <= module.AT_ONCE


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("live", [False, True])
async def test_a_connection_that_breaks_while_much_is_told(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    live: bool,  # a parameter of the test
) -> None:
    """Neither of what was missed nor of what had to wait for that is anything lost."""
    monkeypatch.setattr(module, "AT_ONCE", 1)
    async with stream_lost(hass, observatory):
        if not live:
            await emit(observatory, *range(500))
    async with observatory.faults.during("hang", path="/event-history") as trouble:
        await eventually(lambda: trouble.used)
        if live:
            await emit(observatory, *range(500))
    # One is reported at each turn of the loop, so nothing but looking at each turn is soon enough.
    deadline = monotonic() + 20
    while not told(heard) and monotonic() < deadline:
        await asyncio.sleep(0)
    assert 0 < len(told(heard)) < 500
    await observatory.faults.start("socket_drop")
    await eventually(lambda: len(told(heard)) >= 500)
    await until(hass, EVENT_STREAM, "on")
    await emit(observatory, 500)
    await eventually(lambda: told(heard)[-1] == (500, False))
    assert told(heard) == [*((number, not live) for number in range(500)), (500, False)]
