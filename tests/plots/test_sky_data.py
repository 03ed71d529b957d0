"""What the plot of the sky shows, as a pure function of the site, the plan and the time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import math
from typing import Any
from zoneinfo import ZoneInfo

import ephem  # type: ignore[import-untyped]  # stubs are a package of their own
import pytest

from custom_components.nina_observatory.api import Epoch, PlanEntry, Project, Target
from custom_components.nina_observatory.plots.sky_data import (
    MOST_TARGETS,
    SkyTarget,
    sky_targets,
    sky_view,
)
from custom_components.nina_observatory.readings.current_target import CurrentTarget
from custom_components.nina_observatory.readings.scheduler_plan import ProjectPlan, SchedulerPlan
from custom_components.nina_observatory.readings.site import Site
from tests.test_sky import HAMBURG, LONGYEARBYEN, SYDNEY, at

ANDROMEDA = SkyTarget(name="M 31", right_ascension=10.685, declination=41.269)
ETA_CARINAE = SkyTarget(name="NGC 3372", right_ascension=161.265, declination=-59.684)
POLARIS = SkyTarget(name="Polaris", right_ascension=37.955, declination=89.264)


def observer(site: Site, now: datetime) -> Any:
    """Return an observer of PyEphem without air."""
    made = ephem.Observer()
    made.lat, made.lon = math.radians(site.latitude), math.radians(site.longitude)
    made.pressure, made.date = 0, ephem.Date(now.replace(tzinfo=None))
    return made


def body(target: SkyTarget) -> Any:
    """Return a target for PyEphem."""
    fixed = ephem.FixedBody()
    fixed._ra, fixed._dec = map(math.radians, (target.right_ascension, target.declination))
    return fixed


@pytest.mark.parametrize("site", [HAMBURG, SYDNEY, LONGYEARBYEN])
@pytest.mark.parametrize("target", [ANDROMEDA, ETA_CARINAE, POLARIS])
@pytest.mark.parametrize("now", [at(2, 24, 20), at(6, 21, 20), at(12, 21, 20)])
def test_altitudes_agree_with_ephem(site: Site, target: SkyTarget, now: datetime) -> None:
    """Those of the target, of the moon, and where the target crosses the meridian."""
    view = sky_view(site, [replace(target, current=True)], now)
    (curve,) = view.curves
    for index in range(0, len(curve.points), 20):
        (time, altitude), (_, moon) = curve.points[index], view.moon[index]
        fixed, there = body(target), observer(site, time)
        fixed.compute(there)
        assert altitude == pytest.approx(math.degrees(fixed.alt), abs=0.05)
        assert moon == pytest.approx(math.degrees(ephem.Moon(there).alt), abs=0.4)
    assert (curve.points[0][0], curve.points[-1][0]) == (view.start, view.end)
    for time, altitude in curve.transits:
        fixed, there = body(target), observer(site, time)
        fixed.compute(there)
        angle = (math.degrees(there.sidereal_time() - fixed.ra) + 180) % 360 - 180
        assert math.cos(fixed.dec) * angle == pytest.approx(0, abs=0.1)
        assert altitude == pytest.approx(math.degrees(fixed.alt), abs=0.05)


def slotted(target: SkyTarget, *slots: datetime, **more: Any) -> SkyTarget:
    """Return a target with a time in the plan."""
    start, end = slots
    return replace(target, slots=((start, end),), **more)


@pytest.mark.parametrize(
    ("site", "target", "rises"),
    [
        (HAMBURG, ANDROMEDA, True),
        (HAMBURG, ETA_CARINAE, False),
        (SYDNEY, POLARIS, False),
        (SYDNEY, ETA_CARINAE, True),
    ],
)
def test_targets_that_never_rise(site: Site, target: SkyTarget, *, rises: bool) -> None:
    now = at(2, 24, 20 if site is HAMBURG else 12)
    view = sky_view(site, [slotted(target, now, now + timedelta(hours=1))], now)
    assert [each.rises for each in view.curves] == [rises]


def test_no_darkness_in_june() -> None:
    """The hours around midnight are shown anyway, with the target."""
    now = at(6, 21, 23)
    view = sky_view(LONGYEARBYEN, [slotted(ANDROMEDA, now, now + timedelta(hours=1))], now)
    assert [spell.light.name for spell in view.light] == ["DAY"]
    assert view.end - view.start == timedelta(hours=12)
    assert len(view.curves) == 1


@pytest.mark.parametrize(("day", "zone"), [((3, 28), "Europe/Berlin"), ((10, 24), "Europe/Berlin")])
def test_a_plan_over_midnight_and_a_change_of_the_clocks(day: tuple[int, int], zone: str) -> None:
    """Times are absolute: a slot takes as long as it takes, whatever the clock shows."""
    start = datetime(2026, *day, 23, 30, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    target = slotted(ANDROMEDA, start, start + timedelta(hours=4))
    view = sky_view(HAMBURG, [target], start)
    ((begins, ends),) = view.curves[0].target.slots
    assert (begins, ends) == target.slots[0]
    assert ends.astimezone(ZoneInfo(zone)).hour == (4 if day[0] == 3 else 2)
    steps = {other[0] - one[0] for one, other in zip(view.moon[:-2], view.moon[1:-1], strict=True)}
    assert steps == {timedelta(minutes=5)}


def test_only_what_is_planned_for_this_night() -> None:
    """A slot that begins before the night is cut, one of another night is left out."""
    now = at(2, 24, 20)
    view = sky_view(
        HAMBURG,
        [
            slotted(ANDROMEDA, now - timedelta(days=1), now - timedelta(hours=23)),
            slotted(POLARIS, now - timedelta(hours=12), now),
            ANDROMEDA,
        ],
        now,
    )
    (curve,) = view.curves
    assert curve.target.name == "Polaris"
    assert curve.target.slots == ((view.start, now),)
    assert view.left_out == 0


def test_hundreds_of_targets() -> None:
    """Those with the most time, in order of the plan, and always the current one."""
    now = at(2, 24, 20)
    targets = [
        SkyTarget(
            name=f"NGC {number}",
            right_ascension=number,
            declination=20,
            slots=((now, now + timedelta(seconds=60 + number)),),
        )
        for number in range(300)
    ]
    current = SkyTarget(name="M 42", right_ascension=83.8, declination=-5.4, current=True)
    view = sky_view(HAMBURG, [current, *targets], now)
    assert [each.target.name for each in view.curves] == [
        "M 42",
        *(f"NGC {number}" for number in range(301 - MOST_TARGETS, 300)),
    ]
    assert view.left_out == 301 - MOST_TARGETS


@pytest.mark.parametrize(
    ("right_ascension", "declination"),
    [(math.nan, 0), (0, math.nan), (math.inf, 0), (0, 91), (0, -math.inf)],
)
def test_a_place_that_does_not_exist(right_ascension: float, declination: float) -> None:
    odd = SkyTarget(
        name="odd", right_ascension=right_ascension, declination=declination, current=True
    )
    assert sky_view(HAMBURG, [odd], at(2, 24, 20)).curves == ()


@pytest.mark.parametrize(
    ("limits", "shared"),
    [
        ((), None),
        ((None, None), None),
        ((30.0, 30.0), 30.0),
        ((30.0, None), 30.0),
        ((30.0, 40.0), None),
    ],
)
def test_minimum_altitude(limits: tuple[float | None, ...], shared: float | None) -> None:
    now = at(2, 24, 20)
    targets = [
        slotted(ANDROMEDA, now, now + timedelta(hours=1), minimum_altitude=limit)
        for limit in limits
    ]
    assert sky_view(HAMBURG, targets, now).minimum_altitude == shared


def plan(*entries: PlanEntry) -> SchedulerPlan:
    """Return a plan with two targets in a project, one of them without coordinates."""
    project = Project(id="p", name="Galaxies", minimum_altitude=25.0)
    targets = (
        Target(
            id="t1",
            project_id="p",
            name="M 31",
            active=True,
            right_ascension=10.685 / 15,
            declination=41.269,
            epoch=Epoch.J2000,
        ),
        Target(id="t2", project_id="p", name="M 33", active=True),
    )
    return SchedulerPlan(projects=(ProjectPlan(project=project, targets=targets),), preview=entries)


def entry(identity: str | None, name: str | None, hour: int, **more: Any) -> PlanEntry:
    """Return an hour of the preview."""
    return PlanEntry(
        id=identity, name=name, start_time=at(2, 24, hour), end_time=at(2, 24, hour + 1), **more
    )


@pytest.mark.parametrize(
    ("entries", "hours"),
    [
        ((), []),
        ((entry("t1", "M 31", 20), entry("t1", "M 31", 22)), [20, 22]),
        # Of servers without ids.
        ((entry(None, "M 31", 20),), [20]),
        ((entry(None, None, 19, waiting=True), entry("t1", "M 31", 20)), [20]),
        ((entry("t2", "M 33", 20), entry("t9", "M 99", 21)), []),
        ((PlanEntry(id="t1", name="M 31"),), []),
        ((PlanEntry(id="t1", start_time=at(2, 24, 21), end_time=at(2, 24, 20)),), []),
    ],
)
def test_targets_of_the_plan(entries: tuple[PlanEntry, ...], hours: list[int]) -> None:
    found = sky_targets(plan(*entries), CurrentTarget())
    assert [start.hour for each in found for start, _ in each.slots] == hours
    for each in found:
        assert (each.name, each.minimum_altitude, each.current) == ("M 31", 25.0, False)
        assert each.right_ascension == pytest.approx(10.685)


def test_the_current_target() -> None:
    """Once, even if it is also planned; without coordinates it has no place."""
    planned = plan(entry("t1", "M 31", 20))
    at_place = CurrentTarget(name="M 31", right_ascension=10.686, declination=41.269)
    assert [each.current for each in sky_targets(planned, at_place)] == [True]
    elsewhere = CurrentTarget(name="M 31", right_ascension=12.0, declination=41.269)
    assert [each.current for each in sky_targets(planned, elsewhere)] == [True, False]
    assert [each.current for each in sky_targets(planned, CurrentTarget(name="M 31"))] == [False]
    assert [each.name for each in sky_targets(None, at_place)] == ["M 31"]
    assert sky_targets(None, CurrentTarget()) == ()
