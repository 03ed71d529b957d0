"""Events of N.I.N.A. on the bus of Home Assistant."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.json import json_bytes
from homeassistant.util import dt as dt_util

from ..api import EventType, NinaEvent, Role
from ..const import EVENT_NINA
from ..devices import device_identifier

# What the recorder of Home Assistant takes for one event.
LARGEST_EVENT: Final = 32_000
# The recorder leaves out all attributes that are larger than 16,384 bytes with those of the entity.
LARGEST_ATTRIBUTES: Final = 14_000
LONGEST_NAME: Final = 200
UNNAMED: Final = (EventType.OTHER, EventType.CUSTOM)


@callback
def async_fire(hass: HomeAssistant, entry: ConfigEntry, event: NinaEvent) -> None:
    """Fire an event on the bus, with everything that N.I.N.A. said."""
    data: dict[str, Any] = {
        "device_id": _device_id(hass, entry, event.role),
        "entry_id": entry.entry_id,
        "type": event.type.value,
        "time": None if event.time is None else event.time.isoformat(),
        "data": dict(event.data),
    }
    if event.type in UNNAMED:
        data["name"] = event.name
    if event.replayed:
        data["replayed"] = True
    _fire(hass, data)


@callback
def async_fire_own(
    hass: HomeAssistant,
    entry: ConfigEntry,
    kind: str,
    data: dict[str, Any],
    role: Role = Role.HUB,
) -> None:
    """Fire an event of this integration itself, in the same form."""
    _fire(
        hass,
        {
            "device_id": _device_id(hass, entry, role),
            "entry_id": entry.entry_id,
            "type": kind,
            "time": dt_util.utcnow().isoformat(),
            "data": data,
        },
    )


def _fire(hass: HomeAssistant, data: dict[str, Any]) -> None:
    """Fire an event that is not too large for whoever records it."""
    if len(json_bytes(data)) > LARGEST_EVENT:
        data["data"] = smallest(data["data"], LARGEST_EVENT // 2)
        if "name" in data:
            data["name"] = data["name"][:LONGEST_NAME]
    hass.bus.async_fire(EVENT_NINA, data)


def smallest(payload: Mapping[str, Any], room: int) -> dict[str, Any]:
    """Return what there is room for, in bytes, beginning with the smallest, marked as truncated."""
    kept: dict[str, Any] = {}
    for size, key in sorted((len(json_bytes(each)), each[0]) for each in payload.items()):
        room -= size
        if room < 0:
            break
        kept[key] = payload[key]
    return kept | {"truncated": True}


def _device_id(hass: HomeAssistant, entry: ConfigEntry, role: Role | None) -> str | None:
    """Return the device that an event is about: the equipment, or the hub."""
    registry = dr.async_get(hass)
    for wanted in (role or Role.HUB, Role.HUB):
        identifier = device_identifier(entry, wanted)
        if device := registry.async_get_device_by_identifier(identifier, entry.entry_id):
            return device.id
    return None
