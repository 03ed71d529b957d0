"""The context that an observatory shares: time, background tasks, events, faults, profiles."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .dialogs import Dialogs
from .tasks import Tasks

if TYPE_CHECKING:
    import random

    from .clock import SimulationClock
    from .dialect import Dialect
    from .events import Events
    from .faults import Faults
    from .profile import Profile, Profiles
    from .sky import Site

__all__ = ["Context"]


@dataclass(eq=False, slots=True)
class Context:
    """The base of devices, sequencer and servers; it depends on none of them.

    `tasks` end with N.I.N.A., `outside` outlive it: restarts, power cuts, scenarios.
    """

    clock: SimulationClock
    site: Site
    dialect: Dialect
    random: random.Random
    faults: Faults
    events: Events
    profiles: Profiles
    tasks: Tasks = field(default_factory=Tasks)
    outside: Tasks = field(default_factory=Tasks)
    dialogs: Dialogs = field(default_factory=Dialogs)
    power_is_off: bool = False

    @property
    def profile(self) -> Profile:
        """Return the active profile."""
        return self.profiles.active
