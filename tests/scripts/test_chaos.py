"""The fault matrix: it covers what protects, chooses by its seed alone, and finds a lie."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.nina_observatory.errors import NotDoneError, Reason
from scripts._chaos.behaviors import SURVIVED, Behavior
from scripts._chaos.cell import EXCUSED, Outcome, Verdict, judge, wrong_error
from scripts._chaos.matrix import BEHAVIOR_SHARE, ROW_SHARE, every_cell, short
from scripts._chaos.rows import DIALECTS, ROWS
from scripts._docs.commands import every_command

from .loaded import Loaded

RUN = """\
from dataclasses import replace
import sys
from custom_components.nina_observatory.readings import safety
from custom_components.nina_observatory.roof import roof
from scripts._chaos.__main__ import main

{lie}
sys.exit(main(["--only", "{cell}"]))
"""

# What somebody could break, the cell that finds it, and what is then said.
LIES = [
    pytest.param(
        "roof.CLOSE_SHUTTER = replace(roof.CLOSE_SHUTTER, succeeded=lambda _: True,"
        " already_done=lambda *_: False, hold_time=0.0)",
        "close_roof:ignored",
        "returned as done, and it is not",
        id="any reading is a proof",
    ),
    pytest.param(
        "roof.CLOSE_SHUTTER = replace(roof.CLOSE_SHUTTER, stalled=lambda *_: True,"
        " reports_motion=None, stall_timeout=1.0, retries=5)",
        "close_roof:works",
        "is sent while the roof reads closing",
        id="sent again on the way",
    ),
    pytest.param(
        "roof.over_mounts = lambda command, *_: command",
        "close_roof:works",
        "the roof moved over a mount that was not parked",
        id="no interlock",
    ),
    pytest.param(
        "safety.SafetyGuard.not_safe = property(lambda _: False)",
        "close_roof:restart",
        "Safety is off while the monitor reads unsafe or is disconnected",
        id="always safe",
    ),
]


def test_every_command_that_protects_is_in_the_matrix() -> None:
    protecting = {command.key for command in every_command().values() if command.safety_critical}
    assert protecting == {key for row in ROWS for key in row.keys}


def test_every_command_meets_every_general_behavior() -> None:
    cells = every_cell(1)
    for row in ROWS:
        versions = {cell.version for cell in cells if cell.row is row}
        assert versions == {version for version in DIALECTS if row.exists_in(version)}
        assert {cell.behavior for cell in cells if cell.row is row} == set(row.behaviors)
    assert {cell.behavior for cell in cells} == set(Behavior)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_short_run_is_the_same_for_a_seed(seed: int) -> None:
    chosen = short(every_cell(seed))
    assert [cell.title for cell in chosen] == [cell.title for cell in short(every_cell(seed))]
    assert [cell.title for cell in chosen] != [cell.title for cell in short(every_cell(seed + 1))]


def test_a_short_run_tries_everything() -> None:
    chosen = short(every_cell(1))
    for row in ROWS:
        assert sum(cell.row is row for cell in chosen) >= ROW_SHARE
    for behavior in Behavior:
        possible = sum(behavior in row.behaviors for row in ROWS)
        found = sum(cell.behavior is behavior for cell in chosen)
        assert found >= min(possible, BEHAVIOR_SHARE)
    assert {cell.version for cell in chosen} == set(DIALECTS)


TRANSLATED = NotDoneError(Reason.CANNOT_CONNECT)


@pytest.mark.parametrize(
    ("behavior", "outcome", "offences", "verdict"),
    [
        (Behavior.WORKS, Outcome(happened=True), [], Verdict.OK),
        (Behavior.IGNORED, Outcome(happened=False), [], Verdict.UNTRUTH),
        (Behavior.WORKS, Outcome(happened=True), ["Safety is off"], Verdict.UNTRUTH),
        (Behavior.IGNORED, Outcome(error=TRANSLATED), [], Verdict.OK),
        (Behavior.ERROR_ONCE, Outcome(error=TRANSLATED), [], Verdict.GAVE_UP),
        (Behavior.IGNORED, Outcome(error=ValueError()), [], Verdict.UNTRUTH),
        (Behavior.HANGS, None, [], Verdict.OVERDUE),
    ],
)
async def test_verdicts(
    hass: HomeAssistant,
    behavior: Behavior,
    outcome: Outcome | None,
    offences: list[str],
    verdict: Verdict,
) -> None:
    assert judge(behavior, outcome, offences)[0] is verdict


async def test_haste_is_no_excuse_for_an_untruth(hass: HomeAssistant) -> None:
    """Only what depends on time may be due to a machine that stalled."""
    haste = ["sent 19 times"]
    done, undone = Outcome(happened=True), Outcome(happened=False)
    assert judge(Behavior.WORKS, done, [], haste)[0] is Verdict.HASTY
    assert judge(Behavior.WORKS, undone, [], haste)[0] is Verdict.UNTRUTH
    assert judge(Behavior.WORKS, done, ["Safety is off"], haste)[0] is Verdict.UNTRUTH
    assert Verdict.HASTY in EXCUSED
    assert Verdict.UNTRUTH not in EXCUSED


def test_what_is_survived_is_a_behavior_that_leaves_a_way() -> None:
    assert Behavior.IGNORED not in SURVIVED
    assert {Behavior.WORKS, Behavior.ERROR_ONCE, Behavior.RESET} <= SURVIVED


def test_an_error_with_a_gap_in_its_text() -> None:
    assert wrong_error(TRANSLATED) is None
    assert wrong_error(NotDoneError(Reason.STATISTICS_FAILED)) is not None


@pytest.mark.parametrize(("lie", "cell", "said"), LIES)
def test_a_lie_is_found(loaded: Loaded, lie: str, cell: str, said: str) -> None:
    """The first one ends the run, with the command that repeats it."""
    done = loaded.run(RUN.format(lie=lie, cell=cell))
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("UNTRUTH"), done.stdout
    assert said in lines[0]
    assert f"repeat: scripts/chaos --seed 1 --only {cell}" in lines[1]
    assert lines[-1].endswith("1 failed"), done.stdout + done.stderr


def test_a_command_that_works_passes(loaded: Loaded) -> None:
    done = loaded.run(RUN.format(lie="", cell="park_mount:works"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "3 passed, 0 failed"
