"""Run the tests with coverage; all further arguments go to pytest."""

import os
from pathlib import Path
import subprocess
import sys

ROOT = Path(__file__).resolve().parent.parent
FLOOR = "--floor"
# Below this share of covered lines and branches, of everything and of a part, the whole run fails.
COVERAGE_WANTED = 95
PART = "custom_components/nina_observatory/api"
COVERAGE_OF_PART = 98
GATE = ("--cov", "--cov-report=term", f"--cov-fail-under={COVERAGE_WANTED}")
GATE_OF_PART = ("report", f"--include={PART}/*", f"--fail-under={COVERAGE_OF_PART}")
MOST_WORKERS = 4
# Home Assistant's own log is so long that it would hide what failed.
REPORT = ("-rfEs", "--show-capture=no", "--durations=15", "--durations-min=2")
# What does not depend on the version of Home Assistant is tested once, and its frontend too.
WITHOUT_HOME_ASSISTANT = ("tests/api", "tests/simulator", "tests/scripts", "tests/browser")


def pytest_arguments(given: list[str]) -> list[str]:
    """Return the arguments for pytest: everything with coverage, or what was asked for."""
    arguments = [argument for argument in given if argument != FLOOR]
    selected = any(not argument.startswith("-") for argument in arguments)
    if selected or "--last-failed" in arguments:
        return arguments
    # Files stay together: some share a fixture that is dear, such as a demonstration.
    workers = str(min(os.cpu_count() or 1, MOST_WORKERS))
    spread = ["-q", "-n", workers, "--dist", "loadfile", *REPORT]
    if FLOOR in given:
        return [*spread, *(f"--ignore={folder}" for folder in WITHOUT_HOME_ASSISTANT), *arguments]
    return [*spread, *GATE, *arguments]


def main() -> None:
    """Run pytest in the environment that this runs in, and look at the coverage of all tests."""
    environment = {**os.environ, "COVERAGE_CORE": "sysmon"}
    environment.setdefault("NINA_FIXTURES", str(ROOT.parent / "shared/fixtures/real"))
    os.chdir(ROOT)
    arguments = pytest_arguments(sys.argv[1:])
    steps = [["pytest", *arguments]]
    if GATE[-1] in arguments:
        steps.append(["coverage", *GATE_OF_PART])
    for step in steps:
        done = subprocess.run([sys.executable, "-m", *step], env=environment, check=False)
        if done.returncode:
            sys.exit(done.returncode)


if __name__ == "__main__":
    main()
