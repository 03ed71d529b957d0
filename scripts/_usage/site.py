"""Build the site of the documentation into .cache/site, and check every link on it."""

from __future__ import annotations

import argparse

from . import script


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("site", __doc__)
    made.add_argument(
        "--serve", action="store_true", help="show it at http://localhost:8000 while you write"
    )
    return made
