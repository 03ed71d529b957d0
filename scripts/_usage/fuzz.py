"""Corrupt responses and messages of N.I.N.A., and follow each to everything that shows it.

Most go through the decoders to everything that is derived from them; some go through a simulated
observatory into a running Home Assistant. No exception may be raised or logged, no task may end,
and no impossible value may be shown. The exit code is 1 after the first failure, with the seed and
the smallest message that causes it.
"""

from __future__ import annotations

import argparse

from . import script

ANSWERS = 100_000
LIVE = 5_000


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("fuzz", __doc__)
    add = made.add_argument
    add("--seed", type=int, default=1, help="seed of the corruptions; default: 1")
    add("--short", action="store_true", help="run for less than a minute")
    add("--answers", type=int, help=f"messages into the decoders; default: {ANSWERS}")
    add("--live", type=int, help=f"messages through Home Assistant; default: {LIVE}")
    return made
