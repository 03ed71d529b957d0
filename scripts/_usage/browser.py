"""Start the demo, let it image for a while, and take the screenshots for the documentation."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import script

ROOT = Path(__file__).resolve().parent.parent.parent


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("screenshots", __doc__)
    add = made.add_argument
    add("--minutes", type=float, default=25, help="minutes to image before the screenshots")
    add("--speed", type=float, default=1, help="how fast the simulated night passes")
    add("--dashboard", action="store_true", help="take only the pictures of the dashboard")
    add(
        "--film",
        action="store_true",
        help="instead, film the way from the archive of a release to the dashboard, into .demo/pages",
    )
    add(
        "--german",
        action="store_true",
        help="instead, set up a new Home Assistant in German on a phone, ask it, and read the report",
    )
    add(
        "--languages",
        action="store_true",
        help="instead, read the pages in each language, with pictures in a folder of .demo/pages",
    )
    add("--plots", action="store_true", help="instead, draw the plots of a simulated night")
    add("--folder", type=Path, default=ROOT / "docs/images", help="folder for the screenshots")
    add(
        "--pages",
        type=Path,
        default=ROOT / ".demo/pages",
        help="folder for screenshots of all device pages, which are only for looking through",
    )
    return made
