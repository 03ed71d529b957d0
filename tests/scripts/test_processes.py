"""Programs are watched, and never outlive the one that started them."""

import asyncio
import contextlib
from pathlib import Path
import signal
import subprocess
import sys

import pytest

from scripts._demo.errors import DemoError
from scripts._demo.processes import GUARD, Program
from tests.waiting import eventually

pytestmark = pytest.mark.real_time

# Starts a child of its own, says who they are, and ends on SIGTERM only where told to.
FAMILY = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
if sys.argv[1] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), child.pid, flush=True)
time.sleep(60)
"""


def is_running(pid: int) -> bool:
    """Return whether a process exists and is not just waiting to be collected."""
    return process_state(pid) not in {"", "Z"}


def process_state(pid: int) -> str:
    """Return the letter for the state of a process, nothing where there is no such process."""
    if Path("/proc/self/stat").exists():
        try:
            return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][:1]
        except OSError:
            return ""
    command = ["/bin/ps", "-o", "stat=", "-p", str(pid)]
    listed = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    return listed.stdout.strip()[:1]


def program(tmp_path: Path, script: str, *arguments: str) -> Program:
    """Return a program that runs a script."""
    command = [sys.executable, "-c", script, *arguments]
    return Program("The program", command, tmp_path / "logs/program.log", tmp_path)


async def family(started: Program) -> list[int]:
    """Return the processes of a family once they run."""
    await eventually(lambda: len(started.log.read_text().split()) == 2)
    return [int(pid) for pid in started.log.read_text().split()]


async def test_stopping_ends_the_program_and_what_it_started(tmp_path: Path) -> None:
    started = program(tmp_path, FAMILY, "willing")
    await started.start()
    pids = await family(started)
    assert all(is_running(pid) for pid in pids)
    await started.stop()
    await eventually(lambda: not any(is_running(pid) for pid in pids))


async def test_a_program_that_does_not_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts._demo.processes.STOP_LIMIT", 0.2)
    started = program(tmp_path, FAMILY, "stubborn")
    await started.start()
    pids = await family(started)
    await started.stop()
    await eventually(lambda: not any(is_running(pid) for pid in pids))


def test_the_program_ends_when_its_starter_was_killed(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(GUARD), FAMILY],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        cwd=tmp_path,
    )
    with starter:
        assert starter.stdout is not None
        pids = [int(pid) for pid in starter.stdout.readline().split()]
        starter.send_signal(signal.SIGKILL)
    asyncio.run(eventually(lambda: not any(is_running(pid) for pid in pids)))


STARTER = """
import subprocess, sys, time
command = [sys.executable, sys.argv[1], sys.executable, "-c", sys.argv[2], "willing"]
guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("ending", "code"), [("sys.exit(100)", 100), ("os.kill(os.getpid(), 15)", 143)]
)
async def test_the_exit_code_is_that_of_the_program(tmp_path: Path, ending: str, code: int) -> None:
    started = program(tmp_path, f"import os, sys; {ending}")
    await started.start()
    assert await started.ended() == code
    await started.stop()


async def test_a_dead_program_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    started = program(tmp_path, "import sys; print('The reason'); sys.exit(3)")
    await started.start()
    await started.ended()
    with pytest.raises(DemoError) as caught:
        started.check()
    assert "stopped unexpectedly (exit code 3)" in str(caught.value)
    assert "The reason" in caught.value.report()
    assert started.has_printed("The reason")
    await started.stop()


async def test_a_program_that_was_not_started_needs_no_stopping(tmp_path: Path) -> None:
    idle = program(tmp_path, "")
    with contextlib.suppress(DemoError):
        idle.check()
    await idle.stop()
    idle.kill()
