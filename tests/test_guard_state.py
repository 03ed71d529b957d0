"""The roof guard in single steps: what it orders and tells, and when."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.nina_observatory.roof.detector import RoofReading
from custom_components.nina_observatory.roof.guard_state import (
    Danger,
    GuardInputs,
    GuardMachine,
    GuardMode,
    GuardSettings,
    GuardState,
    Memory,
    Message,
    Notice,
    Obstacle,
    Order,
    Result,
    SourceState,
    Step,
    StopPolicy,
)

NEVER = StopPolicy.NEVER


class Story:
    """A guard and what it is shown; times are seconds from the start."""

    def __init__(self, mode: GuardMode = GuardMode.RAIN, **chosen: Any) -> None:
        """Begin with a safe night under an open roof, the mount parked."""
        self.settings = GuardSettings(mode=mode, **{"stop": NEVER, **chosen})
        self.machine = GuardMachine(self.settings, 0)
        self.inputs = GuardInputs(
            shutter=RoofReading.OPEN,
            mount_parked=True,
            sources={
                "monitor": (Danger.UNSAFE, SourceState.CLEAR),
                "rain": (Danger.RAIN, SourceState.CLEAR),
            },
        )

    def at(self, now: float, *, lost: bool = False, **changes: Any) -> list[str]:
        """Show a reading; `monitor` and `rain` are sources, `lost` means that there is none."""
        sources = {
            name: (kind, changes.pop(name, state))
            for name, (kind, state) in self.inputs.sources.items()
        }
        self.inputs = replace(self.inputs, sources=sources, **{"read_at": now, **changes})
        inputs = replace(self.inputs, shutter=None, mount_parked=None) if lost else self.inputs
        return [_short(step) for step in self.machine.update(inputs, now)]

    def ends(self, now: float, result: Result, **changes: Any) -> list[str]:
        """End the attempt and show a reading."""
        self.inputs = replace(self.inputs, read_at=now, **changes)
        self.machine.ended(result, now)
        return self.at(now)

    def restart(self, now: float) -> None:
        """Begin again with what is remembered."""
        self.machine = GuardMachine(self.settings, now, self.machine.memory)

    def shows(self) -> tuple[GuardState, Danger | Obstacle | None]:
        """Return the state and why."""
        return self.machine.state, self.machine.obstacle or self.machine.danger


def _short(step: Step) -> str:
    """Return a step in a state or two."""
    if isinstance(step, Notice):
        return step.message if step.obstacle is None else f"{step.message} {step.obstacle}"
    return f"order {step}"


CLOSE, STOP = f"order {Order.CLOSE}", f"order {Order.STOP_SEQUENCE}"
CLOSING, CLOSED = str(Message.CLOSING), str(Message.CLOSED)
DANGER, CLEAR, UNKNOWN = SourceState.DANGER, SourceState.CLEAR, SourceState.UNKNOWN


def failed(obstacle: Obstacle) -> str:
    """Return the message of a roof that is not closed."""
    return f"{Message.FAILED} {obstacle}"


def test_an_open_roof_is_closed_and_that_is_told_once_it_stands() -> None:
    story = Story()
    assert story.at(0) == []
    assert story.at(10, monitor=DANGER) == [CLOSE, CLOSING]
    assert story.shows() == (GuardState.CLOSING, Danger.UNSAFE)
    assert story.at(20, shutter=RoofReading.CLOSING) == []
    assert story.at(30, shutter=RoofReading.CLOSED) == []
    assert story.at(32) == []
    assert story.at(33) == [CLOSED]
    assert story.ends(34, Result.CLOSED) == []
    assert story.shows() == (GuardState.CLOSED_BY_GUARD, Danger.UNSAFE)
    assert story.at(40, monitor=CLEAR) == []
    assert story.shows() == (GuardState.CLOSED_BY_GUARD, None)
    assert story.at(50, shutter=RoofReading.OPENING) == []
    assert story.shows() == (GuardState.WATCHING, None)


@pytest.mark.parametrize("shutter", [*RoofReading])
def test_every_reading_that_is_not_closed_is_acted_on(shutter: RoofReading) -> None:
    """One that closes already is watched, and not called the work of the guard."""
    story = Story()
    steps = story.at(0, shutter=shutter, rain=DANGER)
    if shutter in (RoofReading.CLOSED, RoofReading.ABSENT):
        assert (steps, story.machine.state) == ([], GuardState.WATCHING)
    elif shutter is RoofReading.CLOSING:
        assert (steps, story.machine.state) == ([CLOSE], GuardState.CLOSING)
        assert story.ends(30, Result.CLOSED, shutter=RoofReading.CLOSED) == []
        assert story.machine.state is GuardState.WATCHING
    else:
        assert (steps, story.machine.state) == ([CLOSE, CLOSING], GuardState.CLOSING)


@pytest.mark.parametrize(
    ("mode", "monitor", "rain", "danger"),
    [
        (GuardMode.UNSAFE, DANGER, CLEAR, Danger.UNSAFE),
        (GuardMode.UNSAFE, CLEAR, DANGER, None),
        (GuardMode.UNSAFE, UNKNOWN, UNKNOWN, None),
        (GuardMode.RAIN, DANGER, DANGER, Danger.UNSAFE),
        (GuardMode.RAIN, CLEAR, DANGER, Danger.RAIN),
        (GuardMode.RAIN, UNKNOWN, DANGER, Danger.RAIN),
        (GuardMode.RAIN, UNKNOWN, UNKNOWN, None),
        (GuardMode.NOTHING_KNOWN, CLEAR, DANGER, Danger.RAIN),
        (GuardMode.NOTHING_KNOWN, UNKNOWN, CLEAR, Danger.NOTHING_KNOWN),
        (GuardMode.NOTHING_KNOWN, CLEAR, UNKNOWN, Danger.NOTHING_KNOWN),
        (GuardMode.NOTHING_KNOWN, CLEAR, CLEAR, None),
        (GuardMode.OFF, DANGER, DANGER, None),
    ],
)
def test_what_is_a_danger(
    mode: GuardMode, monitor: SourceState, rain: SourceState, danger: Danger | None
) -> None:
    """Silence counts only where it is to, and only after a while."""
    story = Story(mode, unknown_after=timedelta(minutes=10))
    story.at(0, monitor=monitor, rain=rain)
    assert story.machine.danger is (None if danger is Danger.NOTHING_KNOWN else danger)
    story.at(599)
    assert story.machine.danger is (None if danger is Danger.NOTHING_KNOWN else danger)
    story.at(600)
    assert story.machine.danger is danger


@pytest.mark.parametrize("source", ["monitor", "rain"])
def test_a_danger_is_over_when_its_source_says_so(source: str) -> None:
    """Not when it falls silent, also not over a restart."""
    story = Story()
    said: list[dict[str, Any]] = [{source: DANGER}, {source: UNKNOWN}, {source: CLEAR}]
    story.at(0, shutter=RoofReading.CLOSED, **said[0])
    story.at(10, **said[1])
    story.restart(20)
    assert story.at(20, shutter=RoofReading.OPEN) == [CLOSE, CLOSING]
    story.at(30, **said[2])
    assert story.machine.danger is None


def test_where_nothing_can_be_known_nothing_is_known() -> None:
    """No monitor, no rain sensor, and the mode in which silence counts."""
    story = Story(GuardMode.NOTHING_KNOWN)
    story.inputs = replace(story.inputs, sources={})
    assert story.at(0) == []
    assert story.machine.next_update == 600
    assert story.at(600) == [CLOSE, CLOSING]


def test_pauses_grow_and_a_change_shortens_them() -> None:
    """From 30 s, doubled to 10 min, for as long as the danger lasts; told once."""
    story = Story()
    assert story.at(0, rain=DANGER) == [CLOSE, CLOSING]
    assert story.ends(10, Result.FAILED) == [failed(Obstacle.NOT_CLOSED)]
    now = 10.0
    for pause in (30, 60, 120, 240, 480, 600, 600):
        assert story.at(now + pause - 1) == []
        assert story.machine.next_update == now + pause
        assert story.at(now + pause) == [CLOSE]
        now += pause + 5
        assert story.ends(now, Result.FAILED) == []
    assert story.machine.attempts == 8
    assert story.at(now + 5, lost=True) == []
    assert story.at(now + 10) == []
    assert story.machine.next_update == now + 30


def test_a_mount_that_blocks_the_roof() -> None:
    """It is tried again soon after the mount was parked."""
    story = Story()
    assert story.at(0, rain=DANGER, mount_parked=False) == [CLOSE, CLOSING]
    assert story.ends(60, Result.BLOCKED) == [failed(Obstacle.MOUNT_NOT_PARKED)]
    assert story.shows() == (GuardState.BLOCKED, Obstacle.MOUNT_NOT_PARKED)
    story.at(90)
    story.ends(150, Result.BLOCKED)
    assert story.at(185, mount_parked=True) == [CLOSE]
    assert story.machine.state is GuardState.CLOSING
    assert story.ends(220, Result.CLOSED, shutter=RoofReading.CLOSED) == [CLOSED]


@pytest.mark.parametrize(
    ("readings", "told_at", "obstacle"),
    [
        pytest.param([(0, {"shutter": RoofReading.ERROR})], 4, Obstacle.SHUTTER_ERROR, id="error"),
        pytest.param([(0, {"lost": True})], 45, Obstacle.NO_READING, id="never read"),
        pytest.param([(0, {}), (30, {"lost": True})], 45, Obstacle.NO_READING, id="read no more"),
        pytest.param(
            [(each, {"shutter": RoofReading.CLOSING}) for each in range(0, 300, 10)],
            300,
            Obstacle.TAKES_TOO_LONG,
            id="closing for ever",
        ),
    ],
)
def test_a_person_is_told_in_time(
    readings: list[tuple[float, dict[str, Any]]], told_at: float, obstacle: Obstacle
) -> None:
    """Also while an attempt is under way."""
    story = Story()
    story.inputs = replace(
        story.inputs, sources={**story.inputs.sources, "rain": (Danger.RAIN, DANGER)}
    )
    for now, reading in readings:
        assert not any(Message.FAILED in step for step in story.at(now, **reading))
    assert story.machine.next_update is not None
    assert story.machine.next_update <= told_at
    lost = {"lost": True} if obstacle is Obstacle.NO_READING else {}
    assert story.at(told_at, **lost)[-1:] == [failed(obstacle)]
    assert story.machine.state is GuardState.FAILED


@pytest.mark.parametrize("seen", [RoofReading.CLOSED, RoofReading.OPEN])
def test_n_i_n_a_is_closed(seen: RoofReading) -> None:
    """Under a closed roof that is silence for ever, under an open one it is reported, once."""
    story = Story()
    story.at(0, shutter=seen)
    steps = [story.at(now, lost=True, rain=DANGER) for now in range(10, 4000, 10)]
    story.restart(4000)
    steps += [story.at(now, lost=True) for now in range(4000, 8000, 10)]
    told = [step for each in steps for step in each if step != CLOSE]
    assert told == ([] if seen is RoofReading.CLOSED else [failed(Obstacle.NO_READING)])


@pytest.mark.parametrize(
    ("policy", "mount_parked", "shutter", "stopped_at"),
    [
        (StopPolicy.NEVER, False, RoofReading.OPEN, None),
        (StopPolicy.ALWAYS, True, RoofReading.CLOSING, 0),
        (StopPolicy.IF_NEEDED, False, RoofReading.CLOSING, 60),
        (StopPolicy.IF_NEEDED, None, RoofReading.CLOSING, 60),
        (StopPolicy.IF_NEEDED, True, RoofReading.OPEN, 60),
        (StopPolicy.IF_NEEDED, True, RoofReading.CLOSING, None),
    ],
)
def test_the_sequence_is_stopped(
    policy: StopPolicy, mount_parked: bool | None, shutter: RoofReading, stopped_at: float | None
) -> None:
    """Once, and with every further attempt, unless it gives way."""
    story = Story(stop=policy)
    inputs: dict[str, Any] = {"rain": DANGER, "mount_parked": mount_parked, "shutter": shutter}
    stops = [now for now in range(0, 90, 10) if STOP in story.at(now, **inputs)]
    assert stops == ([] if stopped_at is None else [stopped_at])
    story.ends(100, Result.FAILED)
    assert (STOP in story.at(130)) == (stopped_at is not None)


def test_a_roof_that_is_opened_again_in_the_same_danger() -> None:
    """The sequence did not give way; it is stopped at once."""
    story = Story(stop=StopPolicy.IF_NEEDED)
    story.at(0, rain=DANGER)
    assert story.ends(40, Result.CLOSED, shutter=RoofReading.CLOSED) == [CLOSED]
    assert story.at(100, shutter=RoofReading.OPENING) == [CLOSE, STOP, CLOSING]


def test_a_close_that_is_overtaken_is_tried_again() -> None:
    """Nothing is told of it: somebody did something else."""
    story = Story()
    story.at(0, rain=DANGER)
    assert story.ends(10, Result.OVERTAKEN) == []
    assert story.at(40) == [CLOSE]


def test_disarmed() -> None:
    """Nothing is ordered or told; what is under way ends without a state. Armed, it goes on."""
    story = Story()
    story.at(0, rain=DANGER)
    story.machine.arm(armed=False)
    assert story.at(10) == []
    assert story.machine.state is GuardState.DISARMED
    assert story.ends(20, Result.FAILED) == []
    story.restart(30)
    assert story.at(30) == []
    story.machine.arm(armed=True)
    assert story.at(60) == [CLOSE, CLOSING]


def test_read_only() -> None:
    """It is reported and nothing is ordered; also that the roof is closed in the end."""
    story = Story(stop=StopPolicy.ALWAYS, read_only=True)
    assert story.at(0, rain=DANGER) == [failed(Obstacle.READ_ONLY)]
    assert story.shows() == (GuardState.BLOCKED, Obstacle.READ_ONLY)
    assert [story.at(now) for now in range(10, 1000, 10)] == [[]] * 99
    assert story.at(1000, shutter=RoofReading.CLOSED) == []
    assert story.at(1010) == [CLOSED]
    assert story.machine.state is GuardState.WATCHING


def test_a_rig_without_a_dome() -> None:
    """There is nothing to guard, unless a roof was seen before."""
    story = Story()
    assert story.at(0, has_roof=False, lost=True, rain=DANGER) == []
    assert story.machine.state is GuardState.WATCHING
    story.machine.memory = Memory(shutter=RoofReading.OPEN, seen_at=0)
    assert story.at(10, lost=True) == [CLOSE]


def test_a_danger_that_is_over_while_the_roof_closes() -> None:
    """It goes on closing, and that is reported; a close that fails then is no matter of the guard."""
    for result, end in ((Result.CLOSED, [CLOSED]), (Result.FAILED, [])):
        story = Story()
        story.at(0, rain=DANGER)
        assert story.at(5, rain=CLEAR) == []
        assert story.machine.state is GuardState.CLOSING
        shutter = RoofReading.CLOSED if end else RoofReading.OPEN
        assert story.ends(30, result, shutter=shutter) == end
        assert story.machine.state is (GuardState.CLOSED_BY_GUARD if end else GuardState.WATCHING)
