"""The benchmark: what it prints, what it writes, and that it finds what costs too much."""

from pathlib import Path
import shutil
import subprocess
import sys

import pytest

from scripts._bench.report import PAGE, is_over, lines, page, rows_of, shown
from scripts._bench.run import Measured, checkout, chosen, previous_release
from scripts._bench.table import ROWS, SUBJECTS
from scripts._checks.__main__ import ROOT, run_check
from scripts._checks.performance import check_performance

IDLE, LOST = ROWS["requests-idle"], ROWS["storm-lost"]
HEAD = "# Performance\n\nMeasured on a machine.\n\n| what | budget |\n|---|---|\n\n## Notes\n"
# What is broken: the file, what is there, what is there instead.
BREAKS = (
    (
        "readings/equipment.py",
        "POLL_HEARD = timedelta(seconds=12)",
        "POLL_HEARD = timedelta(seconds=5)",
    ),
)


def measured(**values: float) -> Measured:
    """Return figures by row."""
    return Measured({key.replace("_", "-"): value for key, value in values.items()})


def test_every_row_has_one_subject() -> None:
    assert len(ROWS) == sum(len(subject.rows) for subject in SUBJECTS)
    assert len({subject.name for subject in SUBJECTS}) == len(SUBJECTS)


def test_a_short_form_has_something_that_is_counted() -> None:
    for subject in SUBJECTS:
        assert not subject.short or any(row.counted for row in subject.rows)


def test_a_budget_is_the_most_that_may_be() -> None:
    assert not is_over(IDLE, measured(requests_idle=IDLE.most))
    assert is_over(IDLE, measured(requests_idle=IDLE.most + 0.1))
    assert is_over(LOST, measured(storm_lost=1))
    assert (IDLE.budget, LOST.budget) == ("≤ 6 a minute", "none")


@pytest.mark.parametrize(
    ("value", "text"), [(5, "5 a minute"), (5.666, "5.67 a minute"), (123.4, "123 a minute")]
)
def test_figures(value: float, text: str) -> None:
    assert shown(IDLE, measured(requests_idle=value)) == text


def test_what_could_not_be_measured_says_why() -> None:
    lacking = Measured(missing={IDLE.key: "it has no roof"})
    assert shown(IDLE, lacking) == "not measurable: it has no roof"
    (line,) = lines([IDLE], measured(requests_idle=7), lacking)
    assert line.startswith("OVER")
    assert line.endswith("it has no roof")


def test_the_least_of_several_runs_counts() -> None:
    found = Measured()
    (subject,) = chosen(SUBJECTS, ["set-up"])
    for value in (0.2, 0.1, 0.3):
        found.add(subject, {"set-up": value})
    found.fail(subject, "once it did not start")
    assert (found.values, found.missing) == ({"set-up": 0.1}, {})


def test_a_page_has_what_was_measured() -> None:
    text = page(HEAD, measured(requests_idle=7), Measured(), "v1", "two cores")
    assert rows_of(text) == [(row.what, row.budget, row.method) for row in ROWS.values()]
    assert "Measured on two cores.\n" in text
    assert "| **7 a minute** |" in text
    assert "| release v1 |" in text
    assert text.endswith("|\n\n## Notes\n")
    again = page(text, measured(requests_idle=6), None, "", "two cores")
    assert "| 6 a minute | – |" in again
    assert again.count("\n") == text.count("\n")


def test_the_page_is_checked(tmp_path: Path) -> None:
    written = tmp_path / PAGE
    written.parent.mkdir()
    text = page(HEAD, Measured(), None, "", "two cores")
    written.write_text(text, encoding="utf-8")
    assert run_check(check_performance, tmp_path) == []
    written.write_text(text.replace(IDLE.budget, "≤ 60 a minute", 1), encoding="utf-8")
    faults = run_check(check_performance, tmp_path)
    assert len(faults) == 2
    assert all(IDLE.what in fault for fault in faults)


def test_rows_are_chosen_by_the_beginning_of_their_names() -> None:
    assert [each.name for each in chosen(SUBJECTS, ["storm-lost", "roof"])] == ["storm", "roof"]
    assert [each.name for each in chosen(SUBJECTS, ["requests:idle"])] == ["requests:idle"]
    assert chosen(SUBJECTS, ["nothing like it"]) == []


async def test_another_commit_is_measured_with_the_benchmark_of_this_one() -> None:
    async with checkout("HEAD") as folder:
        assert (folder / "custom_components/nina_observatory/manifest.json").is_file()
        assert (folder / "scripts/_bench/child.py").samefile(ROOT / "scripts/_bench/child.py")


async def test_the_previous_release_can_be_measured() -> None:
    async with checkout(previous_release()) as folder:
        assert (folder / "custom_components/nina_observatory/manifest.json").is_file()


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return a checkout whose integration asks too often."""
    integration = tmp_path / "custom_components/nina_observatory"
    shutil.copytree(ROOT / "custom_components/nina_observatory", integration)
    for each in ("scripts", "simulator", "tests"):
        (tmp_path / each).symlink_to(ROOT / each)
    for name, before, after in BREAKS:
        text = (integration / name).read_text(encoding="utf-8")
        assert before in text
        (integration / name).write_text(text.replace(before, after), encoding="utf-8")
    return tmp_path


def test_what_is_over_its_budget_fails(broken: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts._bench", "--short", "--row", "requests-idle"],
        cwd=broken,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"OVER ITS BUDGET: {IDLE.what}" in done.stdout
