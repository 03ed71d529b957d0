"""Write the documents that are generated from the code."""

from __future__ import annotations

import argparse

from . import script


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("make_docs", __doc__)
    made.add_argument(
        "--check", action="store_true", help="only list the documents that are out of date"
    )
    return made
