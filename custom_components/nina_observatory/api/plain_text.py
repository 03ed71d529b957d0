"""Limit texts of a server to one line: a message, a line of the log, a name."""

import logging
from typing import Final, override

# Maximum length of a message to the user.
LONGEST: Final = 200
# Maximum length of a line in the log.
LONGEST_LOGGED: Final = 1000


def one_line(text: str, longest: int = LONGEST) -> str:
    """Return a text as one line without control characters, cut to so many characters.

    Line breaks and runs of spaces become one space. Characters that hide text or change its
    direction are removed. A text that is cut ends with an ellipsis.
    """
    # Do not process far more than can be shown: a server may send megabytes.
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
    """Keep every record of a logger on one line.

    A server that puts line breaks into its texts could otherwise forge lines of the log. The
    traceback of an exception has lines of its own.
    """

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Reduce the message to one bounded line; every record passes."""
        try:
            message = record.getMessage()
        except TypeError, ValueError:
            # The handlers report arguments that do not fit.
            return True
        if (line := one_line(message, LONGEST_LOGGED)) != message:
            record.msg, record.args = line, None
        return True
