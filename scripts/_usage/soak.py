"""Run nights in fast motion, and show what grows, what is lost and what is reported twice.

N.I.N.A. is closed by day and open by night. By night things go wrong in an order that depends on
the seed; the entry is reloaded, and in every fourth night Home Assistant is restarted. By day it is
measured what Home Assistant holds. The exit code is 1 when something grows, or when an event is
lost or told twice.
"""

from __future__ import annotations

import argparse

from . import script

SPEED = 600.0
HOURS = 7.0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("soak", __doc__)
    add = made.add_argument
    add("--nights", type=int, default=1, help="how many; default: 1")
    add("--first", type=int, default=1, help="number of the first; default: 1")
    add("--seed", type=int, default=1, help="seed that decides what goes wrong; default: 1")
    add(
        "--speed",
        type=float,
        default=SPEED,
        help=f"simulated seconds in a real one; default: {SPEED:g}",
    )
    add("--hours", type=float, default=HOURS, help=f"how long a night is; default: {HOURS:g}")
    return made
