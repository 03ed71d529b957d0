"""The alarm of a roof that is not closed: one notification per danger, remembered over restarts.

Readings, failed commands, procedures and the roof guard all report here. The alarm fires
`roof_close_failed` and keeps the repair issue up to date until a reading shows the roof closed, or
open while it may be.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..api import Dome, Mount, Role, plain
from ..const import DOMAIN
from ..control.command import Command
from ..control.commands.dome import CLOSE_SHUTTER, DomeKey
from ..control.commands.mount import MountKey
from ..control.movements import LateMovement
from ..control.procedure import Procedures
from ..control.runner import CommandRunner
from ..errors import EndedError, NotConnectedError, Reason
from ..events.bus import async_fire_own
from ..events.own_types import OwnEventType
from ..helpers.devices import is_known
from ..helpers.listeners import Listeners
from ..helpers.storage import async_load_kept
from ..readings.equipment import EquipmentCoordinator
from ..readings.equipment_state import EquipmentState
from ..readings.safety import SafetyGuard
from .detector import (
    CLOSES,
    Exposure,
    RoofDetector,
    RoofInputs,
    RoofMovement,
    RoofProblem,
    RoofReading,
    RoofRecord,
    reading_of,
)
from .roof_issues import RoofIssues

_MOVEMENTS: Final = {
    RoofReading.OPEN: RoofMovement.OPENED,
    RoofReading.CLOSED: RoofMovement.CLOSED,
}
_MOVING: Final = (RoofReading.OPENING, RoofReading.CLOSING)
# A roof that was seen to close faster than this in seconds may have been half closed.
SHORTEST_TRAVEL: Final = 10.0
# Commands that lead to a closed roof.
_CLOSING: Final = (DomeKey.CLOSE_SHUTTER, DomeKey.PARK_DOME, MountKey.PARK_MOUNT)
# While the roof is exposed it is read this often, for this long; seconds.
READ_EVERY: Final = 2.0
READ_FOR: Final = 600.0
# Seconds between writes if only the time of the last reading changed; other changes are written
# at once.
SAVE_TIME_EVERY: Final = 600.0
VERSION: Final = 1
# Seconds until a change is written.
SAVE_AFTER: Final = 1.0


class RoofAlarm:
    """Follow the roof of one entry and notify people where it is not closed."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        equipment: EquipmentCoordinator,
        safety: SafetyGuard,
        runner: CommandRunner,
        procedures: Procedures,
    ) -> None:
        """Nothing is followed before `async_start`."""
        self._hass = hass
        self._entry = entry
        self._equipment = equipment
        self._safety = safety
        self._runner = runner
        self._procedures = procedures
        self._store = _store(hass, entry)
        self._issues = RoofIssues(hass, entry)
        # Called with each movement that belongs in the report of the night.
        self.movement_listeners: Listeners[RoofMovement] = Listeners()
        self._detector = RoofDetector(hass.loop.time())
        self._demands: dict[str, str] = {}
        self._listeners: Listeners[()] = Listeners()
        self._timer: asyncio.TimerHandle | None = None
        self._reading: asyncio.Task[None] | None = None
        self._began_at: datetime | None = None
        self._message = ""
        self._saved_at = float("-inf")
        self._shown: tuple[object, ...] | None = None
        self._stopped = False
        self._overdue = False

    @property
    def last_reading(self) -> RoofReading | None:
        """The last reading of the roof, including one from before a restart; None if there is no roof."""
        return self._detector.record.reading

    @property
    def exposure(self) -> Exposure | None:
        """The roof that should be closed and is not known to be; times are loop times."""
        return self._detector.exposure

    @property
    def exposed_since(self) -> datetime | None:
        """When the exposure began."""
        return self._began_at

    @property
    def overdue(self) -> bool:
        """Whether the exposure is a problem."""
        return self._detector.exposure is not None and self._overdue

    @property
    def due_at(self) -> datetime | None:
        """When the exposure becomes a problem; once it is one, when it began."""
        exposure = self._detector.exposure
        if exposure is None or self._began_at is None or self._overdue:
            return self._began_at
        return self._began_at + timedelta(seconds=exposure.due - exposure.since)

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` on every change; returns a function that removes it."""
        return self._listeners.async_add(listener)

    async def async_load(self) -> None:
        """Restore the record from before a restart; call this before anything is read."""
        record = await async_load_kept(self._hass, self._store, RoofRecord.from_data)
        if record is not None:
            self._detector = RoofDetector(self._hass.loop.time(), record)

    @callback
    def async_start(self) -> None:
        """Follow the roof until the entry is unloaded."""
        entry = self._entry
        self._equipment.reading_listeners.async_add(self._handle_reading)
        entry.async_on_unload(self._equipment.async_add_listener(self.async_update))
        entry.async_on_unload(self._safety.async_add_listener(self.async_update))
        entry.async_on_unload(self._procedures.async_add_listener(self.async_update))
        entry.async_on_unload(self._stop)
        self._runner.failure_listeners.async_add(self._handle_failure)
        self._runner.late_listeners.async_add(self._handle_late)
        update = callback(lambda _: self.async_update())
        entry.async_on_unload(async_at_started(self._hass, update))
        self._handle_reading(self._equipment.data)
        self.async_update()

    async def async_save(self) -> None:
        """Write the record now."""
        await self._store.async_save(self._detector.record.as_data())

    @callback
    def async_demand(self, source: str, danger: str | None) -> None:
        """Demand that the roof be closed because of a danger, or withdraw the demand with None."""
        if self._demands.get(source) == danger:
            return
        if danger is None:
            self._demands.pop(source, None)
        else:
            self._demands[source] = danger
        self.async_update()

    @callback
    def async_fail(
        self, problem: RoofProblem, *, attempts: int | None = None, message: str = ""
    ) -> None:
        """Report that closing the roof failed; `message` explains it to people.

        People are notified at once, unless they were in this danger. `attempts` is the number of
        the caller's attempts.
        """
        self._message = message
        self._detector.fail(problem, self._hass.loop.time(), attempts)
        self.async_update()

    @callback
    def async_update(self, moment: float | None = None) -> None:
        """Evaluate everything known and notify people where that is due at a loop time."""
        now = moment or self._hass.loop.time()
        dome = self._dome
        if not is_known(self._hass, self._entry, Role.DOME) and not (dome and dome.connected):
            self._detector.forget()
        before, reading = self._detector.exposure, self.last_reading
        exposure = self._detector.update(self._inputs(), now)
        self._report_movement(reading)
        if exposure is None:
            self._began_at, self._message = None, ""
            if self._shows_no_fault:
                self._issues.async_end()
        elif before is None or before.since != exposure.since:
            ago = self._hass.loop.time() - exposure.since
            self._began_at = dt_util.utcnow() - timedelta(seconds=ago)
        self._set_timer(exposure, now)
        due = exposure is not None and exposure.due <= now
        self._overdue = due or (exposure is not None and self._overdue)
        if exposure is not None and due:
            self._notify(exposure)
        self._publish()

    @property
    def _dome(self) -> Dome | None:
        """The last reading of the dome, connected or not; None if there is none."""
        state = self._equipment.data
        return state.equipment.dome if state.reachable else None

    def _inputs(self) -> RoofInputs:
        state, runner = self._equipment.data, self._runner
        mount, usual = state.device(Role.MOUNT), self._usual_travel
        return RoofInputs(
            reading=self._read(),
            read_at=state.read_at.get(Role.DOME, 0.0),
            reachable=state.reachable,
            demanded=self.danger is not None,
            busy=(isinstance(mount, Mount) and mount.slewing is True)
            or self._procedures.running is not None
            or runner.is_running(*_CLOSING),
            stopped_at=self._stopped_at,
            travel=CLOSES if usual is None else max(usual, SHORTEST_TRAVEL * runner.pace.scale),
        )

    @property
    def _stopped_at(self) -> float:
        """When a person last stopped the roof: now, while that is under way.

        A reading that shows it closing may arrive after the command, or be from before it took effect.
        """
        if self._runner.is_running(DomeKey.STOP_DOME):
            return self._hass.loop.time()
        return self._runner.preempted_at(CLOSE_SHUTTER)

    @property
    def _usual_travel(self) -> float | None:
        """Seconds after which closing takes far longer than usual; None if it never closed before."""
        return self._runner.movements.habit(self._dome, DomeKey.CLOSE_SHUTTER).usual

    @property
    def danger(self) -> str | None:
        """Why the roof should be closed, regardless of commands; None without a reason.

        Without a safety monitor "not known to be safe" is no danger.
        """
        monitored = is_known(self._hass, self._entry, Role.SAFETY_MONITOR)
        if monitored and self._safety.not_safe:
            return self._safety.reason.value
        return next(iter(self._demands.values()), None)

    def _read(self) -> RoofReading | None:
        """Return the present reading; None if the roof cannot be read."""
        dome = self._dome
        if dome is None or not dome.connected:
            return None
        reading = reading_of(dome)
        if reading is not RoofReading.ABSENT:
            return reading
        if not self._detector.closed and dome.device_id == self._detector.record.device_id:
            # This very driver had a shutter a moment ago.
            return RoofReading.UNKNOWN
        self._detector.forget()
        return None

    @property
    def _shows_no_fault(self) -> bool:
        """Whether a reading shows that the roof is closed or may be open, or that there is none."""
        if not is_known(self._hass, self._entry, Role.DOME):
            return True
        dome = self._dome
        if dome is not None and dome.connected:
            reading = reading_of(dome)
            gone = reading is RoofReading.ABSENT and self.last_reading is None
            return gone or reading in _MOVING or reading in _MOVEMENTS
        return self.last_reading is RoofReading.CLOSED

    @callback
    def _handle_reading(self, state: EquipmentState) -> None:
        """Record the time of a reading, also of one that changes nothing."""
        dome = state.equipment.dome if state.reachable else None
        if dome is None or not dome.connected:
            return
        read_at = state.read_at[Role.DOME]
        record, age = self._detector.record, self._hass.loop.time() - read_at
        record.seen_at = dt_util.utcnow() - timedelta(seconds=age)
        self._detector.record_seen(read_at)
        # A driver that does not say whether it has a shutter has one if that has a state.
        silent = dome.can_set_shutter is None
        if dome.can_set_shutter or (silent and reading_of(dome) is not RoofReading.UNKNOWN):
            record.device_id = dome.device_id
        if self._hass.loop.time() - self._saved_at > SAVE_TIME_EVERY:
            self._save_soon()

    @callback
    def _handle_failure(self, command: Command[Any], err: HomeAssistantError) -> None:
        """Report a close command that failed.

        A command that was refused, or preempted by another one, never moved the roof. If a person
        stopped it, that is a failure only in danger.
        """
        refused = isinstance(err, ServiceValidationError) and not isinstance(err, NotConnectedError)
        stopped = isinstance(err, EndedError) and err.reason is Reason.STOPPED
        ended = isinstance(err, EndedError) and not (stopped and self.danger is not None)
        if command.key is not DomeKey.CLOSE_SHUTTER or refused or ended:
            return
        self.async_fail(RoofProblem.NOT_CLOSED, message=str(err))

    @callback
    def _report_movement(self, before: RoofReading | None) -> None:
        """Report a roof that came to rest to the report of the night."""
        reading = self.last_reading
        if reading is RoofReading.CLOSED:
            self._issues.async_end_unconfirmed()
        if before is not None and reading is not before and reading in _MOVEMENTS:
            self.movement_listeners.async_call(_MOVEMENTS[reading])

    @callback
    def _handle_late(self, late: LateMovement) -> None:
        """Report a roof that takes far longer to close than usual, or closes for the first time."""
        if late.command is not DomeKey.CLOSE_SHUTTER:
            return
        if late.confirmed:
            async_fire_own(
                self._hass, self._entry, OwnEventType.ROOF_CLOSE_CONFIRMED, {}, Role.DOME
            )
        else:
            data = {"reading": self.last_reading, "seconds": round(late.seconds)}
            kind = OwnEventType.ROOF_CLOSE_UNCONFIRMED
            async_fire_own(self._hass, self._entry, kind, data, Role.DOME)
        if late.confirmed or self._detector.closed:
            self._issues.async_end_unconfirmed()
            return
        if self._usual_travel is not None:
            closing = self.last_reading is RoofReading.CLOSING
            problem = RoofProblem.CLOSING if closing else RoofProblem.NOT_CLOSED
            self.async_fail(problem, attempts=self._detector.record.attempts)
            return
        self._issues.async_raise_unconfirmed(self.last_reading, late.seconds)

    @callback
    def _notify(self, exposure: Exposure) -> None:
        """Notify people: the event once per danger, the repair issue as things are now."""
        if self._hass.state is not CoreState.running:
            # Automations do not listen yet.
            return
        record = self._detector.record
        self._issues.async_raise(
            exposure,
            record.reading,
            seen_at=record.seen_at,
            began_at=self._began_at,
            message=self._message,
            renewed=not record.notified,
        )
        if record.notified:
            return
        record.notified = True
        self._issues.async_end_unconfirmed()
        self.movement_listeners.async_call(RoofMovement.CLOSE_FAILED)
        self._save_soon()
        seen_at, age = record.seen_at, None
        if seen_at is not None:
            age = round(max(0.0, (dt_util.utcnow() - seen_at).total_seconds()), 1)
        data: dict[str, Any] = {
            "reason": exposure.problem.value,
            "danger": self.danger,
            "reading": record.reading,
            "age": age,
            "seen_at": plain(seen_at),
            "attempts": record.attempts,
        }
        if self._message:
            data["message"] = self._message
        async_fire_own(self._hass, self._entry, OwnEventType.ROOF_CLOSE_FAILED, data, Role.DOME)

    @callback
    def _publish(self) -> None:
        """Call the listeners and save, if anything changed."""
        record = self._detector.record
        shown = (
            # The times at which the roof was read are no change.
            replace(record, seen_at=None, device_id=None),
            self._detector.exposure,
            self._overdue,
        )
        if shown == self._shown:
            return
        self._shown = shown
        self._save_soon()
        self._listeners.async_call()

    @callback
    def _set_timer(self, exposure: Exposure | None, now: float) -> None:
        """Update when time alone changes something, and read often while the roof is exposed."""
        if self._timer is not None:
            self._timer.cancel()
        if exposure is None or self._stopped:
            return
        if now < exposure.due:
            self._timer = self._hass.loop.call_at(exposure.due, self.async_update, exposure.due)
        if (self._reading is None or self._reading.done()) and now < exposure.since + READ_FOR:
            self._reading = self._entry.async_create_background_task(
                self._hass, self._async_read_often(), f"{self._entry.title} roof"
            )

    async def _async_read_often(self) -> None:
        """Read the roof every few seconds while it is exposed."""
        equipment, loop = self._equipment, self._hass.loop
        while (exposure := self._detector.exposure) and loop.time() < exposure.since + READ_FOR:
            await asyncio.sleep(READ_EVERY)
            read_at = equipment.data.read_at.get(Role.DOME, 0.0)
            if equipment.data.reachable and loop.time() - read_at >= READ_EVERY:
                with suppress(HomeAssistantError):
                    await equipment.async_read(Role.DOME)
            self.async_update()

    @callback
    def _stop(self) -> None:
        """Stop following the roof; reports that still come are written at once."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    @callback
    def _save_soon(self) -> None:
        """Write the record in a moment; at once when the entry is being unloaded."""
        self._saved_at = self._hass.loop.time()
        if self._stopped:
            self._hass.async_create_task(self.async_save(), f"{self._entry.title} roof")
        else:
            self._store.async_delay_save(self._detector.record.as_data, SAVE_AFTER)


def _store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    """Return the store of the record of a roof."""
    return Store(hass, VERSION, f"{DOMAIN}.{entry.entry_id}.roof")


async def async_forget_roof(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete the record and the repair issues of a removed entry."""
    issues = RoofIssues(hass, entry)
    issues.async_end()
    issues.async_end_unconfirmed()
    await _store(hass, entry).async_remove()
