"""Data for the plot of the sky: the altitude of the planned targets over a night."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Final

from ..api import PlanEntry, Target, one_line
from ..api.coordinates import SkyPosition, centuries_since_2000
from ..readings.current_target import CurrentTarget
from ..readings.moon import MoonPhase, moon_at, moon_phase, sidereal_hours
from ..readings.scheduler_plan import SchedulerPlan
from ..readings.site import Site
from ..readings.twilight import Spell, spells, tonight

# Nobody can distinguish more curves. A supernova hunter plans hundreds of targets a night: those with
# the most time are shown.
MOST_TARGETS: Final = 8
STEP: Final = timedelta(minutes=5)
# Two places that differ by less are the same target: degrees.
SAME_PLACE: Final = 0.01
SIDEREAL_DAY: Final = timedelta(seconds=86164.0905)

type Slot = tuple[datetime, datetime]
type Point = tuple[datetime, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkyTarget:
    """A target in degrees (J2000) with its planned times; `current` if it is being imaged."""

    name: str
    right_ascension: float
    declination: float
    slots: tuple[Slot, ...] = ()
    minimum_altitude: float | None = None
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The altitude of a target over the night in degrees, and when it crosses the meridian."""

    target: SkyTarget
    points: tuple[Point, ...]
    transits: tuple[Point, ...]

    @property
    def rises(self) -> bool:
        """Whether it is above the horizon at any time of the night."""
        return any(altitude > 0 for _, altitude in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkyView:
    """A night over a site; `left_out` is the number of planned targets without a curve."""

    start: datetime
    end: datetime
    now: datetime
    light: tuple[Spell, ...]
    moon: tuple[Point, ...]
    phase: MoonPhase
    curves: tuple[Curve, ...] = ()
    left_out: int = 0

    @property
    def minimum_altitude(self) -> float | None:
        """The altitude that all targets with a limit share; None without one."""
        limits = {each.target.minimum_altitude for each in self.curves} - {None}
        return next(iter(limits)) if len(limits) == 1 else None


@dataclass(slots=True)
class _Planned:
    """The times of a target in the plan, with those of other entries for it."""

    target: Target
    minimum_altitude: float | None
    slots: list[Slot] = field(default_factory=list)


def sky_targets(plan: SchedulerPlan | None, current: CurrentTarget) -> tuple[SkyTarget, ...]:
    """Return the targets in the preview, by their first time, and the current one.

    Those without coordinates are left out. Coordinates of another equinox are used as they are: the
    difference, less than a degree, cannot be seen.
    """
    planned = {} if plan is None else _planned(plan)
    targets = [
        SkyTarget(
            name=one_line(each.target.name) or "–",
            right_ascension=15 * each.target.right_ascension,
            declination=each.target.declination,
            slots=tuple(each.slots),
            minimum_altitude=each.minimum_altitude,
        )
        for each in planned.values()
        if each.target.right_ascension is not None and each.target.declination is not None
    ]
    right_ascension, declination = current.right_ascension, current.declination
    if right_ascension is None or declination is None:
        return tuple(targets)
    shown = SkyTarget(
        name=one_line(current.name or "") or "–",
        right_ascension=right_ascension,
        declination=declination,
        current=True,
    )
    same = [each for each in targets if _are_same(each, shown)]
    if not same:
        return (shown, *targets)
    return tuple(replace(each, current=True) if each is same[0] else each for each in targets)


def _planned(plan: SchedulerPlan) -> Mapping[str, _Planned]:
    """Return the targets of the preview by id, in order of their first time."""
    found: dict[str, _Planned] = {}
    for entry in plan.preview or ():
        start, end = entry.start_time, entry.end_time
        target = None if entry.waiting else _target_of(entry, plan)
        if target is None or start is None or end is None or end <= start:
            continue
        if target.id not in found:
            project = plan.project(target.project_id)
            limit = None if project is None else project.project.minimum_altitude
            found[target.id] = _Planned(target, limit)
        found[target.id].slots.append((start, end))
    return found


def _target_of(entry: PlanEntry, plan: SchedulerPlan) -> Target | None:
    """Return the target of an entry by its id, or else by its name if that is unique."""
    if entry.id and (target := plan.target(entry.id)) is not None:
        return target
    named = plan.named(entry.name) if entry.name else []
    return named[0] if len(named) == 1 else None


def _are_same(one: SkyTarget, other: SkyTarget) -> bool:
    if one.name != other.name or not (_is_place(one) and _is_place(other)):
        return False
    return _place(one).separation(_place(other)) < SAME_PLACE


def sky_view(site: Site, targets: Iterable[SkyTarget], now: datetime) -> SkyView:
    """Return the sky of this night, by day of the next one; in a thread, as it takes a while."""
    start, end = tonight(site, now)
    within = [_cut(each, start, end) for each in targets if _is_place(each)]
    due = [each for each in within if each.slots or each.current]
    by_time = sorted(due, key=lambda each: (not each.current, -_seconds(each)))
    shown = frozenset(map(id, by_time[:MOST_TARGETS]))
    times = _times(start, end)
    hours = [sidereal_hours(each, site) for each in times]
    curves = [
        Curve(
            target=each,
            points=_altitudes(each, site, times, hours),
            transits=_transits(each, site, start, end),
        )
        for each in due
        if id(each) in shown
    ]
    return SkyView(
        start=start,
        end=end,
        now=now,
        light=spells(site, start, end),
        moon=tuple(
            (each, moon_at(each, site).altitude(site.latitude, hour))
            for each, hour in zip(times, hours, strict=True)
        ),
        phase=moon_phase(start + (end - start) / 2),
        curves=tuple(curves),
        left_out=len(due) - len(curves),
    )


def _is_place(target: SkyTarget) -> bool:
    """Return whether a target has coordinates that exist."""
    return isfinite(target.right_ascension) and abs(target.declination) <= 90


def _place(target: SkyTarget) -> SkyPosition:
    return SkyPosition.of_degrees(target.right_ascension % 360 % 360, target.declination)


def _cut(target: SkyTarget, start: datetime, end: datetime) -> SkyTarget:
    """Return a target with the times that are within a night."""
    slots = ((max(start, begins), min(end, ends)) for begins, ends in target.slots)
    return replace(target, slots=tuple(sorted(slot for slot in slots if slot[0] < slot[1])))


def _seconds(target: SkyTarget) -> float:
    return sum((end - start).total_seconds() for start, end in target.slots)


def _times(start: datetime, end: datetime) -> list[datetime]:
    """Return the times of the points of a curve, the last one included."""
    return [start + STEP * step for step in range(-((start - end) // STEP))] + [end]


def _altitudes(
    target: SkyTarget, site: Site, times: list[datetime], hours: list[float]
) -> tuple[Point, ...]:
    """Return the altitudes of a target at times and their sidereal times."""
    place = _place(target).precessed(centuries_since_2000(times[0]))
    return tuple(
        (time, place.altitude(site.latitude, hour)) for time, hour in zip(times, hours, strict=True)
    )


def _transits(target: SkyTarget, site: Site, start: datetime, end: datetime) -> tuple[Point, ...]:
    """Return when a target crosses the meridian at its highest, and its altitude then."""
    place = _place(target).precessed(centuries_since_2000(start))
    ahead = (place.right_ascension.degrees / 15 - sidereal_hours(start, site)) % 24
    altitude = 90 - abs(site.latitude - place.declination.degrees)
    first = start + SIDEREAL_DAY * (ahead / 24)
    return tuple((each, altitude) for each in (first, first + SIDEREAL_DAY) if each <= end)
