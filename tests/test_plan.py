"""The Target Scheduler: what it does, how far everything is, and what it costs to know."""

from datetime import datetime, timedelta, timezone
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.nina_observatory.readings.target_scheduler import SchedulerCoordinator
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory
from simulator.scheduler.model import ProjectState
from simulator.scheduler.server import SchedulerServer

from .conftest import make_entry, set_up, unload
from .errors import raises
from .states import act, attributes, state, until
from .waiting import eventually

TARGET = {
    "TargetName": "M 31",
    "ProjectName": "Autumn Galaxies",
    "Coordinates": {"RA": 0.7123, "Dec": 41.26875, "RADegrees": 10.685, "Epoch": 2},
    "Rotation": 35.0,
}
CURRENT = "sensor.observatory_target_scheduler_current_target"
WAITING = "sensor.observatory_target_scheduler_waiting_until"


def served(observatory: Observatory) -> SchedulerServer:
    """Return the simulated Target Scheduler."""
    assert observatory.scheduler is not None
    return observatory.scheduler


def planned(loaded_entry: NinaConfigEntry) -> SchedulerCoordinator:
    """Return what the integration knows of it."""
    assert loaded_entry.runtime_data.scheduler is not None
    return loaded_entry.runtime_data.scheduler


def moment(text: str) -> datetime:
    """Return a time that is reported."""
    return datetime.fromisoformat(text)


def zoned(observatory: Observatory, hours: float) -> datetime:
    """Return a time from now on the clock of N.I.N.A.'s computer, of which the offset tells."""
    return (dt_util.utcnow() + timedelta(hours=hours)).astimezone(observatory.clock.now().tzinfo)


def local(observatory: Observatory, hours: float) -> str:
    """Return a time from now as the scheduler's events tell it: local, without an offset."""
    return zoned(observatory, hours).replace(tzinfo=None).isoformat()


async def test_what_it_does_now(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """The events tell target and wait; their ends and the sequence's end them."""
    assert state(hass, CURRENT) == "unknown"
    await observatory.events.emit(
        "TS-NEWTARGETSTART", **TARGET, TargetEndTime=local(observatory, 2)
    )
    await until(hass, CURRENT, "M 31")
    assert state(hass, "sensor.observatory_target_scheduler_current_project") == "Autumn Galaxies"
    wait_end = zoned(observatory, 1)
    await observatory.events.emit("TS-WAITSTART", WaitEndTime=wait_end.isoformat())
    await until(hass, CURRENT, "unknown")
    assert moment(state(hass, WAITING)) == wait_end.replace(microsecond=0)
    await observatory.events.emit("TS-TARGETSTART", **TARGET, TargetEndTime=local(observatory, 1))
    await until(hass, CURRENT, "M 31")
    soon = local(observatory, 1 / 3600)
    await observatory.events.emit("TS-TARGETSTART", **TARGET, TargetEndTime=soon)
    await until(hass, CURRENT, "unknown")
    await observatory.events.emit("TS-TARGETSTART", **TARGET, TargetEndTime=local(observatory, 3))
    await until(hass, CURRENT, "M 31")
    await observatory.events.emit("SEQUENCE-FINISHED")
    await until(hass, CURRENT, "unknown")


async def test_learned_from_the_history(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """A restart of Home Assistant in mid-night does not forget what is imaged."""
    observatory.events.record("TS-NEWTARGETSTART", **TARGET, TargetEndTime=local(observatory, 2))
    await set_up(hass, entry)
    await until(hass, CURRENT, "M 31")
    await unload(hass, entry)


@pytest.mark.parametrize("offset", [-5, 0, 1])
async def test_the_season_may_have_changed_since_nina_was_started(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry, offset: int
) -> None:
    """Local times are told by the clock of now, which its newest event with an offset knows."""
    observatory.clock.zone = timezone(timedelta(hours=offset))
    summer = timezone(timedelta(hours=offset + 1))
    observatory.application.started = observatory.application.started.astimezone(summer)
    observatory.events.record("SAFETY-CHANGED", IsSafe=True)
    observatory.events.record("TS-WAITSTART", WaitEndTime=zoned(observatory, 1).isoformat())
    await set_up(hass, entry)
    await eventually(lambda: entry.runtime_data.listener.caught_up)
    end = zoned(observatory, 2)
    await observatory.events.emit("TS-TARGETSTART", **TARGET, TargetEndTime=local(observatory, 2))
    await until(hass, CURRENT, "M 31")
    shown = moment(state(hass, "sensor.observatory_target_scheduler_target_end"))
    assert abs(shown - end) < timedelta(seconds=5)
    await unload(hass, entry)


async def test_an_old_history_does_not_outdo_an_event(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: NinaConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is heard while the history is on its way is newer than all that is in it."""
    end = local(observatory, 2)
    await observatory.events.emit("TS-TARGETSTART", **TARGET, TargetEndTime=end)
    await until(hass, CURRENT, "M 31")
    client, listener = settled.runtime_data.client, settled.runtime_data.listener
    read, changes = (
        client.application.get_event_history,
        async_capture_events(hass, "state_changed"),
    )

    async def late(*given: Any) -> Any:
        """Return a history that was overtaken once."""
        history = await read(*given)
        monkeypatch.undo()
        wait_end = zoned(observatory, 1).isoformat()
        await observatory.events.emit("TS-WAITSTART", WaitEndTime=wait_end)
        await until(hass, CURRENT, "unknown")
        return history

    monkeypatch.setattr(client.application, "get_event_history", late)
    await observatory.faults.start("socket_drop")
    await until(hass, CURRENT, "unknown")
    await eventually(lambda: listener.caught_up)
    names = [each.data["new_state"].state for each in changes if each.data["entity_id"] == CURRENT]
    assert names == ["unknown"]


async def test_progress_is_that_of_accepted_exposure_time(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """Every active project has a sensor; overall progress counts enabled targets, surplus nothing."""
    store = served(observatory).store
    projects = [
        p
        for p in store.projects_of(store.active_profile.profile_id)
        if p.state is ProjectState.ACTIVE
    ]
    plans = [
        plan
        for project in projects
        for target in project.targets
        for plan in target.plans
        if target.active
    ]
    wanted = sum(plan.desired * plan.seconds for plan in plans)
    done = sum(min(plan.accepted, plan.desired) * plan.seconds for plan in plans)
    assert state(hass, "sensor.observatory_target_scheduler_active_projects") == str(len(projects))
    shown = float(state(hass, "sensor.observatory_target_scheduler_overall_progress"))
    assert shown == pytest.approx(100 * done / wanted)
    sensors = [
        s for s in hass.states.async_all("sensor") if "integration_by_filter" in s.attributes
    ]
    assert len(sensors) == len(projects)


async def test_the_plan_is_never_asked_for_while_imaging(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """With a sequence running nothing is asked, on request neither."""
    observatory.scenario = "clear_night"
    await observatory.stop()
    observatory._prepared = False
    await observatory.start()
    entry = make_entry(observatory)
    await set_up(hass, entry)
    await until(hass, "sensor.observatory_sequence_state", "running")
    with pytest.raises(ServiceValidationError) as raised:
        await get_plan(hass, entry)
    assert raised.value.translation_key == "plan_imaging"
    assert served(observatory).preview_calls == 0
    await unload(hass, entry)


async def get_plan(hass: HomeAssistant, entry: NinaConfigEntry, **data: Any) -> Any:
    """Return tonight's plan."""
    action = "nina_observatory.get_plan"
    answer = await act(hass, action, config_entry_id=entry.entry_id, return_response=True, **data)
    return answer["plan"]


async def test_the_plan_is_kept_and_shown(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """One request serves action, calendar and sensors until a new plan is wanted."""
    assert state(hass, "calendar.observatory_target_scheduler_plan") == "off"
    plan = await get_plan(hass, loaded_entry)
    assert [part["waiting"] for part in plan if part["target"] is None] != []
    assert await get_plan(hass, loaded_entry) == plan
    assert served(observatory).preview_calls == 1
    await hass.async_block_till_done()
    imaged = [part for part in plan if not part["waiting"]]
    events = await act(
        hass,
        "calendar.get_events",
        "calendar.observatory_target_scheduler_plan",
        start_date_time=plan[0]["start"],
        end_date_time=plan[-1]["end"],
        return_response=True,
    )
    shown = events["calendar.observatory_target_scheduler_plan"]["events"]
    assert [event["summary"] for event in shown] == [p["target"] or "Waiting" for p in plan]
    ends = moment(state(hass, "sensor.observatory_target_scheduler_imaging_end"))
    last = moment(imaged[-1]["end"])
    assert abs(ends - last) < timedelta(seconds=1)
    await get_plan(hass, loaded_entry, refresh=True)
    assert served(observatory).preview_calls == 2


async def test_frames_cause_few_requests(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """However many frames are saved, only the project concerned is read, and not often."""
    store = served(observatory).store
    project = next(
        p
        for p in store.projects_of(store.active_profile.profile_id)
        if p.state is ProjectState.ACTIVE
    )
    await observatory.events.emit(
        "TS-TARGETSTART",
        **{**TARGET, "ProjectName": project.name},
        TargetEndTime=local(observatory, 2),
    )
    await until(hass, CURRENT, "M 31")
    ledger = served(observatory).ledger
    ledger.reset()
    plan = project.targets[0].plans[0]
    for _ in range(50):
        plan.acquired += 1
        await observatory.events.emit("IMAGE-SAVE", ImageStatistics={"ImageType": "LIGHT"})
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=6))
    await eventually(lambda: ledger.total)
    await hass.async_block_till_done()
    asked = [entry.path for entry in ledger.entries if entry.path.startswith("/ts/")]
    assert asked == [f"/ts/v0/projects/{project.project_id}/targets"]


async def test_of_two_projects_of_one_name_that_with_the_target_is_read(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """Events tell names, and names are not unique."""
    store = served(observatory).store
    first, second = [
        p
        for p in store.projects_of(store.active_profile.profile_id)
        if p.state is ProjectState.ACTIVE and p.targets
    ][:2]
    first.name = second.name = "Galaxies"
    second.targets[0].name = "M 106"
    await planned(loaded_entry).async_read()
    await observatory.events.emit(
        "TS-TARGETSTART",
        **{**TARGET, "ProjectName": "Galaxies", "TargetName": "M 106"},
        TargetEndTime=local(observatory, 2),
    )
    await until(hass, CURRENT, "M 106")
    ledger = served(observatory).ledger
    ledger.reset()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=6))
    await eventually(lambda: ledger.total)
    await hass.async_block_till_done()
    asked = [entry.path for entry in ledger.entries if entry.path.startswith("/ts/")]
    assert asked == [f"/ts/v0/projects/{second.project_id}/targets"]


async def test_the_plan_goes_with_its_profile(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """Also where the scheduler's server goes with the profile, and cannot tell of another one."""
    calendar = "calendar.observatory_target_scheduler_plan"
    await get_plan(hass, loaded_entry)
    await hass.async_block_till_done()
    assert "message" in attributes(hass, calendar)
    await observatory.faults.start("scheduler_gone")
    await planned(loaded_entry).async_read()
    assert "message" in attributes(hass, calendar)
    await observatory.events.emit("PROFILE-CHANGED")
    await eventually(lambda: "message" not in attributes(hass, calendar))


async def test_statistics_that_fail_hurt_nothing_else(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """An empty answer is an error of that action alone."""
    target = planned(loaded_entry).data.projects[0].targets[0]
    project = planned(loaded_entry).data.projects[0].project
    names = {"target": target.name, "project": project.name}
    await observatory.faults.start("empty", path="/ts/v0/targets/*")
    with raises("statistics_failed"):
        await statistics(hass, loaded_entry, **names)
    assert state(hass, "binary_sensor.observatory_target_scheduler_reachable") == "on"


async def statistics(hass: HomeAssistant, loaded_entry: NinaConfigEntry, **names: str) -> Any:
    """Ask for the statistics of a target."""
    action = "nina_observatory.get_target_statistics"
    data = {"config_entry_id": loaded_entry.entry_id, **names}
    return await act(hass, action, return_response=True, **data)


async def test_what_the_scheduler_does_not_know_any_more(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """A target that is moved has another id; that is said, and read."""
    known = planned(loaded_entry).data.projects[0]
    names = {"target": known.targets[0].name, "project": known.project.name}
    (moved,) = [
        target
        for _, target in served(observatory).store.all_targets()
        if target.target_id == known.targets[0].id
    ]
    moved.target_id = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
    with raises("scheduler_unknown"):
        await statistics(hass, loaded_entry, **names)
    await eventually(lambda: planned(loaded_entry).data.target(moved.target_id))
    assert (await statistics(hass, loaded_entry, **names))["target"] == names["target"]


async def test_a_plan_that_is_none(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """It is the scheduler that is to blame, not N.I.N.A."""
    await observatory.faults.start("empty", path="/ts/v0/*/preview")
    with raises("plan_refused"):
        await get_plan(hass, loaded_entry)


async def test_gone_and_back(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """The server goes and comes; N.I.N.A.'s own entities do not mind."""
    overall = "sensor.observatory_target_scheduler_overall_progress"
    before = state(hass, overall)
    await observatory.faults.start("scheduler_gone")
    await planned(loaded_entry).async_read()
    assert state(hass, "binary_sensor.observatory_target_scheduler_reachable") == "off"
    assert state(hass, overall) == before
    assert state(hass, "binary_sensor.observatory_reachable") == "on"
    await observatory.faults.clear()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
    await until(hass, "binary_sensor.observatory_target_scheduler_reachable", "on")
