"""The rules of running: rounds, conditions, triggers, failures, skipping, stopping."""

import asyncio
from collections.abc import AsyncIterator
from typing import override

import pytest

from simulator import Observatory
from simulator.enums import SequenceSkip
from simulator.sequence.conditions import LoopForIterations, LoopForTimeSpan, LoopWhileSafe
from simulator.sequence.containers import If, Parallel
from simulator.sequence.engine import Engine
from simulator.sequence.library import do
from simulator.sequence.node import (
    Container,
    ErrorBehavior,
    Instruction,
    InstructionError,
    Node,
    Runner,
    Status,
    Trigger,
)
from simulator.sequence.plan import Plan
from simulator.sequence.sequencer import Sequencer
from simulator.sequence.triggers import SendErrorToWebSocket

from .support import eventually, observatory_with_client


class Step(Instruction):
    """Writes its name into a list after some seconds, or fails."""

    def __init__(
        self,
        name: str,
        done: list[str],
        seconds: float = 1.0,
        *,
        fails: int = 0,
        on_error: ErrorBehavior = ErrorBehavior.CONTINUE,
        attempts: int = 1,
    ) -> None:
        """Belong to a list."""
        super().__init__(name, on_error=on_error, attempts=attempts)
        self.done, self.seconds, self.fails = done, seconds, fails

    @override
    async def run(self, engine: Runner) -> None:
        await engine.rig.clock.sleep(self.seconds)
        self.done.append(self.name)
        if self.fails:
            self.fails -= 1
            raise InstructionError("it broke")


class Every(Trigger):
    """Is due before every instruction of some name."""

    def __init__(self, name: str, done: list[str], before: str, *, fails: bool = False) -> None:
        """Belong to a list, be due before a name."""
        super().__init__(name)
        self.done, self.before, self.fails = done, before, fails
        self.seen: list[list[Status]] = []

    @override
    def due(self, engine: Runner, following: Node | None) -> bool:
        return following is not None and following.name == self.before

    @override
    async def run(self, engine: Runner) -> None:
        assert isinstance(engine, Engine)
        self.seen.append([node.status for node in engine.running if not isinstance(node, Trigger)])
        await engine.rig.clock.sleep(1)
        self.done.append(self.name)
        if self.fails:
            raise InstructionError("the trigger broke")


@pytest.fixture
async def sequencer(socket_enabled: None) -> AsyncIterator[Sequencer]:
    """Run a fast observatory and return its sequencer."""
    async with observatory_with_client(speed=1000) as (observatory, _):
        yield observatory.sequence


async def run(sequencer: Sequencer, plan: Plan) -> None:
    """Run a plan to its end."""
    sequencer.plan = plan
    finished = asyncio.ensure_future(sequencer.rig.events.wait_for("SEQUENCE-FINISHED"))
    await asyncio.sleep(0)
    await sequencer.start()
    async with asyncio.timeout(10):
        await finished
    await eventually(lambda: not sequencer.running)


def statuses(plan: Plan) -> list[str]:
    """Return the statuses of the instructions of the targets area, depth first."""
    return [node.status.value for node in plan.roots[1].walk() if isinstance(node, Step)]


async def test_instructions_run_in_order_through_the_three_areas(sequencer: Sequencer) -> None:
    done: list[str] = []
    plan = Plan([Step("a", done)], [Container("c", [Step("b", done)])], [Step("d", done)])
    await run(sequencer, plan)
    assert done == ["a", "b", "d"]
    assert {root.status for root in plan.roots} == {Status.FINISHED}


async def test_a_container_loops_and_counts(sequencer: Sequencer) -> None:
    done: list[str] = []
    inner = LoopForIterations(2)
    outer = Container(
        "outer",
        [Container("inner", [Step("i", done)], [inner]), Step("o", done)],
        [LoopForIterations(3)],
    )
    await run(sequencer, Plan(targets=[outer]))
    assert "".join(done) == "iioiioiio"
    assert outer.conditions[0].values == {"Iterations": 3, "CompletedIterations": 3}
    assert outer.conditions[0].status is Status.FINISHED
    assert inner.values["CompletedIterations"] == 2
    assert outer.values["Iterations"] == 3


async def test_a_container_without_conditions_runs_once(sequencer: Sequencer) -> None:
    done: list[str] = []
    await run(sequencer, Plan(targets=[Container("c", [Step("a", done), Step("b", done)])]))
    assert done == ["a", "b"]


async def test_disabled_nodes_are_left_alone(sequencer: Sequencer) -> None:
    done: list[str] = []
    step, loop = Step("a", done), LoopForIterations(5)
    step.status = loop.status = Status.DISABLED
    await run(sequencer, Plan(targets=[Container("c", [step, Step("b", done)], [loop])]))
    assert done == ["b"]
    assert step.status is Status.DISABLED
    sequencer.reset()
    assert (step.status, loop.status) == (Status.DISABLED, Status.DISABLED)


async def test_what_was_not_run_when_the_conditions_end_is_skipped(sequencer: Sequencer) -> None:
    done: list[str] = []
    plan = Plan(
        targets=[
            Container(
                "c",
                [Step("a", done, 70), Step("b", done, 70), Step("z", done)],
                [LoopForTimeSpan(minutes=2)],
            )
        ]
    )
    await run(sequencer, plan)
    assert done == ["a"]
    assert statuses(plan) == ["FINISHED", "SKIPPED", "SKIPPED"]


async def test_conditions_of_the_containers_around_count_as_well(sequencer: Sequencer) -> None:
    done: list[str] = []
    sequencer.rig.safety_monitor.is_safe = False
    await eventually(lambda: not sequencer.rig.safety_monitor.known["IsSafe"])
    inner = Container("inner", [Step("a", done)])
    await run(sequencer, Plan(targets=[Container("outer", [inner], [LoopWhileSafe()])]))
    assert done == []
    assert inner.status is Status.SKIPPED


async def test_an_unsafe_sky_interrupts_at_once(sequencer: Sequencer) -> None:
    done: list[str] = []
    safe = Container("safe", [Step("long", done, 5000), Step("next", done)], [LoopWhileSafe()])
    sequencer.plan = Plan(targets=[safe, Step("shelter", done)])
    await sequencer.start()
    await eventually(lambda: safe.items[0].status is Status.RUNNING)
    begun = sequencer.rig.clock.elapsed
    sequencer.rig.safety_monitor.is_safe = False
    await eventually(lambda: "shelter" in done)
    assert sequencer.rig.clock.elapsed - begun < 60
    assert done == ["shelter"]
    assert [item.status for item in safe.items] == [Status.SKIPPED, Status.SKIPPED]
    assert safe.conditions[0].status is Status.FINISHED


async def test_parallel_instructions_run_at_the_same_time(sequencer: Sequencer) -> None:
    done: list[str] = []
    begun = sequencer.rig.clock.elapsed
    steps = [Step(name, done, seconds) for name, seconds in (("a", 30), ("b", 10), ("c", 20))]
    await run(sequencer, Plan(targets=[Parallel("p", steps)]))
    assert done == ["b", "c", "a"]
    assert sequencer.rig.clock.elapsed - begun < 50


async def test_a_branch_that_is_not_taken_stays_as_it_is(sequencer: Sequencer) -> None:
    done: list[str] = []
    branches = [If([Step("yes", done)]), If([Step("no", done)], holds=False)]
    plan = Plan(targets=branches)
    await run(sequencer, plan)
    assert done == ["yes"]
    assert statuses(plan) == ["FINISHED", "CREATED"]


async def test_triggers_run_before_and_while_no_instruction_runs(sequencer: Sequencer) -> None:
    done: list[str] = []
    own, outer, every = (Every(name, done, "b") for name in ("own", "outer", "global"))
    inner = Container("inner", [Step("a", done), Step("b", done)], triggers=[own])
    await run(
        sequencer, Plan(targets=[Container("o", [inner], triggers=[outer])], triggers=[every])
    )
    assert done == ["a", "own", "outer", "global", "b"]
    assert own.seen == outer.seen == [[]]
    assert {own.status, outer.status, every.status} == {Status.FINISHED}


async def test_a_trigger_that_never_fired_stays_created(sequencer: Sequencer) -> None:
    trigger = Every("t", [], "nothing")
    await run(sequencer, Plan(targets=[Container("c", [Step("a", [])], triggers=[trigger])]))
    assert trigger.status is Status.CREATED


async def test_failures_are_announced_by_each_trigger_for_that(sequencer: Sequencer) -> None:
    done: list[str] = []
    broken = Step("broken", done, fails=9, attempts=2)
    trigger = Every("trigger", done, "after", fails=True)
    plan = Plan(
        targets=[Container("c", [broken, Step("after", done)], triggers=[SendErrorToWebSocket()])],
        triggers=[trigger, SendErrorToWebSocket()],
    )
    await run(sequencer, plan)
    assert (broken.status, trigger.status) == (Status.FAILED, Status.FAILED)
    assert done == ["broken", "broken", "trigger", "after"]
    events = sequencer.rig.events
    failures = [e.payload for e in events.history if e.name == "SEQUENCE-ENTITY-FAILED"]
    assert [entry["Entity"] for entry in failures] == ["broken"] * 4 + ["trigger"]
    assert failures[0]["Error"] == "it broke"


async def test_a_second_attempt_may_succeed(sequencer: Sequencer) -> None:
    done: list[str] = []
    step = Step("a", done, fails=1, attempts=3)
    await run(sequencer, Plan(targets=[step]))
    assert done == ["a", "a"]
    assert step.status is Status.FINISHED
    assert "SEQUENCE-ENTITY-FAILED" not in sequencer.rig.events.names


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [
        (ErrorBehavior.CONTINUE, "xabe"),
        (ErrorBehavior.SKIP_SET, "xbe"),
        (ErrorBehavior.ABORT, "x"),
        (ErrorBehavior.SKIP_TO_END, "xe"),
    ],
)
async def test_error_behaviors(
    sequencer: Sequencer, behavior: ErrorBehavior, expected: str
) -> None:
    done: list[str] = []
    broken = Step("x", done, fails=1, on_error=behavior)
    plan = Plan(
        targets=[Container("set", [broken, Step("a", done)]), Step("b", done)],
        end=[Step("e", done)],
    )
    await run(sequencer, plan)
    assert "".join(done) == expected
    assert broken.status is Status.FAILED
    assert all(node.status is not Status.RUNNING for node in plan.walk())


async def test_an_instruction_without_its_device_fails_at_once(sequencer: Sequencer) -> None:
    await sequencer.rig.guider.disconnect()
    node = do("Start Guiding")
    begun = sequencer.rig.clock.elapsed
    await run(sequencer, Plan([node]))
    assert node.status is Status.FAILED
    assert sequencer.rig.clock.elapsed - begun < 10
    assert node.issues(sequencer.rig) == ["Guider is not connected"]


async def test_stopping_puts_back_what_ran_and_a_start_goes_on_there(sequencer: Sequencer) -> None:
    done: list[str] = []
    steps = [Step("a", done), Step("b", done, 3000), Step("c", done)]
    loop = LoopForIterations(2)
    container = Container("c", steps, [loop])
    plan = Plan([Step("start", done)], [container])
    sequencer.plan = plan
    await sequencer.start()
    await eventually(lambda: steps[1].status is Status.RUNNING)
    await sequencer.stop()
    await eventually(lambda: not sequencer.running)
    assert [step.status for step in steps] == [Status.FINISHED, Status.CREATED, Status.CREATED]
    assert container.status is plan.roots[1].status is Status.CREATED
    steps[1].seconds = 1
    await run(sequencer, plan)
    assert done == ["start", "a", "b", "c", "a", "b", "c"]
    assert sequencer.rig.events.names.count("SEQUENCE-FINISHED") == 2


async def test_starting_a_finished_sequence_does_nothing_without_a_reset(
    sequencer: Sequencer,
) -> None:
    done: list[str] = []
    plan = Plan(targets=[Container("c", [Step("a", done)], [LoopForIterations(2)])])
    await run(sequencer, plan)
    await run(sequencer, plan)
    assert done == ["a", "a"]
    sequencer.reset()
    assert statuses(plan) == ["CREATED"]
    await run(sequencer, plan)
    assert done == ["a"] * 4


async def test_resetting_a_running_sequence_resets_it_under_its_feet(sequencer: Sequencer) -> None:
    done: list[str] = []
    steps = [Step("a", done), Step("b", done, 600)]
    sequencer.plan = Plan(targets=[Container("c", steps)])
    await sequencer.start()
    await eventually(lambda: steps[1].status is Status.RUNNING)
    sequencer.reset()
    assert [step.status for step in steps] == [Status.CREATED, Status.CREATED]
    await eventually(lambda: not sequencer.running)
    assert done == ["a", "b", "a"]


async def test_skipping_what_runs(sequencer: Sequencer) -> None:
    done: list[str] = []
    steps = [Step("a", done, 50000), Step("b", done)]
    sequencer.plan = Plan(targets=[Container("c", steps)])
    await sequencer.start()
    await eventually(lambda: steps[0].status is Status.RUNNING)
    await sequencer.skip(SequenceSkip.CURRENT_ITEMS)
    await eventually(lambda: not sequencer.running)
    assert done == ["b"]
    assert steps[0].status is Status.SKIPPED


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(SequenceSkip.TO_IMAGING, "te"), (SequenceSkip.TO_END, "e")],
)
async def test_leaving_areas(sequencer: Sequencer, kind: SequenceSkip, expected: str) -> None:
    done: list[str] = []
    long = Step("s", done, 50000)
    plan = Plan(
        [Container("deep", [Parallel("p", [long]), Step("never", done)])],
        [Step("t", done)],
        [Step("e", done)],
    )
    sequencer.plan = plan
    await sequencer.start()
    await eventually(lambda: long.status is Status.RUNNING)
    await sequencer.skip(kind)
    await eventually(lambda: not sequencer.running)
    assert "".join(done) == expected
    assert long.status is Status.SKIPPED
    assert plan.roots[0].status is Status.SKIPPED
    assert plan.roots[2].status is Status.FINISHED


async def test_a_message_box_waits_for_a_click(sequencer: Sequencer) -> None:
    done: list[str] = []
    sequencer.plan = Plan([do("Message Box", Text="Remove the cap"), Step("a", done)])
    await sequencer.start()
    await eventually(lambda: sequencer.rig.context.dialogs.texts == ["Remove the cap"])
    assert not done
    assert sequencer.rig.context.dialogs.answer()
    await eventually(lambda: done == ["a"])
    assert not sequencer.rig.context.dialogs.answer()


async def test_restarting_nina_forgets_everything(socket_enabled: None) -> None:
    observatory: Observatory
    async with observatory_with_client(speed=1000) as (observatory, _):
        observatory.sequence.plan = Plan([Step("a", [], 100000)])
        await observatory.sequence.start()
        await observatory.restart_nina(2)
        assert not observatory.sequence.initialized
        await eventually(lambda: observatory.sequence.initialized)
        assert not observatory.sequence.running
        assert len(observatory.sequence.plan.targets) == 1
