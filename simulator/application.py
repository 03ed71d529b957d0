"""N.I.N.A. as a program: its version, its plugins, its window, its log."""

from typing import TYPE_CHECKING

from .log import Log

if TYPE_CHECKING:
    from .clock import SimulationClock

__all__ = ["Application"]

_PLUGINS = ("Advanced API", "Live Stack", "Target Scheduler", "Three Point Polar Alignment")
_FIRST_TAB = "equipment"


class Application:
    """The program on the screen: `tab` is what it shows, `started` when it began to run."""

    def __init__(self, clock: SimulationClock) -> None:
        """Begin to run."""
        self._clock = clock
        self.version = "3.2.0.9001"
        self.plugins = _PLUGINS
        self.log = Log(clock)
        self.screen_locked = False
        self.forget()

    def forget(self) -> None:
        """Begin to run again."""
        self.started = self._clock.now()
        self.tab = _FIRST_TAB
