"""Measure how Home Assistant grows with the number of rigs.

Uses one real Home Assistant, and simulated observatories in their own processes, each in the middle
of a night in real time. Rigs are only added, never removed, because freed memory would hide what
they need.
"""

from __future__ import annotations

import argparse

from . import script

COUNTS = (1, 5, 10)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("growth", __doc__)
    add = made.add_argument
    add("--rigs", type=int, nargs="+", default=COUNTS, help="numbers of rigs to measure, in steps")
    add("--minutes", type=float, default=2.0, help="minutes of each measurement")
    return made
