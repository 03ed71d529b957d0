"""What plots are drawn from in tests: made up, since captured data are not part of the repository."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
import math
from pathlib import Path
import random
from typing import Any, Final, override
from zoneinfo import ZoneInfo

import orjson

from custom_components.nina_observatory.api import AutofocusReport, GuideGraph, decode
from custom_components.nina_observatory.plots.autofocus import draw_autofocus
from custom_components.nina_observatory.plots.content import AutofocusData, GuidingData, Missing
from custom_components.nina_observatory.plots.guiding import draw_guiding
from custom_components.nina_observatory.plots.look import Look
from custom_components.nina_observatory.plots.texts import PREFIX, Texts
from custom_components.nina_observatory.readings.autofocus_run import AutofocusRun, RunState

from . import nights

MOMENT: Final = datetime(2026, 2, 24, 21, 50, tzinfo=UTC)
ROOT: Final = Path(__file__).parents[2]
_EN: Final = ROOT / "custom_components/nina_observatory/translations/en.json"


class StrictTexts(Texts):
    """Texts of which every one has to exist and to fit its values."""

    @override
    def __call__(self, key: str, **values: object) -> str:
        return self.words[key].format(**values)


def texts(language: str = "en", zone: str = "Europe/Berlin", **more: Any) -> Texts:
    """Return the texts of the integration."""
    common = orjson.loads(_EN.read_bytes())["common"]
    words = {key.removeprefix(PREFIX): text for key, text in common.items()}
    return StrictTexts(words=words, language=language, zone=ZoneInfo(zone), **more)


def look(width: int = 800, **more: Any) -> Look:
    """Return how plots look in tests."""
    return Look(texts=texts(), width=width, **more)


def graph(count: int, *, dithers: bool = True, **more: Any) -> GuideGraph:
    """Return a guide graph of a number of steps, which is the same in every run."""
    chance = random.Random(17)
    ra = dec = 0.0
    steps = []
    for number in range(count):
        ra, dec = 0.6 * ra + chance.gauss(0, 0.2), 0.7 * dec + chance.gauss(0, 0.15)
        dithering = dithers and number % 40 in (20, 21)
        steps.append(
            {
                "RADistanceRaw": ra + (2.5 if dithering else 0.0),
                "DECDistanceRaw": dec,
                "RADuration": -300 * ra if abs(ra) > 0.1 else 0,
                "DECDuration": -250 * dec if abs(dec) > 0.15 else 0,
                "Dither": 0.01 if dithering else "NaN",
            }
        )
    rms = {"RA": 0.25, "Dec": 0.21, "Total": 0.33}
    return decode(GuideGraph, {"RMS": rms, "GuideSteps": steps, "PixelScale": 1.65} | more)


def report(**more: Any) -> AutofocusReport:
    """Return a report with every kind of curve."""
    squares = {"Quadratic": 0.951, "Hyperbolic": 0.993, "LeftTrend": 0.981, "RightTrend": 0.976}
    points = [
        {
            "Position": 5000 + 50 * n,
            "Value": 2.0 * math.cosh(math.asinh((n - 4.3) / 1.6)),
            "Error": 0.1 + 0.03 * n,
        }
        for n in range(9)
    ]
    return decode(
        AutofocusReport,
        {
            "Filter": "OIII",
            "Timestamp": MOMENT.isoformat(),
            "Temperature": 3.4,
            "Method": "STARHFR",
            "Fitting": "HYPERBOLIC",
            "CalculatedFocusPoint": {"Position": 5215, "Value": 2.0, "Error": 0},
            "MeasurePoints": points,
            "Fittings": {
                "Quadratic": "y = 0.0001 * x^2 + -1.0436 * x + 2724.8",
                "Hyperbolic": "y = 2.0 * cosh(asinh((5215 - x) / 80))",
                "Gaussian": "y = 1.5 * exp(-1 * (x - 5050) * (x - 5050) / (2 * 30 * 30)) + 2.5",
                "LeftTrend": "y = -0.0215 * x + 113.2",
                "RightTrend": "y = 0.022 * x + -113.8",
            },
            "RSquares": squares,
        }
        | more,
    )


def run(state: RunState, *points: tuple[float | None, float | None]) -> AutofocusRun:
    """Return a run that was followed."""
    return AutofocusRun(
        state=state, points=points, filter="Ha", temperature=-2.5, changed_at=MOMENT
    )


_POINTS: Final = ((5200.0, 4.1), (5150.0, 3.2), (5100.0, 2.4), (5050.0, None), (5000.0, 2.1))
_GUIDING: Final = GuidingData(graph=graph(120), data_at=MOMENT, seconds_per_step=2.5)

type Drawn = Callable[[Look], bytes]


def guiding(data: GuidingData) -> Drawn:
    """Return the drawing of guiding."""
    return lambda look: draw_guiding(data, look)


def autofocus(data: AutofocusData) -> Drawn:
    """Return the drawing of an autofocus."""
    return lambda look: draw_autofocus(data, look)


# The pictures that are stored, by name.
PICTURES: Final[dict[str, Drawn]] = {
    "guiding": guiding(_GUIDING),
    "guiding_steps": guiding(GuidingData(graph=graph(30, PixelScale=0), data_at=MOMENT)),
    "guiding_empty": guiding(GuidingData(missing=Missing.NOT_CONNECTED)),
    "autofocus": autofocus(AutofocusData(report=report())),
    "autofocus_trends": autofocus(AutofocusData(report=report(Fitting="TRENDLINES", Filter="SII"))),
    "autofocus_running": autofocus(AutofocusData(run=run(RunState.RUNNING, *_POINTS))),
    "autofocus_failed": autofocus(
        AutofocusData(report=report(), run=run(RunState.FAILED, *_POINTS), is_reported=True)
    ),
    "autofocus_empty": autofocus(AutofocusData()),
    **nights.PICTURES,
}


def later(seconds: float) -> datetime:
    """Return a time after that of the data."""
    return MOMENT + timedelta(seconds=seconds)
