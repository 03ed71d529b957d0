"""Stopping a device that moves to a number: the focuser and the rotator."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..api import Focuser, NinaClient, Reply, Role, Rotator
from ..const import CommandKey
from .command import HOLD_TIME, Command, Readings


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop[DeviceT: (Focuser, Rotator)]:
    """A device, and whether it is at the destination of its last movement, as far as that is known."""

    device: DeviceT
    at_destination: bool


def stop[DeviceT: (Focuser, Rotator)](
    role: Role,
    kind: type[DeviceT],
    key: CommandKey,
    method: Callable[[NinaClient], Callable[[], Awaitable[Reply]]],
    *,
    is_at: Callable[[DeviceT, float], bool],
    proof_text: str,
    preempts: tuple[CommandKey, ...],
) -> Command[Stop[DeviceT]]:
    """Return the command that ends the movements `preempts`.

    A device at its destination has arrived rather than stopped, unless it was there before.
    """

    async def fetch(readings: Readings) -> tuple[bool, Stop[DeviceT] | None]:
        state = await readings.equipment.async_read()
        device = state.device(role)
        if not isinstance(device, kind):
            return state.reachable, None
        destination = readings.destination(role)
        arrived = destination is not None and is_at(device, destination)
        return state.reachable, Stop(device=device, at_destination=arrived)

    def stopped(before: Stop[DeviceT], now: Stop[DeviceT]) -> bool:
        return now.device.moving is False and (before.at_destination or not now.at_destination)

    return Command(
        key=key,
        subject=role,
        method=method,
        # Always sent: readings may not show a movement yet that has just begun.
        already_done=lambda _stop, _equipment: False,
        fetch=fetch,
        changed=stopped,
        proof_text=proof_text,
        safety_critical=True,
        hold_time=HOLD_TIME,
        reads=lambda stop: stop.device.position,
        stalled=lambda _, __: True,
        stall_timeout=10,
        retries=1,
        preempts=preempts,
    )
