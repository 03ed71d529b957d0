"""Lenient JSON: an invalid value is dropped, not the whole answer."""

import json
import re
from typing import Final

import orjson

type Json = dict[str, Json] | list[Json] | str | int | float | bool | None

# Larger answers with invalid values are rejected: repairing them takes too long.
_LARGEST_MENDED: Final = 4 * 1024 * 1024
# An escaped backslash, a surrogate pair, or a lone surrogate.
_ESCAPES: Final = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_LONGEST_WHOLE: Final = 19
_HALF: Final = len(r"\ud800")


def loads(body: bytes) -> Json:
    """Decode JSON; raises ValueError if it is invalid.

    Lone surrogates and invalid UTF-8 become U+FFFD; NaN becomes None, and numbers out of range
    become infinite, which every decoder treats as unknown.
    """
    try:
        return orjson.loads(body)  # type: ignore[no-any-return]  # nothing but JSON
    except orjson.JSONDecodeError:
        if len(body) > _LARGEST_MENDED:
            raise
    text = _ESCAPES.sub(_mend, body.decode("utf-8-sig", errors="replace"))
    try:
        mended: Json = json.loads(text, parse_constant=lambda _: None, parse_int=_whole)
    except RecursionError as err:
        raise ValueError("nested too deeply") from err
    return mended


def _whole(digits: str) -> float:
    """Return an integer; one too large for other JSON writers is not exact."""
    return int(digits) if len(digits) < _LONGEST_WHOLE else float(digits)


def _mend(escape: re.Match[str]) -> str:
    """Return an escape unchanged, unless it is a lone surrogate."""
    found = escape.group()
    return r"\ufffd" if len(found) == _HALF else found
