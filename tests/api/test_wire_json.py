"""JSON as servers write it: odd values cost themselves."""

import json
from math import inf
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api.wire_json import loads

HALF = "\ufffd"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": "\\ud800"}', {"a": HALF}),
        (b'{"a": "\\udc00 \\uD83D\\uDE00 \\ud83d"}', {"a": f"{HALF} \U0001f600 {HALF}"}),
        (b'{"a": "\\\\ud800 \\\\\\udbff"}', {"a": f"\\ud800 \\{HALF}"}),
        (b'{"\\ud800": 1, "b": 2}', {HALF: 1, "b": 2}),
        (b'{"a": NaN, "b": [Infinity, -Infinity], "c": 1}', {"a": None, "b": [None, None], "c": 1}),
        (b'{"a": 1e400, "b": -1e400}', {"a": inf, "b": -inf}),
        (b'{"a": NaN, "b": %s}' % (b"9" * 400), {"a": None, "b": inf}),
        (b'{"a": "\xff", "b": 1}', {"a": HALF, "b": 1}),
        (b"\xef\xbb\xbf[1]", [1]),
    ],
)
def test_one_odd_value(body: bytes, value: Any) -> None:
    """All others are as they are."""
    assert loads(body) == value


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"<html>", b"{", b"[1,]", b"NaNs", b"[" * 100_000, b'"' + b"\xff" * 5_000_000],
)
def test_what_is_no_json(body: bytes) -> None:
    """It is refused with the error that all callers expect."""
    with pytest.raises(ValueError, match=r"."):
        loads(body)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.floats(allow_nan=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_mended_or_not_it_says_the_same(value: Any) -> None:
    """An odd value beside it changes nothing."""
    whole = json.dumps(value, allow_nan=True).encode()
    mended = loads(b'{"odd":"\\ud800","value":' + whole + b"}")
    assert mended == {"odd": "\ufffd", "value": loads(whole)}
    json.dumps(mended).encode()
