"""Measure everything that has a budget, and print it beside its budget.

A real Home Assistant, real sockets and a simulated observatory in a process of its own. The exit
code is 1 when something that is counted (requests, states, events) is over its budget; what is
timed depends on the machine and is only shown. With `--short` the clock is turned, and only what is
counted is looked at.
"""

from __future__ import annotations

import argparse

from . import script


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("bench", __doc__)
    add = made.add_argument
    add(
        "--row",
        action="append",
        default=[],
        metavar="NAME",
        help="only rows whose name begins with this",
    )
    add("--short", action="store_true", help="only what is counted, with a simulated clock")
    add(
        "--against",
        nargs="?",
        const="",
        metavar="REF",
        help="measure another commit as well; default: the previous release",
    )
    add("--write", action="store_true", help="write docs/performance.md")
    add("--list", action="store_true", help="print the names of all rows")
    return made
