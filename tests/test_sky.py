"""When it gets dark at the rig, and where the moon is."""

from datetime import UTC, datetime, timedelta
import math
from typing import Any

import ephem  # type: ignore[import-untyped]  # stubs are a package of their own
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api import Mount, Profile
from custom_components.nina_observatory.api.models.profile import AstrometrySettings
from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.diagnostics import async_get_config_entry_diagnostics
from custom_components.nina_observatory.readings.moon import moon_at, moon_separation
from custom_components.nina_observatory.readings.site import (
    Darkness,
    Site,
    is_sun_up,
    next_noon,
    site_of,
)

from .blocks import connected
from .clock import CLOCK
from .rigs import Rig, recorded_rig, reload
from .waiting import eventually

HAMBURG = Site(latitude=53.55, longitude=9.99)
SYDNEY = Site(latitude=-33.87, longitude=151.21)
LONGYEARBYEN = Site(latitude=78.22, longitude=15.65)
MINUTE = timedelta(minutes=1)


def moments(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Return times between two years."""
    start, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (first, last))
    return st.timedeltas(timedelta(), end - start).map(lambda passed: start + passed)


def at(month: int, day: int, hour: float = 0) -> datetime:
    """Return a time of 2026."""
    return datetime(2026, month, day, tzinfo=UTC) + timedelta(hours=hour)


def reference(site: Site, now: datetime, *, rising: bool) -> datetime:
    """Return the next dawn or dusk according to PyEphem."""
    observer = ephem.Observer()
    observer.lat, observer.lon = math.radians(site.latitude), math.radians(site.longitude)
    observer.pressure, observer.horizon = 0, "-18"
    observer.date = ephem.Date(now.replace(tzinfo=None))
    find = observer.next_rising if rising else observer.next_setting
    found: datetime = find(ephem.Sun(), use_center=True).datetime()
    return found.replace(tzinfo=UTC)


@pytest.mark.parametrize("site", [HAMBURG, SYDNEY])
@pytest.mark.parametrize("day", [at(2, 24), at(6, 21), at(12, 21)])
def test_sunrise_and_sunset(site: Site, day: datetime) -> None:
    """Compared with PyEphem, the sun is up from two minutes after its rise to two before its set."""
    observer = ephem.Observer()
    observer.lat, observer.lon = math.radians(site.latitude), math.radians(site.longitude)
    observer.pressure, observer.horizon = 0, "-0:34"
    observer.date = ephem.Date(day.replace(tzinfo=None))
    rise: datetime = observer.next_rising(ephem.Sun()).datetime().replace(tzinfo=UTC)
    sets: datetime = observer.next_setting(ephem.Sun()).datetime().replace(tzinfo=UTC)
    for moment, after in ((rise, True), (sets, False)):
        assert is_sun_up(moment + 2 * MINUTE, site) is after
        assert is_sun_up(moment - 2 * MINUTE, site) is not after


def test_the_midnight_sun() -> None:
    """It is up all day in summer, and never in winter."""
    hours = range(24)
    assert all(is_sun_up(at(6, 21, hour), LONGYEARBYEN) for hour in hours)
    assert not any(is_sun_up(at(12, 21, hour), LONGYEARBYEN) for hour in hours)


@pytest.mark.parametrize(
    ("site", "now"),
    [
        (HAMBURG, at(2, 24, 12)),
        (HAMBURG, at(2, 24, 23)),
        (HAMBURG, at(5, 5, 12)),
        (SYDNEY, at(6, 21)),
        (SYDNEY, at(12, 21, 9.5)),
        (LONGYEARBYEN, at(12, 21, 12)),
        (Site(latitude=19.8, longitude=-155.5), at(11, 29, 18)),
        (Site(latitude=10, longitude=180), at(3, 20, 12)),
    ],
)
def test_dusk_and_dawn(site: Site, now: datetime) -> None:
    darkness = Darkness.after(now, site)
    for moment, rising in ((darkness.dusk, False), (darkness.dawn, True)):
        assert moment is not None
        assert abs(moment - reference(site, now, rising=rising)) <= 1.5 * MINUTE
        assert now < moment <= now + timedelta(hours=25)


@pytest.mark.parametrize(
    ("site", "now"),
    [
        (LONGYEARBYEN, at(6, 21)),
        (HAMBURG, at(6, 21)),
        # Always dark.
        (Site(latitude=90, longitude=0), at(12, 21)),
        (Site(latitude=-90, longitude=0), at(12, 21)),
    ],
)
def test_it_never_gets_dark_or_light(site: Site, now: datetime) -> None:
    assert Darkness.after(now, site) == Darkness()


@given(
    st.floats(-90, 90),
    st.floats(-180, 360),
    moments(2000, 2099),
)
def test_every_site_at_any_time(latitude: float, longitude: float, now: datetime) -> None:
    """The next ones are in the future, and stay the next ones until they have passed."""
    if (site := Site.of(latitude, longitude)) is None:
        return
    darkness = Darkness.after(now, site)
    assert now < next_noon(now, site) <= now + timedelta(days=1)
    for each in (darkness.dusk, darkness.dawn):
        if each is not None:
            assert now < each <= now + timedelta(days=3)
    if darkness.dusk is not None:
        assert Darkness.after(darkness.dusk - timedelta(seconds=1), site).dusk == darkness.dusk
        assert Darkness.after(darkness.dusk, site).dusk != darkness.dusk


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(None, 9.99), (53.55, None), (0.0, 0.0), (91.0, 9.99), (53.55, 361.0), (math.nan, 9.99)],
)
def test_no_site(latitude: float | None, longitude: float | None) -> None:
    assert Site.of(latitude, longitude) is None


def test_site_of_the_profile_or_of_the_mount() -> None:
    mount = Mount(connected=True, site_latitude=-33.87, site_longitude=151.21)
    profile = Profile(astrometry=AstrometrySettings(latitude=53.55, longitude=9.99))
    unset = Profile(astrometry=AstrometrySettings(latitude=0.0, longitude=0.0))
    assert site_of(profile, mount) == HAMBURG
    assert site_of(unset, mount) == site_of(None, mount) == SYDNEY
    assert site_of(unset, None) is None
    assert Site.of(10, 200) == Site(latitude=10, longitude=-160)


def separation(right_ascension: float, declination: float, now: datetime, site: Site) -> float:
    """Return how far the moon is from a place of J2000 according to PyEphem, seen from a site."""
    observer = ephem.Observer()
    observer.lat, observer.lon = math.radians(site.latitude), math.radians(site.longitude)
    observer.pressure = 0
    observer.date = ephem.Date(now.replace(tzinfo=None))
    moon = ephem.Moon(observer)
    place = ephem.FixedBody()
    place._ra, place._dec = math.radians(right_ascension), math.radians(declination)
    place.compute(observer)
    return math.degrees(ephem.separation((moon.ra, moon.dec), (place.ra, place.dec)))


@given(
    st.floats(0, 359),
    st.floats(-89, 89),
    moments(2020, 2040),
    st.sampled_from([HAMBURG, SYDNEY, LONGYEARBYEN]),
)
def test_moon(right_ascension: float, declination: float, now: datetime, site: Site) -> None:
    """As exact as it is shown, at any time and from everywhere."""
    found = moon_separation(right_ascension, declination, now, site)
    assert found == pytest.approx(separation(right_ascension, declination, now, site), abs=0.4)


def test_moon_without_a_site() -> None:
    """Jean Meeus, Astronomical Algorithms, example 47.a: moon at 134.69°, 13.77° of the date."""
    moment = datetime(1992, 4, 12, tzinfo=UTC)
    moon = moon_at(moment)
    assert moon.right_ascension.degrees == pytest.approx(134.69, abs=0.3)
    assert moon.declination.degrees == pytest.approx(13.77, abs=0.3)
    assert moon_separation(360, 90, moment) == pytest.approx(90 - 13.77, abs=0.3)


DUSK, DAWN = "hub_next_dusk", "hub_next_dawn"


def answers(latitude: float, longitude: float) -> dict[str, Any]:
    """Return the answer of a server with a site in its profile."""
    return {"profile/show": {"AstrometrySettings": {"Latitude": latitude, "Longitude": longitude}}}


@pytest.fixture
def blocks() -> dict[str, Any]:
    """Return equipment whose mount has no site."""
    blocks = connected()
    blocks["Mount"] |= {"SiteLatitude": 0, "SiteLongitude": 0}
    return blocks


def moment(rig: Rig, unique: str) -> datetime | None:
    """Return the time that a sensor shows."""
    return dt_util.parse_datetime(rig.sensor(unique))


@pytest.mark.usefixtures("socket_enabled")
async def test_by_day_with_nina_closed(hass: HomeAssistant, blocks: dict[str, Any]) -> None:
    """Known when people look, also after a restart; where the rig is, nobody learns from them."""
    async with recorded_rig(hass, blocks, answers(-33.87, 151.21)) as rig:
        await eventually(lambda: moment(rig, DUSK) is not None)
        expected = Darkness.after(dt_util.utcnow(), SYDNEY)
        assert (moment(rig, DUSK), moment(rig, DAWN)) == (expected.dusk, expected.dawn)
        await rig.close_nina()
        await reload(rig)
        assert (moment(rig, DUSK), moment(rig, DAWN)) == (expected.dusk, expected.dawn)
        shown = rig.get("sensor", DUSK).attributes
        assert set(shown) == {"device_class", "friendly_name"}
        told = str(await async_get_config_entry_diagnostics(hass, rig.entry))
        assert not any(secret in told for secret in ("33.8", "151.2"))


@pytest.mark.usefixtures("socket_enabled")
async def test_renewed_when_passed(hass: HomeAssistant, blocks: dict[str, Any]) -> None:
    """Each at its own moment, and neither in between."""
    async with recorded_rig(hass, blocks, answers(-33.87, 151.21)) as rig:
        await eventually(lambda: moment(rig, DUSK) is not None)
        sky = rig.entry.runtime_data.sky
        changes: list[Darkness] = []
        sky.async_add_listener(lambda: changes.append(sky.darkness))
        first, second = sorted(each for each in (moment(rig, DUSK), moment(rig, DAWN)) if each)
        CLOCK.turn((first - dt_util.utcnow()).total_seconds() - 30)
        await eventually(lambda: changes, 60)
        assert first <= dt_util.utcnow() < first + MINUTE
        following = {moment(rig, DUSK), moment(rig, DAWN)}
        assert second in following
        assert min(each for each in following if each) > first
        assert len(changes) == 1


@pytest.mark.usefixtures("socket_enabled")
async def test_without_a_site(
    hass: HomeAssistant, blocks: dict[str, Any], hass_storage: dict[str, Any]
) -> None:
    """A profile that nobody filled in is not on the equator; a site entered later counts."""
    async with recorded_rig(hass, blocks, answers(0, 0)) as rig:
        assert (rig.sensor(DUSK), rig.sensor(DAWN)) == ("unknown", "unknown")
        rig.server.answers |= answers(-33.87, 151.21)
        rig.entry.runtime_data.settings.async_note_profile_change()
        await eventually(lambda: moment(rig, DUSK) is not None)
        entry_id = rig.entry.entry_id
    assert await hass.config_entries.async_remove(entry_id)
    assert f"{DOMAIN}.{entry_id}.site" not in hass_storage
