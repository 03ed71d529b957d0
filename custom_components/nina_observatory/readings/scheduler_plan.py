"""The plan of the Target Scheduler, as one snapshot."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
import re
from typing import Final

from ..api import (
    ExposurePlan,
    PlanEntry,
    Project,
    ProjectState,
    SchedulerProfile,
    Target,
    integration_by_filter,
    percent,
)
from .scheduler_activity import ImagedTarget, Renames

# Key for the number of projects whose state is unknown.
UNKNOWN_STATE: Final = "unknown"

_BEFORE_NUMBER: Final = re.compile(r"(?<=[^\W\d_]) (?=\d)")


def progress_of(plans: Collection[ExposurePlan]) -> float | None:
    """Return the percentage of the wanted exposure time that is accepted; None if unknown."""
    return percent(plans) if plans else None


def _rounded(value: float | None) -> float | None:
    """Return a percentage rounded to a useful precision."""
    return None if value is None else round(value, 1)


def seconds_to_go(plans: Collection[ExposurePlan]) -> float | None:
    """Return the remaining exposure time in s; None if unknown."""
    seconds = [left for plan in plans if (left := plan.remaining_seconds()) is not None]
    return sum(seconds) if plans and len(seconds) == len(plans) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShutterTime:
    """Seconds that exposure plans want, that are accepted up to that, and that are missing."""

    wanted: float
    accepted: float
    missing: float

    @classmethod
    def of(cls, plans: Collection[ExposurePlan]) -> ShutterTime | None:
        """Return the shutter time of plans; None if there are none, or a number is unknown."""
        wanted = accepted = missing = 0.0
        for plan in plans:
            left = plan.remaining_seconds()
            if left is None or plan.desired is None or plan.accepted is None:
                return None
            seconds = plan.exposure or 0.0
            wanted += plan.desired * seconds
            accepted += min(plan.accepted, plan.desired) * seconds
            missing += left
        return cls(wanted=wanted, accepted=accepted, missing=missing) if plans else None

    @property
    def progress(self) -> float:
        """Return the percentage of the wanted time that is accepted."""
        return 100 * self.accepted / self.wanted if self.wanted else 0.0


@dataclass(frozen=True, kw_only=True)
class ProjectPlan:
    """A project with its targets, as last read; without targets if they could not be `read`.

    Values that several sensors use on every change are computed once.
    """

    project: Project
    targets: tuple[Target, ...] = ()
    read: bool = True

    @cached_property
    def enabled(self) -> tuple[Target, ...]:
        """Return the targets that the scheduler images."""
        return tuple(target for target in self.targets if target.active)

    @cached_property
    def plans(self) -> list[ExposurePlan]:
        """Return the exposure plans of the enabled targets."""
        return [plan for target in self.enabled for plan in target.plans]

    @cached_property
    def shutter_time(self) -> ShutterTime | None:
        """Return the shutter time of the plans; None without plans, or if a number is unknown."""
        return ShutterTime.of(self.plans)

    @property
    def progress(self) -> float | None:
        """Return the percentage of the wanted exposure time that is accepted; None if unknown."""
        return None if self.shutter_time is None else self.shutter_time.progress

    @cached_property
    def details(self) -> Mapping[str, object]:
        """Return the data behind the progress, for attributes and actions."""
        return {
            "remaining_seconds": None if self.shutter_time is None else self.shutter_time.missing,
            "provisional": any(plan.provisional for plan in self.plans),
            "integration_by_filter": dict(integration_by_filter(self.plans)),
            "progress_by_filter": {
                name: _rounded(progress_of([p for p in self.plans if p.filter_name == name]))
                for name in dict.fromkeys(plan.filter_name for plan in self.plans)
                if name is not None
            },
            "targets": {
                name: _rounded(progress_of(target.plans))
                for name, target in _numbered(self.enabled)
            },
        }


@dataclass(frozen=True, slots=True)
class Found:
    """A target and the project it belongs to."""

    project: Project
    target: Target

    def has(self, name: str) -> bool:
        """Return whether a text is the name or id of the target."""
        return name in (self.target.name, self.target.id)


def spelling(name: str) -> str:
    """Return what names have in common that differ in case or spaces only.

    Spaces before a number may be missing, as in "M31"; those between numbers matter, because the
    panels "M 31 1" and "M 311" are different targets.
    """
    return _BEFORE_NUMBER.sub("", " ".join(name.casefold().split()))


def _numbered(targets: Iterable[Target]) -> Iterator[tuple[str, Target]]:
    """Yield targets with unique names: a second "M 31" is "M 31 (2)"."""
    given: set[str] = set()
    numbers: Counter[str] = Counter()
    for target in targets:
        name = target.name
        while name in given:
            numbers[target.name] += 1
            name = f"{target.name} ({numbers[target.name] + 1})"
        given.add(name)
        yield name, target


def with_current_names(
    entries: Iterable[PlanEntry], projects: Iterable[ProjectPlan]
) -> tuple[PlanEntry, ...]:
    """Return the entries of a preview with the current names of their targets."""
    names = {target.id: target.name for project in projects for target in project.targets}
    return tuple(
        replace(entry, name=names[entry.id]) if entry.id and names.get(entry.id) else entry
        for entry in entries
    )


@dataclass(frozen=True, kw_only=True)
class SchedulerPlan:
    """The projects of the active profile, the last preview and the target that is next in it.

    `others` are the projects that are not active, whose targets are not read. `previewed` is the id
    of the profile of the preview, `imaged` what was imaged lately, from events. `other_api` is whether a server answers whose API version this
    integration does not support. Values that every sensor uses on each change are computed once.
    """

    reachable: bool = False
    other_api: bool = False
    version: str | None = None
    profiles: tuple[SchedulerProfile, ...] = ()
    profile: SchedulerProfile | None = None
    projects: tuple[ProjectPlan, ...] = ()
    others: tuple[Project, ...] = ()
    previewed: str | None = None
    preview: tuple[PlanEntry, ...] | None = None
    upcoming: PlanEntry | None = None
    imaged: tuple[ImagedTarget, ...] = ()

    @cached_property
    def _plans(self) -> Mapping[str, ProjectPlan]:
        """Return the active projects by id."""
        return {each.project.id: each for each in self.projects}

    @cached_property
    def _idle(self) -> Mapping[str, Project]:
        """Return the other projects by id."""
        return {each.id: each for each in self.others}

    @cached_property
    def _targets(self) -> Mapping[str, tuple[Project, Target]]:
        """Return the targets of active projects by id."""
        return {
            target.id: (each.project, target) for each in self.projects for target in each.targets
        }

    @cached_property
    def by_state(self) -> Mapping[str, int] | None:
        """Return the number of projects in each state; None while no profile is active."""
        if self.profile is None:
            return None
        every = (*(each.project for each in self.projects), *self.others)
        states = (
            each.state.value if isinstance(each.state, ProjectState) else UNKNOWN_STATE
            for each in every
        )
        return dict.fromkeys(map(str, ProjectState), 0) | Counter(states)

    def project(self, project_id: str) -> ProjectPlan | None:
        """Return a project by its id."""
        return self._plans.get(project_id)

    def target(self, target_id: str) -> Target | None:
        """Return an enabled target by its id."""
        _, target = self._targets.get(target_id, (None, None))
        return target if target is not None and target.active else None

    def project_names(self, project_id: str) -> Mapping[str, str] | None:
        """Return the name of a project in any state; None if it does not exist."""
        plan = self._plans.get(project_id)
        found = self._idle.get(project_id) if plan is None else plan.project
        return None if found is None else {"project": found.name or found.id}

    def target_names(self, target_id: str) -> Mapping[str, str] | None:
        """Return the names of a target and its project; None if it was not read."""
        if target_id not in self._targets:
            return None
        project, target = self._targets[target_id]
        return {"project": project.name or project.id, "target": target.name or target.id}

    def renames_since(self, before: SchedulerPlan) -> Renames:
        """Return the old and new names of renamed targets whose old name was unique."""
        if not before.projects or self.projects == before.projects:
            return {}
        then, now = before.full_names, self.full_names
        counts = Counter(then.values())
        return {
            names: now[identity]
            for identity, names in then.items()
            if now.get(identity, names) != names and counts[names] == 1
        }

    @cached_property
    def full_names(self) -> Mapping[str, tuple[str, str]]:
        """Return the names of project and target by the id of the target."""
        return {
            identity: (project.name, target.name)
            for identity, (project, target) in self._targets.items()
        }

    def named(self, name: str, project: str | None = None) -> list[Target]:
        """Return targets by name or id, of all projects or of those with a name or id.

        Names are unique neither within a project nor across projects.
        """
        return [each.target for each in self._among(project) if each.has(name)]

    def alike(self, name: str, project: str | None = None) -> list[Found]:
        """Return targets by name or id; if there are none, those whose name only looks different.

        Case does not matter then, nor do spaces as in "M31".
        """
        every = list(self._among(project))
        if found := [each for each in every if each.has(name)]:
            return found
        wanted = spelling(name)
        return [each for each in every if wanted and spelling(each.target.name) == wanted]

    def nearest(self, name: str, most: int = 3) -> list[str]:
        """Return the names of targets that are most similar to a wrong one, best first."""
        names = {spelling(found.target.name): found.target.name for found in self._among(None)}
        names.pop("", None)
        return [names[each] for each in get_close_matches(spelling(name), names, most, cutoff=0)]

    def _among(self, project: str | None) -> Iterator[Found]:
        """Yield the targets of all projects, or of those with a name or id."""
        for each in self.projects:
            if project in (None, each.project.name, each.project.id):
                for target in each.targets:
                    yield Found(each.project, target)

    @cached_property
    def shutter_time(self) -> ShutterTime | None:
        """Return the shutter time of all active projects; None while any of it is unknown."""
        if not all(project.read for project in self.projects):
            return None
        times = [project.shutter_time for project in self.projects if project.plans]
        known = [each for each in times if each is not None]
        if not known or len(known) < len(times):
            return None
        return ShutterTime(
            wanted=sum(each.wanted for each in known),
            accepted=sum(each.accepted for each in known),
            missing=sum(each.missing for each in known),
        )

    @property
    def progress(self) -> float | None:
        """Return the percentage of the wanted exposure time that is accepted; None if unknown."""
        return None if self.shutter_time is None else self.shutter_time.progress

    @property
    def remaining_hours(self) -> float | None:
        """Return the remaining exposure time in hours; None if unknown."""
        return None if self.shutter_time is None else self.shutter_time.missing / 3600
