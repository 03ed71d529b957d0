"""Short words for looking at states and carrying out actions in tests."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from homeassistant.core import HomeAssistant, State

from simulator import Observatory

from .waiting import eventually

DOME = "cover.observatory_dome"
FLAT_COVER = "cover.observatory_flat_panel_cover"
NOT_SAFE = "binary_sensor.observatory_safety"
REACHABLE = "binary_sensor.observatory_reachable"
EVENT_STREAM = "binary_sensor.observatory_event_stream"


def _find(hass: HomeAssistant, entity_id: str) -> State:
    """Return what an entity shows; fails where there is none."""
    found: State | None = hass.states.get(entity_id)
    assert found is not None, f"{entity_id} does not exist"
    return found


def state(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    return _find(hass, entity_id).state


def attributes(hass: HomeAssistant, entity_id: str) -> Mapping[str, Any]:
    """Return the attributes of an entity."""
    return _find(hass, entity_id).attributes


async def until(hass: HomeAssistant, entity_id: str, wanted: str) -> None:
    """Return once an entity has a state."""
    await eventually(lambda: state(hass, entity_id) == wanted)


@asynccontextmanager
async def stream_lost(hass: HomeAssistant, observatory: Observatory) -> AsyncIterator[None]:
    """Drop the event stream, and refuse another one for as long as this lasts."""
    async with observatory.faults.during("socket_refuse"):
        await observatory.faults.start("socket_drop")
        await until(hass, EVENT_STREAM, "off")
        yield


async def act(
    hass: HomeAssistant,
    action: str,
    entity_id: str | None = None,
    *,
    return_response: bool = False,
    **data: Any,
) -> Any:
    """Carry out an action and return, once it is done, what it answers."""
    domain, service = action.split(".")
    target = {} if entity_id is None else {"entity_id": entity_id}
    return await hass.services.async_call(
        domain, service, {**target, **data}, blocking=True, return_response=return_response
    )
