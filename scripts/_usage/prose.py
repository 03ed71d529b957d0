"""Print every text that users see, for reading."""

from __future__ import annotations

import argparse

from . import script


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("prose", __doc__)
    made.add_argument("part", nargs="?", default="", help="only parts whose title has this")
    return made
