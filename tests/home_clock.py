"""Home Assistant by the clock that tests turn."""

from datetime import datetime, tzinfo
from types import ModuleType

from homeassistant import util
from homeassistant.helpers import event
from homeassistant.util import dt as dt_util
from homeassistant.util.executor import InterruptibleThreadPoolExecutor

from .clock import CLOCK, ClockDatetime, join_threads


def _now(time_zone: tzinfo | None = None) -> datetime:
    """Stand in for `homeassistant.util.dt.now`."""
    return CLOCK.utcnow().astimezone(time_zone or dt_util.DEFAULT_TIME_ZONE)


def follow_clock(*modules: ModuleType) -> None:
    """Have Home Assistant follow the clock where it asks neither `time.time` nor `time.monotonic`.

    The modules that are given ask `datetime`.
    """
    for module, name, clock in (
        (dt_util, "utcnow", CLOCK.utcnow),
        (dt_util, "now", _now),
        (util, "utcnow", CLOCK.utcnow),
        (event, "time_tracker_utcnow", CLOCK.utcnow),
        *((module, "datetime", ClockDatetime) for module in modules),
    ):
        setattr(module, name, clock)
    InterruptibleThreadPoolExecutor.join_threads_or_timeout = join_threads  # type: ignore[assignment, method-assign]
