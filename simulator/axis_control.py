"""The channel /v2/mount: manual motion of the axes with a dead-man rule of two seconds."""

import json
from typing import TYPE_CHECKING, Any

from .channels import Channel
from .events import socket_text
from .reply import Reply
from .wire import SOCKET, encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .devices.mount import Mount

__all__ = ["AxisControl"]

_DIRECTIONS = {"east": (0, 1), "west": (0, -1), "north": (1, 1), "south": (1, -1)}
_PATIENCE = 1.8


class AxisControl:
    """Moves the mount's axes as clients ask; timers are per direction, not per axis."""

    def __init__(self, mount: Mount) -> None:
        """Move a mount."""
        self.mount = mount
        self.channel = Channel("/v2/mount", mount.faults, self._received, since="2.1.8")
        self._rates: dict[str, float] = {}

    async def _received(self, text: str, answer: Callable[[str], Awaitable[None]]) -> None:
        """Act on a message and answer its sender."""
        try:
            direction, rate = _parsed(text)
        except (ValueError, TypeError) as error:
            await answer(_error("", str(error)))
            return
        mount = self.mount
        response = "Moving" if rate else "Stopped Move"
        if not mount.connected:
            await answer(_error("", "Mount not connected"))
        elif mount.known["AtPark"]:
            await answer(_error("", "Mount parked"))
        elif direction not in _DIRECTIONS:
            await answer(_error(response, "Invalid direction"))
        else:
            self._move(direction, rate)
            await answer(socket_text(response))

    def _move(self, direction: str, rate: float) -> None:
        """Move in a direction and start its timer; an equal rate is not sent to the mount again."""
        if self._rates.get(direction) != rate:
            self._drive(direction, rate)
        self._rates[direction] = rate
        if rate:
            self.mount.tasks.start(self._stop_later(direction), f"axis-{direction}")
        else:
            self.mount.tasks.cancel(f"axis-{direction}")

    async def _stop_later(self, direction: str) -> None:
        """Stop a direction's axis unless another message for that direction comes in time."""
        await self.mount.clock.sleep(_PATIENCE)
        self._rates[direction] = 0.0
        self._drive(direction, 0.0)

    def _drive(self, direction: str, rate: float) -> None:
        """Give the driver's command."""
        axis, sign = _DIRECTIONS[direction]
        mount = self.mount
        if mount.obeys():
            mount.at_home = False
            mount.hardware.move_axis(axis, sign * rate)


def _parsed(text: str) -> tuple[str, float]:
    """Return direction and rate of a message; raises ValueError or TypeError."""
    message = json.loads(text)
    if not isinstance(message, dict):
        raise TypeError("The JSON value could not be converted.")
    direction, rate = message.get("direction"), message.get("rate")
    if not isinstance(direction, str) or isinstance(rate, bool) or rate is None:
        raise ValueError("Object reference not set to an instance of an object.")
    return direction.casefold(), float(rate)


def _error(response: Any, text: str) -> str:
    """Return an error reply of type API."""
    return encode(Reply(response, text, 400, success=False).envelope(), SOCKET)
