"""Capabilities of a server, by the version of its plugin."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import cache, update_wrapper
import re
from typing import Any, Concatenate, Final, Protocol, Self

from packaging.version import Version

from .errors import NinaResponseError, NinaVersionError

_NUMBERS: Final = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})*)", re.ASCII)


@cache
def release(*parts: int) -> Version:
    """Return the version with these numbers; without any, one that every server has."""
    return Version(".".join(map(str, parts or (0,))))


def parse_version(text: str) -> Version:
    """Return the version at the start of a text; raises NinaResponseError if there is none.

    Only the numbers count: a development version has the features of the release it leads to, and
    may be named in any way.
    """
    found = _NUMBERS.match(text)
    if found is None:
        raise NinaResponseError(f"not a version: {text[:50]!r}")
    return Version(found[1])


# All releases 2.0.0.x report this version; nothing older uses this protocol.
_CONSTANT_OF_2_0: Final = release(1, 0, 0, 0)
_OLDEST: Final = release(2, 0)
# Features announced for 2.0.1, which was never released, came with this version; older ones do not
# report their exact version.
EXACT_SINCE: Final = release(2, 1)
# A constant, as each poll asks for it.
_BUNDLE_SINCE: Final = release(2, 2, 14, 6)


@dataclass(frozen=True, slots=True)
class PluginVersion:
    """A version of the plugin, and its capabilities."""

    version: Version

    @classmethod
    def of(cls, reported: Version) -> Self:
        """Return the capabilities of the version that a server reports.

        Raises NinaVersionError if it is too old.
        """
        if reported == _CONSTANT_OF_2_0:
            return cls(_OLDEST)
        if reported < _OLDEST:
            raise NinaVersionError(f"version 2.0 or newer of the plugin is needed, not {reported}")
        return cls(reported)

    def at_least(self, *since: int) -> bool:
        """Return whether the server has this version or a newer one."""
        return self.version >= release(*since)

    @property
    def exact(self) -> bool:
        """Whether the server reports its exact version."""
        return self.version >= EXACT_SINCE

    @property
    def names_enums(self) -> bool:
        """Whether enumerations arrive as names rather than numbers."""
        return self.at_least(2, 1, 7, 1)

    @property
    def streams_pictures(self) -> bool:
        """Whether pictures are available as bytes instead of base64."""
        return self.at_least(2, 1, 6)

    @property
    def waits_for_capture(self) -> bool:
        """Whether a capture can wait for its end and omit its picture, and sends an event at its end."""
        return self.at_least(2, 1, 6)

    @property
    def reports_start(self) -> bool:
        """Whether the server reports the version and start time of N.I.N.A."""
        return self.at_least(2, 2, 6)

    @property
    def loses_nan(self) -> bool:
        """Whether an unknown number reads 0: one release only."""
        return self.at_least(2, 2, 7) and not self.at_least(2, 2, 8)

    @property
    def fails_without_mount(self) -> bool:
        """Whether a request for a disconnected mount returns an error."""
        return self.at_least(2, 2, 12) and not self.has_bundle

    @property
    def has_bundle(self) -> bool:
        """Whether one request can read all devices; a pre-release of 2.2.15 already could."""
        return self.version >= _BUNDLE_SINCE


NEWEST: Final = PluginVersion(release(2, 2, 15, 0))


class HasPluginVersion(Protocol):
    """Object that knows the version of the plugin."""

    @property
    def plugin(self) -> PluginVersion:
        """Version and capabilities of the plugin."""


type Method[S, **P, R] = Callable[Concatenate[S, P], Coroutine[Any, Any, R]]

_SINCE = "__since__"


def since[S: HasPluginVersion, **P, R](
    *version: int,
) -> Callable[[Method[S, P, R]], Method[S, P, R]]:
    """Declare the version that a method needs; on an older server it raises NinaVersionError."""
    needed = release(*version)

    def declare(method: Method[S, P, R]) -> Method[S, P, R]:
        async def checked(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if self.plugin.version < needed:
                raise NinaVersionError(
                    f"{method.__qualname__} needs plugin version {needed},"
                    f" but {self.plugin.version} is installed"
                )
            return await method(self, *args, **kwargs)

        update_wrapper(checked, method)
        setattr(checked, _SINCE, needed)
        return checked

    return declare


def needed_version(method: Callable[..., Awaitable[object]]) -> Version:
    """Return the version that a method of an endpoint was declared to need."""
    needed: Version = getattr(method, _SINCE, _OLDEST)
    return needed
