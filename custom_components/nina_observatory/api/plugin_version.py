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
    """Return the version that a text begins with; raises NinaResponseError if there is none.

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
# Features announced for 2.0.1, which was never released, came with this version; older servers
# cannot be told apart.
TOLD_APART_SINCE: Final = release(2, 1)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The capabilities of a server, by version."""

    version: Version

    @classmethod
    def of(cls, reported: Version) -> Self:
        """Return the dialect for the version that a server reports.

        Raises NinaVersionError if it is too old.
        """
        if reported == _CONSTANT_OF_2_0:
            return cls(_OLDEST)
        if reported < _OLDEST:
            raise NinaVersionError(f"the plugin is version {reported}, 2.0.1 or newer is needed")
        return cls(reported)

    def speaks(self, *since: int) -> bool:
        """Return whether the server has this version or a newer one."""
        return self.version >= release(*since)

    @property
    def told_apart(self) -> bool:
        """Whether the server reports its exact version."""
        return self.version >= TOLD_APART_SINCE

    @property
    def names_enums(self) -> bool:
        """Whether enumerations arrive as names rather than numbers."""
        return self.speaks(2, 1, 7, 1)

    @property
    def streams_pictures(self) -> bool:
        """Whether pictures are available as bytes instead of base64."""
        return self.speaks(2, 1, 6)

    @property
    def waits_for_capture(self) -> bool:
        """Whether a capture can wait for its end and omit its picture, and sends an event at its end."""
        return self.speaks(2, 1, 6)

    @property
    def tells_start(self) -> bool:
        """Whether the server reports the version and start time of N.I.N.A."""
        return self.speaks(2, 2, 6)

    @property
    def loses_nan(self) -> bool:
        """Whether an unknown number reads 0: one release only."""
        return self.speaks(2, 2, 7) and not self.speaks(2, 2, 8)

    @property
    def fails_without_mount(self) -> bool:
        """Whether a request for a disconnected mount returns an error."""
        return self.speaks(2, 2, 12) and not self.has_bundle

    @property
    def has_bundle(self) -> bool:
        """Whether one request can read all devices; a pre-release of 2.2.15 already could."""
        return self.speaks(2, 2, 14, 6)


NEWEST: Final = Dialect(release(2, 2, 15, 0))


class SpeaksDialect(Protocol):
    """Object with the dialect of its server."""

    @property
    def dialect(self) -> Dialect:
        """The dialect of the server."""


type Method[S, **P, R] = Callable[Concatenate[S, P], Coroutine[Any, Any, R]]

_SINCE = "__since__"


def since[S: SpeaksDialect, **P, R](
    *version: int,
) -> Callable[[Method[S, P, R]], Method[S, P, R]]:
    """Declare the version that a method needs; on an older server it raises NinaVersionError."""
    needed = release(*version)

    def declare(method: Method[S, P, R]) -> Method[S, P, R]:
        async def checked(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if self.dialect.version < needed:
                raise NinaVersionError(
                    f"{method.__qualname__} needs plugin version {needed},"
                    f" this is {self.dialect.version}"
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
