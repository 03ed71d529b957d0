"""Texts of others where Home Assistant renders Markdown.

It does for repair issues, persistent notifications and the descriptions of forms, and not for the
messages of errors, names and lines of the logbook.
"""

import re
from typing import Final

# Emphasis, code, links, HTML and tables; links that need no brackets (a scheme, www., an address);
# references to characters; and what makes a list, a heading or a rule of a line that it begins.
_MEANINGFUL: Final = re.compile(
    r"[\\`*_\[\]<>|~@]|:(?=//)|(?<=\bwww)\.|&(?=#?\w+;)|^[#+=-]|(?<=^\d)[.)]", re.IGNORECASE
)


def escape_markdown(text: str) -> str:
    """Return Markdown that is rendered as exactly this text, which has to be one line."""
    return _MEANINGFUL.sub(r"\\\g<0>", text)
