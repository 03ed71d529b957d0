"""N.I.N.A. that is closed, killed or hangs is not safe within seconds, and a slow one stays safe."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.api import NinaError, Role
from custom_components.nina_observatory.const import DOMAIN, EVENT_NINA
from custom_components.nina_observatory.readings.liveness import (
    MOST_PROBES,
    PROBE_PAUSE,
    REFUSALS_APART,
    Absence,
)
from custom_components.nina_observatory.readings.night_marks import (
    CONNECTION_FOUND,
    CONNECTION_LOST,
)
from simulator import Observatory

from .clock import CLOCK
from .conftest import make_entry, set_up, unload
from .errors import refused
from .states import DOME, EVENT_STREAM, NOT_SAFE, REACHABLE, act, attributes, state, until
from .waiting import eventually

# Every dialect that is told apart anywhere: names and numbers, with and without a bundle.
VERSIONS = ("2.0.1", "2.1.0", "2.1.5", "2.2.5.0", "2.2.10.0", "2.2.15.0")
MONITOR = "binary_sensor.observatory_safety_monitor"
SLOW = 5.0
# The guarantees, in seconds.
REFUSED_WITHIN = 3.0
SILENT_WITHIN = 18.0


@pytest.fixture(params=VERSIONS)
async def site(request: pytest.FixtureRequest, socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run an observatory of each dialect: all connected, roof closed, safe."""
    async with Observatory(
        port=0, scheduler_port=0, scenario="idle", version=request.param
    ) as site:
        yield site


@pytest.fixture
async def any_rig(hass: HomeAssistant, site: Observatory) -> AsyncIterator[MockConfigEntry]:
    """Return an entry that has read everything, of each dialect."""
    entry = make_entry(site)
    await set_up(hass, entry)
    await rest(site, entry)
    yield entry
    await site.faults.clear()
    await unload(hass, entry)
    await eventually(lambda: not site.ledger.pending)


async def rest(site: Observatory, entry: MockConfigEntry) -> None:
    """Return when everything has been read."""
    listener = entry.runtime_data.listener
    await eventually(lambda: listener.caught_up and not site.ledger.pending, 120)


async def after_a_poll(site: Observatory, entry: MockConfigEntry, seconds: float) -> None:
    """Return so many seconds after a poll."""
    equipment = entry.runtime_data.equipment
    polls = equipment.polls
    await eventually(lambda: equipment.polls > polls and not site.ledger.pending)
    await asyncio.sleep(seconds)


class Shown:
    """Every state that *Safety* takes: when, what, and why."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin now."""
        self._hass = hass
        self.states: list[tuple[float, str, str | None]] = []
        self._forget = async_track_state_change_event(hass, NOT_SAFE, self._note)

    @callback
    def _note(self, event: Event[EventStateChangedData]) -> None:
        if (new := event.data["new_state"]) is not None:
            shown = (new.state, new.attributes.get("reason"))
            if shown not in self.reasons[-1:]:
                self.states.append((self._hass.loop.time(), *shown))

    @property
    def reasons(self) -> list[tuple[str, str | None]]:
        """Return the states without their times."""
        return [each[1:] for each in self.states]

    async def turned_on(self, since: float) -> float:
        """Return how long after a time it was not safe."""
        await eventually(lambda: any(each[1] == "on" for each in self.states), 60)
        return next(when for when, shown, _ in self.states if shown == "on") - since


@pytest.mark.parametrize("fault", ["refuse", "nina_gone"])
async def test_a_nina_that_is_gone_is_not_safe_at_once(
    hass: HomeAssistant, site: Observatory, any_rig: MockConfigEntry, fault: str
) -> None:
    """Everything that hangs on it agrees, for as long as it is gone, and it comes back by itself."""
    assert state(hass, NOT_SAFE) == "off"
    shown = Shown(hass)
    died = hass.loop.time()
    async with site.faults.during(fault):
        assert await shown.turned_on(died) < REFUSED_WITHIN
        assert attributes(hass, NOT_SAFE)["reason"] == "not_running"
        await until(hass, REACHABLE, "off")
        assert hass.loop.time() - died < REFUSED_WITHIN
        assert {state(hass, each) for each in (DOME, MONITOR)} == {"unavailable"}
        await asyncio.sleep(120)
        assert shown.reasons == [("on", "not_running")]
    await until(hass, NOT_SAFE, "off")
    assert shown.reasons[-1] == ("off", "safe")
    await until(hass, DOME, "closed")
    assert state(hass, REACHABLE) == "on"


async def test_a_restart_is_shown(
    hass: HomeAssistant, site: Observatory, any_rig: MockConfigEntry
) -> None:
    """Also one of 20 s, between two polls."""
    await after_a_poll(site, any_rig, 0.1)
    shown = Shown(hass)
    died = hass.loop.time()
    async with site.faults.during("nina_gone"):
        await asyncio.sleep(20)
    assert await shown.turned_on(died) < REFUSED_WITHIN
    await until(hass, NOT_SAFE, "off")
    assert shown.reasons[0] == ("on", "not_running")


@pytest.mark.parametrize("seconds", [0.1, 4, 9.5])
async def test_a_nina_that_hangs_is_not_safe_soon(
    hass: HomeAssistant, site: Observatory, any_rig: MockConfigEntry, seconds: float
) -> None:
    """Whenever between two polls it begins to accept connections and answers nothing."""
    await after_a_poll(site, any_rig, seconds)
    shown = Shown(hass)
    froze = hass.loop.time()
    async with site.faults.during("frozen"):
        assert await shown.turned_on(froze) <= SILENT_WITHIN
        assert shown.reasons == [("on", "not_answering")]
        await until(hass, REACHABLE, "off")
        assert hass.loop.time() - froze <= SILENT_WITHIN
        await asyncio.sleep(60)
        assert shown.reasons == [("on", "not_answering")]
    await until(hass, NOT_SAFE, "off")
    await until(hass, DOME, "closed")


async def test_a_nina_that_hangs_during_a_poll_is_not_found_again(
    hass: HomeAssistant, site: Observatory, any_rig: MockConfigEntry
) -> None:
    """Some devices of the poll answered before it, and those of an old plugin are read one by one."""
    reachable: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if (new := event.data["new_state"]) is not None:
            reachable.append(new.state)

    forget = async_track_state_change_event(hass, REACHABLE, note)
    await after_a_poll(site, any_rig, 5)
    before = site.ledger.total
    while site.ledger.total < before + 2:
        await asyncio.sleep(0.001)
    await site.faults.start("frozen")
    await until(hass, NOT_SAFE, "on")
    await asyncio.sleep(60)
    assert reachable == ["off"]
    await site.faults.clear()
    await until(hass, REACHABLE, "on")
    await until(hass, NOT_SAFE, "off")
    forget()


async def test_a_nina_that_is_gone_while_there_is_no_event_stream(
    hass: HomeAssistant, site: Observatory, any_rig: MockConfigEntry
) -> None:
    """Then the next poll finds out, or the next attempt to open the stream."""
    async with site.faults.during("socket_refuse"):
        await site.faults.start("socket_drop")
        await until(hass, EVENT_STREAM, "off")
        await asyncio.sleep(60)
        assert state(hass, NOT_SAFE) == "off"
        shown = Shown(hass)
        died = hass.loop.time()
        async with site.faults.during("refuse"):
            assert await shown.turned_on(died) < 11 + REFUSED_WITHIN
            assert shown.reasons == [("on", "not_running")]
        await until(hass, NOT_SAFE, "off")
        froze = hass.loop.time()
        shown.states.clear()
        async with site.faults.during("frozen"):
            assert await shown.turned_on(froze) <= SILENT_WITHIN
            assert shown.reasons == [("on", "not_answering")]


async def slow(hass: HomeAssistant, site: Observatory, entry: MockConfigEntry) -> Shown:
    """Have every answer take long, and return what *Safety* shows from then on."""
    await site.faults.start("slow", path="/v2/api/*", seconds=SLOW)
    await entry.runtime_data.equipment.async_read()
    return Shown(hass)


async def test_a_slow_poll_is_no_alarm(
    hass: HomeAssistant, site: Observatory, any_rig: MockConfigEntry
) -> None:
    shown = await slow(hass, site, any_rig)
    await asyncio.sleep(180)
    assert shown.states == []


@pytest.mark.parametrize("fault", ["socket_drop", "socket_half_open"])
async def test_a_dropped_stream_is_no_alarm(
    hass: HomeAssistant, site: Observatory, any_rig: MockConfigEntry, fault: str
) -> None:
    """Whether it breaks, or stands and passes nothing, also of a slow server, again and again."""
    shown = await slow(hass, site, any_rig)
    for seconds in (0.5, 3, 8, 20, 45):
        await site.faults.start(fault)
        await asyncio.sleep(seconds)
        if fault == "socket_half_open":
            await site.faults.stop(fault)
        await eventually(lambda: any_rig.runtime_data.listener.connected, 60)
    await asyncio.sleep(30)
    assert shown.states == []


async def test_a_stream_that_cannot_be_opened_is_no_alarm(
    hass: HomeAssistant, site: Observatory, any_rig: MockConfigEntry
) -> None:
    shown = await slow(hass, site, any_rig)
    await site.faults.start("socket_refuse")
    await site.faults.start("socket_drop")
    await asyncio.sleep(180)
    assert shown.states == []


async def test_a_reload_is_no_alarm(
    hass: HomeAssistant, site: Observatory, any_rig: MockConfigEntry
) -> None:
    """Until the first answer nothing was read; nothing is held against N.I.N.A. before or after."""
    shown = await slow(hass, site, any_rig)
    for _ in range(3):
        assert await hass.config_entries.async_reload(any_rig.entry_id)
        await until(hass, NOT_SAFE, "off")
        await rest(site, any_rig)
        await asyncio.sleep(30)
    assert {shown[1:] for shown in shown.states} == {
        ("unavailable", None),
        ("on", "no_reading"),
        ("off", "safe"),
    }
    before = (each[1] for each, after in pairwise(shown.states) if after[2] == "no_reading")
    assert set(before) == {"unavailable"}


async def test_a_busy_home_assistant_is_no_silence(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """An answer that waits to be taken in while this machine stands still is an answer."""
    await observatory.faults.start("socket_refuse")
    await observatory.faults.start("socket_drop")
    await until(hass, EVENT_STREAM, "off")
    async with observatory.faults.during("slow", path="/equipment/*", seconds=1):
        reading = asyncio.ensure_future(settled.runtime_data.equipment.async_read())
        await eventually(lambda: observatory.ledger.pending)
        shown = Shown(hass)
        # Everything that is due by then is due at once.
        CLOCK.turn(9)
        await reading
    await asyncio.sleep(5)
    assert shown.states == []


async def test_an_old_reading_that_comes_late_is_no_proof(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """What was asked before N.I.N.A. fell silent says nothing about later."""
    safety = settled.runtime_data.safety
    asked = hass.loop.time()
    async with observatory.faults.during("frozen"):
        await until(hass, NOT_SAFE, "on")
        monitor = settled.runtime_data.equipment.client.equipment
        late = asyncio.ensure_future(monitor.read_device(Role.SAFETY_MONITOR))
        await asyncio.sleep(1)
        safety.async_note_absence(Absence.NOT_ANSWERING)
    reading = await late
    assert reading.asked_at > asked
    assert reading.device.is_safe
    safety.async_note_absence(Absence.NOT_ANSWERING)
    safety.async_note_reading(reading.device, reading.asked_at)
    assert safety.not_safe
    await until(hass, NOT_SAFE, "off")


async def test_a_nina_whose_monitor_is_not_read_when_it_is_back(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """It is running, so that is not the reason for long; it stays not safe until it is read."""
    async with observatory.faults.during("refuse"):
        await until(hass, NOT_SAFE, "on")
        for path in ("/equipment/info", "/equipment/safetymonitor/info"):
            await observatory.faults.start("html", path=path)
    await until(hass, REACHABLE, "on")
    await eventually(lambda: attributes(hass, NOT_SAFE)["reason"] == "stale", 60)
    assert state(hass, NOT_SAFE) == "on"
    await observatory.faults.clear()
    await until(hass, NOT_SAFE, "off")


async def test_nobody_is_notified_of_a_closed_roof(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Restarts under a closed roof: no event of ours, no repair, and one gap each in the report."""
    events = async_capture_events(hass, EVENT_NINA)
    issues = set(ir.async_get(hass).issues)
    marks = settled.runtime_data.nights._marks
    recorded = {name: len(each) for name, each in marks.items()}
    for _ in range(3):
        async with observatory.faults.during("nina_gone"):
            await asyncio.sleep(90)
        await until(hass, NOT_SAFE, "off")
        # The next poll may find N.I.N.A. before the stream does.
        await until(hass, EVENT_STREAM, "on")
        # A stream that is only just open is not known to the server that stops, which waits for it.
        await rest(observatory, settled)
    own: list[Any] = [event.data["type"] for event in events]
    assert "roof_close_failed" not in own
    assert {each for each in ir.async_get(hass).issues if each[0] == DOMAIN} <= issues
    kinds = [
        mark.kind
        for name, each in marks.items()
        for mark in each[recorded.get(name, 0) :]
        if mark.kind in (CONNECTION_FOUND, CONNECTION_LOST)
    ]
    assert kinds == [CONNECTION_LOST, CONNECTION_FOUND] * 3


async def test_the_roof_is_not_opened_while_nina_is_gone(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """The text says why, if N.I.N.A. is back and the monitor was not read yet."""
    for absence in Absence:
        await until(hass, NOT_SAFE, "off")
        await settled.runtime_data.equipment.async_read()
        opening = asyncio.ensure_future(act(hass, "cover.open_cover", DOME))
        settled.runtime_data.safety.async_note_absence(absence)
        async with observatory.faults.during("hang", path="/equipment/safetymonitor/info"):
            with refused(f"not_safe_{absence}"):
                settled.runtime_data.safety._absent_at = hass.loop.time() + 60
                await opening
        settled.runtime_data.safety._absent_at = 0.0
        await settled.runtime_data.equipment.async_read()


async def test_a_dropped_stream_costs_one_request_more(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """The monitor is read alone; everything else waits until the stream is back."""
    async with observatory.faults.during("socket_refuse"):
        observatory.ledger.reset()
        await observatory.faults.start("socket_drop")
        await until(hass, EVENT_STREAM, "off")
        await asyncio.sleep(2)
        # Without the stream the frames are counted.
        assert observatory.ledger.counts == {
            "/v2/api/equipment/safetymonitor/info": 1,
            "/v2/api/image-history": 1,
        }
    assert state(hass, NOT_SAFE) == "off"


async def test_a_restart_is_no_storm(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """When N.I.N.A. is back it is asked for no more than after any gap, one thing at a time."""
    async with observatory.faults.during("socket_refuse"):
        await observatory.faults.start("socket_drop")
        await until(hass, EVENT_STREAM, "off")
    await until(hass, EVENT_STREAM, "on")
    await rest(observatory, settled)
    await asyncio.sleep(20)
    async with observatory.faults.during("refuse"):
        await asyncio.sleep(20)
        observatory.ledger.reset()
    await until(hass, NOT_SAFE, "off")
    await rest(observatory, settled)
    assert observatory.ledger.count("/equipment/info") <= 3
    assert observatory.ledger.count("/equipment/safetymonitor/info") <= 1
    assert observatory.ledger.total <= 20


async def test_one_refused_connection_is_no_alarm(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """A server that is overrun refuses some; it is asked once more at once, and answers."""
    liveness = settled.runtime_data.equipment.liveness
    shown = Shown(hass)
    observatory.ledger.reset()
    for _ in range(5):
        liveness.refused()
        # Those of one poll count as one.
        liveness.refused()
        await asyncio.sleep(2 * REFUSALS_APART)
    assert observatory.ledger.count("/equipment/safetymonitor/info") == 5
    assert shown.states == []


async def test_two_refused_connections_are_an_answer(
    hass: HomeAssistant, settled: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the event stream stands."""
    liveness = settled.runtime_data.equipment.liveness

    async def probe() -> None:
        liveness.refused()

    monkeypatch.setattr(liveness, "_probe", probe)
    died = hass.loop.time()
    shown = Shown(hass)
    liveness.refused()
    assert await shown.turned_on(died) < REFUSED_WITHIN
    assert shown.reasons[0] == ("on", "not_running")


async def test_a_probe_that_fails_does_not_end_the_search(
    hass: HomeAssistant,
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A fault of ours is logged; the search goes on, and has an end."""
    liveness, probes = settled.runtime_data.equipment.liveness, 0

    async def probe() -> None:
        nonlocal probes
        probes += 1
        raise ZeroDivisionError

    monkeypatch.setattr(liveness, "_probe", probe)
    monkeypatch.setattr(liveness, "_answered_at", float("-inf"))
    monkeypatch.setattr(settled.runtime_data.equipment, "update_interval", None)
    liveness.refused()
    await asyncio.sleep(2 * MOST_PROBES * PROBE_PAUSE)
    assert 1 < probes <= MOST_PROBES
    assert "The probe of Observatory failed" in caplog.text


async def test_what_ends_with_the_entry_means_nothing(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """No probe follows the end of the stream that an unload closes."""
    liveness = settled.runtime_data.equipment.liveness
    await unload(hass, settled)
    observatory.ledger.reset()
    liveness.async_stream_ended()
    liveness.refused()
    liveness.refused()
    await asyncio.sleep(30)
    assert liveness.absence is None
    assert observatory.ledger.total == 0


async def test_a_command_is_no_slow_answer(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """What rightly takes its time is not waited for."""
    await observatory.faults.start("socket_refuse")
    await observatory.faults.start("socket_drop")
    await until(hass, EVENT_STREAM, "off")
    shown = Shown(hass)
    client = settled.runtime_data.client
    async with observatory.faults.during("slow", path="/image-history", seconds=30):
        history = asyncio.ensure_future(client.frames.get_all())
        await asyncio.sleep(31)
        try:
            await history
        except NinaError as err:
            pytest.fail(str(err))
    assert shown.states == []
