"""Values are written exactly as N.I.N.A.'s three serializers write them."""

from datetime import UTC, datetime, timedelta, timezone
import json
import math
import os
from pathlib import Path
from typing import Any

from hypothesis import given, strategies as st
import numpy as np
import pytest

from simulator.enums import Epoch, Named, ShutterState
from simulator.wire import REST, SOCKET, STATE, Single, Style, Table, duration, encode, moment

from .captured import capture

CENTRAL = timezone(timedelta(hours=1))
AS_SENT = (
    "after_autofocus_zero_start_equipment_focuser_last_af",
    "after_hocus_focus_equipment_focuser_last_af",
    "flats_at_dusk_event_history",
    "flats_at_dusk_image_history_all",
    "flats_then_night_event_history",
    "tracking_equipment_mount_info",
)
"""Captures whose text is exactly what was sent."""


@pytest.mark.parametrize("name", AS_SENT)
def test_captured_text_is_reproduced_byte_for_byte(name: str) -> None:
    content = capture(name)
    folder = Path(
        os.environ.get("NINA_FIXTURES", Path(__file__).parents[3] / "shared/fixtures/real")
    )
    assert encode(content) == (folder / f"{name}.json").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (20.0, "20"),
        (0.1, "0.1"),
        (-0.0, "-0"),
        (3.2e-05, "3.2E-05"),
        (1.7976931348623157e308, "1.7976931348623157E+308"),
        (1e16, "1E+16"),
        (math.nan, '"NaN"'),
        (math.inf, '"Infinity"'),
        (-math.inf, '"-Infinity"'),
        (Single(345.05954), "345.05954"),
        (Single(64.12), "64.12"),
        (np.float64(2.5), "2.5"),
        (True, "true"),
        (None, "null"),
        (7, "7"),
        (ShutterState.CLOSING, '"ShutterClosing"'),
        (Named.of(("ERROR", "WARNING"), "WARNING"), '"WARNING"'),
        ("35° 32' 29\"", r'"35\u00B0 32\u0027 29\u0022"'),
        ("a+b<c>&`\\\n", r'"a\u002Bb\u003Cc\u003E\u0026\u0060\\\n"'),
        ("🔭", r'"\uD83D\uDD2D"'),
        ([], "[]"),
        ({}, "{}"),
        ({"A": None, "B": 1}, '{"B":1}'),
        (Table(A=None, B=1), '{"A":null,"B":1}'),
    ],
)
def test_rest(value: Any, text: str) -> None:
    assert encode(value, REST) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (20.0, "20.0"),
        (20, "20"),
        (math.nan, '"NaN"'),
        (Epoch.J2000, "2"),
        ("35° 32' 29\"", '"35° 32\' 29\\""'),
        ({"A": None}, '{"A":null}'),
    ],
)
def test_socket(value: Any, text: str) -> None:
    assert encode(value, SOCKET) == text


def test_state_omits_nulls_and_writes_numbers() -> None:
    assert encode({"A": None, "B": Epoch.JNOW, "C": 1.0}, STATE) == '{"B":0,"C":1.0}'


def test_nan_was_zero_once() -> None:
    assert encode(math.nan, Style(nan_zero=True)) == "0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 2, 24, 21, 14, 3, tzinfo=CENTRAL), "2026-02-24T21:14:03+01:00"),
        (datetime(2026, 2, 24, 21, 14, 3, 500000, tzinfo=UTC), "2026-02-24T21:14:03.5000003Z"),
        (datetime(2026, 2, 24, 21, 14, 3, 1), "2026-02-24T21:14:03.000001"),  # noqa: DTZ001
        (datetime(1, 1, 1), "0001-01-01T00:00:00"),  # noqa: DTZ001
    ],
)
def test_moments(value: datetime, text: str) -> None:
    assert moment(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(), "00:00:00"),
        (timedelta(hours=3, minutes=10, seconds=22, microseconds=512341), "03:10:22.5123410"),
        (timedelta(days=1, seconds=5), "1.00:00:05"),
        (timedelta(seconds=-90), "-00:01:30"),
    ],
)
def test_durations(value: timedelta, text: str) -> None:
    assert duration(value) == text


def test_what_has_no_form_is_an_error() -> None:
    with pytest.raises(TypeError, match="no form"):
        encode(object())


@given(st.floats(allow_nan=False, allow_infinity=False), st.text())
def test_any_json_parser_reads_it(number: float, text: str) -> None:
    for style in (REST, SOCKET, STATE):
        assert json.loads(encode({"N": number, "T": text}, style)) == {"N": number, "T": text}
