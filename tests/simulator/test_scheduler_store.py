"""The scheduler's database: grading, completion, and what earlier nights left."""

from datetime import UTC, datetime
import math

import pytest

from simulator.scheduler.model import (
    AcquiredFrame,
    ExposurePlan,
    Grade,
    Preferences,
    Profile,
    Project as SchedulerProject,
    ProjectState,
    Target,
)
from simulator.scheduler.store import Store, is_complete, is_provisional, wanted
from simulator.scheduler.tonight import PROFILES, store_for_tonight
from simulator.scheduler.windows import darkness
from simulator.sky import Coordinates, Site

NOW = datetime(2026, 11, 14, 20, tzinfo=UTC)
SITE = Site(52.52, 13.4)


def small_store(*, grader: bool, desired: int = 10) -> Store:
    """Return a store with one plan."""
    plan = ExposurePlan("Lum", "L", 60, desired)
    target = Target("t", "M 31", Coordinates(0.712, 41.27), plans=[plan])
    project = SchedulerProject("p", "a", "Galaxy", NOW, enable_grader=grader, targets=[target])
    return Store([Profile("a", "One", active=True)], [project])


def image(store: Store, *radii: float) -> tuple[int, int, int]:
    """Save frames with these radii and return acquired, accepted and ungraded."""
    project = store.projects[0]
    target, plan = project.targets[0], project.targets[0].plans[0]
    for hfr in radii:
        store.record(project, target, plan, AcquiredFrame("L", 60, NOW, hfr))
    waiting = is_provisional(project, plan, Preferences())
    return plan.acquired, plan.accepted, plan.acquired - plan.accepted if waiting else 0


def test_without_grader_a_frame_is_accepted_at_once() -> None:
    store = small_store(grader=False)
    assert image(store, 1.7, 9.0) == (2, 2, 0)


def test_without_grader_it_goes_on_to_the_throttle() -> None:
    store = small_store(grader=False)
    project = store.projects[0]
    plan = project.targets[0].plans[0]
    image(store, *[1.7] * 10)
    assert wanted(project, plan, Preferences(), plan.acquired, plan.accepted) == 2
    assert not is_complete(project, project.targets[0], Preferences())
    image(store, 1.7, 1.7)
    assert is_complete(project, project.targets[0], Preferences())


def test_with_grader_the_batch_is_judged_when_the_delay_is_over() -> None:
    store = small_store(grader=True)
    assert image(store, *[1.7] * 6, 3.0) == (7, 0, 7)
    assert image(store, 1.75) == (8, 7, 0)
    grades = [frame.grade for frame in store.projects[0].targets[0].frames]
    assert grades.count(Grade.REJECTED) == 1


def test_after_the_delay_each_frame_is_judged_as_it_comes() -> None:
    store = small_store(grader=True)
    image(store, *[1.7] * 8)
    assert image(store, 1.7) == (9, 9, 0)
    assert image(store, 2.9) == (10, 9, 0)
    assert image(store, 0.0) == (11, 9, 0)
    assert image(store, math.nan) == (12, 10, 0)
    assert is_complete(store.projects[0], store.projects[0].targets[0], Preferences())


def test_reset_completion_zeroes_the_counters() -> None:
    store = small_store(grader=True)
    image(store, *[1.7] * 9)
    store.reset_completion(store.projects[0].targets[0])
    assert image(store) == (0, 0, 0)


def test_only_enabled_targets_of_active_projects_are_planned() -> None:
    store = small_store(grader=True)
    assert len(store.plannable("a")) == 1
    assert store.plannable("b") == []
    store.projects[0].targets[0].active = False
    assert store.plannable("a") == []
    store.projects[0].targets[0].active = True
    store.projects[0].state = ProjectState.DRAFT
    assert store.plannable("a") == []


def test_switching_profiles() -> None:
    store = Store([Profile("a", "One", active=True), Profile("b", "Two")])
    store.activate("b")
    assert [profile.active for profile in store.profiles] == [False, True]
    with pytest.raises(KeyError):
        store.activate("c")


def test_the_custom_horizon_is_interpolated_all_the_way_round() -> None:
    profile = Profile("a", "One", horizon=((10, 20), (100, 40), (270, 10)))
    assert profile.horizon_at(55) == pytest.approx(30)
    assert profile.horizon_at(10) == pytest.approx(20)
    assert profile.horizon_at(320) == pytest.approx(15)
    assert profile.horizon_at(0) == pytest.approx(19)
    assert Profile("a", "One").horizon_at(5) == 0


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("latitude", [52.5, 34.0, -30.0])
def test_the_default_night_is_full_of_targets(month: int, latitude: float) -> None:
    now = datetime(2026, month, 14, 3, tzinfo=UTC)
    site = Site.where_it_is_night(now, latitude)
    store = store_for_tonight(site, now)
    states = {project.state for project in store.projects}
    assert states == set(ProjectState)
    assert any(not target.active for _, target in store.all_targets())
    keys = [project.project_id for project in store.projects]
    keys += [target.target_id for _, target in store.all_targets()]
    assert len(set(keys)) == len(keys)
    night = darkness(site, now)
    if night is None:
        return
    for moment in (night.start, now):
        up = [
            site.horizontal(target.coordinates, moment).altitude
            for _, target in store.plannable(PROFILES[0][0])
        ]
        assert max(up) > 30


def test_the_default_night_is_the_same_every_time() -> None:
    assert store_for_tonight(SITE, NOW) == store_for_tonight(SITE, NOW)
