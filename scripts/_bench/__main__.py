"""Measure everything that has a budget, and print it beside its budget."""

import asyncio
import os
from platform import python_version
import sys
from time import monotonic
from typing import Final

from homeassistant.const import __version__

from scripts._usage.bench import parser

from .report import PAGE, is_over, lines, page
from .row import Subject
from .run import ROOT, Measured, checkout, chosen, previous_release, run_full, run_short
from .table import SUBJECTS

_NUMBERS: Final = ("no", "one", "two", "three", "four")


def main(given: list[str] | None = None) -> int:
    """Measure what was asked for and return the exit code."""
    asked = parser().parse_args(given)
    subjects = chosen([each for each in SUBJECTS if each.short or not asked.short], asked.row)
    if not subjects:
        print(f"There is no row {', '.join(asked.row)}", file=sys.stderr)
        return 2
    rows = [row for subject in subjects for row in subject.rows if row.counted or not asked.short]
    if asked.list:
        print(*(row.key for row in rows), sep="\n")
        return 0
    began = monotonic()
    reference = asked.against or (previous_release() if asked.against is not None else "")
    measured, against = asyncio.run(_run(subjects, reference, short=asked.short))
    print(*lines(rows, measured, against), sep="\n")
    print(f"{monotonic() - began:.0f} s")
    if asked.write:
        text = (ROOT / PAGE).read_text(encoding="utf-8")
        written = page(text, measured, against, reference, _machine())
        (ROOT / PAGE).write_text(written, encoding="utf-8")
    over = [row.what for row in rows if row.counted and is_over(row, measured)]
    absent = [row.what for row in rows if row.key not in measured.values]
    for what in over:
        print(f"OVER ITS BUDGET: {what}")
    for what in absent:
        print(f"NOT MEASURED: {what}")
    return 1 if over or absent else 0


async def _run(
    subjects: list[Subject], reference: str, *, short: bool
) -> tuple[Measured, Measured | None]:
    """Measure this version, and another one where there is a reference."""
    if short:
        return await run_short(subjects), None
    if not reference:
        (measured,) = await run_full(subjects, [ROOT])
        return measured, None
    async with checkout(reference) as folder:
        measured, against = await run_full(subjects, [ROOT, folder])
    return measured, against


def _machine() -> str:
    """Return what the figures depend on."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    number = _NUMBERS[cores] if cores < len(_NUMBERS) else str(cores)
    noun = "core" if cores == 1 else "cores"
    return f"{number} {noun}, with Home Assistant {__version__} and Python {python_version()}"


if __name__ == "__main__":
    sys.exit(main())
