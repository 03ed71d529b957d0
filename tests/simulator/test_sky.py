"""The sky: checked against published positions, the mount captures and plain geometry."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, strategies as st
import pytest

from simulator.sky import (
    NO_FLIP,
    SIDEREAL_RATE,
    Coordinates,
    Horizontal,
    PierSide,
    Site,
    dec_string,
    hours_to_meridian_flip,
    moon_illumination,
    moon_phase,
    moon_separation,
    ra_string,
    separation,
    side_of_pier,
)

from .captured import response

BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = datetime(2026, 11, 15, 0, 0, tzinfo=BERLIN)
SITE = Site(52.5, 13.4, 50)
M31 = Coordinates(0.7123138886666667, 41.26875)


def test_sidereal_time_at_greenwich() -> None:
    # Astronomical Algorithms (J. Meeus), example 12.a: 1987 April 10, 0h UT: 13h10m46.1351s.
    time = Site(0, 0).sidereal_time(datetime(1987, 4, 10, tzinfo=UTC))
    assert time == pytest.approx(13 + 10 / 60 + 46.1351 / 3600, abs=0.2 / 3600)


def test_horizontal_coordinates_of_a_published_example() -> None:
    # The same, example 13.b: Venus from Washington, given as apparent coordinates.
    washington = Site(38.921389, -77.065556)
    venus = Coordinates(23 + 9 / 60 + 16.641 / 3600, -(6 + 43 / 60 + 11.61 / 3600), "JNOW")
    place = washington.horizontal(venus, datetime(1987, 4, 10, 19, 21, tzinfo=UTC))
    assert place.altitude == pytest.approx(15.1249, abs=0.001)
    assert place.azimuth == pytest.approx(68.0337 + 180, abs=0.001)


def test_precession_of_a_published_example() -> None:
    # The same, example 21.b without proper motion: theta Persei to 2028 November 13.19.
    star = Coordinates(2 + 44 / 60 + 12.975 / 3600, 49 + 13 / 60 + 39.90 / 3600)
    moved = star.to_jnow(datetime(2028, 11, 13, 4, 33, tzinfo=UTC))
    assert moved.ra_degrees == pytest.approx(41.547214, abs=0.002)
    assert moved.dec_degrees == pytest.approx(49.348483, abs=0.002)
    assert moved.to_jnow(MIDNIGHT) is moved
    assert separation(moved.to_j2000(datetime(2028, 11, 13, 4, 33, tzinfo=UTC)), star) < 1e-5


@given(
    st.floats(1, 89),
    st.floats(0, 359.9),
    st.floats(-80, 80),
    st.floats(-179, 179),
)
@example(altitude=2.5, azimuth=0.0, latitude=2.5, longitude=0.0)
def test_horizontal_and_back(
    altitude: float, azimuth: float, latitude: float, longitude: float
) -> None:
    site = Site(latitude, longitude)
    place = site.horizontal(site.equatorial(Horizontal(altitude, azimuth), MIDNIGHT), MIDNIGHT)
    assert place.altitude == pytest.approx(altitude, abs=1e-5)
    assert (place.azimuth - azimuth + 180) % 360 - 180 == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    "name", ["imaging_guiding_equipment_info", "tracking_equipment_mount_info"]
)
def test_a_recorded_mount_agrees(name: str) -> None:
    mount = response(name)
    mount = mount.get("Mount", mount)
    angle = mount["SiderealTime"] - mount["RightAscension"]
    side = PierSide(mount["SideOfPier"])
    flips = [
        hours_to_meridian_flip(angle, side, tracking=True, max_minutes_after_meridian=minutes)
        for minutes in range(31)
    ]
    assert any(abs((flip - mount["TimeToMeridianFlip"] + 12) % 24 - 12) < 0.02 for flip in flips), (
        flips,
        mount["TimeToMeridianFlip"],
    )


def test_the_flip_counts_down_through_the_meridian() -> None:
    def flip(angle: float, side: PierSide, minutes: float = 10) -> float:
        return hours_to_meridian_flip(
            angle, side, tracking=True, max_minutes_after_meridian=minutes
        )

    assert flip(-3, PierSide.WEST, 0) == pytest.approx(3)
    assert flip(-3, PierSide.WEST) == pytest.approx(3 + 1 / 6)
    assert flip(0.1, PierSide.WEST) == pytest.approx(1 / 6 - 0.1)
    assert flip(0.1, PierSide.EAST) == pytest.approx(12 + 1 / 6 - 0.1)
    assert flip(11.9, PierSide.WEST, 0) == pytest.approx(12.1)
    assert hours_to_meridian_flip(1, PierSide.EAST, tracking=False) == NO_FLIP


def test_side_of_pier() -> None:
    assert side_of_pier(-1) is PierSide.WEST
    assert side_of_pier(1) is PierSide.EAST
    assert side_of_pier(23) is PierSide.WEST


def test_the_hour_angle_grows_by_sidereal_hours() -> None:
    before = SITE.hour_angle(M31, MIDNIGHT)
    after = SITE.hour_angle(M31, MIDNIGHT + timedelta(hours=2))
    assert after - before == pytest.approx(2 * SIDEREAL_RATE, abs=1e-4)


@given(
    st.floats(0, 23.99), st.floats(-89, 89), st.floats(-70, 70), st.floats(-20, 80), st.booleans()
)
def test_an_altitude_is_reached(
    right_ascension: float, declination: float, latitude: float, altitude: float, rising: bool
) -> None:
    """It was not yet just before, and is just after; what is never reached is not in a day."""
    site = Site(latitude, 13.4)
    place = Coordinates(right_ascension, declination, "JNOW")
    hours = site.hours_until(place, MIDNIGHT, altitude, rising=rising)

    def above(after: float) -> bool:
        """Return whether the place stands higher so many hours after midnight."""
        at = MIDNIGHT.astimezone(UTC) + timedelta(hours=after)
        return site.horizontal(place, at).altitude > altitude

    if hours is None:
        assert len({above(after) for after in range(24)}) == 1
        return
    assert 0 <= hours < 24
    lowest, highest = (
        site.horizontal(
            Coordinates(site.sidereal_time(MIDNIGHT) + shift, declination, "JNOW"), MIDNIGHT
        )
        for shift in (12, 0)
    )
    if lowest.altitude + 0.1 < altitude < highest.altitude - 0.1:
        assert (above(hours - 0.02), above(hours + 0.02)) == (not rising, rising)


def test_a_night_in_november() -> None:
    night = SITE.night(MIDNIGHT)
    assert night is not None
    assert night.dusk is not None
    assert night.dawn is not None
    assert night.sunset < night.dusk < MIDNIGHT < night.dawn < night.sunrise
    assert SITE.sun_altitude(night.dusk) == pytest.approx(-18, abs=0.1)
    assert SITE.sun_altitude(night.sunrise) == pytest.approx(0, abs=0.2)
    assert night.sunset.tzinfo is BERLIN
    from_the_afternoon = SITE.night(night.sunset - timedelta(hours=5))
    assert from_the_afternoon is not None
    assert abs(from_the_afternoon.sunset - night.sunset) < timedelta(seconds=5)


def test_midsummer_has_no_darkness_and_the_pole_no_night() -> None:
    june = datetime(2026, 6, 21, 23, 0, tzinfo=UTC)
    night = SITE.night(june)
    assert night is not None
    assert night.dusk is None
    assert night.dawn is None
    assert Site(80, 0).night(june) is None
    assert Site(80, 0).night(june + timedelta(days=183)) is None


@pytest.mark.parametrize("hour", range(0, 24, 3))
@pytest.mark.parametrize("month", [3, 6, 12])
def test_somewhere_it_is_night(month: int, hour: int) -> None:
    now = datetime(2026, month, 21, hour, 7, tzinfo=UTC)
    site = Site.where_it_is_night(now)
    night = site.night(now)
    assert night is not None
    assert night.dusk is not None
    assert night.dawn is not None
    middle = night.dusk + (night.dawn - night.dusk) / 2
    assert abs(middle - now) < timedelta(minutes=5)
    assert night.dawn - night.dusk > timedelta(hours=6)
    assert site.sun_altitude(now) < -25


def test_the_moon() -> None:
    full, new = datetime(2026, 11, 24, 14, 53, tzinfo=UTC), datetime(2026, 11, 9, 7, 2, tzinfo=UTC)
    assert moon_phase(full) == "FullMoon"
    assert moon_phase(new) == "NewMoon"
    assert moon_phase(full - timedelta(days=4)) == "WaxingGibbous"
    assert moon_phase(full + timedelta(days=11)) == "WaningCrescent"
    assert moon_illumination(full) > 0.99
    assert moon_illumination(new) < 0.01
    assert 0 < moon_separation(M31, full) < 180
    assert Site(52.5, 13.4).moon_altitude(datetime(2026, 11, 24, 23, 0, tzinfo=UTC)) > 40


def test_texts_as_nina_writes_them() -> None:
    assert ra_string(0.7123) == "00:42:44"
    assert ra_string(23.99999) == "00:00:00"
    assert dec_string(41.2687) == "41° 16' 07\""
    assert dec_string(-0.5) == "-00° 30' 00\""
    assert Coordinates.from_degrees(370, 1).ra_hours == pytest.approx(10 / 15)
