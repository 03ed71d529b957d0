"""JSON as servers write it: one odd value costs itself, not the whole answer."""

import json
import re
from typing import Any, Final

import orjson

# Larger answers are refused where something is odd about them: mending takes its time.
_LARGEST_MENDED: Final = 4 * 1024 * 1024
# An escaped backslash, a whole character in two halves, or half of one alone.
_ESCAPES: Final = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_LONGEST_WHOLE: Final = 19
_HALF: Final = len(r"\ud800")


def loads(body: bytes) -> Any:
    """Decode JSON; raises ValueError for what is none.

    Half characters become U+FFFD, what is not UTF-8 as well; numbers that are none become None, and
    those beyond all bounds infinite, which every decoder takes for unknown.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        if len(body) > _LARGEST_MENDED:
            raise
    text = _ESCAPES.sub(_mend, body.decode("utf-8-sig", errors="replace"))
    try:
        return json.loads(text, parse_constant=lambda _: None, parse_int=_whole)
    except RecursionError as err:
        raise ValueError("nested too deeply") from err


def _whole(digits: str) -> float:
    """Return a whole number; a larger one than others can write as JSON is not exact."""
    return int(digits) if len(digits) < _LONGEST_WHOLE else float(digits)


def _mend(escape: re.Match[str]) -> str:
    """Return an escape as it is, unless it is half of a character."""
    found = escape.group()
    return r"\ufffd" if len(found) == _HALF else found
