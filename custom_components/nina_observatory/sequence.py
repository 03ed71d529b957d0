"""The coordinator of the sequencer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import override

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .api import (
    EventType,
    Exposures,
    NinaClient,
    NinaError,
    NinaEvent,
    NinaNotReadyError,
    Sequence,
    SequenceStatus,
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
# A sequence that was started runs within ten seconds; one that does not shows a checklist on the
# screen of N.I.N.A., which only a person can answer (field notes 16).
CHECKLIST_AFTER = timedelta(seconds=20)
OVER = (
    SequenceStatus.FINISHED,
    SequenceStatus.FAILED,
    SequenceStatus.SKIPPED,
    SequenceStatus.DISABLED,
)


class SequenceState(StrEnum):
    """What the sequencer does."""

    NOT_READY = "not_ready"
    NOT_LOADED = "not_loaded"
    IDLE = "idle"
    RUNNING = "running"
    WAITING = "waiting"
    WAITING_FOR_PERSON = "waiting_for_person"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceReading:
    """The loaded sequence as last read; `tree` is None where there is none to be read."""

    reachable: bool = False
    tree: Sequence | None = None
    exposures: Exposures = field(default_factory=Exposures)
    ends_at: datetime | None = None
    waiting_for_person: bool = False

    @property
    def state(self) -> SequenceState:
        """Return what the sequencer does; the roots of the tree alone tell whether it runs."""
        if self.tree is None:
            return SequenceState.NOT_READY
        if self.tree.running:
            return SequenceState.WAITING if self.tree.waiting else SequenceState.RUNNING
        if self.waiting_for_person:
            return SequenceState.WAITING_FOR_PERSON
        return _at_rest(self.tree)

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


def _at_rest(tree: Sequence) -> SequenceState:
    """Return what became of a sequence that does not run.

    A stopped one goes back to where it can go on; one that is over has no root left to run.
    """
    if not any(root.items for root in tree.roots):
        return SequenceState.NOT_LOADED
    if not all(root.status in OVER for root in tree.roots):
        return SequenceState.IDLE
    return SequenceState.FAILED if tree.failed else SequenceState.FINISHED


class SequenceCoordinator(NinaCoordinator[SequenceReading]):
    """Read the sequence: often while it runs, on its events, seldom otherwise."""

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry, rig: RigCoordinator) -> None:
        """Prepare reading the sequence."""
        super().__init__(hass, entry, "sequence")
        self.data = SequenceReading()
        self._rig = rig
        self._was_reachable = False
        # Loop time at which N.I.N.A. said that it starts a sequence, until it says that it ended.
        self._begun_at: float | None = None
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

    @callback
    def async_take(self, event: NinaEvent) -> None:
        """Take in a live event: between its start and its end a sequence ought to run."""
        if event.type is EventType.SEQUENCE_STARTED:
            self._begun_at = self.hass.loop.time()
        elif event.type is EventType.SEQUENCE_FINISHED:
            self._begun_at = None

    def _waiting_for_person(self, tree: Sequence) -> bool:
        """Return whether a sequence was started and nothing runs: a checklist stands in the way."""
        if tree.running or self._begun_at is None:
            return False
        return self.hass.loop.time() - self._begun_at >= CHECKLIST_AFTER.total_seconds()

    @override
    async def _async_poll(self, started: float) -> SequenceReading:
        """Read the sequence, unless N.I.N.A. is known to be gone."""
        if not self._rig.data.reachable:
            self.update_interval = self._begun_at = None
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
            waiting_for_person=self._waiting_for_person(tree),
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
        if reading.tree.running or self._begun_at is not None:
            return POLL_RUNNING
        return POLL_IDLE
