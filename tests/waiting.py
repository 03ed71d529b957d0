"""Waiting for a condition instead of for a time."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from time import monotonic

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed


async def eventually(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Return as soon as a condition holds; fail when it does not within some seconds."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            raise AssertionError(f"did not happen within {seconds:g} s")
        await asyncio.sleep(0.01)


async def within(hass: HomeAssistant, seconds: float, condition: Callable[[], object]) -> None:
    """Return as soon as a condition holds, with all timers up to so many seconds run down.

    They are run down again when that was not enough, since some may have been set meanwhile; not
    all the time, since the limits of requests under way are timers as well.
    """
    for _ in range(20):
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
        with suppress(AssertionError):
            return await eventually(condition, 0.5)
    raise AssertionError(f"did not happen within {seconds:g} s of Home Assistant's time")
