"""Target Scheduler: its routes, its ways to fail, and what follows from what it says."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import orjson
import pytest

from custom_components.nina_observatory.api import (
    Epoch,
    ExposurePlan,
    NinaConnectionError,
    NinaNotFoundError,
    NinaResponseError,
    PlanEntry,
    PlanStatistics,
    Project,
    ProjectPriority,
    ProjectState,
    SchedulerClient,
    Target,
    Unknown,
    decode,
    imaging_ends_at,
    integration_by_filter,
    next_target,
    percent,
    undecoded_keys,
)
from custom_components.nina_observatory.api.models.base import decode_all

from .conftest import FIXTURES, need_fixtures
from .fake import FakeServer
from .test_transport import drop

type Ask = Callable[[SchedulerClient], Awaitable[Any]]


@pytest.fixture
def sample() -> dict[str, Any]:
    need_fixtures()
    sample: dict[str, Any] = orjson.loads(
        Path(FIXTURES.parent / "target_scheduler_sample.json").read_bytes()
    )
    return sample


ROUTES: dict[str, tuple[Ask, bytes, Any]] = {
    "version": (lambda c: c.get_version(), b'"5.9.3.0"', "5.9.3.0"),
    "profiles": (lambda c: c.get_profiles(), b"[]", ()),
    "profiles/p-1/projects": (lambda c: c.get_projects("p-1"), b"[]", ()),
    "projects/g-1/targets": (lambda c: c.get_targets("g-1"), b"[]", ()),
    "targets/t-1/statistics": (lambda c: c.get_statistics("t-1"), b"[]", ()),
    "profiles/p-1/preview": (lambda c: c.get_preview("p-1"), b"[]", ()),
}


@pytest.mark.parametrize("path", ROUTES)
async def test_a_route(scheduler: SchedulerClient, scheduler_server: FakeServer, path: str) -> None:
    ask, body, expected = ROUTES[path]
    scheduler_server.raw(path, body)

    assert await ask(scheduler) == expected
    assert [(each.path, each.query) for each in scheduler_server.asked] == [(path, {})]


BROKEN: dict[str, tuple[tuple[Any, ...], type[Exception]]] = {
    "empty": ((b"",), NinaResponseError),
    "page": ((b"<html>500</html>", "text/html", 500), NinaResponseError),
    "unknown": ((b"<html>404</html>", "text/html", 404), NinaNotFoundError),
    "cut": ((b'[{"Id": "a"',), NinaResponseError),
    "other kind": ((b"{}",), NinaResponseError),
    "JSON with an error": ((b"[]", "application/json", 500), NinaResponseError),
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("path", ROUTES)
async def test_a_route_that_fails(
    scheduler: SchedulerClient, scheduler_server: FakeServer, path: str, broken: str
) -> None:
    answer, error = BROKEN[broken]
    scheduler_server.raw(path, *answer)

    with pytest.raises(error):
        await ROUTES[path][0](scheduler)


async def test_undecoded_keys(scheduler: SchedulerClient, scheduler_server: FakeServer) -> None:
    """What a future version tells is named, by profiles, projects and targets."""
    scheduler_server.raw("profiles", b'[{"Id": "p-1", "Color": 1}]')
    scheduler_server.raw("profiles/p-1/projects", b'[{"Id": "g-1"}]')
    scheduler_server.raw("projects/g-1/targets", b'[{"ExposurePlan": [{"Moon": 1}]}]')

    found = await scheduler.get_undecoded_keys("p-1")

    assert set(found) == {"profiles", "projects", "targets"}
    assert found["profiles"] == ("Color",)
    assert found["targets"] == ("ExposurePlan.Moon",)


async def test_a_preview_is_asked_for_once(
    scheduler: SchedulerClient, scheduler_server: FakeServer
) -> None:
    """It writes to the database of the scheduler."""
    scheduler_server.on("profiles/p-1/preview", drop)

    with pytest.raises(NinaConnectionError):
        await scheduler.get_preview("p-1")

    assert len(scheduler_server.asked) == 1


async def test_the_start_of_a_preview_carries_its_offset(
    scheduler: SchedulerClient, scheduler_server: FakeServer
) -> None:
    scheduler_server.raw("profiles/p-1/preview", b"[]")

    await scheduler.get_preview(
        "p-1", datetime(2026, 11, 15, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    )

    assert scheduler_server.asked[0].query == {"startTime": "2026-11-15T00:30:00+01:00"}
    with pytest.raises(ValueError, match="time zone"):
        await scheduler.get_preview("p-1", datetime(2026, 11, 15))  # noqa: DTZ001  # the point


def test_a_project() -> None:
    block = {
        "Id": "g-1",
        "State": "Active",
        "Priority": 2,
        "Description": None,
        "CreateDate": "2026-02-26T06:17:59-05:00",
        "ActiveDate": "1969-12-31T19:00:00-05:00",
        "InactiveDate": "1970-01-01T01:00:00+01:00",
        "MinimumAltitude": 0,
        "MaximumAltitude": 75,
    }

    project = decode(Project, block)

    assert (project.id, project.active) == ("g-1", True)
    assert project.priority is ProjectPriority.HIGH
    assert project.create_date is not None
    assert (project.active_date, project.inactive_date) == (None, None)
    assert (project.minimum_altitude, project.maximum_altitude) == (None, 75)
    assert decode(Project, {"State": "Draft"}).state is ProjectState.DRAFT
    assert decode(Project, {"State": "Frozen"}).state == Unknown("Frozen")
    assert not decode(Project, {"State": None}).active


def test_statistics_without_frames_are_unknown() -> None:
    block = {
        "Exposure": 60,
        "FilterName": "L",
        "HFRMean": 0,
        "HFRStdDev": 0,
        "FWHMMean": 2.5,
        "FWHMStdDev": 0.2,
        "EccentricityMean": 0.4,
        "HFRBelowAutoAcceptLevel": -1,
        "FWHMBelowAutoAcceptLevel": 0,
    }

    statistics = decode(PlanStatistics, block)

    assert statistics == PlanStatistics(
        exposure=60,
        filter_name="L",
        fwhm_mean=2.5,
        fwhm_std_dev=0.2,
        eccentricity_mean=0.4,
        fwhm_below_auto_accept_level=0,
    )
    assert undecoded_keys(block, PlanStatistics) == set()


@pytest.mark.parametrize(
    ("plan", "shown", "strict", "lenient"),
    [
        (ExposurePlan(), None, None, None),
        (ExposurePlan(desired=40, accepted=0, ungraded=0, exposure=60), 0, 2400, 2400),
        (ExposurePlan(desired=40, accepted=0, exposure=60), None, 2400, None),
        (ExposurePlan(desired=40, ungraded=0, exposure=60), None, None, None),
        (ExposurePlan(desired=40, accepted=50, ungraded=0, exposure=60), 100, 0, 0),
        (ExposurePlan(accepted=50, ungraded=0, exposure=60), None, None, None),
        (ExposurePlan(desired=40, accepted=0, ungraded=20, exposure=60), 50, 2400, 1200),
        (
            ExposurePlan(desired=40, acquired=5, accepted=10, ungraded=-5, exposure=60),
            12.5,
            1800,
            1800,
        ),
    ],
)
def test_a_plan_with_the_grader(
    plan: ExposurePlan, shown: float | None, strict: float | None, lenient: float | None
) -> None:
    assert plan.scheduler_percent(grader=True) == shown
    assert plan.remaining_seconds() == strict
    assert plan.remaining_seconds(if_ungraded_pass=True) == lenient
    assert plan.provisional is bool(plan.ungraded)


def test_a_plan_without_the_grader() -> None:
    plan = ExposurePlan(desired=41, acquired=40, accepted=40)

    assert plan.scheduler_percent(grader=False) == pytest.approx(40 / 51 * 100)
    assert ExposurePlan().scheduler_percent(grader=False) is None
    assert ExposurePlan(desired=41).scheduler_percent(grader=False) is None


def test_a_target_without_plans() -> None:
    target = Target()

    assert (target.percent, target.scheduler_percent(grader=True)) == (0, 0)
    assert target.remaining_seconds() == 0
    assert integration_by_filter(()) == {}


def test_derivations_of_the_sample(sample: dict[str, Any]) -> None:
    graded = {
        project["Id"]: project["EnableGrader"]
        for projects in sample["routes"]["/profiles/{id}/projects"].values()
        for project in projects
    }
    targets = [
        target
        for body in sample["routes"]["/projects/{id}/targets"].values()
        for target in decode_all(Target, body)
    ]
    expected = sample["expected_derivations"]
    assert len(targets) == 5

    for target in targets:
        wanted = expected[target.id]
        grader = graded[target.project_id]
        assert target.name == wanted["Name"]
        assert target.epoch is Epoch.J2000
        for plan, numbers in zip(target.plans, wanted["plans"], strict=True):
            assert plan.template_name == numbers["TemplateName"]
            percentage = plan.scheduler_percent(grader=grader)
            assert percentage == pytest.approx(numbers["scheduler_percent"], abs=0.05)
        assert target.percent == pytest.approx(wanted["time_weighted_percent"], abs=0.05)
        assert target.remaining_seconds() == wanted["remaining_seconds_strict"]
        lenient = target.remaining_seconds(if_ungraded_pass=True)
        assert lenient == wanted["remaining_seconds_if_ungraded_pass"]
        shown = target.scheduler_percent(grader=grader)
        assert shown == pytest.approx(wanted["scheduler_target_percent"], abs=0.05)
        assert integration_by_filter(target.plans) == wanted["accepted_seconds_by_filter"]


def test_a_project_of_several_targets() -> None:
    plans = (
        ExposurePlan(desired=10, accepted=20, exposure=60),
        ExposurePlan(desired=10, accepted=0, exposure=180),
    )

    assert percent(plans) == 25


def test_a_plan_without_a_count_leaves_its_target_unknown() -> None:
    known = ExposurePlan(filter_name="L", desired=10, accepted=5, ungraded=0, exposure=60)
    target = Target(plans=(known, ExposurePlan(filter_name="R", desired=10, exposure=60)))

    assert (target.percent, target.scheduler_percent(grader=True)) == (None, None)
    assert target.remaining_seconds() is None
    assert integration_by_filter(target.plans) == {"L": 300, "R": None}


def test_tonight_in_the_sample(sample: dict[str, Any]) -> None:
    previews = sample["routes"]["/profiles/{id}/preview"]
    expected = sample["expected_derivations"]["at_sample_clock"]
    now = datetime.fromisoformat(expected["next_target_start"]) - timedelta(hours=1)
    entries = next(
        plan
        for by_query in previews.values()
        for body in by_query.values()
        if isinstance(body, list)
        and (plan := decode_all(PlanEntry, body))
        and imaging_ends_at(plan) == datetime.fromisoformat(expected["planned_imaging_end"])
    )

    upcoming = next_target(entries, now)
    assert upcoming is not None
    assert upcoming.name == expected["next_target"]
    assert upcoming.start_time == datetime.fromisoformat(expected["next_target_start"])
    names = dict.fromkeys(entry.name for entry in entries if not entry.waiting)
    assert list(names) == expected["targets_tonight"]


def test_a_night_without_targets() -> None:
    wait = PlanEntry(waiting=True, start_time=datetime(2026, 11, 15, tzinfo=UTC))

    assert next_target((wait,), datetime(2026, 11, 14, tzinfo=UTC)) is None
    assert imaging_ends_at((wait,)) is None
