"""Texts of others where Home Assistant renders Markdown.

It does for repair issues, persistent notifications and the descriptions of forms, and not for the
messages of errors, names and lines of the logbook.
"""

import re
from typing import Final

# Also what makes a link without brackets: the colon of http://, the point of www., the @ of an
# address.
_MEANINGFUL: Final = re.compile(r"[\\`*_{}\[\]()<>#+\-.!|~:@/&]")


def escape_markdown(text: str) -> str:
    """Return Markdown that is rendered as exactly this text."""
    return _MEANINGFUL.sub(r"\\\g<0>", text)
