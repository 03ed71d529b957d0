"""An autofocus run as its events show it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from ..api import EventType
from ..api.models.wire import number, positive

# A run has about ten points, with a second attempt twice as many.
MOST_POINTS: Final = 200


class RunState(StrEnum):
    """How a run is going; one that `ENDED` was canceled, or nothing shows what became of it."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class AutofocusRun:
    """A run: positions in steps with HFR in px, None for what was not measured, the newest last.

    `temperature` in °C is that of the focuser at its start.
    """

    state: RunState
    changed_at: datetime
    points: tuple[tuple[float | None, float | None], ...] = ()
    filter: str | None = None
    temperature: float | None = None

    def after(self, kind: str, data: Mapping[str, object], now: datetime) -> AutofocusRun:
        """Return the run after an event other than that of a start."""
        if self.state is not RunState.RUNNING:
            # A failure, or silence, is found only some time after it; a success may follow that.
            if kind == EventType.AUTOFOCUS_FINISHED and self.state is not RunState.FINISHED:
                return replace(self, state=RunState.FINISHED, changed_at=now)
            return self
        if kind == EventType.AUTOFOCUS_POINT_ADDED:
            point = number(data.get("position")), positive(data.get("hfr"))
            points = (*self.points, point)[-MOST_POINTS:]
            return replace(self, points=points, changed_at=now)
        if (state := _ENDS.get(kind)) is not None:
            return replace(self, state=state, changed_at=now)
        return self


_ENDS: Final[Mapping[str, RunState]] = {
    EventType.AUTOFOCUS_FINISHED: RunState.FINISHED,
    EventType.AUTOFOCUS_FAILED: RunState.FAILED,
    EventType.SEQUENCE_FINISHED: RunState.ENDED,
}
