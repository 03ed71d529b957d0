"""When targets can be imaged during one night: dark, high enough, not too high, near the meridian."""

from dataclasses import dataclass
from datetime import datetime, timedelta
import math

import numpy as np
from numpy.typing import NDArray

from simulator.scheduler.model import Profile, Project, Target
from simulator.sky import SIDEREAL_RATE, Coordinates, Site

__all__ = ["Window", "darkness", "windows"]

type Floats = NDArray[np.float64]
type Flags = NDArray[np.bool_]

GRID = timedelta(seconds=30)
"""The scheduler samples the sky this densely."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time during which a target can be imaged."""

    start: datetime
    end: datetime

    @property
    def minutes(self) -> float:
        """Return the length in minutes."""
        return (self.end - self.start).total_seconds() / 60


def darkness(site: Site, at: datetime) -> Window | None:
    """Return the dark part of the night under way or else the coming one, None without any."""
    night = site.night(at)
    if night is None or night.dusk is None or night.dawn is None:
        return None
    return Window(night.dusk, night.dawn)


def windows(
    site: Site, profile: Profile, project: Project, target: Target, night: Window
) -> list[Window]:
    """Return when a target can be imaged, leaving out spans shorter than the minimum time."""
    length = (night.end - night.start).total_seconds()
    seconds = np.asarray(np.arange(0, length, GRID.total_seconds()), np.float64)
    seen = _can_be_seen(site, profile, project, target, night.start, seconds)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], seen, [False])).astype(np.int8)))
    found: list[Window] = []
    for opened, closed in edges.reshape(-1, 2):
        end = night.end if closed == seen.size else night.start + GRID * int(closed)
        found.append(Window(night.start + GRID * int(opened), end))
    return [window for window in found if window.minutes >= project.minimum_time]


def _can_be_seen(
    site: Site,
    profile: Profile,
    project: Project,
    target: Target,
    start: datetime,
    seconds: Floats,
) -> Flags:
    """Return for so many seconds after the start whether a target is within all limits."""
    jnow = target.coordinates.to_jnow(start)
    sidereal = site.sidereal_time(start) + seconds / 3600 * SIDEREAL_RATE
    hour_angle = (sidereal - jnow.ra_hours + 12) % 24 - 12
    altitude, azimuth = _horizontal(site, jnow, hour_angle)
    lowest = np.full(seconds.shape, max(project.minimum_altitude, 0.0))
    if project.use_custom_horizon:
        horizon = np.array([profile.horizon_at(float(angle)) for angle in azimuth])
        lowest = np.maximum(lowest, horizon + project.horizon_offset)
    seen: Flags = altitude >= lowest
    if project.maximum_altitude:
        seen &= altitude <= project.maximum_altitude
    if project.meridian_window:
        seen &= np.abs(hour_angle) * 60 <= project.meridian_window
    return seen


def _horizontal(site: Site, jnow: Coordinates, hour_angle: Floats) -> tuple[Floats, Floats]:
    """Return altitudes and azimuths in degrees at hour angles; see `Site.horizontal_of`."""
    angle = np.radians(hour_angle * 15)
    latitude, declination = math.radians(site.latitude), math.radians(jnow.dec_degrees)
    up = math.sin(latitude) * math.sin(declination) + (
        math.cos(latitude) * math.cos(declination) * np.cos(angle)
    )
    north = math.sin(declination) * math.cos(latitude) - (
        math.cos(declination) * math.sin(latitude) * np.cos(angle)
    )
    east = -math.cos(declination) * np.sin(angle)
    altitude = np.degrees(np.arcsin(np.clip(up, -1, 1)))
    return altitude, np.degrees(np.arctan2(east, north)) % 360
