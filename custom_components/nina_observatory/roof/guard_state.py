"""The roof guard as a state machine, without clock and without I/O.

It is driven by levels, not by edges: on every update with a danger and a roof that is not known to be
closed it orders an attempt or notifies a person. Times are seconds of a clock that never jumps, such
as the one of the event loop.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from .detector import RoofReading


class GuardMode(StrEnum):
    """Which dangers count; each mode includes the ones before it."""

    OFF = "off"
    UNSAFE = "unsafe"
    RAIN = "rain"
    NOTHING_KNOWN = "nothing_known"


class StopPolicy(StrEnum):
    """When the guard stops the sequence of N.I.N.A."""

    NEVER = "never"
    IF_NEEDED = "if_needed"
    ALWAYS = "always"


class GuardState(StrEnum):
    """State of the guard."""

    DISARMED = "disarmed"
    WATCHING = "watching"
    CLOSING = "closing"
    CLOSED_BY_GUARD = "closed_by_guard"
    FAILED = "failed"
    BLOCKED = "blocked"


class Danger(StrEnum):
    """Why the roof has to be closed; the most certain reason first."""

    UNSAFE = "unsafe"
    RAIN = "rain"
    NOTHING_KNOWN = "nothing_known"


class Obstacle(StrEnum):
    """Why the roof is not closed although a danger lasts."""

    MOUNT_NOT_PARKED = "mount_not_parked"
    NO_READING = "no_reading"
    NOT_CLOSED = "not_closed"
    READ_ONLY = "read_only"
    SHUTTER_ERROR = "shutter_error"
    TAKES_TOO_LONG = "takes_too_long"


class SourceState(StrEnum):
    """State of a source of danger."""

    CLEAR = "clear"
    DANGER = "danger"
    UNKNOWN = "unknown"


class Result(StrEnum):
    """Result of an attempt to close the roof."""

    CLOSED = "closed"
    FAILED = "failed"
    # The interlock keeps the roof off a mount that is not proven parked.
    BLOCKED = "blocked"
    # Another command for the roof came in between.
    OVERTAKEN = "overtaken"


class Order(StrEnum):
    """Orders of the machine."""

    CLOSE = "close"
    STOP_SEQUENCE = "stop_sequence"


class Message(StrEnum):
    """Subjects of notices."""

    CLOSING = "closing"
    CLOSED = "closed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice for people; `age` is that of the reading in seconds, None without a reading."""

    message: Message
    danger: Danger | None
    obstacle: Obstacle | None
    shutter: RoofReading | None
    age: float | None
    attempts: int
    by_guard: bool = True


type Step = Order | Notice

SHUT: Final = (RoofReading.CLOSED, RoofReading.ABSENT)
# The interlock, or the user, does not allow an attempt.
BLOCKING: Final = (Obstacle.MOUNT_NOT_PARKED, Obstacle.READ_ONLY)
# Where nothing can report a danger, nothing is known.
NO_SOURCE: Final = {"": (Danger.UNSAFE, SourceState.UNKNOWN)}


@dataclass(kw_only=True)
class Limits:
    """Times in seconds."""

    # Pauses between attempts: doubled from the first to the longest.
    first_pause: float = 30.0
    longest_pause: float = 600.0
    # How long after a danger began a sequence may take to close the roof itself.
    gives_way: float = 60.0
    # How long a shutter may read an error, which some drivers report in passing.
    error: float = 4.0
    # How long the roof may stay without a reading.
    silence: float = 45.0
    # How long the roof may stay open, no matter what is in progress.
    exposed: float = 300.0
    # How long a closed roof has to read closed: N.I.N.A. polls its drivers every 2 s.
    settle: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardSettings:
    """Options of the user; `unknown_after` is how long a source may be silent."""

    mode: GuardMode = GuardMode.OFF
    unknown_after: timedelta = timedelta(minutes=10)
    stop: StopPolicy = StopPolicy.IF_NEEDED
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardInputs:
    """Everything that decides, at one moment.

    `shutter` is None while the dome cannot be read; `read_at` is when its reading was requested.
    `sources` are the sources of danger by names that survive a restart.
    """

    has_roof: bool = True
    shutter: RoofReading | None = None
    read_at: float = 0.0
    mount_parked: bool | None = None
    sources: Mapping[str, tuple[Danger, SourceState]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Memory:
    """The part of the guard's state that outlives a restart.

    `held` are the sources whose last state was a danger, which lasts until they report its end;
    `unknown` is since when a source has been silent, `exposed_since` since when a roof that is not
    closed has been in danger.
    """

    armed: bool = True
    shutter: RoofReading | None = None
    seen_at: float | None = None
    exposed_since: float | None = None
    notified: bool = False
    closed_by_guard: bool = False
    held: set[str] = field(default_factory=set)
    unknown: dict[str, float] = field(default_factory=dict)


class GuardMachine:
    """Hold the roof closed while a danger lasts."""

    def __init__(
        self,
        settings: GuardSettings,
        now: float,
        memory: Memory | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Start from a memory."""
        self.settings = settings
        self.limits = limits or Limits()
        self.memory = memory or Memory()
        self.danger: Danger | None = None
        self.obstacle: Obstacle | None = None
        self.attempts = 0
        self.attempted_at: float | None = None
        self.running = False
        self.state_since = now
        self._now = now
        self._inputs = GuardInputs()
        self._danger_since = now
        self._error_since: float | None = None
        self._closed_from: float | None = None
        self._proven = False
        self._acted = False
        self._stopped = False
        self._ended_at: float | None = None
        self._due = now
        self._pause = self.limits.first_pause
        # The obstacle that stopped the last attempt.
        self._found: Obstacle | None = None
        self._state = self._current_state()

    @property
    def state(self) -> GuardState:
        """State as of the last update."""
        return self._state

    @property
    def in_charge(self) -> bool:
        """Whether a roof that is not closed is in danger."""
        return self.memory.exposed_since is not None

    @property
    def age(self) -> float | None:
        """The age of the last reading of the roof in seconds, None if there never was one."""
        seen = self.memory.seen_at
        return None if seen is None else max(0.0, self._now - seen)

    @property
    def next_update(self) -> float | None:
        """When time alone may change something; None for never."""
        moments = [moment for moment in self._moments() if moment > self._now]
        return min(moments, default=None)

    def arm(self, *, armed: bool) -> None:
        """Arm or disarm; takes effect with the next update. An attempt in progress goes on."""
        self.memory.armed = armed

    def update(self, inputs: GuardInputs, now: float) -> list[Step]:
        """Return the orders and notices that are due."""
        changed = self._apply(inputs, now)
        self._find_danger(now)
        steps, memory = self._notify_closed(), self.memory
        has_roof = inputs.has_roof or memory.shutter is not None
        if not memory.armed or self.danger is None:
            self._stand_down()
        elif memory.shutter in SHUT or not has_roof:
            self._clear()
        else:
            steps += self._guard(changed=changed)
        if (state := self._current_state()) is not self._state:
            self._state, self.state_since = state, now
        return steps

    def ended(self, result: Result, now: float) -> None:
        """Record the result of the attempt; takes effect with the next update."""
        self.running = False
        self._proven = result is Result.CLOSED
        if self._proven:
            self._ended_at, self._due = None, now
            self._pause = self.limits.first_pause
            return
        if result is Result.OVERTAKEN:
            self._pause = self.limits.first_pause
        self._ended_at, self._due = now, now + self._pause
        self._pause = min(2 * self._pause, self.limits.longest_pause)
        if self._inputs.shutter is None or result is Result.OVERTAKEN:
            return
        blocked = result is Result.BLOCKED
        self._found = Obstacle.MOUNT_NOT_PARKED if blocked else Obstacle.NOT_CLOSED

    def _apply(self, inputs: GuardInputs, now: float) -> bool:
        """Apply the inputs; return whether they may make a failed attempt succeed."""
        before, self._inputs, self._now = self._inputs, inputs, now
        changed = inputs.shutter is not None and inputs.shutter != before.shutter
        parked = inputs.mount_parked is True and before.mount_parked is not True
        if inputs.shutter is None:
            self._closed_from = self._error_since = None
            return parked
        self.memory.shutter, self.memory.seen_at = inputs.shutter, inputs.read_at
        if inputs.shutter not in SHUT:
            self.memory.closed_by_guard = False
            self._closed_from, self._proven = None, False
        elif self._closed_from is None:
            self._closed_from = inputs.read_at
        if inputs.shutter is not RoofReading.ERROR:
            self._error_since = None
        elif self._error_since is None:
            self._error_since = now
        return changed or parked

    def _find_danger(self, now: float) -> None:
        """Find the danger. A source that falls silent in a danger does not end it."""
        sources, memory = self._inputs.sources or NO_SOURCE, self.memory
        memory.held &= sources.keys()
        memory.unknown = {name: memory.unknown[name] for name in memory.unknown if name in sources}
        found = {self._danger_of(name, *sources[name], now) for name in sources}
        before, self.danger = self.danger, next((each for each in Danger if each in found), None)
        if before is None and self.danger is not None:
            self._danger_since = now
            self.attempts = int(self.running)

    def _danger_of(self, name: str, kind: Danger, state: SourceState, now: float) -> Danger | None:
        """Return the danger that a source reports now."""
        memory, mode = self.memory, self.settings.mode
        if state is not SourceState.UNKNOWN:
            memory.unknown.pop(name, None)
            (memory.held.add if state is SourceState.DANGER else memory.held.discard)(name)
        else:
            memory.unknown.setdefault(name, now)
        if mode is GuardMode.OFF or (kind is Danger.RAIN and mode is GuardMode.UNSAFE):
            return None
        if name in memory.held:
            return kind
        silent = name in memory.unknown and now >= self._known_until(name)
        return Danger.NOTHING_KNOWN if silent and mode is GuardMode.NOTHING_KNOWN else None

    def _known_until(self, name: str) -> float:
        """Return when the silence of a source becomes a danger."""
        return self.memory.unknown[name] + self.settings.unknown_after.total_seconds()

    def _notify_closed(self) -> list[Step]:
        """Return the notice that the roof is closed, once it stays so, if another came before."""
        closed_from = self._closed_from
        if closed_from is None or self._inputs.shutter is not RoofReading.CLOSED:
            return []
        if not self._proven and self._inputs.read_at - closed_from < self.limits.settle:
            return []
        notice: list[Step] = []
        if self.memory.armed and (self._acted or self.memory.notified):
            notice = [self._notice(Message.CLOSED, by_guard=self._acted)]
            self.memory.closed_by_guard = self._acted
        self.memory.notified = self._acted = False
        return notice

    def _stand_down(self) -> None:
        """Forget a danger that is over, or that a disarmed guard does not react to."""
        self._clear()
        self.memory.notified = False
        self._acted = self._acted and self.running and self.memory.armed
        if not self.memory.armed:
            self.memory.closed_by_guard = False

    def _clear(self) -> None:
        """Forget the exposure."""
        self.memory.exposed_since = self.obstacle = self._found = None

    def _guard(self, *, changed: bool) -> list[Step]:
        """Return what to do for a roof that is not closed in a danger."""
        now, steps = self._now, list[Step]()
        if self.memory.exposed_since is None:
            self.memory.exposed_since, self._stopped, changed = now, False, True
        if changed and not self.running:
            self._pause = self.limits.first_pause
            rested = now if self._ended_at is None else self._ended_at + self._pause
            self._due = min(self._due, max(now, rested))
        begins = not self.settings.read_only and not self.running and now >= self._due
        if begins:
            self.running, self.attempted_at = True, now
            self.attempts += 1
            steps.append(Order.CLOSE)
        if self._stops_sequence() and (begins or not self._stopped):
            self._stopped = True
            steps.append(Order.STOP_SEQUENCE)
        stands_open = self._inputs.shutter not in (None, RoofReading.CLOSING, *SHUT)
        if self.running and not self._acted and stands_open:
            self._acted = True
            steps.append(self._notice(Message.CLOSING))
        self.obstacle = self._find_obstacle()
        if self.obstacle is not None and not self.memory.notified:
            self.memory.notified = True
            steps.append(self._notice(Message.FAILED))
        return steps

    def _stops_sequence(self) -> bool:
        """Return whether the sequence has to be stopped, also one that cannot be read."""
        policy = self.settings.stop
        if self.settings.read_only or policy is StopPolicy.NEVER:
            return False
        gives_way = (
            self._inputs.mount_parked is True and self._inputs.shutter is RoofReading.CLOSING
        )
        late = self._now >= self._danger_since + self.limits.gives_way
        return policy is StopPolicy.ALWAYS or (late and not gives_way)

    def _find_obstacle(self) -> Obstacle | None:
        """Return why the roof is not closed, by the readings or by the last attempt."""
        now, limits = self._now, self.limits
        if self.settings.read_only:
            return Obstacle.READ_ONLY
        if now >= self._silent_from + limits.silence:
            return Obstacle.NO_READING
        if self._error_since is not None and now >= self._error_since + limits.error:
            return Obstacle.SHUTTER_ERROR
        if self._found is Obstacle.MOUNT_NOT_PARKED and self._inputs.mount_parked is True:
            self._found = None
        since = self.memory.exposed_since
        late = since is not None and now >= since + limits.exposed
        return self._found or (Obstacle.TAKES_TOO_LONG if late else None)

    @property
    def _silent_from(self) -> float:
        """Since when the roof was not read, counted from the exposure at the earliest."""
        moments = (self.memory.seen_at, self.memory.exposed_since)
        return max(moment for moment in (*moments, float("-inf")) if moment is not None)

    def _notice(self, message: Message, *, by_guard: bool = True) -> Notice:
        """Return a notice with the present state."""
        return Notice(
            message=message,
            danger=self.danger,
            obstacle=self.obstacle if message is Message.FAILED else None,
            shutter=self.memory.shutter,
            age=self.age,
            attempts=self.attempts,
            by_guard=by_guard,
        )

    def _current_state(self) -> GuardState:
        if not self.memory.armed:
            return GuardState.DISARMED
        if self.obstacle is not None:
            return GuardState.BLOCKED if self.obstacle in BLOCKING else GuardState.FAILED
        if self.in_charge or (self.running and self._acted):
            return GuardState.CLOSING
        return GuardState.CLOSED_BY_GUARD if self.memory.closed_by_guard else GuardState.WATCHING

    def _moments(self) -> list[float]:
        """Return when time alone may change something, past moments included."""
        limits, since, moments = self.limits, self.memory.exposed_since, list[float]()
        if self.settings.mode is GuardMode.NOTHING_KNOWN:
            moments += map(self._known_until, self.memory.unknown)
        if since is None:
            return moments
        moments += [
            self._danger_since + limits.gives_way,
            self._silent_from + limits.silence,
            since + limits.exposed,
        ]
        if self._error_since is not None:
            moments.append(self._error_since + limits.error)
        if not self.running and not self.settings.read_only:
            moments.append(self._due)
        return moments
