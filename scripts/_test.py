"""Run the tests with coverage; all further arguments go to pytest."""

import os
from pathlib import Path
import sys

ROOT = Path(__file__).resolve().parent.parent
FLOOR = "--floor"
# Below this share of covered lines and branches the whole run fails.
COVERAGE_WANTED = 95


def pytest_arguments(given: list[str]) -> list[str]:
    """Return the arguments for pytest: everything with coverage, or what was asked for."""
    arguments = [argument for argument in given if argument != FLOOR]
    selected = any(not argument.startswith("-") for argument in arguments)
    if not selected:
        gate = [f"--cov-fail-under={COVERAGE_WANTED}", "--durations=10", "--durations-min=2"]
        arguments = ["--cov", "--cov-report=term", "-rs", *gate, *arguments]
    if FLOOR in given:
        # The frontend is looked at once, on the newest Home Assistant.
        arguments = ["-m", "not browser", *arguments]
    return arguments


def main() -> None:
    """Become pytest in the environment that this runs in."""
    environment = {**os.environ, "COVERAGE_CORE": "sysmon"}
    environment.setdefault("NINA_FIXTURES", str(ROOT.parent / "shared/fixtures/real"))
    os.chdir(ROOT)
    command = [sys.executable, "-m", "pytest", *pytest_arguments(sys.argv[1:])]
    os.execve(sys.executable, command, environment)


if __name__ == "__main__":
    main()
