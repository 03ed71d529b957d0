"""Nights from beginning to end: what is shown is what was computed by hand."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
import math
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.const import EVENT_NINA
from simulator import Observatory
from simulator.scheduler.model import (
    AcquiredFrame,
    ExposurePlan,
    Preferences,
    Project,
    ProjectState,
    Target as Planned,
)
from simulator.sequence.conditions import LoopForIterations, LoopForTimeSpan
from simulator.sequence.containers import Target
from simulator.sequence.exposures import SmartExposure
from simulator.sequence.library import SCHEDULED, do
from simulator.sequence.node import Container, Instruction
from simulator.sequence.plan import Plan
from simulator.sequence.target_scheduler import TargetSchedulerContainer
from simulator.sequence.utility_items import WaitForTime
from simulator.sky import Coordinates

from .conftest import make_entry, set_up, unload
from .states import act, attributes, state
from .waiting import eventually, within

NAME = "sensor.observatory_"
STATE = f"{NAME}sequence_state"
TARGET = f"{NAME}sequence_current_target"
PROGRESS = f"{NAME}sequence_progress"
WAITING = f"{NAME}sequence_waiting_until"
ENDS = f"{NAME}sequence_end"
SCHEDULER = f"{NAME}target_scheduler_"
PLACE = Coordinates(0.7, 41.0)
# Fast enough for a test, slow enough for the integration to see what happens on the way.
SPEED = 300.0
# How long to wait before the sequence is read again: some simulated seconds, in which no exposure
# of these nights begins and ends.
GLANCE = 0.02


@pytest.fixture
async def observatory(socket_enabled: None) -> AsyncIterator[Observatory]:
    """Run a fast observatory under the stars, its roof open."""
    async with Observatory(port=0, scheduler_port=0, speed=SPEED, scenario="idle") as observatory:
        observatory.dome.put_shutter(1.0)
        await observatory.pointing.unpark()
        yield observatory


async def begin(observatory: Observatory, *targets: Instruction) -> None:
    """Start a sequence without its checklist."""
    observatory.sequence.plan = Plan(targets=list(targets))
    await observatory.sequence.start(skip_validation=True)


async def glimpse(entry: MockConfigEntry) -> None:
    """Read the sequence, a little later than the last time."""
    await asyncio.sleep(GLANCE)
    await entry.runtime_data.sequence.async_read()


async def watched(hass: HomeAssistant, entry: MockConfigEntry, *entities: str) -> list[list[str]]:
    """Return the states of entities, each time that they differ, until the sequence is over."""
    seen: list[list[str]] = []
    reader = entry.runtime_data.sequence
    while (before := state(hass, STATE)) not in ("finished", "failed") or not reader.data.tree:
        await glimpse(entry)
        now = [state(hass, each) for each in entities]
        if state(hass, STATE) == before and (not seen or seen[-1] != now):
            seen.append(now)
    seen.append([state(hass, each) for each in entities])
    return seen


def moment(text: str) -> datetime:
    """Return a time that is shown."""
    return datetime.fromisoformat(text)


async def test_smart_exposures_in_a_loop(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Two rounds of three and two exposures, then one of another target: 2 x (3 + 2) + 1 = 11.

    Shutter time: 2 x (3 x 60 s + 2 x 30 s) + 20 s = 500 s.
    """
    smart = [
        SmartExposure("L", 3, 0, ExposureTime=60.0),
        SmartExposure("R", 2, 0, ExposureTime=30.0),
    ]
    rounds = Container("LR", smart, [LoopForIterations(2)])
    last = SmartExposure("L", 1, 0, ExposureTime=20.0)
    events = async_capture_events(hass, EVENT_NINA)
    first, second = ([do("Slew To Ra/Dec"), each] for each in (rounds, last))
    await begin(observatory, Target("M 31", PLACE, first), Target("M 33", PLACE, second))
    begun = dt_util.utcnow()
    while state(hass, STATE) != "running":
        await glimpse(settled)
    left = 500 - 500 * int(state(hass, f"{NAME}sequence_completed_exposures")) / 11
    expected = begun + timedelta(seconds=left)
    assert abs(moment(state(hass, ENDS)) - expected) < timedelta(seconds=100)
    seen = await watched(hass, settled, PROGRESS, TARGET, f"{NAME}sequence_total_exposures")
    shown = [float(progress) for progress, _, _ in seen]
    assert shown == sorted(shown)
    assert shown[-1] == 100
    assert {round(each * 11 / 100, 3) for each in shown} <= set(range(12))
    assert {total for _, _, total in seen} == {"11"}
    assert [name for name in dict.fromkeys(name for _, name, _ in seen) if name != "unknown"] == [
        "M 31",
        "M 33",
    ]
    assert (state(hass, STATE), state(hass, ENDS)) == ("finished", "unknown")
    assert state(hass, f"{NAME}sequence_completed_exposures") == "11"
    changes = [each.data["data"] for each in events if each.data["type"] == "target_changed"]
    assert [(each["target"], each["source"]) for each in changes] == [
        ("M 31", "sequence"),
        ("M 33", "sequence"),
    ]


async def test_a_loop_by_the_clock(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Nobody knows how many exposures eight minutes hold, but when they are over."""
    until = LoopForTimeSpan(minutes=8)
    smart = SmartExposure("L", 2, 0, ExposureTime=60.0)
    await begin(observatory, Target("M 31", PLACE, [Container("L", [smart], [until])]))
    while state(hass, ENDS) in ("unknown", "unavailable"):
        await glimpse(settled)
    assert abs(moment(state(hass, ENDS)) - until.ends_at(observatory.rig)) < timedelta(minutes=2)
    seen = await watched(hass, settled, PROGRESS, f"{NAME}sequence_total_exposures")
    assert seen[:-1] == [["unknown", "unknown"]]


async def test_waiting_for_a_time(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """It says until when, and goes on."""
    at = (observatory.clock.now() + timedelta(minutes=25)).replace(microsecond=0)
    wait = WaitForTime(hours=at.hour, minutes=at.minute, seconds=at.second)
    await begin(observatory, wait, SmartExposure("L", 1, 0, ExposureTime=30.0))
    seen = await watched(hass, settled, STATE, f"{NAME}sequence_current_instruction", WAITING)
    waits = [(instruction, moment(until)) for what, instruction, until in seen if what == "waiting"]
    assert waits == [("Wait for Time", at)]
    assert seen[-1] == ["finished", "unknown", "unknown"]


@pytest.mark.parametrize(("agreed", "then"), [(True, "running"), (False, "idle")])
async def test_a_checklist(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    agreed: bool,
    then: str,
) -> None:
    """The Target Scheduler's container always brings one up; somebody has to click."""
    module = "custom_components.nina_observatory.readings.sequence"
    monkeypatch.setattr(f"{module}.CHECKLIST_AFTER", timedelta(seconds=0.2))
    observatory.sequence.load((observatory.sequence.files or {})[SCHEDULED])
    await observatory.sequence.start(skip_validation=False)
    reader = settled.runtime_data.sequence
    await eventually(lambda: observatory.dialogs.texts)
    while state(hass, STATE) != "waiting_for_person":
        assert state(hass, STATE) == "idle"
        await reader.async_read()
    assert state(hass, "binary_sensor.observatory_sequence_needs_confirmation") == "on"
    observatory.dialogs.answer(go_on=agreed)
    while state(hass, STATE) == "waiting_for_person":
        await reader.async_read()
    assert state(hass, STATE) in (then, "waiting" if agreed else then)


async def test_an_instruction_that_fails(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Nothing else failed, nothing is left: the sequence has failed."""
    await observatory.mount.disconnect()
    await begin(observatory, do("Find home"))
    assert (await watched(hass, settled, STATE))[-1] == ["failed"]


def at_local(hour: int, minute: int) -> datetime:
    """Return now, on a clock that shows a certain time."""
    now = datetime.now(UTC)
    ahead = (60 * (hour - now.hour) + minute - now.minute + 720) % 1440 - 720
    return now.astimezone(timezone(timedelta(minutes=ahead)))


async def test_over_midnight(hass: HomeAssistant, socket_enabled: None) -> None:
    """Frames of two dates are of one session and one target."""
    async with Observatory(
        port=0, scheduler_port=0, speed=SPEED / 3, start=at_local(23, 57)
    ) as late:
        entry = make_entry(late)
        await set_up(hass, entry)
        smart = SmartExposure("L", 5, 0, ExposureTime=60.0)
        await begin(late, Target("M 31", PLACE, [smart]))
        seen = await watched(hass, entry, PROGRESS, TARGET)
        assert len({frame.saved_at.date() for frame in late.images.frames}) == 2
        assert (state(hass, f"{NAME}imaging_light_frames"), seen[-1][0]) == ("5", "100.0")
        assert {name for _, name in seen} <= {"M 31", "unknown"}
        # 5 x 60 s
        assert float(state(hass, f"{NAME}imaging_integration_time")) == pytest.approx(
            300 / 3600, abs=0.01
        )
        await unload(hass, entry)


@pytest.mark.parametrize(("hour", "from_now"), [(0, True), (11, True), (14, False), (23, False)])
async def test_which_night_is_planned(
    hass: HomeAssistant, socket_enabled: None, hour: int, from_now: bool
) -> None:
    """After midnight only "from now" is of the running night; the scheduler begins at 13:00."""
    async with Observatory(port=0, scheduler_port=0, start=at_local(hour, 30)) as at_rest:
        assert at_rest.scheduler is not None
        entry = make_entry(at_rest)
        await set_up(hass, entry)
        before = dt_util.utcnow()
        await act(hass, "button.press", "button.observatory_target_scheduler_refresh_plan")
        (call,) = [each for each in at_rest.scheduler.ledger.entries if "preview" in each.path]
        assert ("startTime" in call.parameters) is from_now
        if from_now:
            start = moment(call.parameters["startTime"])
            assert before <= start <= dt_util.utcnow()
        await unload(hass, entry)


def rising(observatory: Observatory, minutes: float) -> Coordinates:
    """Return a place that comes up to 30 degrees in so many minutes.

    On the parallel of 20 degrees the hour angle is then
    acos((sin 30° - sin latitude sin 20°) / (cos latitude cos 20°)) before the meridian.
    """
    now, latitude = observatory.clock.true_now(), math.radians(observatory.site.latitude)
    up, parallel = math.radians(30), math.radians(20)
    ratio = (math.sin(up) - math.sin(latitude) * math.sin(parallel)) / (
        math.cos(latitude) * math.cos(parallel)
    )
    before = math.degrees(math.acos(ratio)) / 15
    hours = observatory.site.sidereal_time(now) + before + 1.0027 * minutes / 60
    return Coordinates(hours % 24, 20.0, "JNOW").to_j2000(now)


def project(observatory: Observatory, **more: Any) -> Project:
    """Leave one project in the scheduler's database, without a target yet, and return it."""
    assert observatory.scheduler is not None
    store = observatory.scheduler.store
    made = Project(
        project_id="0b9d1f63-52c8-4a7e-8f0a-1b6c2d7e9a01",
        profile_id=store.active_profile.profile_id,
        name="Galaxies",
        created=observatory.clock.now(),
        minimum_time=5,
        minimum_altitude=30.0,
        **more,
    )
    store.projects[:] = [made]
    return made


async def test_a_mosaic_that_has_to_rise(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Two panels that come up in 30 minutes: a wait, then one after the other.

    Without grader the scheduler takes floor(1.25 x 2) = 2 frames of 60 s of each, all accepted.
    """
    assert observatory.scheduler is not None
    mosaic = project(observatory, enable_grader=False, mosaic=True)
    place, begun = rising(observatory, 30), observatory.clock.now()
    for panel in (1, 2):
        plans = [ExposurePlan("Lum", "L", 60.0, 2)]
        planned = Planned(f"target-{panel}", f"M 31 Panel {panel}", place, True, 35.0, plans=plans)
        mosaic.targets.append(planned)
    scheduler = settled.runtime_data.scheduler
    await scheduler.async_read()
    overall = f"{SCHEDULER}overall_progress"
    remaining = f"{SCHEDULER}remaining_exposure_time"
    assert state(hass, overall) == "0.0"
    # 2 panels x 2 frames x 60 s
    assert float(state(hass, remaining)) * 3600 == pytest.approx(240)
    await begin(observatory, Target("Night", PLACE, [TargetSchedulerContainer()]))
    names = (
        STATE,
        WAITING,
        f"{SCHEDULER}waiting_until",
        TARGET,
        f"{SCHEDULER}current_target",
        ENDS,
    )
    seen = await watched(hass, settled, *names)
    # What the scheduler still has in mind does not show in the tree.
    assert {end for *_, end in seen} == {"unknown"}
    waits = [each for *each, _ in seen if each[0] == "waiting"]
    assert len(waits) == 1
    assert waits[0][1] == waits[0][2]
    assert waits[0][3:] == ["unknown", "unknown"]
    # The scheduler looks at the sky every half a minute.
    assert abs(moment(waits[0][1]) - begun - timedelta(minutes=30)) < timedelta(minutes=1)
    imaged = [name for _, _, _, name, same, _ in seen if name == same != "unknown"]
    assert list(dict.fromkeys(imaged)) == ["M 31 Panel 1", "M 31 Panel 2"]
    await scheduler.async_read()
    assert (state(hass, overall), float(state(hass, remaining))) == ("100.0", 0)
    assert len(observatory.images.frames) == 4
    assert observatory.scheduler.preview_calls == 0
    assert not [path for path in observatory.scheduler.ledger.counts if "preview" in path]


@pytest.mark.parametrize(
    ("grader", "delay", "frames", "accepted", "provisional"),
    [
        # Accepted as they come; two more than the ten that are wanted add nothing.
        (False, 80, 6, 6, False),
        (False, 80, 12, 12, False),
        # The sixth is blurred and rejected.
        (True, 0, 6, 5, False),
        # Nothing is graded before 80 %, then all at once: 8 less the sixth.
        (True, 80, 7, 0, True),
        (True, 80, 8, 7, False),
    ],
)
async def test_grading(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    grader: bool,
    delay: float,
    frames: int,
    accepted: int,
    provisional: bool,
) -> None:
    """Only accepted frames count, of ten that are wanted; what waits for a grade is provisional."""
    assert observatory.scheduler is not None
    store = observatory.scheduler.store
    (store.active_profile.preferences or Preferences()).delay_grading = delay
    graded = project(observatory, enable_grader=grader)
    plan = ExposurePlan("Lum", "L", 60.0, 10)
    target = Planned("one", "M 31", PLACE, plans=[plan])
    graded.targets.append(target)
    await settled.runtime_data.scheduler.async_read()
    for number in range(1, frames + 1):
        hfr = 9.0 if number == 6 and grader else 2.0
        store.record(graded, target, plan, AcquiredFrame("L", 60.0, observatory.clock.now(), hfr))
    await settled.runtime_data.scheduler.async_read()
    shown = f"{SCHEDULER}galaxies_progress"
    assert float(state(hass, shown)) == min(100, 10 * accepted)
    assert attributes(hass, shown)["provisional"] is provisional
    assert attributes(hass, shown)["integration_by_filter"] == {"L": 60 * accepted}
    left = float(state(hass, f"{SCHEDULER}remaining_exposure_time")) * 3600
    assert left == pytest.approx(60 * max(0, 10 - accepted))


async def test_projects_come_and_go(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """A renamed one stays itself, one moved to another profile and back is another."""
    assert observatory.scheduler is not None
    store, scheduler = observatory.scheduler.store, settled.runtime_data.scheduler
    before = {each.entity_id for each in hass.states.async_all("sensor")}
    first = project(observatory)
    first.targets.append(Planned("one", "M 31", PLACE, plans=[ExposurePlan("L", "L", 60.0, 10)]))

    def new() -> dict[str, str]:
        """Return the sensors that were not there before, with their states."""
        return {
            each.entity_id: each.state
            for each in hass.states.async_all("sensor")
            if each.entity_id not in before
        }

    async def settle() -> None:
        """Have the scheduler read, and what is new added."""
        await scheduler.async_read()
        await hass.async_block_till_done(wait_background_tasks=False)

    await settle()
    assert new() == {f"{SCHEDULER}galaxies_progress": "0.0"}
    first.name, first.targets[0].plans[0].accepted = "Andromeda", 4
    await settle()
    assert new() == {f"{SCHEDULER}galaxies_progress": "40.0"}
    store.projects.clear()
    await settle()
    assert new() == {f"{SCHEDULER}galaxies_progress": "unavailable"}
    first.project_id = "another"
    store.projects.append(first)
    await settle()
    assert new() == {
        f"{SCHEDULER}galaxies_progress": "unavailable",
        f"{SCHEDULER}andromeda_progress": "40.0",
    }
    first.state = ProjectState.INACTIVE
    await settle()
    assert new() == {
        f"{SCHEDULER}galaxies_progress": "unavailable",
        f"{SCHEDULER}andromeda_progress": "unknown",
    }
    assert state(hass, f"{SCHEDULER}active_projects") == "0"
    assert state(hass, f"{SCHEDULER}overall_progress") == "unknown"


async def test_a_switch_of_profile(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """Its server goes with a profile that has none, and another one has other projects."""
    assert observatory.scheduler is not None
    store, port = observatory.scheduler.store, observatory.scheduler.port
    own, other = store.profiles
    reachable = "binary_sensor.observatory_target_scheduler_reachable"
    active = f"{SCHEDULER}active_projects"
    assert state(hass, active) == "4"
    await observatory.switch_profile(profile(observatory, other.profile_id))
    await within(hass, 6, lambda: state(hass, reachable) == "off")
    assert state(hass, active) == "unavailable"
    other.preferences = Preferences(api_port=port)
    store.projects_of(other.profile_id)[0].state = ProjectState.ACTIVE
    await observatory.switch_profile(profile(observatory, own.profile_id))
    await within(hass, 6, lambda: state(hass, reachable) == "on")
    assert state(hass, active) == "4"
    await observatory.switch_profile(profile(observatory, other.profile_id))
    await within(hass, 6, lambda: state(hass, active) == "1")
    assert observatory.scheduler.preview_calls == 0


def profile(observatory: Observatory, identity: str) -> Any:
    """Return a profile of N.I.N.A. by its id."""
    return next(each for each in observatory.profiles.all if each.id == identity)


async def test_the_server_moves(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """A profile may have it on another port: the entry is told so, and all goes on."""
    assert observatory.scheduler is not None
    preferences = observatory.scheduler.store.active_profile.preferences
    assert preferences is not None
    overall = f"{SCHEDULER}overall_progress"
    before = state(hass, overall)
    preferences.api_port = 0
    await observatory.scheduler.stop()
    await observatory.scheduler.start()
    await settled.runtime_data.scheduler.async_read()
    assert state(hass, overall) == before
    assert attributes(hass, overall)["as_of"]
    form = await settled.start_reconfigure_flow(hass)
    data = {**settled.data, "scheduler_port": observatory.scheduler.port}
    await hass.config_entries.flow.async_configure(form["flow_id"], data)
    await eventually(lambda: state(hass, overall) == before)
