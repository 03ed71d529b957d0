"""The planner: selects the next exposure, one at a time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.scheduler.model import ExposurePlan, Preferences, Project, Target
from simulator.scheduler.store import DEFAULTS, Store, wanted
from simulator.scheduler.windows import Window, darkness, windows
from simulator.sky import Site, moon_illumination

__all__ = ["Candidate", "Exposure", "Planner", "Progress", "Wait"]

_BRIGHT_MOON = 0.4


@dataclass(frozen=True, slots=True)
class Exposure:
    """The next frame to take; the target stays available until `until`."""

    project: Project
    target: Target
    plan: ExposurePlan
    until: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing can be imaged before `until`, then probably `target`."""

    until: datetime
    target: Target


@dataclass(slots=True)
class Progress:
    """Counters of a night that is only imagined; real ones are used where none are noted.

    `writes` counts the transactions by which a preview moves the rotations of filters in the
    database although it should only look.
    """

    counts: dict[int, tuple[int, int]] = field(default_factory=dict)
    writes: int = 0

    def of(self, plan: ExposurePlan) -> tuple[int, int]:
        """Return how many frames of a plan were acquired and accepted."""
        return self.counts.get(id(plan), (plan.acquired, plan.accepted))

    def add(self, plan: ExposurePlan) -> None:
        """Imagine one more frame, accepted."""
        acquired, accepted = self.of(plan)
        self.counts[id(plan)] = acquired + 1, accepted + 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A target that can be imaged some time tonight."""

    project: Project
    target: Target
    windows: tuple[Window, ...]

    def open_at(self, moment: datetime) -> Window | None:
        """Return the window that is open at a moment."""
        return next((w for w in self.windows if w.start <= moment < w.end), None)


class Planner:
    """Plans the night under way at a moment, or else the coming one, for one profile."""

    def __init__(self, store: Store, site: Site, profile_id: str, at: datetime) -> None:
        """Find out which targets can be seen when."""
        self._store = store
        self._site = site
        profile = store.profile(profile_id)
        self._preferences: Preferences = (profile.preferences if profile else None) or DEFAULTS
        self.night = darkness(site, at)
        self.candidates: list[Candidate] = []
        self._current: tuple[Target, datetime] | None = None
        if profile is None or self.night is None:
            return
        for project, target in store.plannable(profile_id):
            open_times = tuple(windows(site, profile, project, target, self.night))
            if open_times:
                self.candidates.append(Candidate(project, target, open_times))

    def next(self, at: datetime, progress: Progress | None = None) -> Exposure | Wait | None:
        """Return what to do at a moment, None when nothing more is to be done tonight."""
        progress = progress or Progress()
        ready = [c for c in self.candidates if self._plans(c, progress) and self._fits(c, at)]
        if not ready:
            return self._wait(at, progress)
        chosen = self._choose(ready, at, progress)
        if self._current is None or self._current[0] is not chosen.target:
            self._current = chosen.target, at
        window = chosen.open_at(at)
        until = window.end if window is not None else at
        return Exposure(chosen.project, chosen.target, self._plan(chosen, at, progress), until)

    def taken(self, exposure: Exposure, progress: Progress | None = None) -> None:
        """Note that an exposure was taken: the turn of its filter may be over."""
        project, target = exposure.project, exposure.target
        if progress is not None:
            progress.add(exposure.plan)
        if project.smart_exposure_order or not project.filter_switch_frequency:
            return
        index = next(i for i, plan in enumerate(target.plans) if plan is exposure.plan)
        turn, done = target.cursor
        done = done + 1 if turn == index else 1
        over = done >= project.filter_switch_frequency
        target.cursor = ((index + 1) % len(target.plans), 0) if over else (index, done)
        if progress is not None:
            progress.writes += 2

    def _fits(self, candidate: Candidate, at: datetime) -> bool:
        """Return whether a target is open and stays so long enough to begin with it."""
        window = candidate.open_at(at)
        if window is None:
            return False
        left = (window.end - at).total_seconds()
        if self._current is not None and self._current[0] is candidate.target:
            return left >= max(plan.seconds for plan in candidate.target.plans)
        return left >= candidate.project.minimum_time * 60

    def _wait(self, at: datetime, progress: Progress) -> Wait | None:
        """Return the wait for the next target that becomes available."""
        coming = [
            (window.start, index)
            for index, candidate in enumerate(self.candidates)
            if self._plans(candidate, progress)
            for window in candidate.windows
            if window.start > at
        ]
        if not coming:
            return None
        start, index = min(coming)
        return Wait(start, self.candidates[index].target)

    def _choose(self, ready: list[Candidate], at: datetime, progress: Progress) -> Candidate:
        """Return the best target; the current one is kept for its minimum time."""
        best = min(ready, key=lambda candidate: self._rank(candidate, at, progress))
        if self._current is None:
            return best
        target, since = self._current
        kept = next((c for c in ready if c.target is target), None)
        if kept is None:
            return best
        young = at - since < timedelta(minutes=kept.project.minimum_time)
        return kept if young or kept.project.priority >= best.project.priority else best

    def _rank(
        self, candidate: Candidate, at: datetime, progress: Progress
    ) -> tuple[int, datetime, float]:
        """Return the order of preference: priority, then the first to set, then the furthest."""
        window = candidate.open_at(at)
        plans = [plan for plan in candidate.target.plans if plan.desired]
        done = sum(progress.of(plan)[1] / plan.desired for plan in plans) / max(1, len(plans))
        return -candidate.project.priority, window.end if window else at, -done

    def _plans(self, candidate: Candidate, progress: Progress) -> list[ExposurePlan]:
        """Return the plans of a target that are not complete."""
        return [
            plan
            for plan in candidate.target.plans
            if plan.enabled
            and wanted(candidate.project, plan, self._preferences, *progress.of(plan))
        ]

    def _plan(self, candidate: Candidate, at: datetime, progress: Progress) -> ExposurePlan:
        """Return the plan whose turn it is."""
        plans = self._plans(candidate, progress)
        project, target = candidate.project, candidate.target
        if project.smart_exposure_order:
            moonlit = self._site.moon_altitude(at) > 0 and moon_illumination(at) > _BRIGHT_MOON
            return next((plan for plan in plans if plan.narrow), plans[0]) if moonlit else plans[0]
        if not project.filter_switch_frequency:
            return plans[0]
        turn = target.cursor[0]
        order = [*target.plans[turn:], *target.plans[:turn]]
        return next(plan for plan in order if plan in plans)
