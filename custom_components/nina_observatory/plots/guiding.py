"""The plot *Guiding*: errors and corrections of the last guide steps, and when it dithered."""

from collections.abc import Iterator, Sequence
from typing import Final

from ..api import GraphStep, GuideGraph
from .axes import Axis, finite, number_axis
from .content import GuidingData
from .look import Look
from .panel import Panel
from .plate import Entry, Mark, Plate
from .style import DECLINATION, MUTED, PANEL, RIGHT_ASCENSION, WARNING, mix
from .texts import Texts

# The axis shows at least this many arcseconds or pixels: calm guiding looks calm.
_LEAST: Final = 1.0
# Steps beyond so many times what nine of ten keep are cut off at the edge: a dither, a gust.
_OUTLIER: Final = 2.5
_NINE_OF_TEN: Final = 0.9
_FAINT: Final = 0.38
_MINUTE: Final = 60.0
# Steps that the axis has room for at least.
_FEWEST: Final = 20


def draw_guiding(data: GuidingData, look: Look) -> bytes:
    """Return the plot as a PNG."""
    texts, graph = look.texts, data.graph
    plate = Plate(look)
    has_steps = graph is not None and any(_is_known(step) for step in graph.steps)
    plate.heading(texts("guiding"), data.data_at if has_steps else None, has_data=has_steps)
    if graph is None or not has_steps:
        plate.empty(texts("guiding_empty"), texts(f"guiding_{data.missing}"))
        return plate.png()
    scale, unit = (graph.pixel_scale, "″") if graph.pixel_scale else (1.0, "px")
    ra = _scaled([step.ra for step in graph.steps], scale)
    dec = _scaled([step.dec for step in graph.steps], scale)
    dithers = list(_dithers(graph.steps))
    plate.captions(*_captions(graph, scale, unit, len(dithers), texts))
    has_pulses = any(step.ra_duration or step.dec_duration for step in graph.steps)
    plate.legend(*_legend(texts, dithers=bool(dithers), pulses=has_pulses))
    places, axis = _places(len(graph.steps), data.seconds_per_step, texts)
    reach = _reach([*ra, *dec])
    y = number_axis((), texts, name=texts("error", unit=unit), low=-reach, high=reach)
    (panel,) = plate.panels(axis, (y, _pulses(graph, texts)) if has_pulses else y)
    half = (places[1] - places[0]) / 2 if len(places) > 1 else 0.5
    panel.spans(((places[first] - half, places[last] + half) for first, last in dithers), WARNING)
    if has_pulses:
        _draw_pulses(panel, graph.steps, places)
    panel.horizontal(0.0, mix(PANEL, MUTED, 0.8), width=1.0)
    panel.line(zip(places, dec, strict=True), DECLINATION)
    panel.line(zip(places, ra, strict=True), RIGHT_ASCENSION)
    return plate.png()


def _is_known(step: GraphStep) -> bool:
    return step.ra is not None or step.dec is not None


def _scaled(values: Sequence[float | None], scale: float) -> list[float | None]:
    return [None if value is None else value * scale for value in values]


def _captions(
    graph: GuideGraph, scale: float, unit: str, dithers: int, texts: Texts
) -> Iterator[str]:
    """Yield the errors in words, and the number of dithers."""
    if (rms := graph.rms) is not None:
        named = (("rms", rms.total), ("rms_ra", rms.ra), ("rms_dec", rms.dec))
        for key, value in named:
            if value is not None:
                yield texts(key, value=f"{texts.number(value * scale, 2)}{_joined(unit)}")
    if dithers:
        yield texts("dithers", count=texts.number(dithers))


def _joined(unit: str) -> str:
    """Return a unit as it follows a number."""
    return unit if unit == "″" else f" {unit}"


def _legend(texts: Texts, *, dithers: bool, pulses: bool) -> Iterator[Entry]:
    """Yield what the plot shows."""
    yield Entry(texts("ra"), RIGHT_ASCENSION)
    yield Entry(texts("dec"), DECLINATION)
    if pulses:
        yield Entry(texts("corrections"), mix(PANEL, MUTED, 0.6), Mark.BAR)
    if dithers:
        yield Entry(texts("dither"), mix(PANEL, WARNING, 0.5), Mark.BAR)


def _dithers(steps: Sequence[GraphStep]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last step of each dither."""
    first: int | None = None
    for index, step in enumerate(steps):
        if step.is_dither and first is None:
            first = index
        elif not step.is_dither and first is not None:
            yield first, index - 1
            first = None
    if first is not None:
        yield first, len(steps) - 1


def _places(count: int, seconds_per_step: float | None, texts: Texts) -> tuple[list[float], Axis]:
    """Return where the steps are on their axis: in minutes before the newest one, or in steps."""
    share = 1.0 if seconds_per_step is None else seconds_per_step / _MINUTE
    places = [(index - count + 1) * share for index in range(count)]
    name = texts("steps") if seconds_per_step is None else texts("minutes")
    first = min(places[0], -_FEWEST * share)
    return places, number_axis((), texts, name=name, low=first, high=0.0, rounded=False)


def _reach(values: Sequence[float | None]) -> float:
    """Return how far the axis of the errors reaches."""
    sizes = sorted(abs(value) for value in finite(values))
    usual = sizes[int((len(sizes) - 1) * _NINE_OF_TEN)] * _OUTLIER
    return max(_LEAST, min(sizes[-1] * 1.05, usual))


def _pulses(graph: GuideGraph, texts: Texts) -> Axis:
    """Return the axis of the corrections."""
    sizes = [each for step in graph.steps for each in (step.ra_duration, step.dec_duration)]
    return number_axis(sizes, texts, name=texts("correction"), symmetric=True)


def _draw_pulses(panel: Panel, steps: Sequence[GraphStep], places: Sequence[float]) -> None:
    """Draw the corrections as faint bars behind the errors."""
    width = max(1.0, (panel.box[2] - panel.box[0]) / max(_FEWEST, len(steps)) * 0.35)
    both = (
        (DECLINATION, [step.dec_duration for step in steps]),
        (RIGHT_ASCENSION, [step.ra_duration for step in steps]),
    )
    for color, sizes in both:
        pairs = zip(places, sizes, strict=True)
        panel.bars(pairs, color, width=width, right=True, share=_FAINT)
