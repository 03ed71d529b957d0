"""Foreign text where Home Assistant renders Markdown.

That is in repair issues, persistent notifications and the descriptions of forms, but not in error
messages, names and logbook entries.
"""

import re
from typing import Final

# Emphasis, code, links, HTML and tables; links without brackets (a scheme, www., an address);
# character references; and characters that start a list, a heading or a rule.
_MEANINGFUL: Final = re.compile(
    r"[\\`*_\[\]<>|~@]|:(?=//)|(?<=\bwww)\.|&(?=#?\w+;)|^[#+=-]|(?<=^\d)[.)]", re.IGNORECASE
)


def escape_markdown(text: str) -> str:
    """Return Markdown that is rendered as exactly this text, which has to be one line."""
    return _MEANINGFUL.sub(r"\\\g<0>", text)
