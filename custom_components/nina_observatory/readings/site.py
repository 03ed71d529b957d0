"""The site of the rig, and when it gets dark there."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Self

from astral import Observer  # type: ignore[import-untyped]  # Home Assistant ships it
from astral.sun import elevation  # type: ignore[import-untyped]  # see above

from ..api import Mount, Profile

# The altitude of the sun in degrees at which astronomical twilight begins and ends.
DARK: Final = -18.0
# The altitude at which the upper edge of the sun rises and sets, with refraction.
HORIZON: Final = -0.833
DAY: Final = timedelta(days=1)
# Nights in which the next dusk and dawn are looked for. Where none of these gets dark, "next" would
# be weeks away.
NIGHTS: Final = 3
# Twelve hours, halved as often, are less than a second.
HALVINGS: Final = 16
# Sites without these degrees of latitude and longitude are a default: the Gulf of Guinea.
UNSET: Final = 0.01
# A mount with a GPS receiver never reports quite the same place, in degrees.
SAME_PLACE: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place on Earth in degrees, with longitudes from -180 to 180, east positive."""

    latitude: float
    longitude: float

    @classmethod
    def of(cls, latitude: float | None, longitude: float | None) -> Self | None:
        """Return a site; None if a part is unknown, impossible, or both are those of no site."""
        if latitude is None or longitude is None or not abs(latitude) <= 90:
            return None
        if not -180 <= longitude <= 360 or max(abs(latitude), abs(longitude)) < UNSET:
            return None
        return cls(latitude=latitude, longitude=longitude - 360 if longitude > 180 else longitude)

    def is_near(self, other: Site) -> bool:
        """Return whether another site is the same place, measured again."""
        return (
            abs(self.latitude - other.latitude) < SAME_PLACE
            and abs(self.longitude - other.longitude) < SAME_PLACE
        )


def site_of(profile: Profile | None, mount: Mount | None) -> Site | None:
    """Return the site in the profile, or else that of the mount."""
    place = None if profile is None else profile.astrometry
    site = None if place is None else Site.of(place.latitude, place.longitude)
    if site is None and mount is not None:
        site = Site.of(mount.site_latitude, mount.site_longitude)
    return site


def is_sun_up(moment: datetime, site: Site) -> bool:
    """Return whether the sun is above the horizon of a site."""
    observer = Observer(site.latitude, site.longitude)
    altitude: float = elevation(observer, moment, with_refraction=False)
    return altitude > HORIZON


@dataclass(frozen=True, slots=True, kw_only=True)
class Darkness:
    """The next astronomical dusk and dawn; None if the sun does not pass -18° in the next nights."""

    dusk: datetime | None = None
    dawn: datetime | None = None

    @classmethod
    def after(cls, now: datetime, site: Site) -> Self:
        """Return the next dusk and dawn, to the minute."""
        dusk: datetime | None = None
        dawn: datetime | None = None
        noon = _noon_before(now, site)
        for _ in range(NIGHTS):
            midnight, following = noon + DAY / 2, noon + DAY
            dusk = dusk or _later(now, _crossing(site, noon, midnight))
            dawn = dawn or _later(now, _crossing(site, following, midnight))
            noon = following
        return cls(dusk=dusk, dawn=dawn)


def next_noon(now: datetime, site: Site) -> datetime:
    """Return the next local mean noon of a site."""
    return _noon_before(now, site) + DAY


def _noon_before(now: datetime, site: Site) -> datetime:
    """Return the last local mean noon of a site, within 17 minutes of the sun's highest point."""
    noon = datetime.combine(now.astimezone(UTC).date(), time(12), UTC)
    noon -= timedelta(hours=site.longitude / 15)
    return noon + DAY * ((now - noon) // DAY)


def _later(now: datetime, moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment > now else None


# Every look during a day asks for those of the same nights.
@lru_cache(maxsize=16)
def _crossing(site: Site, light: datetime, dark: datetime) -> datetime | None:
    """Return when the sun passes -18° between a noon and a midnight, in any order.

    None if it stays above or below: astral's own functions raise an error then.
    """
    observer = Observer(site.latitude, site.longitude)

    def is_dark(moment: datetime) -> bool:
        altitude: float = elevation(observer, moment, with_refraction=False)
        return altitude <= DARK

    if is_dark(light) or not is_dark(dark):
        return None
    for _ in range(HALVINGS):
        middle = light + (dark - light) / 2
        if is_dark(middle):
            dark = middle
        else:
            light = middle
    return (dark + timedelta(seconds=30)).replace(second=0, microsecond=0)
