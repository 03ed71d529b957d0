"""The plan of a night: requested only while that disturbs nothing.

The scheduler's preview writes to its database and disturbs a running sequence (target-scheduler
API 2.6), so it is never read on a timer while imaging.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from ..api import (
    NinaConnectionError,
    NinaNotFoundError,
    NinaResponseError,
    NinaTimeoutError,
    PlanEntry,
    Role,
    SchedulerProfile,
)
from ..const import CONF_DAILY_PLAN, CONF_READ_ONLY, LOGGER, Question
from ..errors import NotDoneError, Reason, RefusedError, UnusableAnswerError
from ..helpers.devices import is_known
from ..helpers.local_time import date_and_minute
from ..readings.scheduler_plan import SchedulerPlan
from ..readings.target_scheduler import SchedulerCoordinator
from ..runtime import NinaConfigEntry

# Before anyone images, and late enough for the computer to be on.
DAILY_HOUR = 16
# A request during the day returns the plan of the coming night; after midnight, only "from now"
# returns the current one (target-scheduler API 2.6).
NIGHT_BEGINS = 13
# A plan begins at the requested time, give or take two readings of the clock.
BEGINS_WITHIN: Final = timedelta(minutes=1)


async def async_read_plan(
    entry: NinaConfigEntry, wanted: str | None = None, start: datetime | None = None
) -> tuple[PlanEntry, ...]:
    """Request the plan of a night: tonight for the active profile, which is stored, or another one.

    `wanted` is the name or id of a profile. Raises ServiceValidationError without a Target
    Scheduler, for a read-only entry, for a missing profile and while anything is being imaged,
    HomeAssistantError if the scheduler does not answer, if it is unknown whether anything is being
    imaged, and if the returned plan is not the requested one.
    """
    scheduler = scheduler_of(entry)
    async with _planning(entry, wanted) as profile:
        begins = start or plan_begins(dt_util.utcnow(), entry)
        if profile.active and start is None:
            return await scheduler.async_preview(profile.id, begins)
        own = None if profile.active else await _async_imaged_targets(scheduler, profile)
        entries = () if own == set() else await scheduler.client.get_preview(profile.id, begins)
    first = entries[0].start_time if entries else None
    if start is not None and first is not None and first < start - BEGINS_WITHIN:
        raise NotDoneError(
            Reason.PLAN_START_IGNORED, start=date_and_minute(start), begins=date_and_minute(first)
        )
    return entries if own is None or _is_own(scheduler.data, profile, own, entries) else ()


def _is_own(
    plan: SchedulerPlan,
    profile: SchedulerProfile,
    own: set[str | None],
    entries: tuple[PlanEntry, ...],
) -> bool:
    """Return whether a plan belongs to an inactive profile, judged by its targets.

    For a profile with nothing to image, the server returns the first step of the active one's plan.
    Raises HomeAssistantError if that step may belong to either: an imported profile has the ids of
    its original.
    """
    imaged = [each for each in entries if not each.waiting]
    runs = [run.count for each in imaged for run in each.runs]
    both = any(each.id is not None and plan.target(each.id) is not None for each in imaged)
    if both and runs == [1] and own.issuperset(each.id for each in imaged):
        raise NotDoneError(Reason.PLAN_PROFILE_UNCLEAR, profile=profile.name)
    return bool(imaged) and own.issuperset(each.id for each in imaged)


async def _async_imaged_targets(
    scheduler: SchedulerCoordinator, profile: SchedulerProfile
) -> set[str | None]:
    """Return the ids of the targets that the plan of a profile may contain."""
    projects = await scheduler.client.get_projects(profile.id)
    active = (project for project in projects if project.active)
    plans = await scheduler.async_targets(active, whole=True)
    return {target.id for plan in plans for target in plan.enabled}


@asynccontextmanager
async def _planning(entry: NinaConfigEntry, wanted: str | None) -> AsyncIterator[SchedulerProfile]:
    """Allow one plan request at a time, for a profile or the active one."""
    scheduler = scheduler_of(entry)
    if entry.options.get(CONF_READ_ONLY):
        raise RefusedError(Reason.READ_ONLY)
    # Two at once would interfere on the server, and imaging may begin meanwhile.
    async with scheduler.planning:
        # The profile may have been switched since; do not store its plan under another one.
        plan = answered(await scheduler.async_read())
        profile = plan.profile if wanted is None else find_profile(plan, wanted)
        if profile is None:
            raise NotDoneError(Reason.SCHEDULER_NO_PROFILE)
        await _async_refuse_while_imaging(entry)
        async with scheduler_errors(scheduler, Question.PLAN):
            yield profile


def answered(plan: SchedulerPlan) -> SchedulerPlan:
    """Return the last reading; raises HomeAssistantError while the scheduler does not answer."""
    if plan.other_api:
        raise NotDoneError(Reason.SCHEDULER_OTHER_API)
    if not plan.reachable:
        raise NotDoneError(Reason.SCHEDULER_CANNOT_CONNECT)
    return plan


def find_profile(plan: SchedulerPlan, wanted: str) -> SchedulerProfile:
    """Return the profile with a name or id; raises ServiceValidationError unless exactly one matches."""
    found = [each for each in plan.profiles if wanted in (each.id, each.name)]
    if len(found) != 1:
        reason = Reason.PROFILE_AMBIGUOUS if found else Reason.PROFILE_UNKNOWN
        raise RefusedError(reason, profile=wanted)
    return found[0]


def scheduler_of(entry: NinaConfigEntry) -> SchedulerCoordinator:
    """Return the coordinator of the scheduler; raises ServiceValidationError without one."""
    if (scheduler := entry.runtime_data.scheduler) is None:
        raise RefusedError(Reason.NO_SCHEDULER)
    return scheduler


@asynccontextmanager
async def scheduler_errors(scheduler: SchedulerCoordinator, asked: Question) -> AsyncIterator[None]:
    """Turn errors of the scheduler's client into translated errors of Home Assistant."""
    try:
        yield
    except NinaTimeoutError as err:
        raise NotDoneError(Reason.SCHEDULER_TIMEOUT) from err
    except NinaConnectionError as err:
        raise NotDoneError(Reason.SCHEDULER_CANNOT_CONNECT) from err
    except NinaNotFoundError as err:
        scheduler.async_read_soon()
        raise NotDoneError(Reason.SCHEDULER_UNKNOWN) from err
    except NinaResponseError as err:
        raise UnusableAnswerError(asked, str(err)) from err


async def _async_refuse_while_imaging(entry: NinaConfigEntry) -> None:
    """Raise while anything is being imaged, by fresh readings; unknown counts as imaging.

    The scheduler runs inside N.I.N.A.: while it answers, N.I.N.A. may be imaging even if its own
    server is slow, switched off or blocked.
    """
    data = entry.runtime_data
    equipment = await data.equipment.async_read(Role.CAMERA)
    if equipment.reachable and not data.equipment.data.reachable:
        # The connection was just restored, and the sequence is only read after that.
        await data.equipment.async_read()
    sequence = await data.sequence.async_read()
    camera = equipment.equipment.camera
    if data.sequence.begun or sequence.running or (camera is not None and camera.exposing):
        raise RefusedError(Reason.PLAN_IMAGING)
    if camera is None:
        camera_unread = is_known(data.equipment.hass, entry, Role.CAMERA)
    else:
        camera_unread = camera.connected and camera.exposing is None
    if not equipment.reachable or sequence.running is None or camera_unread:
        raise NotDoneError(Reason.PLAN_IMAGING_UNKNOWN)


def plan_begins(now: datetime, entry: NinaConfigEntry) -> datetime | None:
    """Return the start of the plan: now during a night, otherwise the scheduler's own."""
    server, zone = entry.runtime_data.equipment.data.server, dt_util.get_default_time_zone()
    started = None if server is None else server.started_at
    # If they agree, prefer Home Assistant's zone: N.I.N.A.'s offset is that of the day it was started.
    if started is not None and started.utcoffset() != started.astimezone(zone).utcoffset():
        return None if now.astimezone(started.tzinfo).hour >= NIGHT_BEGINS else now
    return None if now.astimezone(zone).hour >= NIGHT_BEGINS else now


@callback
def async_plan_daily(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Read the plan once every afternoon, if the option is on."""
    if entry.runtime_data.scheduler is None or not entry.options.get(CONF_DAILY_PLAN):
        return

    async def plan() -> None:
        try:
            await async_read_plan(entry)
        except HomeAssistantError as err:
            # No user requested it, and tomorrow it is tried again.
            LOGGER.debug("No plan for %s today: %s", entry.title, err)

    @callback
    def begin(_now: datetime) -> None:
        entry.async_create_background_task(hass, plan(), f"{entry.title} plan of the day")

    entry.async_on_unload(async_track_time_change(hass, begin, hour=DAILY_HOUR, minute=0, second=0))
