"""Nights in fast motion: what grows, what is lost and what is reported twice is found."""

from collections import Counter
from dataclasses import fields, replace
from itertools import islice
from pathlib import Path
import random
import subprocess
import sys
from typing import Any
from unittest.mock import Mock

import pytest

from scripts._soak.events import (
    Balance,
    Emitted,
    Key,
    balance,
    key_of_message,
    key_of_told,
    untold,
)
from scripts._soak.judge import LINES_PER_OUTAGE, PER_NIGHT, SLACK, judge, slope_of
from scripts._soak.measure import Held
from scripts._soak.night import STEPS, Account, Night
from scripts._soak.table import head, row, total

ROOT = Path(__file__).parents[2]
DAY = Held(memory=250.0, objects=360_000, tasks=2, sockets=4, timers=15, listeners=80, threads=8)
A: Key = ("other A", frozenset())
B: Key = ("other B", frozenset({("number", 1)}))

BREAK = """\
import asyncio
import sys
from homeassistant.core import EventBus
import custom_components.nina_observatory as integration
from custom_components.nina_observatory.const import EVENT_NINA
from scripts._soak import night
from scripts._soak.__main__ import main

left = []
set_up, fire = integration.async_setup_entry, EventBus.async_fire


async def leave_behind(hass, entry):
    left.extend(asyncio.ensure_future(asyncio.sleep(10_000)) for _ in range(2))
    return await set_up(hass, entry)


def lose_and_repeat(bus, event_type, data=None, *more, **options):
    cups = data["data"].get("cups", 0) if event_type == EVENT_NINA else 0
    for _ in range({48: 0, 49: 2}.get(cups, 1)):
        fire(bus, event_type, data, *more, **options)


integration.async_setup_entry = leave_behind
EventBus.async_fire = lose_and_repeat
night.SETTLES_WITHIN = 5.0
sys.exit(main(["--first", "2", "--hours", "4"]))
"""


def emitted(key: Key, *, recorded: bool = True, owed: bool = True) -> Emitted:
    """Return an event of N.I.N.A."""
    return Emitted(key, 1, recorded, owed)


def test_all_is_well() -> None:
    """Also where figures come and go, and where a night has more to hold than the one before."""
    restless = [replace(DAY, tasks=2 + number % 2, memory=250 + number % 3) for number in range(8)]
    night = Account(balance=Balance(emitted=5, told=5), outages=[("crash", LINES_PER_OUTAGE)])
    assert judge([night] * 7, restless) == []


@pytest.mark.parametrize("name", [each.name for each in fields(Held)])
def test_what_grows_is_found(name: str) -> None:
    """In one night, by more than what comes and goes."""
    grown = replace(DAY, **{name: getattr(DAY, name) + getattr(SLACK, name) + 1})
    (fault,) = judge([Account()], [DAY, grown])
    assert fault.startswith(f"after night 1: {name} grew from ")
    within = replace(DAY, **{name: getattr(DAY, name) + getattr(SLACK, name)})
    assert judge([Account()], [DAY, within]) == []


@pytest.mark.parametrize("name", PER_NIGHT)
def test_what_grows_slowly_is_found(name: str) -> None:
    """Over seven nights, though no night has more than what may come and go."""
    for share, faults in ((1.2, 1), (0.8, 0)):
        growth = PER_NIGHT[name] * share
        days = [replace(DAY, **{name: getattr(DAY, name) + growth * number}) for number in range(8)]
        found = judge([Account()] * 7, days)
        assert len(found) == faults
        assert all(fault.startswith(f"{name} grows by ") for fault in found)


def test_a_line_through_figures() -> None:
    assert slope_of([1, 2, 3, 4]) == pytest.approx(1)
    assert slope_of([5, 5, 5]) == 0


@pytest.mark.parametrize(
    ("night", "said"),
    [
        (Account(balance=Balance(lost=Counter({B: 2}))), "lost 2 × other B number=1"),
        (Account(balance=Balance(twice=Counter({A: 1}))), "told 1 too often: other A"),
        (Account(entities={"event.dome": (3, 2)}), "event.dome showed 2 moments instead of 3"),
        (
            Account(outages=[("crash", LINES_PER_OUTAGE + 1)]),
            f"{LINES_PER_OUTAGE + 1} lines of the log for one outage (crash)",
        ),
        (Account(complaints=["ERROR a: b"]), "logged: ERROR a: b"),
    ],
)
def test_what_goes_wrong_in_a_night_is_found(night: Account, said: str) -> None:
    assert judge([Account(), night], [DAY] * 3) == [f"night 2: {said}"]


def test_what_is_told_once_balances() -> None:
    """Alike events are counted."""
    found = balance([emitted(A), emitted(A), emitted(B)], [(A, False), (B, True), (A, False)])
    assert found == Balance(emitted=3, told=3, replayed=1)


def test_what_is_owed_and_not_told_is_lost() -> None:
    """Alike events that were not owed are reported before those that were."""
    told = [(A, False)]
    assert balance([emitted(A), emitted(A)], told).lost == {A: 1}
    assert balance([emitted(A), emitted(A, owed=False)], told).lost == {}
    assert balance([emitted(B)], told).lost == {B: 1}
    assert untold([emitted(A), emitted(B)], told) == {B: 1}


def test_what_nina_does_not_keep_is_named() -> None:
    """It is counted apart: that it was never recorded, or gone with its history."""
    events = [emitted(A, recorded=False, owed=False), emitted(B, owed=False)]
    found = balance(events, [])
    assert (found.unrecorded, found.forgotten) == (1, 1)
    assert not found.lost


def test_what_is_told_too_often_is_found() -> None:
    assert balance([emitted(A)], [(A, False), (A, True)]).twice == {A: 1}
    assert balance([], [(B, False)]).twice == {B: 1}


def image(filename: str | None) -> Key:
    """Return a saved frame; its file is not always told."""
    statistics = {} if filename is None else {"filename": filename, "hfr": 2.0}
    return key_of_told({"type": "image_saved", "data": {"image_statistics": statistics}})


def test_frames_are_told_apart() -> None:
    """One that is reported without its file is one of those that were not told."""
    frames = [emitted(image("1.fits")), emitted(image("2.fits"))]
    right = [(image("2.fits"), False), (image(None), True)]
    assert balance(frames, right) == Balance(emitted=2, told=2, replayed=1)
    found = balance(frames, [(image("2.fits"), False), (image("2.fits"), True)])
    assert (found.lost, found.twice) == ({image("1.fits"): 1}, {image("2.fits"): 1})


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            {"Event": "TS-TARGETSTART", "TargetName": "M 31", "TargetEndTime": "2026-01-01T05:00"},
            {
                "type": "scheduler_target_started",
                "data": {"target_name": "M 31", "target_end_time": "2026-01-01T05:00:00+01:00"},
            },
        ),
        (
            {"Event": "COFFEE-READY", "Cups": 2},
            {"type": "other", "name": "COFFEE-READY", "data": {"cups": 2.0}},
        ),
        (
            {"Event": "FILTERWHEEL-CHANGED", "New": {"Name": "L"}},
            {"type": "filter_changed", "data": {"new": []}},
        ),
        (
            {"Event": "IMAGE-SAVE", "ImageStatistics": {"Filename": "1.fits", "HFR": 2}},
            {"type": "image_saved", "data": {"image_statistics": {"filename": "1.fits"}}},
        ),
        ("Cup 7 is empty", {"type": "custom", "name": "x", "data": {"text": "Cup 7 is empty"}}),
    ],
)
def test_both_ends_have_the_same_key(message: Any, told: dict[str, Any]) -> None:
    assert key_of_message(message) == key_of_told(told)


@pytest.mark.parametrize("restart", [False, True])
def test_the_seed_decides(restart: bool) -> None:
    """Home Assistant is restarted first or not at all, the entry reloaded every night."""

    def chosen(seed: int) -> list[str]:
        """Return the first steps of a night."""
        night = Night(Mock(), Mock(), Mock(), random.Random(seed))
        return list(islice(night._chosen(restart=restart), 60))

    steps = chosen(1)
    assert steps == chosen(1) != chosen(2)
    assert set(STEPS) - set(steps) == (set() if restart else {"restart of Home Assistant"})
    assert ("restart of Home Assistant" in steps) is restart
    assert "reload" in steps[:3]


def test_the_table() -> None:
    """Each figure stands under its name, and the sum has the most lines of one outage."""
    night = Account(balance=Balance(emitted=10, told=9), outages=[("crash", 2)], lines=3)
    assert len(head().split("  ")) > 1
    assert row(1, night, DAY).split()[:3] == ["1", "10", "9"]
    assert row(0, None, DAY).split()[-7:] == ["250.0", "360000", "2", "4", "15", "80", "8"]
    assert total([night, night]).split()[:3] == ["sum", "20", "18"]
    assert total([night, night]).split()[-2:] == ["6", "2"]


def test_a_real_leak_and_real_losses_are_found() -> None:
    """Each set-up leaves tasks behind, and the bus gets an event not at all, another one twice."""
    done = subprocess.run(
        [sys.executable, "-c", BREAK], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    for said in (
        "FAULT after night 2: tasks grew from ",
        "FAULT night 2: lost 1 × other COFFEE-READY cups=",
        "FAULT night 2: told 1 too often: other COFFEE-READY cups=",
        " × task sleep",
    ):
        assert said in done.stdout, done.stdout
    assert done.stdout.splitlines()[-1].endswith(" faults")
