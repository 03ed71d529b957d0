"""Data for the plot of a night: its frames, their quality, and what happened in between."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import groupby, pairwise
from math import isfinite
from typing import Final

from ..api import EventType, Frame, one_line
from ..readings.frame_statistics import noon_of
from ..readings.night_marks import CONNECTION_FOUND, CONNECTION_LOST, SAFE, UNSAFE, Mark
from ..readings.site import DAY, Site, next_noon
from ..readings.twilight import Spell, night_at, spells

# Longer times between exposures that were measured interrupt a line.
GAP: Final = timedelta(minutes=15)
# Time before and after the frames that is shown without a site, and the shortest time that is shown.
MARGIN: Final = timedelta(minutes=15)
SHORTEST_NIGHT: Final = timedelta(hours=2)
# Shorter losses of the connection interrupted nothing.
SHORTEST_LOSS: Final = timedelta(minutes=1)
# Values beyond these were not measured: px and arcseconds.
MOST_HFR: Final = 100.0
MOST_RMS: Final = 60.0
# An autofocus run that takes longer has failed: N.I.N.A. seldom reports that.
LONGEST_AUTOFOCUS: Final = timedelta(minutes=30)
# Columns from which on a bar has a gap after it.
WIDE: Final = 4

# The order in which filters are shown; all others follow by name.
_ORDER: Final = ("l", "lum", "luminance", "r", "red", "g", "green", "b", "blue", "h", "ha", "hα")
_STARTS: Final = (EventType.SCHEDULER_TARGET_STARTED, EventType.SCHEDULER_NEW_TARGET_STARTED)

type Point = tuple[datetime, float | None]


class ShadeKind(StrEnum):
    """The reasons why nothing could be imaged; the first ones are shown above later ones."""

    UNSAFE = "unsafe"
    NO_CONNECTION = "no_connection"
    WAIT = "wait"


# The marks that begin a shaded time, and those that end it.
_SHADES: Final[Mapping[ShadeKind, tuple[str, frozenset[str]]]] = {
    ShadeKind.UNSAFE: (UNSAFE, frozenset({SAFE, EventType.SAFETY_MONITOR_CONNECTED})),
    ShadeKind.NO_CONNECTION: (CONNECTION_LOST, frozenset({CONNECTION_FOUND})),
    ShadeKind.WAIT: (
        EventType.SCHEDULER_WAIT_STARTED,
        frozenset({*_STARTS, EventType.SEQUENCE_STARTED, EventType.SEQUENCE_FINISHED}),
    ),
}


class HappeningKind(StrEnum):
    """Kinds of events that are marked."""

    AUTOFOCUS = "autofocus"
    AUTOFOCUS_FAILED = "autofocus_failed"
    FLIP = "meridian_flip"
    DITHER = "dither"
    FILTER = "filter"


@dataclass(frozen=True, slots=True)
class Shade:
    """A time in which nothing could be imaged."""

    kind: ShadeKind
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened at a moment; `filter` is the one that was changed to."""

    kind: HappeningKind
    at: datetime
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """The exposure of a frame, through the filter with a number."""

    filter: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Band:
    """The time in which a target was imaged."""

    name: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NightView:
    """A night as it is shown.

    HFR is in px, the guiding error in arcseconds; None is a gap in a line. `seconds` are exposed
    through each of the `filters`.
    """

    night: date
    start: datetime
    end: datetime
    data_at: datetime
    light: tuple[Spell, ...]
    filters: tuple[str, ...]
    seconds: tuple[float, ...]
    bars: tuple[Bar, ...]
    targets: tuple[Band, ...]
    hfr: tuple[Point, ...]
    rms: tuple[Point, ...]
    shades: tuple[Shade, ...]
    happenings: tuple[Happening, ...]

    @property
    def integration(self) -> float:
        """The exposure time of all frames in s."""
        return sum(self.seconds)


@dataclass(frozen=True, slots=True)
class Lanes:
    """The rows of a plot: the names of filters, and the row of each filter of the night.

    The last row is for as many `others` and has no name, if there are any.
    """

    names: tuple[str, ...]
    rows: tuple[int, ...]
    others: int = 0


def lanes(view: NightView, most: int) -> Lanes:
    """Return at most some rows: the filters that were used the longest have their own."""
    count = len(view.filters)
    if count <= most:
        return Lanes(view.filters, tuple(range(count)))
    by_time = sorted(range(count), key=lambda each: -view.seconds[each])
    own = sorted(by_time[: most - 1])
    rows = {each: row for row, each in enumerate(own)}
    return Lanes(
        names=(*(view.filters[each] for each in own), ""),
        rows=tuple(rows.get(each, most - 1) for each in range(count)),
        others=count - len(own),
    )


def data_at(frames: Iterable[Frame], marks: Iterable[Mark]) -> datetime | None:
    """Return when the newest frame was saved, or a mark of its night happened; None without frames."""
    dates = [frame.date for frame in frames if frame.date is not None]
    if not dates:
        return None
    newest = max(dates)
    noon = noon_of(newest)
    return max((mark.at for mark in marks if noon <= mark.at < noon + DAY), default=newest)


def night_view(
    frames: Iterable[Frame], marks: Iterable[Mark], site: Site | None, now: datetime
) -> NightView | None:
    """Return the night of the newest of its light frames and its marks, both in any order.

    None without a frame. In a thread: there may be thousands.
    """
    dated = sorted(
        ((frame.date, frame.filename or "", frame) for frame in frames if frame.date is not None),
        key=lambda each: each[:2],
    )
    if not dated:
        return None
    noon = noon_of(dated[-1][0])
    taken = [(saved, frame) for saved, _, frame in dated if saved >= noon]
    start, end = _span(taken, noon, site)
    happened = sorted((each for each in marks if noon <= each.at < noon + DAY), key=_time_of)
    shown = [each for each in happened if each.at < end]
    seconds = _seconds_by_filter(frame for _, frame in taken)
    return NightView(
        night=noon.date(),
        start=start,
        end=end,
        data_at=max([taken[-1][0], *(each.at for each in happened[-1:])]),
        light=() if site is None else spells(site, start, end),
        filters=tuple(seconds),
        seconds=tuple(seconds.values()),
        bars=tuple(_bars(taken, tuple(seconds))),
        targets=tuple(_bands(taken)),
        hfr=_line(taken, [_plausible(frame.hfr, MOST_HFR) for _, frame in taken]),
        rms=_line(taken, [_rms_of(frame) for _, frame in taken]),
        shades=_shades(
            shown,
            sorted(_start_of(saved, frame) for saved, frame in taken),
            start,
            min(end, max(now, taken[-1][0])),
        ),
        happenings=tuple(
            each
            for each in sorted((*_happenings(shown, now), *_filter_changes(taken)), key=_time_of)
            if start <= each.at <= end
        ),
    )


def _time_of(each: Mark | Happening) -> datetime:
    return each.at


def _span(
    taken: Sequence[tuple[datetime, Frame]], noon: datetime, site: Site | None
) -> tuple[datetime, datetime]:
    """Return the first and the last time to show: the night, and all frames, from noon to noon."""
    first, last = _start_of(*taken[0]), taken[-1][0]
    if site is None:
        start, end = first - MARGIN, last + MARGIN
        end = max(end, start + SHORTEST_NIGHT)
    else:
        night, following = night_at(site, next_noon(taken[0][0], site) - DAY)
        start, end = min(night, first - MARGIN), max(following, last + MARGIN)
    return max(start, noon - MARGIN), min(end, noon + DAY + MARGIN)


def _start_of(saved: datetime, frame: Frame) -> datetime:
    """Return when the exposure of a frame began."""
    return saved - timedelta(seconds=min(frame.exposure_time or 0.0, DAY.total_seconds()))


def _seconds_by_filter(frames: Iterable[Frame]) -> Mapping[str, float]:
    """Return the exposure time through each filter, in the order of the rows."""
    seconds: dict[str, float] = {}
    for frame in frames:
        name = _name(frame.filter)
        seconds[name] = seconds.get(name, 0.0) + (frame.exposure_time or 0.0)
    return dict(sorted(seconds.items(), key=lambda each: _rank(each[0])))


@lru_cache(maxsize=512)
def _name(given: str | None) -> str:
    """Return a name as one line; a dash if there is none."""
    return one_line(given or "") or "–"


def _rank(name: str) -> tuple[int, str]:
    """Return the place of a filter in the order of the rows."""
    plain = name.casefold().split(" ")[0]
    return (_ORDER.index(plain) if plain in _ORDER else len(_ORDER), name)


def _bars(taken: Sequence[tuple[datetime, Frame]], filters: Sequence[str]) -> Iterator[Bar]:
    """Yield the exposures."""
    numbers = {name: number for number, name in enumerate(filters)}
    for saved, frame in taken:
        yield Bar(numbers[_name(frame.filter)], _start_of(saved, frame), saved)


def _bands(taken: Sequence[tuple[datetime, Frame]]) -> Iterator[Band]:
    """Yield the targets, each until the next one begins, or until its last frame."""
    for name, group in groupby(taken, key=lambda each: _name(each[1].target_name)):
        frames = list(group)
        yield Band(name, _start_of(*frames[0]), frames[-1][0])


def _line(
    taken: Sequence[tuple[datetime, Frame]], values: Iterable[float | None]
) -> tuple[Point, ...]:
    """Return a line through values at the middle of their exposures, with gaps where it ends."""
    known = [
        (_start_of(saved, frame), saved, value)
        for (saved, frame), value in zip(taken, values, strict=True)
        if value is not None
    ]
    points: list[Point] = []
    for number, (begun, saved, value) in enumerate(known):
        if number and begun - known[number - 1][1] > GAP:
            points.append((begun, None))
        points.append((begun + (saved - begun) / 2, value))
    return tuple(points)


def _plausible(value: float | None, most: float) -> float | None:
    """Return a measured value; None for one that cannot have been measured."""
    if value is None or not isfinite(value) or not 0 < value <= most:
        return None
    return value


def _rms_of(frame: Frame) -> float | None:
    """Return the guiding error of a frame in arcseconds."""
    rms = frame.rms
    return None if rms is None else _plausible(rms.arcseconds, MOST_RMS)


def _shades(
    marks: Sequence[Mark], exposures: Sequence[datetime], start: datetime, end: datetime
) -> tuple[Shade, ...]:
    """Return the shaded times within a night; one that did not end lasts until now.

    A wait is over when the next exposure begins.
    """
    found: list[Shade] = []
    for kind, (begins, ends) in _SHADES.items():
        since: datetime | None = None
        for mark in (*marks, None):
            if mark is not None and mark.kind == begins:
                since = since or mark.at
            elif since is not None and (mark is None or mark.kind in ends):
                until = end if mark is None else min(mark.at, end)
                following = bisect_right(exposures, since)
                if kind is ShadeKind.WAIT and following < len(exposures):
                    until = min(until, exposures[following])
                first, since = max(since, start), None
                short = kind is ShadeKind.NO_CONNECTION and until - first < SHORTEST_LOSS
                if first < until and not short:
                    found.append(Shade(kind, first, until))
    return tuple(found)


def _happenings(marks: Iterable[Mark], now: datetime) -> Iterator[Happening]:
    """Yield what is marked; an autofocus run where it began, and as failed if it did not finish."""
    begun: datetime | None = None
    for mark in marks:
        match mark.kind:
            case EventType.AUTOFOCUS_STARTED:
                if begun is not None:
                    yield Happening(HappeningKind.AUTOFOCUS_FAILED, begun)
                begun = mark.at
            case EventType.AUTOFOCUS_FINISHED:
                yield Happening(HappeningKind.AUTOFOCUS, begun or mark.at)
                begun = None
            case EventType.AUTOFOCUS_FAILED:
                yield Happening(HappeningKind.AUTOFOCUS_FAILED, begun or mark.at)
                begun = None
            case EventType.MERIDIAN_FLIP_STARTED:
                yield Happening(HappeningKind.FLIP, mark.at)
            case EventType.GUIDER_DITHERED:
                yield Happening(HappeningKind.DITHER, mark.at)
    if begun is not None and now - begun < LONGEST_AUTOFOCUS:
        yield Happening(HappeningKind.AUTOFOCUS, begun)
    elif begun is not None:
        yield Happening(HappeningKind.AUTOFOCUS_FAILED, begun)


def _filter_changes(taken: Sequence[tuple[datetime, Frame]]) -> Iterator[Happening]:
    """Yield the changes of the filter between frames."""
    for (_, before), (saved, frame) in pairwise(taken):
        name = _name(frame.filter)
        if name != _name(before.filter):
            yield Happening(HappeningKind.FILTER, _start_of(saved, frame), name)


def thinned(points: Iterable[Point], step: timedelta) -> list[Point]:
    """Return the lowest and the highest value of each step of time, in their order, and all gaps."""
    kept: list[Point] = []
    group: list[tuple[datetime, float]] = []
    for moment, value in points:
        if group and (value is None or moment - group[0][0] >= step):
            kept += _extremes(group)
            group = []
        if value is None:
            kept.append((moment, None))
        else:
            group.append((moment, value))
    return kept + _extremes(group)


def _extremes(group: list[tuple[datetime, float]]) -> list[Point]:
    """Return the lowest and the highest of some points, or all if they are few."""
    if len(group) < 3:
        return list(group)
    ends = min(group, key=lambda each: each[1]), max(group, key=lambda each: each[1])
    return sorted(ends, key=lambda each: each[0])


def filled(bars: Iterable[tuple[float, float]], columns: int) -> list[tuple[int, int]]:
    """Return the columns that bars fill, as runs of a first column and the one after the last.

    A bar that is wide enough to be seen as one ends a column early; narrow ones a column apart are
    one run, so that there are never more runs than columns.
    """
    runs: list[tuple[int, int]] = []
    for left, right in sorted(bars):
        wide = right - left >= WIDE
        first = max(0, int(left))
        last = min(columns, max(first + 1, int(right) - wide))
        if first >= columns or right <= 0:
            continue
        if runs and (first < runs[-1][1] or (first <= runs[-1][1] + 1 and not wide)):
            runs[-1] = (runs[-1][0], max(last, runs[-1][1]))
        else:
            runs.append((first, last))
    return runs
