"""Keeping the mount still while the roof over it is not open (design 6)."""

import asyncio
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..api import Dome, Equipment, Role, ShutterState
from ..const import CONF_MOUNT_INTERLOCK
from ..control.command import Command, Refusal
from ..control.commands.dome import DomeKey
from ..control.loaded import runner_of
from ..errors import Reason, RefusedError
from ..helpers.devices import is_known
from ..readings.equipment import EquipmentCoordinator
from ..readings.equipment_state import EquipmentState
from .shared import async_read_other, shared_roofs

# Commands that move the shutter before a reading shows it.
_CLOSING: Final = (DomeKey.CLOSE_SHUTTER, DomeKey.PARK_DOME)
_MOVES_ROOF: Final = (*_CLOSING, DomeKey.OPEN_SHUTTER)

# Shown in place of a reading of the shutter.
_DISCONNECTED: Final = "disconnected"
_UNKNOWN: Final = "unknown"


class MountInterlock(StrEnum):
    """Rule for commands that move the mount while the roof is not open.

    Automatic refuses them under a roof that cannot turn, which rolls over the telescope, and sends
    them in a dome that can.
    """

    AUTOMATIC = "automatic"
    REFUSE = "refuse"
    ALLOW = "allow"


def _rule(*entries: ConfigEntry) -> MountInterlock:
    """Return the first rule of these entries that was chosen."""
    rules = (
        MountInterlock(entry.options.get(CONF_MOUNT_INTERLOCK, MountInterlock.AUTOMATIC))
        for entry in entries
    )
    return next(
        (rule for rule in rules if rule is not MountInterlock.AUTOMATIC), MountInterlock.AUTOMATIC
    )


class RoofsOverMount:
    """The roofs over the mount of an entry: its own, and those of other entries."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Nothing is read before `async_read`."""
        self._hass = hass
        self._entry = entry
        self._shared: list[tuple[ConfigEntry, EquipmentState | None]] = []

    async def async_read(self) -> None:
        """Read the roofs of other entries, and the entry's own if none was ever seen."""
        roofs = shared_roofs(self._hass, self._entry)
        reads = [async_read_other(self._hass, each.entry_id, Role.DOME) for each in roofs]
        if not is_known(self._hass, self._entry, Role.DOME):
            reads.append(async_read_other(self._hass, self._entry.entry_id, Role.DOME))
        states = (await asyncio.gather(*reads))[: len(roofs)]
        self._shared = list(zip(roofs, states, strict=True))

    def refusal(self, equipment: Equipment) -> Refusal | None:
        """Return why the mount must not move, given a reading of its own entry."""
        own = equipment.dome
        if is_known(self._hass, self._entry, Role.DOME) or (own is not None and own.connected):
            refusal = self._refusal_under(self._entry, own, _rule(self._entry))
            if refusal is not None:
                return refusal
        for roof, state in self._shared:
            dome = None if state is None else state.equipment.dome
            refusal = self._refusal_under(roof, dome, _rule(self._entry, roof))
            if refusal is not None:
                return refusal
        return None

    def _refusal_under(
        self, entry: ConfigEntry, dome: Dome | None, rule: MountInterlock
    ) -> Refusal | None:
        """Return why the mount must not move under one roof."""
        if rule is MountInterlock.ALLOW:
            return None
        if dome is None or not dome.connected:
            reading = _UNKNOWN if dome is None else _DISCONNECTED
        elif dome.lacks_shutter or (dome.can_set_azimuth and rule is MountInterlock.AUTOMATIC):
            return None
        elif (moving := self._movement(entry)) is not None:
            reading = str(moving)
        elif dome.shutter is ShutterState.OPEN:
            return None
        else:
            reading = _UNKNOWN if dome.shutter in (None, ShutterState.NONE) else str(dome.shutter)
        return RefusedError(Reason.ROOF_NOT_OPEN, rig=entry.title, reading=reading)

    def _movement(self, entry: ConfigEntry) -> ShutterState | None:
        """Return the movement of a command that was just sent to a roof."""
        if (runner := runner_of(self._hass, entry.entry_id)) is None:
            return None
        sent = runner.pending(Role.DOME, lambda command: command.key in _MOVES_ROOF)
        if sent is None:
            return None
        return ShutterState.CLOSING if sent in _CLOSING else ShutterState.OPENING


def under_open_roof(hass: HomeAssistant, entry: ConfigEntry, command: Command[Any]) -> Command[Any]:
    """Return a command that is refused while it would move the mount under a closed roof."""
    if not command.needs_open_roof:
        return command
    roofs = RoofsOverMount(hass, entry)

    def refusal(subject: Any, equipment: Equipment) -> Refusal | None:
        """Return why the mount must not move at the moment of sending."""
        return roofs.refusal(equipment) or command.precondition(subject, equipment)

    return replace(command, read_also=roofs.async_read, precondition=refusal)


async def async_require_open_roof(
    hass: HomeAssistant, entry: ConfigEntry, equipment: EquipmentCoordinator
) -> None:
    """Raise ServiceValidationError if the mount must not move, by fresh readings."""
    roofs = RoofsOverMount(hass, entry)
    _, state = await asyncio.gather(roofs.async_read(), equipment.async_read(Role.DOME))
    refusal = roofs.refusal(state.equipment)
    if refusal is not None:
        raise RefusedError(refusal) if isinstance(refusal, Reason) else refusal
