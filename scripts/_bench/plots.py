"""Plots: what drawing them costs, and what their viewers ask N.I.N.A. for."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
import math
from pathlib import Path
import re
from time import thread_time
from typing import Any, Final

from homeassistant.components.image import async_get_image

from .house import House, NotMeasurableError, settled_house

_WIDTH: Final = 1600
_SMALL: Final = 400
_STEPS: Final = 400
_POINTS: Final = 11
_FRAMES: Final = 3000
_FILTERS: Final = 40
_TARGETS: Final = 8
_HOUR: Final = timedelta(hours=1)
_DUSK: Final = datetime(2026, 2, 24, 19, tzinfo=UTC)
_ROUNDS: Final = 5
_VIEWERS: Final = 20
_CHANGES: Final = 3
# Seconds in which a reading shows other guide steps.
_SHOWN: Final = 15.0
_PEAK: Final = re.compile(r"VmHWM:\s+(\d+) kB")

type Draw = Callable[[int], bytes]


async def measure(argument: str) -> dict[str, float]:
    """Return the figures of the drawing, or those of the viewers."""
    return await (_drawing() if argument == "drawing" else _viewers())


async def _drawing() -> dict[str, float]:
    """Return the processor time in ms and the memory in MB for the plot that needs most of it."""
    drawings = _drawings()
    for draw in drawings:
        # Imports and typefaces are kept.
        draw(_SMALL)
    before = _peak()
    pictures = [len(draw(_WIDTH)) for draw in drawings]
    memory = _peak() - before
    times = [min(_timed(draw) for _ in range(_ROUNDS)) for draw in drawings]
    return {
        "plot-time": max(times) * 1e3,
        "plot-memory": memory,
        "plot-size": max(pictures) / 1e3,
    }


def _timed(draw: Draw) -> float:
    """Return the seconds of processor time for a plot."""
    began = thread_time()
    draw(_WIDTH)
    return thread_time() - began


def _peak() -> float:
    """Return the most megabytes that this process has had in memory."""
    found = _PEAK.search(Path("/proc/self/status").read_text(encoding="ascii"))
    if found is None:
        raise NotMeasurableError("this machine does not tell")
    return int(found[1]) / 1e3


def _drawings() -> list[Draw]:
    """Return the drawings of the plots, each of as much as there usually is at most."""
    try:
        from custom_components.nina_observatory.plots.autofocus import (  # noqa: PLC0415
            draw_autofocus,
        )
        from custom_components.nina_observatory.plots.content import (  # noqa: PLC0415
            AutofocusData,
            GuidingData,
        )
        from custom_components.nina_observatory.plots.guiding import draw_guiding  # noqa: PLC0415
        from custom_components.nina_observatory.plots.look import Look  # noqa: PLC0415
        from custom_components.nina_observatory.plots.night import draw_night  # noqa: PLC0415
        from custom_components.nina_observatory.plots.night_data import night_view  # noqa: PLC0415
        from custom_components.nina_observatory.plots.sky import draw_sky  # noqa: PLC0415
        from custom_components.nina_observatory.plots.sky_data import (  # noqa: PLC0415
            SkyTarget,
            sky_view,
        )
        from custom_components.nina_observatory.plots.texts import Texts  # noqa: PLC0415
    except ImportError:
        raise NotMeasurableError("it has no plots") from None
    from custom_components.nina_observatory.api import (  # noqa: PLC0415
        AutofocusReport,
        Frame,
        GuideGraph,
        decode,
    )
    from custom_components.nina_observatory.readings.site import Site  # noqa: PLC0415

    texts = Texts(words={})
    graph = decode(GuideGraph, _graph())
    report = decode(AutofocusReport, _report())
    frames = [decode(Frame, each) for each in _frames()]
    site = Site(latitude=53.55, longitude=9.99)
    targets = [
        SkyTarget(
            name=f"Target {number}",
            right_ascension=25.0 * number,
            declination=40.0,
            slots=((_DUSK + number * _HOUR, _DUSK + (number + 1) * _HOUR),),
        )
        for number in range(_TARGETS)
    ]
    return [
        lambda width: draw_night(
            night_view(frames, (), site, _DUSK + 12 * _HOUR), Look(texts=texts, width=width)
        ),
        lambda width: draw_sky(
            sky_view(site, targets, _DUSK), Look(texts=texts, width=width), _DUSK
        ),
        lambda width: draw_guiding(GuidingData(graph=graph), Look(texts=texts, width=width)),
        lambda width: draw_autofocus(AutofocusData(report=report), Look(texts=texts, width=width)),
    ]


def _graph() -> dict[str, Any]:
    """Return a guide graph."""
    steps = [
        {
            "RADistanceRaw": math.sin(number * 0.9) + 0.4 * math.sin(number * 2.3),
            "DECDistanceRaw": math.cos(number * 0.7),
            "RADuration": 200 * math.sin(number),
            "DECDuration": 150 * math.cos(number),
            "Dither": 0.01 if number % 50 < 2 else "NaN",
        }
        for number in range(_STEPS)
    ]
    return {"GuideSteps": steps, "PixelScale": 1.5, "RMS": {"RA": 0.7, "Dec": 0.7, "Total": 1.0}}


def _frames() -> Iterator[dict[str, Any]]:
    """Yield the frames of a night of short exposures."""
    for number in range(_FRAMES):
        yield {
            "Date": (_DUSK + number * timedelta(seconds=10)).isoformat(),
            "Filename": f"{number}.fits",
            "ImageType": "LIGHT",
            "Filter": f"Filter {number // 20 % _FILTERS}",
            "TargetName": f"Target {number // 100}",
            "ExposureTime": 8,
            "HFR": 2.2 + 0.4 * math.sin(number * 0.9),
            "RmsText": f'Tot: 0.40 ({0.6 + 0.2 * math.sin(number * 0.7):.2f}")',
        }


def _report() -> dict[str, Any]:
    """Return the report of an autofocus with several curves."""
    points = [
        {"Position": 5000 + 50 * number, "Value": 2 + abs(number - 5) * 0.9, "Error": 0.2}
        for number in range(_POINTS)
    ]
    return {
        "Method": "STARHFR",
        "Fitting": "TRENDHYPERBOLIC",
        "MeasurePoints": points,
        "CalculatedFocusPoint": {"Position": 5250, "Value": 2.0},
        "Fittings": {
            "Hyperbolic": "y = 2.0 * cosh(asinh((5250 - x) / 80))",
            "Quadratic": "y = 0.00007 * (x - 5250)^2 + 2",
            "LeftTrend": "y = -0.018 * x + 96.5",
            "RightTrend": "y = 0.018 * x + -92.5",
        },
    }


async def _viewers() -> dict[str, float]:
    """Return the requests for one change of the guide graph."""
    async with settled_house("clear_night", complete=True) as house:
        await asyncio.sleep(_SHOWN)
        return {"plot-viewers": max([await _change(house) for _ in range(_CHANGES)])}


async def _change(house: House) -> int:
    """Have guiding go on and looked at; return the requests for the graph."""
    await asyncio.sleep(_SHOWN)
    plot = house.entity("image", "guider_guiding_plot")
    before = await _graphs(house)
    await asyncio.gather(*(async_get_image(house.hass, plot) for _ in range(_VIEWERS)))
    return await _graphs(house) - before


async def _graphs(house: House) -> int:
    """Return how often the graph was asked for."""
    requests = (await house.site.ask("requests"))["requests"]
    return sum(path.endswith("/guider/graph") for path, *_ in requests)
