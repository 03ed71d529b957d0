"""Coordinates: what people type, and where the sky has moved since 2000."""

# ruff: noqa: RUF001  # people do type these characters

from datetime import UTC, datetime
import math

import ephem  # type: ignore[import-untyped]  # stubs are a package of their own
from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api.coordinates import (
    CoordinateError,
    Declination,
    RightAscension,
    SkyPosition,
    centuries_since_2000,
    degrees_as_text,
    hours_as_text,
    position_as_text,
)

ARCSECOND = 1 / 3600


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        (83.6333, 83.6333),
        (0, 0.0),
        ("83.6333", 83.6333),
        ("05h34m32s", 83.633333),
        ("5h 34m 32.5s", 83.635417),
        ("05:34:32", 83.633333),
        ("05 34 32", 83.633333),
        ("05:34", 83.5),
        ("5h34", 83.5),
        ("5.5h", 82.5),
        ("05ʰ34ᵐ32ˢ", 83.633333),
        ("05h34′32″", 83.633333),
        ("05h34'32''", 83.633333),
        ("83°38′00″", 83.633333),
        ("83d38m", 83.633333),
        ("83.5°", 83.5),
        ("23:59:59.9", 359.999583),
    ],
)
def test_right_ascension(text: object, degrees: float) -> None:
    """Numbers are degrees; sexagesimal text is in hours unless it says degrees."""
    assert RightAscension.parse(text).degrees == pytest.approx(degrees, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        (-90, -90.0),
        ("+22.0144", 22.0144),
        ("+22°00′52″", 22.014444),
        ("+22º00’52”", 22.014444),
        ("22d00m52s", 22.014444),
        ("22°00'52\"", 22.014444),
        ("+22:00:52", 22.014444),
        ("22 00 52", 22.014444),
        ("−0°30′", -0.5),
        ("-0:30:00", -0.5),
        ("–00 30 00", -0.5),
        ("+0°30′", 0.5),
        ("- 05°23′28.1″", -5.391139),
        ("90°", 90.0),
        ("22°\N{NO-BREAK SPACE}00′\N{NARROW NO-BREAK SPACE}52″", 22.014444),
    ],
)
def test_declination(text: object, degrees: float) -> None:
    """All signs, also those of word processors, and a sign before zero degrees."""
    assert Declination.parse(text).degrees == pytest.approx(degrees, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "24:00:00",
        "24h",
        360,
        -0.1,
        "-5h",
        "5:60:00",
        "5:30:60",
        "5.5:30:00",
        "5h34.5m10s",
        "34m32s",
        "5h34m32s5",
        "five hours",
        "",
        "5,5",
        "1e2",
        "5h34°",
        True,
        None,
        [5],
        math.nan,
        math.inf,
        "nan",
        "٥:30:00",
    ],
)
def test_what_is_no_right_ascension(text: object) -> None:
    """Nothing is guessed."""
    with pytest.raises(CoordinateError):
        RightAscension.parse(text)


@pytest.mark.parametrize("text", ["05h34m32s", 90.1, "-91", "-90°00′01″", "22°60′", "22°00′60″"])
def test_what_is_no_declination(text: object) -> None:
    """Nor are hours and what lies beyond the poles."""
    with pytest.raises(CoordinateError):
        Declination.parse(text)


@given(st.text())
def test_no_text_does_anything_but_raise(text: str) -> None:
    """Whatever is typed is a coordinate or an error of ours."""
    for kind in (RightAscension, Declination):
        try:
            assert math.isfinite(kind.parse(text).degrees)
        except CoordinateError:
            continue


@given(st.integers(-90 * 3600 * 10, 90 * 3600 * 10))
def test_sexagesimal_text_keeps_its_value(tenths: int) -> None:
    """A declination written to a tenth of an arc second is read as it was written."""
    size = abs(tenths)
    minutes, rest = divmod(size, 600)
    text = f"{'-' if tenths < 0 else '+'}{minutes // 60:02}°{minutes % 60:02}′{rest / 10:04.1f}″"
    assert Declination.parse(text).degrees == pytest.approx(tenths / 36000, abs=1e-9)


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (0.9063889, "00h 54m 23s"),
        (0.0, "00h 00m 00s"),
        (3.9998611, "03h 59m 59s"),
        # 59.6 s are the next minute, and 24 h begin again.
        (5 + 59 / 60 + 59.6 / 3600, "06h 00m 00s"),
        (23.99999, "00h 00m 00s"),
        (24.0, "00h 00m 00s"),
        (-0.00001, "00h 00m 00s"),
        (None, None),
        (math.nan, None),
        (math.inf, None),
    ],
)
def test_right_ascension_as_text(hours: float | None, text: str | None) -> None:
    assert hours_as_text(hours) == text


@pytest.mark.parametrize(
    ("hours", "text"), [(3.5, "03h 30m"), (23.995, "00h 00m"), (12.9917, "13h 00m"), (None, None)]
)
def test_sidereal_time_as_text(hours: float | None, text: str | None) -> None:
    assert hours_as_text(hours, seconds=False) == text


@pytest.mark.parametrize(
    ("degrees", "text"),
    [
        (56.0161111, "+56° 00′ 58″"),
        (0.0, "+00° 00′ 00″"),
        (-0.0, "+00° 00′ 00″"),
        (-0.0001, "+00° 00′ 00″"),
        (-0.5, "−00° 30′ 00″"),
        (-0.0002, "−00° 00′ 01″"),
        (-5.3911389, "−05° 23′ 28″"),
        (9 + 59 / 60 + 59.6 / 3600, "+10° 00′ 00″"),
        (-(9 + 59 / 60 + 59.6 / 3600), "−10° 00′ 00″"),
        (90.0, "+90° 00′ 00″"),
        (-89.99999, "−90° 00′ 00″"),
        (None, None),
        (math.nan, None),
        (-math.inf, None),
    ],
)
def test_declination_as_text(degrees: float | None, text: str | None) -> None:
    assert degrees_as_text(degrees) == text


def test_position_as_text() -> None:
    """Half a place is none."""
    assert position_as_text(0.9063889, 56.0161111) == "00h 54m 23s +56° 00′ 58″"
    assert position_as_text(None, 56.0) is None
    assert position_as_text(1.0, None) is None


@given(st.floats(0, 23.9998), st.floats(-90, 90))
def test_what_is_shown_can_be_typed(hours: float, degrees: float) -> None:
    """An action takes what an entity shows, and means the same to half a second."""
    shown, written = hours_as_text(hours), degrees_as_text(degrees)
    assert RightAscension.parse(shown).degrees == pytest.approx(15 * hours, abs=7.6 * ARCSECOND)
    assert Declination.parse(written).degrees == pytest.approx(degrees, abs=0.51 * ARCSECOND)


DATES = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1))  # noqa: DTZ001  # UTC is added


@given(st.floats(0, 359.999), st.floats(-89.9, 89.9), DATES)
def test_precession_agrees_with_ephem(ra: float, dec: float, at: datetime) -> None:
    """The equinox of the date is that of another astronomer to an arc second."""
    ours = SkyPosition.of_degrees(ra, dec).precessed(centuries_since_2000(at.replace(tzinfo=UTC)))
    theirs = ephem.Equatorial(
        ephem.Equatorial(math.radians(ra), math.radians(dec), epoch=ephem.J2000),
        epoch=ephem.Date(at),
    )
    other = SkyPosition.of_degrees(math.degrees(theirs.ra) % 360, math.degrees(theirs.dec))
    assert ours.separation(other) < ARCSECOND


def test_precession_over_a_quarter_of_a_century() -> None:
    """The Crab nebula has moved by more than any tolerance for a slew."""
    crab = SkyPosition(RightAscension.parse("05h34m32s"), Declination.parse("+22°00′52″"))
    moved = crab.precessed(centuries_since_2000(datetime(2026, 11, 21, tzinfo=UTC)))
    assert crab.separation(moved) * 60 == pytest.approx(22.5, abs=0.5)


@given(st.floats(0, 359.999), st.floats(-90, 90), st.floats(0, 359.999), st.floats(-90, 90))
def test_separation_agrees_with_ephem(a: float, b: float, c: float, d: float) -> None:
    """Distances, also very small and very large ones."""
    ours = SkyPosition.of_degrees(a, b).separation(SkyPosition.of_degrees(c, d))
    theirs = math.degrees(
        ephem.separation(
            (math.radians(a), math.radians(b)),
            (math.radians(c), math.radians(d)),
        )
    )
    assert ours == pytest.approx(theirs, abs=1e-4)


def test_altitude() -> None:
    """The pole stands as high as the latitude, and what transits is highest."""
    assert SkyPosition.of_degrees(0, 90).altitude(47.2, 3.0) == pytest.approx(47.2)
    assert SkyPosition.of_degrees(45, 47.2).altitude(47.2, 3.0) == pytest.approx(90, abs=1e-4)
    assert SkyPosition.of_degrees(225, 0).altitude(47.2, 3.0) == pytest.approx(-42.8)
