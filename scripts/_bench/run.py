"""Runs the subjects of the benchmark, each in a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import io
import json
import os
from pathlib import Path
import subprocess
import sys
import tarfile
from tempfile import TemporaryDirectory
from typing import Final

from .row import Subject

# Not resolved: a checkout may consist of links.
ROOT: Final = Path(__file__).absolute().parents[2]
# Seconds that one process may take.
_LIMIT: Final = 900.0
# How many subjects that wait most of their time are run at once.
_AT_ONCE: Final = 4
# What is taken from this version, whatever is measured.
_OURS: Final = ("scripts", "simulator", "tests")
_CHANGELOG: Final = "CHANGELOG.md"


@dataclass
class Measured:
    """The figures by row, and why there are none."""

    values: dict[str, float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def add(self, subject: Subject, values: dict[str, float]) -> None:
        """Add the figures of a run; of several runs the least counts."""
        for row in subject.rows:
            if row.key in values:
                before = self.values.get(row.key, values[row.key])
                self.values[row.key] = min(before, values[row.key])

    def fail(self, subject: Subject, why: str) -> None:
        """Take note of why a subject could not be measured."""
        self.missing |= {row.key: why for row in subject.rows if row.key not in self.values}


async def run_short(subjects: Sequence[Subject]) -> Measured:
    """Measure what is counted, by a clock that is turned, all in one process."""
    measured, names = Measured(), [each.name for each in subjects]
    lines = await _child(ROOT, ["--turned", *names])
    for subject in subjects:
        said = lines.get(subject.name, {"error": "the process ended before"})
        _take(measured, subject, said)
    return measured


async def run_full(subjects: Sequence[Subject], folders: Sequence[Path]) -> list[Measured]:
    """Measure everything in the versions of the integration that some folders have."""
    found, places = [Measured() for _ in folders], asyncio.Semaphore(_AT_ONCE * len(folders))

    async def wait_for(measured: Measured, subject: Subject, folder: Path) -> None:
        async with places:
            await _measure(measured, subject, folder)

    each_of_all = [
        (measured, subject, folder)
        for subject in subjects
        for measured, folder in zip(found, folders, strict=True)
    ]
    await asyncio.gather(*(wait_for(*each) for each in each_of_all if each[1].waits))
    for each in each_of_all:
        if not each[1].waits:
            await _measure(*each)
    return found


async def _measure(measured: Measured, subject: Subject, folder: Path) -> None:
    """Measure one subject as often as it wants."""
    print(f"{subject.name} …", file=sys.stderr, flush=True)
    for _ in range(subject.runs):
        lines = await _child(folder, [*(["--turned"] if subject.turned else []), subject.name])
        _take(measured, subject, lines.get(subject.name, {"error": "its process ended before"}))


def _take(measured: Measured, subject: Subject, said: dict[str, object]) -> None:
    """Take what a process said of a subject."""
    values = said.get("values")
    if isinstance(values, dict):
        measured.add(subject, values)
    else:
        measured.fail(subject, str(said.get("error")))


async def _child(folder: Path, arguments: list[str]) -> dict[str, dict[str, object]]:
    """Run a process in a folder and return what it printed of each subject."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scripts._bench.child", *arguments),
        stdout=asyncio.subprocess.PIPE,
        # Home Assistant complains of what this machine does not have.
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
        env=environment,
    )
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), _LIMIT)
    except TimeoutError:
        process.kill()
        await process.wait()
        return {}
    lines = [json.loads(line) for line in printed.decode().splitlines() if line.startswith("{")]
    return {str(line["subject"]): line for line in lines}


def previous_release() -> str:
    """Return the newest tag of a release, or else the last commit before the changelog went on.

    Raises RuntimeError where there is neither.
    """
    tags = _git("tag", "--list", "v*", "--sort=-version:refname", "--no-contains", "HEAD")
    if tags:
        return tags.splitlines()[0]
    added = _git("log", "--format=%h", "--reverse", "-S## Unreleased", "--", _CHANGELOG)
    if not added:
        raise RuntimeError("there is no earlier release")
    return _git("rev-parse", "--short", f"{added.splitlines()[0]}^")


def _git(*arguments: str) -> str:
    """Return what git prints."""
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    return done.stdout.strip()


def _archive(reference: str) -> bytes:
    """Return the integration of a commit as a tar file."""
    command = ["git", "archive", reference, "custom_components"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout


@asynccontextmanager
async def checkout(reference: str) -> AsyncIterator[Path]:
    """Give a folder with the integration of another commit, and everything else of this one."""
    archive = await asyncio.to_thread(_archive, reference)
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        for each in _OURS:
            (folder / each).symlink_to(ROOT / each)
        yield folder


def chosen(subjects: Iterable[Subject], wanted: Sequence[str]) -> list[Subject]:
    """Return the subjects whose name, or one of whose rows, begins with what is wanted."""
    return [
        subject
        for subject in subjects
        if not wanted
        or any(
            name.startswith(word)
            for word in wanted
            for name in (subject.name, *(row.key for row in subject.rows))
        )
    ]
