"""Print what is to be translated to a language, and take translations over.

Without options, it prints the texts that are missing, or whose English text has changed: each English text
once, below all its keys, with the terms of docs/glossary.md that are in it.

FILE has one translation per line, key and text with a tab between them (a backslash and n for a line break), or is a JSON
object. A key may have stars, as in services.*.fields.wait.name, and stands for all texts to translate that
match it. Instead of a key, = and an English text stand for all texts to translate that are that one.
"""

from __future__ import annotations

import argparse

from . import script


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    made = script("translate", __doc__)
    made.add_argument("language", help="such as de or pt-BR")
    made.add_argument(
        "--part", default="", help="only keys that begin with this, such as services.slew"
    )
    doing = made.add_mutually_exclusive_group()
    doing.add_argument(
        "--merge",
        metavar="FILE",
        help="take the translations in a file over, and print their faults",
    )
    doing.add_argument("--check", action="store_true", help="print the faults of what is there")
    doing.add_argument(
        "--accept",
        action="store_true",
        help="record that texts that are there fit their English ones",
    )
    return made
