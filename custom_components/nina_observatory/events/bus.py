"""Events of N.I.N.A. and of this integration on the bus of Home Assistant."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NotRequired, TypedDict

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import SignalType
from homeassistant.helpers.json import json_bytes
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..api import EventType, NinaEvent, Role, plain
from ..const import DOMAIN, EVENT_NINA
from ..helpers.devices import HubPart, device_identifier
from ..helpers.listeners import Listeners
from .own_types import OwnEventType

# The recorder's size limit for one event.
LARGEST_EVENT: Final = 32_000
# The recorder drops all attributes if they are larger than 16,384 bytes together with those of the
# entity.
LARGEST_ATTRIBUTES: Final = 14_000
LONGEST_NAME: Final = 200
# Sent for each live event of a row of the event entities, also of one that is off: the id of the
# entry, role and key of the row, the type of the event, and a function for what the entity shows of it.
MOMENT: Final[SignalType[str, str, str, Callable[[], Mapping[str, object]]]] = SignalType(
    f"{DOMAIN}_moment"
)
UNNAMED: Final = (EventType.OTHER, EventType.CUSTOM)
# Events that concern no equipment, but a part of the hub.
PARTS: Final[Mapping[str, HubPart]] = {
    EventType.LIVE_STACK_STATUS_CHANGED: HubPart.IMAGING,
    EventType.LIVE_STACK_UPDATED: HubPart.IMAGING,
    EventType.SEQUENCE_ENTITY_FAILED: HubPart.SEQUENCE,
    EventType.SEQUENCE_FINISHED: HubPart.SEQUENCE,
    EventType.SEQUENCE_STARTED: HubPart.SEQUENCE,
    OwnEventType.TARGET_CHANGED: HubPart.SEQUENCE,
    OwnEventType.WAITING_FOR_PERSON: HubPart.SEQUENCE,
}


class BusEvent(TypedDict):
    """An event in the form used on the bus; `name` only if the type does not identify it."""

    device_id: str | None
    entry_id: str
    type: str
    time: str | None
    data: Mapping[str, object]
    name: NotRequired[str]
    replayed: NotRequired[bool]


class EventBus:
    """Fires the events of one entry on Home Assistant's bus, then hands them to internal receivers.

    Receivers get the same events with the same data in the same order as the bus. An event fired by
    a receiver waits until all receivers have handled the one before.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._receivers: Listeners[BusEvent] = Listeners()
        self._queue: deque[BusEvent] = deque()
        self._firing = False

    @callback
    def async_subscribe(self, receiver: Callable[[BusEvent], None]) -> CALLBACK_TYPE:
        """Hand every event to `receiver` from now on; returns a function that unsubscribes."""
        return self._receivers.async_add(receiver)

    @callback
    def async_fire(self, event: NinaEvent) -> None:
        """Fire an event of N.I.N.A. with its whole payload.

        Raises TypeError or ValueError for data that cannot be encoded.
        """
        data = self._data(event.type.value, event.time, event.data, event.role)
        if event.type in UNNAMED:
            data["name"] = event.name
        if event.replayed:
            data["replayed"] = True
        self._fire(data)

    @callback
    def async_fire_own(self, kind: str, data: Mapping[str, object], role: Role) -> None:
        """Fire an event of this integration's own, in the same form."""
        self._fire(self._data(kind, dt_util.utcnow(), data, role))

    def _data(
        self, kind: str, time: datetime | None, data: Mapping[str, object], role: Role | None
    ) -> BusEvent:
        """Return the data that all events share."""
        return {
            "device_id": _device_id(self._hass, self._entry, PARTS.get(kind, role)),
            "entry_id": self._entry.entry_id,
            "type": kind,
            "time": plain(time),
            "data": dict(data),
        }

    def _fire(self, data: BusEvent) -> None:
        """Fire an event in its turn, cut to the recorder's size limit."""
        if len(json_bytes(data)) > LARGEST_EVENT:
            data["data"] = smallest(data["data"], LARGEST_EVENT // 2)
            if "name" in data:
                data["name"] = data["name"][:LONGEST_NAME]
        self._queue.append(data)
        if self._firing:
            return
        self._firing = True
        try:
            while self._queue:
                told = self._queue.popleft()
                self._hass.bus.async_fire(EVENT_NINA, told)
                self._receivers.async_call(told)
        finally:
            self._firing = False


_BUSES: HassKey[dict[str, EventBus]] = HassKey(f"{DOMAIN}_event_buses")


@callback
def event_bus(hass: HomeAssistant, entry: ConfigEntry) -> EventBus:
    """Return the one bus of an entry, the same before and after a reload."""
    buses = hass.data.setdefault(_BUSES, {})
    if entry.entry_id not in buses:
        buses[entry.entry_id] = EventBus(hass, entry)
    return buses[entry.entry_id]


@callback
def async_forget_bus(hass: HomeAssistant, entry_id: str) -> None:
    """Discard the bus of an entry that is removed."""
    hass.data.get(_BUSES, {}).pop(entry_id, None)


@callback
def async_fire_own(
    hass: HomeAssistant,
    entry: ConfigEntry,
    kind: str,
    data: Mapping[str, object],
    role: Role = Role.HUB,
) -> None:
    """Fire an event of this integration's own on the bus of an entry."""
    event_bus(hass, entry).async_fire_own(kind, data, role)


def smallest(payload: Mapping[str, object], room: int) -> dict[str, object]:
    """Return the items that fit the size in bytes, smallest first, marked as truncated."""
    kept: dict[str, object] = {}
    for size, key in sorted((len(json_bytes(each)), each[0]) for each in payload.items()):
        room -= size
        if room < 0:
            break
        kept[key] = payload[key]
    return kept | {"truncated": True}


def _device_id(hass: HomeAssistant, entry: ConfigEntry, role: str | None) -> str | None:
    """Return the device that an event concerns: the equipment, a part of the hub, or the hub."""
    registry = dr.async_get(hass)
    for wanted in (role or Role.HUB, Role.HUB):
        identifier = device_identifier(entry, wanted)
        if device := registry.async_get_device_by_identifier(identifier, entry.entry_id):
            return device.id
    return None
