"""The report of a night: its frames, their quality, and the interruptions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from heapq import nsmallest
from pathlib import PureWindowsPath
from statistics import fmean, median
from typing import Any, Final

from ..api import EventType, Frame, one_line, plain
from ..api.clocks import Clock
from ..helpers.markdown import escape_markdown
from ..readings.frame_list import frame_id
from ..readings.frame_statistics import FrameStatistics, noon_of
from ..readings.night_marks import (
    CONNECTION_FOUND,
    CONNECTION_LOST,
    GUIDING_FOUND,
    GUIDING_LOST,
    SAFE,
    UNSAFE,
    Mark,
)
from ..roof.detector import RoofMovement
from .report_text import ReportTexts

# The texts of the movements.
ROOF: Final[dict[str, str]] = {
    RoofMovement.OPENED: "roof_opened",
    RoofMovement.CLOSED: "roof_closed",
    RoofMovement.CLOSE_FAILED: "roof_not_closed",
}
# Maximum number of roof movements in a report, the newest ones.
MOST_MOVEMENTS: Final = 20

# Events that start an interruption, its text, and the events that end it. A monitor that reconnects
# has not reported "safe" yet.
INTERRUPTIONS: Final[tuple[tuple[str, str, frozenset[str]], ...]] = (
    (UNSAFE, "unsafe", frozenset({SAFE, EventType.SAFETY_MONITOR_CONNECTED})),
    (GUIDING_LOST, "guiding_lost", frozenset({GUIDING_FOUND})),
    (
        EventType.MERIDIAN_FLIP_STARTED,
        "meridian_flip",
        frozenset({EventType.MERIDIAN_FLIP_FINISHED}),
    ),
    (CONNECTION_LOST, "connection_lost", frozenset({CONNECTION_FOUND})),
)
# Shorter losses of the connection interrupted nothing; only the longest interruptions are listed.
SHORTEST_GAP: Final = timedelta(minutes=1)
MOST_INTERRUPTIONS: Final = 30
# A supernova hunter has hundreds of targets a night, too many for a notification.
MOST_LINES: Final = 40
MOST_NAMES: Final = 10
# A frame with fewer stars than this share of the usual number was taken through clouds, and its HFR
# means little.
MOST_BEST: Final = 6
FEWEST_STARS: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """A time in which nothing could be imaged; without an end if none is known."""

    kind: str
    start: datetime
    end: datetime | None

    @property
    def name(self) -> str:
        """Return its name: the event that started it, without the verb."""
        return self.kind.removesuffix("_started")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The light frames of a target through one filter, or through all of them."""

    target: str
    filter: str | None = None
    statistics: FrameStatistics


@dataclass(frozen=True, slots=True, kw_only=True)
class BestFrame:
    """The sharpest frame of a target and filter, with the id of its picture; HFR in px."""

    id: str
    name: str | None
    taken_at: datetime | None
    target: str | None
    filter: str | None
    hfr: float
    stars: int | None

    @classmethod
    def of(cls, frame: Frame, hfr: float) -> BestFrame:
        """Return a frame with its HFR."""
        return cls(
            id=frame_id(frame),
            name=None if frame.filename is None else PureWindowsPath(frame.filename).name,
            taken_at=frame.date,
            target=frame.target_name,
            filter=frame.filter,
            hfr=hfr,
            stars=None if frame.stars is None else round(frame.stars),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report of a night; integration in s, HFR in px, guiding in arcseconds."""

    night: date | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    total: FrameStatistics = field(default_factory=FrameStatistics)
    targets: tuple[Row, ...] = ()
    rows: tuple[Row, ...] = ()
    filters: tuple[tuple[str, FrameStatistics], ...] = ()
    guiding_rms: float | None = None
    worst_guiding_rms: float | None = None
    autofocus_succeeded: int = 0
    autofocus_failed: int = 0
    # The sharpest first.
    best_frames: tuple[BestFrame, ...] = ()
    interruptions: tuple[Interruption, ...] = ()
    # Movements of the roof from readings, in order.
    roof: tuple[Mark, ...] = ()
    # The local time zone of the observatory, used for times in the text.
    clock: Clock = field(default_factory=Clock)
    texts: ReportTexts = field(default_factory=ReportTexts, compare=False)

    @property
    def summary(self) -> str:
        """Return a one-line summary of the night."""
        texts = self.texts
        if not self.total.frames:
            return texts("no_frames")
        named = [one_line(row.target) or "–" for row in self.targets]
        many = len(named) > MOST_NAMES
        return texts(
            "summary",
            frames=texts.counted("frames", self.total.frames),
            targets=texts.counted("targets", len(named)) if many else ", ".join(named),
            duration=texts.duration(self.total.integration_time),
            hfr=texts.pixels(self.total.average_hfr),
        )

    @property
    def markdown(self) -> str:
        """Return the report in Markdown for a notification."""
        if self.night is None or self.started_at is None or self.ended_at is None:
            return self.texts("sentence", text=escape_markdown(self.summary))
        texts, columns = self.texts, ("target", "filter", "frames", "integration", "hfr")
        more = len(self.rows) - MOST_LINES
        interruptions = self._interruption_lines()
        lines = [
            f"**{texts.night(self.night)}**",
            "",
            self._total(self.started_at, self.ended_at),
            "",
            f"| {' | '.join(texts(f'column_{column}') for column in columns)} |",
            "|---|---|--:|--:|--:|",
            *(self._row(row) for row in self.rows[:MOST_LINES]),
            *([f"| {texts('more', count=more)} | | | | |"] if more > 0 else []),
            "",
            *(f"- {line}" for line in self._quality_lines()),
            f"- {interruptions[0]}",
            *(f"  - {line}" for line in interruptions[1:]),
        ]
        return "\n".join(lines)

    @property
    def text(self) -> str:
        """Return the report without Markdown, for the notification of a phone."""
        if self.night is None or self.started_at is None or self.ended_at is None:
            return self.summary
        more = len(self.targets) - MOST_NAMES
        lines = [
            self._total(self.started_at, self.ended_at),
            *(self._target(row) for row in self.targets[:MOST_NAMES]),
            *([self.texts("more", count=more)] if more > 0 else []),
            *self._quality_lines(),
            *self._interruption_lines(),
        ]
        return "\n".join(lines)

    def _total(self, started_at: datetime, ended_at: datetime) -> str:
        return self.texts(
            "total",
            frames=self.texts.counted("frames", self.total.frames),
            duration=self.texts.duration(self.total.integration_time),
            span=self._span(started_at, ended_at),
        )

    def _row(self, row: Row) -> str:
        """Return a row of the table."""
        cells = (
            _cell(row.target),
            _cell(row.filter or ""),
            str(row.statistics.frames),
            _in_one_line(self.texts.duration(row.statistics.integration_time)),
            _in_one_line(self.texts.pixels(row.statistics.average_hfr)),
        )
        return f"| {' | '.join(cells)} |"

    def _target(self, row: Row) -> str:
        """Return the line for a target, with its frames by filter."""
        filters = [
            self.texts(
                "frames_of_filter",
                filter=one_line(each.filter or "") or "–",
                count=each.statistics.frames,
            )
            for each in self.rows
            if each.target == row.target
        ]
        return self.texts(
            "target",
            target=one_line(row.target) or "–",
            filters=", ".join(filters[:MOST_NAMES]),
            duration=self.texts.duration(row.statistics.integration_time),
        )

    def _quality_lines(self) -> list[str]:
        """Return the lines for sharpness, guiding, autofocus, and the roof, if it moved."""
        texts, total = self.texts, self.total
        roof = [texts(ROOF[mark.kind], time=self._time(mark.at)) for mark in self.roof]
        return [
            texts.spread("sharpness", texts.pixels, total.average_hfr, total.best_hfr),
            texts.spread("guiding", texts.arcseconds, self.guiding_rms, self.worst_guiding_rms),
            texts("autofocus", succeeded=self.autofocus_succeeded, failed=self.autofocus_failed),
            *([texts("roof", movements=", ".join(roof))] if roof else []),
        ]

    def _interruption_lines(self) -> list[str]:
        """Return a heading, and a line for each interruption."""
        if not self.interruptions:
            return [self.texts("no_interruptions")]
        return [self.texts("interruptions"), *map(self._describe, self.interruptions)]

    def _describe(self, interruption: Interruption) -> str:
        """Return the text for an interruption."""
        kind = self.texts({kind: text for kind, text, _ in INTERRUPTIONS}[interruption.kind])
        start, end = interruption.start, interruption.end
        if end is None:
            return self.texts("interruption_since", time=self._time(start), kind=kind)
        duration = self.texts.duration((end - start).total_seconds())
        span = self._span(start, end)
        return self.texts("interruption", span=span, kind=kind, duration=duration)

    def _span(self, start: datetime, end: datetime) -> str:
        """Return the time span as text."""
        return f"{self._time(start)}–{self._time(end)}"

    def _time(self, moment: datetime) -> str:
        """Return the local time of day at the observatory, or UTC if its zone is not certain."""
        local = self.clock.at(moment)
        uncertain = local.tzinfo is UTC and UTC not in self.clock.zones
        shown = f"{local:%H:%M}"
        return self.texts("utc", time=shown) if uncertain else shown

    def as_data(self) -> dict[str, Any]:
        """Return the report as plain data, with its texts."""
        filters: dict[str, dict[str | None, dict[str, Any]]] = {}
        for row in self.rows:
            filters.setdefault(row.target, {})[row.filter] = _numbers(row.statistics)
        return {
            "night": plain(self.night),
            "started_at": plain(self.started_at),
            "ended_at": plain(self.ended_at),
            **_numbers(self.total),
            "targets": [
                {
                    "target": target.target,
                    **_numbers(target.statistics),
                    "filters": filters.get(target.target, {}),
                }
                for target in self.targets
            ],
            "filters": {name: _numbers(statistics) for name, statistics in self.filters},
            "guiding_rms": self.guiding_rms,
            "worst_guiding_rms": self.worst_guiding_rms,
            "autofocus": {"done": self.autofocus_succeeded, "failed": self.autofocus_failed},
            "best_frames": [plain(frame) for frame in self.best_frames],
            "interruptions": [
                {"kind": each.name, "start": plain(each.start), "end": plain(each.end)}
                for each in self.interruptions
            ],
            "roof": [{"kind": mark.kind, "at": plain(mark.at)} for mark in self.roof],
            "summary": self.summary,
            "markdown": self.markdown,
            "text": self.text,
        }


def make_report(
    frames: Iterable[Frame],
    marks: Iterable[Mark],
    likely: tzinfo | None = None,
    texts: ReportTexts | None = None,
) -> Report:
    """Return the report of one night from its light frames and its events in any order.

    `likely` is the time zone of the observatory unless its frames have another offset.
    """
    texts = texts or ReportTexts()
    dated = sorted(
        ((frame.date, frame.filename or "", frame) for frame in frames if frame.date is not None),
        key=lambda each: each[:2],
    )
    if not dated:
        return Report(texts=texts)
    taken = [frame for _, _, frame in dated]
    noon = noon_of(dated[0][0])
    within = (each for each in marks if noon <= each.at < noon + timedelta(days=1))
    tonight = sorted(within, key=lambda mark: mark.at)
    started_at = dated[0][0] - timedelta(seconds=taken[0].exposure_time or 0.0)
    ends = [mark.at for mark in tonight if mark.kind == EventType.SEQUENCE_FINISHED]
    clock = Clock.of((started_at, *(saved for saved, _, _ in dated)), likely)
    ended_at = clock.at(max([dated[-1][0], *ends]))
    guided = [frame.rms.arcseconds for frame in taken if frame.rms is not None]
    measured = [rms for rms in guided if rms is not None]
    done, failed = _autofocus(tonight, ended_at)
    by_target = _grouped(taken, "target_name")
    return Report(
        night=noon.date(),
        started_at=started_at,
        ended_at=ended_at,
        total=FrameStatistics.of(taken),
        targets=tuple(
            Row(target=name, statistics=FrameStatistics.of(group))
            for name, group in by_target.items()
        ),
        rows=tuple(
            Row(target=target, filter=name, statistics=FrameStatistics.of(group))
            for target, of_target in by_target.items()
            for name, group in _grouped(of_target, "filter").items()
        ),
        filters=tuple(
            (name, FrameStatistics.of(each)) for name, each in _grouped(taken, "filter").items()
        ),
        guiding_rms=fmean(measured) if measured else None,
        worst_guiding_rms=max(measured, default=None),
        autofocus_succeeded=done,
        autofocus_failed=failed,
        best_frames=_best(taken),
        interruptions=_interruptions(tonight, started_at, ended_at),
        roof=tuple(mark for mark in tonight if mark.kind in ROOF)[-MOST_MOVEMENTS:],
        clock=clock,
        texts=texts,
    )


def _grouped(frames: Iterable[Frame], field: str) -> Mapping[str, list[Frame]]:
    """Return frames by name, in the order in which the names came first."""
    groups: dict[str, list[Frame]] = {}
    for frame in frames:
        groups.setdefault(getattr(frame, field) or "", []).append(frame)
    return groups


def _best(frames: Iterable[Frame]) -> tuple[BestFrame, ...]:
    """Return the sharpest frame of each target and filter that was not taken through clouds."""
    groups: dict[tuple[str | None, str | None], list[BestFrame]] = {}
    for frame in frames:
        if frame.hfr is not None:
            subject = (frame.target_name, frame.filter)
            groups.setdefault(subject, []).append(BestFrame.of(frame, frame.hfr))
    found = (_sharpest(group) for group in groups.values())
    return tuple(nsmallest(MOST_BEST, found, key=lambda best: best.hfr))


def _sharpest(frames: list[BestFrame]) -> BestFrame:
    """Return the sharpest of the frames of a target and filter."""
    counted = [frame.stars for frame in frames if frame.stars is not None]
    fewest = FEWEST_STARS * median(counted) if counted else 0
    clear = [frame for frame in frames if frame.stars is None or frame.stars >= fewest]
    return min(clear, key=lambda frame: (frame.hfr, -(frame.stars or 0)))


def _autofocus(marks: Iterable[Mark], ended_at: datetime) -> tuple[int, int]:
    """Count successful runs, and the others: N.I.N.A. seldom reports a failure.

    A run that began after the last frame, while the sequence goes on, may still succeed.
    """
    done = failed = 0
    running = False
    for mark in marks:
        if mark.kind == EventType.AUTOFOCUS_FINISHED:
            done, running = done + 1, False
        elif mark.kind == EventType.AUTOFOCUS_FAILED:
            failed, running = failed + 1, False
        elif mark.kind == EventType.AUTOFOCUS_STARTED:
            failed, running = failed + running, mark.at < ended_at
    return done, failed + running


def _interruptions(
    marks: Iterable[Mark], started_at: datetime, ended_at: datetime
) -> tuple[Interruption, ...]:
    """Return the interruptions between the first frame and the end, in order."""
    open_since: dict[str, datetime] = {}
    found: list[Interruption] = []

    def close(kind: str, end: datetime | None) -> None:
        """Record an interruption, unless it is outside the session."""
        start = open_since.pop(kind)
        short = kind == CONNECTION_LOST and end is not None and end - start < SHORTEST_GAP
        if start <= ended_at and (end is None or end >= started_at) and not short:
            found.append(Interruption(kind=kind, start=start, end=end))

    for mark in marks:
        for kind, _, ends in INTERRUPTIONS:
            if mark.kind == kind:
                open_since.setdefault(kind, mark.at)
            elif mark.kind in ends and kind in open_since:
                close(kind, mark.at)
    for kind in tuple(open_since):
        close(kind, None)
    longest = sorted(found, key=lambda each: (each.end or ended_at) - each.start, reverse=True)
    return tuple(sorted(longest[:MOST_INTERRUPTIONS], key=lambda each: each.start))


def _numbers(statistics: FrameStatistics) -> dict[str, Any]:
    return {
        "frames": statistics.frames,
        "integration_time": statistics.integration_time,
        "average_hfr": statistics.average_hfr,
        "best_hfr": statistics.best_hfr,
    }


def _in_one_line(value: str) -> str:
    """Return a number that keeps its unit next to it, also on a phone."""
    return value.replace(" ", "\N{NO-BREAK SPACE}")


def _cell(name: str) -> str:
    """Return a name with Markdown escaped for a table."""
    return escape_markdown(one_line(name)) or "–"
