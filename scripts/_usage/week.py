"""Live through a week with an observatory, and count what Home Assistant shows of it.

N.I.N.A. is open by night and closed by day, and each night has something of its own: clouds, rain, a
restart, a lost guide star. All notifications, repairs, lines of the log, and lines of the activity
log are counted by kind and night. Home Assistant has the defaults of a new installation. The exit
code is 1 if something was logged as an error, or with a traceback.
"""

from __future__ import annotations

import argparse

from . import script

NIGHTS = "1234567"
HOURS = 8.0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("week", __doc__)
    add = made.add_argument
    add("--nights", default=NIGHTS, help=f"which nights, as digits; default: {NIGHTS}")
    add("--hours", type=float, default=HOURS, help=f"hours of imaging; default: {HOURS:g}")
    add("--samples", type=int, default=1, help="samples of each kind; default: 1")
    add("--json", help="file for everything that was found")
    return made
