"""What a rig among many costs more than one alone, and what each adds, is found."""

from dataclasses import replace
from typing import Any

import pytest

from scripts._bench.growth import Growth, faults, memory_of_a_rig, table

NONE = Growth(rigs=0, cpu=0.1, memory=190.0, blocks=1, requests=0.0, states=0.0, hold=0.0)
ONE = Growth(rigs=1, cpu=0.2, memory=230.0, blocks=1, requests=8.0, states=50.0, hold=3.0)
FIVE = Growth(rigs=5, cpu=0.6, memory=240.0, blocks=1, requests=40.0, states=250.0, hold=3.0)


def test_what_grows_with_the_number_of_rigs_is_no_fault() -> None:
    assert faults([NONE, ONE, FIVE]) == []
    assert memory_of_a_rig([NONE, ONE, FIVE]) == 2.5
    rows = list(table([NONE, ONE, FIVE]))
    assert "| 5 | 0.600 | 12.50 | 240.0 |" in rows[-1]
    assert len({row.count("|") for row in rows}) == 1


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"cpu": 0.63}, "CPU for a request of 5 rigs: 13.25 ms, alone 12.50"),
        ({"requests": 45.0, "cpu": 0.65}, "requests of one of 5 rigs: 9.00, alone 8.00"),
        ({"memory": 244.0}, "memory from 1 to 5: 3.50 MB a rig"),
    ],
)
def test_more_than_that_is_found(more: dict[str, Any], fault: str) -> None:
    assert faults([NONE, ONE, replace(FIVE, **more)]) == [fault]
