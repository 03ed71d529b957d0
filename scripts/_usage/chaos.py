"""Test every command that protects the observatory while something goes wrong.

Uses a real Home Assistant and simulated observatories in three dialects of the plugin, and compares
all reports with what really happened in the simulation. Without options, it runs a selection of the
matrix that depends only on the seed. The exit code is 1 after a failure. A false report ends the
run at once.
"""

from __future__ import annotations

import argparse

from . import script

DEFAULT_MINUTES = 10.0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("chaos", __doc__)
    add = made.add_argument
    add("--seed", type=int, default=1, help="seed of the selection; default: 1")
    add("--long", action="store_true", help="run the whole matrix, then random nights")
    add(
        "--minutes",
        type=float,
        default=DEFAULT_MINUTES,
        help=f"with --long, minutes in which new nights start; default: {DEFAULT_MINUTES:g}",
    )
    add(
        "--only",
        metavar="COMMAND:BEHAVIOR",
        help="run these cells in all dialects; either side can be left out",
    )
    add("--night", type=int, metavar="SEED", help="run only this night")
    add("--nights", action="store_true", help="with --long, skip the matrix")
    add("--go-on", action="store_true", help="continue after a false report")
    add("--list", action="store_true", help="list the cells and exit")
    return made
