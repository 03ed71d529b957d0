"""Networked filter wheel and rotator: a person does the work, a remote client confirms it."""

import asyncio
import json
from typing import TYPE_CHECKING

from .channels import Channel
from .wire import SOCKET, encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .faults import Faults

__all__ = ["Networked"]


class Networked:
    """The channels /v2/filterwheel and /v2/rotator, and their requests to a person."""

    def __init__(self, faults: Faults) -> None:
        """Begin with nothing wanted."""
        self.wheel = Channel("/v2/filterwheel", faults, self._wheel_received, since="2.2.1.0")
        self.rotator = Channel("/v2/rotator", faults, self._rotator_received, since="2.2.11.0")
        self.wanted_filter: str | None = None
        self.wanted_angle: tuple[float, float] | None = None
        self._filter_done = asyncio.Event()
        self._rotation_done = asyncio.Event()

    async def change_filter(self, name: str) -> None:
        """Request a filter and wait for a confirmation."""
        self.wanted_filter = name
        self._filter_done.clear()
        await self.wheel.broadcast(name)
        try:
            await self._filter_done.wait()
        finally:
            self.wanted_filter = None
        await self.wheel.broadcast("Change Complete")

    def confirm_filter(self) -> None:
        """Confirm the filter, as in N.I.N.A.'s own dialog."""
        self._filter_done.set()

    async def turn_rotator(self, position: float, target: float) -> None:
        """Request a rotation and wait for a confirmation."""
        self.wanted_angle = (position, target)
        self._rotation_done.clear()
        await self.rotator.broadcast(self._rotation())
        try:
            await self._rotation_done.wait()
        finally:
            self.wanted_angle = None
        await self.rotator.broadcast(json.dumps({"Message": "Rotation completed"}))

    def confirm_rotation(self) -> None:
        """Confirm the rotation, as in N.I.N.A.'s own dialog."""
        self._rotation_done.set()

    async def _wheel_received(self, text: str, answer: Callable[[str], Awaitable[None]]) -> None:
        """Answer a message of a client of the filter wheel's channel."""
        if text == "get-target-filter":
            await answer(self.wanted_filter or "N/A")
        elif text == "filter-changed":
            self.confirm_filter()

    async def _rotator_received(self, text: str, answer: Callable[[str], Awaitable[None]]) -> None:
        """Answer a message of a client of the rotator's channel."""
        if text == "get-target-position":
            nothing = json.dumps({"Message": "N/A"})
            await answer(self._rotation() if self.wanted_angle else nothing)
        elif text == "rotation-completed":
            if self.wanted_angle is None:
                await answer(json.dumps({"Message": "Rotation completed"}))
            self.confirm_rotation()

    def _rotation(self) -> str:
        """Return the wanted rotation as a bare object."""
        position, target = self.wanted_angle or (0.0, 0.0)
        data = {
            "Position": float(position),
            "TargetPosition": float(target),
            "Rotation": abs(target - position),
        }
        return encode(data, SOCKET)
