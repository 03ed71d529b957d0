"""The targets of this night, and when they last changed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..helpers.listeners import Listeners
from ..plots.sky_data import SkyTarget, Slot, sky_targets
from ..readings.current_target import CurrentTarget
from ..readings.now_imaging import Present
from ..readings.scheduler_plan import SchedulerPlan
from ..readings.sequence import SequenceCoordinator
from ..readings.site import DAY, Site
from ..readings.sky import Sky
from ..readings.twilight import tonight

# How often the plot shows another present during the night.
STEP: Final = timedelta(minutes=15)

type _Content = tuple[Site | None, tuple[SkyTarget, ...], Slot | None, int | None]


class Tonight:
    """The targets of this night over the site: those that are planned, and the current one.

    `plan` returns the plan of the Target Scheduler as it is shown; None without one.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        sky: Sky,
        sequence: SequenceCoordinator,
        present: Present,
        plan: Callable[[], SchedulerPlan | None],
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._sky = sky
        self._sequence = sequence
        self._present = present
        self._plan = plan
        self._listeners: Listeners[()] = Listeners()
        # The targets, with the plan and the current target that they follow from.
        self._targets: tuple[SkyTarget, ...] = ()
        self._targets_of: tuple[SchedulerPlan | None, CurrentTarget] = (None, CurrentTarget())
        # The night, and its site: another one is looked for when it is over.
        self._night: Slot | None = None
        self._night_of: Site | None = None
        self._content: _Content | None = None
        self._changed_at: datetime | None = None

    @callback
    def async_start(self) -> None:
        """Follow the clock until the entry is unloaded."""
        tick = callback(lambda _: self._listeners.async_call())
        self._entry.async_on_unload(async_track_time_interval(self._hass, tick, STEP))

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when time has passed; returns a function that unsubscribes."""
        return self._listeners.async_add(listener)

    @property
    def site(self) -> Site | None:
        """The site; None if none is known."""
        return self._sky.site

    @property
    def targets(self) -> tuple[SkyTarget, ...]:
        """The planned targets, and the current one."""
        plan = self._plan()
        reachable = self._sequence.data.reachable
        current = self._present.now.target if reachable else CurrentTarget()
        if self._targets_of[0] is not plan or self._targets_of[1] != current:
            self._targets_of = (plan, current)
            self._targets = sky_targets(plan, current)
        return self._targets

    @property
    def content(self) -> _Content:
        """Everything that the plot depends on: site, targets, night, and in the night the step of time."""
        now = dt_util.utcnow()
        step = int(now.timestamp() // STEP.total_seconds())
        site, night = self.site, self._night
        if site is None:
            night = None
        elif night is None or site != self._night_of or not night[1] - DAY <= now < night[1]:
            night = tonight(site, now)
        self._night, self._night_of = night, site
        return site, self.targets, night, step if night is not None and night[0] <= now else None

    @property
    def data_at(self) -> datetime | None:
        """When what the plot shows changed, as far as it was looked at; None without a site."""
        if (content := self.content) != self._content:
            self._content = content
            self._changed_at = None if content[0] is None else dt_util.utcnow()
        return self._changed_at
