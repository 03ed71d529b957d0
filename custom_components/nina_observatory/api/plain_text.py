"""Texts of a server made fit for one line: a message, a line of the log, a name."""

from typing import Final
import unicodedata

# Characters of a message that a person reads.
LONGEST: Final = 200
# Control and format characters, line and paragraph separators, halves of characters, and what has
# no meaning yet: all that can break a line, hide text or turn its direction.
_UNPRINTED: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})


def one_line(text: str, longest: int = LONGEST) -> str:
    """Return a text as one line without control characters, cut to so many characters.

    Line breaks and runs of blanks become one blank. A text that is cut ends with an ellipsis.
    """
    # Far more than can be shown is not looked at: a server may send megabytes.
    seen = text[: longest * 4]
    printed = "".join(
        " " if char.isspace() else char
        for char in seen
        if char.isspace() or unicodedata.category(char) not in _UNPRINTED
    )
    line = " ".join(printed.split())
    if len(line) <= longest and len(seen) == len(text):
        return line
    return f"{line[: longest - 1].rstrip()}…"
