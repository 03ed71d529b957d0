"""The coordinator of the Target Scheduler."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_call_later, async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..api import (
    EventType,
    NinaError,
    NinaEvent,
    NinaNotFoundError,
    NinaResponseError,
    PlanEntry,
    Project,
    SchedulerClient,
    next_target,
)
from ..const import CONF_SCHEDULER_PORT, LOGGER
from ..helpers.command_session import async_command_session
from .coordinator import NinaCoordinator
from .scheduler_activity import (
    STARTS,
    ImagedTarget,
    Renames,
    SchedulerActivity,
    imaged_after,
    imaged_in,
    imaged_lately,
)
from .scheduler_plan import ProjectPlan, SchedulerPlan, with_current_names

POLL = timedelta(minutes=10)
POLL_GONE = timedelta(minutes=1)
# Frames may come every few seconds; the counters of their project are read at most this often.
PROJECT_EVERY = timedelta(seconds=40)
# The scheduler counts a frame a moment after N.I.N.A. saved it.
PROJECT_AFTER = timedelta(seconds=5)
# The server stops with one profile and starts with the next.
PROFILE_AFTER = timedelta(seconds=5)
# While a project is imaged, the requests from one regular reading to the next: its own counters are
# the only ones that change, so the other projects share what those leave, however many they are.
MOST_WHILE_IMAGING = 20


class SchedulerCoordinator(NinaCoordinator[SchedulerPlan]):
    """Keep the plan of the Target Scheduler with as few requests as possible.

    Everything is read every ten minutes; when a frame is saved, only the project concerned. While one
    is imaged, a few of the others are read every ten minutes, in turn. The preview, which writes to the
    scheduler's database, is read only on request.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        activity: Callable[[], SchedulerActivity],
        rename: Callable[[Renames], None],
    ) -> None:
        """Set the dependencies; `rename` is called with new names."""
        super().__init__(hass, entry, "Target Scheduler")
        self.client = SchedulerClient(
            async_get_clientsession(hass),
            entry.data[CONF_HOST],
            entry.data[CONF_SCHEDULER_PORT],
            commands=async_command_session(hass, entry),
        )
        self.data = SchedulerPlan()
        self.planning = asyncio.Lock()
        self._activity, self._rename = activity, rename
        self._project_read_at = dt_util.utc_from_timestamp(0)
        # Whether N.I.N.A. itself responds, as far as it was reported, and whether the log has a line that
        # only the scheduler does not.
        self._nina_reachable: bool | None = None
        self._is_missed = False
        # The imaged project that was missing from the last reading: all are read once for it.
        self._missing: str | None = None
        # Whether the next reading is a whole one, when each project was read (loop time), and how often
        # the imaged one was since the last reading.
        self._whole = True
        self._read_at: dict[str, float] = {}
        self._project_reads = 0
        self._pending: CALLBACK_TYPE | None = None
        self._beginning: CALLBACK_TYPE | None = None
        entry.async_on_unload(self._cancel)
        entry.async_on_unload(self._stop_waiting)

    @callback
    def _cancel(self) -> None:
        """Cancel the timer."""
        if self._pending is not None:
            self._pending()
            self._pending = None

    @override
    async def async_read(self) -> SchedulerPlan:
        self._whole = True
        return await super().async_read()

    @override
    @callback
    def async_read_soon(self) -> None:
        self._whole = True
        super().async_read_soon()

    @callback
    def async_follow_nina(self, *, reachable: bool) -> None:
        """Read soon after N.I.N.A. was closed or opened: its scheduler ends and begins with it."""
        before, self._nina_reachable = self._nina_reachable, reachable
        if before is not None and reachable is not before:
            self.async_read_soon()

    @override
    async def _async_poll(self, started: float) -> SchedulerPlan:
        """Read the plan; a missing server is normal while N.I.N.A. is closed."""
        whole, self._whole = self._whole or self._activity().target is None, False
        try:
            plan = await self._async_ask(whole=whole)
        except NinaError as err:
            self._whole = True
            # That all of N.I.N.A. is gone is logged already.
            if self.data.reachable and self._nina_reachable is not False:
                self._is_missed = True
                LOGGER.info("%s is not responding: %s", self.name, err)
            self.update_interval = POLL_GONE
            other_api = isinstance(err, NinaNotFoundError)
            return replace(self.data, reachable=False, other_api=other_api, projects=(), others=())
        if self._is_missed:
            self._is_missed = False
            LOGGER.info("%s is responding again", self.name)
        self._rename(plan.renames_since(self.data))
        # Without an active profile it is being switched.
        self.update_interval = POLL if plan.profile is not None else POLL_GONE
        return plan

    async def _async_ask(self, *, whole: bool) -> SchedulerPlan:
        """Fetch the active profile, its projects and the targets of active ones, in turn.

        Unless it is `whole`, those of some projects are the ones read before.
        """
        version = self.data.version if self.data.reachable else await self.client.get_version()
        profiles = await self.client.get_profiles()
        profile = next((profile for profile in profiles if profile.active), None)
        projects = () if profile is None else await self.client.get_projects(profile.id)
        listed = {project.id for project in projects}
        self._read_at = {each: at for each, at in self._read_at.items() if each in listed}
        active = [project for project in projects if project.active]
        before = self.data.profile
        whole = whole or profile is None or before is None or profile.id != before.id
        plans = await (self.async_targets(active) if whole else self._async_some(active))
        self._project_reads = 0
        others = tuple(project for project in projects if not project.active)
        read = replace(
            self.data,
            reachable=True,
            other_api=False,
            version=version,
            profiles=profiles,
            profile=profile,
            projects=plans,
            others=self.data.others if others == self.data.others else others,
        )
        if profile is not None and profile.id != read.previewed:
            return replace(read, previewed=None, preview=None, upcoming=None)
        # The preview survives a renamed profile, and uses the new names of targets.
        entries, upcoming = read.preview or (), read.upcoming
        return replace(
            read,
            preview=None if read.preview is None else with_current_names(entries, plans),
            upcoming=None if upcoming is None else with_current_names((upcoming,), plans)[0],
        )

    async def async_targets(
        self, projects: Iterable[Project], *, whole: bool = False
    ) -> tuple[ProjectPlan, ...]:
        """Return the targets of projects, read in turn; raises NinaError if none can be read.

        If it has to be `whole`, also if one of them cannot be read. A project that was deleted
        since it was listed is omitted.
        """
        plans, failure = await self._async_each(projects)
        if failure is not None and (whole or not any(plan.read for plan in plans)):
            raise failure
        return tuple(plans)

    async def _async_each(
        self, projects: Iterable[Project]
    ) -> tuple[list[ProjectPlan], NinaResponseError | None]:
        """Return the targets of projects, and why the last one that is not `read` could not be."""
        plans: list[ProjectPlan] = []
        failure = None
        for project in projects:
            try:
                plans.append(await self._async_project(project))
            except NinaNotFoundError:
                LOGGER.debug("%s: %s is gone", self.name, project.name)
            except NinaResponseError as err:
                LOGGER.debug("%s: %s could not be read: %s", self.name, project.name, err)
                plans.append(ProjectPlan(project=project, read=False))
                failure = err
        return plans, failure

    async def _async_some(self, projects: list[Project]) -> tuple[ProjectPlan, ...]:
        """Return the targets of projects, of which those that were read longest ago are read again.

        Raises NinaError if none is known then.
        """
        room = max(1, MOST_WHILE_IMAGING - self._project_reads - 2)
        oldest = sorted(projects, key=lambda each: self._read_at.get(each.id, float("-inf")))
        due = {each.id for each in oldest[:room]}
        read, failure = await self._async_each(each for each in projects if each.id in due)
        known = {each.project.id: each for each in (*self.data.projects, *read)}
        gone = due - {each.project.id for each in read}
        plans = tuple(
            _renewed(known[each.id], each) if each.id in known else _unread(each)
            for each in projects
            if each.id not in gone
        )
        if failure is not None and not any(plan.read for plan in plans):
            raise failure
        return plans

    async def _async_project(self, project: Project) -> ProjectPlan:
        """Return a project with its targets: the same object for as long as nothing changes."""
        self._read_at[project.id] = self.hass.loop.time()
        plan = ProjectPlan(project=project, targets=await self.client.get_targets(project.id))
        known = self.data.project(project.id)
        if known is not None and known == plan:
            return known
        # Computed now, not for all projects at once.
        _ = plan.details, plan.shutter_time
        return plan

    @callback
    def async_handle_event(self, event: NinaEvent) -> None:
        """Follow what is imaged, and read again the data that an event changes."""
        self._show_imaged(imaged_after(self.data.imaged, event))
        if event.type is EventType.PROFILE_CHANGED:
            # The night of another profile is not this one, even if the server stops with the
            # profile.
            self.data = replace(self.data, previewed=None, preview=None, upcoming=None)
            self.async_update_listeners()
            # A single project is covered by a reading of everything.
            self._cancel()
            self._schedule(PROFILE_AFTER, self._async_read_all)
        elif event.type in STARTS or event.type is EventType.IMAGE_SAVED:
            due = self._project_read_at + PROJECT_EVERY - dt_util.utcnow()
            self._schedule(max(PROJECT_AFTER, due), self._async_read_project)

    @callback
    def async_apply_history(self, history: tuple[NinaEvent, ...]) -> None:
        """Show what was imaged before anybody followed it."""
        self._show_imaged(imaged_in(self.data.imaged, history))

    @callback
    def _show_imaged(self, imaged: tuple[ImagedTarget, ...]) -> None:
        """Show the imaged targets, if they changed."""
        imaged = imaged_lately(imaged, dt_util.utcnow())
        if imaged != self.data.imaged:
            self.data = replace(self.data, imaged=imaged)
            self.async_update_listeners()

    @callback
    def _schedule(
        self, delay: timedelta, read: Callable[[datetime], Coroutine[Any, Any, None]]
    ) -> None:
        """Schedule a delayed reading, unless one is scheduled already."""
        if self._pending is None:
            self._pending = async_call_later(self.hass, delay, read)

    async def _async_read_all(self, _now: datetime) -> None:
        self._pending, self._whole = None, True
        await self.async_refresh()

    async def _async_read_project(self, now: datetime) -> None:
        """Read the targets of the imaged project; without one, there is nothing to read.

        Everything is read if no project has the name in the event: one was renamed or activated.
        """
        self._pending, self._project_read_at = None, now
        activity = self._activity()
        named = [each for each in self.data.projects if each.project.name == activity.project]
        # Names are not unique; the target's name identifies the project.
        named.sort(key=lambda each: activity.target not in {target.name for target in each.targets})
        current = next(iter(named), None)
        if current is None:
            if self.data.reachable and activity.project not in (None, self._missing):
                self._missing = activity.project
                self.async_read_soon()
            return
        self._project_reads += 1
        try:
            read = await self._async_project(current.project)
        except NinaNotFoundError:
            # It was deleted, or moved to another profile.
            self.async_read_soon()
            return
        except NinaError as err:
            LOGGER.debug("%s: %s could not be read: %s", self.name, current.project.name, err)
            return
        projects = tuple(
            _renewed(read, p.project) if p.project.id == read.project.id else p
            for p in self.data.projects
        )
        before, self.data = self.data, replace(self.data, projects=projects)
        self._rename(self.data.renames_since(before))
        self.async_update_listeners()

    async def async_preview(
        self, profile_id: str, start: datetime | None = None
    ) -> tuple[PlanEntry, ...]:
        """Request a new preview of the active profile and store it; raises NinaError.

        The caller makes sure that nothing is being imaged: this writes to the scheduler's database.
        """
        preview = await self.client.get_preview(profile_id, start)
        self.data = replace(self.data, previewed=profile_id, preview=preview)
        self._look_ahead()
        return preview

    @callback
    def async_restore_imaged(self, imaged: tuple[ImagedTarget, ...]) -> None:
        """Show what was imaged before a restart; a history of N.I.N.A. that has it replaces it."""
        if not self.data.imaged:
            self._show_imaged(imaged)

    @callback
    def async_restore_preview(self, profile_id: str, preview: tuple[PlanEntry, ...]) -> None:
        """Show a preview from before a restart, unless a newer one was read already.

        It is dropped once another profile is found to be active.
        """
        if self.data.preview is None and self.data.profile is None:
            self.data = replace(self.data, previewed=profile_id, preview=preview)
            self._look_ahead()

    @callback
    def _look_ahead(self, _now: datetime | None = None) -> None:
        """Update which target is next when the current one begins."""
        self._stop_waiting()
        upcoming = next_target(self.data.preview or (), dt_util.utcnow())
        self.data = replace(self.data, upcoming=upcoming)
        self.async_update_listeners()
        if self._shutdown_requested:
            # The preview arrived after the entry was unloaded.
            return
        if upcoming is not None and upcoming.start_time is not None:
            self._beginning = async_track_point_in_utc_time(
                self.hass, self._look_ahead, upcoming.start_time
            )

    @callback
    def _stop_waiting(self) -> None:
        """Cancel the timer."""
        if self._beginning is not None:
            self._beginning()
            self._beginning = None


def _renewed(plan: ProjectPlan, project: Project) -> ProjectPlan:
    """Return a plan for its project as last listed: the same object if that did not change."""
    return plan if plan.project == project else replace(plan, project=project)


def _unread(project: Project) -> ProjectPlan:
    """Return a project whose targets were not read yet."""
    return ProjectPlan(project=project, read=False)
