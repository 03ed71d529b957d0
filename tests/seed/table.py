"""What a page of the documentation is: its rows, and how each is answered in each dialect."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator import Observatory

    from .bench import Bench

type Check = Callable[[Bench], Awaitable[object]]

BAD_REQUEST = 400
NOT_FOUND = 404


class Kind(StrEnum):
    """How a line of a page holds."""

    WORKS = "works"
    UNSENT = "unsent"
    UNUSED = "unused"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a line holds in one dialect.

    `answer` is the text in the envelope of the server, and `code` its status: 404 is the page of a
    server that has no such route. `error` is the key of the error that Home Assistant raises, `sent`
    whether it finds out only by sending it. `route` and `parameters` are those of the request where
    they are others in this dialect than the page names.
    """

    kind: Kind
    answer: str = ""
    code: int = 200
    error: str = ""
    sent: bool = False
    route: str = ""
    parameters: Mapping[str, str] | None = None


def says(answer: str) -> Verdict:
    """Return the verdict that it works, and that the server answers with a text."""
    return Verdict(kind=Kind.WORKS, answer=answer)


def works(route: str = "", parameters: Mapping[str, str] | None = None) -> Verdict:
    """Return the verdict that it works, where the answer is no text; perhaps by another request."""
    return Verdict(kind=Kind.WORKS, route=route, parameters=parameters)


def unused() -> Verdict:
    """Return the verdict that the server has it, and nothing is made of it."""
    return Verdict(kind=Kind.UNUSED)


def unsent(answer: str, code: int = 200, error: str = "") -> Verdict:
    """Return the verdict that Home Assistant does not send it.

    It looks before: there is nothing to be done, or it raises an error. The server answers so when it
    is asked directly.
    """
    return Verdict(kind=Kind.UNSENT, answer=answer, code=code, error=error)


def refuses(answer: str, code: int, error: str) -> Verdict:
    """Return the verdict that it is sent, the server refuses, and Home Assistant raises an error."""
    return Verdict(kind=Kind.UNSENT, answer=answer, code=code, error=error, sent=True)


def never(error: str = "", answer: str = "Unknown action", code: int = BAD_REQUEST) -> Verdict:
    """Return the verdict that no server of this dialect ever had it.

    It answers as for anything unknown, by default as servers before 2.1 did, and Home Assistant says
    so, perhaps only after it has asked.
    """
    return Verdict(kind=Kind.NEVER, answer=answer, code=code, error=error, sent=True)


# The answer of a server since 2.1 to what it does not know.
UNKNOWN_PAGE = unsent("", NOT_FOUND)


def rest(_observatory: Observatory) -> None:
    """Prepare nothing."""


async def nothing(_bench: Bench) -> None:
    """Do nothing: the server is asked directly."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a page; see the docstring of the package."""

    section: str
    line: str
    through: str
    verdicts: tuple[Verdict, ...]
    route: str = ""
    sent: Mapping[str, str] = field(default_factory=dict)
    do: Check = nothing
    prepare: Callable[[Observatory], object] = rest
    # Whether it is tried as the row before has left everything.
    follows: bool = False


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A generation of servers: what people call it, and how the simulator is told to speak it."""

    name: str
    options: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the documentation of a plugin, its rows in the order of their sections."""

    name: str
    title: str
    about: str
    dialects: tuple[Dialect, ...]
    rows: tuple[Row, ...]

    def sections(self) -> Iterator[tuple[str, tuple[Row, ...]]]:
        """Yield the sections of the page with their rows."""
        for section, rows in groupby(self.rows, lambda row: row.section):
            yield section, tuple(rows)

    def verdict(self, row: Row, dialect: Dialect) -> Verdict:
        """Return how a row holds in a dialect."""
        if len(row.verdicts) == 1:
            return row.verdicts[0]
        return row.verdicts[self.dialects.index(dialect)]
