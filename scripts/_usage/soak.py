"""Run nights in fast motion, and show what grows, what is lost, and what is reported twice.

N.I.N.A. is closed by day and open by night. At night, things go wrong in an order that depends on
the seed; the entry is reloaded, and every fourth night Home Assistant is restarted. By day, the
script measures what Home Assistant holds. The exit code is 1 if something grows, or if an event is
lost or reported twice.
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
    add("--nights", type=int, default=1, help="number of nights; default: 1")
    add("--first", type=int, default=1, help="number of the first night; default: 1")
    add("--seed", type=int, default=1, help="seed of the disturbances; default: 1")
    add(
        "--speed",
        type=float,
        default=SPEED,
        help=f"simulated seconds per real second; default: {SPEED:g}",
    )
    add("--hours", type=float, default=HOURS, help=f"hours of a night; default: {HOURS:g}")
    return made
