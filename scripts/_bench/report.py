"""The figures as a table, on the screen and as a document."""

from collections.abc import Iterable
from pathlib import Path
import re
from typing import Final

from .row import Row
from .run import Measured
from .table import ROWS

PAGE: Final = Path("docs/performance.md")
_HEAD: Final = "| what | budget | measured | {} | how |\n|---|---|---|---|---|\n"
_ROW: Final = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def shown(row: Row, measured: Measured) -> str:
    """Return a figure with its unit, or why there is none."""
    value = measured.values.get(row.key)
    if value is None:
        return f"not measurable: {measured.missing.get(row.key, 'it was not asked for')}"
    return f"{_number(value)} {row.unit}"


def _number(value: float) -> str:
    """Return a number with three digits, as many as it is worth."""
    if value == int(value) or value >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


def is_over(row: Row, measured: Measured) -> bool:
    """Return whether a figure is over its budget."""
    return measured.values.get(row.key, 0.0) > row.most


def lines(rows: Iterable[Row], measured: Measured, against: Measured | None) -> list[str]:
    """Return the table for the screen."""
    found = []
    for row in rows:
        cells = [row.what, row.budget, shown(row, measured)]
        cells += [shown(row, against)] if against else []
        verdict = "OVER" if is_over(row, measured) else "ok"
        found.append([verdict if row.key in measured.values else "?", *cells])
    widths = [max(len(cells[place]) for cells in found) for place in range(len(found[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in found
    ]


def page(
    text: str, measured: Measured, against: Measured | None, reference: str, machine: str
) -> str:
    """Return the document with new figures; rows that were not asked for keep theirs."""
    before, _, rest = text.partition("| what |")
    old_head, _, old = rest.partition("\n")
    kept = {what: (ours, theirs) for what, _, ours, theirs, _ in _ROW.findall(old)}
    name = f"release {reference}" if against else (old_head.split("|")[2:3] or [""])[0].strip()
    body = ""
    for row in ROWS.values():
        ours, theirs = kept.get(row.what, ("–", "–"))
        if row.key in (measured.values | measured.missing):
            ours = _cell(row, measured)
        if against is not None and row.key in (against.values | against.missing):
            theirs = _short(row, against)
        body += f"| {row.what} | {row.budget} | {ours} | {theirs} | {row.method} |\n"
    after = old.partition("\n\n")[2]
    before = re.sub(r"^Measured on .*$", f"Measured on {machine}.", before, flags=re.MULTILINE)
    return f"{before}{_HEAD.format(name)}{body}\n{after}"


def _cell(row: Row, measured: Measured) -> str:
    """Return a figure, in bold where it is over its budget."""
    text = shown(row, measured)
    return f"**{text}**" if is_over(row, measured) else text


def _short(row: Row, measured: Measured) -> str:
    """Return a figure of an earlier release, with the first line of why there is none."""
    return shown(row, measured).partition("\n")[0].replace("|", "/")


def rows_of(text: str) -> list[tuple[str, str, str]]:
    """Return what, budget and method of each row in a document."""
    found = _ROW.findall(text)
    return [(what, budget, how) for what, budget, _, _, how in found if what not in ("what", "---")]
