"""Statistics of the night, as a pure fold of frames: independent of order and repetition."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import fmean

from ..api import Frame, ImageType

NOON = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameStatistics:
    """The light frames of a night, or of one of its filters or targets."""

    frames: int = 0
    integration_time: float = 0.0
    average_hfr: float | None = None
    best_hfr: float | None = None

    @classmethod
    def of(cls, frames: Iterable[Frame]) -> FrameStatistics:
        """Return the statistics of frames; integration in s, HFR in px of those that have one."""
        taken = list(frames)
        measured = sorted(frame.hfr for frame in taken if frame.hfr is not None)
        return cls(
            frames=len(taken),
            integration_time=sum(sorted(frame.exposure_time or 0.0 for frame in taken)),
            average_hfr=fmean(measured) if measured else None,
            best_hfr=measured[0] if measured else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NightStatistics:
    """One night: from noon to noon at the observatory."""

    started_at: datetime | None = None
    total: FrameStatistics = FrameStatistics()
    by_filter: tuple[tuple[str, FrameStatistics], ...] = ()
    by_target: tuple[tuple[str, FrameStatistics], ...] = ()


def night_of(moment: datetime) -> date:
    """Return the date of the noon at which the night of a moment began, by that moment's own clock.

    N.I.N.A. reports the local time of its computer; the end of summer time does not split a night.
    """
    return (moment - timedelta(hours=NOON)).date()


def noon_of(moment: datetime) -> datetime:
    """Return the noon at which the night of a moment began."""
    return datetime.combine(night_of(moment), time(NOON), moment.tzinfo)


def night_statistics(frames: Iterable[Frame]) -> NightStatistics:
    """Return the night of the newest light frame, current until another night has one.

    Only light frames count, each once: a frame is identified by its date and file name.
    """
    lights: dict[tuple[datetime, str | None], Frame] = {}
    for frame in frames:
        if frame.image_type is ImageType.LIGHT and frame.date is not None:
            known = lights.setdefault((frame.date, frame.filename), frame)
            if known != frame:
                # Reported twice with different values; the choice must not depend on the order.
                lights[frame.date, frame.filename] = min(known, frame, key=repr)
    dated = [(frame.date, frame) for frame in lights.values() if frame.date is not None]
    newest = max((night_of(saved) for saved, _ in dated), default=None)
    taken = [(saved, frame) for saved, frame in dated if night_of(saved) == newest]
    return _statistics_of(sorted(taken, key=lambda each: (each[0], each[1].filename or "")))


def _statistics_of(taken: list[tuple[datetime, Frame]]) -> NightStatistics:
    """Return the statistics of the frames of one night with the times they were saved."""
    starts = (saved - timedelta(seconds=frame.exposure_time or 0.0) for saved, frame in taken)
    frames = [frame for _, frame in taken]
    return NightStatistics(
        started_at=min(starts, default=None),
        total=FrameStatistics.of(frames),
        by_filter=_by_name((frame.filter or "", frame) for frame in frames),
        by_target=_by_name((frame.target_name or "", frame) for frame in frames),
    )


def _by_name(named: Iterable[tuple[str, Frame]]) -> tuple[tuple[str, FrameStatistics], ...]:
    """Return the statistics by name, in order of names."""
    frames: dict[str, list[Frame]] = {}
    for name, frame in named:
        frames.setdefault(name, []).append(frame)
    return tuple((name, FrameStatistics.of(frames[name])) for name in sorted(frames))
