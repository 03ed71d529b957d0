"""The safety monitor."""

from typing import Any, ClassVar, override

from .base import Device, Driver, dummy


class SafetyMonitor(Device):
    """A monitor whose verdict is `is_safe`; N.I.N.A. notices a change at its next poll."""

    role = "safety_monitor"
    path = "safetymonitor"
    bundle_key = "SafetyMonitor"
    prefix = "SAFETY"
    noun = "Safetymonitor"
    profile_section = "SafetyMonitorSettings"
    connect_seconds = 1.6
    drivers: ClassVar[tuple[Driver, ...]] = (
        dummy("No safety monitor"),
        Driver(
            "ASCOM.CloudWatch.SafetyMonitor",
            "Cloud Watch Safety Monitor",
            "Cloud Watch Safety Monitor (ASCOM)",
            description="Rain and cloud watch of the roof",
            info="Safety Monitor Driver",
            version="1.4",
        ),
        Driver("ASCOM.Simulator.SafetyMonitor", "ASCOM Safety Monitor Simulator"),
    )
    is_safe = True

    @override
    def defaults(self) -> dict[str, Any]:
        """Return the block without a device."""
        return {"IsSafe": False}

    @override
    def read(self) -> dict[str, Any]:
        """Return the verdict."""
        return {"IsSafe": self.is_safe}

    @override
    async def polled_from(self, before: dict[str, Any]) -> None:
        """Announce a change of the verdict."""
        if before["IsSafe"] != self.known["IsSafe"]:
            await self.events.emit("SAFETY-CHANGED", IsSafe=self.known["IsSafe"])

    @override
    async def lost(self, before: dict[str, Any]) -> None:
        """Announce that a safe monitor is gone."""
        if before["IsSafe"]:
            await self.events.emit("SAFETY-CHANGED", IsSafe=False)

    @override
    async def disconnect(self) -> None:
        """Announce unsafe before the disconnect, if it was safe."""
        was_safe = self.connected and self.known["IsSafe"]
        self.detach()
        if was_safe:
            await self.events.emit("SAFETY-CHANGED", IsSafe=False)
        await self.announce_disconnect()
