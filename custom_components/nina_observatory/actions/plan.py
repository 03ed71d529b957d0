"""Actions that ask the Target Scheduler; those that compute are refused while imaging."""

from dataclasses import asdict
from typing import Any

from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.util import dt as dt_util
import probatio

from ..api import Epoch, NinaNotFoundError, NinaResponseError, PlanEntry, Role, Target
from ..commands.mount import slew
from ..const import Needs
from ..coordinates import SkyPosition
from ..errors import NotDoneError, Reason, RefusedError
from ..plan import Plan, ProjectPlan, progress_of, seconds_to_go
from ..preview import async_read_plan, scheduler_errors, scheduler_of
from .action import CENTERING, WAIT, Action, Call
from .fields import Text, flag


async def _async_get_plan(call: Call) -> ServiceResponse:
    """Return tonight's plan: what was read last, or a new one where that is wanted or it is over."""
    plan = scheduler_of(call.entry).data.preview or ()
    now = dt_util.utcnow()
    last = max((entry.end_time for entry in plan if entry.end_time is not None), default=now)
    if call.data["refresh"] or last <= now:
        plan = await async_read_plan(call.entry)
    return {"plan": [_entry(entry) for entry in plan]}


def _entry(entry: PlanEntry) -> dict[str, Any]:
    """Return a part of the night."""
    return {
        "target": entry.name,
        "waiting": entry.waiting,
        "start": None if entry.start_time is None else entry.start_time.isoformat(),
        "end": None if entry.end_time is None else entry.end_time.isoformat(),
        "exposures": [asdict(run) for run in entry.runs],
    }


async def _async_get_projects(call: Call) -> ServiceResponse:
    """Return the active projects with their targets, as last read."""
    return {"projects": [_project(each) for each in _plan(call).projects]}


def _plan(call: Call) -> Plan:
    """Return what was read last; raises HomeAssistantError while the scheduler does not answer."""
    plan = scheduler_of(call.entry).data
    if not plan.reachable:
        raise NotDoneError(Reason.SCHEDULER_CANNOT_CONNECT)
    return plan


def _project(plan: ProjectPlan) -> dict[str, Any]:
    """Return a project."""
    return {
        "name": plan.project.name,
        "progress": plan.progress,
        **plan.details,
        "targets": [_target(target) for target in plan.targets],
    }


def _target(target: Target) -> dict[str, Any]:
    """Return a target."""
    return {
        "name": target.name,
        "enabled": target.active,
        "right_ascension": None if (hours := target.right_ascension) is None else 15 * hours,
        "declination": target.declination,
        "rotation": target.rotation,
        "progress": progress_of(target.plans),
        "remaining_seconds": seconds_to_go(target.plans),
        "plans": [asdict(plan) for plan in target.plans],
    }


async def _async_get_target_statistics(call: Call) -> ServiceResponse:
    """Return the statistics of a target, plan by plan."""
    target, scheduler = find_target(call), scheduler_of(call.entry)
    async with scheduler_errors(scheduler):
        try:
            statistics = await scheduler.client.get_statistics(target.id)
        except NinaNotFoundError:
            raise
        except NinaResponseError as err:
            # Usual without the star detector of Hocus Focus (target-scheduler API 2.5).
            raise NotDoneError(Reason.STATISTICS_FAILED, reason=str(err)) from err
    return {"target": target.name, "statistics": [asdict(each) for each in statistics]}


def find_target(call: Call) -> Target:
    """Return the target that an action names, by the project too where names repeat.

    Raises ServiceValidationError where there is none, or more than one.
    """
    found = _plan(call).named(call.data["target"], call.data.get("project"))
    if len(found) == 1:
        return found[0]
    raise RefusedError(
        Reason.TARGET_AMBIGUOUS if found else Reason.TARGET_UNKNOWN, target=call.data["target"]
    )


async def _async_slew_to_target(call: Call) -> None:
    """Slew to a target of the Target Scheduler, as it would be framed."""
    target = find_target(call)
    if (
        target.right_ascension is None
        or target.declination is None
        or target.epoch is not Epoch.J2000
    ):
        raise RefusedError(Reason.TARGET_WITHOUT_PLACE, target=target.name)
    place = SkyPosition.of_degrees(15 * target.right_ascension, target.declination)
    rotation = target.rotation if call.data["rotate"] else None
    center = call.data["center"]
    command = slew(place, center=center, rotation=rotation, wait=call.wait)
    await call.async_run(command, wait=call.wait)


TARGET_FIELDS = {
    probatio.Required("target"): Text(),
    probatio.Optional("project"): Text(),
}

ACTIONS = (
    Action(
        name="get_plan",
        needs=Needs.READ,
        roles=(Role.SCHEDULER,),
        handler=_async_get_plan,
        fields={probatio.Optional("refresh", default=False): flag},
        returns=SupportsResponse.ONLY,
    ),
    Action(
        name="get_projects",
        needs=Needs.READ,
        roles=(Role.SCHEDULER,),
        handler=_async_get_projects,
        returns=SupportsResponse.ONLY,
    ),
    Action(
        name="get_target_statistics",
        needs=Needs.READ,
        roles=(Role.SCHEDULER,),
        handler=_async_get_target_statistics,
        fields=TARGET_FIELDS,
        returns=SupportsResponse.ONLY,
    ),
    Action(
        name="slew_to_target",
        needs=Needs.CONTROL,
        roles=(Role.MOUNT,),
        adds=CENTERING,
        handler=_async_slew_to_target,
        fields={
            **TARGET_FIELDS,
            probatio.Optional("center", default=True): flag,
            probatio.Optional("rotate", default=False): flag,
            **WAIT,
        },
    ),
)
