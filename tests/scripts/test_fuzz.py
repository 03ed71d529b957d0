"""Broken answers: what is chosen depends on the seed alone, and what is broken is found."""

from random import Random
from typing import Any

from homeassistant.core import State
import pytest

from scripts._fuzz.answers import FRAME, PLAN, RARE
from scripts._fuzz.judge import NonsenseError, judge, judge_state
from scripts._fuzz.mutate import broken, smallest

from .loaded import Loaded

RUN = """\
import sys
from scripts._fuzz.__main__ import main
{lie}
sys.exit(main())
"""
# What somebody could break, with how much is run to find it, and what is then said.
LIES = [
    pytest.param(
        "from custom_components.nina_observatory.api.models import sequence_end\n"
        "sequence_end._LONGEST = 1e11",
        ["--seed", "2", "--answers", "40000", "--live", "0"],
        "a sequence ends at",
        id="an end beyond the year",
    ),
    pytest.param(
        "from custom_components.nina_observatory.night import report_text\n"
        "report_text.ReportTexts.duration = lambda self, seconds: f'{1 / max(0, 1e4 - seconds):.0f} min'",
        ["--seed", "2", "--answers", "15000", "--live", "0"],
        "ZeroDivisionError",
        id="a report that is not made",
    ),
    pytest.param(
        "from custom_components.nina_observatory.events import listener\n"
        "def deaf(self, event):\n"
        "    raise ValueError(event.name)\n"
        "listener.EventListener._handle = deaf",
        ["--seed", "3", "--answers", "0", "--live", "30"],
        "logged: The event stream",
        id="a stream that an event ends",
    ),
]


@pytest.mark.parametrize(("lie", "amount", "said"), LIES)
def test_what_is_broken_is_found(loaded: Loaded, lie: str, amount: list[str], said: str) -> None:
    """With the seed and a message that is small."""
    done = loaded.run(RUN.format(lie=lie), *amount)
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].endswith(f"seed {amount[1]}")
    assert lines[1].startswith("FOUND "), done.stdout
    assert said in lines[1]
    assert lines[2].startswith("smallest: ")
    assert len(lines[2]) < 1000
    assert lines[3].startswith(f"repeat: scripts/fuzz --seed {amount[1]} ")


def test_nothing_is_found(loaded: Loaded) -> None:
    done = loaded.run(RUN.format(lie=""), "--seed", "3", "--answers", "500", "--live", "10")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("nothing found")


@pytest.mark.parametrize("message", [FRAME, PLAN, *RARE])
def test_the_seed_decides(message: Any) -> None:
    """And the message itself is left alone."""
    before = repr(message)
    first, second = ([broken(Random(seed), message) for seed in range(20)] for _ in range(2))
    assert repr(first) == repr(second)
    assert len({repr(each) for each in first}) > 1
    assert repr(message) == before


def test_the_smallest_message() -> None:
    message = {"a": [1, {"b": 2, "c": 3}], "d": 4}
    assert smallest(message, lambda each: "'c'" in repr(each)) == {"a": [{"c": 3}]}


@pytest.mark.parametrize(
    "state",
    [
        State("sensor.a", "nan", {"unit_of_measurement": "m"}),
        State("sensor.a", "1e30", {"unit_of_measurement": "m"}),
        State("sensor.a", "500", {"unit_of_measurement": "°C", "device_class": "temperature"}),
        State("sensor.a", "9999-12-31T23:59:59-06:00", {"device_class": "timestamp"}),
        State("event.a", "2026-01-01T00:00:00+00:00", {"text": "x" * 20_000}),
        State("sensor.a", "text", {"mean": float("inf")}),
    ],
)
def test_nonsense_is_seen(state: State) -> None:
    with pytest.raises(NonsenseError):
        judge_state(state)


def test_what_is_sound_is_none() -> None:
    judge({"temperature": -10.5, "name": "NaN", "positions": [1, 2]})
    judge_state(State("sensor.a", "21.5", {"unit_of_measurement": "°C"}))
    judge_state(State("sensor.a", "unavailable", {"unit_of_measurement": "°C"}))
