"""The Target Scheduler's database: plans, frames, and their grades."""

from collections.abc import Iterator
from dataclasses import dataclass, field
import math
import statistics

from simulator.scheduler.model import (
    AcquiredFrame,
    ExposurePlan,
    Grade,
    Preferences,
    Profile,
    Project,
    ProjectState,
    Target,
)

__all__ = ["Store", "is_complete", "is_provisional", "wanted"]

DEFAULTS = Preferences()
"""What is assumed for a profile that never saved its preferences."""

_FEW = 5
_WORSE = 1.3


@dataclass(slots=True)
class Store:
    """All profiles and projects, in the order of their creation.

    `database_writes` counts what previews should not write but do.
    """

    profiles: list[Profile] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    version: str = "5.9.3.0"
    database_writes: int = 0

    @property
    def active_profile(self) -> Profile:
        """Return the profile that is loaded; raises LookupError when there is none."""
        return next((profile for profile in self.profiles if profile.active), self.profiles[0])

    def activate(self, profile_id: str) -> Profile:
        """Load another profile; raises KeyError when it is unknown."""
        chosen = self.profile(profile_id)
        if chosen is None:
            raise KeyError(profile_id)
        for profile in self.profiles:
            profile.active = profile is chosen
        return chosen

    def profile(self, profile_id: str) -> Profile | None:
        """Return a profile by its id in exactly this spelling."""
        return next((p for p in self.profiles if p.profile_id == profile_id), None)

    def projects_of(self, profile_id: str) -> list[Project]:
        """Return the projects of a profile in every state."""
        return [project for project in self.projects if project.profile_id == profile_id]

    def project(self, project_id: str) -> Project | None:
        """Return a project by its id in exactly this spelling."""
        return next((p for p in self.projects if p.project_id == project_id), None)

    def find_target(self, target_id: str) -> tuple[Project, Target] | None:
        """Return a target by its id in exactly this spelling, and its project."""
        return next((pair for pair in self.all_targets() if pair[1].target_id == target_id), None)

    def all_targets(self) -> Iterator[tuple[Project, Target]]:
        """Yield every target with its project."""
        for project in self.projects:
            for target in project.targets:
                yield project, target

    def plannable(self, profile_id: str) -> list[tuple[Project, Target]]:
        """Return the targets that may be imaged: enabled ones of active projects."""
        return [
            (project, target)
            for project, target in self.all_targets()
            if project.profile_id == profile_id
            and project.state is ProjectState.ACTIVE
            and target.active
        ]

    def preferences_of(self, project: Project) -> Preferences:
        """Return the preferences that hold for a project."""
        profile = self.profile(project.profile_id)
        return (profile.preferences if profile else None) or DEFAULTS

    def record(
        self, project: Project, target: Target, plan: ExposurePlan, frame: AcquiredFrame
    ) -> None:
        """Enter a saved frame and grade those due.

        Without grader a frame is accepted at once; with it nothing is graded before the delay is
        over, then the whole batch, from then on each frame as it comes.
        """
        target.frames.append(frame)
        plan.acquired += 1
        if not project.enable_grader:
            frame.grade = Grade.ACCEPTED
            plan.accepted += 1
            return
        plan.pending.append(frame)
        if not is_provisional(project, plan, self.preferences_of(project)):
            self._grade(target, plan)

    def _grade(self, target: Target, plan: ExposurePlan) -> None:
        """Grade all frames of a plan that wait for it."""
        for frame in plan.pending:
            frame.grade = Grade.ACCEPTED if _is_good(frame, target) else Grade.REJECTED
            plan.accepted += frame.grade is Grade.ACCEPTED
        plan.pending.clear()

    def reset_completion(self, target: Target) -> None:
        """Set the counters of a target to zero, as "Reset Completion" does."""
        for plan in target.plans:
            plan.acquired = plan.accepted = 0
            plan.pending.clear()


def is_provisional(project: Project, plan: ExposurePlan, preferences: Preferences) -> bool:
    """Return whether grading still waits until enough frames are taken."""
    if not project.enable_grader or preferences.delay_grading <= 0 or plan.desired <= 0:
        return False
    return plan.acquired / plan.desired < preferences.delay_grading / 100


def wanted(
    project: Project, plan: ExposurePlan, preferences: Preferences, acquired: int, accepted: int
) -> int:
    """Return how many more frames the scheduler wants of a plan with these counts."""
    if project.enable_grader:
        return max(0, plan.desired - accepted)
    return max(0, math.floor(preferences.exposure_throttle / 100 * plan.desired) - acquired)


def is_complete(project: Project, target: Target, preferences: Preferences) -> bool:
    """Return whether the scheduler wants nothing more of a target."""
    return not any(
        plan.enabled and wanted(project, plan, preferences, plan.acquired, plan.accepted)
        for plan in target.plans
    )


def _is_good(frame: AcquiredFrame, target: Target) -> bool:
    """Return whether the grader accepts a frame: not much worse than its like."""
    if math.isnan(frame.hfr):
        return True
    radii = [
        other.hfr
        for other in target.frames
        if other.filter_name == frame.filter_name and other.hfr > 0
    ]
    if frame.hfr <= 0:
        return False
    return len(radii) < _FEW or frame.hfr <= _WORSE * statistics.median(radii)
