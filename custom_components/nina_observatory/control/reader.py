"""Reads the subject of a command, and the equipment that its predicates look at."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from ..api import Equipment, NinaError, NinaNotFoundError, Role
from ..api.plugin_version import EXACT_SINCE
from ..const import LOGGER, Subject
from ..devices import is_known, known_roles
from ..errors import too_old
from .command import Command
from .readings import Readings

# Read for commands without `related`. Where devices are read one by one, the predicates see no
# other equipment.
RELATED: Final[Mapping[Role, tuple[Role, ...]]] = {
    Role.DOME: (Role.MOUNT, Role.SAFETY_MONITOR),
    Role.MOUNT: (Role.DOME, Role.CAMERA, Role.ROTATOR),
}


class SubjectReader:
    """Read the subject of one command, and its related equipment."""

    def __init__(self, command: Command[Any], readings: Readings) -> None:
        self._command = command
        self._readings = readings
        self._asked_at = float("inf")

    @property
    def last_reading(self) -> Any | None:
        """Return the last reading of the device, of any age."""
        return self._readings.equipment.data.device(Role(self._command.subject))

    @property
    def equipment(self) -> Equipment:
        """Return the equipment as read by the last `async_read`, without older readings."""
        return self._readings.equipment.since(self._asked_at).equipment

    @property
    def lacks(self) -> bool:
        """Return whether the last reading is missing a device that exists, or the sequence."""
        command, role = self._command, self._command.subject
        if role is Subject.SEQUENCE:
            return not self._readings.sequence.data.readable
        if not isinstance(role, Role) or (command.look is not None and not command.allow_unread):
            return False
        return self._is_known(role) and self.equipment.device(role) is None

    @property
    def is_disconnected(self) -> bool:
        """Return whether the last reading showed that the device is not connected.

        Also true while the sequencer of N.I.N.A. is still starting.
        """
        role = self._command.subject
        if role is Subject.SEQUENCE:
            sequence = self._readings.sequence.data
            return sequence.readable and sequence.tree is None
        if not isinstance(role, Role) or not self._readings.equipment.data.reachable:
            return False
        device = self.equipment.device(role)
        return not device.connected if device is not None else not self._is_known(role)

    def _is_known(self, role: Role) -> bool:
        """Return whether there is a device of this kind."""
        return is_known(self._readings.hass, self._readings.entry, role)

    async def async_read(self) -> tuple[bool, Any | None]:
        """Return whether N.I.N.A. answers, and a fresh reading of the subject, None without one."""
        command, readings = self._command, self._readings
        self._asked_at = readings.now
        if command.look is not None:
            return await command.look(readings)
        if command.subject is Subject.SEQUENCE:
            reading = await readings.sequence.async_read()
            return reading.reachable, reading.tree
        subject = Role(command.subject)
        others = RELATED.get(subject, ()) if command.related is None else command.related
        known = known_roles(readings.hass, readings.entry)
        others = tuple(role for role in others if role in known and role is not subject)
        state = await readings.equipment.async_read(subject, *others)
        return state.reachable, state.device(subject)

    async def async_read_to_send(self) -> tuple[bool, Any | None]:
        """Read the subject, and at the same time what else the precondition needs."""
        if self._command.read_also is None:
            return await self.async_read()
        both = await asyncio.gather(self._command.read_also(), self.async_read())
        read: tuple[bool, Any | None] = both[1]
        return read

    async def async_raise_if_too_old(self) -> None:
        """Raise RefusedError if the server is too old for the device.

        The routes of the rotator were broken before 2.1.
        """
        plugin, role = self._readings.client.plugin, self._command.subject
        if plugin.exact or not isinstance(role, Role):
            return
        try:
            await self._readings.client.equipment.get_device(role)
        except NinaNotFoundError as err:
            raise too_old(EXACT_SINCE, plugin.version) from err
        except NinaError as err:
            LOGGER.debug("The %s cannot be read: %s", role, err)
