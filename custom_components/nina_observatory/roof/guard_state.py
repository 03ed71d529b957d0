"""The roof guard as a state machine, without clock and without I/O.

It holds a level and does not wait for edges: whenever it looks and the roof is not known to be
closed while a danger lasts, it orders an attempt or notifies a person. Times are seconds of a clock
that never jumps, such as the one of the event loop.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from .watch import RoofReading


class GuardMode(StrEnum):
    """What counts as a danger; each mode includes the ones before it."""

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
    """What the guard does."""

    DISARMED = "disarmed"
    WATCHING = "watching"
    CLOSING = "closing"
    CLOSED_BY_GUARD = "closed_by_guard"
    FAILED = "failed"
    BLOCKED = "blocked"


class Danger(StrEnum):
    """Why the roof has to be closed, the most certain first."""

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
    """What a source of danger reports."""

    CLEAR = "clear"
    DANGER = "danger"
    UNKNOWN = "unknown"


class Result(StrEnum):
    """What became of an attempt to close the roof."""

    CLOSED = "closed"
    FAILED = "failed"
    # The interlock keeps the roof off a mount that is not proven parked.
    BLOCKED = "blocked"
    # Somebody else commanded the roof meanwhile.
    OVERTAKEN = "overtaken"


class Order(StrEnum):
    """What the guard wants done now."""

    CLOSE = "close"
    STOP_SEQUENCE = "stop_sequence"


class Message(StrEnum):
    """What people are notified of."""

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
# Attempts that the interlock, or the user, does not allow.
BLOCKING: Final = (Obstacle.MOUNT_NOT_PARKED, Obstacle.READ_ONLY)
# Where nothing can report a danger, nothing is known.
NO_SOURCE: Final = {"": (Danger.UNSAFE, SourceState.UNKNOWN)}


@dataclass(kw_only=True)
class Limits:
    """Times in seconds."""

    # Pauses between attempts: doubled from the first to the longest.
    first_pause: float = 30.0
    longest_pause: float = 600.0
    # How long after the begin of a danger a sequence may take to give way.
    gives_way: float = 60.0
    # How long a shutter may read an error, which some drivers report on the way.
    error: float = 4.0
    # How long the roof may stay without a reading.
    silence: float = 45.0
    # How long the roof may stay open, whatever is under way.
    exposed: float = 300.0
    # How long a reading of a closed roof has to stand: N.I.N.A. polls its drivers every 2 s.
    settle: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardSettings:
    """What the user chose; `unknown_after` is how long nothing may be known."""

    mode: GuardMode = GuardMode.OFF
    unknown_after: timedelta = timedelta(minutes=10)
    stop: StopPolicy = StopPolicy.IF_NEEDED
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is known at a moment.

    `shutter` is None while the dome cannot be read; `read_at` is when its reading was asked for.
    `sources` are those of the sources of danger, by a name that stays the same.
    """

    has_roof: bool = True
    shutter: RoofReading | None = None
    read_at: float = 0.0
    mount_parked: bool | None = None
    sources: Mapping[str, tuple[Danger, SourceState]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Memory:
    """What outlives a restart.

    `held` are the sources whose last state was a danger, which stands until they report that it is
    over; `unknown` is since when a source reports nothing, `exposed_since` since when a roof that is
    not closed is in danger.
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
        """Begin with what is remembered."""
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
        self._scene = Scene()
        self._danger_since = now
        self._error_since: float | None = None
        self._closed_from: float | None = None
        self._proven = False
        self._acted = False
        self._stopped = False
        self._ended_at: float | None = None
        self._due = now
        self._pause = self.limits.first_pause
        # What the last attempt found out.
        self._found: Obstacle | None = None
        self._state = self._current_state()

    @property
    def state(self) -> GuardState:
        """What the guard does, as of the last look."""
        return self._state

    @property
    def in_charge(self) -> bool:
        """Whether the guard sends the notices of a roof that is not closed."""
        return self.memory.exposed_since is not None

    @property
    def age(self) -> float | None:
        """The age of the last reading of the roof in seconds, None if there never was one."""
        seen = self.memory.seen_at
        return None if seen is None else max(0.0, self._now - seen)

    @property
    def next_look(self) -> float | None:
        """When time alone may change something; None for never."""
        moments = [moment for moment in self._moments() if moment > self._now]
        return min(moments, default=None)

    def arm(self, *, armed: bool) -> None:
        """Arm or disarm; takes effect with the next look. An attempt under way goes on."""
        self.memory.armed = armed

    def look(self, scene: Scene, now: float) -> list[Step]:
        """Return what to do now."""
        changed = self._see(scene, now)
        self._judge(now)
        steps = self._notify_closed()
        if not self.memory.armed or self.danger is None:
            self._stand_down()
        elif self._shut or not self._has_roof:
            self._let_go()
        else:
            steps += self._guard(changed=changed)
        self._show()
        return steps

    def ended(self, result: Result, now: float) -> None:
        """Take the result of the attempt that was under way; takes effect with the next look."""
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
        if self._scene.shutter is None or result is Result.OVERTAKEN:
            return
        blocked = result is Result.BLOCKED
        self._found = Obstacle.MOUNT_NOT_PARKED if blocked else Obstacle.NOT_CLOSED

    @property
    def _shut(self) -> bool:
        """Whether the roof was closed when it was last seen."""
        return self.memory.shutter in SHUT

    @property
    def _has_roof(self) -> bool:
        """Whether there is a roof at all, as far as was ever known."""
        return self._scene.has_roof or self.memory.shutter is not None

    def _see(self, scene: Scene, now: float) -> bool:
        """Take in what is known; return whether it may make an attempt succeed that did not."""
        before, self._scene, self._now = self._scene, scene, now
        changed = scene.shutter is not None and scene.shutter != before.shutter
        parked = scene.mount_parked is True and before.mount_parked is not True
        if scene.shutter is None:
            self._closed_from = self._error_since = None
            return parked
        self.memory.shutter, self.memory.seen_at = scene.shutter, scene.read_at
        if scene.shutter not in SHUT:
            self.memory.closed_by_guard = False
            self._closed_from, self._proven = None, False
        elif self._closed_from is None:
            self._closed_from = scene.read_at
        if scene.shutter is not RoofReading.ERROR:
            self._error_since = None
        elif self._error_since is None:
            self._error_since = now
        return changed or parked

    def _judge(self, now: float) -> None:
        """Find the danger. A source that falls silent in a danger does not end it."""
        sources, memory = self._scene.sources or NO_SOURCE, self.memory
        memory.held &= sources.keys()
        memory.unknown = {name: memory.unknown[name] for name in memory.unknown if name in sources}
        found = {self._danger_of(name, *sources[name], now) for name in sources}
        before, self.danger = self.danger, next((each for each in Danger if each in found), None)
        if before is None and self.danger is not None:
            self._danger_since = now
            self.attempts = int(self.running)

    def _danger_of(self, name: str, kind: Danger, state: SourceState, now: float) -> Danger | None:
        """Return the danger that a source stands for now."""
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
        """Announce that the roof is closed, once that stands, if a notice came before."""
        closed_from = self._closed_from
        if closed_from is None or self._scene.shutter is not RoofReading.CLOSED:
            return []
        if not self._proven and self._scene.read_at - closed_from < self.limits.settle:
            return []
        notice: list[Step] = []
        if self.memory.armed and (self._acted or self.memory.notified):
            notice = [self._notice(Message.CLOSED, by_guard=self._acted)]
            self.memory.closed_by_guard = self._acted
        self.memory.notified = self._acted = False
        return notice

    def _stand_down(self) -> None:
        """Forget a danger that is over, or is none of the guard's business."""
        self._let_go()
        self.memory.notified = False
        self._acted = self._acted and self.running and self.memory.armed
        if not self.memory.armed:
            self.memory.closed_by_guard = False

    def _let_go(self) -> None:
        """Have nothing to close."""
        self.memory.exposed_since = self.obstacle = self._found = None

    def _guard(self, *, changed: bool) -> list[Step]:
        """Return what to do about a roof that is not closed in a danger."""
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
        if self.running and not self._acted and self._stands_open:
            self._acted = True
            steps.append(self._notice(Message.CLOSING))
        self.obstacle = self._find_obstacle()
        if self.obstacle is not None and not self.memory.notified:
            self.memory.notified = True
            steps.append(self._notice(Message.FAILED))
        return steps

    @property
    def _stands_open(self) -> bool:
        """Whether a reading shows that nobody closes the roof."""
        return self._scene.shutter not in (None, RoofReading.CLOSING, *SHUT)

    def _stops_sequence(self) -> bool:
        """Return whether the sequence has to be stopped; one that cannot be read is, too."""
        policy = self.settings.stop
        if self.settings.read_only or policy is StopPolicy.NEVER:
            return False
        gives_way = self._scene.mount_parked is True and self._scene.shutter is RoofReading.CLOSING
        late = self._now >= self._danger_since + self.limits.gives_way
        return policy is StopPolicy.ALWAYS or (late and not gives_way)

    def _find_obstacle(self) -> Obstacle | None:
        """Return why the roof is not closed: what is read now, or what the last attempt found."""
        now, limits = self._now, self.limits
        if self.settings.read_only:
            return Obstacle.READ_ONLY
        if now >= self._silent_from + limits.silence:
            return Obstacle.NO_READING
        if self._error_since is not None and now >= self._error_since + limits.error:
            return Obstacle.SHUTTER_ERROR
        if self._found is Obstacle.MOUNT_NOT_PARKED and self._scene.mount_parked is True:
            self._found = None
        since = self.memory.exposed_since
        late = since is not None and now >= since + limits.exposed
        return self._found or (Obstacle.TAKES_TOO_LONG if late else None)

    @property
    def _silent_from(self) -> float:
        """Since when there is no reading of the roof, in the time in which it matters."""
        moments = (self.memory.seen_at, self.memory.exposed_since)
        return max(moment for moment in (*moments, float("-inf")) if moment is not None)

    def _notice(self, message: Message, *, by_guard: bool = True) -> Notice:
        """Return a message with what is known."""
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
        """Return what the guard does now."""
        if not self.memory.armed:
            return GuardState.DISARMED
        if self.obstacle is not None:
            return GuardState.BLOCKED if self.obstacle in BLOCKING else GuardState.FAILED
        if self.in_charge or (self.running and self._acted):
            return GuardState.CLOSING
        return GuardState.CLOSED_BY_GUARD if self.memory.closed_by_guard else GuardState.WATCHING

    def _show(self) -> None:
        """Keep the state, and since when."""
        if (state := self._current_state()) is not self._state:
            self._state, self.state_since = state, self._now

    def _moments(self) -> list[float]:
        """Return the moments at which time alone may change something, past ones among them."""
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
