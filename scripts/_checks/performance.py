"""The page of figures: it has every budget as the benchmark has it."""

from collections.abc import Iterator
from pathlib import Path

from scripts._bench.report import PAGE, rows_of
from scripts._bench.table import ROWS


def check_performance(root: Path) -> Iterator[str]:
    """Check that the page has what, budget and method of every row, in the same order."""
    there = rows_of((root / PAGE).read_text(encoding="utf-8"))
    wanted = [(row.what, row.budget, row.method) for row in ROWS.values()]
    for row in wanted:
        if row not in there:
            yield f"{PAGE}: is not as measured by scripts/bench --write: {row[0]}"
    for row in there:
        if row not in wanted:
            yield f"{PAGE}: scripts/bench has no such row: {row[0]}"
    if sorted(there) == sorted(wanted) and there != wanted:
        yield f"{PAGE}: its rows are in another order"
