"""Build the archive that HACS installs, and the release notes from the changelog."""

from __future__ import annotations

import argparse

from . import script


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("release", __doc__)
    made.add_argument("tag", help="the tag, for example v1.2.3")
    return made
