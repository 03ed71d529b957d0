"""Whether N.I.N.A. is there, found by its connections long before a reading is too old.

A refused connection is an answer: nothing listens. One alone may be chance (a server that is
overrun, or restarts its listener), so there have to be two, or an event stream that ended before.
Without any answer the event stream decides: while it replies to pings, a poll is only slow.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import LOGGER

# Seconds without any answer to a request, while the event stream is silent or ended, after which
# N.I.N.A. does not answer. Slow servers take 5 s.
ANSWERS_WITHIN = 6.5
# Seconds until that is final: when this machine was busy, an answer may be waiting to be taken in.
GRACE = 0.5
# Two connections refused at the same time are one refusal; seconds between two.
REFUSALS_APART = 0.5
# Seconds that one request waits before a probe checks whether it is the only one that takes long;
# from the end of a probe to the next; and how many follow one another.
PROBE_AFTER = 1.0
PROBE_PAUSE = 1.0
MOST_PROBES = 10


class Absence(StrEnum):
    """How N.I.N.A. is absent: nothing listens, or nothing answers."""

    NOT_RUNNING = "not_running"
    NOT_ANSWERING = "not_answering"


class Liveness:
    """Judge by requests and the event stream of one entry whether N.I.N.A. is there.

    `probe` sends one cheap request. `absence` is None until N.I.N.A. is known to
    be absent, and again from the next answer on; `on_change` is called with each new value.
    `on_unheard` is called when the event stream ends or falls silent.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        probe: Callable[[], Awaitable[object]],
        on_change: Callable[[Absence | None], None],
        on_unheard: Callable[[], None],
    ) -> None:
        self.absence: Absence | None = None
        self._hass = hass
        self._entry = entry
        self._probe = probe
        self._on_change = on_change
        self._on_unheard = on_unheard
        self._loop = hass.loop
        # Loop time since which the event stream does not reply; None while it does.
        self._unheard_since: float | None = hass.loop.time()
        self._answered_at = float("-inf")
        # Since the last answer: whether the event stream ended, the time of the first refusal, and
        # that of the first request.
        self._stream_ended = False
        self._refused_at: float | None = None
        self._waiting_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._probing: asyncio.Task[None] | None = None
        self._stopped = False
        entry.async_on_unload(self._stop)

    @property
    def hears(self) -> bool:
        """Whether the event stream is open, and replied when it was last asked."""
        return self._unheard_since is None

    @callback
    def asked(self) -> None:
        """Record a request that should be answered promptly."""
        if self._waiting_since is None:
            self._waiting_since = self._loop.time()
            self._watch()

    @callback
    def answered(self) -> None:
        """Record an answer of any kind."""
        self._answered_at = self._loop.time()
        self._stream_ended, self._refused_at, self._waiting_since = False, None, None
        if self._timer is not None or self.absence is not None:
            self._watch()
            self._set_absence(None)

    @callback
    def refused(self) -> None:
        """Record a refused connection."""
        now = self._loop.time()
        first, self._refused_at = self._refused_at, self._refused_at or now
        if self._stream_ended or (first is not None and now - first >= REFUSALS_APART):
            self._set_absence(Absence.NOT_RUNNING)
        else:
            self._doubt()

    @callback
    def async_stream_opened(self) -> None:
        """Record that the event stream was opened."""
        self._unheard_since = None
        self.answered()

    @callback
    def async_stream_silent(self, silent: bool) -> None:
        """Record that the event stream does not reply to a ping, or replies after all."""
        self._unheard_since = self._loop.time() if silent else None
        self._watch()
        if silent:
            self._doubt()
            self._on_unheard()

    @callback
    def async_stream_ended(self) -> None:
        """Record that the other side ended the event stream, or it broke."""
        self._stream_ended = True
        if self._unheard_since is None:
            self._unheard_since = self._loop.time()
            self._watch()
            self._doubt()
            self._on_unheard()

    @callback
    def _doubt(self) -> None:
        """Ask whether N.I.N.A. is there, unless that is being done or known."""
        if self._stopped or self.absence is not None:
            return
        if self._probing is None or self._probing.done():
            self._probing = self._entry.async_create_background_task(
                self._hass,
                self._async_probe(),
                f"{self._entry.title} probe",
                # Its task has to be known before it finds anything out.
                eager_start=False,
            )

    async def _async_probe(self) -> None:
        """Ask until there is an answer, or N.I.N.A. is known to be absent."""
        for _ in range(MOST_PROBES):
            began = self._loop.time()
            try:
                await self._probe()
            except Exception:  # noqa: BLE001  # a bug there must not keep "safe" standing
                LOGGER.exception("The probe of %s failed", self._entry.title)
            if self._answered_at >= began or self.absence is not None:
                return
            await asyncio.sleep(PROBE_PAUSE)

    @callback
    def _watch(self) -> None:
        """Set the timer for a request that waits for an answer without an event stream."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        unheard, waiting = self._unheard_since, self._waiting_since
        if unheard is None or waiting is None or self.absence is not None or self._stopped:
            return
        since = max(unheard, waiting)
        self._timer = self._loop.call_at(since + PROBE_AFTER, self._suspect, since)

    @callback
    def _suspect(self, since: float) -> None:
        """Ask whether only one request takes long, and decide later."""
        self._doubt()
        self._timer = self._loop.call_at(since + ANSWERS_WITHIN, self._give_grace)

    @callback
    def _give_grace(self) -> None:
        """Decide in a moment."""
        self._timer = self._loop.call_later(GRACE, self._set_absence, Absence.NOT_ANSWERING)

    @callback
    def _set_absence(self, absence: Absence | None) -> None:
        """Store whether N.I.N.A. is absent, and report it if that changed."""
        if absence is not self.absence and not self._stopped:
            self.absence = absence
            self._watch()
            self._on_change(absence)

    @callback
    def _stop(self) -> None:
        """Stop for good; connections that end with the entry mean nothing."""
        self._stopped = True
        self._watch()
