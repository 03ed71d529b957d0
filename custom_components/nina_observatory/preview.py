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

from .api import NinaConnectionError, NinaNotFoundError, NinaResponseError, PlanEntry, Role
from .const import CONF_DAILY_PLAN, CONF_READ_ONLY, LOGGER
from .coordinator import NinaConfigEntry
from .devices import is_known
from .errors import NotDoneError, Reason, RefusedError
from .scheduler import SchedulerCoordinator

# Before anybody images, and late enough for the computer to be on.
DAILY_HOUR = 16
# Asked earlier in the day the plan is of the coming night; after midnight only "from now" is of
# the running one (target-scheduler API 2.6).
NIGHT_BEGINS = 13


async def async_read_plan(entry: NinaConfigEntry) -> tuple[PlanEntry, ...]:
    """Have tonight planned anew.

    Raises ServiceValidationError without a Target Scheduler, for an entry that is read only and
    while anything is being imaged, HomeAssistantError when the scheduler does not answer and when
    it is not known what is imaged.
    """
    scheduler = scheduler_of(entry)
    if entry.options.get(CONF_READ_ONLY):
        raise RefusedError(Reason.READ_ONLY)
    # Two at once would get in each other's way on the server; meanwhile somebody may begin to image.
    async with scheduler.planning:
        # The profile may have been switched since; the plan of another one would be mixed up.
        plan = await scheduler.async_read()
        if not plan.reachable or plan.profile is None:
            raise NotDoneError(Reason.SCHEDULER_CANNOT_CONNECT)
        await _async_refuse_while_imaging(entry)
        async with scheduler_errors(scheduler):
            return await scheduler.async_preview(plan_begins(dt_util.utcnow(), entry))


def scheduler_of(entry: NinaConfigEntry) -> SchedulerCoordinator:
    """Return the coordinator of the scheduler; raises ServiceValidationError without one."""
    if (scheduler := entry.runtime_data.scheduler) is None:
        raise RefusedError(Reason.NO_SCHEDULER)
    return scheduler


@asynccontextmanager
async def scheduler_errors(scheduler: SchedulerCoordinator) -> AsyncIterator[None]:
    """Turn errors of the scheduler's client into errors that Home Assistant shows to people."""
    try:
        yield
    except NinaConnectionError as err:
        raise NotDoneError(Reason.SCHEDULER_CANNOT_CONNECT) from err
    except NinaNotFoundError as err:
        scheduler.async_read_soon()
        raise NotDoneError(Reason.SCHEDULER_UNKNOWN) from err
    except NinaResponseError as err:
        raise NotDoneError(Reason.SCHEDULER_BAD_ANSWER, reason=str(err)) from err


async def _async_refuse_while_imaging(entry: NinaConfigEntry) -> None:
    """Raise while anything is being imaged, by fresh readings; what is not known may be.

    The scheduler runs inside N.I.N.A.: where it answers, N.I.N.A. may image although its own server
    is slow, switched off or blocked.
    """
    data = entry.runtime_data
    rig = await data.rig.async_read(Role.CAMERA)
    if rig.reachable and not data.rig.data.reachable:
        # It has just come back, and the sequence is read only once that is known.
        await data.rig.async_read()
    sequence = await data.sequence.async_read()
    camera = rig.equipment.camera
    if data.sequence.begun or sequence.running or (camera is not None and camera.exposing):
        raise RefusedError(Reason.PLAN_IMAGING)
    camera_unread = camera is None and is_known(data.rig.hass, entry, Role.CAMERA)
    if not rig.reachable or sequence.running is None or camera_unread:
        raise NotDoneError(Reason.PLAN_IMAGING_UNKNOWN)


def plan_begins(now: datetime, entry: NinaConfigEntry) -> datetime | None:
    """Return where the plan begins: now within a night, otherwise where the scheduler begins it."""
    server, zone = entry.runtime_data.rig.data.server, dt_util.get_default_time_zone()
    started = None if server is None else server.started_at
    # Where it agrees our own zone is better: N.I.N.A.'s offset is that of the day it was started.
    if started is not None and started.utcoffset() != started.astimezone(zone).utcoffset():
        return None if now.astimezone(started.tzinfo).hour >= NIGHT_BEGINS else now
    return None if now.astimezone(zone).hour >= NIGHT_BEGINS else now


@callback
def async_plan_daily(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Read the plan once in the afternoon, where the user wants that."""
    if entry.runtime_data.scheduler is None or not entry.options.get(CONF_DAILY_PLAN):
        return

    async def plan() -> None:
        """Read the plan; what is in the way today is gone tomorrow."""
        try:
            await async_read_plan(entry)
        except HomeAssistantError as err:
            LOGGER.debug("No plan for %s today: %s", entry.title, err)

    @callback
    def begin(_now: datetime) -> None:
        """Read it as long as the entry is loaded: that can take minutes."""
        entry.async_create_background_task(hass, plan(), f"{entry.title} plan of the day")

    entry.async_on_unload(async_track_time_change(hass, begin, hour=DAILY_HOUR, minute=0, second=0))
