"""Reports of nights in English, as Home Assistant has them by default."""

from collections.abc import Iterable
from datetime import tzinfo
from pathlib import Path
from typing import Final

import custom_components.nina_observatory as integration
from custom_components.nina_observatory.api import Frame
from custom_components.nina_observatory.night import report
from custom_components.nina_observatory.night.report import Report
from custom_components.nina_observatory.night.report_text import ReportTexts
from custom_components.nina_observatory.readings.night_marks import Mark
from scripts._checks.files import read_object

COMMON: Final[dict[str, str]] = read_object(
    Path(integration.__file__).parent / "translations/en.json"
)["common"]
PREFIX: Final = "report_"
ENGLISH: Final = ReportTexts(
    {key.removeprefix(PREFIX): text for key, text in COMMON.items() if key.startswith(PREFIX)}
)


def make_report(
    frames: Iterable[Frame], marks: Iterable[Mark], likely: tzinfo | None = None
) -> Report:
    """Return the report of one night."""
    return report.make_report(frames, marks, likely, ENGLISH)
