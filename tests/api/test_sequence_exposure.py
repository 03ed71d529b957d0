"""Which exposure of how many is under way, and when its target ends."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.nina_observatory.api import (
    ExposureNumber,
    Sequence,
    current_exposure,
    running_parts,
    target_ends_at,
)

from .conftest import Captures
from .test_sequence import container, running, step
from .test_sequence_progress import NOW, loop, smart, until


def frame(status: str = "RUNNING", seconds: float = 60, **more: Any) -> dict[str, Any]:
    """Make an instruction that takes one frame."""
    return step("Take Exposure", status, ExposureTime=seconds, **more)


def exposure(sequence: Sequence) -> ExposureNumber | None:
    """Return the exposure under way."""
    return current_exposure(sequence, running_parts(sequence))


def target(*items: Any, **more: Any) -> Sequence:
    """Make a sequence that images M 31."""
    return running(container("M 31", "RUNNING", *items, **more))


@pytest.mark.parametrize(
    ("sequence", "number", "total"),
    [
        (target(smart("RUNNING", 10, 2)), 3, 10),
        # The last one is counted a moment before the instruction ends.
        (target(smart("RUNNING", 10, 10)), 10, 10),
        (target(smart("RUNNING", 10)), None, 10),
        (target(frame()), 1, 1),
        (target(frame(), Conditions=[loop(10, 2, "RUNNING")]), 3, 10),
        (target(smart("RUNNING", 5, 1), Conditions=[loop(3, 2, "RUNNING")]), 12, 15),
        # The loop counts, but its count cannot be read.
        (target(frame(), Conditions=[loop(10, 0) | {"CompletedIterations": "NaN"}]), None, 10),
        # Nobody counts the rounds of a loop that ends by the clock.
        (target(frame(), Conditions=[until(NOW + timedelta(hours=1))]), None, None),
        (target(smart("RUNNING", 5, 1), Conditions=[until(NOW + timedelta(hours=1))]), 2, 5),
        # "Forever" is no total.
        (target(frame(), Conditions=[loop(999_999, 6, "RUNNING")]), 7, None),
        (target(smart("RUNNING", 10, 2) | {"Iterations": "NaN"}), 3, None),
        (
            target(
                container("Ha", "FINISHED", frame("FINISHED")),
                container("SII", "RUNNING", frame(), Conditions=[loop(4, 1, "RUNNING")]),
                Conditions=[loop(2, 1, "RUNNING")],
            ),
            6,
            8,
        ),
    ],
)
def test_number_and_total(sequence: Sequence, number: int | None, total: int | None) -> None:
    assert exposure(sequence) == ExposureNumber(number=number, total=total)


def test_frames_of_instructions_without_a_counter() -> None:
    sequence = target(smart("RUNNING", 10))
    (part,) = running_parts(sequence)

    found = current_exposure(sequence, (part,), {part.place: 4})

    assert found == ExposureNumber(number=5, total=10)


@pytest.mark.parametrize(("name", "shown"), [("SII", "SII"), ("Current", None), (None, None)])
def test_filter(name: str | None, shown: str | None) -> None:
    found = exposure(target(smart("RUNNING", 10, 2) | {"Filter": name}))

    assert found == ExposureNumber(number=3, total=10, filter=shown)


@pytest.mark.parametrize(
    "sequence",
    [
        target(step("Center", "RUNNING")),
        target(frame(Type="DARK")),
        target(frame("FINISHED"), step("Wait", "RUNNING", Delay=5)),
        # Nothing tells which of two targets in parallel is meant.
        running(
            container("M 31", "RUNNING", smart("RUNNING", 10, 2)),
            container("M 33", "RUNNING", smart("RUNNING", 10, 2)),
        ),
        target(smart("RUNNING", 10, 2), Triggers=[step("AF_Trigger", "RUNNING")]),
        target(container("Target Scheduler", "RUNNING")),
        Sequence.from_wire([]),
        # Plugin 2.0 sends names alone.
        Sequence.from_wire(
            [container("Start"), container("M 31", "RUNNING", step("Smart", "RUNNING"))]
        ),
    ],
)
def test_no_exposure(sequence: Sequence) -> None:
    assert exposure(sequence) is None


SLEW = step("Slew", "FINISHED", Coordinates={"RA": 1.0, "Dec": 2.0})


@pytest.mark.parametrize(
    ("sequence", "seconds"),
    [
        (
            running(
                container("M 31", "RUNNING", SLEW, smart("RUNNING", 10, 2)),
                container("M 33", "CREATED", SLEW, smart("CREATED", 10, 0)),
            ),
            8 * 60,
        ),
        # Of two containers of one name, the running one.
        (
            running(
                container("M 31", "FINISHED", SLEW, smart("FINISHED", 10, 10)),
                container("M 31", "RUNNING", SLEW, smart("RUNNING", 10, 5)),
            ),
            5 * 60,
        ),
        # The container around it ends earlier.
        (
            running(
                container(
                    "Until midnight",
                    "RUNNING",
                    container("M 31", "RUNNING", SLEW, smart("RUNNING", 10, 2)),
                    Conditions=[until(NOW + timedelta(minutes=3))],
                )
            ),
            3 * 60,
        ),
        (
            target(
                SLEW, frame(), Conditions=[until(NOW + timedelta(hours=2)), loop(500, 1, "RUNNING")]
            ),
            2 * 3600,
        ),
        (target(SLEW, frame(), Conditions=[loop(999_999, 1, "RUNNING")]), None),
        (running(container("", "RUNNING", container("", "RUNNING"))), None),
        (Sequence.from_wire([]), None),
    ],
)
def test_end_of_the_target(sequence: Sequence, seconds: float | None) -> None:
    end = None if seconds is None else NOW + timedelta(seconds=seconds)

    assert target_ends_at(sequence, NOW) == end


def test_recorded_sequences(captures: Captures) -> None:
    """A smart exposure in a loop of a real installation."""
    sequence = Sequence.from_wire(captures.response("crescent_running_sequence_json"))

    found = exposure(sequence)

    assert found is not None
    assert found.total is not None
