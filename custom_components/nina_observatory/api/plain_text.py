"""Texts of a server made fit for one line: a message, a line of the log, a name."""

import logging
from typing import Final, override

# Characters of a message that a person reads.
LONGEST: Final = 200
# Characters of a line in the log.
LONGEST_LOGGED: Final = 1000


def one_line(text: str, longest: int = LONGEST) -> str:
    """Return a text as one line without control characters, cut to so many characters.

    Line breaks and runs of blanks become one blank. Also left out is what hides text or turns its
    direction. A text that is cut ends with an ellipsis.
    """
    # Far more than can be shown is not looked at: a server may send megabytes.
    seen = text[: longest * 4]
    if not seen.isprintable():
        seen = "".join(
            char if char.isprintable() else " " if char.isspace() else "" for char in seen
        )
    line = " ".join(seen.split())
    if len(line) <= longest and len(text) <= longest * 4:
        return line
    return f"{line[: longest - 1].rstrip()}…"


class OneLine(logging.Filter):
    """Keep every record of a logger on one line, whoever wrote the texts in it.

    A server that puts line breaks into its texts could otherwise forge lines of the log. The
    traceback of an exception has lines of its own.
    """

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Replace a message that is not one bounded line; every record passes."""
        try:
            message = record.getMessage()
        except TypeError, ValueError:
            # The handlers report arguments that do not fit.
            return True
        if (line := one_line(message, LONGEST_LOGGED)) != message:
            record.msg, record.args = line, None
        return True
