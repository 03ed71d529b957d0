"""The roof guard in Home Assistant: whatever came first, the roof closes or somebody is notified."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, Event, HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.nina_observatory.const import DOMAIN, EVENT_NINA
from custom_components.nina_observatory.roof import guard_state
from custom_components.nina_observatory.roof.guard import sensor_issue
from custom_components.nina_observatory.roof.guard_state import GuardState, Message, Obstacle
from simulator import Observatory

from .commanding import paths
from .conftest import unload
from .guarding import (
    ACTIVITY,
    CLOSE,
    GUARD,
    KINDS,
    PARK,
    SENSOR,
    STOP,
    SWITCH,
    brisk_limits,
    closed_by_guard,
    guard_of,
    guarded,
    issue,
    open_roof,
    seen,
    set_up_again,
)
from .states import EVENT_STREAM, act, attributes, state, until
from .waiting import eventually

FAILED, BLOCKED = GuardState.FAILED, GuardState.BLOCKED


@pytest.fixture(autouse=True)
def brisk() -> Iterator[None]:
    """Let the guard wait for seconds where it would wait for minutes."""
    with brisk_limits():
        yield


@pytest.fixture
def heard(hass: HomeAssistant) -> list[Event[Any]]:
    """Return the events that came over the bus since."""
    return async_capture_events(hass, EVENT_NINA)


@pytest.fixture
def notices(heard: list[Event[Any]]) -> Callable[[], list[Message]]:
    """Return what the guard sent, in order."""
    return lambda: [KINDS[event.data["type"]] for event in heard if event.data["type"] in KINDS]


def _unsafe(hass: HomeAssistant, observatory: Observatory) -> None:
    """Let the safety monitor report unsafe."""
    observatory.safety_monitor.is_safe = False
    observatory.safety_monitor.refresh()


def _rain(hass: HomeAssistant, observatory: Observatory) -> None:
    """Let the weather station measure rain that the monitor does not see."""
    observatory.weather.rain()
    observatory.weather.refresh()


def _rain_sensor(hass: HomeAssistant, observatory: Observatory) -> None:
    """Let a sensor of Home Assistant report rain."""
    hass.states.async_set(SENSOR, "on")


def _weather(hass: HomeAssistant, observatory: Observatory) -> None:
    """Let a weather entity of Home Assistant report rain."""
    hass.states.async_set("weather.home", "pouring")


DANGERS = {
    "unsafe": _unsafe,
    "rain": _rain,
    "rain sensor": _rain_sensor,
    "weather entity": _weather,
}
RAIN_SENSORS = [SENSOR, "weather.home"]


@pytest.fixture(params=DANGERS)
def danger(
    request: pytest.FixtureRequest, hass: HomeAssistant, observatory: Observatory
) -> Callable[[], None]:
    """Return what makes a danger; it is safe and dry before."""
    hass.states.async_set(SENSOR, "off")
    hass.states.async_set("weather.home", "sunny")
    return partial(DANGERS[request.param], hass, observatory)


@pytest.fixture
def rain(hass: HomeAssistant) -> Callable[[], None]:
    """Return what lets a sensor of Home Assistant report rain."""
    hass.states.async_set(SENSOR, "off")
    hass.states.async_set("weather.home", "sunny")
    return lambda: hass.states.async_set(SENSOR, "on")


@pytest.mark.parametrize("first", ["danger", "roof", "start"])
async def test_it_does_not_matter_what_came_first(
    hass: HomeAssistant,
    observatory: Observatory,
    danger: Callable[[], None],
    notices: Callable[[], list[Message]],
    first: str,
) -> None:
    """Danger before the roof, roof before the danger, both before Home Assistant."""
    if first == "start":
        danger()
        open_roof(observatory, parked=False)
    async with guarded(
        hass, observatory, roof_guard_rain_sensors=RAIN_SENSORS, roof_guard_stop_sequence="never"
    ) as entry:
        for step in ("danger", "roof") if first == "danger" else ("roof", "danger"):
            if first == "start":
                break
            assert notices() == []
            if step == "danger":
                danger()
            else:
                open_roof(observatory, parked=False)
            await entry.runtime_data.equipment.async_read()
        await closed_by_guard(hass, observatory)
        assert notices() == [Message.CLOSING, Message.CLOSED]
        assert paths(observatory).count(CLOSE) == paths(observatory).count(PARK) == 1
        shown = attributes(hass, GUARD)
        assert shown["reason"] == shown["danger"]
        assert (shown["reading"], shown["attempts"]) == ("closed", 1)
        assert shown["last_attempt"] <= shown["since"]
        assert attributes(hass, ACTIVITY)["event_type"] == "roof_guard_closed"
        assert issue(hass, entry) is None


async def test_rain_is_no_danger_where_only_the_monitor_counts(
    hass: HomeAssistant, observatory: Observatory, notices: Callable[[], list[Message]]
) -> None:
    """As the user chose; and sensors that do not count need not exist."""
    open_roof(observatory)
    _rain(hass, observatory)
    async with guarded(hass, observatory, "unsafe", roof_guard_rain_sensors=RAIN_SENSORS) as entry:
        await entry.runtime_data.equipment.async_read()
        await until(hass, GUARD, GuardState.WATCHING)
        _unsafe(hass, observatory)
        await entry.runtime_data.equipment.async_read()
        await closed_by_guard(hass, observatory)


async def test_a_sequence_that_opens_the_roof_in_the_rain(
    hass: HomeAssistant,
    observatory: Observatory,
    rain: Callable[[], None],
    notices: Callable[[], list[Message]],
) -> None:
    """It would do so again and again; it did not give way, so it is stopped."""
    rain()
    async with guarded(hass, observatory, roof_guard_rain_sensors=RAIN_SENSORS):
        await observatory.sequence.run("Opens again")
        await eventually(lambda: observatory.dome.opening > 0)
        await eventually(lambda: STOP in paths(observatory) and not observatory.sequence.running)
        await closed_by_guard(hass, observatory)
        # Stopped half-way, a shutter may report an error meanwhile, which is reported at once.
        told = [message for message in notices() if message is not Message.FAILED]
        assert told == [Message.CLOSING, Message.CLOSED]


async def test_a_sequence_that_shelters_by_itself_goes_on(
    hass: HomeAssistant, observatory: Observatory, notices: Callable[[], list[Message]]
) -> None:
    """It gives way, so it is not stopped."""
    async with guarded(hass, observatory, "unsafe"):
        guard_state.Limits().gives_way = 20.0
        await observatory.sequence.run("Waits for safety")
        await eventually(lambda: observatory.dome.opening == 1.0)
        _unsafe(hass, observatory)
        await eventually(lambda: observatory.dome.opening == 0.0)
        await eventually(lambda: state(hass, GUARD) != GuardState.CLOSING)
        assert STOP not in paths(observatory)
        assert observatory.sequence.running
        assert Message.FAILED not in notices()
        await observatory.sequence.stop()


@pytest.mark.parametrize("policy", ["never", "always"])
async def test_the_sequence_is_stopped_as_the_user_wants(
    hass: HomeAssistant, observatory: Observatory, rain: Callable[[], None], policy: str
) -> None:
    """Also one that cannot be read."""
    await observatory.faults.start("error_500", path="*/sequence/json")
    open_roof(observatory)
    async with guarded(
        hass,
        observatory,
        roof_guard_rain_sensors=RAIN_SENSORS,
        roof_guard_stop_sequence=policy,
    ):
        rain()
        await closed_by_guard(hass, observatory)
        if policy == "always":
            await eventually(lambda: STOP in paths(observatory))
        else:
            assert STOP not in paths(observatory)


async def test_n_i_n_a_vanishes_in_the_rain_and_comes_back(
    hass: HomeAssistant,
    observatory: Observatory,
    rain: Callable[[], None],
    heard: list[Event[Any]],
    notices: Callable[[], list[Message]],
) -> None:
    """Told once while it cannot be read, closed as soon as it can."""
    open_roof(observatory)
    async with guarded(hass, observatory, roof_guard_rain_sensors=RAIN_SENSORS) as entry:
        async with observatory.faults.during("refuse"):
            await until(hass, EVENT_STREAM, "off")
            await entry.runtime_data.equipment.async_read()
            rain()
            await until(hass, GUARD, FAILED)
            assert attributes(hass, GUARD)["reason"] == Obstacle.NO_READING
            assert issue(hass, entry) == "roof_unreachable"
            (told,) = [e for e in heard if e.data["type"] == "roof_close_failed"]
            assert told.data["data"]["reading"] == "open"
            assert told.data["data"]["age"] >= 0
            attempts = guard_of(entry).machine.attempts
            await eventually(lambda: guard_of(entry).machine.attempts > attempts)
        await closed_by_guard(hass, observatory)
        assert notices() == [Message.FAILED, Message.CLOSING, Message.CLOSED]
        assert issue(hass, entry) is None


@pytest.mark.parametrize("opening", [1.0, 0.0])
async def test_home_assistant_starts_in_the_rain_without_n_i_n_a(
    hass: HomeAssistant,
    observatory: Observatory,
    rain: Callable[[], None],
    notices: Callable[[], list[Message]],
    opening: float,
) -> None:
    """The roof was last seen open: told once, and not again at the next start. Closed: silence."""
    observatory.dome.put_shutter(opening)
    observatory.dome.refresh()
    async with guarded(hass, observatory, roof_guard_rain_sensors=RAIN_SENSORS) as entry:
        await eventually(lambda: seen(entry) == ("open" if opening else "closed"))
        await unload(hass, entry)
        rain()
        expected = [Message.FAILED] if opening else []
        async with observatory.faults.during("refuse"):
            hass.set_state(CoreState.starting)
            await set_up_again(hass, entry)
            await until(hass, GUARD, FAILED if opening else GuardState.WATCHING)
            assert notices() == []
            hass.set_state(CoreState.running)
            hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
            await eventually(lambda: notices() == expected)
            assert (issue(hass, entry) is None) is not opening
            await unload(hass, entry)
            await set_up_again(hass, entry)
            await until(hass, GUARD, FAILED if opening else GuardState.WATCHING)
            assert notices() == expected


@pytest.mark.parametrize(
    ("fault", "options", "shown", "obstacle"),
    [
        ("stuck_shutter", {"mode": "ignore"}, FAILED, Obstacle.NOT_CLOSED),
        *(
            pytest.param(*row, marks=pytest.mark.newest)
            for row in (
                ("stuck_shutter", {"mode": "jam"}, FAILED, Obstacle.SHUTTER_ERROR),
                ("unknown_error", {"path": "*/dome/close"}, FAILED, Obstacle.NOT_CLOSED),
                ("ignored", {"device": "mount"}, BLOCKED, Obstacle.MOUNT_NOT_PARKED),
                ("unknown_error", {"path": "*/mount/park"}, BLOCKED, Obstacle.MOUNT_NOT_PARKED),
            )
        ),
    ],
)
async def test_what_does_not_work_is_told_and_tried_again(
    hass: HomeAssistant,
    observatory: Observatory,
    rain: Callable[[], None],
    heard: list[Event[Any]],
    notices: Callable[[], list[Message]],
    fault: str,
    options: dict[str, str],
    shown: GuardState,
    obstacle: Obstacle,
) -> None:
    """Once, by whoever finds it out first, until it works."""
    problem = "error" if obstacle is Obstacle.SHUTTER_ERROR else obstacle
    open_roof(observatory, parked=False)
    async with guarded(
        hass, observatory, roof_guard_rain_sensors=RAIN_SENSORS, roof_guard_stop_sequence="never"
    ) as entry:
        entry.runtime_data.runner.pace.scale = 1 / 60
        await observatory.faults.start(fault, **options)
        rain()
        await until(hass, GUARD, shown)
        assert attributes(hass, GUARD)["reason"] == obstacle
        assert issue(hass, entry) == f"roof_{problem}"
        guard = guard_of(entry)
        await eventually(lambda: guard.machine.attempts >= 2)
        await observatory.faults.clear()
        if options.get("mode") == "jam":
            observatory.dome.put_shutter(1.0)
        await closed_by_guard(hass, observatory)
        assert notices() == [Message.CLOSING, Message.FAILED, Message.CLOSED]
        (told,) = [e.data["data"] for e in heard if e.data["type"] == "roof_close_failed"]
        assert (told["reason"], told["danger"]) == (problem, "rain")
        assert issue(hass, entry) is None


@pytest.mark.parametrize("interlock", ["refuse", "allow"])
async def test_the_rule_for_mount_and_roof_is_kept(
    hass: HomeAssistant, observatory: Observatory, rain: Callable[[], None], interlock: str
) -> None:
    """Refused it is closed once somebody has parked the mount, allowed at once."""
    open_roof(observatory, parked=False)
    async with guarded(
        hass,
        observatory,
        roof_interlock=interlock,
        roof_guard_rain_sensors=RAIN_SENSORS,
        roof_guard_stop_sequence="never",
    ):
        rain()
        if interlock == "refuse":
            await until(hass, GUARD, BLOCKED)
            assert observatory.dome.opening == 1.0
            observatory.mount.hardware.park_by_hand()
            observatory.mount.refresh()
        await until(hass, GUARD, GuardState.CLOSED_BY_GUARD)
        assert observatory.dome.opening == 0.0
        assert PARK not in paths(observatory)


async def test_disarmed(
    hass: HomeAssistant,
    observatory: Observatory,
    rain: Callable[[], None],
    notices: Callable[[], list[Message]],
) -> None:
    """Remembered over a restart, with nothing done; armed again it closes what stands open."""
    async with guarded(hass, observatory, roof_guard_rain_sensors=RAIN_SENSORS) as entry:
        assert state(hass, SWITCH) == "on"
        await act(hass, "switch.turn_off", SWITCH)
        assert (state(hass, SWITCH), state(hass, GUARD)) == ("off", GuardState.DISARMED)
        rain()
        open_roof(observatory)
        await unload(hass, entry)
        await set_up_again(hass, entry)
        assert (state(hass, SWITCH), state(hass, GUARD)) == ("off", GuardState.DISARMED)
        await entry.runtime_data.equipment.async_read()
        assert (notices(), CLOSE in paths(observatory)) == ([], False)
        await act(hass, "switch.turn_on", SWITCH)
        await closed_by_guard(hass, observatory)


async def test_disarmed_while_it_closes(
    hass: HomeAssistant,
    observatory: Observatory,
    rain: Callable[[], None],
    notices: Callable[[], list[Message]],
) -> None:
    """A roof on its way is not stopped."""
    open_roof(observatory)
    async with guarded(
        hass, observatory, roof_guard_rain_sensors=RAIN_SENSORS, roof_guard_stop_sequence="never"
    ):
        observatory.dome.shutter_seconds = 300
        rain()
        await eventually(lambda: observatory.dome.opening < 1)
        await act(hass, "switch.turn_off", SWITCH)
        await eventually(lambda: observatory.dome.opening == 0)
        assert paths(observatory).count(CLOSE) == 1
        assert notices() == [Message.CLOSING]


async def test_read_only(
    hass: HomeAssistant,
    observatory: Observatory,
    rain: Callable[[], None],
    heard: list[Event[Any]],
    notices: Callable[[], list[Message]],
) -> None:
    """It is reported, and nothing is sent; there is no switch, but the sensor."""
    open_roof(observatory)
    async with guarded(
        hass,
        observatory,
        read_only=True,
        roof_guard_rain_sensors=RAIN_SENSORS,
        roof_guard_stop_sequence="always",
    ) as entry:
        rain()
        await until(hass, GUARD, BLOCKED)
        assert attributes(hass, GUARD)["reason"] == Obstacle.READ_ONLY
        assert issue(hass, entry) == "roof_read_only"
        assert hass.states.get(SWITCH) is None
        observatory.dome.put_shutter(0.0)
        observatory.dome.refresh()
        for _ in range(3):
            await entry.runtime_data.equipment.async_read()
            await asyncio.sleep(0.1)
        await eventually(lambda: issue(hass, entry) is None)
        await eventually(lambda: notices() == [Message.FAILED, Message.CLOSED])
        assert paths(observatory) == []
        told = [e.data["data"] for e in heard if e.data["type"] in KINDS]
        assert told[0]["reason"] == "read_only"
        assert told[1]["by_guard"] is False


@pytest.mark.parametrize("report", [None, "unknown", "unavailable"])
async def test_a_rain_sensor_that_reports_nothing(
    hass: HomeAssistant,
    observatory: Observatory,
    notices: Callable[[], list[Message]],
    report: str | None,
) -> None:
    """It is neither dry nor a danger by itself, and a person is asked to look at it."""
    name = sensor_issue("0123456789abcdef0123456789abcdef", SENSOR)
    if report is not None:
        hass.states.async_set(SENSOR, report)
    open_roof(observatory)
    async with guarded(hass, observatory, roof_guard_rain_sensors=[SENSOR]) as entry:
        guard, issues = guard_of(entry), ir.async_get(hass)
        assert issues.async_get_issue(DOMAIN, name) is None
        guard.sensor_silence = 0.0
        guard.async_update_soon()
        await eventually(lambda: issues.async_get_issue(DOMAIN, name))
        assert state(hass, GUARD) == GuardState.WATCHING
        hass.states.async_set(SENSOR, "off")
        await eventually(lambda: issues.async_get_issue(DOMAIN, name) is None)
        hass.states.async_set(SENSOR, "on")
        await closed_by_guard(hass, observatory)
        hass.states.async_set(SENSOR, "unavailable")
        await eventually(lambda: issues.async_get_issue(DOMAIN, name))
        assert attributes(hass, GUARD)["danger"] == "rain"
    assert issues.async_get_issue(DOMAIN, name) is None


async def test_nothing_known_for_a_while(hass: HomeAssistant, observatory: Observatory) -> None:
    """The monitor is gone; what counts is how long."""
    open_roof(observatory)
    async with guarded(
        hass, observatory, "nothing_known", roof_guard_minutes=1 / 30, roof_guard_rain_sensors=[]
    ) as entry:
        assert state(hass, GUARD) == GuardState.WATCHING
        observatory.safety_monitor.detach()
        await entry.runtime_data.equipment.async_read()
        await closed_by_guard(hass, observatory)
