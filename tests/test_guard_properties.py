"""The roof guard against a model: whatever comes in whatever order, a danger is acted on or told.

The machine is driven as in Home Assistant, by polls, by results and by the moments that it asks for;
the world around it is a roof, a mount and a N.I.N.A. that work or do not.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
import os
from typing import Any

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.nina_observatory.roof.detector import RoofReading
from custom_components.nina_observatory.roof.guard_state import (
    Danger,
    GuardInputs,
    GuardMachine,
    GuardMode,
    GuardSettings,
    GuardState,
    Message,
    Notice,
    Order,
    Result,
    SourceState,
    StopPolicy,
)

POLL, TRAVEL, PARKING, IGNORED, ERROR = 10.0, 30.0, 60.0, 180.0, 3.0
LONGEST_PAUSE, TELL_WITHIN, SILENCE = 600.0, 300.0, 45.0


class World:
    """An observatory second by second, with the guard that is to be judged."""

    def __init__(self, chosen: GuardSettings) -> None:
        """Begin with all well: N.I.N.A. runs, roof closed, mount parked, safe and dry."""
        self.now = 1000.0
        self.chosen = chosen
        self.machine = GuardMachine(chosen, self.now)
        self.nina = True
        self.roof = RoofReading.CLOSED
        self.moves_until = 0.0
        self.mount: str = "parked"
        self.closing = "works"
        self.sources = {"monitor": SourceState.CLEAR, "rain": SourceState.CLEAR}
        self.attempt: tuple[float, str] | None = None
        self.last_end = float("-inf")
        self.next_poll = self.now
        self.seen: GuardInputs = GuardInputs()
        self.notices: list[Notice] = []
        self.orders: list[Order] = []
        self.model = Model(self)
        self.update()

    def inputs(self) -> GuardInputs:
        """Return what a poll shows; the monitor is read by N.I.N.A., the rain sensor is not."""
        monitor = self.sources["monitor"] if self.nina else SourceState.UNKNOWN
        parked = {"parked": True, "unparked": False, "stuck": False}.get(self.mount)
        return GuardInputs(
            shutter=self.roof if self.nina else None,
            read_at=self.now,
            mount_parked=parked if self.nina else None,
            sources={
                "monitor": (Danger.UNSAFE, monitor),
                "rain": (Danger.RAIN, self.sources["rain"]),
            },
        )

    def update(self) -> None:
        """Poll and do what the guard wants."""
        self.seen = self.inputs()
        for step in self.machine.update(self.seen, self.now):
            if isinstance(step, Notice):
                self.model.hear(step)
                self.notices.append(step)
                continue
            self.model.obey(step)
            self.orders.append(step)
            if step is Order.CLOSE:
                self.begin()
        self.model.check()

    def begin(self) -> None:
        """Begin an attempt, with the mount parked before where that works."""
        if not self.nina:
            return self._until(ERROR, "failed")
        if self.mount in ("stuck", "unknown"):
            return self._until(PARKING, "blocked")
        parking = PARKING if self.mount == "unparked" else 0.0
        if self.closing == "works":
            return self._until(parking + TRAVEL, "closes")
        return self._until(parking + (ERROR if self.closing == "errors" else IGNORED), "failed")

    def _until(self, seconds: float, end: str) -> None:
        """Have an attempt end like that."""
        self.attempt = (self.now + seconds, end)

    def end(self) -> None:
        """End the attempt, which may have become impossible on its way."""
        assert self.attempt is not None
        _, end = self.attempt
        self.attempt = None
        self.last_end = self.now
        result = Result.BLOCKED if end == "blocked" else Result.FAILED
        if end == "closes" and self.nina and self.mount in ("parked", "unparked"):
            self.mount, self.roof, result = "parked", RoofReading.CLOSED, Result.CLOSED
        self.seen = self.inputs()
        self.machine.ended(result, self.now)
        self.update()

    def pass_time(self, seconds: float) -> None:
        """Let time pass, with polls, looks and ends in their order."""
        until = self.now + seconds
        while self.now < until:
            moments = [until, self.next_poll, self.machine.next_update or until]
            if self.attempt is not None:
                moments.append(self.attempt[0])
            self.now = min(moments)
            if self.attempt is not None and self.now >= self.attempt[0]:
                self.end()
                continue
            if self.now >= self.next_poll:
                self.next_poll = self.now + POLL
            self.update()

    def restart(self) -> None:
        """Restart Home Assistant, which takes an attempt along."""
        self.attempt = None
        self.machine = GuardMachine(self.chosen, self.now, deepcopy(self.machine.memory))
        self.update()


class Model:
    """What has to hold at any time, in other sources than those of the machine."""

    def __init__(self, world: World) -> None:
        """Begin with nothing known."""
        self.world = world
        self.last: dict[str, SourceState] = {}
        self.silent: dict[str, float] = {}
        self.roof: RoofReading | None = None
        self.read_at = world.now
        self.since: float | None = None
        self.possible_since: float | None = None
        self.told = False

    def judge(self, slack: float = POLL) -> bool:
        """Return whether the guard has to act, by all that was ever read; `slack` is for silence."""
        world, danger = self.world, False
        for name, (kind, state) in world.seen.sources.items():
            if state is not SourceState.UNKNOWN:
                self.last[name], self.silent[name] = state, world.now
            if kind is Danger.UNSAFE or world.chosen.mode is not GuardMode.UNSAFE:
                danger |= self.last.get(name) is SourceState.DANGER
            silence = world.now - self.silent.setdefault(name, world.now)
            if world.chosen.mode is GuardMode.NOTHING_KNOWN:
                danger |= silence > 600 + slack
        if world.seen.shutter is not None:
            self.roof, self.read_at = world.seen.shutter, world.now
        return danger and world.machine.memory.armed and self.roof is not RoofReading.CLOSED

    def check(self) -> None:
        """Fail where a danger lasts, and nothing is tried or told, or not what is possible."""
        world, now = self.world, self.world.now
        if not self.judge():
            self.since = self.possible_since = None
            self.told &= world.machine.danger is not None and world.machine.memory.armed
            return
        self.since = now if self.since is None else self.since
        able = world.nina and world.closing == "works" and world.mount in ("parked", "unparked")
        able &= not world.chosen.read_only
        self.possible_since = (self.possible_since or now) if able else None
        tried = world.attempt is not None or now <= world.last_end + LONGEST_PAUSE
        assert world.machine.in_charge
        assert self.told or tried
        assert self.told or now <= self.since + TELL_WITHIN
        assert self.told or now <= max(self.since, self.read_at) + SILENCE + POLL
        assert world.chosen.read_only or tried
        assert self.possible_since is None or now <= self.possible_since + (
            LONGEST_PAUSE + IGNORED + PARKING + PARKING + TRAVEL + POLL
        )

    def hear(self, notice: Notice) -> None:
        """Take a message, which has to be true and no repetition."""
        if notice.message is Message.CLOSED:
            assert self.world.roof is RoofReading.CLOSED
            self.told = False
        else:
            assert self.judge(-POLL)
        if notice.message is Message.FAILED:
            assert not self.told
            self.told = True

    def obey(self, order: Order) -> None:
        """Take an order, which has to be given for a reason."""
        assert self.judge(-POLL)
        assert not self.world.chosen.read_only
        assert order is not Order.CLOSE or self.world.attempt is None
        assert order is Order.CLOSE or self.world.chosen.stop is not StopPolicy.NEVER


def _set(name: str, value: Any) -> Callable[[World], None]:
    """Return what changes the world."""
    return lambda world: setattr(world, name, value)


def _say(source: str, state: SourceState) -> Callable[[World], None]:
    """Return what changes the state of a source."""
    return lambda world: world.sources.update({source: state})


def _open(world: World) -> None:
    """Open the roof by hand, or by a sequence; an attempt to close it is overtaken."""
    if world.attempt is not None and world.attempt[1] == "closes":
        world.attempt = None
        world.last_end = world.now
        world.machine.ended(Result.OVERTAKEN, world.now)
    world.roof = RoofReading.OPEN


def _open_by_nina(world: World) -> None:
    """Open the roof by N.I.N.A., if that is there and the monitor lets it."""
    if world.nina and world.sources["monitor"] is SourceState.CLEAR:
        _open(world)


EVENTS: dict[str, Callable[[World], None]] = {
    "safe": _say("monitor", SourceState.CLEAR),
    "unsafe": _say("monitor", SourceState.DANGER),
    "monitor lost": _say("monitor", SourceState.UNKNOWN),
    "rain": _say("rain", SourceState.DANGER),
    "dry": _say("rain", SourceState.CLEAR),
    "rain sensor lost": _say("rain", SourceState.UNKNOWN),
    "opened by N.I.N.A.": _open_by_nina,
    "opened by hand": _open,
    "error": _set("roof", RoofReading.ERROR),
    "shutter unknown": _set("roof", RoofReading.UNKNOWN),
    "closed by hand": _set("roof", RoofReading.CLOSED),
    "N.I.N.A. gone": _set("nina", value=False),
    "N.I.N.A. back": _set("nina", value=True),
    "restart": World.restart,
    "mount parked": _set("mount", "parked"),
    "mount unparked": _set("mount", "unparked"),
    "mount unknown": _set("mount", "unknown"),
    "mount stuck": _set("mount", "stuck"),
    "close ignored": _set("closing", "ignored"),
    "close works": _set("closing", "works"),
    "close errors": _set("closing", "errors"),
    "disarmed": lambda world: world.machine.arm(armed=False),
    "armed": lambda world: world.machine.arm(armed=True),
}
# The events of the danger and of the roof come more often than the others.
OFTEN = ("unsafe", "rain", "opened by hand", "opened by N.I.N.A.", "armed")
STORIES = st.lists(
    st.tuples(
        st.sampled_from([*EVENTS, *OFTEN]),
        st.sampled_from([0.0, 1.0, 4.0, 20.0, 70.0, 400.0, 1500.0]),
    ),
    min_size=2,
    max_size=25,
)
CHOICES = st.builds(
    GuardSettings,
    mode=st.sampled_from([GuardMode.UNSAFE, GuardMode.RAIN, GuardMode.NOTHING_KNOWN]),
    stop=st.sampled_from(StopPolicy),
    read_only=st.sampled_from([False, False, False, True]),
)


UNSAFE = GuardSettings(mode=GuardMode.UNSAFE)


@example(
    UNSAFE, [("opened by hand", 0.0), ("close ignored", 0.0), ("unsafe", 140.0), ("restart", 400.0)]
)
@example(
    UNSAFE,
    [
        ("opened by hand", 0.0),
        ("close ignored", 0.0),
        ("unsafe", 400.0),
        ("safe", 20.0),
        ("unsafe", 400.0),
    ],
)
@given(chosen=CHOICES, story=STORIES)
@settings(max_examples=int(os.environ.get("EXAMPLES", "300")), deadline=None)
def test_a_danger_is_acted_on_or_told(
    chosen: GuardSettings, story: list[tuple[str, float]]
) -> None:
    world = World(chosen)
    for event, seconds in story:
        EVENTS[event](world)
        world.pass_time(seconds)
    world.pass_time(TELL_WITHIN + POLL)


def test_the_model_sees_a_guard_that_does_nothing() -> None:
    """The property would hold for a machine that is never in danger."""
    world = World(GuardSettings(mode=GuardMode.RAIN))
    world.machine.settings = replace(world.chosen, mode=GuardMode.OFF)
    EVENTS["opened by hand"](world)
    EVENTS["rain"](world)
    with pytest.raises(AssertionError):
        world.pass_time(30)


@pytest.mark.parametrize("mode", [GuardMode.UNSAFE, GuardMode.RAIN, GuardMode.NOTHING_KNOWN])
def test_not_a_word_in_a_week_in_which_all_is_well(mode: GuardMode) -> None:
    """Seven nights: N.I.N.A. by night only, daylight is unsafe, it rains by day, and restarts."""
    world = World(GuardSettings(mode=mode))
    for _night in range(7):
        for event, seconds in (
            ("N.I.N.A. back", 60.0),
            ("safe", 600.0),
            ("mount unparked", 5.0),
            ("opened by N.I.N.A.", 3600.0),
            ("restart", 7200.0),
            ("monitor lost", 20.0),
            ("safe", 14400.0),
            ("mount parked", 60.0),
            ("closed by hand", 300.0),
            ("unsafe", 900.0),
            ("N.I.N.A. gone", 3600.0),
            ("rain", 7200.0),
            ("rain sensor lost", 60.0),
            ("restart", 1800.0),
            ("dry", 14400.0),
            ("restart", 32395.0),
        ):
            EVENTS[event](world)
            world.pass_time(seconds)
            assert world.machine.state is GuardState.WATCHING
    assert (world.notices, world.orders) == ([], [])
