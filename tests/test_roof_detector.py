"""When a person is notified that a roof is not closed: found in time, and not cried for nothing."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.nina_observatory.roof.detector import (
    CLOSES,
    SILENCE,
    STANDS,
    RoofDetector,
    RoofInputs,
    RoofProblem,
    RoofReading,
    RoofRecord,
)


class Roof:
    """A roof and a clock that goes as the test says."""

    def __init__(self, reading: RoofReading | None, **inputs: Any) -> None:
        """Begin with a reading."""
        self.now = 1000.0
        self.detector = RoofDetector(self.now, RoofRecord(reading=reading))
        self.inputs = RoofInputs(reading=reading, read_at=self.now, **inputs)
        self.so()

    def so(self, **changes: Any) -> RoofProblem | None:
        """Change what is known; a reading is made at that moment."""
        self.inputs = replace(self.inputs, **changes)
        if self.inputs.reading is not None:
            self.inputs = replace(self.inputs, read_at=self.now)
        return self.due()

    def after(self, seconds: float) -> RoofProblem | None:
        """Let time pass and return what is reported then."""
        self.now += seconds
        return self.so()

    def due(self) -> RoofProblem | None:
        """Return the problem that is due."""
        exposure = self.detector.update(self.inputs, self.now)
        return exposure.problem if exposure is not None and exposure.due <= self.now else None


def test_a_roof_that_stands_open_in_the_rain() -> None:
    """It is given a minute to begin to close, and time to do so."""
    roof = Roof(RoofReading.OPEN)
    assert roof.after(86400) is None
    assert roof.so(demanded=True) is None
    assert roof.after(STANDS - 1) is None
    assert roof.so(reading=RoofReading.CLOSING) is None
    assert roof.after(CLOSES - 1) is None
    assert roof.after(1) is RoofProblem.CLOSING
    assert roof.so(reading=RoofReading.CLOSED) is None
    assert roof.detector.exposure is None


@pytest.mark.parametrize(
    ("reading", "problem"),
    [
        (RoofReading.OPEN, RoofProblem.OPEN),
        (RoofReading.OPENING, RoofProblem.OPENING),
        (RoofReading.UNKNOWN, RoofProblem.UNKNOWN),
    ],
)
def test_nobody_closes_it(reading: RoofReading, problem: RoofProblem) -> None:
    """That is reported after a minute, unless somebody is at it: then when closing takes too long."""
    roof = Roof(reading, demanded=True)
    assert roof.after(STANDS - 1) is None
    assert roof.after(1) is problem
    roof = Roof(reading, demanded=True, busy=True)
    assert roof.after(CLOSES - 1) is None
    assert roof.after(1) is problem


def test_an_error_is_told_at_once() -> None:
    """Also where somebody is at it, but not while nothing speaks for closing it."""
    roof = Roof(RoofReading.OPEN, busy=True)
    assert roof.so(reading=RoofReading.ERROR) is None
    assert roof.so(demanded=True) is RoofProblem.ERROR


@pytest.mark.parametrize(
    ("reading", "problem"),
    [(RoofReading.OPEN, RoofProblem.OPEN), (RoofReading.ERROR, RoofProblem.ERROR)],
)
@pytest.mark.parametrize("demanded", [True, False])
def test_a_roof_that_stops_on_its_way(
    reading: RoofReading, problem: RoofProblem, demanded: bool
) -> None:
    """That is reported at once, safe or not, and again only of another danger."""
    roof = Roof(RoofReading.OPEN, demanded=demanded)
    assert roof.so(reading=RoofReading.CLOSING) is None
    assert roof.so(reading=reading) is problem
    assert roof.after(86400) is problem
    assert roof.so(reading=RoofReading.CLOSING) is None
    assert roof.so(reading=RoofReading.CLOSED) is None
    assert roof.after(86400) is None


def test_a_roof_that_a_person_stops_on_its_way() -> None:
    """That is no failure while all is safe."""
    roof = Roof(RoofReading.OPEN)
    roof.so(reading=RoofReading.CLOSING)
    roof.now += 3
    assert roof.so(reading=RoofReading.ERROR, stopped_at=roof.now) is None
    assert roof.after(86400) is None
    assert roof.so(demanded=True) is RoofProblem.ERROR


@pytest.mark.parametrize(
    ("reachable", "problem"),
    [(False, RoofProblem.UNREACHABLE), (True, RoofProblem.DISCONNECTED)],
)
@pytest.mark.parametrize("reading", [RoofReading.OPEN, RoofReading.CLOSING])
def test_a_roof_that_cannot_be_read(
    reading: RoofReading, reachable: bool, problem: RoofProblem
) -> None:
    """Not being able to look does not close it; the last reading counts, not the last change."""
    roof = Roof(reading, demanded=reading is RoofReading.OPEN)
    roof.after(20)
    assert roof.so(reading=None, reachable=reachable) is None
    assert roof.after(SILENCE - 1) is None
    assert roof.after(1) is problem


@pytest.mark.parametrize("reading", [RoofReading.CLOSED, None])
def test_a_roof_that_is_closed_or_not_there(reading: RoofReading | None) -> None:
    """N.I.N.A. closed under a closed roof is silence."""
    roof = Roof(reading, demanded=True)
    assert roof.so(reading=None, reachable=False) is None
    assert roof.after(86400) is None


def test_a_command_that_failed() -> None:
    """It is reported at once, counts, and stands until the roof is closed or opened on purpose."""
    roof = Roof(RoofReading.OPEN)
    roof.detector.fail(RoofProblem.NOT_CLOSED, roof.now)
    assert roof.due() is RoofProblem.NOT_CLOSED
    roof.detector.fail(RoofProblem.NOT_CLOSED, roof.now)
    assert roof.detector.record.attempts == 2
    assert roof.after(86400) is RoofProblem.NOT_CLOSED
    assert roof.so(reading=RoofReading.OPENING) is None
    assert roof.so(reading=RoofReading.OPEN) is None
    roof.detector.fail(RoofProblem.NOT_CLOSED, roof.now, attempts=5)
    assert roof.detector.record.attempts == 5
    assert roof.so(reading=RoofReading.CLOSED) is None
    roof.detector.fail(RoofProblem.NOT_CLOSED, roof.now)
    assert roof.due() is None


def test_a_command_that_failed_because_nobody_answers() -> None:
    """It is reported at once, with the reason."""
    roof = Roof(RoofReading.OPEN)
    roof.so(reading=None, reachable=False)
    roof.detector.fail(RoofProblem.NOT_CLOSED, roof.now)
    assert roof.due() is RoofProblem.UNREACHABLE


def test_each_danger_is_told() -> None:
    """A failure that was reported while all was safe is reported again when it begins to rain."""
    roof = Roof(RoofReading.OPEN)
    roof.detector.fail(RoofProblem.NOT_CLOSED, roof.now)
    assert roof.due() is RoofProblem.NOT_CLOSED
    roof.detector.record.notified = True
    roof.after(60)
    assert roof.detector.record.notified
    assert roof.so(demanded=True) is RoofProblem.NOT_CLOSED
    assert not roof.detector.record.notified
    assert roof.so(demanded=False) is None
    assert roof.detector.exposure is None


@pytest.mark.parametrize("reading", [RoofReading.CLOSED, RoofReading.OPEN, RoofReading.OPENING])
def test_a_roof_that_is_stuck_when_it_is_safe_again(reading: RoofReading) -> None:
    """It is still stuck until it is closed, or simply open."""
    roof = Roof(RoofReading.OPEN, demanded=True)
    roof.detector.fail(RoofProblem.NOT_CLOSED, roof.now)
    assert roof.so(reading=RoofReading.ERROR) is RoofProblem.ERROR
    assert roof.so(demanded=False) is RoofProblem.ERROR
    assert roof.so(reading=RoofReading.UNKNOWN) is RoofProblem.NOT_CLOSED
    assert roof.so(reading=reading) is None
    assert roof.after(86400) is None


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize("is_noted_late", [False, True])
def test_a_roof_that_is_read_only_after_it_is_safe_again(
    is_restarted: bool, is_noted_late: bool
) -> None:
    """N.I.N.A. was restarted at night: the safety monitor is connected before the dome."""
    roof = Roof(RoofReading.OPEN, demanded=True)
    if not is_noted_late:
        roof.detector.fail(RoofProblem.NOT_CLOSED, roof.now)
    assert roof.so(reading=None, reachable=False) is (
        None if is_noted_late else RoofProblem.UNREACHABLE
    )
    if is_noted_late:
        roof.detector.fail(RoofProblem.NOT_CLOSED, roof.now)
    assert roof.so(reachable=True, demanded=False) is RoofProblem.DISCONNECTED
    if is_restarted:
        kept = RoofRecord.from_data(roof.detector.record.as_data())
        roof.detector = RoofDetector(roof.now, kept)
    assert roof.after(SILENCE) is RoofProblem.DISCONNECTED
    assert roof.so(reading=RoofReading.OPEN) is None
    assert roof.after(86400) is None


def test_a_danger_that_is_over_is_not_every_danger() -> None:
    """A command that fails after it is safe again is another failure."""
    roof = Roof(RoofReading.OPEN, demanded=True)
    roof.detector.fail(RoofProblem.NOT_CLOSED, roof.now)
    assert roof.so(demanded=False) is None
    roof.detector.fail(RoofProblem.NOT_CLOSED, roof.now)
    assert roof.due() is RoofProblem.NOT_CLOSED
    assert roof.after(86400) is RoofProblem.NOT_CLOSED


@pytest.mark.parametrize(("demanded", "problem"), [(True, None), (False, RoofProblem.NOT_CLOSED)])
def test_a_record_from_before_it_noted_dangers(demanded: bool, problem: RoofProblem | None) -> None:
    """A failure belongs to the danger there was."""
    data = RoofRecord(
        reading=RoofReading.OPEN, failed=RoofProblem.NOT_CLOSED, demanded=demanded
    ).as_data()
    del data["in_danger"]
    detector = RoofDetector(0.0, RoofRecord.from_data(data))
    exposure = detector.update(RoofInputs(reading=RoofReading.OPEN), 1.0)
    assert (None if exposure is None else exposure.problem) is problem


def test_what_outlives_a_restart() -> None:
    """A roof that was open is open; a danger that was reported is not told again."""
    record = RoofRecord(reading=RoofReading.OPEN, demanded=True, notified=True)
    watch = RoofDetector(0.0, record)
    gone = RoofInputs(reading=None, reachable=False, demanded=True)
    exposure = watch.update(gone, 0.0)
    assert exposure is not None
    assert (exposure.problem, exposure.due) == (RoofProblem.UNREACHABLE, SILENCE)
    assert record.notified


def test_a_roof_that_was_closing_at_a_restart() -> None:
    """It has to be seen closed, safe or not."""
    watch = RoofDetector(0.0, RoofRecord(reading=RoofReading.CLOSING))
    assert watch.update(RoofInputs(reading=None, reachable=False), 0.0) is not None
    assert watch.update(RoofInputs(reading=RoofReading.CLOSED), 1.0) is None
