"""Paths, progress and the running of commands."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".cache"

# What would slow down or mislead the tools when it is inherited.
DROPPED = (
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_TARGET",
    "PIP_USER",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME",
    "PYTHONPATH",
    "UV_PROJECT",
    "UV_PYTHON",
    "VIRTUAL_ENV",
)


class BootstrapError(Exception):
    """Something the machine lacks and this script cannot provide."""


def say(text: str) -> None:
    """Print one line of progress."""
    print(f"  {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def alone(what: str) -> Iterator[None]:
    """Keep two processes in one checkout from fetching the same thing at the same time."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Print what is being done and, on a terminal, for how long already."""
    say(text)
    done = threading.Event()
    clock = threading.Thread(target=_tick, args=(done,), daemon=True)
    if sys.stderr.isatty():
        clock.start()
    try:
        yield
    finally:
        done.set()
        if clock.is_alive():
            clock.join()


def _tick(done: threading.Event) -> None:
    """Show the seconds that have passed until the step is done."""
    started = time.monotonic()
    while not done.wait(1):
        sys.stderr.write(f"\r    {time.monotonic() - started:.0f} s ")
        sys.stderr.flush()
    sys.stderr.write("\r          \r")


def clean_environment() -> dict[str, str]:
    """Return the environment that tools are run in."""
    environment = {key: value for key, value in os.environ.items() if key not in DROPPED}
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    environment["UV_NO_PROGRESS"] = "1"
    environment["UV_PYTHON_DOWNLOADS"] = "manual"
    environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    environment["PIP_BREAK_SYSTEM_PACKAGES"] = "1"
    environment["PIP_ROOT_USER_ACTION"] = "ignore"
    environment["PIP_USER"] = "0"
    home = Path(environment.get("HOME", "/nonexistent"))
    if not os.access(home, os.W_OK):
        environment["HOME"] = str(CACHE / "home")
        environment["XDG_CACHE_HOME"] = str(CACHE / "home/.cache")
        environment["XDG_DATA_HOME"] = str(CACHE / "home/.local/share")
    return environment


def run(command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Run a command and return what it printed; its errors are shown when it fails."""
    try:
        result = subprocess.run(
            command,
            cwd=cwd,
            env=env or clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as err:
        raise BootstrapError(f"{command[0]} could not be started: {err}") from err
    if result.returncode:
        detail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-30:])
        raise BootstrapError(f"{Path(command[0]).name} failed:\n{detail}")
    return result.stdout


def succeeds(command: list[str]) -> bool:
    """Return whether a command exists and ends well."""
    try:
        return (
            subprocess.run(
                command,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            ).returncode
            == 0
        )
    except OSError:
        return False
