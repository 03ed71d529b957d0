"""Run every linter and this project's own checks; continue after failures and print a summary."""

from __future__ import annotations

import argparse

from . import script


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("lint", __doc__)
    made.add_argument("--fix", action="store_true", help="first let ruff fix what it can")
    return made
