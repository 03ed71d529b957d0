"""Commands for connecting and disconnecting equipment."""

from ...api import Camera, Device, Dome, Equipment, Role
from ...const import CommandKey
from ...errors import Reason
from ...helpers.words import Seen, flag
from ..command import Command, Refusal, fetch_equipment
from .dome import CLOSING, MOVING


class ConnectionKey(CommandKey):
    """Keys of the commands for the connections of devices."""

    CONNECT_DEVICE = "connect_device"
    DISCONNECT_DEVICE = "disconnect_device"


def connect(role: Role, device_id: str | None = None) -> Command[Device]:
    """Connect the device of a role, by default the one selected in N.I.N.A.

    Nothing is sent if that device is connected: N.I.N.A. would disconnect it first. Another
    `device_id` replaces the connected device.
    """

    def proof(device: Device) -> bool:
        return device.connected and device_id in (None, device.device_id)

    return Command(
        key=ConnectionKey.CONNECT_DEVICE,
        subject=role,
        method=lambda client: client.equipment.connect,
        since=() if device_id is None else (2, 2),
        fetch=fetch_equipment(role),
        send=lambda client, _: client.equipment.connect(role, device_id),
        succeeded=proof,
        proof_text="the device is connected",
        reads=lambda device: flag(device.connected, Seen.CONNECTED, Seen.NOT_CONNECTED),
        # N.I.N.A. replies after the driver, so readings follow at once.
        timeout=15,
        precondition=lambda device, equipment: (
            None if proof(device) else _cannot_disconnect(device, equipment)
        ),
        blocked_by=CLOSING,
    )


def disconnect(role: Role) -> Command[Device]:
    """Disconnect the device of a role."""
    return Command(
        key=ConnectionKey.DISCONNECT_DEVICE,
        subject=role,
        method=lambda client: client.equipment.disconnect,
        fetch=fetch_equipment(role),
        send=lambda client, _: client.equipment.disconnect(role),
        succeeded=lambda device: not device.connected,
        proof_text="the device is not connected",
        reads=lambda device: flag(device.connected, Seen.CONNECTED, Seen.NOT_CONNECTED),
        timeout=15,
        precondition=_cannot_disconnect,
        blocked_by=CLOSING,
    )


def _cannot_disconnect(device: Device, _equipment: Equipment) -> Refusal | None:
    """Return why a device cannot be disconnected now."""
    if isinstance(device, Dome) and device.shutter in MOVING:
        return Reason.DISCONNECT_WHILE_SHUTTER_MOVES
    if isinstance(device, Camera) and device.exposing:
        return Reason.DISCONNECT_WHILE_EXPOSING
    return None
