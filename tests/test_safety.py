"""The guard never lets "safe" stand on old data."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.nina_observatory.api import SafetyMonitor
from custom_components.nina_observatory.readings.liveness import Absence
from custom_components.nina_observatory.readings.safety import SafetyGuard, SafetyReason
from simulator import Observatory

from .states import NOT_SAFE, attributes, state, until


@pytest.fixture
def guard(hass: HomeAssistant) -> Iterator[SafetyGuard]:
    """Return a guard that has seen nothing."""
    guard = SafetyGuard(hass)
    yield guard
    guard.async_stop()


def reason_of(guard: SafetyGuard) -> SafetyReason:
    """Return what the guard says now."""
    return guard.reason


def verdict_of(guard: SafetyGuard) -> SafetyReason:
    """Return what the guard said last."""
    return guard.verdict.reason


def reading(
    hass: HomeAssistant,
    *,
    is_safe: bool | None = True,
    connected: bool = True,
    age: float = 0.0,
) -> tuple[SafetyMonitor, float]:
    """Return a reading of the monitor, and when it was asked for: some seconds ago."""
    return SafetyMonitor(connected=connected, is_safe=is_safe), hass.loop.time() - age


def test_nothing_read_is_not_safe(guard: SafetyGuard) -> None:
    """Before the first reading it is not safe."""
    assert guard.not_safe
    assert reason_of(guard) is SafetyReason.NO_READING
    assert guard.age is None


async def test_a_fresh_safe_reading_is_safe(hass: HomeAssistant, guard: SafetyGuard) -> None:
    """Only this is safe, and listeners hear of it once."""
    heard: list[SafetyReason] = []
    guard.async_add_listener(lambda: heard.append(guard.reason))
    guard.async_note_reading(*reading(hass))
    guard.async_note_reading(*reading(hass))
    assert not guard.not_safe
    assert heard == [SafetyReason.SAFE]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"is_safe": False}, SafetyReason.UNSAFE),
        ({"is_safe": None}, SafetyReason.UNSAFE),
        ({"connected": False, "is_safe": None}, SafetyReason.MONITOR_DISCONNECTED),
        ({"connected": False}, SafetyReason.MONITOR_DISCONNECTED),
    ],
)
async def test_everything_else_is_not(
    hass: HomeAssistant, guard: SafetyGuard, state: dict[str, bool], reason: SafetyReason
) -> None:
    """A reading that is not connected, fresh and safe ends "safe" at once."""
    guard.async_note_reading(SafetyMonitor(connected=True, is_safe=True), hass.loop.time() - 29)
    assert not guard.not_safe
    guard.async_note_reading(*reading(hass, **state))
    assert guard.not_safe
    assert reason_of(guard) is reason


async def test_a_reading_that_arrives_late(hass: HomeAssistant, guard: SafetyGuard) -> None:
    """It is as old as its request, however soon after another it comes."""
    guard.async_note_reading(*reading(hass, age=31))
    assert reason_of(guard) is SafetyReason.STALE


async def test_readings_may_arrive_out_of_order(hass: HomeAssistant, guard: SafetyGuard) -> None:
    """The one that was asked for last counts, whichever comes first."""
    guard.async_note_reading(*reading(hass, is_safe=False, age=1))
    guard.async_note_reading(*reading(hass, age=5))
    assert reason_of(guard) is SafetyReason.UNSAFE
    guard.async_note_reading(*reading(hass))
    guard.async_note_reading(*reading(hass, is_safe=False, age=0.5))
    assert reason_of(guard) is SafetyReason.SAFE


async def test_silence_ends_safe(hass: HomeAssistant, guard: SafetyGuard) -> None:
    """Without any further call it is not safe after 30 s."""
    guard.async_note_reading(*reading(hass))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=29))
    assert verdict_of(guard) is SafetyReason.SAFE
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    assert verdict_of(guard) is SafetyReason.STALE


async def test_a_late_timer_keeps_nothing_alive(hass: HomeAssistant, guard: SafetyGuard) -> None:
    """The clock is asked as well as the timer."""
    guard.async_note_reading(*reading(hass))
    guard.async_stop()
    guard._read_at = hass.loop.time() - 31
    assert verdict_of(guard) is SafetyReason.SAFE
    assert guard.not_safe
    assert reason_of(guard) is SafetyReason.STALE


async def test_an_event_that_says_unsafe_counts_at_once(
    hass: HomeAssistant, guard: SafetyGuard
) -> None:
    """A reading that was asked for before the event does not take it back, a later one does."""
    before = reading(hass)
    guard.async_note_reading(*before)
    guard.async_note_unsafe()
    assert reason_of(guard) is SafetyReason.UNSAFE
    guard.async_note_reading(*before)
    assert reason_of(guard) is SafetyReason.UNSAFE
    guard.async_note_reading(*reading(hass, age=-0.001))
    assert reason_of(guard) is SafetyReason.SAFE


@pytest.mark.parametrize("absence", Absence)
@pytest.mark.parametrize(
    "state", [{}, {"is_safe": False}, {"connected": False, "is_safe": None}, {"age": 31}]
)
async def test_a_nina_that_is_gone_is_not_safe(
    hass: HomeAssistant, guard: SafetyGuard, absence: Absence, state: dict[str, Any]
) -> None:
    """Whatever was read before, or was asked before and comes late; a later reading counts."""
    guard.async_note_reading(*reading(hass, **state))
    late = reading(hass)
    guard.async_note_absence(absence)
    assert reason_of(guard) is SafetyReason(absence.value)
    guard.async_note_reading(*late)
    assert reason_of(guard) is SafetyReason(absence.value)
    guard.async_note_absence(None)
    assert guard.not_safe
    guard.async_note_reading(*reading(hass, age=-0.001))
    assert reason_of(guard) is SafetyReason.SAFE


async def test_a_nina_that_is_back_and_not_read(hass: HomeAssistant, guard: SafetyGuard) -> None:
    """After the freshness it is the reading that is missing, not N.I.N.A."""
    guard.async_note_reading(*reading(hass))
    guard.async_note_absence(Absence.NOT_RUNNING)
    guard.async_note_absence(None)
    await asyncio.sleep(29)
    assert reason_of(guard) is SafetyReason.NOT_RUNNING
    await asyncio.sleep(2)
    assert reason_of(guard) is SafetyReason.STALE


async def test_a_nina_that_never_was_there(hass: HomeAssistant, guard: SafetyGuard) -> None:
    guard.async_note_absence(Absence.NOT_RUNNING)
    assert reason_of(guard) is SafetyReason.NO_READING
    assert guard.not_safe


async def test_a_listener_that_fails_costs_no_other(
    hass: HomeAssistant, guard: SafetyGuard, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever comes after it still hears that it is not safe; the fault is logged once."""
    heard: list[SafetyReason] = []

    def fail() -> None:
        """Fail each time."""
        raise ZeroDivisionError

    for _ in range(3):
        guard.async_add_listener(lambda: heard.append(guard.reason))
        guard.async_add_listener(fail)
    guard.async_note_reading(*reading(hass))
    guard.async_note_unsafe()
    assert heard == [SafetyReason.SAFE] * 3 + [SafetyReason.UNSAFE] * 3
    assert (
        len([each for each in caplog.records if each.exc_info and each.levelname == "ERROR"]) == 1
    )


async def test_a_fault_of_ours_does_not_keep_it_safe(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Whatever fails at the same reading or verdict, the monitor's word is shown."""
    data, failed = settled.runtime_data, set[int]()

    def fail(*given: object) -> None:
        """Fail each time."""
        failed.add(len(given))
        raise ZeroDivisionError

    await until(hass, NOT_SAFE, "off")
    for listeners in (data.equipment.reading_listeners, data.equipment.monitor_listeners):
        # Called before all others.
        listeners._listeners = {fail: fail, **listeners._listeners}
    data.safety.async_add_listener(fail)
    data.equipment.async_add_listener(fail)
    observatory.safety_monitor.is_safe = False
    await until(hass, NOT_SAFE, "on")
    observatory.safety_monitor.is_safe = True
    await until(hass, NOT_SAFE, "off")
    assert failed == {0, 1, 2}


REASON = "sensor.observatory_safety_reason"


async def test_the_reason_goes_with_the_verdict(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """In the same moment, and never "safe" while *Safety* is on, not even between two states."""
    await until(hass, NOT_SAFE, "off")
    shown = list[tuple[str, str]]()

    @callback
    def note(event: Event[Any]) -> None:
        """Take note of both states at once."""
        if event.data["entity_id"] in (NOT_SAFE, REASON):
            shown.append((state(hass, NOT_SAFE), state(hass, REASON)))

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    assert state(hass, REASON) == "safe"
    observatory.safety_monitor.is_safe = False
    await until(hass, NOT_SAFE, "on")
    assert state(hass, REASON) == attributes(hass, NOT_SAFE)["reason"] == "unsafe"
    observatory.safety_monitor.is_safe = True
    await until(hass, NOT_SAFE, "off")
    assert state(hass, REASON) == "safe"
    # Nothing answers: the timer ends "safe".
    settled.runtime_data.safety._disarm()
    settled.runtime_data.safety._expire()
    assert (state(hass, NOT_SAFE), state(hass, REASON)) == ("on", "stale")
    assert ("on", "safe") not in shown
    assert shown.count(("off", "safe")) == 1
