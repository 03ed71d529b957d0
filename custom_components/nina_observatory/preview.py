"""Tonight's plan: asked for only when that disturbs nothing.

The scheduler's preview writes to its database and disturbs a running sequence (target-scheduler
API 2.6), so it is never read on a timer while imaging.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from .api import NinaConnectionError, PlanEntry
from .const import CONF_DAILY_PLAN, LOGGER
from .coordinator import NinaConfigEntry
from .entity import translated_errors
from .errors import failure, refusal
from .scheduler import SchedulerCoordinator

# Before anybody images, and late enough for the computer to be on.
DAILY_HOUR = 16
# Asked earlier in the day the plan is of the coming night; after midnight only "from now" is of
# the running one (target-scheduler API 2.6).
NIGHT_BEGINS = 13


async def async_read_plan(entry: NinaConfigEntry) -> tuple[PlanEntry, ...]:
    """Have tonight planned anew.

    Raises ServiceValidationError without a Target Scheduler and while anything is being imaged,
    HomeAssistantError when the scheduler does not answer.
    """
    scheduler = scheduler_of(entry)
    # Two at once would get in each other's way on the server; meanwhile somebody may begin to image.
    async with scheduler.planning:
        if await _async_imaging(entry):
            raise refusal("plan_imaging")
        if scheduler.data.profile is None:
            raise failure("scheduler_cannot_connect")
        async with scheduler_errors():
            return await scheduler.async_preview(_start(dt_util.utcnow(), entry))


def scheduler_of(entry: NinaConfigEntry) -> SchedulerCoordinator:
    """Return the coordinator of the scheduler; raises ServiceValidationError without one."""
    if (scheduler := entry.runtime_data.scheduler) is None:
        raise refusal("no_scheduler")
    return scheduler


@asynccontextmanager
async def scheduler_errors() -> AsyncIterator[None]:
    """Turn errors of the scheduler's client into errors that Home Assistant shows to people."""
    try:
        async with translated_errors(passing=(NinaConnectionError,)):
            yield
    except NinaConnectionError as err:
        raise failure("scheduler_cannot_connect") from err


async def _async_imaging(entry: NinaConfigEntry) -> bool:
    """Return whether anything is being imaged, by fresh readings; unknown counts as yes."""
    data = entry.runtime_data
    state = await data.rig.async_read()
    if not state.reachable:
        return False
    reading = await data.sequence.async_read()
    camera = state.equipment.camera
    exposing = camera is not None and camera.exposing
    return exposing or not reading.reachable or (reading.tree is not None and reading.tree.running)


def _start(now: datetime, entry: NinaConfigEntry) -> datetime | None:
    """Return where the plan begins: now within a night, otherwise where the scheduler begins it."""
    server = entry.runtime_data.rig.data.server
    started = None if server is None else server.started_at
    zone = dt_util.get_default_time_zone() if started is None else started.tzinfo
    return None if now.astimezone(zone).hour >= NIGHT_BEGINS else now


@callback
def async_plan_daily(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Read the plan once in the afternoon, where the user wants that."""
    if entry.runtime_data.scheduler is None or not entry.options.get(CONF_DAILY_PLAN):
        return

    async def plan(_now: datetime) -> None:
        """Read the plan; what is in the way today is gone tomorrow."""
        try:
            await async_read_plan(entry)
        except HomeAssistantError as err:
            LOGGER.debug("No plan for %s today: %s", entry.title, err)

    entry.async_on_unload(async_track_time_change(hass, plan, hour=DAILY_HOUR, minute=0, second=0))
