"""The coordinator of the sequencer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..api import (
    ContainerKey,
    EventType,
    ExposureNumber,
    Exposures,
    Frame,
    NinaError,
    NinaEvent,
    NinaNotReadyError,
    Purpose,
    RunningPart,
    Sequence,
    SequenceStatus,
    Topic,
    running_parts,
)
from ..const import LOGGER
from .equipment import EquipmentCoordinator
from .following import FollowingCoordinator
from .frame_target import FrameTarget, FrameTargets
from .scheduler_activity import Renames, SchedulerActivity, activity_after
from .sequence_analysis import analyze
from .sequence_runs import SequenceRuns
from .unsafe_rest import UnsafeRest

POLL_RUNNING = timedelta(seconds=40)
# Without the event stream, which else reports most of what changes.
POLL_RUNNING_UNHEARD = timedelta(seconds=30)
POLL_IDLE = timedelta(minutes=5)
# The sequencer takes some seconds after a start of N.I.N.A. before it answers.
POLL_STARTING = timedelta(seconds=10)
# Overheads move the expected end of a sequence; smaller changes than this are ignored.
END_WAVERS = timedelta(minutes=2)
# A started sequence runs within ten seconds; one that does not shows a checklist on the screen of
# N.I.N.A., which only a person can answer (docs/field-notes.md, Sequence).
CHECKLIST_AFTER = timedelta(seconds=20)
# Seconds for which a trigger, such as a dither, only interrupts the exposures of an instruction; a
# longer one is the activity itself.
INTERRUPTION = 60.0
OVER = (
    SequenceStatus.FINISHED,
    SequenceStatus.FAILED,
    SequenceStatus.SKIPPED,
    SequenceStatus.DISABLED,
)
# Events that prove no checklist is open, besides a root that runs.
NO_CHECKLIST = (EventType.SEQUENCE_FINISHED, EventType.IMAGE_SAVED)


class SequenceState(StrEnum):
    """The state of the sequencer."""

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
    """The loaded sequence as last read; `tree` is None if there is none to read.

    `reachable` is whether N.I.N.A. answers. `readable` is False if it answers but does not return
    its sequence: for a moment while somebody edits it, in plugin 2.0 for as long as it has no
    target (docs/field-notes.md, Sequence). The tree does not include the `scheduler_activity`.
    `waiting_for_person` is whether a checklist is open before a start, `messages` are the texts of
    message boxes that a running sequence shows. `unsafe` is whether the safety monitor reports
    unsafe while all devices have rested for a while. `frame_target` is the target named in its light
    frames.
    `exposure` is the light frame under way, `target_end` the earliest end of the running target.
    """

    reachable: bool = False
    readable: bool = False
    tree: Sequence | None = None
    exposures: Exposures = field(default_factory=Exposures)
    exposure: ExposureNumber | None = None
    expected_end: datetime | None = None
    target_end: datetime | None = None
    waiting_for_person: bool = False
    messages: tuple[str, ...] = ()
    running_parts: tuple[RunningPart, ...] | None = None
    pause_ends_at: datetime | None = None
    unsafe: bool = False
    scheduler_activity: SchedulerActivity = field(default_factory=SchedulerActivity)
    frame_target: FrameTarget = field(default_factory=FrameTarget)

    @property
    def parts(self) -> tuple[RunningPart, ...]:
        """Return the parts of the tree that run now."""
        if self.running_parts is not None:
            return self.running_parts
        return () if self.tree is None else running_parts(self.tree)

    @property
    def running(self) -> bool | None:
        """Return whether it runs; None if that cannot be read.

        A sequencer that is still starting runs nothing.
        """
        if not self.readable:
            return None
        if self.tree is None or self.tree.at_rest:
            return False
        return True if self.tree.running else None

    @property
    def state(self) -> SequenceState | None:
        """Return the state of the sequencer; only the roots of the tree decide whether it runs."""
        if self.running is None:
            return None
        if self.tree is None:
            return SequenceState.NOT_READY
        if self.tree.running:
            return self._state_while_running
        if self.waiting_for_person:
            return SequenceState.WAITING_FOR_PERSON
        return _at_rest(self.tree)

    @property
    def _state_while_running(self) -> SequenceState:
        """Return whether it is active, or all of it waits: for a person or a condition."""
        waits = self.tree is not None and self.tree.waiting
        waits = waits or self._all_for(Purpose.PERSON, Purpose.WAIT)
        waits = waits or self.scheduler_waits or self.waits_for_safety
        return SequenceState.WAITING if waits else SequenceState.RUNNING

    def _all_for(self, *purposes: Purpose) -> bool:
        """Return whether all running parts have one of some purposes, and no trigger runs."""
        if self.tree is None or self.tree.trigger is not None or not self.parts:
            return False
        return all(part.purpose in purposes for part in self.parts)

    @property
    def waits_for_safety(self) -> bool:
        """Return whether it waits until it is safe.

        Such an instruction has only a name, which a user may have changed: it is one without any
        other properties that runs while it is not safe and no device moves.
        """
        bare = any(part.purpose is Purpose.BARE for part in self.parts)
        return self.unsafe and bare and self._all_for(Purpose.BARE, Purpose.PERSON, Purpose.WAIT)

    @property
    def ends_at(self) -> datetime | None:
        """Return when it is expected to end; None if it waits for safety or runs a scheduler."""
        return None if self.waits_for_safety or self._scheduled else self.expected_end

    @property
    def progress(self) -> Exposures:
        """Return the exposures; a scheduler takes more than it shows, if it shows any."""
        return replace(self.exposures, hidden=True) if self._scheduled else self.exposures

    @property
    def _scheduled(self) -> bool:
        """Return whether a scheduler is active in the running sequence."""
        runs = self.tree is not None and self.tree.running
        return runs and (
            self.scheduler_activity.target is not None
            or self.scheduler_activity.waiting_until is not None
        )

    @property
    def scheduler_waits(self) -> bool:
        """Return whether it only waits for the next target of the Target Scheduler."""
        waits = self.scheduler_activity.waiting_until is not None
        return waits and self.tree is not None and self.tree.hidden

    @property
    def instruction(self) -> str | None:
        """Return the name of the current instruction, or of the innermost container with a name."""
        activity = None if self.tree is None else self.tree.activity
        return None if activity is None else activity.name or None

    @property
    def path(self) -> list[str] | None:
        """Return the names of its containers, from the outside in; some have none."""
        activity = None if self.tree is None else self.tree.activity
        return None if activity is None else [name for name in activity.path if name]

    @property
    def target(self) -> str | None:
        """Return the name of the running target container."""
        return None if self.tree is None else self.tree.target

    @property
    def may_expose(self) -> bool:
        """Return whether the running parts, or hidden instructions, may take light frames."""
        purposes = (Purpose.IMAGING, Purpose.HIDDEN)
        return any(part.prepares or part.purpose in purposes for part in self.parts)

    @property
    def waiting_until(self) -> datetime | None:
        """Return when the current wait ends; None if it does not wait or that is unknown."""
        if self.scheduler_waits:
            return self.scheduler_activity.waiting_until
        if self.tree is None or not self.tree.waiting:
            return None
        known = [each for each in (self.tree.waiting_until, self.pause_ends_at) if each is not None]
        return max(known, default=None)


def _at_rest(tree: Sequence) -> SequenceState:
    """Return the state of a sequence that does not run.

    A stopped one is reset to a point where it can resume; one that is finished has no root left to
    run.
    """
    if not any(root.items for root in tree.roots):
        return SequenceState.NOT_LOADED
    if not all(root.status in OVER for root in tree.roots):
        return SequenceState.IDLE
    return SequenceState.FAILED if tree.failed else SequenceState.FINISHED


class SequenceCoordinator(FollowingCoordinator[SequenceReading]):
    """Read the sequence: often while it runs, on its events, seldom otherwise."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        equipment: EquipmentCoordinator,
        frames: Callable[[], tuple[Frame, ...] | None],
    ) -> None:
        """Set the dependencies; `frames` returns all saved frames, None if some may be missing."""
        super().__init__(hass, entry, equipment, "sequence")
        self.data = SequenceReading()
        self._frames = frames
        self._runs = SequenceRuns()
        # Loop time at which N.I.N.A. reported that it starts a sequence, until it is seen to run or
        # reported to have ended.
        self._begun_at: float | None = None
        self._frame_targets = FrameTargets()
        # The container in which the scheduler was seen to run.
        self._scheduler: ContainerKey | None = None
        # Loop time at which a trigger was first seen, while one runs.
        self._trigger_at: float | None = None
        # The number of readings in a row that failed.
        self._unread = 0
        self._expiry: CALLBACK_TYPE | None = None
        entry.async_on_unload(self._cancel_expiry)
        self._unsafe_rest = UnsafeRest(entry, equipment, self._apply_rest)

    @callback
    def async_apply_history(self, history: tuple[NinaEvent, ...]) -> None:
        """Apply N.I.N.A.'s own history: the scheduler's activity, and the start of the sequence."""
        edges = (EventType.SEQUENCE_STARTED, *NO_CHECKLIST)
        last = next((event.type for event in reversed(history) if event.type in edges), None)
        if last is not EventType.SEQUENCE_STARTED:
            self._begun_at = None
        elif self._begun_at is None and not self._is_running:
            self._begun_at = self.hass.loop.time()
            self.async_read_soon()
        activity = activity_after(history)
        self._frame_targets.sequence_begun(activity.begun)
        self.data = replace(self.data, frame_target=self._frame_targets.frame_target)
        self._apply_activity(activity)

    @callback
    def async_handle_event(self, event: NinaEvent) -> None:
        """Apply a live event: between its start and its end a sequence should run."""
        if Topic.SEQUENCE in event.topics:
            self.async_read_after(event)
        if (activity := self.data.scheduler_activity.after(event)) != self.data.scheduler_activity:
            self._apply_activity(activity)
        if event.type is EventType.SEQUENCE_STARTED:
            self._begun_at = self.hass.loop.time()
        elif event.type in NO_CHECKLIST:
            self._begun_at = None

    @callback
    def async_recall(self, frames: tuple[Frame, ...]) -> None:
        """Apply the frames that were saved before any was followed."""
        self._frame_targets.history_read(frames)
        self.data = replace(self.data, frame_target=self._frame_targets.frame_target)
        self.async_update_listeners()

    @callback
    def async_note_light(self, frame: Frame) -> None:
        """Apply a light frame that was saved just now."""
        self._frame_targets.frame_saved(frame, self.hass.loop.time())
        if (found := self._frame_targets.frame_target) != self.data.frame_target:
            self.data = replace(self.data, frame_target=found)
            self.async_update_listeners()
        if not self.data.frame_target.certain:
            self.async_read_soon()

    @callback
    def _apply_activity(self, activity: SchedulerActivity) -> None:
        """Show the activity of the scheduler until it expires."""
        activity = activity.at(dt_util.utcnow())
        self.data = replace(self.data, scheduler_activity=activity)
        self.async_update_listeners()
        self._cancel_expiry()
        if (end := activity.ends_at or activity.waiting_until) is not None:
            self._expiry = async_track_point_in_utc_time(self.hass, self._expire, end)

    @callback
    def async_rename(self, renames: Renames) -> None:
        """Show the activity of the scheduler under the current names of its project and target."""
        if (
            activity := self.data.scheduler_activity.renamed(renames)
        ) != self.data.scheduler_activity:
            self._apply_activity(activity)

    @callback
    def _expire(self, _now: datetime) -> None:
        """Clear a target or a wait that has ended."""
        self._apply_activity(self.data.scheduler_activity)

    @callback
    def _apply_rest(self) -> None:
        """Follow the safety monitor: the tree does not show that the sequence waits for it."""
        self.data = replace(self.data, unsafe=self._unsafe_rest.is_on)
        self.async_update_listeners()

    @callback
    def _cancel_expiry(self) -> None:
        """Cancel the timer."""
        if self._expiry is not None:
            self._expiry()
            self._expiry = None

    @property
    def begun(self) -> bool:
        """Return whether a sequence was started, but neither seen to run nor reported as ended."""
        return self._begun_at is not None

    @property
    def _is_running(self) -> bool:
        """Return whether it ran when it was last read."""
        return self.data.tree is not None and self.data.tree.running

    def _waiting_for_person(self, tree: Sequence, started: float) -> bool:
        """Return whether a sequence was started and nothing runs: a checklist is open."""
        begun = self._begun_at
        if begun is None or tree.running:
            # Once it was seen to run, no checklist is open, even if the event of its end is lost.
            self._begun_at = begun if begun is not None and begun > started else None
            return False
        return self.hass.loop.time() - begun >= CHECKLIST_AFTER.total_seconds()

    @override
    async def _async_poll(self, started: float) -> SequenceReading:
        if not self.equipment.data.reachable:
            self.update_interval = self._begun_at = None
            return SequenceReading(
                scheduler_activity=self.data.scheduler_activity, frame_target=self.data.frame_target
            )
        reading = await self._async_ask(started)
        self._unread = 0 if reading.readable else self._unread + 1
        if reading.tree is not None:
            self._frame_targets.sequence_read(reading.tree, started, self.hass.loop.time())
        # Events may change the scheduler's activity meanwhile; only the tree shows that it is done.
        activity = self.data.scheduler_activity
        if reading.tree is not None and self._scheduler_is_done(reading.tree):
            activity = SchedulerActivity(begun=activity.begun)
        reading = replace(
            reading, scheduler_activity=activity, frame_target=self._frame_targets.frame_target
        )
        self.update_interval = self._interval(reading)
        return reading

    async def _async_ask(self, started: float) -> SequenceReading:
        """Fetch once; a sequencer that is still starting is no error.

        A sequence that cannot be read does not mean that N.I.N.A. does not answer: the equipment
        coordinator decides that.
        """
        try:
            tree = await self.client.sequence.get()
        except NinaNotReadyError:
            return SequenceReading(reachable=True, readable=True)
        except NinaError as err:
            LOGGER.debug("The sequence of %s could not be read: %s", self.name, err)
            return SequenceReading(reachable=self.equipment.data.reachable)
        now, read_at, frames = dt_util.utcnow(), self.hass.loop.time(), self._frames()
        # Parsing a tree of thousands of nodes takes time.
        self._runs, found = await asyncio.to_thread(
            analyze, tree, self._runs.after, started, read_at, frames, now
        )
        known = self.data
        if tree.trigger is None:
            self._trigger_at = None
        elif self._trigger_at is None:
            self._trigger_at = read_at
        interrupted = self._trigger_at is not None and read_at - self._trigger_at < INTERRUPTION
        return SequenceReading(
            reachable=True,
            readable=True,
            tree=tree,
            exposures=found.exposures,
            exposure=known.exposure if interrupted else found.exposure,
            expected_end=_steady(found.expected_end, known.expected_end),
            target_end=_steady(found.target_end, known.target_end),
            messages=found.messages,
            running_parts=found.running_parts,
            pause_ends_at=_steady(found.pause_ends_at, known.pause_ends_at),
            waiting_for_person=self._waiting_for_person(tree, started),
            unsafe=self._unsafe_rest.is_on,
        )

    @override
    def _failed(self) -> SequenceReading:
        self._unread += 1
        self.update_interval = POLL_RUNNING
        return SequenceReading(
            reachable=self.equipment.data.reachable,
            scheduler_activity=self.data.scheduler_activity,
            frame_target=self.data.frame_target,
        )

    def _scheduler_is_done(self, tree: Sequence) -> bool:
        """Return whether the scheduler's container, or all targets, have ended."""
        containers = tree.running_target.containers
        left = self._scheduler is not None and self._scheduler not in containers
        if (
            self.data.scheduler_activity.target is None
            and self.data.scheduler_activity.waiting_until is None
        ):
            self._scheduler = None
        elif tree.hidden and containers and (left or self._scheduler is None):
            self._scheduler = containers[-1]
        elif left:
            self._scheduler = None
            return True
        return tree.ending

    def _interval(self, reading: SequenceReading) -> timedelta:
        hears = self.equipment.liveness.hears
        running = POLL_RUNNING if hears else POLL_RUNNING_UNHEARD
        if self._unread > 1:
            return running
        if reading.tree is None:
            return POLL_STARTING
        if reading.tree.running or self.begun:
            return running
        return POLL_IDLE


def _steady(moment: datetime | None, known: datetime | None) -> datetime | None:
    """Keep the previous time while it changes only slightly."""
    if moment is None or known is None or abs(moment - known) > END_WAVERS:
        return moment
    return known
