"""Polls that change nothing: the states they write, and what one costs the event loop."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from statistics import median
from time import monotonic, thread_time
from typing import Any, Final

from homeassistant.components.camera import Camera
from homeassistant.components.image import ImageEntity
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, callback
from homeassistant.helpers.entity_platform import async_get_platforms

from .house import DOMAIN, House, NotMeasurableError, settled_house

_POLLS: Final = 12
_ENTITIES: Final = 200
_MINUTES: Final = 30.0
# Seconds that are looked at, of which one poll or none is a part, in which a poll is over, and in
# which so many come.
_WINDOW: Final = 1.0
_OVER: Final = 0.2
_LONGEST: Final = 600.0
# The observatory is asked how often it was polled after so many.
_AT_A_TIME: Final = 15
# Seconds in which everything has shown that it stands still.
_STILL: Final = 45.0
_PATH: Final = "/v2/api/equipment/info"
# The end of the unique ID of the plot that follows the clock: the sky turns without a poll.
_OF_THE_CLOCK: Final = "_sky_plot"


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
    """Return what a second with a poll costs beyond one without requests, in seconds."""
    number = len(house.available())
    if number < _ENTITIES:
        raise NotMeasurableError(f"only {number} entities are available")
    spent: list[tuple[float, float]] = []
    before = await _polls(house)
    async with asyncio.timeout(_LONGEST):
        while len(spent) % _AT_A_TIME or await _polls(house) < before + _POLLS:
            began, worked = monotonic(), thread_time()
            await asyncio.sleep(_WINDOW)
            spent.append((began, thread_time() - worked))
    requests = [(at, path) for path, at, _ in (await house.site.ask("requests"))["requests"]]
    idle, polling = list[float](), list[float]()
    for began, worked in spent:
        near = [each for each in requests if began - _OVER <= each[0] < began + _WINDOW]
        if not near:
            idle.append(worked)
        elif [path for _, path in near] == [_PATH] and began <= near[0][
            0
        ] < began + _WINDOW - _OVER:
            polling.append(worked)
    if len(polling) < _POLLS / 2:
        raise NotMeasurableError(f"only {len(polling)} polls were alone in their second")
    return median(polling) - median(idle)


def _written(house: House) -> list[str]:
    """Return the entities of which a state is written from now on, as it was before or not.

    Without those that Home Assistant asks for itself, the writes by which it changes the tokens of
    pictures every few minutes, and the plot that follows the clock.
    """
    asked, renewed = set[str](), set[str]()
    for platform in async_get_platforms(house.hass, DOMAIN):
        for entity_id, entity in platform.entities.items():
            if entity.should_poll or (entity.unique_id or "").endswith(_OF_THE_CLOCK):
                asked.add(entity_id)
            elif isinstance(entity, Camera | ImageEntity):
                _watch_token(entity, renewed)
    entities, written = house.entities() - asked, list[str]()

    @callback
    def ours(data: Mapping[str, Any]) -> bool:
        return data["entity_id"] in entities

    @callback
    def note(event: Event[Any]) -> None:
        entity_id = event.data["entity_id"]
        if entity_id in renewed:
            renewed.remove(entity_id)
        else:
            written.append(entity_id)

    for kind in (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED):
        house.hass.bus.async_listen(kind, note, event_filter=ours)
    return written


def _watch_token(shown: Camera | ImageEntity, renewed: set[str]) -> None:
    """Add a picture to a set whenever Home Assistant is about to write it with its token."""
    renew = shown.async_update_token

    @callback
    def note() -> None:
        renew()
        renewed.add(shown.entity_id)

    shown.async_update_token = note  # type: ignore[method-assign]
