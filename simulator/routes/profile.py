"""Routes of profiles."""

import math
from typing import TYPE_CHECKING, Any
import uuid

from simulator.enums import Named, WireEnum
from simulator.parameters import Boolean, Text
from simulator.reply import UNKNOWN_ERROR, Refusal, Reply
from simulator.routing import get

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulator.context import Context
    from simulator.profile import Profile

__all__ = ["ProfileRoutes", "converted"]


class ProfileRoutes:
    """Show, change and switch profiles."""

    def __init__(self, context: Context, switch: Callable[[Profile], Awaitable[None]]) -> None:
        """Serve the profiles; `switch` makes one of them active."""
        self._context = context
        self._switch = switch

    @get("/profile/show", Boolean("active"))
    async def show(self, active: bool) -> Reply:
        """Return the active profile's settings, or the list of profiles."""
        profiles = self._context.profiles
        if active:
            return Reply(profiles.active.as_data())
        return Reply([entry.listed(active=entry is profiles.active) for entry in profiles.all])

    @get("/profile/change-value", Text("settingpath"), Text("newValue"))
    async def change_value(self, path: str | None, value: str | None) -> Reply:
        """Change any setting of the active profile; elements of lists since 2.2.12.1."""
        if not path:
            raise Refusal("Invalid path", 400)
        if not value:
            raise Refusal("New value can't be null", 400)
        *way, last = path.split("-")
        place: Any = self._context.profile.sections
        lists = self._context.dialect.at_least("2.2.12.1")
        try:
            for step in way:
                place = place[int(step) if lists and isinstance(place, list) else step]
            key = int(last) if lists and isinstance(place, list) else last
            place[key] = converted(value, place[key])
        except KeyError, IndexError, ValueError, TypeError:
            raise UNKNOWN_ERROR from None
        return Reply("Updated setting")

    @get("/profile/switch", Text("profileid"))
    async def switch(self, number: str | None) -> Reply:
        """Make another profile active; equipment stays connected."""
        try:
            profile = self._context.profiles.find(uuid.UUID(number or ""))
        except ValueError:
            raise UNKNOWN_ERROR from None
        if profile is None:
            raise Refusal("No profile with specified id found!", 400)
        await self._switch(profile)
        return Reply("Successfully switched profile")

    @get("/profile/horizon", since="2.2.3.0")
    async def horizon(self) -> Reply:
        """Return the custom horizon, if there is one."""
        points = self._context.profiles.horizon
        return Reply(
            {
                "Altitudes": [float(altitude) for _, altitude in points],
                "Azimuths": [float(azimuth) for azimuth, _ in points],
            }
        )


def converted(text: str, old: Any) -> Any:
    """Return a text in the type of the value it replaces; raises ValueError or TypeError."""
    if isinstance(old, bool):
        return {"true": True, "false": False}[text.casefold()]
    if isinstance(old, int):
        return int(text)
    if isinstance(old, float):
        return float(text)
    if isinstance(old, Named):
        return _found(old.sibling(text))
    if isinstance(old, WireEnum):
        return _found(type(old).parse(text))
    if isinstance(old, str):
        return text
    if old is None:
        number = float(text)
        if math.isnan(number):
            raise ValueError(text)
        return number
    raise TypeError(f"cannot replace {type(old).__name__}")


def _found[T](member: T | None) -> T:
    """Return a member of an enumeration that exists."""
    if member is None:
        raise ValueError("no such member")
    return member
