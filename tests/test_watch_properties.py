"""The night watch, whatever it is shown in whatever order: what must never happen."""

from copy import deepcopy
from random import Random
from typing import Any

import pytest

from custom_components.nina_observatory.night.watch_state import OWN, WatchMemory, WatchState

from .watching import AWAY, NIGHT, NOT_CLOSED, ROOF, Story


def _any(random: Random) -> dict[str, Any]:
    """Return some change of the inputs."""
    three: tuple[bool | None, ...] = (True, False, None)
    two = (True, False)
    choices: dict[str, tuple[Any, ...]] = {
        "reachable": two,
        "dark": two,
        "running": three,
        "others": ({}, {"b": True}, {"b": False}, {"b": None}),
        "settled": two,
        "roof_closed": two,
        "roof_overdue": three,
        "in_danger": two,
        "guiding_lost": three,
        "imaging_stalled": three,
    }
    names = random.sample([*choices], random.randint(1, 3))
    return {name: random.choice(choices[name]) for name in names}


def _step(random: Random, story: Story) -> str:
    """Do something, and return what."""
    kind = random.choice(["see"] * 8 + ["wait"] * 3 + ["restart", "arm", "disarm", "acknowledge"])
    match kind:
        case "see":
            story.see(**_any(random))
        case "wait":
            story.now += random.choice((1, 30, 60, 200))
            story.see()
        case "restart":
            story.restart(random.choice((0, 50, 500)))
        case "arm":
            story.arm(random.choice((NIGHT, AWAY)))
        case "disarm":
            story.disarm()
        case "acknowledge":
            story.acknowledge()
    return kind


def _expect(kind: str, before: WatchState, memory: WatchMemory, story: Story) -> None:
    """Expect what holds after every step."""
    after, inputs, now = story.machine.state, story.inputs, story.machine.memory
    by_hand = kind in ("arm", "disarm", "acknowledge")
    if before is WatchState.TRIGGERED and not by_hand:
        assert after is WatchState.TRIGGERED
    if before is WatchState.DISARMED and after is not WatchState.DISARMED and not by_hand:
        assert inputs.dark
        assert inputs.running or True in inputs.others.values()
    if memory.mode is AWAY and (not by_hand or kind == "acknowledge"):
        assert now.mode is AWAY
    if kind == "acknowledge":
        assert after not in (WatchState.PENDING, WatchState.TRIGGERED)
        assert now.mode in (memory.mode, None)
        assert now.automatic in (memory.automatic, False)
    if kind == "disarm":
        assert after is WatchState.DISARMED
    if now.mode is None and memory.mode is not None and kind != "disarm":
        # It never ends by itself while anything is in the way.
        assert inputs.roof_closed
        assert inputs.running is not True
        assert kind in ("arm", "acknowledge") or now.problems <= memory.acknowledged
    if after is WatchState.PENDING:
        assert story.machine.triggers_at is not None
        assert story.machine.triggers_at > story.now
    if kind == "restart" and memory.mode is not None:
        # Nothing is known: nothing may be over.
        assert memory.problems - {ROOF, NOT_CLOSED} <= now.problems
    assert (story.machine.problem is not None) == (
        after in (WatchState.PENDING, WatchState.TRIGGERED)
    )
    assert now.acknowledged <= now.problems
    assert OWN not in now.runs or inputs.running is not False


@pytest.mark.parametrize("seed", range(8))
def test_what_must_never_happen(seed: int) -> None:
    """Whatever is seen in whatever order."""
    random = Random(seed)
    story = Story()
    seen = set[WatchState]()
    for _ in range(1500):
        before, memory = story.machine.state, deepcopy(story.machine.memory)
        kind = _step(random, story)
        _expect(kind, before, memory, story)
        seen.add(story.machine.state)
    assert seen == {*WatchState}
