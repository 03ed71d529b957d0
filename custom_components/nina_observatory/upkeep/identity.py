"""Which N.I.N.A. responds at the address of an entry, judged by its profiles; pure, without I/O.

The address that a person confirmed is the identity of an entry, and nothing here changes it. But an
address can lead elsewhere: the router gives it to another computer, or of two copies of N.I.N.A. on one
computer, the other one has started first. A person is asked then.

Every installation has profiles with ids of their own, which copies on one computer share. There, the
active profile identifies one of them: each copy keeps its own open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from ..api import ProfileSummary

# The most profiles that are kept.
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Stranger:
    """Who responds instead: its active profile, and the observatory that had it, if one did."""

    profile: str
    other: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The profiles of the N.I.N.A. of an entry, by id: all of them, and those that were active."""

    installed: frozenset[str] = frozenset()
    used: frozenset[str] = field(default_factory=frozenset)

    def as_data(self) -> dict[str, Any]:
        """Return plain data for storage."""
        return {"installed": sorted(self.installed), "used": sorted(self.used)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Decode `as_data`; raises TypeError or LookupError for any other shape."""
        installed, used = data["installed"], data["used"]
        lists = isinstance(installed, list) and isinstance(used, list)
        if not lists or not all(isinstance(each, str) for each in (*installed, *used)):
            raise TypeError("not ids of profiles")
        return cls(installed=frozenset(installed), used=frozenset(used))

    def recognizes(self, profiles: Iterable[ProfileSummary]) -> bool:
        """Return whether these may be the profiles of this N.I.N.A., with the right one active."""
        listed = tuple(profiles)
        active = active_profile(listed)
        if not self.used:
            return True
        return active is not None and active.id in self.used

    def learn(self, profiles: Iterable[ProfileSummary]) -> Self:
        """Return the identity with these profiles, which a reading or a person has shown to be its own."""
        listed = tuple(profiles)
        active = active_profile(listed)
        known = frozenset(each.id for each in listed if each.id)
        if not known or len(known) > _MOST:
            return self
        used = (self.used & known) | ({active.id} if active is not None else frozenset())
        return replace(self, installed=known, used=used)


def active_profile(profiles: Iterable[ProfileSummary]) -> ProfileSummary | None:
    """Return the active profile, if one is known."""
    return next((each for each in profiles if each.active and each.id), None)


def stranger_among(
    identity: Identity, profiles: Iterable[ProfileSummary], others: Mapping[str, Identity]
) -> Stranger | None:
    """Return who responds instead of the N.I.N.A. of an identity; None if it is that one, or new.

    `others` are the identities of other observatories on the same computer, by name.
    """
    listed = tuple(profiles)
    active = active_profile(listed)
    if active is None or not identity.installed or active.id in identity.used:
        return None
    if identity.installed.isdisjoint(each.id for each in listed):
        return Stranger(active.name)
    owner = next((name for name, other in others.items() if active.id in other.used), None)
    return None if owner is None else Stranger(active.name, owner)
