"""Time in the fault matrix: simulated observatories run fast, and all limits shrink alike."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from types import ModuleType
from typing import Any, Final
from unittest.mock import patch

from custom_components.nina_observatory.api.transport import Transport
from custom_components.nina_observatory.control.command import Pace
from custom_components.nina_observatory.events import listener
from custom_components.nina_observatory.readings import (
    coordinator,
    equipment,
    equipment_state as rig_readings,
    safety,
    sequence,
    settings as slow,
)
from custom_components.nina_observatory.roof import (
    alarm as roof_alarm,
    detector as roof_detector,
    guard_state,
)

# Simulated seconds in a second. Movements end far within the limits, also on a busy machine.
SPEED: Final = 150.0
# What the limits of the integration are multiplied by.
SCALE: Final = 1 / 20
# Seconds that a request may take at least: a busy machine is no server that does not answer.
SHORTEST_REQUEST: Final = 1.0

_SCALED: Final[dict[ModuleType, tuple[str, ...]]] = {
    coordinator: ("NEWS_GATHER", "LONGEST_GATHER"),
    equipment: (
        "POLL_CONNECTED",
        "POLL_HEARD",
        "POLL_IDLE",
        "POLL_IDLE_HEARD",
        "POLL_GONE",
        "POLL_PAUSE",
        "LONGEST_POLL",
        "BEGIN_WITHIN",
        "POLL_AGAIN_WITHIN",
        "LONGEST_TURN",
    ),
    listener: ("LONGEST_RETRY",),
    rig_readings: ("OLDEST_SHOWN", "PATCHES_KEPT", "SAFETY_FRESHNESS"),
    roof_alarm: ("READ_EVERY", "READ_FOR"),
    roof_detector: ("STANDS", "CLOSES", "SILENCE"),
    safety: ("SAFETY_FRESHNESS",),
    sequence: ("POLL_RUNNING", "POLL_RUNNING_UNHEARD", "POLL_IDLE", "POLL_STARTING"),
    slow: ("POLL", "RETRY", "POLL_FLATS"),
}
# Seconds after which a poll is slow: above what a busy machine takes, below what a slow server does.
_SLOW_AFTER: Final = 0.1
# How long a stall of the event loop may be until what was found is tried again.
STALL: Final = 0.4
# The share of time that the loop may be late.
BUSY: Final = 0.5
_TICK: Final = 0.02
_LONGEST_TICK: Final = 0.1


def scaled(seconds: float) -> float:
    """Return the real seconds for those of a limit."""
    return seconds * SCALE


@contextmanager
def hurried() -> Iterator[None]:
    """Shrink every limit of the integration that is not a runner's."""
    limits = guard_state.Limits
    send = Transport._send  # noqa: SLF001  # every request passes here, with its limit

    def brisk() -> guard_state.Limits:
        """Return the limits of a roof guard."""
        return limits(**{name: scaled(value) for name, value in vars(limits()).items()})

    async def hasten(
        self: Transport,
        session: Any,
        path: Any,
        params: Any,
        within: float,
        *args: Any,
        **more: Any,
    ) -> Any:
        """Send a request with a shorter limit."""
        limit = max(SHORTEST_REQUEST, scaled(within))
        return await send(self, session, path, params, limit, *args, **more)

    with ExitStack() as stack:
        for module, names in _SCALED.items():
            for name in names:
                value: float | timedelta = getattr(module, name)
                stack.enter_context(patch.object(module, name, value * SCALE))
        stack.enter_context(patch.object(equipment, "SLOW_AFTER", _SLOW_AFTER))
        stack.enter_context(patch.object(guard_state, "Limits", brisk))
        stack.enter_context(patch.object(Transport, "_send", hasten))
        yield


def hasten_runner(pace: Pace) -> None:
    """Shrink the limits of a runner."""
    pace.silence = scaled(pace.silence)
    # Half as often as in a real night: all rigs share one event loop.
    pace.first_read, pace.read_again, pace.after_event, pace.scale = 0.05, 0.2, 0.01, SCALE


@dataclass(frozen=True)
class Mark:
    """A moment, to be asked later whether the machine stalled since; in real seconds."""

    moment: float
    late: float


class Calm:
    """A clock that stands still while this machine does: its limits are not those of the machine."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.time = 0.0
        self._late = 0.0
        self._stalled_at = float("-inf")

    def mark(self) -> Mark:
        """Return this moment."""
        return Mark(monotonic(), self._late)

    def stalled_since(self, mark: Mark) -> bool:
        """Return whether the event loop stood still for long, or was busy most of the time."""
        elapsed = monotonic() - mark.moment
        return self._stalled_at >= mark.moment or self._late - mark.late > elapsed * BUSY

    async def run(self) -> None:
        """Tick until canceled."""
        last = monotonic()
        while True:
            await asyncio.sleep(_TICK)
            now = monotonic()
            late = now - last - _TICK
            self._late += late
            if late > STALL:
                self._stalled_at = now
            self.time += min(now - last, _LONGEST_TICK)
            last = now

    async def ended(self, task: asyncio.Future[Any], seconds: float) -> bool:
        """Return whether a task ends within so many calm seconds."""
        deadline = self.time + seconds
        while not task.done() and self.time < deadline:
            await asyncio.wait([task], timeout=_LONGEST_TICK)
        return task.done()
