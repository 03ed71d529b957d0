"""docs/coverage.md: the lines of the published pages, and how the integration uses them."""

from collections.abc import Iterator

from tests.seed.pages import PAGES
from tests.seed.table import Kind, Page, Row, Verdict

HEAD = """# Coverage of the published APIs

This file is generated from the tests by `scripts/make_docs`. Change `tests/seed`, not the file.

`tests/seed` tries every line of the pages that describe the APIs, through a real Home Assistant,
against the simulator, in each dialect: the request has to arrive, the server has to return the
response below, and its effect has to be visible.

- **works**: Home Assistant uses it. The quoted text is the response of the server.
- **not sent**: Home Assistant checks beforehand: there is nothing to do, the entity is not
  available, or the action raises the named error. If asked directly, the server responds as
  quoted.
- **refused**: it is sent, and the server refuses it. Home Assistant raises the named error.
- **not used**: the server offers it, but the integration does not use it.
- **not there**: no server of this dialect has it. Home Assistant reports which version it needs.
"""


def coverage() -> str:
    """Return the document."""
    parts = [HEAD, *(part for page in PAGES for part in _page(page))]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _page(page: Page) -> Iterator[str]:
    """Yield the section of a page."""
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
