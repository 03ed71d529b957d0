"""Try every command that protects the observatory against everything that can go wrong.

A real Home Assistant, simulated observatories in three dialects of the plugin, and their truth as
the judge. Without options a choice of the matrix is run, which depends on the seed alone. The exit
code is 1 after a failure; an untruth ends the run at once.
"""

from __future__ import annotations

import argparse

from . import script

DEFAULT_MINUTES = 10.0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("chaos", __doc__)
    add = made.add_argument
    add("--seed", type=int, default=1, help="seed that decides what is chosen; default: 1")
    add("--long", action="store_true", help="the whole matrix, then random nights")
    add(
        "--minutes",
        type=float,
        default=DEFAULT_MINUTES,
        help=f"with --long, for how long nights begin; default: {DEFAULT_MINUTES:g}",
    )
    add(
        "--only",
        metavar="COMMAND:BEHAVIOR",
        help="these cells, in all dialects; either side may be left out",
    )
    add("--night", type=int, metavar="SEED", help="this night alone")
    add("--nights", action="store_true", help="with --long, leave out the matrix")
    add("--go-on", action="store_true", help="go on after an untruth")
    add("--list", action="store_true", help="show the cells and run none")
    return made
