"""Following the events: heard at once, missed ones found again, whatever becomes of the stream."""

import asyncio
from datetime import timedelta
import json
import logging
from typing import Any, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Event, HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.nina_observatory.api import Backoff, NinaEvent
from custom_components.nina_observatory.const import EVENT_NINA
from custom_components.nina_observatory.events import listener as module
from custom_components.nina_observatory.events.reconciler import HistoryReconciler
from custom_components.nina_observatory.readings.scheduler_activity import SchedulerActivity
from simulator import Observatory

from .conftest import make_entry, set_up, unload
from .states import DOME, EVENT_STREAM, NOT_SAFE, state, stream_lost, until
from .waiting import eventually, within

quiet = pytest.mark.usefixtures("quiet")


class FastBackoff(Backoff):
    """Waits as it should, twenty times as fast, and remembers."""

    waits: list[float]

    @override
    def next(self) -> float:
        """Return a twentieth of the wait."""
        self.waits.append(wait := super().next())
        return wait / 20


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return how long is waited before connecting again, in seconds; in fact it is quicker."""
    FastBackoff.waits = []
    monkeypatch.setattr(module, "Backoff", FastBackoff)
    return FastBackoff.waits


@pytest.fixture
def heard(hass: HomeAssistant) -> list[Event[Any]]:
    """Return the events that came over the bus since."""
    return async_capture_events(hass, EVENT_NINA)


def told(events: list[Event[Any]]) -> list[tuple[Any, bool]]:
    """Return the numbers of events that carry one, and whether they were replayed."""
    return [
        (event.data["data"]["number"], event.data.get("replayed", False))
        for event in events
        if "number" in event.data["data"]
    ]


async def emit(observatory: Observatory, *numbers: int) -> None:
    """Let events with these numbers happen."""
    for number in numbers:
        await observatory.events.emit("NUMBERED", Number=number)


async def caught_up(observatory: Observatory, times: int) -> None:
    """Return when the history was read so many times and nothing is under way."""
    ledger = observatory.ledger
    await eventually(lambda: ledger.count("/event-history") >= times and not ledger.pending)


@quiet
async def test_nothing_is_replayed_at_the_first_connection(
    observatory: Observatory, heard: list[Event[Any]], settled: MockConfigEntry
) -> None:
    """What was before Home Assistant listened is the past."""
    assert observatory.events.history
    await emit(observatory, 1)
    await eventually(lambda: heard)
    assert told(heard) == [(1, False)]
    assert len(heard) == 1


@quiet
async def test_a_connection_that_breaks_before_the_history_is_read(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    entry: MockConfigEntry,
) -> None:
    """What happens before the next one is reported."""
    async with observatory.faults.during("hang", path="/event-history"):
        await set_up(hass, entry)
        await eventually(lambda: observatory.ledger.count("/event-history"))
        async with stream_lost(hass, observatory):
            await emit(observatory, 1)
    await eventually(lambda: told(heard) == [(1, True)])
    await unload(hass, entry)


@quiet
async def test_an_event_that_arrives_after_the_history_that_has_it(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    entry: MockConfigEntry,
) -> None:
    """It does not pass for one like it that is missed later."""
    async with observatory.faults.during("hang", path="/event-history") as trouble:
        await set_up(hass, entry)
        await eventually(lambda: trouble.used)
        async with observatory.faults.during("late_events", seconds=0.15):
            await emit(observatory, 1)
    await eventually(lambda: told(heard) == [(1, False)])
    async with stream_lost(hass, observatory):
        await emit(observatory, 1)
    await eventually(lambda: told(heard) == [(1, False), (1, True)])
    await unload(hass, entry)


@quiet
async def test_what_happened_before_n_i_n_a_was_reached(
    hass: HomeAssistant, heard: list[Event[Any]], socket_enabled: None
) -> None:
    """Home Assistant was there first: what it was too late for is reported."""
    async with Observatory(port=0, scheduler_port=None, speed=1, scenario="idle") as observatory:
        entry = make_entry(observatory)
        await emit(observatory, 1)
        # Longer than two clocks that are compared over the network may differ.
        await asyncio.sleep(1)
        async with observatory.faults.during("refuse"):
            entry.add_to_hass(hass)
            assert await hass.config_entries.async_setup(entry.entry_id)
            await eventually(lambda: entry.runtime_data.listener.reconciler._since)
            await emit(observatory, 2)
        await eventually(lambda: told(heard) == [(2, True)])
        # The first entities are being added meanwhile.
        await hass.async_block_till_done()
        await unload(hass, entry)


@quiet
@pytest.mark.parametrize("fault", ["socket_drop", "refuse", "socket_half_open"])
async def test_missed_events_are_replayed_once_and_in_order(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
    fault: str,
) -> None:
    """However the stream ended, what happened meanwhile is reported, marked as replayed."""
    settled.runtime_data.listener.stream._heartbeat = 0.2
    await emit(observatory, 1, 2)
    await eventually(lambda: len(heard) == 2)
    async with observatory.faults.during("socket_refuse"):
        await observatory.faults.start(fault)
        await until(hass, EVENT_STREAM, "off")
        await emit(observatory, 3, 1, 2)
        await observatory.faults.stop(fault)
    await until(hass, EVENT_STREAM, "on")
    await eventually(lambda: len(heard) == 5)
    await emit(observatory, 3)
    await eventually(lambda: len(heard) == 6)
    expected = [(1, False), (2, False), (3, True), (1, True), (2, True), (3, False)]
    assert told(heard) == expected
    await observatory.faults.start("socket_drop")
    await caught_up(observatory, 4)
    await emit(observatory, 4)
    await eventually(lambda: len(heard) == 7)
    assert told(heard) == [*expected, (4, False)]


@quiet
async def test_a_replayed_event_has_the_time_when_it_happened(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
) -> None:
    """The history knows it; live events are stamped when they arrive."""
    async with stream_lost(hass, observatory):
        await emit(observatory, 1)
    await eventually(lambda: heard)
    happened = observatory.events.history[-1].time
    assert dt_util.parse_datetime(heard[0].data["time"], raise_on_error=True) == happened


@quiet
async def test_live_events_wait_for_the_missed_ones(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
) -> None:
    """On the bus they come in order; the state does not wait."""
    async with stream_lost(hass, observatory):
        await emit(observatory, 1)
    async with observatory.faults.during("hang", path="/event-history"):
        await until(hass, EVENT_STREAM, "on")
        await emit(observatory, 2)
        observatory.safety_monitor.is_safe = False
        await until(hass, NOT_SAFE, "on")
        assert not heard
    await eventually(lambda: len(heard) == 3)
    assert told(heard) == [(1, True), (2, False)]
    assert heard[2].data["type"] == "safety_changed"


@quiet
@pytest.mark.parametrize("fault", ["unknown_error", "empty", "truncated", "html", "hang"])
async def test_a_history_that_cannot_be_read_is_read_later(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
    impatient: None,
    fault: str,
) -> None:
    """Live events go on meanwhile, and nothing is lost for good."""
    async with stream_lost(hass, observatory):
        await emit(observatory, 1)
    async with observatory.faults.during(fault, path="/event-history") as trouble:
        await until(hass, EVENT_STREAM, "on")
        await eventually(lambda: trouble.used)
        await emit(observatory, 2)
        await eventually(lambda: told(heard) == [(2, False)])
    await eventually(lambda: len(heard) == 2)
    assert told(heard) == [(2, False), (1, True)]


@quiet
async def test_a_history_that_is_long_not_read(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
    waits: list[float],
) -> None:
    """It is asked for more and more seldom, never given up, and the rest goes on meanwhile."""
    async with observatory.faults.during("html", path="/event-history"):
        async with stream_lost(hass, observatory):
            await emit(observatory, 1)
        # A connection is never waited for that long.
        await eventually(lambda: max(waits) > module.LONGEST_RETRY)
        assert settled.runtime_data.listener.caught_up
        assert not heard
    await eventually(lambda: told(heard) == [(1, True)])


@quiet
async def test_nina_was_started_anew(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
) -> None:
    """The new history is told from its beginning, and the old one is forgotten."""
    await emit(observatory, 1, 2, 3)
    await eventually(lambda: len(heard) == 3)
    async with observatory.faults.during("socket_refuse"):
        await observatory.restart_nina()
        await emit(observatory, 1, 2)
        await observatory.dome.connect()
    await eventually(lambda: heard[-1].data["type"] == "dome_connected")
    await until(hass, DOME, "closed")
    assert told(heard)[3:] == [(1, True), (2, True)]
    await emit(observatory, 3)
    await eventually(lambda: told(heard)[5:] == [(3, False)])


@quiet
async def test_an_unreachable_server_behind_a_live_stream(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
) -> None:
    """Without knowing who answers, its history means nothing; a moment later it does."""
    async with stream_lost(hass, observatory):
        await emit(observatory, 1)
        trouble = await observatory.faults.start("html", path="/version*", count=1)
    await eventually(lambda: told(heard) == [(1, True)])
    assert trouble.used == 1


@quiet
async def test_waits_grow_until_an_event_comes(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry, waits: list[float]
) -> None:
    """A server that refuses is asked less and less often, but found within seconds."""
    async with observatory.faults.during("socket_refuse"):
        await observatory.faults.start("socket_drop")
        await eventually(lambda: len(waits) == 6)
    assert [
        0.75 * step <= wait <= step for step, wait in zip((1, 2, 4, 8, 8, 8), waits, strict=True)
    ]
    assert max(waits) > 6
    await until(hass, EVENT_STREAM, "on")
    waits.clear()
    await observatory.faults.start("socket_drop")
    await eventually(lambda: waits)
    assert waits[0] > 5
    await until(hass, EVENT_STREAM, "on")
    await observatory.events.emit("MOUNT-HOMED")
    waits.clear()
    await eventually(lambda: settled.runtime_data.listener.stream.counters.events)
    await observatory.faults.start("socket_drop")
    await eventually(lambda: waits)
    assert waits[0] <= 1


@quiet
async def test_a_storm_is_told_whole_and_costs_little(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
) -> None:
    """A thousand events in one second cause a few requests."""
    observatory.ledger.reset()
    await observatory.faults.start("event_storm", events=1000)
    await eventually(lambda: len(heard) == 1000)
    asked = observatory.ledger.count("/equipment/info")
    await eventually(lambda: observatory.ledger.count("/equipment/info") > asked)
    await eventually(lambda: not observatory.ledger.pending)
    assert {event.data["type"] for event in heard} == {"filter_changed"}
    assert observatory.ledger.total <= 20


@quiet
async def test_a_storm_that_was_missed(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
) -> None:
    """Nothing of it is lost, and it does not cost more than one that was heard."""
    async with stream_lost(hass, observatory):
        await emit(observatory, *range(1000))
        observatory.ledger.reset()
    await eventually(lambda: len(heard) == 1000)
    assert told(heard) == [(number, True) for number in range(1000)]
    assert observatory.ledger.total <= 20


@quiet
async def test_what_an_event_says_too_early_is_read_later(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """The sequence is read again some seconds after it was said to have started."""
    ledger = observatory.ledger
    await observatory.events.emit("SEQUENCE-STARTING")
    await eventually(lambda: ledger.count("/sequence/json") == 2 and not ledger.pending)
    await within(hass, 3, lambda: ledger.count("/sequence/json") == 3)
    await within(hass, 13, lambda: ledger.count("/sequence/json") == 4)


@quiet
async def test_unloading_lets_go_of_everything(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Nothing is read after the entry was unloaded, whatever an event had announced."""
    for name in ("SEQUENCE-STARTING", "GUIDER-STOP", "SEQUENCE-FINISHED"):
        await observatory.events.emit(name)
    counters = settled.runtime_data.listener.stream.counters
    await eventually(lambda: counters.events == 3)
    await unload(hass, settled)
    await eventually(lambda: not observatory.ledger.pending)
    observatory.ledger.reset()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=30))
    await hass.async_block_till_done()
    await eventually(lambda: not observatory.socket.clients)
    assert observatory.ledger.total == 0


@quiet
async def test_unloading_while_a_reading_is_under_way(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Its answer comes too late to set anything going."""
    async with observatory.faults.during("hang", path="/equipment/info"):
        reading = asyncio.ensure_future(settled.runtime_data.equipment.async_refresh())
        await eventually(lambda: observatory.ledger.pending)
        await unload(hass, settled)
        assert not reading.done()
    await reading
    assert settled.state is ConfigEntryState.NOT_LOADED


async def test_a_fault_of_ours_does_not_end_the_events(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged, and what was not told because of it is replayed."""

    def fail(*_: object) -> None:
        """Fail once."""
        monkeypatch.undo()
        raise ZeroDivisionError

    monkeypatch.setattr(HistoryReconciler, "record", fail)
    await emit(observatory, 1)
    await eventually(lambda: told(heard) == [(1, True)])
    assert state(hass, EVENT_STREAM) == "on"
    assert [r.getMessage() for r in caplog.records if r.exc_info] == [
        "The event stream of Observatory failed"
    ]


async def test_an_event_that_a_receiver_cannot_handle(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """All others get it, its fault is logged once, and the stream stands."""
    listener = settled.runtime_data.listener
    connections = listener.stream.counters.connections

    def fail(*_: object) -> None:
        """Fail each time."""
        raise OverflowError

    later: list[NinaEvent] = []
    listener.async_subscribe(later.append)
    monkeypatch.setattr(SchedulerActivity, "after", fail)
    await emit(observatory, 1, 2)
    await eventually(lambda: told(heard) == [(1, False), (2, False)])
    assert [event.data["number"] for event in later] == [1, 2]
    assert listener.stream.counters.connections == connections
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == [
        "The event other of Observatory could not be applied to the state"
    ]


@quiet
@pytest.mark.parametrize("where", ["live", "history"])
async def test_an_event_that_cannot_be_told(
    hass: HomeAssistant,
    observatory: Observatory,
    heard: list[Event[Any]],
    settled: MockConfigEntry,
    where: str,
) -> None:
    """Half a character of a driver's text costs that event alone, and no other one."""
    if where == "live":
        said = json.dumps({"Response": {"Event": "NUMBERED", "Number": 1, "Text": "\ud800"}})
        await observatory.socket.broadcast(said)
        await emit(observatory, 2)
        await eventually(lambda: (2, False) in told(heard))
    else:
        async with stream_lost(hass, observatory):
            await observatory.events.emit("NUMBERED", Number=1, Text="\ud800")
            await emit(observatory, 2)
        await eventually(lambda: (2, True) in told(heard))
    assert [number for number, _ in told(heard)] == [1, 2]
