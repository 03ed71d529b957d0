"""The night watch of an entry: feeds the state machine, and passes on its notices."""

import asyncio
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..api import Mount, Role, Sequence, plain
from ..const import CONF_NIGHT_WATCH, CONF_NIGHT_WATCH_DELAY, DOMAIN, LOGGER
from ..control.loaded import runner_of
from ..events.bus import async_fire_own
from ..events.own_types import OwnEventType
from ..helpers.listeners import Listeners
from ..helpers.storage import absolute, async_load_kept
from ..readings.equipment import EquipmentCoordinator
from ..readings.sequence import SequenceCoordinator, SequenceState
from ..readings.sky import Sky
from ..roof.alarm import RoofAlarm
from ..roof.detector import RoofReading
from ..roof.shared import shared_mounts, shared_roofs
from .detectors import GuidingLost, ImagingStalled, is_closed
from .problems import Problems
from .watch_state import (
    WatchInputs,
    WatchMachine,
    WatchMemory,
    WatchMode,
    WatchNotice,
    WatchProblem,
)

# The keys of the alarm control panel and of the button.
WATCH_KEY: Final = "night_watch"
ACKNOWLEDGE_KEY: Final = "acknowledge_alarm"
# The time to react in seconds.
DEFAULT_DELAY: Final = 120
LONGEST_DELAY: Final = 3600
VERSION: Final = 1
# How often the sun and the sequences of other observatories are looked at.
LOOK_EVERY: Final = timedelta(minutes=1)
# Added before dates computed from loop time are cut to whole seconds.
HALF_A_SECOND: Final = timedelta(milliseconds=500)


def wants_watch(entry: ConfigEntry) -> bool:
    """Return whether the user turned on the night watch."""
    return entry.options.get(CONF_NIGHT_WATCH) is True


def watch_store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    """Return the store of the watch's memory."""
    return Store(hass, VERSION, f"{DOMAIN}.{entry.entry_id}.watch")


class NightWatch:
    """Watch over the night of one observatory, and raise an alarm until somebody reacts."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        equipment: EquipmentCoordinator,
        sequence: SequenceCoordinator,
        problems: Problems,
        roof_alarm: RoofAlarm,
        sky: Sky,
    ) -> None:
        """Nothing is followed before `async_start`."""
        self._hass = hass
        self._entry = entry
        self._equipment = equipment
        self._sequence = sequence
        self._problems = problems
        self._roof_alarm = roof_alarm
        self._sky = sky
        self._loop = hass.loop
        self._store = watch_store(hass, entry)
        self._delay = float(entry.options.get(CONF_NIGHT_WATCH_DELAY, DEFAULT_DELAY))
        self.machine = WatchMachine(self._delay, self._loop.time())
        self._listeners: Listeners[()] = Listeners()
        self._timer: asyncio.TimerHandle | None = None
        self._update_scheduled = False
        self._started = False
        self._stopped = False
        self._saved: WatchMemory | None = None
        # The sequence as it was read before the connection was lost: not what N.I.N.A. runs later.
        self._outdated: Sequence | None = None

    async def async_restore(self) -> None:
        """Restore the memory from before a restart."""
        memory = await async_load_kept(self._hass, self._store, self._decode)
        if memory is not None:
            self.machine = WatchMachine(self._delay, self._loop.time(), memory)

    @callback
    def async_start(self) -> None:
        """Watch until the entry is unloaded, and not before automations can react."""
        entry, look = self._entry, self.async_update_soon
        follow: list[Callable[[CALLBACK_TYPE], CALLBACK_TYPE]] = [
            self._equipment.async_add_listener,
            self._sequence.async_add_listener,
            self._problems.async_add_listener,
            self._roof_alarm.async_add_listener,
        ]
        for add_listener in follow:
            entry.async_on_unload(add_listener(look))
        every = async_track_time_interval(self._hass, callback(lambda _: look()), LOOK_EVERY)
        entry.async_on_unload(every)
        entry.async_on_unload(self._stop)
        entry.async_on_unload(async_at_started(self._hass, self._handle_started))

    async def async_save(self) -> None:
        """Write the memory now."""
        await self._store.async_save(self._encode())

    def as_data(self) -> dict[str, Any]:
        """Return state and memory for diagnostics; the other observatories only as a number."""
        machine = self.machine
        return {
            "state": machine.state.value,
            "problem": plain(machine.problem),
            "waits_for": machine.waits_for.value,
            "triggers_at": plain(self.when(machine.triggers_at)),
            **self._encode(),
            "runs": len(machine.memory.runs),
        }

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` after each update; returns a function that removes it."""
        return self._listeners.async_add(listener)

    @callback
    def async_arm(self, mode: WatchMode) -> None:
        """Arm by hand. This acknowledges a problem that is pending or triggered."""
        self.machine.arm(mode)
        self._update()

    @callback
    def async_acknowledge(self) -> None:
        """Acknowledge a problem that is pending or triggered, and keep watching."""
        self.machine.acknowledge()
        self._update()

    @callback
    def async_disarm(self) -> None:
        """Disarm until another sequence runs in the dark, or somebody arms it."""
        self.machine.disarm()
        self._update()

    @callback
    def async_update_soon(self) -> None:
        """Update once the changes of this moment are all applied."""
        if self._started and not self._update_scheduled and not self._stopped:
            self._update_scheduled = True
            self._loop.call_soon(self._update)

    def when(self, moment: float | None) -> datetime | None:
        """Return a loop time as a date."""
        if moment is None:
            return None
        age = timedelta(seconds=self._loop.time() - moment)
        return (dt_util.utcnow() - age + HALF_A_SECOND).replace(microsecond=0)

    @callback
    def _handle_started(self, _hass: HomeAssistant) -> None:
        """Begin: automations listen by now."""
        self._started = True
        self._update()

    @callback
    def _stop(self) -> None:
        """Stop following."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    @callback
    def _update(self) -> None:
        """Evaluate everything and pass on what is new."""
        self._update_scheduled = False
        if self._stopped:
            return
        machine, now = self.machine, self._loop.time()
        notices = machine.update(self._inputs(), now)
        self._set_timer(now)
        self._save_if_new()
        # The state comes before the event: automations look at it.
        self._listeners.async_call()
        for notice in notices:
            self._notify(notice)

    def _set_timer(self, now: float) -> None:
        """Update again when time alone changes something."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if (due := self.machine.next_update) is not None:
            self._timer = self._loop.call_at(max(due, now), self._update)

    @callback
    def _notify(self, notice: WatchNotice) -> None:
        """Fire the event of a new problem."""
        machine = self.machine
        kind = OwnEventType.NIGHT_WATCH_PENDING
        if notice.triggered:
            kind = OwnEventType.NIGHT_WATCH_TRIGGERED
        data = {
            "problem": notice.problem.value,
            "problems": [each.value for each in machine.problems],
            "triggers_at": plain(self.when(machine.triggers_at)),
        }
        LOGGER.info("%s: %s: %s", self._entry.title, kind.value, notice.problem.value)
        async_fire_own(self._hass, self._entry, kind, data)

    def _inputs(self) -> WatchInputs:
        """Return everything that decides, as it is known now."""
        state, alarm = self._equipment.data, self._roof_alarm
        overdue: bool | None = alarm.overdue
        if not overdue and alarm.exposure is not None:
            # It may still be closed in time.
            overdue = None
        return WatchInputs(
            reachable=state.reachable,
            dark=not self._sky.is_sun_up(),
            running=self._running(),
            others=self._others(),
            settled=self._is_settled(),
            roof_closed=alarm.last_reading in (None, RoofReading.CLOSED),
            roof_overdue=overdue,
            in_danger=alarm.danger is not None,
            guiding_lost=self._problems.states[GuidingLost.key].active,
            imaging_stalled=self._problems.states[ImagingStalled.key].active,
        )

    def _running(self) -> bool | None:
        """Return whether the sequence runs; None until it is read again after a lost connection.

        A request may be under way for longer than the connection was lost.
        """
        reading = self._sequence.data
        if not self._equipment.data.reachable:
            self._outdated = reading.tree
            return None
        if reading.tree is not None and reading.tree is self._outdated:
            return None
        return reading.running

    def _others(self) -> dict[str, bool | None]:
        """Return whether sequences run whose mounts are under this roof, too."""
        found: dict[str, bool | None] = {}
        for entry_id in shared_mounts(self._entry):
            if self._hass.config_entries.async_get_entry(entry_id) is not None:
                runner = runner_of(self._hass, entry_id)
                found[entry_id] = None if runner is None else runner.readings.sequence.data.running
        return found

    def _is_settled(self) -> bool:
        """Return whether the sequence is finished, or the mount reads parked, or the roof closed."""
        state = self._equipment.data
        if not state.reachable:
            return False
        if self._sequence.data.state is SequenceState.FINISHED:
            return True
        mount = state.device(Role.MOUNT)
        if isinstance(mount, Mount) and mount.parked is True:
            return True
        return is_closed(state.device(Role.DOME)) or any(
            self._is_closed(each) for each in shared_roofs(self._hass, self._entry)
        )

    def _is_closed(self, other: ConfigEntry) -> bool:
        """Return whether the roof of another observatory reads closed."""
        runner = runner_of(self._hass, other.entry_id)
        return runner is not None and is_closed(runner.readings.equipment.data.device(Role.DOME))

    @callback
    def _save_if_new(self) -> None:
        """Save a change at the next opportunity: an alarm must survive a power failure."""
        if (memory := self.machine.memory) != self._saved:
            self._saved = deepcopy(memory)
            self._store.async_delay_save(self._encode, 0)

    def _encode(self) -> dict[str, Any]:
        """Return the memory as plain data, with dates instead of loop times."""
        memory = self.machine.memory
        return {
            "mode": memory.mode,
            "automatic": memory.automatic,
            "triggered": memory.triggered,
            "since": self._date(memory.since),
            "cause": memory.cause,
            "problems": sorted(memory.problems),
            "acknowledged": sorted(memory.acknowledged),
            "counting": {each: self._date(at) for each, at in memory.counting.items()},
            "runs": sorted(memory.runs),
            "ran": memory.ran,
            "was_dark": memory.was_dark,
            "dismissed": memory.dismissed,
            "lost_by_day": memory.lost_by_day,
            "interrupted": memory.interrupted,
        }

    def _decode(self, kept: Mapping[str, Any]) -> WatchMemory:
        """Decode `_encode`; raises ValueError, TypeError, AttributeError or LookupError otherwise."""
        mode, cause = kept["mode"], kept["cause"]
        if mode is None and kept["triggered"] is True:
            raise ValueError("triggered, but not armed")
        return WatchMemory(
            mode=None if mode is None else WatchMode(mode),
            automatic=kept["automatic"] is True,
            triggered=kept["triggered"] is True,
            since=self._moment(kept["since"]),
            cause=None if cause is None else WatchProblem(cause),
            problems={WatchProblem(each) for each in kept["problems"]},
            acknowledged={WatchProblem(each) for each in kept["acknowledged"]},
            counting={
                WatchProblem(each): self._moment(at) for each, at in kept["counting"].items()
            },
            runs={str(name) for name in kept["runs"]},
            ran=kept["ran"] is True,
            was_dark=kept["was_dark"] is True,
            dismissed=kept["dismissed"] is True,
            lost_by_day=kept["lost_by_day"] is True,
            interrupted=kept["interrupted"] is True,
        )

    def _date(self, moment: float | None) -> str | None:
        """Return a loop time as an ISO date."""
        date: str | None = plain(self.when(moment))
        return date

    def _moment(self, saved: str) -> float:
        """Return an ISO date as a loop time; a date in the future is now."""
        age = (dt_util.utcnow() - absolute(saved)).total_seconds()
        return self._loop.time() - max(0.0, age)
