"""Live through a week with an observatory, and count what Home Assistant shows of it."""

import asyncio
import importlib
import json
from pathlib import Path
import sys
from typing import TYPE_CHECKING
import warnings

from scripts._usage.week import parser
from tests.clock import TurningLoop, install

if TYPE_CHECKING:
    from .found import Found


def main(given: list[str] | None = None) -> int:
    """Run what was asked for and return the exit code."""
    asked = parser().parse_args(given)
    warnings.simplefilter("ignore")
    # Before anything is imported that takes the time from it.
    install()
    jwt = importlib.import_module("jwt.api_jwt")
    stream = importlib.import_module("custom_components.nina_observatory.api.events.stream")
    importlib.import_module("tests.home_clock").follow_clock(stream, jwt)
    week = importlib.import_module("scripts._week.week")
    report = importlib.import_module("scripts._week.report")

    def keep(found: Found) -> None:
        if asked.json:
            Path(asked.json).write_text(json.dumps(found.as_data(), indent=1), encoding="utf-8")

    with asyncio.Runner(loop_factory=TurningLoop) as runner:
        found = runner.run(week.live(asked.nights, asked.hours, keep))
    keep(found)
    print(report.text(found, samples=asked.samples))
    return 1 if found.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
