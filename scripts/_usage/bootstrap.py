"""Create environments: the newest or oldest Home Assistant, or the site. Print their Pythons."""

from __future__ import annotations

import argparse

from . import script


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("setup", __doc__)
    made.add_argument("environments", nargs="*", metavar="newest|floor|site", default=["newest"])
    return made
