"""The events of N.I.N.A.: their stable names, their names on the wire, and their topics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ..models.equipment import Role


class EventType(StrEnum):
    """The names of events, independent of the plugin's version."""

    CAMERA_CONNECTED = "camera_connected"
    CAMERA_DISCONNECTED = "camera_disconnected"
    CAMERA_CONNECTION_CHANGED = "camera_connection_changed"
    MOUNT_CONNECTED = "mount_connected"
    MOUNT_DISCONNECTED = "mount_disconnected"
    MOUNT_CONNECTION_CHANGED = "mount_connection_changed"
    FOCUSER_CONNECTED = "focuser_connected"
    FOCUSER_DISCONNECTED = "focuser_disconnected"
    FOCUSER_CONNECTION_CHANGED = "focuser_connection_changed"
    FILTER_WHEEL_CONNECTED = "filter_wheel_connected"
    FILTER_WHEEL_DISCONNECTED = "filter_wheel_disconnected"
    FILTER_WHEEL_CONNECTION_CHANGED = "filter_wheel_connection_changed"
    ROTATOR_CONNECTED = "rotator_connected"
    ROTATOR_DISCONNECTED = "rotator_disconnected"
    ROTATOR_CONNECTION_CHANGED = "rotator_connection_changed"
    GUIDER_CONNECTED = "guider_connected"
    GUIDER_DISCONNECTED = "guider_disconnected"
    GUIDER_CONNECTION_CHANGED = "guider_connection_changed"
    DOME_CONNECTED = "dome_connected"
    DOME_DISCONNECTED = "dome_disconnected"
    DOME_CONNECTION_CHANGED = "dome_connection_changed"
    FLAT_PANEL_CONNECTED = "flat_panel_connected"
    FLAT_PANEL_DISCONNECTED = "flat_panel_disconnected"
    FLAT_PANEL_CONNECTION_CHANGED = "flat_panel_connection_changed"
    SWITCH_HUB_CONNECTED = "switch_hub_connected"
    SWITCH_HUB_DISCONNECTED = "switch_hub_disconnected"
    SWITCH_HUB_CONNECTION_CHANGED = "switch_hub_connection_changed"
    WEATHER_CONNECTED = "weather_connected"
    WEATHER_DISCONNECTED = "weather_disconnected"
    WEATHER_CONNECTION_CHANGED = "weather_connection_changed"
    SAFETY_MONITOR_CONNECTED = "safety_monitor_connected"
    SAFETY_MONITOR_DISCONNECTED = "safety_monitor_disconnected"
    SAFETY_MONITOR_CONNECTION_CHANGED = "safety_monitor_connection_changed"

    IMAGE_SAVED = "image_saved"
    IMAGE_PREPARED = "image_prepared"
    CAPTURE_FINISHED = "capture_finished"
    CAMERA_DOWNLOAD_TIMEOUT = "camera_download_timeout"
    MOUNT_PARKED = "mount_parked"
    MOUNT_UNPARKED = "mount_unparked"
    MOUNT_HOMED = "mount_homed"
    MOUNT_CENTERING = "mount_centering"
    MERIDIAN_FLIP_STARTED = "meridian_flip_started"
    MERIDIAN_FLIP_FINISHED = "meridian_flip_finished"
    PLATE_SOLVE_FAILED = "plate_solve_failed"
    FOCUSER_MOVED_BY_HAND = "focuser_moved_by_hand"
    AUTOFOCUS_STARTED = "autofocus_started"
    AUTOFOCUS_POINT_ADDED = "autofocus_point_added"
    AUTOFOCUS_FINISHED = "autofocus_finished"
    AUTOFOCUS_FAILED = "autofocus_failed"
    FILTER_CHANGED = "filter_changed"
    ROTATOR_MOVED = "rotator_moved"
    ROTATOR_MOVED_MECHANICAL = "rotator_moved_mechanical"
    ROTATOR_SYNCED = "rotator_synced"
    GUIDING_STARTED = "guiding_started"
    GUIDING_STOPPED = "guiding_stopped"
    GUIDER_DITHERED = "guider_dithered"
    DOME_SHUTTER_OPENED = "dome_shutter_opened"
    DOME_SHUTTER_CLOSED = "dome_shutter_closed"
    DOME_PARKED = "dome_parked"
    DOME_HOMED = "dome_homed"
    DOME_SLEWED = "dome_slewed"
    DOME_SYNCED = "dome_synced"
    DOME_STOPPED = "dome_stopped"
    FLAT_PANEL_COVER_OPENED = "flat_panel_cover_opened"
    FLAT_PANEL_COVER_CLOSED = "flat_panel_cover_closed"
    FLAT_PANEL_LIGHT_TOGGLED = "flat_panel_light_toggled"
    FLAT_PANEL_BRIGHTNESS_CHANGED = "flat_panel_brightness_changed"
    SAFETY_CHANGED = "safety_changed"
    SEQUENCE_STARTED = "sequence_started"
    SEQUENCE_FINISHED = "sequence_finished"
    SEQUENCE_ENTITY_FAILED = "sequence_entity_failed"
    PROFILE_ADDED = "profile_added"
    PROFILE_REMOVED = "profile_removed"
    PROFILE_CHANGED = "profile_changed"
    LIVE_STACK_UPDATED = "live_stack_updated"
    LIVE_STACK_STATUS_CHANGED = "live_stack_status_changed"
    SCHEDULER_WAIT_STARTED = "scheduler_wait_started"
    SCHEDULER_NEW_TARGET_STARTED = "scheduler_new_target_started"
    SCHEDULER_TARGET_STARTED = "scheduler_target_started"

    # Custom text from an instruction in the user's sequence, and unknown events.
    CUSTOM = "custom"
    OTHER = "other"


class Topic(StrEnum):
    """Data to read again after an event; `EQUIPMENT` is the device of its role."""

    EQUIPMENT = "equipment"
    SEQUENCE = "sequence"
    FRAMES = "frames"
    AUTOFOCUS = "autofocus"
    PROFILE = "profile"
    LIVE_STACK = "live_stack"
    SCHEDULER = "scheduler"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of an event on the wire."""

    type: EventType
    role: Role | None = None
    topics: frozenset[Topic] = frozenset()


# Names of devices in events; the last one is used by servers before 2.1.
_PREFIXES: Final = (
    ("CAMERA", Role.CAMERA),
    ("MOUNT", Role.MOUNT),
    ("FOCUSER", Role.FOCUSER),
    ("FILTERWHEEL", Role.FILTER_WHEEL),
    ("ROTATOR", Role.ROTATOR),
    ("GUIDER", Role.GUIDER),
    ("DOME", Role.DOME),
    ("FLAT", Role.FLAT_PANEL),
    ("SWITCH", Role.SWITCH_HUB),
    ("WEATHER", Role.WEATHER),
    ("SAFETY", Role.SAFETY_MONITOR),
    ("TELESCOPE", Role.MOUNT),
)
_DEVICE: Final = frozenset({Topic.EQUIPMENT})
_NOTHING: Final[frozenset[Topic]] = frozenset()
_SEQUENCE: Final = frozenset({Topic.SEQUENCE})
_PROFILE: Final = frozenset({Topic.PROFILE})
_SCHEDULER: Final = frozenset({Topic.SCHEDULER})


def _connections() -> Iterator[tuple[str, Meaning]]:
    """Yield the events of connections; before 2.1 they did not include the direction."""
    for prefix, role in _PREFIXES:
        for word, change in (
            ("CONNECTED", "connected"),
            ("DISCONNECTED", "disconnected"),
            ("CONNECTION", "connection_changed"),
        ):
            yield f"{prefix}-{word}", Meaning(EventType(f"{role}_{change}"), role, _DEVICE)


_STARTED: Final = Meaning(EventType.SEQUENCE_STARTED, None, _SEQUENCE)
_FINISHED: Final = Meaning(EventType.SEQUENCE_FINISHED, None, _SEQUENCE)
_PARKED: Final = Meaning(EventType.MOUNT_PARKED, Role.MOUNT, _DEVICE)
_UNPARKED: Final = Meaning(EventType.MOUNT_UNPARKED, Role.MOUNT, _DEVICE)
_FLIPPING: Final = Meaning(EventType.MERIDIAN_FLIP_STARTED, Role.MOUNT, _DEVICE)
_CENTERING: Final = Meaning(EventType.MOUNT_CENTERING, Role.MOUNT, _NOTHING)

MEANINGS: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        **dict(_connections()),
        "IMAGE-SAVE": Meaning(
            EventType.IMAGE_SAVED, Role.CAMERA, frozenset({Topic.FRAMES, Topic.SCHEDULER})
        ),
        "IMAGE-PREPARED": Meaning(EventType.IMAGE_PREPARED, Role.CAMERA, _NOTHING),
        "API-CAPTURE-FINISHED": Meaning(EventType.CAPTURE_FINISHED, Role.CAMERA, _DEVICE),
        "CAMERA-DOWNLOAD-TIMEOUT": Meaning(EventType.CAMERA_DOWNLOAD_TIMEOUT, Role.CAMERA, _DEVICE),
        "MOUNT-PARKED": _PARKED,
        "TELESCOPE-PARK": _PARKED,
        "MOUNT-UNPARKED": _UNPARKED,
        "TELESCOPE-UNPARK": _UNPARKED,
        "MOUNT-HOMED": Meaning(EventType.MOUNT_HOMED, Role.MOUNT, _DEVICE),
        "MOUNT-BEFORE-FLIP": _FLIPPING,
        "TELESCOPE-MF": _FLIPPING,
        "MOUNT-AFTER-FLIP": Meaning(EventType.MERIDIAN_FLIP_FINISHED, Role.MOUNT, _DEVICE),
        "MOUNT-CENTER": _CENTERING,
        "TELESCOPE-CENTER": _CENTERING,
        "ERROR-PLATESOLVE": Meaning(EventType.PLATE_SOLVE_FAILED, None, _NOTHING),
        "FOCUSER-USER-FOCUSED": Meaning(EventType.FOCUSER_MOVED_BY_HAND, Role.FOCUSER, _DEVICE),
        "AUTOFOCUS-STARTING": Meaning(EventType.AUTOFOCUS_STARTED, Role.FOCUSER, _DEVICE),
        "AUTOFOCUS-POINT-ADDED": Meaning(EventType.AUTOFOCUS_POINT_ADDED, Role.FOCUSER, _NOTHING),
        "AUTOFOCUS-FINISHED": Meaning(
            EventType.AUTOFOCUS_FINISHED,
            Role.FOCUSER,
            frozenset({Topic.EQUIPMENT, Topic.AUTOFOCUS}),
        ),
        "ERROR-AF": Meaning(
            EventType.AUTOFOCUS_FAILED, Role.FOCUSER, frozenset({Topic.EQUIPMENT, Topic.AUTOFOCUS})
        ),
        "FILTERWHEEL-CHANGED": Meaning(EventType.FILTER_CHANGED, Role.FILTER_WHEEL, _DEVICE),
        "ROTATOR-MOVED": Meaning(EventType.ROTATOR_MOVED, Role.ROTATOR, _DEVICE),
        "ROTATOR-MOVED-MECHANICAL": Meaning(
            EventType.ROTATOR_MOVED_MECHANICAL, Role.ROTATOR, _DEVICE
        ),
        "ROTATOR-SYNCED": Meaning(EventType.ROTATOR_SYNCED, Role.ROTATOR, _DEVICE),
        "GUIDER-START": Meaning(EventType.GUIDING_STARTED, Role.GUIDER, _DEVICE),
        "GUIDER-STOP": Meaning(EventType.GUIDING_STOPPED, Role.GUIDER, _DEVICE),
        "GUIDER-DITHER": Meaning(EventType.GUIDER_DITHERED, Role.GUIDER, _NOTHING),
        "DOME-SHUTTER-OPENED": Meaning(EventType.DOME_SHUTTER_OPENED, Role.DOME, _DEVICE),
        "DOME-SHUTTER-CLOSED": Meaning(EventType.DOME_SHUTTER_CLOSED, Role.DOME, _DEVICE),
        "DOME-PARKED": Meaning(EventType.DOME_PARKED, Role.DOME, _DEVICE),
        "DOME-HOMED": Meaning(EventType.DOME_HOMED, Role.DOME, _DEVICE),
        "DOME-SLEWED": Meaning(EventType.DOME_SLEWED, Role.DOME, _DEVICE),
        "DOME-SYNCED": Meaning(EventType.DOME_SYNCED, Role.DOME, _DEVICE),
        "DOME-STOPPED": Meaning(EventType.DOME_STOPPED, Role.DOME, _DEVICE),
        "FLAT-COVER-OPENED": Meaning(EventType.FLAT_PANEL_COVER_OPENED, Role.FLAT_PANEL, _DEVICE),
        "FLAT-COVER-CLOSED": Meaning(EventType.FLAT_PANEL_COVER_CLOSED, Role.FLAT_PANEL, _DEVICE),
        "FLAT-LIGHT-TOGGLED": Meaning(EventType.FLAT_PANEL_LIGHT_TOGGLED, Role.FLAT_PANEL, _DEVICE),
        "FLAT-BRIGHTNESS-CHANGED": Meaning(
            EventType.FLAT_PANEL_BRIGHTNESS_CHANGED, Role.FLAT_PANEL, _DEVICE
        ),
        "SAFETY-CHANGED": Meaning(EventType.SAFETY_CHANGED, Role.SAFETY_MONITOR, _DEVICE),
        "SEQUENCE-STARTING": _STARTED,
        "SEQUENCE-FINISHED": _FINISHED,
        "SEQUENCE-ENTITY-FAILED": Meaning(EventType.SEQUENCE_ENTITY_FAILED, None, _SEQUENCE),
        "PROFILE-ADDED": Meaning(EventType.PROFILE_ADDED, None, _PROFILE),
        "PROFILE-REMOVED": Meaning(EventType.PROFILE_REMOVED, None, _PROFILE),
        "PROFILE-CHANGED": Meaning(
            EventType.PROFILE_CHANGED, None, frozenset({Topic.PROFILE, Topic.SCHEDULER})
        ),
        "STACK-UPDATED": Meaning(EventType.LIVE_STACK_UPDATED, None, frozenset({Topic.LIVE_STACK})),
        "STACK-STATUS": Meaning(
            EventType.LIVE_STACK_STATUS_CHANGED, None, frozenset({Topic.LIVE_STACK})
        ),
        "TS-WAITSTART": Meaning(EventType.SCHEDULER_WAIT_STARTED, Role.SCHEDULER, _SCHEDULER),
        "TS-NEWTARGETSTART": Meaning(
            EventType.SCHEDULER_NEW_TARGET_STARTED, Role.SCHEDULER, _SCHEDULER
        ),
        "TS-TARGETSTART": Meaning(EventType.SCHEDULER_TARGET_STARTED, Role.SCHEDULER, _SCHEDULER),
    }
)

# Names for a running sequence until 2.2.8; from 2.2.1 on they arrive in addition to the newer
# ones, and must not be reported twice.
OLD_SEQUENCE_MEANINGS: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        f"{prefix}ADV-SEQ-{word}": meaning
        for prefix in ("", "NINA-")
        for word, meaning in (("START", _STARTED), ("STOP", _FINISHED))
    }
)
UNKNOWN_MEANING: Final = Meaning(EventType.OTHER)
