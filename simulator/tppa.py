"""The channel /v2/tppa: three-point polar alignment."""

import asyncio
import json
import math
from typing import TYPE_CHECKING, Any

from .channels import Channel
from .events import socket_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .devices.rig import Rig

__all__ = ["PolarAlignment"]

_CONFIRMATIONS = {
    "start-alignment": "started procedure",
    "stop-alignment": "stopped procedure",
    "pause-alignment": "paused procedure",
    "resume-alignment": "resumed procedure",
}
_FAMILY = "tppa"
_ADJUSTMENT_SECONDS = 4.0


class PolarAlignment:
    """A run of the TPPA plugin; errors are in degrees and shrink while a person adjusts.

    `azimuth_error` and `altitude_error` are the truth; `adjusting` is by which part they shrink
    between two solves.
    """

    def __init__(self, rig: Rig, crash: Callable[[], None]) -> None:
        """Begin misaligned; a message that the plugin cannot read ends N.I.N.A. with a crash."""
        self.rig = rig
        self._crash = crash
        self.channel = Channel("/v2/tppa", rig.context.faults, self._received, since="2.1.0")
        self.installed = True
        self.azimuth_error = 0.42
        self.altitude_error = -0.27
        self.adjusting = 0.12
        self.settings: dict[str, Any] = {}
        self._going = asyncio.Event()
        self._going.set()

    @property
    def running(self) -> bool:
        """Return whether a run is on."""
        return self.rig.context.tasks.running(_FAMILY)

    async def _received(self, text: str, answer: Callable[[str], Awaitable[None]]) -> None:
        """Act on a command, confirm it to everybody; nonsense is ignored, `{}` ends N.I.N.A."""
        del answer
        action, settings = text.strip(), {}
        if action not in _CONFIRMATIONS:
            if not self.rig.dialect.at_least("2.2.4.0"):
                return
            try:
                settings = json.loads(text)
            except ValueError:
                return
            if not isinstance(settings, dict) or not isinstance(settings.get("Action"), str):
                if settings is None or isinstance(settings, dict):
                    self._crash()
                return
            action = settings["Action"]
        await self._command(action, settings)

    async def _command(self, action: str, settings: dict[str, Any]) -> None:
        """Carry out a request, with or without the plugin."""
        if action not in _CONFIRMATIONS:
            return
        pausing = action in ("pause-alignment", "resume-alignment")
        if pausing and not self.rig.dialect.at_least("2.2.0.0"):
            return
        if action == "pause-alignment":
            self._going.clear()
        else:
            self._going.set()
        if action == "stop-alignment":
            self.rig.context.tasks.cancel(_FAMILY)
        await self.channel.broadcast(socket_text(_CONFIRMATIONS[action]))
        if action == "start-alignment" and self.installed:
            self.settings = settings
            self.rig.context.tasks.start(self.run(), _FAMILY)

    async def run(self) -> None:
        """Measure three points, then report the error after each solve until stopped."""
        tolerance = float(self.settings.get("AlignmentTolerance", 0) or 0) / 60
        for point in range(1, 4):
            await self._progress(f"Measuring point {point}", (point - 1) / 3)
            if point > 1:
                await self._turn()
            if not await self.rig.camera.routines.expose_for_solve():
                await self._progress("Solve failed", math.nan)
                return
        while True:
            await self._going.wait()
            await self._progress("Adjusting", math.nan)
            await self.rig.camera.routines.expose_for_solve()
            await self._report()
            total = math.hypot(self.azimuth_error, self.altitude_error)
            if total <= tolerance:
                return
            await self.rig.clock.sleep(_ADJUSTMENT_SECONDS)
            self.azimuth_error *= 1 - self.adjusting
            self.altitude_error *= 1 - self.adjusting

    async def _turn(self) -> None:
        """Turn the mount in right ascension to the next point."""
        await self._progress("Slewing", math.nan)
        mount = self.rig.mount
        if not mount.connected or mount.parked:
            return
        distance = float(self.settings.get("TargetDistance", 10) or 10)
        eastwards = self.settings.get("EastDirection", True)
        here = mount.hardware.coordinates
        hours = (here.ra_hours + (1 if eastwards else -1) * distance / 15) % 24
        await mount.routines.slew(type(here)(hours, here.dec_degrees, "JNOW"))

    async def _progress(self, text: str, progress: float) -> None:
        """Send a progress message, where the version has them."""
        if self.rig.dialect.at_least("2.2.10.0"):
            await self.channel.broadcast(socket_text({"Status": text, "Progress": progress}))

    async def _report(self) -> None:
        """Send the error that a solve found."""
        noise = self.rig.random.gauss(0, 0.001)
        azimuth, altitude = self.azimuth_error + noise, self.altitude_error + noise
        errors = {
            "AzimuthError": azimuth,
            "AltitudeError": altitude,
            "TotalError": math.hypot(azimuth, altitude),
        }
        await self.channel.broadcast(socket_text(errors))
