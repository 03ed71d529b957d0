"""What follows from readings of a sequence, one after the other."""

from typing import Any

import pytest

from custom_components.nina_observatory.api import Frame, ImageType, Sequence, Span
from custom_components.nina_observatory.readings.sequence_runs import SequenceRuns

WAIT = {"Name": "Pause", "Delay": 600}
MANY = {"Name": "Viele", "ExposureTime": 60, "Iterations": 5, "Type": "LIGHT", "Filter": "L"}
BEFORE = {"Name": "Schwenken", "Status": "RUNNING"}


def has(node: dict[str, Any], status: str, **more: Any) -> dict[str, Any]:
    """Return a node with a status."""
    return {**node, "Status": status, **more}


def tree(*items: dict[str, Any], conditions: tuple[dict[str, Any], ...] = ()) -> Sequence:
    """Return a running sequence."""
    targets = {"Name": "T_Container", "Status": "RUNNING", "Items": list(items)}
    targets["Conditions"] = list(conditions)
    start = {"Name": "S_Container", "Status": "FINISHED", "Items": []}
    return Sequence.from_wire([{"GlobalTriggers": []}, start, targets])


def lights(number: int, **more: Any) -> tuple[Frame, ...]:
    """Return light frames."""
    values = {"image_type": ImageType.LIGHT, "exposure_time": 60.0, "filter": "L", **more}
    return tuple(Frame(filename=f"{each}.fits", **values) for each in range(number))


def after(*readings: tuple[float, Sequence, tuple[Frame, ...] | None]) -> SequenceRuns:
    """Return what follows from readings, each of which took a second."""
    runs = SequenceRuns()
    for at, sequence, frames in readings:
        runs = runs.after(sequence, at, at + 1, frames)
    return runs


def test_a_wait_that_was_seen_to_begin() -> None:
    """Between two readings; nothing is known of one that ran before the first."""
    begins = [(0.0, tree(has(WAIT, "CREATED")), ()), (30.0, tree(has(WAIT, "RUNNING")), ())]
    assert after(*begins).elapsed == {(1, 0): Span(0, 31)}
    assert after(*begins, (60.0, tree(has(WAIT, "RUNNING")), ())).elapsed == {(1, 0): Span(29, 61)}
    assert after(begins[1], (60.0, tree(has(WAIT, "RUNNING")), ())).elapsed == {}
    over = (60.0, tree(has(WAIT, "FINISHED")), ())
    assert after(*begins, over).elapsed == {}


@pytest.mark.parametrize(
    ("at", "next_one"),
    [
        # It may have ended and begun again meanwhile.
        (200.0, has(WAIT, "RUNNING")),
        # Something else in the same place.
        (60.0, has(WAIT, "RUNNING", Delay=60)),
        (60.0, has(WAIT, "RUNNING", Name="Other")),
    ],
)
def test_a_wait_that_may_be_another(at: float, next_one: dict[str, Any]) -> None:
    """Then it is not known since when it runs."""
    begins = [(0.0, tree(has(WAIT, "CREATED")), ()), (30.0, tree(has(WAIT, "RUNNING")), ())]
    assert after(*begins, (at, tree(next_one), ())).elapsed == {}


def test_a_round_of_a_loop_is_another_run() -> None:
    """Its counter tells."""

    def loop(done: int) -> dict[str, Any]:
        return {"Name": "L", "Status": "CREATED", "Iterations": 9, "CompletedIterations": done}

    readings = [
        (at, tree(has(WAIT, status), conditions=(loop(done),)), ())
        for at, status, done in ((0.0, "CREATED", 0), (30.0, "RUNNING", 0), (60.0, "RUNNING", 1))
    ]
    assert after(*readings).elapsed == {(1, 0): Span(0, 31)}


def begun(
    *, before: int = 3, now: int = 5, beside: Any = None, was: Any = None, **more: Any
) -> SequenceRuns:
    """Return what follows where many exposures were seen to begin, with frames before and since."""
    was = has(MANY, "CREATED") if was is None else was
    first = [BEFORE, was] if beside is None else [BEFORE, was, has(beside, "CREATED")]
    then = [has(BEFORE, "FINISHED"), has(MANY, "RUNNING", **more)]
    if beside is not None:
        then.append(has(beside, "CREATED"))
    return after((0.0, tree(*first), lights(before)), (30.0, tree(*then), lights(now)))


def test_exposures_are_counted_by_their_frames() -> None:
    """Those of the same kind that came since."""
    assert begun().counted == {(1, 1): 2}
    assert begun(beside={**MANY, "Name": "More"}).counted == {(1, 1): 2}
    others = lights(3) + lights(2, filter="R") + lights(1, image_type=ImageType.DARK) + lights(1)
    runs = begun(now=3)
    runs = runs.after(tree(has(BEFORE, "FINISHED"), has(MANY, "RUNNING")), 60, 61, others)
    assert runs.counted == {(1, 1): 1}
    any_filter = begun(was=has(MANY, "CREATED", Filter="Current"), Filter="Current")
    assert any_filter.counted == {(1, 1): 2}


def test_exposures_that_are_not_counted() -> None:
    """Where a frame may lack or be of another, and where N.I.N.A. counts itself."""
    assert begun(CompletedIterations=2).counted == {}
    assert begun(now=9).counted == {}
    # N.I.N.A.'s list was emptied.
    assert begun(now=1).counted == {}
    stopped = has(MANY, "CREATED")
    first = (0.0, tree(has(BEFORE, "FINISHED"), stopped), lights(3))
    again = (30.0, tree(has(BEFORE, "FINISHED"), has(MANY, "RUNNING")), lights(4))
    assert after(first, again).counted == {}
    unknown = (0.0, tree(BEFORE, stopped), None)
    assert after(unknown, again).counted == {}
    assert after((0.0, tree(BEFORE, stopped), lights(3)), (*again[:2], None)).counted == {}


def test_exposures_of_another_of_the_same_kind() -> None:
    """Its last frame comes when the next has begun."""
    ended = has(MANY, "FINISHED")
    first = (0.0, tree(has(MANY, "RUNNING"), has(MANY, "CREATED")), lights(3))
    assert after(first, (30.0, tree(ended, has(MANY, "RUNNING")), lights(4))).counted == {}
    runs = tree(has(MANY, "RUNNING"), BEFORE, has(MANY, "CREATED"))
    between = (10.0, tree(ended, BEFORE, has(MANY, "CREATED")), lights(3))
    then = (30.0, tree(ended, has(BEFORE, "FINISHED"), has(MANY, "RUNNING")), lights(4))
    assert after((0.0, runs, lights(3)), between, then).counted == {}
    assert after((-90.0, runs, lights(3)), between, then).counted == {(1, 2): 1}
    red = has(MANY, "RUNNING", Filter="R")
    other = (0.0, tree(red, has(MANY, "CREATED")), lights(3))
    after_red = (30.0, tree(has(red, "FINISHED"), has(MANY, "RUNNING")), lights(4))
    assert after(other, after_red).counted == {(1, 1): 1}


def test_the_last_frame_of_the_round_before() -> None:
    """It may come when the next has begun."""
    seen = [has(MANY, "RUNNING"), has(MANY, "FINISHED"), has(MANY, "RUNNING")]
    readings = [(10.0 * n, tree(each), lights(3 + n)) for n, each in enumerate(seen)]
    assert after(*readings).counted == {}
    later = (200.0, *readings[1][1:]), (210.0, *readings[2][1:])
    assert after(readings[0], *later).counted == {(1, 0): 1}


def test_a_loop_that_does_not_count_may_have_begun_again() -> None:
    """All that were wanted have come, and it runs: that may be the next round."""
    dawn = {"Name": "Until dawn", "Status": "CREATED", "RemainingTime": "05:00:00"}
    readings = [
        (0.0, tree(BEFORE, has(MANY, "CREATED"), conditions=(dawn,)), lights(0)),
        *(
            (30.0 * n, tree(has(BEFORE, "FINISHED"), has(MANY, "RUNNING"), conditions=(dawn,)), lights(n))
            for n in range(1, 7)
        ),
    ]  # fmt: skip
    assert after(*readings[:5]).counted == {(1, 1): 4}
    assert after(*readings[:6]).counted == {}
    assert after(*readings).counted == {}


def test_at_the_same_time_nothing_is_counted() -> None:
    """What was stopped half-way in one branch looks untouched beside another."""
    other = {"Name": "Kühlen"}
    idle = (0.0, tree(has(other, "CREATED"), has(MANY, "CREATED")), lights(3))
    both = (30.0, tree(has(other, "RUNNING"), has(MANY, "RUNNING")), lights(4))
    assert after(idle, both).counted == {}
