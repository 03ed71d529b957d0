"""The wire's spellings of values, one by one, and that nothing whatever raises."""

from datetime import UTC, datetime, timedelta, timezone
import math
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api.models import wire

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FUNCTIONS = (
    wire.number,
    wire.integer,
    wire.flag,
    wire.known_flag,
    wire.text,
    wire.identifier,
    wire.setting,
    wire.count,
    wire.size,
    wire.positive,
    wire.not_negative,
    wire.limit,
    wire.hours,
    wire.latitude,
    wire.hours_to_flip,
    wire.moment,
    wire.utc_moment,
    wire.duration,
    wire.mapping,
    wire.items,
)
WORDS = st.sampled_from(
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59.9999999+14:00",
        "0001-01-01T00:00:00+14:00",
        "24:00:00",
        "-99999999.9999:99:99.9999999",
        10**400,
        -(10**400),
        1.7976931348623157e308,
    ]
)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: str(function.__name__))
@given(raw=JSON | WORDS)
def test_nothing_raises(function: Any, raw: Any) -> None:
    function(raw)


@given(raw=JSON | WORDS)
def test_a_number_is_finite(raw: Any) -> None:
    value = wire.number(raw)
    assert value is None or math.isfinite(value)


@given(raw=JSON | WORDS | st.datetimes(timezones=st.timezones()).map(datetime.isoformat))
def test_a_moment_knows_its_offset(raw: Any) -> None:
    value = wire.moment(raw)
    assert value is None or value.utcoffset() is not None


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (0, 0.0),
        (-9.9, -9.9),
        (1.7976931348623157e308, None),
        ("NaN", None),
        ("Infinity", None),
        ("-Infinity", None),
        ("12", None),
        (True, None),
        (None, None),
        ([], None),
        (10**400, None),
    ],
)
def test_numbers(raw: Any, value: float | None) -> None:
    assert wire.number(raw) == value


@pytest.mark.parametrize(
    ("function", "raw", "value"),
    [
        (wire.integer, 5, 5),
        (wire.integer, 5.0, 5),
        (wire.integer, 5.5, None),
        (wire.integer, 1e300, None),
        (wire.flag, True, True),
        (wire.flag, 1, False),
        (wire.flag, "true", False),
        (wire.flag, None, False),
        (wire.known_flag, False, False),
        (wire.known_flag, 0, None),
        (wire.text, "Ha", "Ha"),
        (wire.text, " Ha", " Ha"),
        (wire.text, "", None),
        (wire.text, "  ", None),
        (wire.text, 5, None),
        (wire.identifier, "a", "a"),
        (wire.identifier, None, ""),
        (wire.identifier, "NaN", ""),
        (wire.setting, -1, None),
        (wire.setting, -25, -25),
        (wire.setting, 0, 0),
        (wire.count, -1, None),
        (wire.count, 0, 0),
        (wire.size, 0, None),
        (wire.size, 6248, 6248),
        (wire.positive, 0, None),
        (wire.positive, 3.76, 3.76),
        (wire.not_negative, -1, None),
        (wire.not_negative, 0, 0.0),
        (wire.limit, 1.7976931348623157e308, None),
        (wire.limit, 2000, 2000.0),
        (wire.hours, 23.99, 23.99),
        (wire.hours, 24.01, None),
        (wire.hours, -0.1, None),
        (wire.latitude, -90, -90.0),
        (wire.latitude, 90.5, None),
        (wire.hours_to_flip, 24, None),
        (wire.hours_to_flip, 11.6, 11.6),
        (wire.hours_to_flip, 0, 0.0),
        (wire.mapping, {"A": 1}, {"A": 1}),
        (wire.mapping, [], {}),
        (wire.items, {}, []),
    ],
)
def test_fields(function: Any, raw: Any, value: Any) -> None:
    decoded = function(raw)
    assert decoded == value
    assert type(decoded) is type(value) or function is wire.mapping


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (
            "2026-02-24T21:14:03.1234567+01:00",
            datetime(2026, 2, 24, 21, 14, 3, 123456, timezone(timedelta(hours=1))),
        ),
        ("2026-02-24T21:14:03Z", datetime(2026, 2, 24, 21, 14, 3, tzinfo=UTC)),
        ("2026-02-24T21:14:03", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("1970-01-01T01:00:00+01:00", None),
        ("1969-12-31T19:00:00-05:00", None),
        ("9999-12-31T23:59:59.9999999Z", None),
        ("9998-12-31T23:59:59-14:00", None),
        ("2200-01-01T00:00:00+14:00", None),
        ("2199-12-31T23:59:59-14:00", None),
        ("1971-01-01T00:00:00+14:00", None),
        ("1970-12-31T23:59:59-14:00", None),
        ("1971-01-02T00:00:00Z", datetime(1971, 1, 2, tzinfo=UTC)),
        ("2199-12-30T00:00:00Z", datetime(2199, 12, 30, tzinfo=UTC)),
        ("tonight", None),
        (0, None),
    ],
)
def test_moments(raw: Any, value: datetime | None) -> None:
    assert wire.moment(raw) == value


def test_the_clock_of_a_mount_is_utc_though_it_does_not_say_so() -> None:
    assert wire.utc_moment("2026-02-24T21:14:03") == datetime(2026, 2, 24, 21, 14, 3, tzinfo=UTC)
    assert wire.utc_moment("0001-01-01T00:00:00") is None


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("00:02:41.1234567", timedelta(minutes=2, seconds=41, microseconds=123456)),
        ("03:10:22", timedelta(hours=3, minutes=10, seconds=22)),
        ("1.02:03:04", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("-00:00:01.5", -timedelta(seconds=1.5)),
        ("24:00:00", timedelta(hours=24)),
        ("2:3", None),
        ("--", None),
        (60, None),
    ],
)
def test_durations(raw: Any, value: timedelta | None) -> None:
    assert wire.duration(raw) == value
