"""Routes: handlers announce themselves with a decorator; the router finds and binds them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
import re
from typing import TYPE_CHECKING, Any

from .dialect import parse_version_loosely
from .parameters import Parameter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .dialect import Dialect

__all__ = ["Endpoint", "Match", "Router", "get", "post"]

type Handler = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a handler is found: path below /v2/api, verb, versions, and its parameters."""

    path: str
    method: str
    parameters: tuple[Parameter, ...]
    since: str = "2.0.0"
    until: str | None = None

    def exists_in(self, dialect: Dialect) -> bool:
        """Return whether a version serves it; `until` is the first version that does not."""
        if not dialect.at_least(self.since):
            return False
        return self.until is None or dialect.version < parse_version_loosely(self.until)


@dataclass(frozen=True, slots=True)
class Match:
    """A found handler with the texts of its path segments."""

    endpoint: Endpoint
    handler: Handler
    segments: dict[str, str]


def get(
    path: str, *parameters: Parameter, since: str = "2.0.0", until: str | None = None
) -> Callable[[Handler], Handler]:
    """Serve GET requests; the handler receives the parameters as positional arguments."""
    return _announce(Endpoint(path, "GET", parameters, since, until))


def post(path: str, *parameters: Parameter, since: str = "2.0.0") -> Callable[[Handler], Handler]:
    """Serve POST requests."""
    return _announce(Endpoint(path, "POST", parameters, since))


def _announce(endpoint: Endpoint) -> Callable[[Handler], Handler]:
    """Attach an endpoint to a handler, which may have several."""

    def decorate(handler: Handler) -> Handler:
        handler.__dict__.setdefault("endpoints", []).append(endpoint)
        return handler

    return decorate


@cache
def _announced(owner: type) -> tuple[tuple[str, Endpoint], ...]:
    """Return the names of decorated methods, with their endpoints."""
    return tuple(
        (name, endpoint)
        for name in dir(owner)
        for endpoint in getattr(getattr(owner, name), "endpoints", ())
    )


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """Return what matches the paths of a template."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


class Router:
    """All endpoints of the server; paths are case-sensitive."""

    def __init__(self) -> None:
        """Begin empty."""
        self._exact: dict[str, list[tuple[Endpoint, Handler]]] = {}
        self._patterns: list[tuple[re.Pattern[str], Endpoint, Handler]] = []

    def add_all(self, owners: Iterable[object]) -> None:
        """Add the decorated methods of some objects; "{device}" is the owner's own path."""
        for owner in owners:
            kind: Any = type(owner)
            for name, endpoint in _announced(kind):
                self._add(endpoint, getattr(owner, name), owner)

    def _add(self, endpoint: Endpoint, handler: Handler, owner: object) -> None:
        """Add one endpoint."""
        path = endpoint.path
        if not path.startswith("/"):
            path = f"/equipment/{getattr(owner, 'path', '')}/{path}"
        if "{" not in path:
            self._exact.setdefault(path, []).append((endpoint, handler))
            return
        self._patterns.append((_pattern(path), endpoint, handler))

    def find(self, path: str, dialect: Dialect) -> list[Match]:
        """Return what answers to a path, one match per verb."""
        matches = [
            Match(endpoint, handler, {})
            for endpoint, handler in self._exact.get(path, ())
            if endpoint.exists_in(dialect)
        ]
        if matches:
            return matches
        found = ((p.fullmatch(path), endpoint, handler) for p, endpoint, handler in self._patterns)
        return [
            Match(endpoint, handler, match.groupdict())
            for match, endpoint, handler in found
            if match and endpoint.exists_in(dialect)
        ]

    def paths(self, dialect: Dialect) -> list[str]:
        """Return all paths that a version serves, as templates."""
        exact = [path for path, found in self._exact.items() if found[0][0].exists_in(dialect)]
        return exact + [e.path for _, e, _ in self._patterns if e.exists_in(dialect)]
