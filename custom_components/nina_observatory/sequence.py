"""The coordinator of the sequencer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import override

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .api import (
    Exposures,
    NinaClient,
    NinaError,
    NinaNotReadyError,
    Sequence,
    ends_at,
    sequence_exposures,
)
from .const import LOGGER
from .coordinator import NinaConfigEntry, NinaCoordinator, RigCoordinator

POLL_RUNNING = timedelta(seconds=30)
POLL_IDLE = timedelta(minutes=5)
# The sequencer takes some seconds after a start of N.I.N.A. before it answers.
POLL_STARTING = timedelta(seconds=10)
# Overheads move the expected end of a sequence along; less than this is no news.
END_WAVERS = timedelta(minutes=2)


class SequenceState(StrEnum):
    """What the sequencer does."""

    NOT_READY = "not_ready"
    IDLE = "idle"
    RUNNING = "running"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceReading:
    """The loaded sequence as last read; `tree` is None where there is none to be read."""

    reachable: bool = False
    tree: Sequence | None = None
    exposures: Exposures = field(default_factory=Exposures)
    ends_at: datetime | None = None

    @property
    def state(self) -> SequenceState:
        """Return what the sequencer does; the roots of the tree alone tell whether it runs."""
        if self.tree is None:
            return SequenceState.NOT_READY
        if not self.tree.running:
            return SequenceState.IDLE
        return SequenceState.WAITING if self.tree.waiting else SequenceState.RUNNING

    @property
    def instruction(self) -> str | None:
        """Return the name of what it is doing now."""
        activity = None if self.tree is None else self.tree.activity
        return None if activity is None else activity.node.name

    @property
    def target(self) -> str | None:
        """Return the name of the running target container."""
        return None if self.tree is None else self.tree.target

    @property
    def waiting_until(self) -> datetime | None:
        """Return when it goes on, if it waits and that is known."""
        return None if self.tree is None else self.tree.waiting_until


class SequenceCoordinator(NinaCoordinator[SequenceReading]):
    """Read the sequence: often while it runs, on its events, seldom otherwise."""

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry, rig: RigCoordinator) -> None:
        """Prepare reading the sequence."""
        super().__init__(hass, entry, "sequence")
        self.data = SequenceReading()
        self._rig = rig
        self._was_reachable = False
        entry.async_on_unload(rig.async_add_listener(self._follow_rig))

    @property
    def _client(self) -> NinaClient:
        """Return the client of the rig."""
        return self._rig.client

    @callback
    def _follow_rig(self) -> None:
        """Read anew when N.I.N.A. comes back, and forget at once when it goes."""
        if (reachable := self._rig.data.reachable) != self._was_reachable:
            self._was_reachable = reachable
            self.config_entry.async_create_background_task(
                self.hass, self.async_refresh(), f"{self.name} after a change of connection"
            )

    @override
    async def _async_poll(self, started: float) -> SequenceReading:
        """Read the sequence, unless N.I.N.A. is known to be gone."""
        if not self._rig.data.reachable:
            self.update_interval = None
            return SequenceReading()
        reading = await self._async_ask()
        self.update_interval = self._interval(reading)
        return reading

    async def _async_ask(self) -> SequenceReading:
        """Ask once; a sequencer that is still starting is no error."""
        try:
            tree = await self._client.get_sequence()
        except NinaNotReadyError:
            return SequenceReading(reachable=True)
        except NinaError as err:
            LOGGER.debug("The sequence of %s could not be read: %s", self.name, err)
            return SequenceReading()
        return SequenceReading(
            reachable=True,
            tree=tree,
            exposures=sequence_exposures(tree),
            ends_at=self._steady_end(ends_at(tree, dt_util.utcnow())),
        )

    def _steady_end(self, moment: datetime | None) -> datetime | None:
        """Keep the expected end while it only wavers."""
        known = self.data.ends_at
        if moment is None or known is None or abs(moment - known) > END_WAVERS:
            return moment
        return known

    def _interval(self, reading: SequenceReading) -> timedelta:
        """Return the time until the next poll."""
        if reading.tree is None:
            return POLL_STARTING
        return POLL_RUNNING if reading.tree.running else POLL_IDLE
