"""Prepare the environments that are named and print their Pythons."""

from __future__ import annotations

import sys
import time

from scripts._usage.bootstrap import parser

from .environment import FOLDERS, prepare
from .shell import BootstrapError, say


def main() -> int:
    """Prepare the environments that were asked for and print their Pythons."""
    arguments = parser()
    names = arguments.parse_args().environments
    unknown = sorted(set(names) - set(FOLDERS))
    if unknown:
        arguments.error(f"unknown environment: {', '.join(unknown)}")
    started = time.monotonic()
    try:
        for name in names:
            print(prepare(name))
    except BootstrapError as err:
        print(f"Setup failed: {err}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Setup interrupted. Run it again to continue.", file=sys.stderr)
        return 130
    if time.monotonic() - started > 5:
        say(f"Environment ready after {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
