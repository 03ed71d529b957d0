"""The data of each type of event, and where to find what an automation needs of it."""

from collections.abc import Mapping
from typing import Final

from custom_components.nina_observatory.api import EventType
from custom_components.nina_observatory.events.own_types import OwnEventType

type Data = Mapping[str, str]

_MOVE: Final = {"from": "the angle before, in degrees", "to": "the angle now"}
_TARGET: Final = {
    "target_name": "the target",
    "project_name": "its project",
    "coordinates": "`ra` in hours, `dec` in degrees, and as texts",
    "rotation": "the position angle, in degrees",
    "target_end_time": "until when the target is planned",
}
_GUARD: Final = {
    "reason": "the danger, or what is in the way of closing",
    "reason_text": "the same in words (triggers and event entities only)",
    "danger": "`unsafe`, `rain`, or `nothing_known`",
    "reading": "what the roof reported last",
    "age": "seconds since that reading",
    "attempts": "how often the guard has tried",
}
_PROCEDURE: Final = {"steps": "the steps, each with its result and its error"}
_WATCH: Final = {
    "problem": "the newest problem",
    "problem_text": "the same in words (triggers and event entities only)",
    "problems": "all current problems",
    "triggers_at": "when the alarm is triggered unless you react",
}
# By type; the types that are not here have no data.
DATA: Final[Mapping[str, Data]] = {
    EventType.IMAGE_SAVED: {
        "image_statistics": "the frame; see [Frames](#frames)",
    },
    EventType.AUTOFOCUS_POINT_ADDED: {
        "position": "the position of the focuser",
        "hfr": "the HFR there",
    },
    EventType.DOME_SLEWED: _MOVE,
    EventType.FILTER_CHANGED: {
        "previous": "the filter before, with `name` and `id`",
        "new": "the filter now",
    },
    EventType.FLAT_PANEL_BRIGHTNESS_CHANGED: {
        "previous": "the brightness before, in the unit of the device",
        "new": "the brightness now",
    },
    EventType.GUIDER_DITHERED: {
        "guiding": "whether the guider was guiding (triggers and event entities only): N.I.N.A. also "
        "reports a dither that it skipped",
    },
    EventType.LIVE_STACK_STATUS_CHANGED: {"status": "the status of the live stack"},
    EventType.LIVE_STACK_UPDATED: {
        "target": "the target",
        "filter": "the filter",
        "is_monochrome": "whether the stack is monochrome",
        "stack_count": "the number of frames; in color, `red_stack_count`, `green_stack_count`, and "
        "`blue_stack_count` instead",
    },
    EventType.ROTATOR_MOVED: _MOVE,
    EventType.ROTATOR_MOVED_MECHANICAL: _MOVE,
    EventType.SAFETY_CHANGED: {"is_safe": "whether the monitor reports safe"},
    EventType.SCHEDULER_NEW_TARGET_STARTED: _TARGET,
    EventType.SCHEDULER_TARGET_STARTED: _TARGET,
    EventType.SCHEDULER_WAIT_STARTED: {"wait_end_time": "until when it waits"},
    EventType.SEQUENCE_ENTITY_FAILED: {
        "entity": "the name of the instruction or trigger",
        "error": "the error that N.I.N.A. reports",
    },
    OwnEventType.NIGHT_REPORT: {
        "summary": "the night in a sentence",
        "text": "the report as text",
        "markdown": "the report as Markdown",
        "night": "the date on which the night began",
        "frames": "the number of light frames, and all other numbers of the report, as "
        "[`get_night_report`](actions.md#nina_observatoryget_night_report) returns them",
    },
    OwnEventType.NIGHT_WATCH_PENDING: _WATCH,
    OwnEventType.NIGHT_WATCH_TRIGGERED: _WATCH,
    OwnEventType.ROOF_CLOSE_FAILED: {
        "reason": "what is wrong; see [safety](safety.md#a-roof-that-is-not-closed)",
        "reason_text": "the same in words (triggers and event entities only)",
        "danger": "why the roof should be closed",
        "reading": "what the roof reported last",
        "age": "seconds since that reading",
        "seen_at": "the time of that reading",
        "attempts": "how often closing was tried",
        "message": "the error of a failed command, if there was one",
    },
    OwnEventType.ROOF_CLOSE_UNCONFIRMED: {
        "reading": "what the roof reported last",
        "seconds": "how long it has been closing",
    },
    OwnEventType.ROOF_GUARD_CLOSED: {
        **_GUARD,
        "by_guard": "whether the guard closed it, or someone else",
    },
    OwnEventType.ROOF_GUARD_CLOSING: _GUARD,
    OwnEventType.SECURE_FINISHED: {
        "secured": "whether everything that matters is confirmed",
        "imaging_stopped": "whether imaging has stopped",
        "mount_parked": "whether the mount is parked",
        "roof_closed": "whether the roof is closed",
        **_PROCEDURE,
    },
    OwnEventType.START_UP_FINISHED: {
        "ready": "whether all steps succeeded",
        **_PROCEDURE,
    },
    OwnEventType.TARGET_CHANGED: {
        "target": "the target that is imaged now",
        "previous": "the target before",
        "source": "where its name comes from",
    },
    OwnEventType.WAITING_FOR_PERSON: {
        "reason": "`message_box` or `checklist`",
        "text": "the text of the message box",
    },
}
# Added to the statistics of a saved frame for triggers and event entities.
OF_PICTURE: Final[Data] = {
    "picture": "the address of the picture, for the Home Assistant app",
    "media_content_id": "the frame in the media browser, for `get_picture_url`",
    "light_frames": "the number of light frames of the night, with this one",
    "frames_of_filter": "those through the same filter",
    "best_hfr": "the best HFR of the night through the same filter",
}
# Types that no event entity shows.
BUS_ONLY: Final[Mapping[str, str]] = {
    EventType.AUTOFOCUS_POINT_ADDED: "Autofocus measured a point",
    EventType.IMAGE_PREPARED: "Picture prepared for display; also of focusing and plate solving",
}
# The entity to choose for the triggers of a kind of event, because event entities are off by default.
CHOSEN: Final[Mapping[str, tuple[str, str]]] = {
    "dome_dome": ("cover", "dome_shutter"),
    "focuser_autofocus": ("button", "focuser_autofocus"),
    "hub_image": ("image", "hub_latest_image"),
    "hub_sequence": ("binary_sensor", "hub_imaging"),
    "hub_session": ("binary_sensor", "hub_imaging"),
    "mount_mount": ("binary_sensor", "mount_parked"),
}
# Those that the form offers another one for.
CHOSEN_BY_TRIGGER: Final[Mapping[str, tuple[str, str]]] = {
    "night_watch_noticed_problem": ("alarm_control_panel", "hub_night_watch"),
    "night_watch_triggered": ("alarm_control_panel", "hub_night_watch"),
}
