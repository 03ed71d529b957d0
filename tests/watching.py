"""A night watch in tests, step by step and without Home Assistant."""

from dataclasses import replace
from typing import Any

from custom_components.nina_observatory.night.watch_state import (
    WaitsFor,
    WatchInputs,
    WatchMachine,
    WatchMode,
    WatchNotice,
    WatchProblem,
    WatchState,
)

DELAY = 120.0
NIGHT, AWAY = WatchMode.NIGHT, WatchMode.AWAY
ROOF, NOT_CLOSED = WatchProblem.ROOF_OPEN_UNSAFE, WatchProblem.ROOF_NOT_CLOSED
LOST, INTERRUPTED = WatchProblem.CONNECTION_LOST, WatchProblem.SEQUENCE_INTERRUPTED
GUIDING, STALLED = WatchProblem.GUIDING_LOST, WatchProblem.IMAGING_STALLED
# A clear night: connected, nothing runs, the roof is closed.
QUIET = WatchInputs(
    reachable=True, dark=True, running=False, guiding_lost=False, imaging_stalled=False
)
# Everything is unknown.
NOTHING: dict[str, Any] = {
    "reachable": False,
    "running": None,
    "settled": False,
    "guiding_lost": None,
    "imaging_stalled": None,
}


class Story:
    """A watch and what it is shown; times are seconds from the start."""

    def __init__(self, delay: float = DELAY, **changes: Any) -> None:
        """Begin on a quiet night."""
        self.delay, self.now = delay, 0.0
        self.inputs = replace(QUIET, **changes)
        self.machine = WatchMachine(delay, self.now)
        self.notices: list[WatchNotice] = []
        self.see()

    def see(self, **changes: Any) -> WatchState:
        """Show changed inputs."""
        self.inputs = replace(self.inputs, **changes)
        self.notices += self.machine.update(self.inputs, self.now)
        return self.machine.state

    def wait(self, seconds: float = DELAY) -> WatchState:
        """Let time pass, with updates whenever the machine wants one."""
        until = self.now + seconds
        while (due := self.machine.next_update) is not None and due <= until:
            self.now = due
            self.see()
        self.now = until
        return self.see()

    def arm(self, mode: WatchMode = NIGHT) -> WatchState:
        """Arm by hand."""
        self.machine.arm(mode)
        return self.see()

    def acknowledge(self) -> WatchState:
        """Acknowledge what is pending or triggered."""
        self.machine.acknowledge()
        return self.see()

    def disarm(self) -> WatchState:
        """Disarm by hand."""
        self.machine.disarm()
        return self.see()

    def restart(self, seconds: float = 0.0, **changes: Any) -> WatchState:
        """Begin again with what is remembered; by default nothing is known then."""
        self.now += seconds
        self.machine = WatchMachine(self.delay, self.now, self.machine.memory)
        return self.see(**(changes or NOTHING))

    def waits(self) -> WaitsFor:
        """Return what it waits for."""
        return self.machine.waits_for

    def told(self) -> list[str]:
        """Return the notices since the last call; triggered ones with an exclamation mark."""
        told = [each.problem + "!" * each.triggered for each in self.notices]
        self.notices.clear()
        return told
