"""The turning sky above a site: sidereal time, horizontal coordinates, flips, twilight, moon."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
import math
from typing import Literal

import ephem  # type: ignore[import-untyped]  # stubs are a package of their own

__all__ = [
    "NO_FLIP",
    "Coordinates",
    "Horizontal",
    "Night",
    "PierSide",
    "Site",
    "dec_string",
    "hours_to_meridian_flip",
    "moon_illumination",
    "moon_phase",
    "moon_separation",
    "ra_string",
    "separation",
    "side_of_pier",
]

SIDEREAL_RATE = 1.002737909
"""Sidereal seconds in one second of the clock."""

NO_FLIP = 24.0
"""What N.I.N.A. reports as hours to the meridian flip when there is none."""

_PHASES = (
    "NewMoon",
    "WaxingCrescent",
    "FirstQuarter",
    "WaxingGibbous",
    "FullMoon",
    "WaningGibbous",
    "LastQuarter",
    "WaningCrescent",
)


class PierSide(StrEnum):
    """Side of pier by its wire name; `EAST` looks west, `WEST` looks east."""

    EAST = "pierEast"
    WEST = "pierWest"
    UNKNOWN = "pierUnknown"


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Equatorial coordinates: right ascension in hours, declination in degrees."""

    ra_hours: float
    dec_degrees: float
    epoch: Literal["J2000", "JNOW"] = "J2000"

    @classmethod
    def from_degrees(
        cls,
        ra_degrees: float,
        dec_degrees: float,
        epoch: Literal["J2000", "JNOW"] = "J2000",
    ) -> Coordinates:
        """Return coordinates whose right ascension is given in degrees."""
        return cls(ra_degrees / 15 % 24, dec_degrees, epoch)

    @property
    def ra_degrees(self) -> float:
        """Return the right ascension in degrees."""
        return self.ra_hours * 15

    def to_jnow(self, at: datetime) -> Coordinates:
        """Return the same direction in the equinox of the date."""
        return self if self.epoch == "JNOW" else _precess(self, ephem.J2000, _date(at), "JNOW")

    def to_j2000(self, at: datetime) -> Coordinates:
        """Return the same direction in the equinox of J2000."""
        return self if self.epoch == "J2000" else _precess(self, _date(at), ephem.J2000, "J2000")


@dataclass(frozen=True, slots=True)
class Horizontal:
    """Altitude above the horizon and azimuth from north through east, in degrees."""

    altitude: float
    azimuth: float


@dataclass(frozen=True, slots=True)
class Night:
    """A night: from sunset to sunrise; dusk and dawn are None when it never gets fully dark."""

    sunset: datetime
    dusk: datetime | None
    dawn: datetime | None
    sunrise: datetime


@dataclass(frozen=True, slots=True)
class Site:
    """A place on Earth: degrees north, degrees east, meters above the sea."""

    latitude: float
    longitude: float
    elevation: float = 0.0

    @classmethod
    def where_it_is_night(
        cls, now: datetime, latitude: float = 34.0, elevation: float = 1200.0
    ) -> Site:
        """Return a place of that latitude where `now` is the middle of the night."""
        sun = ephem.Sun(_date(now))
        greenwich = cls(0.0, 0.0).sidereal_time(now) * 15
        longitude = (math.degrees(sun.g_ra) + 180 - greenwich + 180) % 360 - 180
        return cls(latitude, round(longitude, 4), elevation)

    def sidereal_time(self, at: datetime) -> float:
        """Return the local apparent sidereal time in hours."""
        return math.degrees(self._observer(at).sidereal_time()) / 15

    def horizontal(self, coordinates: Coordinates, at: datetime) -> Horizontal:
        """Return where that direction stands, without refraction."""
        return self.horizontal_of(coordinates.to_jnow(at), self.sidereal_time(at))

    def horizontal_of(self, jnow: Coordinates, sidereal_time: float) -> Horizontal:
        """Return where coordinates of the date stand at a sidereal time."""
        angle = math.radians((sidereal_time - jnow.ra_hours) * 15)
        latitude, declination = math.radians(self.latitude), math.radians(jnow.dec_degrees)
        up = math.sin(latitude) * math.sin(declination) + (
            math.cos(latitude) * math.cos(declination) * math.cos(angle)
        )
        north = math.sin(declination) * math.cos(latitude) - (
            math.cos(declination) * math.cos(angle) * math.sin(latitude)
        )
        east = -math.cos(declination) * math.sin(angle)
        altitude = math.degrees(math.asin(max(-1.0, min(1.0, up))))
        return Horizontal(altitude, math.degrees(math.atan2(east, north)) % 360)

    def equatorial(self, place: Horizontal, at: datetime) -> Coordinates:
        """Return the coordinates of the date that stand at a place of the sky."""
        altitude, azimuth = math.radians(place.altitude), math.radians(place.azimuth)
        latitude = math.radians(self.latitude)
        up, level = math.sin(altitude), math.cos(altitude)
        sine = up * math.sin(latitude) + level * math.cos(latitude) * math.cos(azimuth)
        # At the pole rounding may go beyond 1.
        declination = math.asin(max(-1.0, min(1.0, sine)))
        angle = math.atan2(
            -math.sin(azimuth) * level,
            up * math.cos(latitude) - level * math.sin(latitude) * math.cos(azimuth),
        )
        hours = (self.sidereal_time(at) - math.degrees(angle) / 15) % 24
        return Coordinates(hours, math.degrees(declination), "JNOW")

    def hour_angle(self, coordinates: Coordinates, at: datetime) -> float:
        """Return the hour angle in hours, -12 to 12, negative before the meridian."""
        return _wrap(self.sidereal_time(at) - coordinates.to_jnow(at).ra_hours)

    def hours_until(
        self, coordinates: Coordinates, at: datetime, altitude: float, *, rising: bool
    ) -> float | None:
        """Return the hours until that altitude is next reached, rising or sinking, None if never."""
        jnow = coordinates.to_jnow(at)
        latitude, declination = math.radians(self.latitude), math.radians(jnow.dec_degrees)
        level = math.cos(latitude) * math.cos(declination)
        up = math.sin(math.radians(altitude)) - math.sin(latitude) * math.sin(declination)
        if abs(up) >= level:
            return None
        # The hour angle at which that altitude is reached on the way down, mirrored on the way up.
        angle = math.degrees(math.acos(up / level)) / 15 * (-1 if rising else 1)
        sidereal_hours = (angle - self.sidereal_time(at) + jnow.ra_hours) % 24
        return sidereal_hours / SIDEREAL_RATE

    def sun_altitude(self, at: datetime) -> float:
        """Return the altitude of the sun's center in degrees."""
        return self._altitude(ephem.Sun(), at)

    def moon_altitude(self, at: datetime) -> float:
        """Return the altitude of the moon's center in degrees."""
        return self._altitude(ephem.Moon(), at)

    def night(self, at: datetime) -> Night | None:
        """Return the night under way or else the coming one, or None in polar day or night."""
        try:
            if self.sun_altitude(at) < 0:
                sunset = self._sun(at, "0", rising=False, forward=False)
            else:
                sunset = self._sun(at, "0", rising=False, forward=True)
            sunrise = self._sun(sunset + timedelta(minutes=1), "0", rising=True, forward=True)
        except ephem.CircumpolarError:
            return None
        dusk, dawn = self._darkness(sunset, sunrise)
        zone = at.tzinfo
        return Night(
            sunset.astimezone(zone),
            dusk and dusk.astimezone(zone),
            dawn and dawn.astimezone(zone),
            sunrise.astimezone(zone),
        )

    def _darkness(
        self, sunset: datetime, sunrise: datetime
    ) -> tuple[datetime | None, datetime | None]:
        """Return astronomical dusk and dawn between sunset and sunrise."""
        try:
            dusk = self._sun(sunset, "-18", rising=False, forward=True)
            dawn = self._sun(sunrise, "-18", rising=True, forward=False)
        except ephem.CircumpolarError:
            return None, None
        return (dusk, dawn) if sunset < dusk < dawn < sunrise else (None, None)

    def _sun(self, at: datetime, horizon: str, *, rising: bool, forward: bool) -> datetime:
        """Return when the sun's center next or last crosses an altitude in degrees."""
        observer = self._observer(at)
        observer.horizon = horizon
        name = f"{'next' if forward else 'previous'}_{'rising' if rising else 'setting'}"
        moment: datetime = getattr(observer, name)(ephem.Sun(), use_center=True).datetime()
        return moment.replace(tzinfo=UTC)

    def _altitude(self, body: ephem.Body, at: datetime) -> float:
        """Return the altitude of a body of the solar system in degrees."""
        body.compute(self._observer(at))
        return math.degrees(body.alt)

    def _observer(self, at: datetime) -> ephem.Observer:
        """Return the library's observer at this site, without an atmosphere."""
        observer = ephem.Observer()
        observer.lat = math.radians(self.latitude)
        observer.lon = math.radians(self.longitude)
        observer.elevation = self.elevation
        observer.pressure = 0
        observer.date = _date(at)
        return observer


def side_of_pier(hour_angle: float) -> PierSide:
    """Return the side a German mount slews to: west of the pier for a target in the east."""
    return PierSide.WEST if _wrap(hour_angle) < 0 else PierSide.EAST


def hours_to_meridian_flip(
    hour_angle: float,
    side: PierSide,
    *,
    tracking: bool,
    max_minutes_after_meridian: float = 10.0,
) -> float:
    """Return sidereal hours to the latest flip as N.I.N.A. does: 0 to 24, 24 = not tracking.

    On the east side of the pier the flip has been done and is due again half a turn later.
    """
    if not tracking:
        return NO_FLIP
    turn = 12.0 if side is PierSide.EAST else 0.0
    return (max_minutes_after_meridian / 60 - hour_angle + turn) % 24


def moon_separation(coordinates: Coordinates, at: datetime) -> float:
    """Return the distance of the moon from a direction in degrees."""
    moon = ephem.Moon(_date(at))
    place = Coordinates(math.degrees(moon.a_ra) / 15, math.degrees(moon.a_dec))
    return separation(coordinates.to_j2000(at), place)


def moon_illumination(at: datetime) -> float:
    """Return the lit fraction of the moon, 0 to 1."""
    return float(ephem.Moon(_date(at)).moon_phase)


def moon_phase(at: datetime) -> str:
    """Return the phase of the moon by N.I.N.A.'s name."""
    date = _date(at)
    moon, sun = ephem.Ecliptic(ephem.Moon(date)), ephem.Ecliptic(ephem.Sun(date))
    age = math.degrees(moon.lon - sun.lon) % 360
    return _PHASES[round(age / 45) % 8]


def separation(one: Coordinates, other: Coordinates) -> float:
    """Return the angle between two directions of the same equinox in degrees."""
    angle = ephem.separation(_radians(one), _radians(other))
    return math.degrees(angle)


def ra_string(hours: float) -> str:
    """Return a right ascension as N.I.N.A. writes it: `00:42:44`."""
    seconds = round(hours % 24 * 3600) % 86400
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def dec_string(degrees: float) -> str:
    """Return an angle as N.I.N.A. writes it: `-05° 23' 28"`."""
    seconds = round(abs(degrees) * 3600)
    sign = "-" if degrees < 0 else ""
    return f"{sign}{seconds // 3600:02d}° {seconds // 60 % 60:02d}' {seconds % 60:02d}\""


def _precess(
    coordinates: Coordinates,
    source: float,
    target: float,
    epoch: Literal["J2000", "JNOW"],
) -> Coordinates:
    """Return coordinates precessed from one equinox to another."""
    start = ephem.Equatorial(*_radians(coordinates), epoch=source)
    moved = ephem.Equatorial(start, epoch=target)
    return Coordinates(math.degrees(moved.ra) / 15 % 24, math.degrees(moved.dec), epoch)


def _radians(coordinates: Coordinates) -> tuple[float, float]:
    """Return right ascension and declination in radians."""
    return math.radians(coordinates.ra_degrees), math.radians(coordinates.dec_degrees)


def _date(at: datetime) -> ephem.Date:
    """Return a moment as the library's date."""
    return ephem.Date(at.astimezone(UTC).replace(tzinfo=None))


def _wrap(hours: float) -> float:
    """Return an hour angle between -12 and 12."""
    return (hours + 12) % 24 - 12
