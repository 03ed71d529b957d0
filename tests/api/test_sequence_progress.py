"""How far a sequence is, and when it ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.nina_observatory.api import (
    Exposures,
    Sequence,
    ends_at,
    sequence_exposures,
)

from .conftest import Captures
from .test_sequence import container, running, step

NOW = datetime(2026, 2, 24, 21, tzinfo=UTC)


def smart(status: str, loops: int, done: int | None = None, seconds: float = 60) -> dict[str, Any]:
    """Make a smart exposure."""
    more = {} if done is None else {"CompletedIterations": done}
    return step("Smart Exposure", status, ExposureTime=seconds, Iterations=loops, **more)


def loop(rounds: int, done: int, status: str = "CREATED") -> dict[str, Any]:
    """Make a condition that counts."""
    return step(
        "Loop For Iterations_Condition", status, Iterations=rounds, CompletedIterations=done
    )


def until(time: datetime, **more: Any) -> dict[str, Any]:
    """Make a condition that looks at the clock."""
    return step(
        "Loop Until Time_Condition", RemainingTime="01:00:00", TargetTime=time.isoformat(), **more
    )


@pytest.mark.parametrize(
    ("node", "done", "total"),
    [
        (smart("RUNNING", 10, 6), 6, 10),
        (smart("RUNNING", 10), 0, 10),
        (smart("FINISHED", 10), 10, 10),
        # The time of a loop around it was up.
        (smart("FINISHED", 10, 6), 6, 6),
        (smart("FAILED", 10, 3), 3, 10),
        (smart("SKIPPED", 10, 3), 3, 3),
        (smart("DISABLED", 10, 3), 0, 0),
        (smart("RUNNING", 10, 60), 10, 10),
        (step("Take Exposure", "CREATED", ExposureTime=5, ExposureCount=88), 0, 1),
        (step("Take Exposure", "FINISHED", ExposureTime=5), 1, 1),
        (step("Run Autofocus", "FINISHED"), 0, 0),
    ],
)
def test_exposures_of_an_instruction(node: dict[str, Any], done: int, total: int) -> None:
    sequence = running(container("M 31", "RUNNING", node))

    assert sequence_exposures(sequence) == Exposures(done=done, total=total)


def test_a_loop_multiplies_what_is_in_it() -> None:
    """In every round the counters inside start again."""
    inner = container(
        "Imaging",
        "RUNNING",
        smart("RUNNING", 10, 6),
        smart("CREATED", 20, 0),
        Conditions=[loop(3, 1)],
    )
    sequence = running(container("M 31", "RUNNING", inner))

    progress = sequence_exposures(sequence)

    assert progress == Exposures(done=36, total=90)
    assert progress.percent == 40


def test_a_loop_that_ended_is_complete() -> None:
    inner = container(
        "Imaging", "FINISHED", smart("FINISHED", 10, 10), Conditions=[loop(3, 3, "FINISHED")]
    )

    assert sequence_exposures(running(inner)) == Exposures(done=30, total=30)


@pytest.mark.parametrize(
    ("node", "done", "total"),
    [
        # A plugin's If that found its condition not met.
        (container("If", "FINISHED", smart("CREATED", 10, 0)), 0, 0),
        (container("If", "RUNNING", smart("CREATED", 10, 0)), 0, 10),
        (container("M 31", "FINISHED", smart("FAILED", 10, 3)), 3, 10),
        # Somebody skipped the rest of the targets.
        (container("M 31", "SKIPPED", smart("SKIPPED", 10, 4), smart("CREATED", 9, 0)), 4, 4),
        # Something other than the count ended the loop: in a round, and after one.
        (
            container(
                "M 31",
                "FINISHED",
                smart("FINISHED", 10, 10),
                smart("SKIPPED", 10, 4),
                Conditions=[loop(5, 1), until(NOW)],
            ),
            34,
            34,
        ),
        (
            container(
                "M 31", "FINISHED", smart("FINISHED", 10, 10), Conditions=[loop(5, 2), until(NOW)]
            ),
            20,
            20,
        ),
        # The round to come makes up for what is left undone in this one.
        (
            container(
                "M 31",
                "RUNNING",
                container("If", "FINISHED", smart("CREATED", 4, 0)),
                smart("RUNNING", 6, 3),
                Conditions=[loop(2, 1)],
            ),
            13,
            20,
        ),
    ],
)
def test_what_is_over_wants_nothing_more(node: dict[str, Any], done: int, total: int) -> None:
    """So that progress gets to 100 % in the end; nothing that was done is taken back."""
    assert sequence_exposures(running(node)) == Exposures(done=done, total=total)


def test_a_loop_by_the_clock_has_no_total() -> None:
    inner = container("Imaging", "RUNNING", smart("RUNNING", 10, 6), Conditions=[until(NOW)])

    progress = sequence_exposures(running(inner))

    assert progress == Exposures(done=6, total=10, endless=True)
    assert progress.percent is None


@pytest.mark.parametrize("status", ["CREATED", "RUNNING", "FINISHED"])
def test_what_a_scheduler_takes_is_not_counted(status: str) -> None:
    """The flats of the morning are not all there is to a night."""
    scheduler = container("Target Scheduler Container", status)
    flats = container("Flats", "CREATED", smart("CREATED", 20))

    progress = sequence_exposures(running(scheduler, flats))

    assert progress == Exposures(done=0, total=20, hidden=True)
    assert progress.percent is None
    assert not sequence_exposures(running(container("Preparation", "CREATED"), flats)).hidden
    assert not sequence_exposures(
        running(container("Target Scheduler Container", "DISABLED"), flats)
    ).hidden


def test_the_condition_that_ends_a_loop_first_counts() -> None:
    inner = container(
        "Imaging",
        "RUNNING",
        smart("RUNNING", 10, 0),
        Conditions=[loop(9, 1), loop(2, 1), until(NOW)],
    )

    assert sequence_exposures(running(inner)) == Exposures(done=10, total=20)


def test_a_disabled_condition_does_not_count() -> None:
    inner = container(
        "Imaging",
        "RUNNING",
        smart("RUNNING", 10, 4),
        Conditions=[loop(9, 1, "DISABLED"), until(NOW) | {"Status": "DISABLED"}],
    )

    assert sequence_exposures(running(inner)) == Exposures(done=4, total=10)


def test_without_exposures_there_is_no_progress() -> None:
    assert sequence_exposures(Sequence()).percent is None


def test_exposures_of_recorded_sequences(captures: Captures) -> None:
    simple = Sequence.from_wire(captures.response("simple_sequence_running_sequence_json"))
    json = Sequence.from_wire(captures.response("parked_idle_sequence_json"))
    detailed = Sequence.from_wire(captures.response("parked_idle_sequence_state"))

    assert sequence_exposures(simple) == Exposures(done=5, total=14)
    assert sequence_exposures(json) == sequence_exposures(detailed)


@pytest.mark.parametrize(
    ("nodes", "seconds"),
    [
        ([smart("RUNNING", 10, 6, 60)], 240),
        ([smart("FINISHED", 10, 10), smart("CREATED", 2, 0, 30)], 60),
        ([smart("SKIPPED", 10), step("Park Scope")], 0),
        ([step("Wait for Time Span", Delay=90), smart("CREATED", 1, 0, 10)], 100),
        (
            [
                step(
                    "Wait for Time",
                    CalculatedWaitDuration="00:10:00",
                    TargetTime=(NOW + timedelta(seconds=600)).isoformat(),
                ),
                smart("CREATED", 1, 0, 10),
            ],
            610,
        ),
        (
            [
                smart("CREATED", 100, 0, 10),
                step(
                    "Wait for Time",
                    CalculatedWaitDuration="00:10:00",
                    TargetTime=(NOW + timedelta(seconds=600)).isoformat(),
                ),
            ],
            1000,
        ),
        ([container("I", "RUNNING", smart("RUNNING", 10, 6), Conditions=[loop(3, 1)])], 840),
        ([container("I", "RUNNING", smart("RUNNING", 10, 6), Conditions=[loop(3, 3)])], 240),
        (
            [
                container(
                    "I",
                    "CREATED",
                    container("J", "CREATED", smart("CREATED", 2, 0, 10), Conditions=[loop(5, 0)]),
                    smart("DISABLED", 50),
                    step("Dither"),
                    Conditions=[loop(2, 0)],
                )
            ],
            200,
        ),
        (
            [
                container(
                    "I",
                    "RUNNING",
                    smart("RUNNING", 10, 6),
                    Conditions=[until(NOW + timedelta(seconds=5000))],
                )
            ],
            5000,
        ),
        (
            [
                container(
                    "I",
                    "RUNNING",
                    smart("RUNNING", 10, 6),
                    Conditions=[loop(3, 1), until(NOW + timedelta(seconds=100))],
                )
            ],
            100,
        ),
        (
            [
                container(
                    "I",
                    "RUNNING",
                    container("J", "RUNNING", smart("RUNNING", 2), Conditions=[step("Safe")]),
                    Conditions=[loop(3, 1), until(NOW + timedelta(seconds=100))],
                )
            ],
            100,
        ),
        # A condition that is switched off ends nothing.
        (
            [
                container(
                    "I",
                    "RUNNING",
                    smart("RUNNING", 10, 6),
                    Conditions=[until(NOW + timedelta(seconds=5)) | {"Status": "DISABLED"}],
                )
            ],
            240,
        ),
        # An altitude is reached at a time that N.I.N.A. tells.
        (
            [
                container(
                    "I",
                    "RUNNING",
                    smart("RUNNING", 10, 6),
                    Conditions=[
                        step(
                            "Loop while Altitude Above Horizon_Condition",
                            ExpectedDateTime=(NOW + timedelta(seconds=7000)).isoformat(),
                        )
                    ],
                )
            ],
            7000,
        ),
        # What runs at the same time ends with the last of it.
        (
            [
                container(
                    "Both",
                    "RUNNING",
                    smart("RUNNING", 10, 6),
                    step("Wait for Time Span", "RUNNING", Delay=90),
                )
            ],
            240,
        ),
        ([container("I", "RUNNING", smart("RUNNING", 10), Conditions=[step("While safe")])], None),
        # A scheduler's container shows nothing of what is in it.
        ([container("Target Scheduler Container", "RUNNING")], None),
        ([container("Target Scheduler Container", "FINISHED")], 0),
    ],
)
def test_the_end(nodes: list[Any], seconds: float | None) -> None:
    sequence = running(container("M 31", "RUNNING", *nodes))

    end = ends_at(sequence, NOW)

    assert end == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_what_does_not_run_does_not_end() -> None:
    assert ends_at(Sequence(), NOW) is None
