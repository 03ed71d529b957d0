"""The options of the scripts, each in a module named like that of its script.

They use nothing but the standard library of Python 3.9, so that `--help` answers without the
environment that the scripts themselves need.
"""

from __future__ import annotations

import argparse


def script(name: str, description: str | None) -> argparse.ArgumentParser:
    """Return the parser of a script, without options of its own."""
    return argparse.ArgumentParser(
        prog=f"scripts/{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
