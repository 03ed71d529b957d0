"""Connecting and disconnecting all equipment, one after another."""

from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr

from ..api import Role
from ..const import LOGGER
from ..control.command import Command
from ..control.commands.connection import connect, disconnect
from ..errors import EndedError, NotDoneError, Reason, RefusedError, TransientError
from ..helpers.devices import device_identifier, is_known
from ..readings.equipment_state import EquipmentState
from ..runtime import NinaConfigEntry

# Power first; devices that need the others last.
ORDER: Final = (
    Role.SWITCH_HUB,
    Role.SAFETY_MONITOR,
    Role.WEATHER,
    Role.MOUNT,
    Role.DOME,
    Role.CAMERA,
    Role.FILTER_WHEEL,
    Role.FOCUSER,
    Role.ROTATOR,
    Role.FLAT_PANEL,
    Role.GUIDER,
)

# Errors that every device would raise.
_FOR_ALL: Final = (Reason.READ_ONLY, Reason.UNLOADED)


async def async_connect_all(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Connect everything that is not connected; one failure does not stop the others.

    N.I.N.A. does not report which kinds of equipment exist, so all are tried, and only those seen
    before count as failures. Raises HomeAssistantError naming them.
    """
    state = await entry.runtime_data.equipment.async_read(*ORDER)
    if not state.reachable:
        raise TransientError(Reason.CANNOT_CONNECT)
    wanted = [role for role in ORDER if state.device(role) is None]
    failed = await _async_each(entry, {role: connect(role) for role in wanted})
    if missed := [name for role in failed if (name := _name(hass, entry, role)) is not None]:
        raise _error(Reason.CONNECT_ALL_FAILED, missed)
    if state.equipment.any_connected or len(failed) < len(wanted):
        return
    raise NotDoneError(Reason.NOTHING_TO_CONNECT)


async def async_disconnect_all(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Disconnect everything that is connected, unless a sequence needs it.

    Raises ServiceValidationError while one runs or may run, HomeAssistantError naming what stayed connected.
    """
    state = await entry.runtime_data.equipment.async_read(*ORDER)
    if not state.reachable:
        raise TransientError(Reason.CANNOT_CONNECT)
    running = (await entry.runtime_data.sequence.async_read()).running
    if running is None:
        raise RefusedError(Reason.SEQUENCE_UNREADABLE)
    if running:
        raise RefusedError(Reason.DISCONNECT_WHILE_RUNNING)
    wanted = [role for role in reversed(ORDER) if may_be_connected(hass, entry, state, role)]
    failed = await _async_each(entry, {role: disconnect(role) for role in wanted})
    if failed:
        raise _error(
            Reason.DISCONNECT_ALL_FAILED, [_name(hass, entry, role) or role for role in failed]
        )


@callback
def may_be_connected(
    hass: HomeAssistant, entry: NinaConfigEntry, state: EquipmentState, role: Role
) -> bool:
    """Return whether a device is connected, or was seen once and could not be read now."""
    device = state.equipment.device(role)
    return is_known(hass, entry, role) if device is None else device.connected


async def _async_each(
    entry: NinaConfigEntry, commands: dict[Role, Command[Any]]
) -> dict[Role, HomeAssistantError]:
    """Carry out a command for each role and return those that failed."""
    failed: dict[Role, HomeAssistantError] = {}
    for role, command in commands.items():
        try:
            await entry.runtime_data.runner.async_run(command)
        except HomeAssistantError as err:
            if isinstance(err, RefusedError | EndedError) and err.reason in _FOR_ALL:
                raise
            LOGGER.debug("%s of the %s: %s", command.key, role, err)
            failed[role] = err
    return failed


def _name(hass: HomeAssistant, entry: NinaConfigEntry, role: Role) -> str | None:
    """Return the name of the device of a role, None if it was never seen."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        device_identifier(entry, role), entry.entry_id
    )
    return None if device is None else device.name_by_user or device.name


def _error(reason: Reason, names: list[str]) -> HomeAssistantError:
    """Return the error that names equipment."""
    return NotDoneError(reason, devices=", ".join(names))
