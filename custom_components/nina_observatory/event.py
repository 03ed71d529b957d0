"""Event entities of each kind of equipment and of N.I.N.A. itself.

They show live events only. Events replayed after a gap are in the past, and automations must not
act on them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.json import json_bytes

from .api import EventType, Guider, Role
from .api.models.wire import moment
from .entities.adding import async_add_rows
from .entities.entity import RowDescription, RowEntity
from .entities.source import SCHEDULER, SERVER
from .events.bus import LARGEST_ATTRIBUTES, LONGEST_NAME, BusEvent, event_bus, smallest
from .events.own_types import OwnEventType
from .runtime import NinaConfigEntry, NinaRuntimeData
from .views import frame_path

PARALLEL_UPDATES = 0


type Details = Callable[[NinaRuntimeData, BusEvent, Mapping[str, object]], Mapping[str, object]]


@dataclass(frozen=True, kw_only=True)
class NinaEventDescription(RowDescription[Any], EventEntityDescription):
    """Describe the events of one kind.

    `details_fn` returns data to show in addition to the payload of an event.
    """

    details_fn: Details = lambda _data, _event, _payload: {}


def _picture(
    data: NinaRuntimeData, event: BusEvent, payload: Mapping[str, object]
) -> Mapping[str, object]:
    """Return the path of the picture of a saved frame, for notifications."""
    if event["type"] != EventType.IMAGE_SAVED:
        return {}
    name = payload.get("filename")
    identity = (moment(payload.get("date")), name if isinstance(name, str) else None)
    frame = data.frames.find(identity)
    return {} if frame is None else {"picture": frame_path(event["entry_id"], frame)}


def _guiding(
    data: NinaRuntimeData, event: BusEvent, _payload: Mapping[str, object]
) -> Mapping[str, object]:
    """Return for a dither whether the guider reports guiding.

    N.I.N.A. reports only the end of a dither, also of one that it skipped without guiding.
    """
    if event["type"] != EventType.GUIDER_DITHERED:
        return {}
    guider = data.equipment.data.device(Role.GUIDER)
    return {"guiding": guider.guiding if isinstance(guider, Guider) else None}


def _connections(role: Role) -> tuple[str, ...]:
    """Return the event types for a device that connects or disconnects."""
    changes = ("connected", "disconnected", "connection_changed")
    return tuple(EventType(f"{role}_{change}") for change in changes)


def _describe(key: str, *types: str, **more: Any) -> NinaEventDescription:
    return NinaEventDescription(
        key=key, translation_key=key, event_types=[str(each) for each in types], **more
    )


def _equipment(role: Role, *types: str, **more: Any) -> NinaEventDescription:
    """Describe the event entity of a device; diagnostic if it only connects and disconnects."""
    category = None if types else EntityCategory.DIAGNOSTIC
    return _describe(role, *types, *_connections(role), entity_category=category, **more)


EVENTS: Final[dict[Role, tuple[NinaEventDescription, ...]]] = {
    Role.HUB: (
        _describe(
            "image",
            EventType.IMAGE_SAVED,
            EventType.IMAGE_PREPARED,
            EventType.CAPTURE_FINISHED,
            EventType.LIVE_STACK_UPDATED,
            EventType.LIVE_STACK_STATUS_CHANGED,
            source=SERVER,
            details_fn=_picture,
        ),
        _describe(
            "sequence",
            EventType.SEQUENCE_STARTED,
            EventType.SEQUENCE_FINISHED,
            EventType.SEQUENCE_ENTITY_FAILED,
            OwnEventType.TARGET_CHANGED,
            OwnEventType.WAITING_FOR_PERSON,
            source=SERVER,
        ),
        _describe(
            "session",
            EventType.PROFILE_ADDED,
            EventType.PROFILE_REMOVED,
            EventType.PROFILE_CHANGED,
            EventType.CUSTOM,
            EventType.OTHER,
            OwnEventType.NIGHT_REPORT,
            OwnEventType.SECURE_FINISHED,
            OwnEventType.START_UP_FINISHED,
            source=SERVER,
        ),
        # Errors of every kind of equipment.
        _describe(
            "error",
            EventType.AUTOFOCUS_FAILED,
            EventType.CAMERA_DOWNLOAD_TIMEOUT,
            EventType.PLATE_SOLVE_FAILED,
            EventType.SEQUENCE_ENTITY_FAILED,
            OwnEventType.ROOF_CLOSE_FAILED,
            source=SERVER,
        ),
    ),
    Role.SCHEDULER: (
        _describe(
            "scheduler",
            EventType.SCHEDULER_WAIT_STARTED,
            EventType.SCHEDULER_NEW_TARGET_STARTED,
            EventType.SCHEDULER_TARGET_STARTED,
            source=SCHEDULER,
        ),
    ),
    Role.CAMERA: (_equipment(Role.CAMERA),),
    Role.MOUNT: (
        _equipment(
            Role.MOUNT,
            EventType.MOUNT_PARKED,
            EventType.MOUNT_UNPARKED,
            EventType.MOUNT_HOMED,
            EventType.MOUNT_CENTERING,
            EventType.MERIDIAN_FLIP_STARTED,
            EventType.MERIDIAN_FLIP_FINISHED,
        ),
    ),
    Role.FOCUSER: (
        _describe(
            "autofocus",
            EventType.AUTOFOCUS_STARTED,
            EventType.AUTOFOCUS_POINT_ADDED,
            EventType.AUTOFOCUS_FINISHED,
            EventType.AUTOFOCUS_FAILED,
        ),
        _equipment(Role.FOCUSER, EventType.FOCUSER_MOVED_BY_HAND),
    ),
    Role.FILTER_WHEEL: (_equipment(Role.FILTER_WHEEL, EventType.FILTER_CHANGED),),
    Role.ROTATOR: (
        _equipment(
            Role.ROTATOR,
            EventType.ROTATOR_MOVED,
            EventType.ROTATOR_MOVED_MECHANICAL,
            EventType.ROTATOR_SYNCED,
        ),
    ),
    Role.GUIDER: (
        _equipment(
            Role.GUIDER,
            EventType.GUIDING_STARTED,
            EventType.GUIDING_STOPPED,
            EventType.GUIDER_DITHERED,
            details_fn=_guiding,
        ),
    ),
    Role.DOME: (
        _equipment(
            Role.DOME,
            EventType.DOME_SHUTTER_OPENED,
            EventType.DOME_SHUTTER_CLOSED,
            OwnEventType.ROOF_GUARD_CLOSING,
            OwnEventType.ROOF_GUARD_CLOSED,
            OwnEventType.ROOF_CLOSE_FAILED,
            OwnEventType.ROOF_CLOSE_UNCONFIRMED,
            OwnEventType.ROOF_CLOSE_CONFIRMED,
            EventType.DOME_PARKED,
            EventType.DOME_HOMED,
            EventType.DOME_SLEWED,
            EventType.DOME_SYNCED,
            EventType.DOME_STOPPED,
        ),
    ),
    Role.FLAT_PANEL: (
        _equipment(
            Role.FLAT_PANEL,
            EventType.FLAT_PANEL_COVER_OPENED,
            EventType.FLAT_PANEL_COVER_CLOSED,
            EventType.FLAT_PANEL_LIGHT_TOGGLED,
            EventType.FLAT_PANEL_BRIGHTNESS_CHANGED,
        ),
    ),
    Role.SWITCH_HUB: (_equipment(Role.SWITCH_HUB),),
    Role.WEATHER: (_equipment(Role.WEATHER),),
    Role.SAFETY_MONITOR: (_equipment(Role.SAFETY_MONITOR, EventType.SAFETY_CHANGED),),
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities of an entry."""
    async_add_rows(entry, Platform.EVENT, EVENTS, NinaEvent, async_add_entities)


class NinaEvent(RowEntity, EventEntity):
    """Events of one kind, with the payload of the newest."""

    entity_description: NinaEventDescription

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        bus = event_bus(self.hass, self.coordinator.config_entry)
        self.async_on_remove(bus.async_subscribe(self._handle_event))

    @property
    @override
    def available(self) -> bool:
        """Return True: the last event stays known, no matter what is connected now.

        An event right after a gap would otherwise change the state from unavailable, which no
        automation treats as an event.
        """
        return True

    @override
    def part(self) -> object:
        return None

    @callback
    def _handle_event(self, event: BusEvent) -> None:
        """Show a live event of this entity."""
        if event["type"] not in self.event_types or event.get("replayed") or _is_same_filter(event):
            return
        self._trigger_event(event["type"], recordable(self._attributes(event)))
        self.async_write_ha_state()

    def _attributes(self, event: BusEvent) -> dict[str, object]:
        """Return the payload with the statistics of a frame merged in, and the details.

        The payload of an unknown event is nested: its keys could clash with those of Home
        Assistant.
        """
        data = event["data"]
        if "name" in event:
            return {"name": event["name"], "data": dict(data)}
        statistics = data.get("image_statistics")
        payload = {key: value for key, value in data.items() if key != "image_statistics"}
        payload |= statistics if isinstance(statistics, Mapping) else {}
        return {**payload, **self.entity_description.details_fn(self.runtime, event, payload)}


def recordable(attributes: dict[str, object]) -> dict[str, object]:
    """Return the attributes that fit the recorder: all of them, or else the smallest."""
    if len(json_bytes(attributes)) <= LARGEST_ATTRIBUTES:
        return attributes
    if isinstance(payload := attributes.get("data"), Mapping):
        name = str(attributes.get("name"))[:LONGEST_NAME]
        return {"name": name, "data": smallest(payload, LARGEST_ATTRIBUTES // 2)}
    return smallest(attributes, LARGEST_ATTRIBUTES // 2)


def _is_same_filter(event: BusEvent) -> bool:
    """Return whether a filter was "changed" to itself, as before every exposure."""
    if event["type"] != EventType.FILTER_CHANGED:
        return False
    previous = event["data"].get("previous")
    return previous is not None and previous == event["data"].get("new")
