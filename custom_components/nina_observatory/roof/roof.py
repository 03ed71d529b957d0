"""Moving the roof without hitting the telescope, and never opening it while not safe."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..api import Dome, Equipment, Mount, NinaError, Role, ShutterState
from ..const import CONF_ROOF_INTERLOCK, LOGGER
from ..control.command import Command, Refusal
from ..control.commands.dome import (
    CLOSE_SHUTTER,
    OPEN_SHUTTER,
    PARK_DOME,
    DomeKey,
    parked_and_closed,
    stop_dome,
)
from ..control.commands.mount import PARK_MOUNT
from ..control.loaded import runner_of
from ..control.runner import CommandRunner
from ..errors import EndedError, NotDoneError, Reason, RefusedError, TransientError
from ..helpers.devices import is_known
from ..readings.equipment_state import EquipmentState
from ..readings.safety import SafetyGuard, SafetyReason
from .shared import async_read_other, name_of, shared_mounts

MOVES_SHUTTER: Final = (DomeKey.OPEN_SHUTTER, DomeKey.CLOSE_SHUTTER)

# Readings in which a command to close, or to open, does not move the shutter or is carried out.
STAYS_CLOSED: Final = (ShutterState.CLOSED, ShutterState.CLOSING)
STAYS_OPEN: Final = (ShutterState.OPEN, ShutterState.OPENING)

# Why the roof is not opened, by the verdict on safety.
NOT_SAFE: Final = {
    SafetyReason.UNSAFE: Reason.NOT_SAFE_UNSAFE,
    SafetyReason.MONITOR_DISCONNECTED: Reason.NOT_SAFE_MONITOR_DISCONNECTED,
    SafetyReason.NOT_RUNNING: Reason.NOT_SAFE_NOT_RUNNING,
    SafetyReason.NOT_ANSWERING: Reason.NOT_SAFE_NOT_ANSWERING,
    SafetyReason.STALE: Reason.NOT_SAFE_STALE,
    SafetyReason.NO_READING: Reason.NOT_SAFE_NO_READING,
}

# Why the roof does not move while a mount may be in its way.
IN_THE_WAY: Final = (
    Reason.MOUNT_NOT_PARKED,
    Reason.MOUNT_PLACE_UNKNOWN,
    Reason.SHARED_MOUNT_NOT_PARKED,
    Reason.SHARED_MOUNT_UNKNOWN,
)

CAN_BE_PARKED: Final = (Reason.MOUNT_NOT_PARKED, Reason.SHARED_MOUNT_NOT_PARKED)

# How often the mount is parked for one movement of the roof: it may be unparked in between.
PARKINGS: Final = 2


class RoofInterlock(StrEnum):
    """The treatment of the mount before the roof moves over it."""

    PARK_FIRST = "park_first"
    REFUSE = "refuse"
    ALLOW = "allow"


class MountsUnderRoof:
    """The mounts that the roof of an entry moves over: its own, and those of entries that share it.

    The place of a mount that was never seen is unknown, unless the profile of N.I.N.A. selects none.
    Everything is read again each time the roof is about to move.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, runner: CommandRunner) -> None:
        """Nothing is read before `async_read` or `last_obstacle`."""
        self._hass = hass
        self._entry = entry
        self._runner = runner
        self._others: dict[str, EquipmentState | None] = dict.fromkeys(shared_mounts(entry))
        self._none_selected = False

    async def async_read(self) -> None:
        """Read the other mounts, and whether the entry has one if none was ever seen."""
        self._none_selected = False
        self._others = dict.fromkeys(self._others)

        async def read(entry_id: str) -> None:
            self._others[entry_id] = await async_read_other(self._hass, entry_id, Role.MOUNT)

        reads = map(read, self._others)
        if not self._known:
            own = async_read_other(self._hass, self._entry.entry_id, Role.MOUNT)
            await asyncio.gather(self._async_read_profile(), own, *reads)
        else:
            await asyncio.gather(*reads)

    async def _async_read_profile(self) -> None:
        """Read whether the active profile selects no mount; an unreadable one selects a mount."""
        try:
            profile = await self._runner.readings.client.profile.get()
        except NinaError as err:
            LOGGER.debug("%s: the profile could not be read: %s", self._entry.title, err)
        else:
            self._none_selected = profile.selects_no_mount

    def last_obstacle(self) -> RefusedError | None:
        """Return why a mount may be in the way by the last readings; not for moving the roof."""
        profile = self._runner.readings.settings.data.profile
        self._none_selected = profile is not None and profile.selects_no_mount
        for entry_id in self._others:
            runner = runner_of(self._hass, entry_id)
            state = None if runner is None else runner.readings.equipment.data
            self._others[entry_id] = state if state is not None and state.reachable else None
        own = self._runner.readings.equipment.data
        return self.obstacle(own.equipment if own.reachable else Equipment())

    @property
    def _known(self) -> bool:
        """Return whether the entry has a mount that was ever seen."""
        return is_known(self._hass, self._entry, Role.MOUNT)

    def has_own(self, equipment: Equipment) -> bool:
        """Return whether there may be a mount of the entry's own."""
        mount = equipment.mount
        return self._known or not self._none_selected or (mount is not None and mount.connected)

    @property
    def shared(self) -> bool:
        """Return whether mounts of other entries are under the roof."""
        return bool(self._others)

    def obstacle(self, equipment: Equipment) -> RefusedError | None:
        """Return why a mount may be in the way, given a fresh reading of the entry.

        A mount that cannot be parked comes before one that can: nothing is parked in vain.
        """
        found = [self._own_obstacle(equipment), *map(self._other_obstacle, self._others)]
        obstacles = [each for each in found if each is not None]
        return min(obstacles, key=lambda each: each.reason in CAN_BE_PARKED, default=None)

    def _own_obstacle(self, equipment: Equipment) -> RefusedError | None:
        """Return why the mount of the entry itself may be in the way."""
        if not self.has_own(equipment):
            return None
        mount = equipment.mount
        if mount is None or not mount.connected:
            return RefusedError(Reason.MOUNT_PLACE_UNKNOWN)
        return None if _is_parked(self._runner, mount) else RefusedError(Reason.MOUNT_NOT_PARKED)

    def _other_obstacle(self, entry_id: str) -> RefusedError | None:
        """Return why the mount of another entry may be in the way; one that is not read is."""
        state, runner = self._others[entry_id], runner_of(self._hass, entry_id)
        mount = None if state is None else state.equipment.mount
        name = name_of(self._hass, entry_id)
        if runner is None or mount is None or not mount.connected:
            return RefusedError(Reason.SHARED_MOUNT_UNKNOWN, rig=name)
        if _is_parked(runner, mount):
            return None
        return RefusedError(Reason.SHARED_MOUNT_NOT_PARKED, rig=name)

    async def async_park(self, park: Command[Mount] = PARK_MOUNT, *, own: bool) -> None:
        """Park the mounts of the other entries, and the entry's `own`, all at once.

        Returns when each is parked or has failed; raises the first HomeAssistantError.
        """
        works = [self._async_park_other(entry_id, park) for entry_id in self._others]
        if own:
            works.append(self._runner.async_run(park))
        for ended in await asyncio.gather(*works, return_exceptions=True):
            if ended is not None:
                raise ended

    async def _async_park_other(self, entry_id: str, park: Command[Mount]) -> None:
        """Park the mount of another entry."""
        name = name_of(self._hass, entry_id)
        if (runner := runner_of(self._hass, entry_id)) is None:
            raise RefusedError(Reason.SHARED_MOUNT_UNKNOWN, rig=name)
        try:
            await runner.async_run(park)
        except HomeAssistantError as err:
            reason = str(err)
            if isinstance(err, TransientError):
                raise TransientError(
                    Reason.SHARED_MOUNT_PARK_FAILED, rig=name, reason=reason
                ) from err
            raise NotDoneError(Reason.SHARED_MOUNT_PARK_FAILED, rig=name, reason=reason) from err


def _is_parked(runner: CommandRunner, mount: Mount) -> bool:
    """Return whether a mount is parked, and no command was sent that will change that."""
    leaves = runner.pending(Role.MOUNT, lambda command: command.needs_open_roof)
    return mount.parked is True and leaves is None


def over_mounts(
    command: Command[Dome],
    stays: tuple[ShutterState, ...],
    mounts: MountsUnderRoof,
    obstacle: Callable[[Equipment], Refusal | None],
) -> Command[Dome]:
    """Return a command that is refused while there is an obstacle.

    The obstacle is read each time the command is about to be sent, repeats included. The command does
    not move a shutter that cannot be set, or one that reads a state in `stays`.
    """

    def refusal(dome: Dome, equipment: Equipment) -> Refusal | None:
        """Return why the shutter cannot be moved now."""
        refused = command.precondition(dome, equipment)
        moves = dome.can_set_shutter is not False and dome.shutter not in stays
        return obstacle(equipment) if refused is None and moves else refused

    def unread_refusal(equipment: Equipment) -> Refusal | None:
        """Return why a shutter that cannot be read cannot be moved."""
        return obstacle(equipment)

    return replace(
        command,
        read_also=mounts.async_read,
        precondition=refusal,
        unread_precondition=unread_refusal,
    )


class Roof:
    """The roof of an entry with the rules for moving it (design 6)."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        runner: CommandRunner,
        safety: SafetyGuard,
    ) -> None:
        """Prepare; the rules are options of the entry, read when they are needed."""
        self._hass = hass
        self._entry = entry
        self._runner = runner
        self._safety = safety

    @property
    def interlock(self) -> RoofInterlock:
        """The rule for the mounts under the roof."""
        return RoofInterlock(self._entry.options.get(CONF_ROOF_INTERLOCK, RoofInterlock.PARK_FIRST))

    def mounts(self) -> MountsUnderRoof:
        """Return the mounts under the roof, of which nothing is read yet."""
        return MountsUnderRoof(self._hass, self._entry, self._runner)

    async def async_open(self, *, override: bool = False) -> None:
        """Open the shutter; raises ServiceValidationError while it is not known to be safe.

        An `override` helps while nothing is known. Against a connected monitor that reports unsafe it
        does not: N.I.N.A. itself then refuses, always and silently.
        """

        def refusal(dome: Dome, equipment: Equipment) -> Refusal | None:
            """Return why the shutter cannot be opened at the moment of sending."""
            unsafe = self._unsafe(equipment, override=override)
            return unsafe or OPEN_SHUTTER.precondition(dome, equipment)

        await self._async_move(replace(OPEN_SHUTTER, precondition=refusal), STAYS_OPEN)

    async def async_close(self) -> None:
        """Close the shutter once the mount is out of its way."""
        await self._async_move(CLOSE_SHUTTER, STAYS_CLOSED)

    async def async_park(self) -> None:
        """Park the dome, which closes the shutter too and follows the same rules.

        N.I.N.A. ignores the command if the dome is parked already, so an open shutter is closed then.
        """
        state = await self._runner.readings.equipment.async_read(Role.DOME)
        dome = state.device(Role.DOME)
        closes = isinstance(dome, Dome) and dome.parked and not parked_and_closed(dome, dome)
        await self._async_move(CLOSE_SHUTTER if closes else PARK_DOME, STAYS_CLOSED)

    async def async_stop(self) -> None:
        """Stop the shutter at once for a person, also while it closes.

        Only a person may stop it: otherwise a closing roof could stay open.
        """
        runner = self._runner
        dome = runner.readings.equipment.data.device(Role.DOME)
        closing = isinstance(dome, Dome) and dome.shutter is ShutterState.CLOSING
        sent = runner.pending(Role.DOME, lambda command: command.key in MOVES_SHUTTER)
        closing = closing or sent is DomeKey.CLOSE_SHUTTER
        await runner.async_run(stop_dome(closing=closing, sent=sent is not None))

    async def _async_move(self, command: Command[Dome], stays: tuple[ShutterState, ...]) -> None:
        """Move the shutter once the mounts are parked, or at least out of its way."""
        runner, interlock = self._runner, self.interlock
        if interlock is RoofInterlock.ALLOW:
            return await runner.async_run(command)
        began, parkings = runner.loop.time(), 0
        mounts = self.mounts()

        def obstacle(equipment: Equipment) -> Refusal | None:
            """Return why a mount may be in the way; before the first parking it always is."""
            found = mounts.obstacle(equipment)
            waits = interlock is RoofInterlock.PARK_FIRST and not parkings
            some = mounts.shared or mounts.has_own(equipment)
            return Reason.MOUNT_NOT_PARKED if found is None and waits and some else found

        move = over_mounts(command, stays, mounts, obstacle)
        while True:
            try:
                return await runner.async_run(move)
            except RefusedError as err:
                # A mount that is known may answer a park although it was not read.
                known = is_known(self._hass, self._entry, Role.MOUNT)
                unread = known and err.reason is Reason.MOUNT_PLACE_UNKNOWN
                last = interlock is not RoofInterlock.PARK_FIRST or parkings == PARKINGS
                if last or not (unread or err.reason in CAN_BE_PARKED):
                    raise
            await mounts.async_park(own=mounts.has_own(runner.readings.equipment.data.equipment))
            parkings += 1
            if (reason := runner.preempted_since(command, began)) is not None:
                raise EndedError(reason)

    def _unsafe(self, equipment: Equipment, *, override: bool) -> Reason | None:
        """Return why it is not safe to open: a safety monitor has to report safe, freshly."""
        if not is_known(self._hass, self._entry, Role.SAFETY_MONITOR) or not self._safety.not_safe:
            return None
        if not override:
            return NOT_SAFE.get(self._safety.reason, Reason.NOT_SAFE_NO_READING)
        monitor = equipment.safety_monitor
        refuses = monitor is not None and monitor.connected and monitor.is_safe is not True
        return Reason.OVERRIDE_IMPOSSIBLE if refuses else None
