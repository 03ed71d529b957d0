"""Statistics of the night, frame by frame: independent of order and repetition."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Self

from ..api import Frame, ImageType

NOON: Final = 12
DAY: Final = timedelta(days=1)
# Every float is a multiple of this power of 1/2. Added up as whole multiples of it, the sum does not
# depend on the order, and an addend can be taken out again.
EXACT: Final = 1074
_ONE: Final = 1 << EXACT


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameStatistics:
    """The light frames of a night, or of one of its filters or targets.

    Integration in s; HFR in px of those that have one, of which there are `measured`.
    """

    frames: int = 0
    integration_time: float = 0.0
    measured: int = 0
    average_hfr: float | None = None
    best_hfr: float | None = None

    @classmethod
    def of(cls, frames: Iterable[Frame]) -> FrameStatistics:
        """Return the statistics of frames."""
        tally = Tally()
        for frame in frames:
            tally.add(Addend.of(frame))
        return tally.statistics

    def plus(self, other: FrameStatistics) -> FrameStatistics:
        """Return the statistics of these and other frames."""
        measured = self.measured + other.measured
        sums = [
            each.average_hfr * each.measured
            for each in (self, other)
            if each.average_hfr is not None
        ]
        best = [each.best_hfr for each in (self, other) if each.best_hfr is not None]
        return FrameStatistics(
            frames=self.frames + other.frames,
            integration_time=self.integration_time + other.integration_time,
            measured=measured,
            average_hfr=sum(sums) / measured if measured else None,
            best_hfr=min(best, default=None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NightStatistics:
    """One night: from noon to noon at the observatory; `night` is the date of the first noon."""

    night: date | None = None
    started_at: datetime | None = None
    total: FrameStatistics = FrameStatistics()
    by_filter: tuple[tuple[str, FrameStatistics], ...] = ()
    by_target: tuple[tuple[str, FrameStatistics], ...] = ()

    def plus(self, other: NightStatistics) -> NightStatistics:
        """Return the statistics of these and other frames of the same night."""
        starts = [each.started_at for each in (self, other) if each.started_at is not None]
        return NightStatistics(
            night=self.night or other.night,
            started_at=min(starts, default=None),
            total=self.total.plus(other.total),
            by_filter=_added(self.by_filter, other.by_filter),
            by_target=_added(self.by_target, other.by_target),
        )


def night_of(moment: datetime) -> date:
    """Return the date of the noon at which the night of a moment began, by that moment's own clock.

    N.I.N.A. reports the local time of its computer; the end of summer time does not split a night.
    """
    return moment.date() if moment.hour >= NOON else moment.date() - DAY


def noon_of(moment: datetime) -> datetime:
    """Return the noon at which the night of a moment began."""
    return datetime.combine(night_of(moment), time(NOON), moment.tzinfo)


@dataclass(slots=True)
class Addend:
    """Contribution of a frame to exact sums, and its HFR in px."""

    integration_time: int
    exact_hfr: int
    hfr: float | None

    @classmethod
    def of(cls, frame: Frame) -> Self:
        """Return it for a frame."""
        return cls(_exact(frame.exposure_time or 0.0), _exact(frame.hfr or 0.0), frame.hfr)


class Tally:
    """The statistics of frames that come and go one by one."""

    def __init__(self) -> None:
        self.frames = 0
        self._integration_time = 0
        self._hfr = 0
        # In ascending order.
        self._hfrs: list[float] = []
        self._statistics: FrameStatistics | None = None

    @property
    def statistics(self) -> FrameStatistics:
        """Return the statistics, the same object until a frame comes or goes."""
        if self._statistics is None:
            measured = self._hfrs
            self._statistics = FrameStatistics(
                frames=self.frames,
                integration_time=_rounded(self._integration_time),
                measured=len(measured),
                average_hfr=_rounded(self._hfr) / len(measured) if measured else None,
                best_hfr=measured[0] if measured else None,
            )
        return self._statistics

    def add(self, frame: Addend) -> None:
        """Count a frame."""
        self._statistics = None
        self.frames += 1
        self._integration_time += frame.integration_time
        self._hfr += frame.exact_hfr
        if frame.hfr is not None:
            insort(self._hfrs, frame.hfr)

    def remove(self, frame: Addend) -> None:
        """Take out a frame that was counted."""
        self._statistics = None
        self.frames -= 1
        self._integration_time -= frame.integration_time
        self._hfr -= frame.exact_hfr
        if frame.hfr is not None:
            del self._hfrs[bisect_left(self._hfrs, frame.hfr)]


class NightTally:
    """The light frames of one night, in all and by filter and target."""

    def __init__(self, night: date) -> None:
        self._night = night
        self.total = Tally()
        self._by_filter: dict[str, Tally] = {}
        self._by_target: dict[str, Tally] = {}
        # When their exposures began, in ascending order.
        self._starts: list[datetime] = []

    @property
    def statistics(self) -> NightStatistics:
        """Return the statistics, with filters and targets in order of their names."""
        return NightStatistics(
            night=self._night,
            started_at=self._starts[0],
            total=self.total.statistics,
            by_filter=_by_name(self._by_filter),
            by_target=_by_name(self._by_target),
        )

    def add(self, saved: datetime, frame: Frame) -> None:
        """Count a frame."""
        start = _start_of(saved, frame)
        if not self._starts or start >= self._starts[-1]:
            self._starts.append(start)
        else:
            insort(self._starts, start)
        addend = Addend.of(frame)
        self.total.add(addend)
        for tallies, name in self._parts_of(frame):
            if name not in tallies:
                tallies[name] = Tally()
            tallies[name].add(addend)

    def remove(self, saved: datetime, frame: Frame) -> None:
        """Take out a frame that was counted."""
        del self._starts[bisect_left(self._starts, _start_of(saved, frame))]
        addend = Addend.of(frame)
        self.total.remove(addend)
        for tallies, name in self._parts_of(frame):
            tallies[name].remove(addend)
            if not tallies[name].frames:
                del tallies[name]

    def _parts_of(self, frame: Frame) -> tuple[tuple[dict[str, Tally], str], ...]:
        """Return where a frame is counted besides the total."""
        return (
            (self._by_filter, frame.filter or ""),
            (self._by_target, frame.target_name or ""),
        )


class NightsTally:
    """All light frames by night, of which the newest counts until another night has one.

    A frame is identified by its date and file name, and counts once. The cost of adding one does
    not depend on their number.
    """

    def __init__(self) -> None:
        self._lights: dict[tuple[datetime, str | None], Frame] = {}
        self._nights: dict[date, NightTally] = {}

    @property
    def statistics(self) -> NightStatistics:
        """Return the statistics of the newest night."""
        return self._nights[max(self._nights)].statistics if self._nights else NightStatistics()

    def add(self, frame: Frame) -> None:
        """Count a frame, if it is a light frame with a date."""
        if frame.image_type is not ImageType.LIGHT or (saved := frame.date) is None:
            return
        identity = (saved, frame.filename)
        known = self._lights.get(identity)
        if known is not None:
            # Reported twice; with different values the choice must not depend on the order.
            if min(known, frame, key=repr) is known:
                return
            self._remove(known)
        self._lights[identity] = frame
        night = night_of(saved)
        if night not in self._nights:
            self._nights[night] = NightTally(night)
        self._nights[night].add(saved, frame)

    def _remove(self, frame: Frame) -> None:
        """Take out a frame that was counted."""
        if (saved := frame.date) is not None:
            tally = self._nights[night_of(saved)]
            tally.remove(saved, frame)
            if not tally.total.frames:
                del self._nights[night_of(saved)]


def _by_name(tallies: dict[str, Tally]) -> tuple[tuple[str, FrameStatistics], ...]:
    return tuple((name, tallies[name].statistics) for name in sorted(tallies))


def _added(
    ones: tuple[tuple[str, FrameStatistics], ...], others: tuple[tuple[str, FrameStatistics], ...]
) -> tuple[tuple[str, FrameStatistics], ...]:
    """Return the sums by name, in order of the names."""
    added = dict(ones)
    for name, other in others:
        added[name] = added[name].plus(other) if name in added else other
    return tuple(sorted(added.items(), key=lambda each: each[0]))


def _start_of(saved: datetime, frame: Frame) -> datetime:
    return saved - timedelta(seconds=frame.exposure_time or 0.0)


def _exact(value: float) -> int:
    """Return a number in units of 2 ** -EXACT."""
    numerator, denominator = value.as_integer_ratio()
    return numerator << (EXACT + 1 - denominator.bit_length())


def _rounded(exact: int) -> float:
    """Return the float next to a number in units of 2 ** -EXACT."""
    return exact / _ONE
