"""The night watch as a state machine, without clock and without I/O.

It follows levels: what is unknown stays as it was while the watch is armed, so an absent reading
never ends a problem. Times are seconds of a clock that never jumps, such as the one of the event
loop.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

# Seconds without N.I.N.A. after which the connection counts as lost; shorter losses interrupt
# nothing.
CONNECTION_LOST_AFTER: Final = 60.0
# The name of the watch's own observatory among those under its roof.
OWN: Final = ""


class WatchMode(StrEnum):
    """How long the watch lasts: until the night's work is done, or until somebody disarms it."""

    NIGHT = "night"
    AWAY = "away"


class WatchState(StrEnum):
    """State of the watch, with the values of Home Assistant's alarm control panels."""

    DISARMED = "disarmed"
    ARMED_NIGHT = "armed_night"
    ARMED_AWAY = "armed_away"
    PENDING = "pending"
    TRIGGERED = "triggered"


class WatchProblem(StrEnum):
    """Problems that the watch reacts to; the worst first."""

    ROOF_OPEN_UNSAFE = "roof_open_unsafe"
    ROOF_NOT_CLOSED = "roof_not_closed"
    CONNECTION_LOST = "connection_lost"
    SEQUENCE_INTERRUPTED = "sequence_interrupted"
    GUIDING_LOST = "guiding_lost"
    IMAGING_STALLED = "imaging_stalled"


class WaitsFor(StrEnum):
    """Events that end the present state, apart from a new problem and from arming."""

    SEQUENCE = "sequence"
    NEXT_SEQUENCE = "next_sequence"
    DARKNESS = "darkness"
    END_OF_SEQUENCE = "end_of_sequence"
    CONNECTION = "connection"
    ROOF_CLOSED = "roof_closed"
    MORNING = "morning"
    DISARMING = "disarming"
    REACTION = "reaction"
    ACKNOWLEDGMENT = "acknowledgment"


# Problems that a sequence which no longer runs cannot have. Its end alone does not solve them.
_OF_SEQUENCE: Final = (WatchProblem.GUIDING_LOST, WatchProblem.IMAGING_STALLED)
_ARMED: Final = {
    WatchMode.NIGHT: WatchState.ARMED_NIGHT,
    WatchMode.AWAY: WatchState.ARMED_AWAY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchInputs:
    """Everything that decides, at one moment; None is unknown.

    `running` is whether the sequence runs, `others` the same for the other observatories under the
    roof, by name. `settled` is whether a sequence that no longer runs was finished, or left the
    mount parked or the roof closed. `roof_closed` is whether the roof was last seen closed, or there
    is none. `roof_overdue` is whether a roof that should be closed has not been for too long, None
    if it may still close in time; `in_danger` is whether it should be closed because of a danger.
    """

    reachable: bool
    dark: bool
    running: bool | None = None
    others: Mapping[str, bool | None] = field(default_factory=dict)
    settled: bool = False
    roof_closed: bool = True
    roof_overdue: bool | None = False
    in_danger: bool = False
    guiding_lost: bool | None = None
    imaging_stalled: bool | None = None


@dataclass(slots=True, kw_only=True)
class WatchMemory:
    """The part of the watch that outlives a restart.

    `automatic` is whether a sequence armed it. `problems` are those that are present, `counting`
    those that nobody has acknowledged, with the times from which they count; after one has triggered,
    which is the `cause`, they stay. `runs` are the observatories whose sequences were last known to run; `ran` is
    whether one ran since the watch was armed, `was_dark` whether it was dark. `dismissed` is whether
    somebody disarmed the watch during these runs. `lost_by_day` is whether the connection that is
    missing was lost by day, `interrupted` whether it was lost at night while the sequence ran, or Home
    Assistant was down meanwhile.
    """

    mode: WatchMode | None = None
    automatic: bool = False
    triggered: bool = False
    since: float | None = None
    cause: WatchProblem | None = None
    problems: set[WatchProblem] = field(default_factory=set)
    acknowledged: set[WatchProblem] = field(default_factory=set)
    counting: dict[WatchProblem, float] = field(default_factory=dict)
    runs: set[str] = field(default_factory=set)
    ran: bool = False
    was_dark: bool = False
    dismissed: bool = False
    lost_by_day: bool = False
    interrupted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchNotice:
    """A notice for people: a new problem, and whether it triggered the alarm."""

    problem: WatchProblem
    triggered: bool


class WatchMachine:
    """Watch over the night: a problem is pending for a time to react, and then triggers."""

    def __init__(self, delay: float, now: float, memory: WatchMemory | None = None) -> None:
        """Start from a memory; `delay` is the time to react in seconds."""
        self.memory = memory or WatchMemory()
        if self.memory.since is None:
            self.memory.since = now
        self._delay = delay
        self._now = now
        self._inputs = WatchInputs(reachable=False, dark=False)
        self._lost_since: float | None = None
        # Nothing was seen while Home Assistant was down.
        self._unseen = memory is not None
        self._state = self._current_state()

    @property
    def state(self) -> WatchState:
        """State as of the last update."""
        return self._state

    @property
    def problem(self) -> WatchProblem | None:
        """The problem that triggered, or will; None if nothing does."""
        memory = self.memory
        return memory.cause if memory.triggered else self._first(memory.counting)

    @property
    def problems(self) -> list[WatchProblem]:
        """All present problems, the worst first; a roof counts once."""
        return _listed(self.memory.problems)

    @property
    def acknowledged(self) -> list[WatchProblem]:
        """The present problems that somebody acknowledged."""
        return _listed(self.memory.acknowledged)

    @property
    def triggers_at(self) -> float | None:
        """When a pending problem triggers; None if none is pending."""
        if self.memory.triggered or not self.memory.counting:
            return None
        return min(self.memory.counting.values()) + self._delay

    @property
    def next_update(self) -> float | None:
        """When time alone may change something; None for never."""
        moments = [self.triggers_at]
        if self._lost_since is not None:
            moments.append(self._lost_since + CONNECTION_LOST_AFTER)
        later = [moment for moment in moments if moment is not None and moment > self._now]
        return min(later, default=None)

    @property
    def waits_for(self) -> WaitsFor:
        """The event that ends the present state."""
        memory = self.memory
        if memory.mode is None:
            if memory.dismissed:
                return WaitsFor.NEXT_SEQUENCE
            if not memory.runs:
                return WaitsFor.SEQUENCE
            return WaitsFor.CONNECTION if self._inputs.dark else WaitsFor.DARKNESS
        if memory.triggered or memory.counting:
            return WaitsFor.ACKNOWLEDGMENT if memory.triggered else WaitsFor.REACTION
        if memory.mode is WatchMode.AWAY:
            return WaitsFor.DISARMING
        if memory.runs:
            unknown = OWN in memory.runs and not self._inputs.reachable
            return WaitsFor.CONNECTION if unknown else WaitsFor.END_OF_SEQUENCE
        if not self._inputs.roof_closed:
            return WaitsFor.ROOF_CLOSED
        return WaitsFor.MORNING

    def arm(self, mode: WatchMode) -> None:
        """Arm by hand; takes effect with the next update.

        Problems that are pending or triggered are acknowledged. A watch that was not armed reacts to
        the problems that it finds.
        """
        memory = self.memory
        if memory.mode is None:
            memory.ran, memory.was_dark = bool(memory.runs), False
        else:
            self.acknowledge()
        memory.mode, memory.automatic, memory.dismissed = mode, False, False

    def acknowledge(self) -> None:
        """Acknowledge the problems that are pending or triggered; takes effect with the next update.

        The watch goes on as it was armed. Without such a problem, nothing changes.
        """
        if self.memory.mode is not None and (self.memory.triggered or self.memory.counting):
            self._acknowledge()

    def disarm(self) -> None:
        """Disarm, for these runs of the sequences; takes effect with the next update."""
        self._acknowledge()
        self._end()
        # The next update withdraws this if nothing runs.
        self.memory.dismissed = True

    def update(self, inputs: WatchInputs, now: float) -> list[WatchNotice]:
        """Return the notices that are due."""
        self._inputs, self._now = inputs, now
        self._follow_connection(inputs, now)
        self._follow_runs(inputs)
        self._follow_problems(self._levels(inputs, now))
        if self.memory.mode is None:
            self._arm_itself(inputs)
        elif self._is_over(inputs):
            self._end()
        notices = self._react(now)
        if (state := self._current_state()) is not self._state:
            self._state, self.memory.since = state, now
        return notices

    def _end(self) -> None:
        """End the watch; the next one knows of no acknowledgment."""
        memory = self.memory
        memory.mode, memory.automatic, memory.interrupted = None, False, False
        memory.acknowledged.clear()

    def _acknowledge(self) -> None:
        """Take the present problems as known; one that does not last is over."""
        memory = self.memory
        memory.triggered, memory.cause = False, None
        if WatchProblem.SEQUENCE_INTERRUPTED in memory.problems:
            memory.interrupted = False
            memory.problems.remove(WatchProblem.SEQUENCE_INTERRUPTED)
        memory.acknowledged = set(memory.problems)
        memory.counting.clear()

    def _follow_runs(self, inputs: WatchInputs) -> None:
        """Record which sequences run. One that cannot be read runs if it did before."""
        memory, found = self.memory, {OWN: inputs.running, **inputs.others}
        memory.runs = {name for name in found if found[name] or self._may_run(name, found[name])}
        if not memory.runs:
            memory.dismissed = False
        if memory.mode is not None:
            memory.ran = memory.ran or bool(memory.runs)
            memory.was_dark = memory.was_dark or inputs.dark

    def _may_run(self, name: str, running: bool | None) -> bool:
        return running is None and name in self.memory.runs

    def _follow_connection(self, inputs: WatchInputs, now: float) -> None:
        """Record when the connection was lost, and what that interrupted."""
        memory, lost = self.memory, not inputs.reachable and self._lost_since is None
        if (lost or self._unseen) and inputs.dark and OWN in memory.runs:
            memory.interrupted = memory.mode is not None
        self._unseen = False
        if inputs.reachable:
            self._lost_since, memory.lost_by_day = None, False
            if inputs.running or (inputs.running is False and inputs.settled):
                memory.interrupted = False
        elif lost:
            self._lost_since = now
            memory.lost_by_day = memory.lost_by_day or not inputs.dark

    def _levels(self, inputs: WatchInputs, now: float) -> dict[WatchProblem, bool | None]:
        """Return which problems there are; None is unknown."""
        overdue = inputs.roof_overdue
        levels = {
            WatchProblem.ROOF_OPEN_UNSAFE: inputs.in_danger and overdue,
            WatchProblem.ROOF_NOT_CLOSED: overdue,
            WatchProblem.CONNECTION_LOST: self._connection_lost(inputs, now),
            WatchProblem.SEQUENCE_INTERRUPTED: self._interrupted(inputs),
            WatchProblem.GUIDING_LOST: inputs.guiding_lost,
            WatchProblem.IMAGING_STALLED: inputs.imaging_stalled,
        }
        if not (inputs.running or inputs.settled):
            # Nothing shows that a problem was solved before the sequence ended. One that was
            # acknowledged ends anyway, so that it is new if it comes back.
            unsolved = [each for each in _OF_SEQUENCE if each not in self.memory.acknowledged]
            levels |= {each: levels[each] or None for each in unsolved}
        return levels

    def _connection_lost(self, inputs: WatchInputs, now: float) -> bool | None:
        """Return whether the connection is lost at night; by day N.I.N.A. may be closed.

        A watch that was armed by hand wants a connection at night, whenever it was lost.
        """
        memory = self.memory
        if self._lost_since is None:
            return False
        by_hand = memory.mode is not None and not memory.automatic
        if not inputs.dark or (memory.lost_by_day and not by_hand):
            return None
        return True if now >= self._lost_since + CONNECTION_LOST_AFTER else None

    def _interrupted(self, inputs: WatchInputs) -> bool | None:
        """Return whether a sequence ended while the connection was lost, and left things as they were."""
        if not self.memory.interrupted:
            return False
        return True if inputs.reachable and inputs.running is False else None

    def _follow_problems(self, levels: Mapping[WatchProblem, bool | None]) -> None:
        """Record the present problems; unknown ones last only while the watch is armed."""
        memory = self.memory
        held = memory.problems if memory.mode is not None else set()
        memory.problems = {
            each for each, level in levels.items() if level or (level is None and each in held)
        }
        memory.acknowledged &= memory.problems

    def _arm_itself(self, inputs: WatchInputs) -> None:
        """Arm while a sequence is known to run in the dark, unless somebody disarmed the watch."""
        memory = self.memory
        runs = inputs.running or any(inputs.others.values())
        if runs and inputs.dark and not memory.dismissed:
            memory.mode, memory.automatic = WatchMode.NIGHT, True
            memory.ran = memory.was_dark = True

    def _is_over(self, inputs: WatchInputs) -> bool:
        """Return whether the night's work is done: nothing runs, and the roof is closed.

        A watch that was armed by hand before any sequence ran lasts until the morning.
        """
        memory = self.memory
        if memory.mode is not WatchMode.NIGHT or memory.triggered:
            return False
        if memory.runs or not inputs.roof_closed or memory.problems - memory.acknowledged:
            return False
        return memory.ran or (memory.was_dark and not inputs.dark)

    def _react(self, now: float) -> list[WatchNotice]:
        """Count the time of new problems, and trigger when it is over."""
        memory = self.memory
        if memory.mode is None:
            memory.counting.clear()
            return []
        unknown_to_people = memory.problems - memory.acknowledged
        new = {each: now for each in unknown_to_people if each not in memory.counting}
        # A problem that has triggered belongs to the alarm until that is acknowledged.
        kept = memory.counting.keys() if memory.triggered else unknown_to_people
        memory.counting = {each: at for each, at in memory.counting.items() if each in kept} | new
        news, due = self._first(new), self.triggers_at
        if due is not None and now >= due:
            news = memory.cause = self._first(memory.counting)
            memory.triggered = True
        return [] if news is None else [WatchNotice(problem=news, triggered=memory.triggered)]

    def _first(self, counting: Mapping[WatchProblem, float]) -> WatchProblem | None:
        """Return the problem that has counted longest, of several the worst."""
        order = list(WatchProblem)
        return min(counting, key=lambda each: (counting[each], order.index(each)), default=None)

    def _current_state(self) -> WatchState:
        memory = self.memory
        if memory.mode is None:
            return WatchState.DISARMED
        if memory.triggered:
            return WatchState.TRIGGERED
        return WatchState.PENDING if memory.counting else _ARMED[memory.mode]


def _listed(problems: set[WatchProblem]) -> list[WatchProblem]:
    """Return problems in order, the worst first, without a milder one of the same roof."""
    listed = [each for each in WatchProblem if each in problems]
    if WatchProblem.ROOF_OPEN_UNSAFE in problems and WatchProblem.ROOF_NOT_CLOSED in problems:
        listed.remove(WatchProblem.ROOF_NOT_CLOSED)
    return listed
