"""What is asked of the Target Scheduler on request: projects in all states, plans of other nights."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from simulator import Observatory
from simulator.scheduler.model import (
    AcquiredFrame,
    ExposurePlan,
    Preferences,
    Project,
    ProjectState,
    Target,
)
from simulator.scheduler.server import SchedulerServer
from simulator.scheduler.store import Store
from simulator.sky import Coordinates

from .errors import raises, refused
from .states import act, attributes, state

NAME = "observatory_target_scheduler"
STATES = {
    ProjectState.ACTIVE: "Galaxies",
    ProjectState.DRAFT: "Nebulae",
    ProjectState.INACTIVE: "Winter",
    ProjectState.CLOSED: "Done",
    None: "Odd",
}

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def server(observatory: Observatory) -> SchedulerServer:
    """Return the simulated Target Scheduler."""
    assert observatory.scheduler is not None
    return observatory.scheduler


@pytest.fixture
def store(observatory: Observatory, server: SchedulerServer) -> Store:
    """Return a database with a project in each state, and one of another profile.

    Of each project the target is named as it is; they are circumpolar.
    """
    store = server.store
    own, other = store.profiles[:2]
    own.name, other.name = "Backyard", "Remote"
    other.preferences = Preferences()
    pole = Coordinates(0.7, 85.0 if observatory.site.latitude > 0 else -85.0)

    def project(profile: str, name: str, state: ProjectState | None) -> Project:
        """Return a project with one target."""
        plans = [ExposurePlan("Lum", "L", 300.0, 100)]
        target = Target(f"target of {name}", f"{name} 1", pole, roi=50.0, plans=plans)
        return Project(
            name.lower(), profile, name, observatory.clock.now(), state, targets=[target]
        )

    store.projects[:] = [
        *(project(own.profile_id, name, state) for state, name in STATES.items()),
        project(other.profile_id, "Southern", ProjectState.ACTIVE),
    ]
    return store


@pytest.fixture
async def planned(
    observatory: Observatory, store: Store, settled: MockConfigEntry
) -> MockConfigEntry:
    """Return an entry that has read the database, of which nothing has been asked yet."""
    await settled.runtime_data.scheduler.async_read()
    observatory.ledger.reset()
    return settled


async def ask(hass: HomeAssistant, entry: MockConfigEntry, action: str, **data: Any) -> Any:
    """Carry out an action and return what it answers."""
    given = {"config_entry_id": entry.entry_id, **data}
    return await act(hass, f"{DOMAIN}.{action}", return_response=True, **given)


def asked(server: SchedulerServer) -> list[str]:
    """Return what the scheduler was asked for."""
    return [
        each.path.removeprefix("/ts/v0") for each in server.ledger.entries if "/ts/" in each.path
    ]


async def test_projects_are_read_as_little_as_possible(
    hass: HomeAssistant, server: SchedulerServer, store: Store, planned: MockConfigEntry
) -> None:
    """Active ones are known; of others only those that are wanted are read."""
    answer = await ask(hass, planned, "get_projects")
    assert [each["name"] for each in answer["projects"]] == ["Galaxies"]
    assert asked(server) == []
    own = store.active_profile.profile_id
    assert answer["profile"] == {"id": own, "name": "Backyard", "active": True}
    for wanted, names in (
        ("draft", ["Nebulae"]),
        ("inactive", ["Winter"]),
        ("closed", ["Done"]),
        ("all", list(STATES.values())),
    ):
        server.ledger.reset()
        answer = await ask(hass, planned, "get_projects", state=wanted)
        assert [each["name"] for each in answer["projects"]] == names
        assert asked(server) == [
            f"/profiles/{own}/projects",
            *(f"/projects/{name.lower()}/targets" for name in names),
        ]


async def test_all_that_is_known_of_a_project(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry
) -> None:
    """Settings of the project, place, epoch and region of its targets, and how far they are."""
    project = store.projects[3]
    project.description, project.flats_handling, project.priority = "Over", 100, 0
    project.targets[0].epoch, project.targets[0].active = "JNOW", False
    (told,) = (await ask(hass, planned, "get_projects", state="closed"))["projects"]
    target = told.pop("targets")[0]
    settings = {
        "id": "done",
        "name": "Done",
        "state": "closed",
        "priority": "low",
        "description": "Over",
        "minimum_time": 30,
        "use_custom_horizon": False,
        "horizon_offset": 0,
        "meridian_window": 0,
        "filter_switch_frequency": 0,
        "dither_every": 0,
        "enable_grader": True,
        "mosaic": False,
        "flats_handling": "target_completion",
        "minimum_altitude": None,
        "maximum_altitude": None,
        "smart_exposure_order": False,
        "active_date": None,
        "inactive_date": None,
    }
    assert {key: told[key] for key in settings} == settings
    assert datetime.fromisoformat(told["create_date"]).tzinfo is not None
    assert {key: target[key] for key in ("id", "name", "enabled", "epoch", "roi")} == {
        "id": "target of Done",
        "name": "Done 1",
        "enabled": False,
        "epoch": "jnow",
        "roi": 50,
    }
    (odd,) = [
        each
        for each in (await ask(hass, planned, "get_projects", state="all"))["projects"]
        if each["name"] == "Odd"
    ]
    assert odd["state"] is None


async def test_projects_of_another_profile(
    hass: HomeAssistant, server: SchedulerServer, store: Store, planned: MockConfigEntry
) -> None:
    """By its name or id; one that was made a moment ago is found as well."""
    other = store.profiles[1]
    for wanted in ("Remote", other.profile_id):
        answer = await ask(hass, planned, "get_projects", profile=wanted)
        assert answer["profile"] == {"id": other.profile_id, "name": "Remote", "active": False}
        assert [each["name"] for each in answer["projects"]] == ["Southern"]
    other.name = "Namibia"
    answer = await ask(hass, planned, "get_projects", profile="Namibia", state="draft")
    assert answer["projects"] == []
    with refused("profile_unknown"):
        await ask(hass, planned, "get_projects", profile="Nowhere")
    store.active_profile.name = "Namibia"
    await planned.runtime_data.scheduler.async_read()
    with refused("profile_ambiguous"):
        await ask(hass, planned, "get_projects", profile="Namibia")
    assert server.preview_calls == 0


async def test_one_of_them_cannot_be_read(
    hass: HomeAssistant, observatory: Observatory, planned: MockConfigEntry
) -> None:
    """Its targets are unknown, those of the others are there."""
    async with observatory.faults.during("empty", path="/ts/v0/projects/winter/targets"):
        answer = await ask(hass, planned, "get_projects", state="all")
        unread = {each["name"]: each["targets"] for each in answer["projects"]}
        assert [name for name, targets in unread.items() if targets is None] == ["Winter"]
        with raises("projects_refused"):
            await ask(hass, planned, "get_projects", state="inactive")
    await observatory.faults.start("scheduler_gone")
    with raises("scheduler_cannot_connect"):
        await ask(hass, planned, "get_projects", state="all")


async def test_the_plan_of_another_profile(
    hass: HomeAssistant, server: SchedulerServer, store: Store, planned: MockConfigEntry
) -> None:
    """It is returned and nothing else: calendar and sensors show tonight's of the active one."""
    mine = (await ask(hass, planned, "get_plan"))["plan"]
    calendar, upcoming = state(hass, f"calendar.{NAME}_plan"), f"sensor.{NAME}_next_target"
    shown = state(hass, upcoming)
    answer = await ask(hass, planned, "get_plan", profile="Remote")
    assert {each["target"] for each in answer["plan"] if not each["waiting"]} == {"Southern 1"}
    ids = {each["target_id"] for each in answer["plan"] if not each["waiting"]}
    assert ids == {"target of Southern"}
    assert (state(hass, f"calendar.{NAME}_plan"), state(hass, upcoming)) == (calendar, shown)
    # The active one by its name is the one that is kept.
    calls = server.preview_calls
    assert (await ask(hass, planned, "get_plan", profile="Backyard"))["plan"] == mine
    assert server.preview_calls == calls == 2
    await ask(hass, planned, "get_plan", profile="Backyard", refresh=True)
    assert server.preview_calls == 3
    with refused("profile_unknown"):
        await ask(hass, planned, "get_plan", profile="Nowhere")
    store.profiles[1].name = "Backyard"
    with refused("profile_ambiguous"):
        await ask(hass, planned, "get_plan", profile="Backyard", refresh=True)
    assert server.preview_calls == 3


async def test_a_profile_with_nothing_to_image(
    hass: HomeAssistant, server: SchedulerServer, store: Store, planned: MockConfigEntry
) -> None:
    """The scheduler answers with a step of the active profile's plan then, which is not its own."""
    southern = store.projects[-1]
    plan = southern.targets[0].plans[0]
    frame = AcquiredFrame("L", 300.0, datetime(2026, 10, 1, tzinfo=UTC))
    plan.acquired = plan.accepted = plan.desired = 1
    southern.targets[0].frames.append(frame)
    assert (await ask(hass, planned, "get_plan", profile="Remote"))["plan"] == []
    assert server.preview_calls == 1
    southern.state = ProjectState.CLOSED
    assert (await ask(hass, planned, "get_plan", profile="Remote"))["plan"] == []
    # Nothing of it can be imaged: that is known without a plan.
    assert server.preview_calls == 1


async def test_a_step_that_may_be_of_either_profile(
    hass: HomeAssistant, observatory: Observatory, store: Store, planned: MockConfigEntry
) -> None:
    """A profile that was imported has the ids of its original: by them nothing can be told."""
    southern = store.projects[-1]
    southern.targets[0].target_id = store.projects[0].targets[0].target_id
    await planned.runtime_data.scheduler.async_read()
    plan = southern.targets[0].plans[0]
    night = observatory.site.night(observatory.clock.now())
    assert night is not None
    assert night.dusk is not None
    assert night.dawn is not None
    middle = night.dusk + (night.dawn - night.dusk) / 2 + timedelta(days=1)
    start = {"start": middle.isoformat(), "profile": "Remote"}
    answer = await ask(hass, planned, "get_plan", **start)
    assert sum(run["count"] for each in answer["plan"] for run in each["exposures"]) > 1
    plan.acquired = plan.accepted = plan.desired = 1
    with raises("plan_profile_unclear"):
        await ask(hass, planned, "get_plan", **start)


async def test_a_project_that_may_have_the_target(
    hass: HomeAssistant, observatory: Observatory, store: Store, planned: MockConfigEntry
) -> None:
    """One that cannot be read is asked again; that it has no such target is not said."""
    store.projects[1].state = ProjectState.ACTIVE
    scheduler = planned.runtime_data.scheduler
    async with observatory.faults.during("empty", path="/ts/v0/projects/nebulae/targets"):
        await scheduler.async_read()
        for wanted in ({}, {"project": "Nebulae"}):
            with raises("projects_refused"):
                await ask(hass, planned, "get_target_statistics", target="Nebulae 1", **wanted)
        with refused("target_unknown"):
            await ask(
                hass, planned, "get_target_statistics", target="Nebulae 1", project="Galaxies"
            )
    answer = await ask(hass, planned, "get_target_statistics", target="Nebulae 1")
    assert answer["target"] == "Nebulae 1"
    southern = observatory.faults.during("empty", path="/ts/v0/projects/southern/targets")
    async with southern:
        with raises("plan_refused"):
            await ask(hass, planned, "get_plan", profile="Remote")


async def test_a_plan_from_another_time(
    hass: HomeAssistant, server: SchedulerServer, planned: MockConfigEntry
) -> None:
    """It is asked for with an offset, begins there, and is not kept."""
    start = dt_util.utcnow().replace(second=0, microsecond=0) + timedelta(days=3)
    local = start.astimezone(dt_util.get_default_time_zone())
    for given in (start.isoformat(), f"{local:%Y-%m-%d %H:%M}", f"{local:%Y-%m-%d %H:%M:%S}"):
        answer = await ask(hass, planned, "get_plan", start=given)
        assert datetime.fromisoformat(answer["plan"][0]["start"]) == start
        (call,) = [each for each in server.ledger.entries if each.path.endswith("/preview")]
        assert datetime.fromisoformat(call.parameters["startTime"]) == start
        server.ledger.reset()
    assert "message" not in attributes(hass, f"calendar.{NAME}_plan")
    answer = await ask(hass, planned, "get_plan", start=start.isoformat(), profile="Remote")
    assert {each["target"] for each in answer["plan"] if not each["waiting"]} == {"Southern 1"}


@pytest.mark.parametrize(
    "start",
    [
        *("", "tonight", "21:30", "2026-11-29", "2026-13-01 21:30", "2026-11-31 21:30"),
        *("2026-11-29 25:00", "0001-01-01 00:00", "9999-12-31 23:59", "2026-11-29 21:30 CET"),
        *("2026-11-29T21:30+99:00", "٢٠٢٦-11-29 21:30", 1798578000, True, None),
    ],
)
async def test_a_start_that_is_none(
    hass: HomeAssistant, server: SchedulerServer, planned: MockConfigEntry, start: Any
) -> None:
    """The form says what a start looks like, and nothing is asked."""
    with refused("field_no_date_time"):
        await ask(hass, planned, "get_plan", start=start)
    assert asked(server) == []


async def test_a_start_that_nobody_plans_from(
    hass: HomeAssistant, server: SchedulerServer, planned: MockConfigEntry
) -> None:
    """The past cannot be planned, and a year that was mistyped is noticed."""
    now = dt_util.utcnow()
    for days in (-36500, -1, -0.01):
        with refused("plan_start_past"):
            await ask(hass, planned, "get_plan", start=(now + timedelta(days=days)).isoformat())
    for days in (400, 36500):
        with refused("plan_start_too_far"):
            await ask(hass, planned, "get_plan", start=(now + timedelta(days=days)).isoformat())
    for start, shown in (
        ("2026-01-02 03:04", "2026-01-02 03:04"),
        ("2026-01-02T03:04+00:00", "2026-01-01 19:04"),
    ):
        with refused("plan_start_past") as raised:
            await ask(hass, planned, "get_plan", start=start)
        assert raised.value.translation_placeholders == {"start": shown}
    assert asked(server) == []


async def test_a_server_that_does_not_know_the_start(
    hass: HomeAssistant, server: SchedulerServer, planned: MockConfigEntry
) -> None:
    """The manual does not mention it: a plan of another time is not shown as that of this one."""
    server.ignores_start = True
    start = dt_util.utcnow() + timedelta(days=2)
    with raises("plan_start_ignored"):
        await ask(hass, planned, "get_plan", start=start.isoformat())


async def test_no_other_plan_while_imaging(
    hass: HomeAssistant, observatory: Observatory, server: SchedulerServer, planned: MockConfigEntry
) -> None:
    """It would disturb what is imaged just as much; what is not there is reported before."""
    start = (dt_util.utcnow() + timedelta(hours=1)).isoformat()
    async with observatory.faults.during("html", path="*/sequence/json"):
        for data in ({"profile": "Remote"}, {"start": start}):
            with raises("plan_imaging_unknown"):
                await ask(hass, planned, "get_plan", **data)
        with refused("profile_unknown"):
            await ask(hass, planned, "get_plan", profile="Nowhere")
    assert server.preview_calls == 0


async def test_a_target_by_its_id(
    hass: HomeAssistant, server: SchedulerServer, store: Store, planned: MockConfigEntry
) -> None:
    """Where two projects and their targets have the same names, nothing else tells them apart."""
    twin, first = store.projects[1], store.projects[0]
    twin.name, twin.state = first.name, ProjectState.ACTIVE
    twin.targets[0].name = first.targets[0].name
    await planned.runtime_data.scheduler.async_read()
    with refused("target_ambiguous"):
        await ask(hass, planned, "get_target_statistics", target="Galaxies 1", project="Galaxies")
    server.ledger.reset()
    answer = await ask(hass, planned, "get_target_statistics", target="target of Nebulae")
    assert answer["target"] == "Galaxies 1"
    assert asked(server) == ["/targets/target of Nebulae/statistics"]
    await ask(hass, planned, "get_target_statistics", target="Galaxies 1", project="nebulae")
    assert asked(server)[1:] == ["/targets/target of Nebulae/statistics"]


async def test_statistics_of_a_project_that_is_done(
    hass: HomeAssistant, server: SchedulerServer, planned: MockConfigEntry
) -> None:
    """Its name says where to look; without it only active projects are searched."""
    with refused("target_unknown"):
        await ask(hass, planned, "get_target_statistics", target="Done 1")
    assert asked(server) == []
    answer = await ask(hass, planned, "get_target_statistics", target="Done 1", project="Done")
    assert (answer["target"], len(answer["statistics"])) == ("Done 1", 1)
    assert asked(server) == ["/projects/done/targets", "/targets/target of Done/statistics"]
    with refused("project_unknown"):
        await ask(hass, planned, "get_target_statistics", target="Done 1", project="Southern")


async def test_an_error_of_the_scheduler_in_its_own_words(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry
) -> None:
    """Its pages are shown without what makes them pages."""
    store.active_profile.preferences = None
    with raises("statistics_failed") as failed:
        await ask(hass, planned, "get_target_statistics", target="Galaxies 1")
    reason = (failed.value.translation_placeholders or {})["reason"]
    assert "Object reference not set" in reason
    assert "<" not in reason


async def test_another_version_of_the_api(
    hass: HomeAssistant, server: SchedulerServer, planned: MockConfigEntry
) -> None:
    """Every action says that it is this, and not that nothing answers."""
    server.api = "v1"
    await planned.runtime_data.scheduler.async_read()
    for action, data in (
        ("get_projects", {}),
        ("get_projects", {"state": "all", "profile": "Remote"}),
        ("get_plan", {"profile": "Remote"}),
        ("get_plan", {"refresh": True}),
        ("get_target_statistics", {"target": "Galaxies 1"}),
    ):
        with raises("scheduler_other_api"):
            await ask(hass, planned, action, **data)


async def test_no_profile_is_active(
    hass: HomeAssistant, store: Store, planned: MockConfigEntry
) -> None:
    """As for an instant while N.I.N.A. switches them: no plan, and no projects that are its."""
    store.active_profile.active = False
    await planned.runtime_data.scheduler.async_read()
    for action in ("get_projects", "get_plan"):
        with raises("scheduler_no_profile"):
            await ask(hass, planned, action)
    answer = await ask(hass, planned, "get_projects", profile="Backyard")
    assert [each["name"] for each in answer["projects"]] == ["Galaxies"]


async def test_a_scheduler_that_takes_too_long(
    hass: HomeAssistant,
    server: SchedulerServer,
    planned: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It answers to everything else; that its API is off would be wrong advice."""
    monkeypatch.setattr("custom_components.nina_observatory.api.scheduler.PREVIEW_TIMEOUT", 0.5)
    server.preview_seconds = 3.0
    with raises("scheduler_timeout"):
        await ask(hass, planned, "get_plan")
    assert state(hass, f"binary_sensor.{NAME}_reachable") == "on"
