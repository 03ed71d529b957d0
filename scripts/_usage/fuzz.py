"""Break answers and messages of N.I.N.A., and follow each to everything that is shown of it.

Most go into the decoders and on to what is derived from them; some go through a simulated
observatory into a running Home Assistant. No exception may be raised or logged, no task may end,
and nothing may be shown that cannot be true. The exit code is 1 after the first that fails, with
the seed and the smallest message that does.
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
    add("--seed", type=int, default=1, help="seed that decides what is broken; default: 1")
    add("--short", action="store_true", help="a run of less than a minute")
    add("--answers", type=int, help=f"into the decoders; default: {ANSWERS}")
    add("--live", type=int, help=f"through Home Assistant; default: {LIVE}")
    return made
