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
# Files stay together: some share a fixture that is dear, such as a demonstration. In their own order
# the folders come first that wait for other processes, not last with a core idle.
SPREAD = ("--dist", "loadgroup", "--no-loadscope-reorder")

# The oldest supported Home Assistant is there to show that what it offers is used rightly: set-up,
# the config flow, platforms, actions, triggers, storage, the recorder, texts, permissions. All of
# those are tested on it. These are tested on the newest one alone:
# without Home Assistant, or with its frontend in a browser;
WITHOUT_HOME_ASSISTANT = (
    "tests/api",
    "tests/simulator",
    "tests/scripts",
    "tests/browser",
    "tests/plots",
    "tests/test_shown_until.py",
    "tests/test_voice_sentences.py",
)
# what the published pages say, line by line, by actions and entities that other files set up;
PAGES = ("tests/seed",)
# and logic of this integration that meets Home Assistant by entities, actions and timers alone,
# each of which other files use on both versions: how commands are proven, kept apart, repeated and
# put together, and when the roof is closed,
OF_COMMANDS = (
    "absence",
    "action_examples",
    "actions_equipment",
    "actions_session",
    "actions_unable",
    "automation",
    "capture",
    "capture_picture",
    "command_runner",
    "commands_dome",
    "commands_equipment",
    "commands_hub",
    "commands_ignored",
    "commands_mechanism",
    "commands_refused",
    "framing",
    "insist",
    "interlocks",
    "own_words",
    "pointing",
    "polar_alignment",
    "prepared_image",
    "procedures",
    "procedures_ended",
    "profile_value",
    "proof",
    "proof_sequence",
    "roof",
    "roof_detector",
    "roof_stop",
    "roof_told",
    "secure_proven",
    "shared_roof",
    "solve",
    "start_up",
    "words",
)
# what odd, slow, old, lying and silent servers are read as, when they are asked, who shares their
# answers, and what is told while nobody can record it,
OF_SERVERS = (
    "bad_answers",
    "bad_input",
    "databases",
    "deadband",
    "details",
    "health",
    "listener",
    "liveness",
    "local_time",
    "missed_frames",
    "odd_values",
    "old_servers",
    "picture_viewers",
    "pictures",
    "polling",
    "readings_properties",
    "replay_kept",
    "rigs",
    "set_point",
    "slow",
    "slow_servers",
    "storm",
    "unlike_events",
)
# and what frames, sequences, plans and nights are shown as, and what there is to mend.
OF_NIGHTS = (
    "collector",
    "findings",
    "followers",
    "frames",
    "gallery",
    "imaging",
    "integration_totals",
    "nights",
    "now_imaging",
    "plan",
    "plan_asked",
    "plan_imaged",
    "plan_nights",
    "plan_sample",
    "plots_night",
    "plots_present",
    "plural",
    "problems",
    "replay",
    "report",
    "scheduler_asked",
    "scheduler_many",
    "scheduler_projects",
    "sequence",
    "sequence_captures",
    "sequence_cases",
    "sequence_claims",
    "sequence_issues",
    "sequence_roots",
    "sequence_runs",
    "sequence_uncounted",
    "session",
    "target",
    "target_frames",
    "target_nights",
    "time_lapse",
    "twilight",
    "waiting_for_person",
    "watch_known",
    "watch_properties",
    "watch_state",
)
# Of other files, single rows are marked `newest`.
ONCE = (
    *WITHOUT_HOME_ASSISTANT,
    *PAGES,
    *(f"tests/test_{name}.py" for name in (*OF_COMMANDS, *OF_SERVERS, *OF_NIGHTS)),
)


def pytest_arguments(given: list[str]) -> list[str]:
    """Return the arguments for pytest: everything with coverage, or what was asked for."""
    arguments = [argument for argument in given if argument != FLOOR]
    if any(not argument.startswith("-") for argument in arguments):
        return arguments
    # One more than there are cores, since tests of other processes wait for these.
    workers = str(min((os.cpu_count() or 1) + 1, MOST_WORKERS))
    spread = ["-q", "-n", workers, *SPREAD, *REPORT]
    if FLOOR not in given:
        return [*spread, *GATE, *arguments]
    if missing := [path for path in ONCE if not (ROOT / path).exists()]:
        raise SystemExit(f"scripts/_test.py leaves out what is not there: {', '.join(missing)}")
    ignored = [f"--ignore={path}" for path in ONCE]
    return [*spread, *ignored, "--only-with-home-assistant", *arguments]


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
