"""What the Target Scheduler plans, as one snapshot."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from .api import (
    ExposurePlan,
    PlanEntry,
    Project,
    SchedulerProfile,
    Target,
    integration_by_filter,
    percent,
)


def _countable(plans: Collection[ExposurePlan]) -> bool:
    """Return whether there are plans, and each says what is wanted and what there is."""
    needed = ((plan.desired, plan.accepted, plan.exposure) for plan in plans)
    return bool(plans) and not any(None in values for values in needed)


def progress_of(plans: Collection[ExposurePlan]) -> float | None:
    """Return the percentage of the wanted exposure time that is accepted; None where unknown."""
    return percent(plans) if _countable(plans) else None


def _rounded(value: float | None) -> float | None:
    """Return a percentage as exactly as anybody wants to know it."""
    return None if value is None else round(value, 1)


def seconds_to_go(plans: Collection[ExposurePlan]) -> float | None:
    """Return the exposure time that is still wanted; None where that is unknown."""
    return sum(plan.remaining_seconds() for plan in plans) if _countable(plans) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPlan:
    """A project with its targets, as last read."""

    project: Project
    targets: tuple[Target, ...] = ()

    @property
    def enabled(self) -> tuple[Target, ...]:
        """Return the targets that the scheduler images."""
        return tuple(target for target in self.targets if target.active)

    @property
    def plans(self) -> list[ExposurePlan]:
        """Return the exposure plans of the enabled targets."""
        return [plan for target in self.enabled for plan in target.plans]

    @property
    def progress(self) -> float | None:
        """Return the percentage of the wanted exposure time that is accepted; None where unknown."""
        return progress_of(self.plans)

    @property
    def details(self) -> dict[str, Any]:
        """Return what lies behind the progress, for attributes and actions."""
        return {
            "remaining_seconds": seconds_to_go(self.plans),
            "provisional": any(plan.provisional for plan in self.plans),
            "integration_by_filter": dict(integration_by_filter(self.plans)),
            "progress_by_filter": {
                name: _rounded(progress_of([p for p in self.plans if p.filter_name == name]))
                for name in dict.fromkeys(plan.filter_name for plan in self.plans)
                if name is not None
            },
            "targets": {
                target.name: _rounded(progress_of(target.plans)) for target in self.enabled
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The active projects of the active profile, the last preview and the target that is next in it."""

    reachable: bool = False
    version: str | None = None
    profile: SchedulerProfile | None = None
    projects: tuple[ProjectPlan, ...] = ()
    preview: tuple[PlanEntry, ...] | None = None
    upcoming: PlanEntry | None = None

    def project(self, project_id: str) -> ProjectPlan | None:
        """Return a project by its id."""
        return next((each for each in self.projects if each.project.id == project_id), None)

    def target(self, target_id: str) -> Target | None:
        """Return an enabled target by its id."""
        targets = (target for project in self.projects for target in project.enabled)
        return next((target for target in targets if target.id == target_id), None)

    def named(self, name: str, project: str | None = None) -> list[Target]:
        """Return the targets of that name: names are unique neither within a project nor without."""
        return [
            target
            for each in self.projects
            if project in (None, each.project.name)
            for target in each.targets
            if target.name == name
        ]

    @property
    def plans(self) -> list[ExposurePlan]:
        """Return the exposure plans of everything that is worked on."""
        return [plan for project in self.projects for plan in project.plans]

    @property
    def progress(self) -> float | None:
        """Return the percentage of the wanted exposure time that is accepted; None where unknown."""
        return progress_of(self.plans)

    @property
    def remaining_hours(self) -> float | None:
        """Return the exposure time to go in hours; None where unknown."""
        seconds = seconds_to_go(self.plans)
        return None if seconds is None else seconds / 3600
