"""A sequence with a root for each target, as Touch'N'Stars makes them."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory
from simulator.sequence.exposures import SmartExposure
from simulator.sequence.library import do
from simulator.sequence.node import Container, Status
from simulator.sequence.plan import Plan

from . import test_sequence as base
from .commanding import call
from .errors import refused
from .states import state, until
from .test_sequence import (
    DONE,
    ENDS,
    PROGRESS,
    STATE,
    SWITCH,
    TARGET,
    TOTAL,
    Sequencer,
    frames,
    node,
)

sequencer = base.sequencer
NAMES = ("M 31", "M 33", "NGC 891", "M 42", "M 81", "M 82")


def roots(running: int, targets: int, over: str) -> list[dict[str, Any]]:
    """Return a sequence of which one of some targets runs; those before it are over."""
    made = []
    for number, name in enumerate(NAMES[:targets]):
        done = 7 if number == running else 20 if number < running else 0
        status = "RUNNING" if number == running else over if number < running else "CREATED"
        image = node(f"{name}_Container", status, frames(status, done, 20))
        made.append(node("Ziele_Container", status, image))
    start = node("Start_Container", "FINISHED", node("Unpark Scope", "FINISHED"))
    end = node("Ende_Container", "CREATED", node("Park Scope", "CREATED"))
    return [{"GlobalTriggers": []}, start, *made, end]


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("over", ["FINISHED", "FAILED", "SKIPPED"])
@pytest.mark.parametrize("targets", [2, 4, 6])
async def test_any_number_of_roots(
    hass: HomeAssistant, sequencer: Sequencer, targets: int, over: str
) -> None:
    """Each is shown while it runs, whatever became of those before it."""
    for running in range(targets):
        await sequencer.shows(roots(running, targets, over))
        shown = [state(hass, each) for each in (STATE, SWITCH, TARGET)]
        assert shown == ["running", "on", NAMES[running]]
        assert state(hass, DONE) == str(20 * running + 7)
        assert state(hass, ENDS) != "unknown"


@pytest.mark.usefixtures("quiet")
async def test_the_third_of_three(hass: HomeAssistant, sequencer: Sequencer) -> None:
    """47 of 60 are 78.3 %."""
    await sequencer.shows(roots(2, 3, "FINISHED"))
    assert [state(hass, each) for each in (TARGET, DONE, TOTAL)] == ["NGC 891", "47", "60"]
    assert float(state(hass, PROGRESS)) == pytest.approx(78.3, abs=0.05)


async def running_beyond(hass: HomeAssistant, rig: Observatory, entry: MockConfigEntry) -> Plan:
    """Have the fourth of four roots of targets run."""
    each = [[Container(name, [SmartExposure("L", 99, 0, ExposureTime=60.0)])] for name in NAMES[:4]]
    plan = Plan([do("Unpark Scope")], each[0], [do("Find home")], [], each[1:])
    rig.sequence.plan = plan
    for root in plan.roots[1:4]:
        for item in root.walk():
            item.status = Status.FINISHED
    await call(hass, entry, "start_sequence")
    await until(hass, TARGET, "M 42")
    return plan


async def test_commands_while_a_later_root_runs(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """It is not reset under its feet, not started again, not skipped in vain; a stop stops it."""
    plan = await running_beyond(hass, observatory, unhurried)
    assert plan.roots[4].status is Status.RUNNING
    observatory.ledger.reset()
    with refused("sequence_running"):
        await call(hass, unhurried, "reset_sequence")
    with refused("sequence_beyond_skip"):
        await call(hass, unhurried, "skip_sequence", part="to_end")
    await call(hass, unhurried, "start_sequence")
    assert observatory.ledger.count("/sequence/start") == 0
    await call(hass, unhurried, "stop_sequence")
    assert {root.status for root in plan.roots} & {Status.RUNNING} == set()
    assert not observatory.sequence.running
    await call(hass, unhurried, "start_sequence")
    assert plan.roots[4].status is Status.RUNNING
