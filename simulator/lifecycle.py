"""Ends and beginnings: N.I.N.A. closed and started, a crash, a power cut, another port."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from .enums import TrackingMode

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .observatory import Observatory

__all__ = ["Lifecycle"]

_LOGGER = logging.getLogger(__name__)
_BOOT_SECONDS = 40.0


class Lifecycle:
    """What happens to an observatory's N.I.N.A. as a whole.

    These run outside the tasks of N.I.N.A., which they end.
    """

    def __init__(self, observatory: Observatory) -> None:
        """Act on an observatory."""
        self.observatory = observatory
        self._tasks: set[asyncio.Task[None]] = set()

    async def close_nina(self) -> None:
        """Close N.I.N.A.: every device announces its disconnect, then the server is gone."""
        observatory = self.observatory
        for device in observatory.devices:
            await device.disconnect()
        for channel in observatory.channels:
            await channel.close()
        await observatory.stop()

    async def open_nina(self) -> None:
        """Start N.I.N.A. with empty histories and nothing connected."""
        observatory = self.observatory
        observatory.forget()
        await observatory.start()

    async def restart(self, seconds: float) -> None:
        """Close N.I.N.A. and start it again after some simulated seconds."""
        await self.close_nina()
        await self.observatory.clock.sleep(seconds)
        await self.open_nina()

    def restart_soon(self, seconds: float) -> None:
        """Restart without being waited for."""
        self.start(self.restart(seconds))

    def crash(self) -> None:
        """End the process at once."""
        _LOGGER.warning("N.I.N.A. ended unexpectedly")
        self.start(self.observatory.stop())

    async def cut_power(self) -> None:
        """Let the power fail: everything stops where it is, and the computer is off."""
        observatory = self.observatory
        observatory.power_is_off = True
        await observatory.stop()
        observatory.dome.abort()
        observatory.mount.hardware.halt()
        observatory.mount.hardware.track(TrackingMode.STOPPED)
        observatory.mount.settling, observatory.mount.target = False, None
        observatory.focuser.travel.stop()
        observatory.rotator.turn.stop()
        observatory.rotator.synced = False
        observatory.camera.cooler.switch(on=False)
        observatory.flat_panel.brightness = 0
        observatory.guider.state = "Stopped"

    def restore_power(self) -> None:
        """Let the power come back: the computer boots and N.I.N.A. starts by itself."""
        self.observatory.power_is_off = False
        self.start(self._boot())

    async def _boot(self) -> None:
        """Start N.I.N.A. when the computer is up."""
        await self.observatory.clock.sleep(_BOOT_SECONDS)
        await self.open_nina()

    async def move_port(self) -> None:
        """Serve at the next free port from now on, as after another start order."""
        listener = self.observatory.transport.listener
        await listener.close()
        await listener.open(listener.port + 1, next_free=True)

    async def stop(self) -> None:
        """End what is under way."""
        current = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not current]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that outlives N.I.N.A.'s own tasks."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
