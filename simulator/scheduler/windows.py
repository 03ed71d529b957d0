"""When targets can be imaged during one night: dark, high enough, not too high, near the meridian."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.scheduler.model import Profile, Project, Target
from simulator.sky import SIDEREAL_RATE, Coordinates, Site

__all__ = ["Window", "darkness", "windows"]

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
    """Return when a target can be imaged, leaving out what is shorter than the minimum time."""
    jnow = target.coordinates.to_jnow(night.start)
    found: list[Window] = []
    opened: datetime | None = None
    time, sidereal = night.start, site.sidereal_time(night.start)
    while time < night.end:
        if _can_be_seen(site, profile, project, jnow, sidereal):
            opened = opened or time
        elif opened is not None:
            found.append(Window(opened, time))
            opened = None
        time += GRID
        sidereal += GRID.total_seconds() / 3600 * SIDEREAL_RATE
    if opened is not None:
        found.append(Window(opened, night.end))
    return [window for window in found if window.minutes >= project.minimum_time]


def _can_be_seen(
    site: Site, profile: Profile, project: Project, jnow: Coordinates, sidereal: float
) -> bool:
    """Return whether a direction is within the limits of a project at a sidereal time."""
    place = site.horizontal_of(jnow, sidereal)
    lowest = project.minimum_altitude
    if project.use_custom_horizon:
        lowest = max(lowest, profile.horizon_at(place.azimuth) + project.horizon_offset)
    if place.altitude < max(lowest, 0.0):
        return False
    if project.maximum_altitude and place.altitude > project.maximum_altitude:
        return False
    if not project.meridian_window:
        return True
    hour_angle = (sidereal - jnow.ra_hours + 12) % 24 - 12
    return abs(hour_angle) * 60 <= project.meridian_window
