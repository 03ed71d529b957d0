"""Day, twilight, and night over a site, and the phase of the moon."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
import math

from astral.sun import elevation  # type: ignore[import-untyped]  # Home Assistant ships it
import ephem  # type: ignore[import-untyped]  # stubs are a package of their own
from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.readings import twilight
from custom_components.nina_observatory.readings.moon import moon_phase
from custom_components.nina_observatory.readings.site import Site
from custom_components.nina_observatory.readings.twilight import (
    LIMITS,
    Light,
    night_at,
    spells,
    tonight,
)

from .test_sky import HAMBURG, LONGYEARBYEN, SYDNEY, at, moments

POLE = Site(latitude=90, longitude=0)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

# A whole night, evening and morning.
NIGHT = [4, 3, 2, 1, 0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("site", "now", "lights"),
    [
        (HAMBURG, at(2, 24, 20), NIGHT),
        (SYDNEY, at(6, 21, 12), NIGHT),
        (SYDNEY, at(12, 21, 12), NIGHT),
        # Not dark in June, only gray further north, and light beyond the circle.
        (HAMBURG, at(6, 21, 20), [4, 3, 2, 1, 2, 3, 4]),
        (Site(latitude=61.5, longitude=10.7), at(6, 21, 22), [4, 3, 4]),
        (LONGYEARBYEN, at(6, 21, 20), [4]),
        # The sun stays down, and it gets no lighter than this.
        (LONGYEARBYEN, at(12, 21, 20), [2, 1, 0, 1, 2]),
        (POLE, at(12, 21, 20), [0]),
        (POLE, at(6, 21, 20), [4]),
    ],
)
def test_a_night(site: Site, now: datetime, lights: list[int]) -> None:
    start, end = tonight(site, now)
    assert start <= now < end
    assert [spell.light for spell in spells(site, start, end)] == lights


@pytest.mark.parametrize("site", [HAMBURG, SYDNEY])
@pytest.mark.parametrize("horizon", LIMITS)
def test_the_sun_agrees_with_ephem(site: Site, horizon: float) -> None:
    start = at(3, 29, 12) - timedelta(hours=site.longitude / 15)
    observer = ephem.Observer()
    observer.lat, observer.lon = math.radians(site.latitude), math.radians(site.longitude)
    observer.pressure, observer.horizon = 0, math.radians(horizon)
    observer.date = ephem.Date(start.replace(tzinfo=None))
    darker = Light(LIMITS.index(horizon))
    spell = [each for each in spells(site, start, start + DAY) if each.light is darker]
    setting = observer.next_setting(ephem.Sun(), use_center=True).datetime().replace(tzinfo=UTC)
    rising = observer.next_rising(ephem.Sun(), use_center=True).datetime().replace(tzinfo=UTC)
    assert abs(spell[0].start - setting) < MINUTE
    assert abs(spell[-1].end - rising) < MINUTE


def test_by_day_the_next_night_is_shown() -> None:
    """From the morning on, when the sun is up, and not from noon on."""
    _, end = tonight(HAMBURG, at(2, 24, 23))
    following, _ = tonight(HAMBURG, end)
    assert end < following < end + timedelta(hours=12)
    assert tonight(HAMBURG, end - MINUTE)[1] == end


@given(st.floats(-90, 90), st.floats(-180, 180), moments(2000, 2099))
def test_every_site_at_any_time(latitude: float, longitude: float, now: datetime) -> None:
    """A night has no gaps, is not over, and begins within a day."""
    site = Site(latitude=latitude, longitude=longitude)
    start, end = tonight(site, now)
    assert now < end <= start + DAY
    assert start <= now + DAY
    found = spells(site, start, end)
    assert (found[0].start, found[-1].end) == (start, end)
    for one, other in pairwise(found):
        assert one.start < one.end == other.start
        assert one.light is not other.light


@pytest.mark.parametrize("site", [HAMBURG, LONGYEARBYEN, SYDNEY])
@pytest.mark.parametrize("now", [at(6, 21, 20), at(12, 21, 8)])
def test_it_does_not_hold_the_event_loop(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look at the sun takes 5 µs on a good computer, and ten times as long on a small one."""
    looks = []

    def count(*args: object, **more: object) -> float:
        looks.append(args)
        return float(elevation(*args, **more))

    monkeypatch.setattr(twilight, "elevation", count)
    tonight(site, now)
    assert 0 < len(looks) < 160


def test_no_time_at_all() -> None:
    assert spells(HAMBURG, at(2, 24), at(2, 24)) == ()


def test_a_night_begins_after_its_noon() -> None:
    """At the pole it is one of twenty-four hours."""
    noon = at(12, 21, 12)
    assert night_at(POLE, noon) == (noon, noon + DAY)


@given(moments(2020, 2040))
def test_the_phase_agrees_with_ephem(now: datetime) -> None:
    found, theirs = moon_phase(now), ephem.Moon(ephem.Date(now.replace(tzinfo=None)))
    assert found.illuminated == pytest.approx(theirs.moon_phase, abs=0.01)
    new = ephem.previous_new_moon(ephem.Date(now.replace(tzinfo=None))).datetime()
    age = now - new.replace(tzinfo=UTC)
    if min(abs(age - timedelta(days=days)) for days in (0, 14.77, 29.53)) > timedelta(days=1.5):
        assert found.waxing == (age < timedelta(days=14.77))
