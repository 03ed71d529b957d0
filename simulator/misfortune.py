"""Effects of switching faults of the whole observatory on or off."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .faults import Fault
    from .nina import Nina

__all__ = ["Misfortune"]

_BOOT_SECONDS = 40.0


class Misfortune:
    """Acts on N.I.N.A. and its rig as faults come and go."""

    def __init__(self, nina: Nina) -> None:
        """Act on a N.I.N.A."""
        self._nina = nina
        self._actions: dict[str, Callable[[Fault, bool], Awaitable[None]]] = {
            "refuse": self._refuse,
            "socket_drop": self._drop,
            "reorder_events": self._reorder,
            "event_storm": self._storm,
            "nina_gone": self._gone,
            "restart": self._restart,
            "power_cut": self._power,
            "port_moved": self._port,
            "clock_skew": self._skew,
            "scheduler_gone": self._scheduler,
            "star_lost": self._star,
        }

    async def changed(self, fault: Fault, on: bool) -> None:
        """Apply a fault that was switched on or off."""
        action = self._actions.get(fault.name)
        if action is not None:
            await action(fault, on)

    async def _refuse(self, fault: Fault, on: bool) -> None:
        """Close the port, or open it again."""
        del fault
        listener = self._nina.transport.listener
        await (listener.close() if on else listener.open())

    async def _drop(self, fault: Fault, on: bool) -> None:
        """Break all websockets."""
        del fault, on
        for channel in self._nina.channels:
            channel.drop()

    async def _reorder(self, fault: Fault, on: bool) -> None:
        """Send the messages that were held back."""
        del fault
        if not on:
            for channel in self._nina.channels:
                await channel.release()

    async def _storm(self, fault: Fault, on: bool) -> None:
        """Send a burst of meaningless events: the filter does not change."""
        del on
        same = {"Name": self._nina.rig.filter_wheel.selected_name or "L", "Id": 0}
        for _ in range(fault.options["events"]):
            await self._nina.context.events.emit("FILTERWHEEL-CHANGED", Previous=same, New=same)

    async def _restart(self, fault: Fault, on: bool) -> None:
        """Restart N.I.N.A. without waiting for it."""
        del on
        self._nina.restart_soon(fault.options["seconds"])

    async def _gone(self, fault: Fault, on: bool) -> None:
        """End N.I.N.A., or start it again; the hardware does not notice."""
        nina = self._nina
        if not on:
            await nina.open()
            if fault.options["connects"]:
                nina.context.tasks.start(nina.rig.connect_all())
        elif fault.options["goodbye"]:
            await nina.close()
        else:
            await nina.stop()

    async def _power(self, fault: Fault, on: bool) -> None:
        """Cut the power, or restore it: then the computer boots, and N.I.N.A. starts by itself."""
        del fault
        context = self._nina.context
        context.power_is_off = on
        if on:
            await self._nina.stop()
            self._nina.rig.lose_power()
        else:
            context.outside.start(self._boot())

    async def _boot(self) -> None:
        """Start N.I.N.A. when the computer is up."""
        await self._nina.context.clock.sleep(_BOOT_SECONDS)
        await self._nina.open()

    async def _port(self, fault: Fault, on: bool) -> None:
        """Serve at another port."""
        del fault, on
        await self._nina.move_port()

    async def _skew(self, fault: Fault, on: bool) -> None:
        """Make the clock wrong or right."""
        self._nina.context.clock.set_skew(fault.options["seconds"] if on else 0.0)

    async def _scheduler(self, fault: Fault, on: bool) -> None:
        """Take the Target Scheduler's server away, or give it back."""
        del fault
        scheduler = self._nina.scheduler
        if scheduler is not None:
            await (scheduler.stop() if on else scheduler.start())

    async def _star(self, fault: Fault, on: bool) -> None:
        """Lose the star at once; it is found again by itself when the fault is over."""
        del fault
        if on:
            await self._nina.rig.guider.routines.disturb()
