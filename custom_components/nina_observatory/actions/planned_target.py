"""Targets of the Target Scheduler that calls name."""

from dataclasses import replace
from typing import Final

import probatio

from ..api import Epoch, Project, Target
from ..api.coordinates import SkyPosition
from ..const import Question
from ..errors import Reason, RefusedError
from ..procedures.plan_request import answered, scheduler_errors, scheduler_of
from ..readings.scheduler_plan import Found, SchedulerPlan
from .action import Call
from .choices import Choice
from .fields import text

NAMED_TARGET: Final = {
    probatio.Required("target"): text(),
    probatio.Optional("project"): text(),
}

# Lists that forms offer for these fields.
PLANNED: Final = {"target": Choice.TARGETS, "project": Choice.PROJECTS}

# Targets that an error lists.
_MOST_LISTED: Final = 5


def planned(call: Call) -> SchedulerPlan:
    """Return the last reading; raises HomeAssistantError while the scheduler does not answer."""
    return answered(scheduler_of(call.entry).data)


async def async_find_target(call: Call) -> Target:
    """Return the target that a call names, together with its project if names repeat.

    Inactive projects are only searched if named. Raises ServiceValidationError if there is no such
    project, no target, or more than one, and HomeAssistantError if a project that may contain it
    cannot be read.
    """
    plan, name, wanted = planned(call), call.data["target"], call.data.get("project")
    idle = [each for each in plan.others if _is_meant(each, wanted)]
    active = [each for each in plan.projects if wanted is None or _is_meant(each.project, wanted)]
    if wanted is not None and not idle and not active:
        raise RefusedError(Reason.PROJECT_UNKNOWN, project=wanted)
    unread = [each.project for each in active if not each.read]
    scheduler = scheduler_of(call.entry)
    async with scheduler_errors(scheduler, Question.PROJECTS):
        read = await scheduler.async_targets([*unread, *idle], whole=True)
    searched = replace(plan, projects=(*active, *read))
    found = searched.alike(name, wanted)
    if len(found) == 1:
        return found[0].target
    if found:
        raise RefusedError(Reason.TARGET_AMBIGUOUS, target=name, candidates=_listed(found))
    # Names of thousands of targets are compared outside the event loop.
    nearest = await call.hass.async_add_executor_job(searched.nearest, name)
    raise RefusedError(Reason.TARGET_UNKNOWN, target=name, nearest=", ".join(nearest) or "–")


def _is_meant(project: Project, wanted: str | None) -> bool:
    """Return whether a name or id matches a project."""
    return wanted is not None and wanted in (project.name, project.id)


def _listed(found: list[Found]) -> str:
    """Return targets of the same name, with project and id."""
    some = [
        f"{each.target.name} ({each.project.name or each.project.id}, ID {each.target.id})"
        for each in found[:_MOST_LISTED]
    ]
    return ", ".join([*some, "…"] if len(found) > _MOST_LISTED else some)


def place_of(target: Target) -> SkyPosition:
    """Return the place of a target; raises ServiceValidationError without J2000 coordinates."""
    if (
        target.right_ascension is None
        or target.declination is None
        or target.epoch is not Epoch.J2000
    ):
        raise RefusedError(Reason.TARGET_WITHOUT_PLACE, target=target.name)
    return SkyPosition.of_degrees(15 * target.right_ascension, target.declination)
