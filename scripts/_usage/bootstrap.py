"""Create environments with the newest or the oldest Home Assistant, and print their Pythons."""

from __future__ import annotations

import argparse

from . import script


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("setup", __doc__)
    made.add_argument("environments", nargs="*", metavar="newest|floor", default=["newest"])
    return made
