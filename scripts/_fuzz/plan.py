"""Answers of the Target Scheduler: sound ones, and everything that Home Assistant shows of them."""

import asyncio
from contextlib import suppress
from datetime import timedelta
import json
from typing import Any, Final

import aiohttp
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.json import ExtendedJSONEncoder
from homeassistant.util import dt as dt_util

from custom_components.nina_observatory.const import DOMAIN
from scripts._chaos.home import Rig

from .judge import NonsenseError, judge

# Routes of its server, and as what they are broken.
ROUTES: Final = ("version", "profiles", "projects", "targets", "statistics", "preview")
PREFIX: Final = "scheduler/"
# Long enough for every entry of a plan.
_AROUND: Final = timedelta(days=400)
_PATIENCE: Final = 30.0


async def async_gather_plan(rig: Rig) -> dict[str, Any]:
    """Return what the scheduler answers while nothing is broken, by `scheduler/` and route."""
    url = f"http://127.0.0.1:{rig.observatory.scheduler_port}/ts/v0"

    async def ask(path: str) -> Any:
        """Return an answer."""
        async with session.get(f"{url}/{path}") as response:
            response.raise_for_status()
            return json.loads(await response.text())

    async with asyncio.timeout(_PATIENCE), aiohttp.ClientSession() as session:
        profiles = await ask("profiles")
        profile = next(each["Id"] for each in profiles if each["Active"])
        projects = await ask(f"profiles/{profile}/projects")
        targets = await ask(f"projects/{projects[0]['Id']}/targets")
        statistics = await ask(f"targets/{targets[0]['Id']}/statistics")
        preview = await ask(f"profiles/{profile}/preview")
        answers = (await ask("version"), profiles, projects, targets, statistics, preview)
    if not all(answers):
        raise RuntimeError("the scheduler of the simulator has nothing to plan")
    return {f"{PREFIX}{route}": answer for route, answer in zip(ROUTES, answers, strict=True)}


async def async_follow_plan(rig: Rig) -> None:
    """Have everything read that the scheduler answers, and judge what actions and calendar tell."""
    scheduler = rig.data.scheduler
    if scheduler is None:
        raise NonsenseError("there is no scheduler")
    await scheduler.async_read()
    await _async_judge(rig, "get_plan", refresh=True)
    await _async_judge(rig, "get_projects", state="all")
    targets = [target for plan in scheduler.data.projects for target in plan.targets]
    if targets:
        await _async_judge(rig, "get_target_statistics", target=targets[0].name)
    await _async_judge_calendar(rig)


async def _async_judge(rig: Rig, action: str, **data: Any) -> None:
    """Carry out an action and judge its answer; it may say that it cannot."""
    with suppress(HomeAssistantError):
        answer = await rig.hass.services.async_call(
            DOMAIN,
            action,
            {"config_entry_id": rig.entry.entry_id, **data},
            blocking=True,
            return_response=True,
        )
        judge(answer, action)
        json.dumps(answer, cls=ExtendedJSONEncoder, allow_nan=False)


async def _async_judge_calendar(rig: Rig) -> None:
    """Judge what the calendar has of the plan."""
    entity, now = rig.entity("calendar", "scheduler_plan"), dt_util.utcnow()
    if entity is None:
        raise NonsenseError("there is no calendar")
    if rig.state("calendar", "scheduler_plan") == STATE_UNAVAILABLE:
        return
    answer = await rig.hass.services.async_call(
        "calendar",
        "get_events",
        {
            "entity_id": entity,
            "start_date_time": (now - _AROUND).isoformat(),
            "end_date_time": (now + _AROUND).isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    judge(answer, "calendar")
    json.dumps(answer, cls=ExtendedJSONEncoder, allow_nan=False)
