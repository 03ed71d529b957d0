"""Polls that change nothing: the states they write, and what one costs the event loop."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from statistics import median
from time import thread_time
from typing import Any, Final

from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, State, callback
from homeassistant.helpers.entity_platform import async_get_platforms

from .house import DOMAIN, House, NotMeasurableError, settled_house

_POLLS, _CONTROLS = 25, 15
_ENTITIES: Final = 200
_MINUTES: Final = 30.0
# Seconds in which a poll is over, and after which the next one is not gathered with others.
_PAUSE: Final = 1.0
# Seconds in which everything has shown that it stands still.
_STILL: Final = 45.0
_PATH: Final = "/v2/api/equipment/info"
_NOBODY: Final = "sensor.of_nobody"
# What Home Assistant itself changes every few minutes.
_TOKENS: Final = frozenset({"access_token", "entity_picture"})


async def measure(what: str) -> dict[str, float]:
    """Return states written by polls, or milliseconds of the loop's thread for one."""
    async with _still_house() as house:
        if what == "time":
            return {"poll-time": 1000 * await _time(house)}
        written = _written(house)
        before = await _polls(house)
        await asyncio.sleep(60 * _MINUTES)
        if await _polls(house) == before:
            raise RuntimeError("nothing was polled")
        return {"poll-states": float(len(written))}


@asynccontextmanager
async def _still_house() -> AsyncIterator[House]:
    """Run a rig with all entities, for which the server always has the same answer."""
    async with settled_house("idle", complete=True) as house:
        await house.site.ask("stand_still")
        await asyncio.sleep(_STILL)
        yield house


async def _polls(house: House) -> int:
    """Return how often the equipment was asked for."""
    return [path for path, *_ in (await house.site.ask("requests"))["requests"]].count(_PATH)


async def _time(house: House) -> float:
    """Return what a poll costs in seconds, without the action that asks for it."""
    number = len(house.available())
    if number < _ENTITIES:
        raise NotMeasurableError(f"it has {number} entities that are available")
    idle = [await _update(house, _NOBODY) for _ in range(_CONTROLS)]
    before = await _polls(house)
    reachable = house.entity("binary_sensor", "hub_reachable")
    spent = [await _update(house, reachable) for _ in range(_POLLS)]
    if (polls := await _polls(house) - before) < _POLLS:
        raise NotMeasurableError(f"it polled {polls} times instead of {_POLLS}")
    return median(spent) - median(idle)


async def _update(house: House, entity_id: str) -> float:
    """Ask for a reading as a user does; return the seconds that the loop's thread worked."""
    began = thread_time()
    await house.hass.services.async_call(
        "homeassistant", "update_entity", {"entity_id": entity_id}, blocking=True
    )
    await asyncio.sleep(_PAUSE)
    return thread_time() - began


def _written(house: House) -> list[str]:
    """Return the entities of which a state is written from now on, as it was before or not.

    Without those that Home Assistant asks for itself.
    """
    asked = {
        entity_id
        for platform in async_get_platforms(house.hass, DOMAIN)
        for entity_id, entity in platform.entities.items()
        if entity.should_poll
    }
    entities, written = house.entities() - asked, list[str]()

    @callback
    def ours(data: Mapping[str, Any]) -> bool:
        return data["entity_id"] in entities

    @callback
    def note(event: Event[Any]) -> None:
        if not _has_new_token(event.data.get("old_state"), event.data["new_state"]):
            written.append(event.data["entity_id"])

    for kind in (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED):
        house.hass.bus.async_listen(kind, note, event_filter=ours)
    return written


def _has_new_token(old: State | None, new: State | None) -> bool:
    """Return whether nothing but the token of a picture has changed."""
    if old is None or new is None or old.state != new.state:
        return False
    changed = {
        key
        for key in old.attributes.keys() | new.attributes.keys()
        if old.attributes.get(key) != new.attributes.get(key)
    }
    return bool(changed) and changed <= _TOKENS
