"""The planner and its preview: contiguous, within the limits, with the quirks of the real one."""

from datetime import UTC, datetime, timedelta
import itertools
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from simulator.scheduler.model import Profile, Project, ProjectState
from simulator.scheduler.planner import Exposure, Planner, Wait
from simulator.scheduler.preview import default_start, parse_start, preview
from simulator.scheduler.sample import store_from
from simulator.scheduler.store import Store
from simulator.scheduler.tonight import PROFILES, store_for_tonight
from simulator.scheduler.windows import darkness
from simulator.sky import Site

from .captured import sample

BERLIN = ZoneInfo("Europe/Berlin")
SITE = Site(52.52, 13.4)
AFTERNOON = datetime(2026, 11, 14, 16, tzinfo=BERLIN)
OWN = PROFILES[0][0]


def tonight() -> Store:
    """Return the default store."""
    return store_for_tonight(SITE, AFTERNOON)


def seconds(entry: dict[str, Any]) -> float:
    """Return the length of an entry."""
    length: timedelta = entry["EndTime"] - entry["StartTime"]
    return length.total_seconds()


def test_entries_are_contiguous_and_begin_with_a_wait() -> None:
    start = default_start(AFTERNOON)
    entries = preview(tonight(), SITE, OWN, start)
    assert entries[0]["WaitPeriod"]
    assert entries[0]["StartTime"] == start
    assert entries[0]["ExposurePlan"] == []
    assert not entries[-1]["WaitPeriod"]
    for before, after in itertools.pairwise(entries):
        assert before["EndTime"] == after["StartTime"]


def test_times_are_the_sum_of_the_exposures() -> None:
    for entry in preview(tonight(), SITE, OWN, default_start(AFTERNOON)):
        runs = entry["ExposurePlan"]
        if not entry["WaitPeriod"] and not any(run["Exposure"] == 60 for run in runs):
            names = [run["FilterName"] for run in runs]
            assert all(one != two for one, two in itertools.pairwise(names))
            if "L" not in names:
                assert seconds(entry) == sum(run["Exposure"] * run["Count"] for run in runs)


def test_runs_through_one_filter_are_merged_under_the_first_length() -> None:
    store = tonight()
    project = next(p for p in store.projects if p.filter_switch_frequency)
    project.targets[0].plans[4].acquired = 0
    store.projects = [project]
    merged = [
        run
        for entry in preview(store, SITE, OWN, default_start(AFTERNOON))
        for run in entry["ExposurePlan"]
        if run["FilterName"] == "L"
    ]
    assert max(run["Count"] for run in merged) > 5


def test_everything_is_within_the_dark_and_the_limits() -> None:
    store = tonight()
    night = darkness(SITE, AFTERNOON)
    assert night is not None
    for entry in preview(store, SITE, OWN, default_start(AFTERNOON)):
        if entry["WaitPeriod"]:
            continue
        assert night.start <= entry["StartTime"]
        assert entry["EndTime"] <= night.end
        found = store.find_target(entry["Id"])
        assert found is not None
        for moment in (entry["StartTime"], entry["EndTime"]):
            altitude = SITE.horizontal(found[1].coordinates, moment).altitude
            assert altitude > found[0].minimum_altitude - 0.3
            if found[0].maximum_altitude:
                assert altitude < found[0].maximum_altitude + 0.3


def test_a_gap_in_the_night_is_a_wait() -> None:
    store = tonight()
    store.projects = [p for p in store.projects if p.name == "Before dawn"]
    store.projects[0].meridian_window = 30
    store.projects += [p for p in tonight().projects if p.mosaic]
    entries = preview(store, SITE, OWN, default_start(AFTERNOON))
    assert [entry["WaitPeriod"] for entry in entries] == [True, False, False, True, False]


def test_a_meridian_window_keeps_a_target_near_its_transit() -> None:
    store = tonight()
    store.projects = [p for p in store.projects if p.name == "Before dawn"]
    store.projects[0].meridian_window = 45
    entry = next(
        e for e in preview(store, SITE, OWN, default_start(AFTERNOON)) if not e["WaitPeriod"]
    )
    target = store.projects[0].targets[0]
    for moment in (entry["StartTime"], entry["EndTime"]):
        assert abs(SITE.hour_angle(target.coordinates, moment)) < 0.8


def test_a_preview_of_the_running_night_and_after_it() -> None:
    store = tonight()
    running = preview(store, SITE, OWN, datetime(2026, 11, 15, 0, 30, tzinfo=BERLIN))
    assert not running[0]["WaitPeriod"]
    assert running[0]["StartTime"] == datetime(2026, 11, 15, 0, 30, tzinfo=BERLIN)
    assert preview(store, SITE, OWN, datetime(2026, 11, 15, 6, 30, tzinfo=BERLIN)) == []


def test_nothing_to_do_gives_an_empty_list() -> None:
    store = tonight()
    for project in store.projects:
        project.state = ProjectState.CLOSED
    assert preview(store, SITE, OWN, default_start(AFTERNOON)) == []
    midsummer = datetime(2026, 6, 20, 13, tzinfo=BERLIN)
    assert preview(tonight(), SITE, OWN, midsummer) == []


def test_another_profile_without_plans_gets_the_first_step_of_the_active_one() -> None:
    entries = preview(tonight(), SITE, PROFILES[1][0], default_start(AFTERNOON))
    assert [entry["WaitPeriod"] for entry in entries] == [True]
    night = datetime(2026, 11, 15, 0, 30, tzinfo=BERLIN)
    entries = preview(tonight(), SITE, PROFILES[1][0], night)
    assert len(entries) == 1
    assert [run["Count"] for run in entries[0]["ExposurePlan"]] == [1]


def test_a_preview_writes_the_rotation_of_filters_into_the_database() -> None:
    store = tonight()
    rotating = next(p for p in store.projects if p.filter_switch_frequency)
    before = rotating.targets[0].cursor
    counts = [(plan.acquired, plan.accepted) for plan in rotating.targets[0].plans]
    preview(store, SITE, OWN, default_start(AFTERNOON))
    assert store.database_writes > 0
    assert rotating.targets[0].cursor != before
    assert counts == [(plan.acquired, plan.accepted) for plan in rotating.targets[0].plans]


def test_it_is_nearly_the_composed_sample() -> None:
    body = sample()
    store = store_from(body)
    profile = store.active_profile.profile_id
    expected = body["routes"]["/profiles/{id}/preview"][profile]["default"]
    entries = preview(store, SITE, profile, default_start(AFTERNOON))
    assert {e["Name"] for e in entries} == {e["Name"] for e in expected}
    first = datetime.fromisoformat(expected[1]["StartTime"])
    assert abs(entries[1]["StartTime"] - first) < timedelta(minutes=2)
    assert entries[-1]["ExposurePlan"][:5] == expected[-1]["ExposurePlan"][:5]
    last = datetime.fromisoformat(expected[-1]["EndTime"])
    assert abs(entries[-1]["EndTime"] - last) < timedelta(minutes=10)


def test_the_planner_keeps_a_target_and_gives_way_to_a_more_important_one() -> None:
    store = tonight()
    planner = Planner(store, SITE, OWN, AFTERNOON)
    step = planner.next(AFTERNOON)
    assert isinstance(step, Wait)
    now = step.until
    first = planner.next(now)
    assert isinstance(first, Exposure)
    assert first.until > now
    again = planner.next(now + timedelta(minutes=5))
    assert isinstance(again, Exposure)
    assert again.target is first.target
    other = next(c for c in planner.candidates if c.project is not first.project and c.open_at(now))
    other.project.priority = 9
    kept = planner.next(now + timedelta(minutes=10))
    assert isinstance(kept, Exposure)
    assert kept.target is first.target
    later = planner.next(now + timedelta(minutes=first.project.minimum_time + 1))
    assert isinstance(later, Exposure)
    assert later.project is other.project


def test_complete_targets_and_disabled_plans_are_left_out() -> None:
    store = tonight()
    for _, target in store.plannable(OWN):
        for plan in target.plans:
            plan.enabled = False
    assert preview(store, SITE, OWN, default_start(AFTERNOON)) == []


def test_smart_order_prefers_narrow_filters_under_the_moon() -> None:
    full = datetime(2026, 11, 24, 23, tzinfo=UTC)
    store = tonight()
    project = next(p for p in store.projects if p.filter_switch_frequency)
    project.smart_exposure_order = True
    project.maximum_altitude = 0
    project.targets[0].plans[1].filter_name = "Ha"
    store.projects = [project]
    dark = Planner(store, SITE, OWN, AFTERNOON)
    wait = dark.next(AFTERNOON)
    moment = wait.until if isinstance(wait, Wait) else AFTERNOON
    step = dark.next(moment)
    assert isinstance(step, Exposure)
    assert step.plan.filter_name == "L"
    moonlit = Planner(store, SITE, OWN, full).next(full)
    assert isinstance(moonlit, Exposure)
    assert moonlit.plan.filter_name == "Ha"


@pytest.mark.parametrize(
    ("text", "expected", "with_offset"),
    [
        ("2026-11-15T00:30:00+01:00", "2026-11-15T00:30:00+01:00", True),
        ("2026-11-14T23:30:00Z", "2026-11-15T00:30:00+01:00", True),
        ("2026-11-14T23:30:00.1234567Z", "2026-11-15T00:30:00.123456+01:00", True),
        ("2026-11-15T00:30:00", "2026-11-15T00:30:00+01:00", False),
        ("2026-11-15 0:30", "2026-11-15T00:30:00+01:00", False),
        ("2026-7-1", "2026-07-01T00:00:00+02:00", False),
        ("11/15/2026 00:30", "2026-11-15T00:30:00+01:00", False),
    ],
)
def test_start_times_that_are_understood(text: str, expected: str, *, with_offset: bool) -> None:
    moment, offset = parse_start(text, BERLIN)
    assert moment == datetime.fromisoformat(expected)
    assert moment.utcoffset() == datetime.fromisoformat(expected).utcoffset()
    assert offset is with_offset


@pytest.mark.parametrize(
    "text",
    ["tonight", "2026-11-15T00:30:00 01:00", "20261115", "2026-13-40", "15/13/2026", "12:00"],
)
def test_start_times_that_are_not(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is for the log only
        parse_start(text, BERLIN)


def test_the_default_start_is_the_calendar_day_of_the_call() -> None:
    evening = datetime(2026, 11, 14, 20, tzinfo=BERLIN)
    night = datetime(2026, 11, 15, 2, tzinfo=BERLIN)
    assert default_start(evening) == datetime(2026, 11, 14, 13, tzinfo=BERLIN)
    assert default_start(night) == datetime(2026, 11, 15, 13, tzinfo=BERLIN)


def test_the_horizon_of_the_profile_counts_where_the_project_says_so() -> None:
    store = tonight()
    project: Project = store.projects[0]
    store.projects = [project]
    open_sky = preview(store, SITE, OWN, default_start(AFTERNOON))
    store.profiles[0] = Profile(OWN, "Walled in", active=True, horizon=((0, 89), (180, 89)))
    assert open_sky
    assert preview(store, SITE, OWN, default_start(AFTERNOON)) == []
