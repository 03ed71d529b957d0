"""How N.I.N.A. cools and warms a camera: in steps of 15 s, then it waits."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.hardware.cooler import Cooler

    from .base import Device

__all__ = ["Cooling"]

_STEP = 15.0
_CHECK = 5.0
_PATIENCE = 120.0
_WARM = 20.0


class Cooling:
    """The cooling and warming routines of one camera."""

    def __init__(self, camera: Device, cooler: Cooler) -> None:
        """Act on the cooler of a camera."""
        self.camera = camera
        self.cooler = cooler

    def minutes(self, asked: float, key: str) -> float:
        """Return the duration: -1 means that of the profile."""
        if asked == -1:
            return float(self.camera.profile.section("CameraSettings")[key])
        return max(0.0, asked)

    def hold(self) -> None:
        """Leave the set point at the present temperature, with the cooler on."""
        self.cooler.aim_at(round(self.cooler.temperature, 1))

    async def cool(self, target: float, minutes: float) -> bool:
        """Cool to a target and return whether it was reached; nothing is announced."""
        if not self.camera.obeys():
            return False
        self.cooler.switch(on=True)
        await self._ramp(target, minutes)
        return await self._reached(target)

    async def warm(self, minutes: float) -> bool:
        """Warm up to 20 °C, wait, and switch the cooler off."""
        camera = self.camera
        if not camera.obeys():
            return False
        await self._ramp(_WARM, minutes)
        await self._reached(_WARM, warming=True)
        await camera.clock.sleep(20.0)
        self.cooler.switch(on=False)
        camera.refresh()
        return True

    async def _ramp(self, target: float, minutes: float) -> None:
        """Move the set point toward the target in steps, then set it there."""
        cooler, clock = self.cooler, self.camera.clock
        start = cooler.temperature
        steps = math.floor(minutes * 60 / _STEP) if abs(target - start) > 1 else 0
        for step in range(1, steps + 1):
            cooler.aim_at(round(start + (target - start) * step / steps, 2))
            await clock.sleep(_STEP)
        cooler.aim_at(target)

    async def _reached(self, target: float, *, warming: bool = False) -> bool:
        """Wait until the temperature is within 1 °C, or there was no progress for two minutes."""
        cooler, clock = self.cooler, self.camera.clock
        best, since = math.inf, clock.elapsed
        while True:
            away = target - cooler.temperature if warming else cooler.temperature - target
            if away <= 1:
                return True
            if away < best - 0.1:
                best, since = away, clock.elapsed
            elif clock.elapsed - since > _PATIENCE:
                return False
            await clock.sleep(_CHECK)
