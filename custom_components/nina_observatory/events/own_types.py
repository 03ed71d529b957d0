"""Types of events that this integration fires in addition to N.I.N.A.'s own."""

from enum import StrEnum
from typing import Final

from ..api import EventType


class OwnEventType(StrEnum):
    """Types of events on the bus that this integration detects."""

    NIGHT_REPORT = "night_report"
    NIGHT_WATCH_PENDING = "night_watch_pending"
    NIGHT_WATCH_TRIGGERED = "night_watch_triggered"
    ROOF_CLOSE_CONFIRMED = "roof_close_confirmed"
    ROOF_CLOSE_FAILED = "roof_close_failed"
    ROOF_CLOSE_UNCONFIRMED = "roof_close_unconfirmed"
    ROOF_GUARD_CLOSED = "roof_guard_closed"
    ROOF_GUARD_CLOSING = "roof_guard_closing"
    SECURE_FINISHED = "secure_finished"
    START_UP_FINISHED = "start_up_finished"
    TARGET_CHANGED = "target_changed"
    WAITING_FOR_PERSON = "waiting_for_person"


# Errors of every kind of equipment.
ERRORS: Final = (
    EventType.AUTOFOCUS_FAILED,
    EventType.CAMERA_DOWNLOAD_TIMEOUT,
    EventType.PLATE_SOLVE_FAILED,
    EventType.SEQUENCE_ENTITY_FAILED,
    OwnEventType.ROOF_CLOSE_FAILED,
)
