"""Run every linter and every check of our own; go on after a fault and sum up in the end."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
import subprocess
import sys
import time

from scripts._usage.lint import parser

ROOT = Path(__file__).resolve().parent.parent
YAML = ["blueprints", "custom_components", "docs", ".github", ".yamllint.yaml"]

# The longest first.
LINTERS: dict[str, list[str]] = {
    "mypy --strict": ["mypy"],
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "codespell": ["codespell_lib"],
    "yamllint": ["yamllint", "--strict", *YAML],
    "own checks": ["scripts._checks"],
}
FIXERS = [["ruff", "check", "--fix", "."], ["ruff", "format", "."]]
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """What a linter said."""

    passed: bool
    seconds: float
    text: str


def main() -> int:
    """Run the linters and return 1 when one of them found something."""
    if parser().parse_args().fix:
        for command in FIXERS:
            _run(command)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = {name: pool.submit(_run, command) for name, command in LINTERS.items()}
        failed = [name for name, finding in running.items() if not _report(name, finding.result())]
    print(f"Failed: {', '.join(failed)}" if failed else "All linters passed.")
    return 1 if failed else 0


def _run(command: list[str]) -> Finding:
    """Run one linter."""
    started = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    said = (result.stdout + result.stderr).rstrip()
    return Finding(result.returncode == 0, time.monotonic() - started, said)


def _report(name: str, finding: Finding) -> bool:
    """Print how a linter went, with what it found, and return whether it found nothing."""
    verdict = "ok" if finding.passed else "FAILED"
    print(f"{name:16} {verdict:8} {finding.seconds:5.1f} s", flush=True)
    if not finding.passed:
        print(finding.text, flush=True)
    return finding.passed


if __name__ == "__main__":
    sys.exit(main())
