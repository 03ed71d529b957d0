"""Actions for the Target Scheduler; those that make it compute are refused while imaging."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import probatio

from ..api import (
    NinaNotFoundError,
    NinaResponseError,
    PlanEntry,
    ProjectState,
    Role,
    SchedulerProfile,
    Target,
    plain,
)
from ..const import Needs, Question
from ..control.commands.mount import slew
from ..errors import NotDoneError, Reason, RefusedError
from ..helpers.local_time import date_and_minute
from ..procedures.plan_request import (
    BEGINS_WITHIN,
    answered,
    async_read_plan,
    find_profile,
    scheduler_errors,
    scheduler_of,
)
from ..readings.scheduler_plan import ProjectPlan, SchedulerPlan, progress_of, seconds_to_go
from .action import CENTERING, WAIT, Action, Call
from .choices import Choice
from .fields import choice, date_time, flag, text
from .planned_target import NAMED_TARGET, PLANNED, async_find_target, place_of, planned

ALL: Final = "all"
# Further ahead is most likely a mistyped year.
LONGEST_AHEAD: Final = timedelta(days=366)


async def _async_get_plan(call: Call) -> ServiceResponse:
    """Return tonight's plan as last read, or a new one if requested or if that is over."""
    start, wanted = _start(call), call.data.get("profile")
    known = scheduler_of(call.entry).data
    plan, now = known.preview or (), dt_util.utcnow()
    last = max((entry.end_time for entry in plan if entry.end_time is not None), default=now)
    other = start is not None or not _is_active(known, wanted)
    if other or call.data["refresh"] or last <= now:
        plan = await async_read_plan(call.entry, wanted, start)
    return {"plan": [_entry(entry) for entry in plan]}


def _start(call: Call) -> datetime | None:
    """Return the start of the plan; raises ServiceValidationError if it is out of range."""
    start: datetime | None = call.data.get("start")
    ahead = timedelta() if start is None else start - dt_util.utcnow()
    if start is not None and ahead < -BEGINS_WITHIN:
        raise RefusedError(Reason.PLAN_START_PAST, start=date_and_minute(start))
    if start is not None and ahead > LONGEST_AHEAD:
        raise RefusedError(Reason.PLAN_START_TOO_FAR, start=date_and_minute(start))
    return start


def _is_active(plan: SchedulerPlan, wanted: str | None) -> bool:
    """Return whether a name or id, if given, matches only the active profile."""
    if wanted is None:
        return True
    found = [each for each in plan.profiles if wanted in (each.id, each.name)]
    return plan.profile is not None and found == [plan.profile]


def _entry(entry: PlanEntry) -> JsonObjectType:
    return {
        "target": entry.name,
        "target_id": entry.id,
        "waiting": entry.waiting,
        "start": plain(entry.start_time),
        "end": plain(entry.end_time),
        "exposures": plain(entry.runs),
    }


async def _async_get_projects(call: Call) -> ServiceResponse:
    """Return projects with their targets; active ones of the active profile as last read."""
    plan, scheduler = planned(call), scheduler_of(call.entry)
    wanted = call.data.get("profile")
    profile = plan.profile
    if wanted is not None:
        known = any(wanted in (each.id, each.name) for each in plan.profiles)
        plan = plan if known else answered(await scheduler.async_read())
        profile = find_profile(plan, wanted)
    if profile is None:
        raise NotDoneError(Reason.SCHEDULER_NO_PROFILE)
    if profile == plan.profile and call.data["state"] == ProjectState.ACTIVE:
        projects = plan.projects
    else:
        projects = await _async_projects(call, profile)

    def answer() -> JsonObjectType:
        return {"profile": plain(profile), "projects": [_project(each) for each in projects]}

    # Thousands of targets take longer than the event loop may be held.
    return await call.hass.async_add_executor_job(answer)


async def _async_projects(call: Call, profile: SchedulerProfile) -> tuple[ProjectPlan, ...]:
    """Read the projects of a profile in a state, or in all."""
    scheduler, state = scheduler_of(call.entry), call.data["state"]
    async with scheduler_errors(scheduler, Question.PROJECTS):
        projects = await scheduler.client.get_projects(profile.id)
        return await scheduler.async_targets(
            project for project in projects if state in (ALL, project.state)
        )


def _project(plan: ProjectPlan) -> JsonObjectType:
    """Return a project; without targets if they could not be read."""
    return {
        **plain(plan.project),
        "progress": plan.progress,
        **plan.details,
        "targets": [_target(target) for target in plan.targets] if plan.read else None,
    }


def _target(target: Target) -> JsonObjectType:
    return {
        "id": target.id,
        "name": target.name,
        "enabled": target.active,
        "right_ascension": None if (hours := target.right_ascension) is None else 15 * hours,
        "declination": target.declination,
        "epoch": plain(target.epoch),
        "rotation": target.rotation,
        "roi": target.roi,
        "progress": progress_of(target.plans),
        "remaining_seconds": seconds_to_go(target.plans),
        "plans": plain(target.plans),
    }


async def _async_get_target_statistics(call: Call) -> ServiceResponse:
    """Return the statistics of a target, plan by plan."""
    scheduler = scheduler_of(call.entry)
    target = await async_find_target(call)
    async with scheduler_errors(scheduler, Question.STATISTICS):
        try:
            statistics = await scheduler.client.get_statistics(target.id)
        except NinaNotFoundError:
            raise
        except NinaResponseError as err:
            # Usual without the star detector of Hocus Focus (target-scheduler API 2.5).
            raise NotDoneError(Reason.STATISTICS_FAILED, reason=str(err)) from err
    return {"target": target.name, "statistics": plain(statistics)}


async def _async_slew_to_target(call: Call) -> None:
    """Slew to a target of the Target Scheduler with its framing."""
    target = await async_find_target(call)
    there = place_of(target)
    rotation = target.rotation if call.data["rotate"] else None
    command = slew(there, center=call.data["center"], rotation=rotation, wait=call.wait)
    await call.async_run(command, wait=call.wait)


ACTIONS = (
    Action(
        name="get_plan",
        needs=Needs.READ,
        roles=(Role.SCHEDULER,),
        handler=_async_get_plan,
        fields={
            probatio.Optional("refresh", default=False): flag,
            probatio.Optional("profile"): text(),
            probatio.Optional("start"): date_time,
        },
        choices={"profile": Choice.SCHEDULER_PROFILES},
        returns=SupportsResponse.ONLY,
    ),
    Action(
        name="get_projects",
        needs=Needs.READ,
        roles=(Role.SCHEDULER,),
        handler=_async_get_projects,
        fields={
            probatio.Optional("state", default=ProjectState.ACTIVE.value): choice(
                *ProjectState, ALL
            ),
            probatio.Optional("profile"): text(),
        },
        choices={"profile": Choice.SCHEDULER_PROFILES},
        returns=SupportsResponse.ONLY,
    ),
    Action(
        name="get_target_statistics",
        needs=Needs.READ,
        roles=(Role.SCHEDULER,),
        handler=_async_get_target_statistics,
        fields=NAMED_TARGET,
        choices=PLANNED,
        returns=SupportsResponse.ONLY,
    ),
    Action(
        name="slew_to_target",
        needs=Needs.CONTROL,
        roles=(Role.MOUNT,),
        adds=CENTERING,
        handler=_async_slew_to_target,
        fields={
            **NAMED_TARGET,
            probatio.Optional("center", default=True): flag,
            probatio.Optional("rotate", default=False): flag,
            **WAIT,
        },
        choices=PLANNED,
    ),
)
