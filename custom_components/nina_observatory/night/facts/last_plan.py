"""The projects, targets and plan of the Target Scheduler as last read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ...api import PlanEntry, Project, SchedulerProfile, Target, decode, encode
from ...api.models.wire import flag, items, mapping, moment, text
from ...helpers.listeners import Listeners
from ...readings.scheduler_activity import ImagedTarget
from ...readings.scheduler_plan import ProjectPlan, SchedulerPlan
from ...readings.settings import SettingsCoordinator
from ...readings.target_scheduler import SchedulerCoordinator
from .stores import FactStore, past

# More targets than that are not kept: some kilobytes each.
MOST_TARGETS: Final = 2000
# More than these need, in bytes.
LARGEST: Final = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """Projects and plan of a profile as last read, with the time of the reading."""

    plan: SchedulerPlan
    read_at: datetime


class PlanFact:
    """The progress of projects and targets, as last read, while the scheduler doesn't answer.

    Not while N.I.N.A. runs with another profile, whose projects are others. The preview is kept by the coordinator, which drops it when another profile becomes active.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        scheduler: SchedulerCoordinator,
        settings: SettingsCoordinator,
    ) -> None:
        self._scheduler = scheduler
        self._settings = settings
        self._listeners: Listeners[()] = Listeners()
        self._kept: _Kept | None = None
        self._store = FactStore(hass, entry.entry_id, "plan", self._encode, _decode, LARGEST)
        # The plan as it is shown; None if the scheduler doesn't answer and nothing is kept.
        self.shown: SchedulerPlan | None = None
        # The reading it was made for, and whether that of another profile was kept then.
        self._shown_for: tuple[SchedulerPlan, bool] | None = None
        entry.async_on_unload(scheduler.async_add_listener(self._update))
        entry.async_on_unload(settings.async_add_listener(self._follow_profile))

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when N.I.N.A. is found to have another profile; return what removes it."""
        return self._listeners.async_add(listener)

    @property
    def as_of(self) -> datetime | None:
        """When a plan was read that the scheduler doesn't confirm now; None if it answers."""
        if self._scheduler.data.reachable or self._kept is None:
            return None
        return self._kept.read_at

    async def async_load(self) -> None:
        """Load the saved plan."""
        if (kept := await self._store.async_load()) is None:
            return
        self._kept = kept
        plan, self._shown_for = kept.plan, None
        if plan.previewed is not None and plan.preview is not None:
            self._scheduler.async_restore_preview(plan.previewed, plan.preview)
        self._scheduler.async_restore_imaged(plan.imaged)
        self._show()

    async def async_end(self) -> None:
        """Save for the last time."""
        await self._store.async_end()

    @callback
    def _update(self) -> None:
        """Keep a new reading; save it at once when the scheduler is gone."""
        live = self._scheduler.data
        if live.reachable and live.profile is not None:
            before = None if self._kept is None else self._kept.plan
            self._kept = _Kept(plan=live, read_at=dt_util.utcnow())
            if before is None or _facts_of(before) != _facts_of(live):
                self._store.async_change()
        elif not live.reachable:
            self._store.async_hasten()
        self._show()

    @callback
    def _follow_profile(self) -> None:
        """Show the plan again if N.I.N.A. is found to have another profile, or that of the plan."""
        before = self.shown
        self._show()
        if self.shown is not before:
            self._listeners.async_call()

    @property
    def _is_of_another_profile(self) -> bool:
        """Whether N.I.N.A. has another profile than that of the plan; unknown counts as no."""
        current = self._settings.data.profile
        own = None if self._kept is None else self._kept.plan.profile
        return current is not None and own is not None and _differ(current.id, own.id)

    @callback
    def _show(self) -> None:
        live, hidden = self._scheduler.data, self._is_of_another_profile
        made_for = self._shown_for
        if made_for is not None and made_for[0] is live and made_for[1] is hidden:
            return
        self._shown_for = (live, hidden)
        if live.reachable:
            self.shown = live
        elif self._kept is None or hidden:
            self.shown = None
        else:
            self.shown = replace(
                self._kept.plan,
                reachable=False,
                previewed=live.previewed,
                preview=live.preview,
                upcoming=live.upcoming,
            )

    def _encode(self) -> Mapping[str, object]:
        """Return plain data; called in a thread."""
        if (kept := self._kept) is None or kept.plan.profile is None:
            return {}
        plan = kept.plan
        return {
            "read_at": kept.read_at.isoformat(),
            "profile": encode(plan.profile),
            "projects": [
                {
                    "project": encode(each.project),
                    "read": each.read,
                    "targets": [encode(target) for target in each.targets],
                }
                for each in _bounded(plan.projects)
            ],
            "others": [encode(each) for each in plan.others[:MOST_TARGETS]],
            "imaged": [
                [each.name, each.project, str(each.begins), str(each.ends), each.over]
                for each in plan.imaged
            ],
            "previewed": plan.previewed,
            "preview": (None if plan.preview is None else [encode(each) for each in plan.preview]),
        }


def _differ(one: str, other: str) -> bool:
    """Return whether two ids are known and of different profiles."""
    return bool(one and other) and one.casefold() != other.casefold()


def _facts_of(plan: SchedulerPlan) -> tuple[object, ...]:
    """Return what is saved of a plan."""
    return (plan.profile, plan.projects, plan.others, plan.preview, plan.imaged)


def _bounded(projects: Iterable[ProjectPlan]) -> Iterator[ProjectPlan]:
    """Yield projects until they have too many targets to be kept."""
    targets = 0
    for each in projects:
        targets += 1 + len(each.targets)
        if targets > MOST_TARGETS:
            return
        yield each


def _decode(kept: Mapping[str, Any]) -> _Kept | None:
    """Return the saved plan; never raises: without time and profile it is None."""
    profile = decode(SchedulerProfile, dict(mapping(kept.get("profile"))))
    read_at = past(moment(kept.get("read_at")))
    if not profile.id or read_at is None:
        return None
    preview = kept.get("preview")
    plan = SchedulerPlan(
        profile=profile,
        profiles=(profile,),
        projects=tuple(_project(mapping(each)) for each in items(kept.get("projects"))),
        others=tuple(_decode_all(Project, kept.get("others"))),
        imaged=tuple(_imaged(kept.get("imaged"))),
        previewed=text(kept.get("previewed")),
        preview=tuple(_decode_all(PlanEntry, preview)) if isinstance(preview, list) else None,
    )
    return _Kept(plan=plan, read_at=read_at)


def _project(kept: Mapping[str, object]) -> ProjectPlan:
    return ProjectPlan(
        project=decode(Project, dict(mapping(kept.get("project")))),
        targets=tuple(_decode_all(Target, kept.get("targets"))),
        read=flag(kept.get("read")),
    )


def _imaged(kept: object) -> Iterator[ImagedTarget]:
    """Yield the saved targets that were imaged; those without a name or a time are left out."""
    for each in items(kept):
        told: list[object] = [*items(each), *[None] * 5]
        name, begins, ends = text(told[0]), past(moment(told[2])), moment(told[3])
        if name is not None and begins is not None and ends is not None:
            yield ImagedTarget(
                name=name, project=text(told[1]), begins=begins, ends=ends, over=flag(told[4])
            )


def _decode_all[T](model: type[T], kept: object) -> Iterator[T]:
    """Yield the models of a saved list."""
    for each in items(kept):
        if isinstance(each, dict):
            yield decode(model, each)
