"""Whatever servers report, a plot is drawn: with gaps, cut off, or as a plate that says what is missing."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
import logging
import math
from pathlib import Path
from typing import Any

import orjson
from PIL import Image
import pytest

from custom_components.nina_observatory.api import (
    AutofocusReport,
    GuideGraph,
    decode,
)
from custom_components.nina_observatory.entities.plots import Plot, drawn_or_not
from custom_components.nina_observatory.plots import drawings
from custom_components.nina_observatory.plots.canvas import Canvas
from custom_components.nina_observatory.plots.content import AutofocusData, GuidingData, Missing
from custom_components.nina_observatory.plots.look import Look
from custom_components.nina_observatory.plots.style import RIGHT_ASCENSION
from custom_components.nina_observatory.readings.autofocus_run import RunState

from .samples import MOMENT, autofocus, graph, guiding, look, report, run, texts

NAN = math.nan


def colors(data: bytes) -> set[tuple[int, ...]]:
    """Return the colors of a picture, without transparency."""
    with Image.open(BytesIO(data)) as picture:
        found = picture.convert("RGB").getcolors(2**17)
    assert found is not None
    return {color for _, color in found if isinstance(color, tuple)}


def steps(*pairs: tuple[Any, Any], **more: Any) -> GuideGraph:
    """Return a guide graph with the distances of its steps."""
    rows = [{"RADistanceRaw": ra, "DECDistanceRaw": dec, "Dither": "NaN"} for ra, dec in pairs]
    return decode(GuideGraph, {"GuideSteps": rows, "PixelScale": 2.0} | more)


@pytest.mark.parametrize(
    ("given", "is_drawn"),
    [
        (steps(), False),
        (steps(("NaN", "NaN"), (None, None)), False),
        (steps((0.1, 0.2)), True),
        (steps((0.1, 0.2), (0.1, 0.2)), True),
        (steps((0, 0), (0, 0), (0, 0)), True),
        (steps((0.1, "NaN"), ("NaN", 0.2), (0.3, None), (-0.2, 1)), True),
        (steps((1e5, -1e5), (0.1, 0.1), (1e-9, -1e-9)), True),
        (steps((0.4, 0.1), (0.2, 0.3), PixelScale="NaN", RMS=None), True),
        (steps((0.4, 0.1), (0.2, 0.3), RMS={"RA": "NaN", "Total": -1}), True),
        (graph(10_000), True),
        (graph(2, dithers=False), True),
    ],
)
@pytest.mark.parametrize("seconds", [None, 2.0])
def test_guide_steps(given: GuideGraph, seconds: float | None, *, is_drawn: bool) -> None:
    """A step without a number is a gap."""
    data = GuidingData(graph=given, data_at=MOMENT, seconds_per_step=seconds)
    assert (RIGHT_ASCENSION in colors(guiding(data)(look()))) is is_drawn


@pytest.mark.parametrize("missing", Missing)
def test_no_guide_steps(missing: Missing) -> None:
    """The plate says why; each reason has its text."""
    drawn = {guiding(GuidingData(missing=each))(look(400)) for each in (missing, *Missing)}
    assert len(drawn) == len(Missing)


def test_only_dithers() -> None:
    """Marks of dithers may have no distances."""
    rows = [{"RADistanceRaw": "NaN", "DECDistanceRaw": "NaN", "Dither": 0.01}] * 3
    given = decode(GuideGraph, {"GuideSteps": [*rows, {"RADistanceRaw": 0.5}, *rows]})
    assert [step.is_dither for step in given.steps] == [True] * 3 + [False] + [True] * 3
    assert guiding(GuidingData(graph=given))(look(400))


def test_a_server_that_has_no_nan() -> None:
    """It writes 0 for a step that is no dither."""
    given = decode(GuideGraph, {"GuideSteps": [{"RADistanceRaw": 0.5, "Dither": 0}]})
    assert [step.is_dither for step in given.steps] == [False]


def point(position: Any, value: Any, error: Any = 0.1) -> dict[str, Any]:
    """Return a point as it is in a report."""
    return {"Position": position, "Value": value, "Error": error}


@pytest.mark.parametrize(
    "more",
    [
        {"MeasurePoints": []},
        {"MeasurePoints": None},
        {"MeasurePoints": [point(5000, 2.0)]},
        {"MeasurePoints": [point(5000, 2.0), point(5000, 2.5), point(5000, 2.1)]},
        {"MeasurePoints": [point(5000, -2.0), point(5100, "NaN"), point(5200, 0)]},
        {"MeasurePoints": [point(5000, 2.0, "NaN"), point(5100, 3.0, -4), point(None, 2)]},
        {"MeasurePoints": [point(0, 1e-9), point(1e9, 1e9, 1e9)]},
        {"MeasurePoints": [point(n, 2 + n % 7) for n in range(10_000)]},
        {"Fittings": None, "RSquares": None},
        {"Fittings": dict.fromkeys(("Quadratic", "Hyperbolic", "Gaussian"), "")},
        {
            "Fittings": {
                "Hyperbolic": "y = x / 0",
                "Quadratic": "__import__('os')",
                "Gaussian": "y = 10^x^x",
            }
        },
        {
            "Fittings": {
                "Hyperbolic": "y = 1E300 * (x - 5000)",
                "Quadratic": "y = 1E305 * (x - 5000) * -1",
                "Gaussian": "y = 1E18 * (x - 5000)^3",
            }
        },
        {"MeasurePoints": [point(5000, 1e-300, 0), point(5001, 2e-300, 0)]},
        {"CalculatedFocusPoint": point("NaN", "NaN")},
        {"CalculatedFocusPoint": point(-1e9, 1.0)},
        {"Method": "CONTRASTDETECTION", "Filter": "\u202egnp.\nL" * 200},
        {"Filter": None, "Temperature": "NaN", "Timestamp": "soon", "Fitting": None},
    ],
)
def test_reports(more: dict[str, Any]) -> None:
    """Nothing in a report keeps it from being drawn; nor does nothing at all."""
    whole = AutofocusData(report=report(**more))
    drawn = autofocus(whole)(look(400))
    assert drawn.startswith(b"\x89PNG")
    assert drawn != autofocus(AutofocusData(report=report()))(look(400))
    assert autofocus(AutofocusData(report=decode(AutofocusReport, more)))(look(400))


@pytest.mark.parametrize(
    "points",
    [
        (),
        ((None, None),),
        ((5000.0, None),),
        ((5000.0, 2.0),),
        ((5000.0, 2.0), (5000.0, 2.0)),
        ((NAN, 2.0), (5000.0, math.inf), (5100.0, 2.0)),
        tuple((5000.0 + n, 2.0) for n in range(200)),
    ],
)
@pytest.mark.parametrize("state", RunState)
def test_runs(state: RunState, points: Sequence[tuple[float | None, float | None]]) -> None:
    """A run is drawn at every moment of it, however it goes."""
    assert autofocus(AutofocusData(run=run(state, *points)))(look(400))


def test_what_is_shown() -> None:
    """A run counts until there is its report; a report from before it is that of another."""
    running, failed = run(RunState.RUNNING), run(RunState.FAILED)
    assert AutofocusData(report=report(), run=running, is_reported=True).shows_run
    assert AutofocusData(report=report(), run=failed).shows_run
    done = AutofocusData(report=report(), run=failed, is_reported=True)
    assert not done.shows_run
    assert done.data_at == MOMENT
    assert replace(done, report=None, run=None).data_at is None


def test_a_fault_in_a_drawing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is logged once, and the plate says so: an old picture would be taken for the newest."""
    faulty = set[str]()

    def fail(_data: GuidingData | AutofocusData, _look: Look) -> bytes:
        raise ZeroDivisionError

    def errors() -> list[str]:
        return [each.message for each in caplog.records if each.levelno == logging.ERROR]

    monkeypatch.setattr(drawings, "draw_autofocus", fail)
    with monkeypatch.context() as broken:
        broken.setattr(drawings, "draw_guiding", fail)
        plates = [drawn_or_not(Plot.GUIDING, GuidingData(), look(400), faulty) for _ in range(3)]
    assert plates[0].startswith(b"\x89PNG")
    assert plates[0] != drawn_or_not(Plot.AUTOFOCUS, AutofocusData(), look(400), faulty)
    told = [f"The plot {each} could not be drawn" for each in ("guiding", "autofocus")]
    assert errors() == told
    assert "ZeroDivisionError" in caplog.text
    assert drawn_or_not(Plot.GUIDING, GuidingData(), look(400), faulty) != plates[0]
    monkeypatch.setattr(drawings, "draw_guiding", fail)
    drawn_or_not(Plot.GUIDING, GuidingData(), look(400), faulty)
    assert errors() == [*told, told[0]]


def test_the_time_of_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is on every plot; of data whose time is not known, that is said: they may be old."""
    written: list[str] = []
    monkeypatch.setattr(Canvas, "text", lambda _self, _place, text, *_, **__: written.append(text))
    known = f"{texts().date_and_clock(MOMENT)}"
    for draw, told in (
        (guiding(GuidingData(graph=graph(30), data_at=MOMENT)), known),
        (guiding(GuidingData(graph=graph(30))), "Time unknown"),
        (guiding(GuidingData()), None),
        (autofocus(AutofocusData(report=replace(report(), timestamp=None))), "Time unknown"),
        (autofocus(AutofocusData()), None),
    ):
        written.clear()
        draw(look(800))
        assert [each for each in written if each in (known, "Time unknown")] == [
            each for each in (told,) if each is not None
        ]


@pytest.mark.parametrize(
    ("method", "is_drawn"), [("STARHFR", False), (None, False), ("CONTRASTDETECTION", True)]
)
def test_a_curve_with_a_peak(
    monkeypatch: pytest.MonkeyPatch, method: str | None, is_drawn: bool
) -> None:
    """It is drawn through contrasts alone: through sizes of stars, it is absurd."""
    written: list[str] = []
    monkeypatch.setattr(Canvas, "text", lambda _self, _place, text, *_, **__: written.append(text))
    autofocus(AutofocusData(report=report(Method=method)))(look(800))
    assert any(each.startswith("Gaussian") for each in written) is is_drawn
    assert any(each.startswith("Hyperbola") for each in written)


def captured(fixtures: Path, pattern: str) -> list[Any]:
    """Return the responses of captures."""
    return [orjson.loads(path.read_bytes())["Response"] for path in sorted(fixtures.glob(pattern))]


def test_captured_reports(fixtures: Path) -> None:
    """Every curve of every real report can be computed, and is seen."""
    reports = captured(fixtures, "*_focuser_last_af.json")
    assert len(reports) >= 5
    for each in reports:
        decoded = decode(AutofocusReport, each)
        bare = decode(AutofocusReport, each | {"Fittings": None})
        with_curves = colors(autofocus(AutofocusData(report=decoded))(look(400)))
        assert len(with_curves - colors(autofocus(AutofocusData(report=bare))(look(400)))) > 20


def test_captured_graphs(fixtures: Path) -> None:
    """A guider that never guided has an empty graph."""
    graphs = captured(fixtures, "*_guider_graph.json")
    assert [decode(GuideGraph, each).steps for each in graphs] == [()]
    assert decode(GuideGraph, graphs[0]).pixel_scale == graphs[0]["PixelScale"]
