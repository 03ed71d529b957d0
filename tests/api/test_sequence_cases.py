"""The sequences of `tests/sequences`, straight through the models."""

import pytest

from tests.sequences import cases
from tests.sequences.models import shown


def test_there_are_enough() -> None:
    """At least thirty, in two languages, at three depths and more."""
    found = cases()
    assert len(found) >= 30
    assert sum("german" in case.name for case in found) >= 10
    assert len({case.name for case in found if case.name.startswith("depth")}) >= 3


def test_cases(subtests: pytest.Subtests) -> None:
    """What the models say of each."""
    for case in cases():
        with subtests.test(case.name):
            assert case.wrong(shown(case)) == {}, case.about
