"""Run every linter and every check of our own; go on after a fault and sum up in the end."""

from __future__ import annotations

import argparse

from . import script


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("lint", __doc__)
    made.add_argument("--fix", action="store_true", help="let ruff fix what it can first")
    return made
