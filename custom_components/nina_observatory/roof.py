"""Moving the roof without hitting the telescope, and never opening it while not safe."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Final

from homeassistant.core import HomeAssistant

from .api import Dome, Equipment, Role, ShutterState
from .command import Command, Refusal
from .commands.dome import CLOSE_SHUTTER, OPEN_SHUTTER, PARK_DOME, STOP_DOME
from .commands.mount import PARK_MOUNT
from .const import CONF_ROOF_INTERLOCK
from .coordinator import NinaConfigEntry
from .devices import is_known
from .errors import EndedError, Reason, RefusedError
from .safety import SafetyReason

# What a shutter that is told to close, or to open, does not move from, or does already.
STAYS_CLOSED: Final = (ShutterState.CLOSED, ShutterState.CLOSING)
STAYS_OPEN: Final = (ShutterState.OPEN, ShutterState.OPENING)

# Why the roof is not opened, by what is known of the safety.
NOT_SAFE: Final = {
    SafetyReason.UNSAFE: Reason.NOT_SAFE_UNSAFE,
    SafetyReason.MONITOR_DISCONNECTED: Reason.NOT_SAFE_MONITOR_DISCONNECTED,
    SafetyReason.STALE: Reason.NOT_SAFE_STALE,
    SafetyReason.NO_READING: Reason.NOT_SAFE_NO_READING,
}

# How often the mount is parked for one movement of the roof: somebody may unpark it meanwhile.
PARKINGS: Final = 2


class RoofInterlock(StrEnum):
    """What happens to the mount before the roof moves over it."""

    PARK_FIRST = "park_first"
    REFUSE = "refuse"
    ALLOW = "allow"


def is_parked(equipment: Equipment) -> bool:
    """Return whether a reading shows the mount parked."""
    mount = equipment.mount
    return mount is not None and mount.connected and mount.parked


def over_mount(
    command: Command[Dome],
    stays: tuple[ShutterState, ...],
    clear: Callable[[Equipment], bool],
    reason: Reason,
) -> Command[Dome]:
    """Return a command that is refused for a reason while the mount may be in the way.

    That is looked at whenever it is about to be sent, also again. A shutter that cannot be set, that
    `stays` where it is or goes there already, is not moved by the command.
    """

    def refusal(dome: Dome, equipment: Equipment) -> Refusal | None:
        """Return why the shutter cannot be moved now."""
        refused = command.refusal(dome, equipment)
        moves = dome.can_set_shutter and dome.shutter not in stays
        return reason if refused is None and moves and not clear(equipment) else refused

    def unread_refusal(equipment: Equipment) -> Refusal | None:
        """Return why the shutter cannot be moved although it cannot be read."""
        return None if clear(equipment) else reason

    return replace(command, refusal=refusal, unread_refusal=unread_refusal)


class Roof:
    """The roof of an entry with the rules for moving it (design 6)."""

    def __init__(self, hass: HomeAssistant, entry: NinaConfigEntry) -> None:
        """Take the rules from the options of the entry."""
        self._hass = hass
        self._entry = entry
        self._commander = entry.runtime_data.commander

    @property
    def interlock(self) -> RoofInterlock:
        """Return the rule for the mount; a rig without a mount needs none."""
        if not is_known(self._hass, self._entry, Role.MOUNT):
            return RoofInterlock.ALLOW
        return RoofInterlock(self._entry.options.get(CONF_ROOF_INTERLOCK, RoofInterlock.PARK_FIRST))

    async def async_open(self, *, override: bool = False) -> None:
        """Open the shutter; raises ServiceValidationError while it is not known to be safe.

        An `override` helps where nothing is known. Against a connected monitor that says unsafe it
        cannot: N.I.N.A. itself then refuses, always and without a word.
        """

        def refusal(dome: Dome, equipment: Equipment) -> Refusal | None:
            """Return why it cannot be opened at the moment at which that would be sent."""
            unsafe = self._unsafe(equipment, override=override)
            return unsafe or OPEN_SHUTTER.refusal(dome, equipment)

        await self._async_move(replace(OPEN_SHUTTER, refusal=refusal), STAYS_OPEN)

    async def async_close(self) -> None:
        """Close the shutter once the mount is out of its way."""
        await self._async_move(CLOSE_SHUTTER, STAYS_CLOSED)

    async def async_park(self) -> None:
        """Park the dome, which closes the shutter too and is kept to the same rules."""
        await self._async_move(PARK_DOME, STAYS_CLOSED)

    async def async_stop(self) -> None:
        """Stop the shutter, unless it is closing."""
        await self._commander.async_run(STOP_DOME)

    async def _async_move(self, command: Command[Dome], stays: tuple[ShutterState, ...]) -> None:
        """Move the shutter, with the mount parked before or at least out of its way."""
        interlock, parkings, began = self.interlock, 0, self._commander.loop.time()

        def clear(equipment: Equipment) -> bool:
            """Return whether the mount is where the interlock wants it."""
            waits = interlock is RoofInterlock.PARK_FIRST and not parkings
            return interlock is RoofInterlock.ALLOW or (is_parked(equipment) and not waits)

        move = over_mount(command, stays, clear, Reason.MOUNT_NOT_PARKED)
        while True:
            try:
                return await self._commander.async_run(move)
            except RefusedError as err:
                last = interlock is not RoofInterlock.PARK_FIRST or parkings == PARKINGS
                if err.reason is not Reason.MOUNT_NOT_PARKED or last:
                    raise
            await self._commander.async_run(PARK_MOUNT)
            parkings += 1
            if self._commander.overtaken_at(command) > began:
                raise EndedError(Reason.OVERTAKEN)

    def _unsafe(self, equipment: Equipment, *, override: bool) -> Reason | None:
        """Return why it is not safe where there is a safety monitor: it has to say so, freshly."""
        safety = self._entry.runtime_data.safety
        if not is_known(self._hass, self._entry, Role.SAFETY_MONITOR) or not safety.not_safe:
            return None
        if not override:
            return NOT_SAFE.get(safety.reason, Reason.NOT_SAFE_NO_READING)
        monitor = equipment.safety_monitor
        refuses = monitor is not None and monitor.connected and monitor.is_safe is not True
        return Reason.OVERRIDE_IMPOSSIBLE if refuses else None
