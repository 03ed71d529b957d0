"""docs/coverage.md: the lines of the published pages, and what becomes of them here."""

from collections.abc import Iterator

from tests.seed.pages import PAGES
from tests.seed.table import Kind, Page, Row, Verdict

HEAD = """# Coverage of the published interfaces

This file is made from the tests by `scripts/make_docs`; change `tests/seed`, not the file.

Every line of the pages that describe the interfaces is tried by `tests/seed`, through a real Home
Assistant, against the simulator, in each dialect: the request has to arrive, its answer has to be the
one below, and what it does has to be seen.

- **works**: Home Assistant does it. The quoted text is the answer of the server.
- **not sent**: Home Assistant looks beforehand: there is nothing to be done, the entity is not
  available, or it raises the error that is named. The server answers as quoted when it is asked
  directly.
- **refused**: it is sent, and the server refuses it; Home Assistant raises the error that is named.
- **not used**: the server has it, and nothing is made of it.
- **not there**: no server of this dialect has it; Home Assistant says which version it needs.
"""


def coverage() -> str:
    """Return the document."""
    parts = [HEAD, *(part for page in PAGES for part in _page(page))]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _page(page: Page) -> Iterator[str]:
    """Yield what is said of a page."""
    yield f"## {page.title}\n"
    yield f"{page.about}\n"
    names = [dialect.name for dialect in page.dialects]
    for section, rows in page.sections():
        yield f"### {section}\n"
        lines = [("line", "in Home Assistant", *names), ("---",) * (2 + len(names))]
        lines += [_cells(page, row) for row in rows]
        yield "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(page: Page, row: Row) -> tuple[str, ...]:
    """Return the cells of a row."""
    verdicts = (page.verdict(row, dialect) for dialect in page.dialects)
    return (_plain(row.line), row.through, *map(_cell, verdicts))


def _cell(verdict: Verdict) -> str:
    """Return how a line holds in a dialect."""
    said = f"“{_plain(verdict.answer)}”" if verdict.answer else ""
    error = f"`{verdict.error}`" if verdict.error else ""
    match verdict.kind:
        case Kind.WORKS:
            return ": ".join(filter(None, ("works", said)))
        case Kind.UNSENT:
            refused = "refused" if verdict.sent else "not sent"
            answer = f"{said} ({verdict.code})".strip()
            return ": ".join(filter(None, (f"{refused} {error}".strip(), answer)))
        case Kind.UNUSED:
            return "not used"
        case Kind.NEVER:
            return f"not there {error}".strip()


def _plain(text: str) -> str:
    """Return a text that does not end a cell."""
    return text.replace("|", "\\|")
