"""Texts of a server: one line, bounded, nothing that hides or forges."""

import logging

from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api import NinaCommandError, NinaError, one_line
from custom_components.nina_observatory.api.plain_text import LONGEST, LONGEST_LOGGED, OneLine


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("Mount is parked", "Mount is parked"),
        ("Köln, 北京, 17 °C, 2″", "Köln, 北京, 17 °C, 2″"),
        ("  two\t\tblanks  and\u00a0more ", "two blanks and more"),
        ("first\r\nsecond\nthird", "first second third"),
        ("first\u2028second\u2029third\x85fourth\x0bfifth", "first second third fourth fifth"),
        ("\x1b[31mred\x1b[0m\x00\x07", "[31mred[0m"),
        ("safe\u202egnp.exe\u200b\ufeff", "safegnp.exe"),
        ("half \ud83d of one", "half of one"),
        ("x" * LONGEST, "x" * LONGEST),
        ("x" * (LONGEST + 1), "x" * (LONGEST - 1) + "…"),
        ("\n" * 100_000, "…"),
        ("\n" * 500 + "late" + "\n" * 500, "late…"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text(), st.integers(min_value=1, max_value=300))
def test_every_text_becomes_one_line(text: str, longest: int) -> None:
    line = one_line(text, longest)
    assert len(line) <= longest
    assert line.isprintable()
    assert len(line.splitlines()) <= 1
    assert one_line(line, longest) == line


def test_errors_are_one_line() -> None:
    assert str(NinaError("a\nb")) == "a b"
    assert len(str(NinaError("x" * 10_000))) == LONGEST
    error = NinaCommandError("No\r\nDSO", 409, ("one\n", "two"))
    assert str(error) == "No DSO: one : two"
    # What is compared with N.I.N.A.'s words is left as it came.
    assert error.text == "No\r\nDSO"


@pytest.mark.parametrize(
    ("message", "arguments", "line"),
    [
        ("%s: %s", ("rig", "all is well"), "rig: all is well"),
        ("%s: %s", ("rig", "a\n2026-02-24 ERROR forged"), "rig: a 2026-02-24 ERROR forged"),
        ("a %d% of\n%s", (), "a %d% of %s"),
        ("%s", ("x" * 5000,), "x" * (LONGEST_LOGGED - 1) + "…"),
    ],
)
def test_records_of_the_log_are_one_line(
    message: str, arguments: tuple[object, ...], line: str
) -> None:
    record = logging.LogRecord("test", logging.WARNING, "", 0, message, arguments, None)
    assert OneLine().filter(record)
    assert record.getMessage() == line


def test_arguments_that_do_not_fit_raise_nothing() -> None:
    record = logging.LogRecord("test", logging.WARNING, "", 0, "%d", ("no number",), None)
    assert OneLine().filter(record)
