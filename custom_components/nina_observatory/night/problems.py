"""The problems of one entry: the detectors' results, held until they are certain either way."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..api import Role
from ..control.command import Readings
from ..control.loaded import runner_of
from ..events.bus import BusEvent, async_fire_own
from ..events.reconciler import History
from ..helpers.devices import is_known
from ..helpers.listeners import Listeners
from ..readings.frames import Frames
from ..readings.guide_steps import GuideSteps
from ..readings.safety import SafetyGuard
from ..readings.target_scheduler import SchedulerCoordinator
from ..roof.alarm import RoofAlarm
from ..roof.shared import shared_roofs
from .detectors import DETECTORS, FOLLOWED, Candidate, Detector, NightReadings, Past, is_closed

# A candidate with a longer delay does not keep the state unknown until then.
LONG: Final = timedelta(minutes=10)
# The reason of a failure that N.I.N.A. reported itself, which is on the bus already.
REPORTED: Final = "reported"


class ProblemState:
    """Whether there is a problem, which neither begins nor ends at once.

    `active` is None until that is known. A candidate at the very first evaluation stays unknown
    until its delay is over: a problem that existed before does not begin now.
    """

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self.active: bool | None = None
        self.reason: str | None = None
        self.since: datetime | None = None
        self._clears_at: datetime | None = None

    @property
    def data(self) -> dict[str, object]:
        """Return the payload of the problem's event."""
        return {"reason": self.reason, **self.detector.attributes()}

    @property
    def shown(self) -> object:
        """Return everything that entities show of it."""
        detector = self.detector
        return (
            self.active,
            self.reason,
            self.since,
            detector.candidate is None,
            detector.under_way,
            detector.attributes(),
        )

    @property
    def due(self) -> datetime | None:
        """When the passing of time may change the state."""
        candidate = self.detector.candidate
        moments = [self._clears_at, None if candidate is None else candidate.due]
        return min((moment for moment in moments if moment is not None), default=None)

    def reset(self) -> None:
        """Reset to unknown: nothing can be read."""
        self.active = self.reason = self.since = self._clears_at = None

    def apply_history(self, history: Past, now: datetime) -> None:
        """Apply the past; a problem that was one by then does not begin now."""
        self.detector.apply_history(history)
        candidate = self.detector.candidate
        if not self.active and candidate is not None and candidate.due <= now:
            self.reset()

    def update(self, now: datetime) -> None:
        """Update the state from the current candidate."""
        candidate = self.detector.candidate
        if candidate is not None and (candidate.due <= now or candidate.since == self.since):
            if not self.active:
                self.since = candidate.since
            self.active, self.reason, self._clears_at = True, candidate.reason, None
        elif self.active:
            self._clears_at = self._clears_at or now + self.detector.clears_after
            if self._clears_at <= now:
                self.reset()
                self.active = False
        elif candidate is None or candidate.since > now or candidate.delay > LONG:
            self.active = False


class Problems:
    """The problems of one entry, evaluated on every reading and event, and when they are due."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        readings: Readings,
        safety: SafetyGuard,
        scheduler: SchedulerCoordinator | None,
        roof_alarm: RoofAlarm,
        guide_steps: GuideSteps,
        record: Callable[[str], None],
    ) -> None:
        """Set the dependencies; `record` adds a mark to the report of the night."""
        self.states = {detector.key: ProblemState(detector()) for detector in DETECTORS}
        self._hass = hass
        self._entry = entry
        self._equipment = readings.equipment
        self._sequence = readings.sequence
        self._frames = readings.frames
        self._safety = safety
        self._scheduler = scheduler
        self._roof_alarm = roof_alarm
        self._guide_steps = guide_steps
        self._record = record
        # Separate from the listeners of a coordinator: nothing is polled.
        self._listeners: Listeners[()] = Listeners()
        self._timer: CALLBACK_TYPE | None = None
        # The states that the listeners were last called for.
        self._shown: list[object] = []
        # The frames of the last evaluation.
        self._evaluated: Frames | None = None
        # When the timer evaluates again.
        self._due: datetime | None = None

    @callback
    def async_start(self) -> None:
        """Follow all readings until the entry is unloaded."""
        follow: list[Callable[[CALLBACK_TYPE], CALLBACK_TYPE]] = [
            self._equipment.async_add_listener,
            self._sequence.async_add_listener,
            self._safety.async_add_listener,
            self._roof_alarm.async_add_listener,
        ]
        if self._scheduler is not None:
            follow.append(self._scheduler.async_add_listener)
        for add_listener in follow:
            self._entry.async_on_unload(add_listener(self.async_update))
        self._entry.async_on_unload(self._frames.async_add_listener(self._apply_frames))
        self._entry.async_on_unload(self._frames.followers.async_add(self._follow_frames))
        self._entry.async_on_unload(self._stop_timer)
        self.async_update()

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` when something changed; returns a function that unsubscribes."""
        return self._listeners.async_add(listener)

    @callback
    def async_handle_event(self, event: BusEvent) -> None:
        """Apply a live event of the bus."""
        if event["type"] not in FOLLOWED or event.get("replayed"):
            return
        for state in self.states.values():
            state.detector.handle_event(event["type"], event["data"], dt_util.utcnow())
        self.async_update()

    @callback
    def async_apply_history(self, history: History) -> None:
        """Apply N.I.N.A.'s own history, for which no events are fired."""
        now = dt_util.utcnow()
        # The clock of N.I.N.A.'s computer may be ahead of ours; the past cannot be in the future.
        past = [
            (event.type, event.data, min(event.time or now, now))
            for event in history.events
            if event.type in FOLLOWED
        ]
        for state in self.states.values():
            state.apply_history(past, now)
        self.async_update()

    @callback
    def _apply_frames(self) -> None:
        """Evaluate new frames before their event is on the bus if they may end a problem.

        Otherwise nothing that anybody sees depends on it, and the event comes first.
        """
        if any(state.active is not False for state in self.states.values()):
            self.async_update()

    @callback
    def _follow_frames(self) -> None:
        """Evaluate new frames that were not evaluated yet, neither before their event nor with it."""
        if self._evaluated is not self._frames.data:
            self.async_update()

    @callback
    def async_update(self, moment: datetime | None = None) -> None:
        """Evaluate all detectors once, and fire the events of changed problems."""
        now, readings = moment or dt_util.utcnow(), self._readings()
        self._evaluated = self._frames.data
        before = {key: (state.active, state.data) for key, state in self.states.items()}
        for state in self.states.values():
            enough = readings.complete if state.detector.needs_frames else readings.readable
            if enough or state.detector.works_unreachable:
                state.detector.update(readings, now)
                state.update(now)
            elif not readings.state.reachable:
                state.detector.update(readings, now)
                state.reset()
        self._set_timer(now)
        for key, state in self.states.items():
            if state.detector.marks and bool(before[key][0]) != bool(state.active):
                begun, ended = state.detector.marks
                self._record(begun if state.active else ended)
        # Events change detectors before this evaluation: what counts is what was shown last.
        shown = [state.shown for state in self.states.values()]
        if shown != self._shown:
            self._shown = shown
            self._listeners.async_call()
        for key, state in self.states.items():
            self._fire_news(state, *before[key])

    @callback
    def _fire_news(
        self, state: ProblemState, was_active: bool | None, data: dict[str, object]
    ) -> None:
        """Fire the event of a problem that began or changed; one found at the start has none."""
        kind = state.detector.fires
        if kind is None or was_active is None or not state.active or state.reason == REPORTED:
            return
        if not was_active or state.data != data:
            async_fire_own(self._hass, self._entry, kind, state.data, state.detector.role)

    def _readings(self) -> NightReadings:
        """Return the current readings."""
        frames, sequence = self._frames.data, self._sequence.data
        monitored = is_known(self._hass, self._entry, Role.SAFETY_MONITOR)
        roofs = shared_roofs(self._hass, self._entry)
        return NightReadings(
            state=self._equipment.data,
            sequence=sequence,
            scheduler_waits=sequence.scheduler_activity.waiting_until is not None,
            guiding=self._guide_steps.guiding,
            not_safe=self._safety.not_safe if monitored else None,
            roof=self._roof(),
            shared_roof_closed=any(self._is_closed(each) for each in roofs),
            newest=frames.frames[-1] if frames.frames else None,
            frames_known=frames.known,
        )

    def _is_closed(self, other: ConfigEntry) -> bool:
        """Return whether the roof of another observatory reads closed."""
        runner = runner_of(self._hass, other.entry_id)
        return runner is not None and is_closed(runner.readings.equipment.data.device(Role.DOME))

    def _roof(self) -> Candidate | None:
        """Return the roof alarm's reason against the roof."""
        alarm = self._roof_alarm
        exposure, since, due = alarm.exposure, alarm.exposed_since, alarm.due_at
        if exposure is None or since is None or due is None:
            return None
        return Candidate(reason=exposure.problem.value, since=since, delay=due - since)

    def _set_timer(self, now: datetime) -> None:
        """Set a timer to evaluate again when the passing of time may change a state.

        An earlier one that is set stays: it sets the next one.
        """
        moments = [state.due for state in self.states.values()]
        due = min((moment for moment in moments if moment and moment > now), default=None)
        if due is not None and self._due is not None and now < self._due <= due:
            return
        self._stop_timer()
        self._due = due
        if due is not None:
            self._timer = async_track_point_in_utc_time(self._hass, self.async_update, due)

    @callback
    def _stop_timer(self) -> None:
        self._due = None
        if self._timer is not None:
            self._timer()
            self._timer = None
