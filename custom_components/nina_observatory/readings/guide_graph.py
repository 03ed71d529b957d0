"""The guide graph of N.I.N.A., read only while somebody looks, and once for each change."""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..api import GraphStep, GuideGraph, Guider, GuideStep, NinaError, RmsError, Role
from ..const import LOGGER
from .equipment import EquipmentCoordinator

# Seconds until a graph that could not be read is read again without a newer guide step.
RETRY: Final = 15.0
# Seconds for which those who look wait for a newer graph before they get the last one.
PATIENCE: Final = 4.0
# Seconds without a step after which guiding has paused. The longest guide exposures take 15 s.
PAUSE: Final = 60.0
# Steps that two graphs have in common before one is taken for the continuation of the other.
_ALIKE: Final = 3
# Steps and seconds that were watched before the length of a step is known.
_WATCHED_STEPS: Final = 5
# Steps of a graph that are compared, so that it takes no time if there are thousands.
_COMPARED: Final = 400
_WATCHED_SECONDS: Final = 20.0
# Readings of the graph that count: the exposure of the guider may be changed.
_LAST_READINGS: Final = 10


class GuideGraphs:
    """The newest guide graph with a step, and when that step was taken.

    A guide step in a reading of the equipment shows that the graph has changed; nothing else causes a
    request, and only `async_read` sends it.
    """

    def __init__(self, entry: ConfigEntry, equipment: EquipmentCoordinator) -> None:
        self._equipment = equipment
        self._entry = entry
        self.graph: GuideGraph | None = None
        # When the newest step of the graph was taken, and when the newest step that is known was.
        self.graph_at: datetime | None = None
        self.changed_at: datetime | None = None
        self.failed = False
        self.pace = StepPace()
        self._step: GuideStep | RmsError | None = None
        # The loop time at which a reading showed the last step.
        self._stepped_at: float | None = None
        self._changes = 0
        self._read_for: int | None = None
        self._retry_at = 0.0
        self._reading: asyncio.Task[None] | None = None
        self._note_reading()
        entry.async_on_unload(equipment.async_add_listener(self._note_reading))

    @property
    def supported(self) -> bool:
        """Return whether the installed plugin has the graph."""
        client = self._equipment.client
        return client.supports(client.guider.get_graph)

    @property
    def connected(self) -> bool:
        """Return whether a guider is connected."""
        return isinstance(self._equipment.data.device(Role.GUIDER), Guider)

    @property
    def unread(self) -> bool:
        """Return whether N.I.N.A. has a graph that could not be read, or is being read."""
        return self.failed or (self._reading is not None and not self._reading.done())

    @property
    def version(self) -> tuple[int, bool]:
        """Return what changes when there is a newer graph, or a failed request is due again."""
        return self._changes, self._is_due

    @property
    def _is_due(self) -> bool:
        """Return whether there is something to read."""
        if self._step is None or not self.connected or not self.supported:
            return False
        if self._read_for != self._changes:
            return True
        return self.failed and self._equipment.hass.loop.time() >= self._retry_at

    async def async_read(self) -> None:
        """Read the graph if it has changed, or leave the last one if that takes too long.

        All who wait share the request, which is a task of the entry.
        """
        reading = self._reading
        if reading is None or reading.done():
            if not self._is_due:
                return
            reading = self._reading = self._entry.async_create_background_task(
                self._equipment.hass, self._async_read(), f"{self._entry.title} guide graph"
            )
        await asyncio.wait([reading], timeout=PATIENCE)

    async def _async_read(self) -> None:
        """Read the graph; one that cannot be read leaves the last one."""
        changes, at = self._changes, self.changed_at
        now = self._equipment.hass.loop.time()
        self._read_for, self._retry_at = changes, now + RETRY
        try:
            graph = await self._equipment.client.guider.get_graph()
        except NinaError as err:
            self.failed = True
            LOGGER.debug("%s: no guide graph: %s", self._entry.title, err)
            return
        self.failed = False
        if graph.steps:
            self.pace.watch(graph.steps, now)
            self.graph, self.graph_at = graph, at

    @callback
    def _note_reading(self) -> None:
        """Compare the last guide step with the one before."""
        guider = self._equipment.data.device(Role.GUIDER)
        if not isinstance(guider, Guider):
            return
        step = guider.last_guide_step or _errors(guider)
        if step is None or step == self._step:
            return
        now, before = self._equipment.hass.loop.time(), self._stepped_at
        self._stepped_at = now
        if before is not None and now - before > PAUSE:
            self.pace.pause()
        # The first step may be one from hours ago.
        if self._step is not None and type(step) is type(self._step):
            self.changed_at = dt_util.utcnow()
        self._step = step
        self._changes += 1


def _errors(guider: Guider) -> RmsError | None:
    """Return the errors, None before the first step.

    Plugins before 2.1 report no steps, but their errors change with every one.
    """
    rms = guider.rms
    return None if rms is None or rms.total is None or rms.total.pixel is None else rms


class StepPace:
    """How many seconds a guide step takes, by the steps between the last readings of the graph."""

    def __init__(self) -> None:
        self.seconds_per_step: float | None = None
        self._steps: Sequence[GraphStep] = ()
        self._at = 0.0
        # Steps and seconds between two readings.
        self._watched: deque[tuple[int, float]] = deque(maxlen=_LAST_READINGS)
        self._paused = False

    def pause(self) -> None:
        """Do not count the time since the last reading: there was a pause."""
        self._paused = True

    def watch(self, steps: Sequence[GraphStep], now: float) -> None:
        """Count the steps since the last reading; `now` is the time of the loop."""
        steps = steps[-_COMPARED:]
        added = added_steps(self._steps, steps)
        if added is None:
            self._watched.clear()
            self.seconds_per_step = None
        elif added and not self._paused:
            self._watched.append((added, now - self._at))
            count, seconds = map(sum, zip(*self._watched, strict=True))
            if count >= _WATCHED_STEPS and seconds >= _WATCHED_SECONDS:
                self.seconds_per_step = seconds / count
        self._steps, self._at, self._paused = steps, now, False


def added_steps(old: Sequence[GraphStep], new: Sequence[GraphStep]) -> int | None:
    """Return how many steps a graph has more than an older one; None if it is not its continuation."""
    for added in range(len(new) - _ALIKE + 1):
        kept = len(new) - added
        first = len(old) - kept
        if first >= 0 and old[first] == new[0] and tuple(old[first:]) == tuple(new[:kept]):
            return added
    return None
