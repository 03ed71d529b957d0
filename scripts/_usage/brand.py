"""Draw the pictures in custom_components/nina_observatory/brand."""

from __future__ import annotations

import argparse

from . import script


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    return script("make_brand", __doc__)
