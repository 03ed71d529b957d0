"""Print the options of the script whose module is named, such as scripts._demo."""

from __future__ import annotations

import importlib
import sys


def main() -> int:
    """Print the help of a script."""
    name = sys.argv[1].rpartition(".")[2].lstrip("_")
    importlib.import_module(f"scripts._usage.{name}").parser().print_help()
    return 0


if __name__ == "__main__":
    sys.exit(main())
