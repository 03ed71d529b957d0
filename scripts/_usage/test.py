"""Run the tests with coverage. Other arguments are passed to pytest."""

from __future__ import annotations

import argparse

from . import script


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("test", __doc__)
    made.add_argument(
        "--floor", action="store_true", help="use the oldest supported Home Assistant"
    )
    made.add_argument("arguments", nargs="*", help="for pytest, such as paths, -k, and -x")
    return made
