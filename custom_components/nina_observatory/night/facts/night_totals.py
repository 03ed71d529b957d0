"""The totals of a night over several runs of N.I.N.A., each of which lists only its own frames."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from ...api.models.quantities import positive_within, within
from ...api.models.wire import count, items, mapping, moment, text
from ...readings.frame_statistics import FrameStatistics, NightStatistics

_seconds = within("seconds")
_blur = positive_within("blur")


@dataclass(frozen=True, slots=True, kw_only=True)
class NightTotals:
    """The newest night: the frames that N.I.N.A. lists, or listed last, and those from before.

    `earlier` are frames of the same night that it forgot, because it was restarted or cleared.
    """

    earlier: NightStatistics = field(default_factory=NightStatistics)
    listed: NightStatistics = field(default_factory=NightStatistics)

    @property
    def shown(self) -> NightStatistics:
        """Return the totals of the night."""
        if not self.earlier.total.frames:
            return self.listed
        return self.earlier.plus(self.listed)

    def after(self, listed: NightStatistics) -> Self:
        """Return the totals after N.I.N.A. listed the frames of its newest night.

        A list is never shortened at its beginning: if it begins later than the last one, that is
        forgotten. The totals of a night stay until another night has a frame.
        """
        if listed == self.listed or listed.night is None or listed.started_at is None:
            return self
        before = self.listed
        if before.night != listed.night or before.started_at is None:
            return type(self)(listed=listed)
        goes_on = listed.started_at <= before.started_at
        return type(self)(earlier=self.earlier if goes_on else self.shown, listed=listed)

    def encode(self) -> dict[str, object]:
        """Return plain data."""
        return {"earlier": _encode_night(self.earlier), "listed": _encode_night(self.listed)}

    @classmethod
    def decode(cls, kept: Mapping[str, Any]) -> Self:
        """Return saved totals; never raises, odd values are left out."""
        totals = cls(
            earlier=_decode_night(kept.get("earlier")), listed=_decode_night(kept.get("listed"))
        )
        return totals if totals.listed.total.frames else cls()


def _encode_night(night: NightStatistics) -> dict[str, object]:
    return {
        "night": None if night.night is None else night.night.isoformat(),
        "started_at": None if night.started_at is None else night.started_at.isoformat(),
        "total": _encode(night.total),
        "by_filter": [[name, _encode(part)] for name, part in night.by_filter],
        "by_target": [[name, _encode(part)] for name, part in night.by_target],
    }


def _encode(part: FrameStatistics) -> list[float | None]:
    return [
        part.frames,
        part.integration_time,
        part.measured,
        part.average_hfr,
        part.best_hfr,
    ]


def _decode_night(kept: object) -> NightStatistics:
    told = mapping(kept)
    night, started_at = _date(told.get("night")), moment(told.get("started_at"))
    if night is None or started_at is None:
        return NightStatistics()
    return NightStatistics(
        night=night,
        started_at=started_at,
        total=_decode(told.get("total")),
        by_filter=_decode_parts(told.get("by_filter")),
        by_target=_decode_parts(told.get("by_target")),
    )


def _decode_parts(kept: object) -> tuple[tuple[str, FrameStatistics], ...]:
    """Return statistics by name, in order of the names."""
    pairs = (items(each) for each in items(kept))
    parts = {text(pair[0]) or "": _decode(pair[1]) for pair in pairs if len(pair) == 2}
    return tuple(sorted(parts.items(), key=lambda each: each[0]))


def _decode(kept: object) -> FrameStatistics:
    told: list[object] = [*items(kept), *[None] * 5]
    frames, seconds, measured, average, best = told[:5]
    taken, counted = count(frames) or 0, count(measured) or 0
    mean, least = _blur(average), _blur(best)
    if mean is None or least is None or not counted:
        mean, least, counted = None, None, 0
    return FrameStatistics(
        frames=taken,
        integration_time=_seconds(seconds) or 0.0,
        measured=min(counted, taken),
        average_hfr=mean,
        best_hfr=least,
    )


def _date(kept: object) -> date | None:
    try:
        return date.fromisoformat(kept) if isinstance(kept, str) else None
    except ValueError:
        return None
