"""The roof guard of an entry: feeds the state machine and carries out its orders."""

import asyncio
from collections.abc import Coroutine, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..api import NinaError, Role, plain
from ..const import (
    CONF_READ_ONLY,
    CONF_ROOF_GUARD,
    CONF_ROOF_GUARD_MINUTES,
    CONF_ROOF_GUARD_RAIN,
    CONF_ROOF_GUARD_STOP,
    DOMAIN,
    LOGGER,
)
from ..control.commands.sequence import STOP_SEQUENCE
from ..control.runner import CommandRunner
from ..errors import EndedError, InProgressError, Reason
from ..events.bus import async_fire_own
from ..events.own_types import OwnEventType
from ..helpers.issues import async_delete_issue, async_raise_issue
from ..helpers.listeners import Listeners
from ..helpers.storage import async_load_kept
from ..readings.equipment import EquipmentCoordinator
from ..readings.safety import SafetyGuard
from .alarm import RoofAlarm
from .detector import RoofProblem, RoofReading
from .guard_sources import GuardSources
from .guard_state import (
    GuardMachine,
    GuardMode,
    GuardSettings,
    Memory,
    Message,
    Notice,
    Obstacle,
    Order,
    Result,
    StopPolicy,
)
from .roof import Roof, RoofInterlock

# The key of the entities, the switch and the sensor.
GUARD_KEY: Final = "roof_guard"
VERSION: Final = 1
DEFAULT_MINUTES: Final = 10
# Added before dates computed from loop time are cut to whole seconds.
HALF_A_SECOND: Final = timedelta(milliseconds=500)
# Seconds until a change is written, and between writes of the time of the last reading alone.
SAVE_SOON: Final = 1.0
SAVE_AGE: Final = 900.0
# Seconds for which a rain sensor may be silent before that becomes a repair issue.
SENSOR_SILENCE: Final = 300.0
# Seconds after which an attempt that does not end is given up; parking and closing end before.
LONGEST_ATTEMPT: Final = 3600.0
# Seconds that a stop of the sequence may take before it counts as failed.
STOP_LIMIT: Final = 60.0

OWN_EVENTS: Final = {
    Message.CLOSING: OwnEventType.ROOF_GUARD_CLOSING,
    Message.CLOSED: OwnEventType.ROOF_GUARD_CLOSED,
}
# Obstacles as problems of the roof alarm, which finds out itself why a roof cannot be read.
PROBLEMS: Final = {
    Obstacle.MOUNT_NOT_PARKED: RoofProblem.MOUNT_NOT_PARKED,
    Obstacle.READ_ONLY: RoofProblem.READ_ONLY,
    Obstacle.SHUTTER_ERROR: RoofProblem.ERROR,
}


def guard_mode(entry: ConfigEntry) -> GuardMode:
    """Return the dangers that the user chose."""
    return GuardMode(entry.options.get(CONF_ROOF_GUARD, GuardMode.OFF))


def guard_store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    """Return the store of the guard's memory."""
    return Store(hass, VERSION, f"{DOMAIN}.{entry.entry_id}.guard")


def sensor_issue(entry_id: str, sensor: str) -> str:
    """Return the id of the repair issue of a rain sensor, which does not reveal its name."""
    return (
        f"rain_sensor_silent_{entry_id}_{sha256(f'{entry_id} {sensor}'.encode()).hexdigest()[:12]}"
    )


class RoofGuard:
    """Keep the roof closed while a danger lasts, and notify people where that fails."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        equipment: EquipmentCoordinator,
        safety: SafetyGuard,
        runner: CommandRunner,
        roof: Roof,
        alarm: RoofAlarm,
    ) -> None:
        """Nothing is followed before `async_start`."""
        options, mode = entry.options, guard_mode(entry)
        self._hass = hass
        self._entry = entry
        self._equipment = equipment
        self._safety = safety
        self._runner = runner
        self._roof = roof
        self._alarm = alarm
        self._loop = hass.loop
        self._store = guard_store(hass, entry)
        self._sensors: tuple[str, ...] = ()
        if mode is not GuardMode.UNSAFE:
            self._sensors = tuple(options.get(CONF_ROOF_GUARD_RAIN, ()))
        self._sources = GuardSources(hass, entry, equipment, safety, roof, self._sensors)
        self.machine = GuardMachine(
            GuardSettings(
                mode=mode,
                unknown_after=timedelta(
                    minutes=options.get(CONF_ROOF_GUARD_MINUTES, DEFAULT_MINUTES)
                ),
                stop=StopPolicy(options.get(CONF_ROOF_GUARD_STOP, StopPolicy.IF_NEEDED)),
                read_only=bool(options.get(CONF_READ_ONLY)),
            ),
            self._loop.time(),
        )
        self.sensor_silence = SENSOR_SILENCE
        self._began = self._loop.time()
        self._listeners: Listeners[()] = Listeners()
        self._timer: asyncio.TimerHandle | None = None
        self._update_scheduled = False
        self._stopped = False
        self._running = False
        self._pending: list[Notice] = []
        self._stopping: asyncio.Task[None] | None = None
        self._saved: Memory | None = None
        self._saved_at = float("-inf")

    async def async_restore(self) -> None:
        """Restore the memory from before a restart."""
        memory = await async_load_kept(self._hass, self._store, self._decode)
        if memory is not None:
            self.machine = GuardMachine(self.machine.settings, self._loop.time(), memory)

    @callback
    def async_start(self) -> None:
        """Guard the roof until the entry is unloaded."""
        entry, look = self._entry, callback(lambda _: self.async_update_soon())
        # Also after a reading that changes nothing.
        self._equipment.reading_listeners.async_add(look)
        entry.async_on_unload(self._equipment.async_add_listener(self.async_update_soon))
        entry.async_on_unload(self._safety.async_add_listener(self.async_update_soon))
        if self._sensors:
            entry.async_on_unload(async_track_state_change_event(self._hass, self._sensors, look))
        keep = callback(lambda _: self._store.async_delay_save(self._encode, SAVE_SOON))
        entry.async_on_unload(self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, keep))
        entry.async_on_unload(self._stop)
        entry.async_on_unload(async_at_started(self._hass, self._handle_started))
        self._update()

    async def async_save(self) -> None:
        """Write the memory now."""
        await self._store.async_save(self._encode())

    def as_data(self) -> dict[str, Any]:
        """Return state and memory for diagnostics."""
        machine = self.machine
        return {
            "mode": machine.settings.mode.value,
            "state": machine.state.value,
            "danger": plain(machine.danger),
            "obstacle": plain(machine.obstacle),
            "attempts": machine.attempts,
            **self._encode(),
        }

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` after each update; returns a function that removes it."""
        return self._listeners.async_add(listener)

    @callback
    def async_arm(self, *, armed: bool) -> None:
        """Arm or disarm the guard. An attempt under way goes on."""
        self.machine.arm(armed=armed)
        self._update()

    @callback
    def async_update_soon(self) -> None:
        """Update once the changes of this moment are all applied."""
        if not self._update_scheduled and not self._stopped:
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
        """Send the notices that were held back while Home Assistant started."""
        self._running = True
        pending, self._pending = self._pending, []
        for notice in pending:
            self._notify(notice)

    @callback
    def _stop(self) -> None:
        """Stop the guard; its repair issues go with it."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        for sensor in self._sensors:
            async_delete_issue(self._hass, self._sensor_issue(sensor))

    @callback
    def _update(self) -> None:
        """Evaluate everything and carry out the machine's orders."""
        self._update_scheduled = False
        if self._stopped:
            return
        machine, now = self.machine, self._loop.time()
        steps = machine.update(self._sources.inputs(), now)
        danger = machine.danger if machine.memory.armed else None
        self._alarm.async_demand(GUARD_KEY, plain(danger))
        for step in steps:
            if step is Order.CLOSE:
                self._begin(self._async_close(), "closing")
            elif step is Order.STOP_SEQUENCE:
                if self._stopping is None or self._stopping.done():
                    self._stopping = self._begin(
                        self._async_stop_sequence(), "stopping the sequence"
                    )
            elif self._running:
                self._notify(step)
            else:
                self._pending.append(step)
        self._set_timer(now, self._check_sensors(now))
        self._save_if_new(now)
        self._listeners.async_call()

    def _set_timer(self, now: float, sensor: float | None) -> None:
        """Update again when time alone may change something."""
        if self._timer is not None:
            self._timer.cancel()
        moments = (self.machine.next_update, sensor)
        due = min((moment for moment in moments if moment is not None), default=None)
        if due is not None:
            self._timer = self._loop.call_at(max(due, now), self._update)

    @callback
    def _begin(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        """Begin a task that ends with the entry; it does not run before this update is over."""
        return self._entry.async_create_background_task(
            self._hass, work, f"{self._entry.title} roof guard {what}", eager_start=False
        )

    async def _async_close(self) -> None:
        """Close the roof by the rules of the interlock and report the result to the machine."""
        result = Result.FAILED
        try:
            async with asyncio.timeout(LONGEST_ATTEMPT):
                await self._roof.async_close()
            result = Result.CLOSED
        except (EndedError, InProgressError) as err:
            LOGGER.debug("%s: the roof guard was overtaken: %s", self._entry.title, err)
            result = Result.OVERTAKEN
        except (HomeAssistantError, TimeoutError) as err:
            LOGGER.debug("%s: the roof guard: %s", self._entry.title, err)
            allowed = self._roof.interlock is RoofInterlock.ALLOW
            if not allowed and self._roof.mounts().last_obstacle() is not None:
                result = Result.BLOCKED
        except Exception:  # noqa: BLE001  # a guard that ends with an error protects nothing
            LOGGER.exception("%s: the roof guard could not close the roof", self._entry.title)
        finally:
            self.machine.ended(result, self._loop.time())
            self.async_update_soon()

    async def _async_stop_sequence(self) -> None:
        """Stop the sequence; if no reading proves it, send the stop once more."""
        try:
            await self._runner.async_run(replace(STOP_SEQUENCE, timeout=STOP_LIMIT))
        except HomeAssistantError as err:
            if isinstance(err, EndedError) and err.reason is Reason.UNLOADED:
                return
            LOGGER.debug("%s: the sequence is not proven stopped: %s", self._entry.title, err)
            try:
                await self._runner.readings.client.sequence.stop()
            except NinaError as error:
                LOGGER.debug("%s: the sequence could not be stopped: %s", self._entry.title, error)

    @callback
    def _notify(self, notice: Notice) -> None:
        """Fire an event and log it; a failure goes to the roof alarm, which notifies people."""
        age = None if notice.age is None else round(notice.age)
        data: dict[str, Any] = {
            "reason": plain(notice.obstacle or notice.danger),
            "danger": plain(notice.danger),
            "reading": plain(notice.shutter),
            "age": age,
            "attempts": notice.attempts,
        }
        if notice.message is Message.CLOSED:
            data["by_guard"] = notice.by_guard
        failed = notice.message is Message.FAILED
        level = logging.WARNING if failed else logging.INFO
        details = ", ".join(f"{key} {value}" for key, value in data.items() if value is not None)
        LOGGER.log(level, "%s: roof guard: %s: %s", self._entry.title, notice.message, details)
        if failed:
            found = RoofProblem.NOT_CLOSED
            if notice.obstacle is not None:
                found = PROBLEMS.get(notice.obstacle, found)
            self._alarm.async_fail(found, attempts=notice.attempts)
        else:
            kind = OWN_EVENTS[notice.message]
            async_fire_own(self._hass, self._entry, kind, data, Role.DOME)

    def _check_sensors(self, now: float) -> float | None:
        """Raise issues for silent rain sensors; return when the next one becomes silent."""
        due: float | None = None
        for sensor in self._sensors:
            issue, since = self._sensor_issue(sensor), self.machine.memory.unknown.get(sensor)
            if since is None:
                async_delete_issue(self._hass, issue)
                continue
            silent_at = max(since, self._began) + self.sensor_silence
            if now < silent_at:
                due = silent_at if due is None else min(due, silent_at)
                continue
            async_raise_issue(
                self._hass,
                issue,
                "rain_sensor_silent",
                ir.IssueSeverity.ERROR,
                {"rig": self._entry.title, "sensor": sensor},
            )
        return due

    def _sensor_issue(self, sensor: str) -> str:
        """Return the id of the repair issue of a rain sensor."""
        return sensor_issue(self._entry.entry_id, sensor)

    @callback
    def _save_if_new(self, now: float) -> None:
        """Save a change soon; the time of the last reading alone only now and then."""
        kept = replace(deepcopy(self.machine.memory), seen_at=None)
        if kept != self._saved or now >= self._saved_at + SAVE_AGE:
            self._saved, self._saved_at = kept, now
            self._store.async_delay_save(self._encode, SAVE_SOON)

    def _encode(self) -> dict[str, Any]:
        """Return the memory as plain data, with dates instead of loop times."""
        memory = self.machine.memory
        return {
            "armed": memory.armed,
            "shutter": memory.shutter,
            "seen_at": self._date(memory.seen_at),
            "exposed_since": self._date(memory.exposed_since),
            "notified": memory.notified,
            "closed_by_guard": memory.closed_by_guard,
            "held": sorted(memory.held),
            "unknown": {name: self._date(since) for name, since in memory.unknown.items()},
        }

    def _decode(self, kept: Mapping[str, Any]) -> Memory:
        """Decode `_encode`; raises ValueError, TypeError, AttributeError or LookupError otherwise."""
        shutter = kept["shutter"]
        return Memory(
            armed=kept["armed"] is not False,
            shutter=None if shutter is None else RoofReading(shutter),
            seen_at=self._moment(kept["seen_at"]),
            exposed_since=self._moment(kept["exposed_since"]),
            notified=kept["notified"] is True,
            closed_by_guard=kept["closed_by_guard"] is True,
            held={str(name) for name in kept["held"]},
            unknown={
                str(name): since
                for name, saved in kept["unknown"].items()
                if (since := self._moment(saved)) is not None
            },
        )

    def _date(self, moment: float | None) -> str | None:
        """Return a loop time as an ISO date."""
        date: str | None = plain(self.when(moment))
        return date

    def _moment(self, saved: str | None) -> float | None:
        """Return an ISO date as a loop time; a date in the future is now."""
        if saved is None:
            return None
        age = (dt_util.utcnow() - datetime.fromisoformat(saved)).total_seconds()
        return self._loop.time() - max(0.0, age)
