"""Run every linter and every check of our own; go on after a fault and sum up in the end."""

import argparse
from pathlib import Path
import subprocess
import sys
import time

ROOT = Path(__file__).resolve().parent.parent
YAML = ["blueprints", "custom_components", "docs", ".github", ".yamllint.yaml"]

LINTERS: dict[str, list[str]] = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy --strict": ["mypy"],
    "codespell": ["codespell_lib"],
    "yamllint": ["yamllint", "--strict", *YAML],
    "own checks": ["scripts._checks"],
    "made documents": ["scripts._docs", "--check"],
}
FIXERS: dict[str, list[str]] = {
    "ruff check": ["ruff", "check", "--fix", "."],
    "ruff format": ["ruff", "format", "."],
}


def main() -> int:
    """Run the linters and return 1 when one of them found something."""
    parser = argparse.ArgumentParser(prog="scripts/lint", description=__doc__)
    parser.add_argument("--fix", action="store_true", help="let ruff mend what it can")
    commands = LINTERS | FIXERS if parser.parse_args().fix else LINTERS
    failed = [name for name, command in commands.items() if not _passes(name, command)]
    print(f"Failed: {', '.join(failed)}" if failed else "All linters are content.")
    return 1 if failed else 0


def _passes(name: str, command: list[str]) -> bool:
    """Run one linter, whose findings are shown, and return whether it found nothing."""
    started = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    verdict = "FAILED" if result.returncode else "ok"
    print(f"{name:16} {verdict:8} {time.monotonic() - started:5.1f} s", flush=True)
    if result.returncode:
        print((result.stdout + result.stderr).rstrip(), flush=True)
    return result.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
