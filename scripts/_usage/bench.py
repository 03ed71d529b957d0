"""Measure everything that has a budget, and print the figures next to the budgets.

Uses a real Home Assistant, real sockets, and a simulated observatory in its own process. The exit
code is 1 if something that is counted (requests, states, events) is over its budget. Times depend
on the machine and are only printed. With `--short`, only what is counted is measured, with a clock
that skips idle time.
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
        help="only rows whose name starts with this",
    )
    add("--short", action="store_true", help="only what is counted, with a fast clock")
    add(
        "--against",
        nargs="?",
        const="",
        metavar="REF",
        help="also measure another commit; default: the previous release",
    )
    add("--write", action="store_true", help="write docs/performance.md")
    add("--list", action="store_true", help="print the names of all rows")
    return made
