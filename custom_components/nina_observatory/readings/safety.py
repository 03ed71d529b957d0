"""Whether it is safe, decided only by a fresh reading of the safety monitor.

Everything here fails toward "not safe": no reading, an old one, a monitor that is not connected,
an unsafe event, an observatory that does not answer.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..api import EventType, NinaEvent, SafetyMonitor
from ..const import SAFETY_FRESHNESS
from ..helpers.listeners import Listeners
from .liveness import Absence


class SafetyReason(StrEnum):
    """Why it is not safe, or that it is."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    MONITOR_DISCONNECTED = "monitor_disconnected"
    NOT_RUNNING = "not_running"
    NOT_ANSWERING = "not_answering"
    STALE = "stale"
    NO_READING = "no_reading"


# The reading of the monitor no longer counts, whatever it was.
OUTDATED: Final = (SafetyReason.NOT_RUNNING, SafetyReason.NOT_ANSWERING, SafetyReason.STALE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    """The verdict, its reason, and since when."""

    reason: SafetyReason
    since: datetime


def reports_unsafe(event: NinaEvent) -> bool:
    """Return whether an event reports anything but "safe"."""
    return event.type is EventType.SAFETY_CHANGED and event.data.get("is_safe") is not True


class SafetyGuard:
    """Turn readings and events into a verdict that falls back to "not safe" by itself."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without a reading, which is not safe."""
        self._loop = hass.loop
        # Separate from the listeners of a coordinator: a verdict also follows from events and the
        # clock.
        self._listeners: Listeners[()] = Listeners()
        self._reason_listeners: Listeners[()] = Listeners()
        self._expiry: asyncio.TimerHandle | None = None
        self._stopped = False
        self._read_at: float | None = None
        self._unsafe_event_at = float("-inf")
        self._absent_at = float("-inf")
        self.verdict = Safety(reason=SafetyReason.NO_READING, since=dt_util.utcnow())

    @property
    def reason(self) -> SafetyReason:
        """Return the current verdict.

        Checks the clock as well: a late timer must not keep "safe" alive.
        """
        if self.verdict.reason is SafetyReason.SAFE and self._expired():
            return SafetyReason.STALE
        return self.verdict.reason

    @property
    def not_safe(self) -> bool:
        """Return whether it is not known to be safe at this moment."""
        return self.reason is not SafetyReason.SAFE

    @property
    def age(self) -> float | None:
        """Return the age of the last reading of the monitor in seconds; None before the first."""
        return None if self._read_at is None else self._loop.time() - self._read_at

    def _expired(self) -> bool:
        """Return whether the last reading is too old to count."""
        age = self.age
        return age is None or age >= SAFETY_FRESHNESS.total_seconds()

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` whenever the verdict changes; returns a function that unsubscribes."""
        return self._listeners.async_add(listener)

    @callback
    def async_add_reason_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` before all others if it is not safe, and after them if it is.

        So a reason that it shows is never "safe" while another entity shows "not safe".
        """
        return self._reason_listeners.async_add(listener)

    @callback
    def async_note_reading(self, monitor: SafetyMonitor, read_at: float) -> None:
        """Judge a reading of the monitor that was requested at a loop time.

        Readings may arrive out of order; a missing one lets the last one expire.
        """
        if self._read_at is not None and read_at < self._read_at:
            return
        self._read_at = read_at
        if read_at <= self._absent_at:
            return
        if not monitor.connected:
            self._judge(SafetyReason.MONITOR_DISCONNECTED)
        elif monitor.is_safe is not True or read_at <= self._unsafe_event_at:
            self._judge(SafetyReason.UNSAFE)
        elif self._expired():
            self._judge(SafetyReason.STALE)
        else:
            self._judge(SafetyReason.SAFE)
            self._arm()

    @callback
    def async_handle_event(self, event: NinaEvent) -> None:
        """Judge an event at once, long before the next reading."""
        if reports_unsafe(event):
            self.async_note_unsafe()

    @callback
    def async_note_unsafe(self) -> None:
        """Record an unsafe event; only a reading requested later can revert it."""
        self._unsafe_event_at = self._loop.time()
        self._judge(SafetyReason.UNSAFE)

    @callback
    def async_note_absence(self, absence: Absence | None) -> None:
        """Record that N.I.N.A. is absent; only a reading requested later can revert it.

        With None it is back, which proves nothing about the monitor: if no reading follows, the last
        one is too old.
        """
        if absence is not None:
            self._absent_at = self._loop.time()
            if self._read_at is not None:
                self._judge(SafetyReason(absence.value))
        elif self.verdict.reason in OUTDATED and self._expiry is None and not self._stopped:
            seconds = SAFETY_FRESHNESS.total_seconds()
            self._expiry = self._loop.call_later(seconds, self._expire)

    @callback
    def async_stop(self) -> None:
        """Cancel the timer for good; a reading in flight sets no other."""
        self._stopped = True
        self._disarm()

    def _disarm(self) -> None:
        """Cancel the timer for now."""
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def _arm(self) -> None:
        """Set the timer that expires this reading."""
        self._disarm()
        if self._read_at is not None and not self._stopped:
            deadline = self._read_at + SAFETY_FRESHNESS.total_seconds()
            self._expiry = self._loop.call_at(deadline, self._expire)

    def _expire(self) -> None:
        """Fall back to "not safe": no fresh reading arrived in time."""
        self._expiry = None
        self._judge(SafetyReason.STALE)

    def _judge(self, reason: SafetyReason) -> None:
        """Store a verdict and notify listeners if it changed."""
        if reason is not SafetyReason.SAFE:
            self._disarm()
        if reason is self.verdict.reason:
            return
        self.verdict = Safety(reason=reason, since=dt_util.utcnow())
        if reason is not SafetyReason.SAFE:
            self._reason_listeners.async_call()
            self._listeners.async_call()
        else:
            self._listeners.async_call()
            self._reason_listeners.async_call()
