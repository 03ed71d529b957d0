"""N.I.N.A.'s profiles: their settings, as profile/show writes them and change-value changes them."""

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
import uuid

from .profile_settings import filter_settings, settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .sky import Site

__all__ = ["Profile", "Profiles"]

_FOLDER = "C:\\Users\\observer\\AppData\\Local\\NINA\\Profiles"


@dataclass(eq=False)
class Profile:
    """One profile; `section(name)` gives its live settings, to be read and changed."""

    name: str
    sections: dict[str, Any]
    description: str = ""
    id: str = ""
    last_used: datetime | None = None

    def section(self, name: str) -> dict[str, Any]:
        """Return a section of the settings."""
        section: dict[str, Any] = self.sections[name]
        return section

    def new_filter(self, name: str, position: int) -> dict[str, Any]:
        """Return the settings of a new filter."""
        return filter_settings(name, position)

    def listed(self, *, active: bool) -> dict[str, Any]:
        """Return the entry of the list of profiles."""
        return {
            "Id": self.id,
            "Name": self.name,
            "Description": self.description,
            "Location": f"{_FOLDER}\\{self.id}.profile",
            "LastUsed": self.last_used,
            "IsActive": active,
        }

    def as_data(self) -> dict[str, Any]:
        """Return all settings."""
        return {
            "Name": self.name,
            "Description": self.description,
            "Id": self.id,
            "LastUsed": self.last_used,
            **self.sections,
        }


class Profiles:
    """All profiles and which of them is active; `horizon` are points of azimuth and altitude."""

    def __init__(self, site: Site, now: datetime, profiles: Sequence[tuple[str, str]]) -> None:
        """Make profiles of these ids and names; the first is active."""
        self.all = [
            Profile(name, deepcopy(settings(name, site)), "", number, now)
            for number, name in profiles
        ]
        self.active = self.all[0]
        self.horizon: list[tuple[float, float]] = []

    def find(self, number: uuid.UUID) -> Profile | None:
        """Return a profile by its id."""
        return next((entry for entry in self.all if entry.id == str(number)), None)
