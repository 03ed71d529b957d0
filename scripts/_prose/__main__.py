"""Print the page."""

import logging
from pathlib import Path
import sys

from scripts._usage.prose import parser

from .page import page

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """Print the page, or the parts of it that were asked for."""
    part = parser().parse_args().part.casefold()
    # Importing platforms misses optional libraries aloud.
    logging.disable(logging.ERROR)
    for title, lines in page(ROOT):
        if part in title.casefold():
            print(f"# {title}", *lines, "", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
