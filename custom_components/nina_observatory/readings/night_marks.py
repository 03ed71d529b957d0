"""Marks of a night: the events that its report and its plot show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..api import EventType, NinaEvent

# Marks in addition to the events of N.I.N.A.
UNSAFE: Final = "unsafe"
SAFE: Final = "safe"
GUIDING_LOST: Final = "guiding_lost"
GUIDING_FOUND: Final = "guiding_found"
CONNECTION_LOST: Final = "connection_lost"
CONNECTION_FOUND: Final = "connection_found"

NOTED: Final = frozenset(
    {
        EventType.AUTOFOCUS_STARTED,
        EventType.AUTOFOCUS_FINISHED,
        EventType.AUTOFOCUS_FAILED,
        EventType.GUIDER_DITHERED,
        EventType.MERIDIAN_FLIP_STARTED,
        EventType.MERIDIAN_FLIP_FINISHED,
        EventType.SAFETY_MONITOR_CONNECTED,
        EventType.SCHEDULER_NEW_TARGET_STARTED,
        EventType.SCHEDULER_TARGET_STARTED,
        EventType.SCHEDULER_WAIT_STARTED,
        EventType.SEQUENCE_STARTED,
        EventType.SEQUENCE_FINISHED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An event of the night."""

    kind: str
    at: datetime

    @classmethod
    def of(cls, event: NinaEvent) -> Mark | None:
        """Return the mark of an event, with the values that a report needs."""
        if event.time is None:
            return None
        if event.type is EventType.SAFETY_CHANGED:
            return cls(kind=SAFE if event.data.get("is_safe") is True else UNSAFE, at=event.time)
        return cls(kind=event.type, at=event.time) if event.type in NOTED else None
