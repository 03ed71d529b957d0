"""How far a sequence is, and when it ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.nina_observatory.api import (
    Exposures,
    Sequence,
    Span,
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
        # Take Many Exposures does not count, nor does a smart exposure before plugin 2.2.10.
        (smart("RUNNING", 10), None, 10),
        (smart("CREATED", 10), 0, 10),
        (smart("FAILED", 10), None, 10),
        (smart("FINISHED", 10), 10, 10),
        (smart("RUNNING", 10) | {"CompletedIterations": "NaN"}, None, 10),
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
def test_exposures_of_an_instruction(node: dict[str, Any], done: int | None, total: int) -> None:
    sequence = running(container("M 31", "RUNNING", node))

    assert sequence_exposures(sequence) == Exposures(done=done, total=total)


@pytest.mark.parametrize(
    "node",
    [
        smart("SKIPPED", 10),
        # How many it was to take cannot be read.
        smart("RUNNING", 10) | {"Iterations": "NaN"},
        # The time of the loop around it was up: it may have been cut off.
        container(
            "M 31", "FINISHED", smart("FINISHED", 10), Conditions=[until(NOW, Status="FINISHED")]
        ),
        container(
            "M 31",
            "FINISHED",
            smart("FINISHED", 10, 10),
            Conditions=[step("Loop", "FINISHED", Iterations=3, CompletedIterations="NaN")],
        ),
    ],
)
def test_neither_done_nor_total_is_known(node: dict[str, Any]) -> None:
    exposures = sequence_exposures(
        running(node, container("M 33", "RUNNING", smart("RUNNING", 2, 1)))
    )

    assert (exposures.done, exposures.endless, exposures.percent) == (None, True, None)


def stopped(*items: Any) -> Sequence:
    """Make a sequence that was stopped, or was never started."""
    return Sequence.from_wire(
        [{"GlobalTriggers": []}, container("Start"), container("Targets", "CREATED", *items)]
    )


def test_what_was_stopped_looks_as_if_it_never_ran() -> None:
    """What comes after something that is still to be done has never run."""
    assert sequence_exposures(stopped(smart("CREATED", 10))).done is None
    assert sequence_exposures(stopped(step("Slew", "FINISHED"), smart("CREATED", 10))).done is None
    assert sequence_exposures(stopped(step("Slew"), smart("CREATED", 10))).done == 0
    assert sequence_exposures(stopped(smart("CREATED", 10, 6))).done == 6
    trigger = step("AF_Trigger", "RUNNING")
    going_on = running(container("M 31", "RUNNING", smart("CREATED", 10), Triggers=[trigger]))
    assert sequence_exposures(going_on).done is None


def test_loops_around_what_is_not_counted() -> None:
    """The rounds that are over are known, the present one is not."""
    inner = container("Imaging", "RUNNING", smart("RUNNING", 10), Conditions=[loop(5, 2)])

    assert sequence_exposures(running(inner)) == Exposures(done=None, total=50)
    assert sequence_exposures(running(inner), {(1, 0, 0): 4}) == Exposures(done=24, total=50)


@pytest.mark.parametrize("rounds", [10**12, 2**62])
def test_for_ever_has_no_total(rounds: int) -> None:
    """Nor is any number made that could not be shown."""
    node = smart("RUNNING", 10, 6)
    for _ in range(90):
        node = container("Loop", "RUNNING", node, Conditions=[loop(rounds, 1)])
    for sequence in (running(node), running(smart("RUNNING", 2**62, 6))):
        exposures = sequence_exposures(sequence)
        assert (exposures.done, exposures.endless, exposures.percent) == (6, True, None)
        assert ends_at(sequence, NOW) is None


def test_at_the_same_time_nothing_is_known_to_be_untouched() -> None:
    """A container that runs two things runs all of them."""
    both = container("Both", "RUNNING", step("Wait", "RUNNING", Delay=5), smart("RUNNING", 10))

    assert sequence_exposures(running(both)).done is None


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


@pytest.mark.parametrize("name", ["Target Scheduler Container", "Mein Planer", ""])
@pytest.mark.parametrize("status", ["CREATED", "RUNNING", "FINISHED"])
def test_what_a_scheduler_takes_is_not_counted(status: str, name: str) -> None:
    """The flats of the morning are not all there is to a night, whatever its container is called."""
    scheduler = container(name, status)
    flats = container("Flats", "CREATED", smart("CREATED", 20))

    progress = sequence_exposures(running(scheduler, flats))

    assert progress == Exposures(done=0, total=20, hidden=True)
    assert progress.percent is None
    assert not sequence_exposures(running(container(name, "DISABLED"), flats)).hidden
    assert not sequence_exposures(
        running(container("Wrapper", "DISABLED", scheduler), flats)
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


@pytest.mark.parametrize(
    "node",
    [
        smart("RUNNING", 10),
        smart("RUNNING", 10) | {"ExposureTime": "NaN"},
        smart("RUNNING", 10) | {"Iterations": "NaN"},
        # It shows its whole length until it is over.
        step("Pause", "RUNNING", Delay=600),
        # Altitudes are reached at a time without a date, or one in words.
        step("Höhe", "RUNNING", ExpectedTime="22:41", CurrentAltitude=12.5),
        step("Höhe", "RUNNING", ExpectedTime="--", CurrentAltitude="NaN"),
        step("Höhe", ExpectedTime="22:41", CurrentAltitude=12.5),
        step("Nachrichtenfeld", "RUNNING", Text="Take off the cap"),
        container("Both", "RUNNING", step("Box", "RUNNING", Text=None), smart("RUNNING", 9, 1)),
        container("Both", "RUNNING", smart("RUNNING", 10), smart("RUNNING", 9, 1)),
        container(
            "I",
            "RUNNING",
            smart("RUNNING", 1, 0),
            Conditions=[step("L", Iterations=9, CompletedIterations="NaN")],
        ),
        # What ends it may come before the time is up.
        container(
            "I", "RUNNING", smart("RUNNING", 10), Conditions=[until(NOW + timedelta(hours=5))]
        )
        | {"Conditions": [loop(1, 0), until(NOW + timedelta(hours=5))]},
        container("I", "RUNNING", container("TS", "RUNNING"), Conditions=[loop(2, 0)]),
    ],
)
def test_an_end_that_depends_on_what_is_unknown(node: dict[str, Any]) -> None:
    assert ends_at(running(container("M 31", "RUNNING", node)), NOW) is None


@pytest.mark.parametrize(
    ("node", "seconds"),
    [
        # A few seconds more or less are none.
        (smart("RUNNING", 10, seconds=3), 30),
        (step("Pause", "RUNNING", Delay=20), 20),
        # Whatever the present round has done, the time ends it.
        (
            container(
                "I", "RUNNING", smart("RUNNING", 99), Conditions=[until(NOW + timedelta(hours=1))]
            ),
            3600,
        ),
        # What goes on at the same time takes longer in any case.
        (
            container(
                "Both",
                "RUNNING",
                smart("RUNNING", 5),
                step(
                    "Zeit",
                    "RUNNING",
                    CalculatedWaitDuration="01:00:00",
                    TargetTime=(NOW + timedelta(hours=1)).isoformat(),
                ),
            ),
            3600,
        ),
        (container("I", "CREATED", step("P", Delay=60), Conditions=[loop(3, 0)]), 180),
        # A note ends at once.
        (container("I", "RUNNING", smart("RUNNING", 2, 1), step("Note", Text="Then M 33")), 60),
    ],
)
def test_an_end_that_is_known_all_the_same(node: dict[str, Any], seconds: float) -> None:
    end = ends_at(running(container("M 31", "RUNNING", node)), NOW)

    assert end == NOW + timedelta(seconds=seconds)


def test_what_was_found_out_about_what_runs() -> None:
    """How long a wait has been running, and the frames of an instruction that does not count."""
    pause = running(step("Pause", "RUNNING", Delay=600))
    counted = running(smart("RUNNING", 10))

    assert ends_at(pause, NOW, {(1, 0): Span(230, 250)}) == NOW + timedelta(seconds=370)
    assert ends_at(pause, NOW, {(1, 0): Span(100, 250)}) is None
    assert ends_at(counted, NOW, {}, {(1, 0): 4}) == NOW + timedelta(seconds=360)


def test_an_end_is_no_guess_where_instructions_show_nothing_but_names() -> None:
    """Plugin 2.0 tells neither exposure times nor waits."""
    bare = [container("Start", "FINISHED"), container("T", "RUNNING", step("Smart", "RUNNING"))]
    old = Sequence.from_wire([*bare, container("End")])

    assert old.running
    assert ends_at(old, NOW) is None
    assert sequence_exposures(old) == Exposures()


def test_what_does_not_run_does_not_end() -> None:
    assert ends_at(Sequence(), NOW) is None
