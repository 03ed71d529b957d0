"""Event entities of each kind of equipment and of N.I.N.A. itself.

They show live events only. Events replayed after a gap are in the past, and automations must not
act on them.

They are off by default: Home Assistant's logbook has a line without details for every event of one that
is on. `Moments` has lines with details for those that no state shows, and triggers need no entities.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.json import json_bytes
from homeassistant.helpers.translation import async_get_cached_translations

from .api import EventType, Guider, ImageType, Role
from .api.models.wire import moment
from .const import DOMAIN, EVENT_LOGBOOK
from .entities.adding import async_add_rows
from .entities.entity import RowDescription, RowEntity, own_device_class
from .entities.pictures import MEDIA, frame_media, frame_path
from .entities.source import SCHEDULER, SERVER
from .events.bus import (
    LARGEST_ATTRIBUTES,
    LONGEST_NAME,
    MOMENT,
    BusEvent,
    event_bus,
    smallest,
)
from .events.own_types import ERRORS, OwnEventType
from .helpers.devices import HubPart, unique_id
from .readings.frame_statistics import FrameStatistics
from .runtime import NinaConfigEntry, NinaRuntimeData

PARALLEL_UPDATES = 0


_REASON: Final = f"component.{DOMAIN}.entity.event.dome.state_attributes.reason.state."
_PROBLEM: Final = (
    f"component.{DOMAIN}.entity.alarm_control_panel.night_watch.state_attributes.problem.state."
)
# Events on the bus alone: the steps of what ends with an event of its own.
STEPS: Final = (EventType.AUTOFOCUS_POINT_ADDED, EventType.IMAGE_PREPARED)
# Events that no state shows: the logbook gets a line for each, from an event entity or else from
# `Moments`.
STATELESS: Final = (
    EventType.AUTOFOCUS_STARTED,
    EventType.CAMERA_DOWNLOAD_TIMEOUT,
    EventType.CUSTOM,
    EventType.IMAGE_SAVED,
    EventType.MERIDIAN_FLIP_FINISHED,
    EventType.MERIDIAN_FLIP_STARTED,
    EventType.PLATE_SOLVE_FAILED,
    EventType.SEQUENCE_ENTITY_FAILED,
    OwnEventType.NIGHT_REPORT,
    OwnEventType.ROOF_CLOSE_CONFIRMED,
    OwnEventType.ROOF_CLOSE_FAILED,
    OwnEventType.ROOF_CLOSE_UNCONFIRMED,
    OwnEventType.ROOF_GUARD_CLOSED,
    OwnEventType.ROOF_GUARD_CLOSING,
    OwnEventType.SECURE_FINISHED,
    OwnEventType.START_UP_FINISHED,
)

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
    """Return where the picture of a saved frame is, and how a light frame compares, for notifications.

    The numbers are those of the night so far, with this frame.
    """
    if event["type"] != EventType.IMAGE_SAVED:
        return {}
    name = payload.get("filename")
    identity = (moment(payload.get("date")), name if isinstance(name, str) else None)
    frame = data.frames.find(identity)
    if frame is None:
        return {}
    entry_id = event["entry_id"]
    shown: dict[str, object] = {
        "picture": frame_path(entry_id, frame),
        "media_content_id": f"{MEDIA}{frame_media(entry_id, frame)}",
    }
    if frame.image_type is ImageType.LIGHT:
        night = data.frames.data.night
        alike = dict(night.by_filter).get(frame.filter or "", FrameStatistics())
        shown |= {
            "light_frames": night.total.frames,
            "frames_of_filter": alike.frames,
            "best_hfr": alike.best_hfr,
        }
    return shown


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


def _reason(
    data: NinaRuntimeData, _event: BusEvent, payload: Mapping[str, object]
) -> Mapping[str, object]:
    """Return the reason of what happened to the roof in words, for notifications."""
    hass = data.equipment.hass
    texts = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
    text = texts.get(f"{_REASON}{payload.get('reason')}")
    return {} if text is None else {"reason_text": text}


def _problem(
    data: NinaRuntimeData, _event: BusEvent, payload: Mapping[str, object]
) -> Mapping[str, object]:
    """Return the problem of the night watch in words, for notifications."""
    hass = data.equipment.hass
    texts = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
    text = texts.get(f"{_PROBLEM}{payload.get('problem')}")
    return {} if text is None else {"problem_text": text}


def _connections(role: Role) -> tuple[str, ...]:
    """Return the event types for a device that connects or disconnects."""
    changes = ("connected", "disconnected", "connection_changed")
    return tuple(EventType(f"{role}_{change}") for change in changes)


def _describe(key: str, *types: str, **more: Any) -> NinaEventDescription:
    return NinaEventDescription(
        key=key,
        translation_key=key,
        device_class=own_device_class(key),
        entity_registry_enabled_default=False,
        event_types=[str(each) for each in types],
        **more,
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
            EventType.CAPTURE_FINISHED,
            EventType.LIVE_STACK_UPDATED,
            EventType.LIVE_STACK_STATUS_CHANGED,
            source=SERVER,
            device=HubPart.IMAGING,
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
            device=HubPart.SEQUENCE,
        ),
        _describe(
            "session",
            EventType.PROFILE_ADDED,
            EventType.PROFILE_REMOVED,
            EventType.PROFILE_CHANGED,
            EventType.CUSTOM,
            EventType.OTHER,
            OwnEventType.NIGHT_REPORT,
            OwnEventType.NIGHT_WATCH_PENDING,
            OwnEventType.NIGHT_WATCH_TRIGGERED,
            OwnEventType.SECURE_FINISHED,
            OwnEventType.START_UP_FINISHED,
            source=SERVER,
            details_fn=_problem,
        ),
        _describe("error", *ERRORS, source=SERVER),
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
            details_fn=_reason,
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
    entry.async_on_unload(event_bus(hass, entry).async_subscribe(Moments(hass, entry).handle_event))


class Moments:
    """Events on their way to triggers and to the logbook, no matter which event entities are on.

    Triggers get every live event. The logbook gets a line for each event that no state and no enabled
    event entity shows, and for each that would have had a line if it had not been missed.
    """

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry) -> None:
        self._hass = hass
        self._entry = entry

    @callback
    def handle_event(self, event: BusEvent) -> None:
        """Pass an event on."""
        kind, shown = event["type"], False
        if _is_same_filter(event):
            return
        for role, rows in EVENTS.items():
            for row in rows:
                if kind in (row.event_types or ()):
                    shown = shown or self._is_on(role, row)
                    if not event.get("replayed"):
                        self._notify(role, row, event)
        if (shown and event.get("replayed")) or (not shown and kind in STATELESS):
            self._hass.bus.async_fire(EVENT_LOGBOOK, event)

    def _notify(self, role: Role, row: NinaEventDescription, event: BusEvent) -> None:
        """Notify the triggers."""
        data = self._entry.runtime_data
        async_dispatcher_send(
            self._hass,
            MOMENT,
            self._entry.entry_id,
            f"{role}_{row.key}",
            event["type"],
            lambda: shown_of(row, data, event),
        )

    def _is_on(self, role: Role, row: NinaEventDescription) -> bool:
        """Return whether an event entity is enabled."""
        registry = er.async_get(self._hass)
        identity = unique_id(self._entry, role, row.key)
        entity_id = registry.async_get_entity_id(Platform.EVENT, DOMAIN, identity)
        found = None if entity_id is None else registry.async_get(entity_id)
        return found is not None and not found.disabled


def shown_of(
    row: NinaEventDescription, data: NinaRuntimeData, event: BusEvent
) -> Mapping[str, object]:
    """Return what an event entity shows of an event, in attributes that fit the recorder.

    That is the payload with the statistics of a frame merged in, and the details of the row. The
    payload of an unknown event is nested: its keys could clash with those of Home Assistant.
    """
    payload = event["data"]
    if "name" in event:
        return recordable({"name": event["name"], "data": dict(payload)})
    statistics = payload.get("image_statistics")
    merged = {key: value for key, value in payload.items() if key != "image_statistics"}
    merged |= statistics if isinstance(statistics, Mapping) else {}
    return recordable({**merged, **row.details_fn(data, event, merged)})


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
        shown = shown_of(self.entity_description, self.runtime, event)
        self._trigger_event(event["type"], dict(shown))
        self.async_write_ha_state()


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
