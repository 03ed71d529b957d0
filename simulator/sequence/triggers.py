"""Triggers: dither, meridian flip, drift, guiding, connections, announcements of failures."""

import math
from typing import TYPE_CHECKING, Any, override

from simulator.astrometry import wire_coordinates
from simulator.sequence.forms import coordinates_of, input_form, target_of
from simulator.sequence.node import InstructionError, Node, Trigger
from simulator.sky import Coordinates

if TYPE_CHECKING:
    from simulator.devices.rig import Rig
    from simulator.sequence.node import Runner

__all__ = [
    "CenterAfterDrift",
    "DitherAfterExposures",
    "MeridianFlip",
    "ReconnectCamera",
    "ReconnectEquipment",
    "RestoreGuiding",
    "SendErrorToWebSocket",
    "SynchronizeDome",
    "frames_saved",
]


def frames_saved(rig: Rig) -> int:
    """Return how many light frames N.I.N.A. has saved in this run."""
    return sum(frame.image_type == "LIGHT" for frame in rig.images.frames)


class DitherAfterExposures(Trigger):
    """Dithers when so many more frames were saved by anybody; 0 means never.

    N.I.N.A. divides the number of all frames of its run, so that all such triggers show the same
    progress.
    """

    default_name = "Dither after Exposures"
    defaults = {"AfterExposures": 1}  # noqa: RUF012 - copied by each node
    roles = ("guider",)

    def __init__(self, name: str | None = None, **values: Any) -> None:
        """Begin without a dither."""
        super().__init__(name, **values)
        self._dithered_at = 0

    def progress(self, rig: Rig) -> int:
        """Return how many exposures were taken since the last dither was due."""
        every = int(self.values["AfterExposures"])
        return frames_saved(rig) % every if every else 0

    @override
    def due(self, engine: Runner, following: Node | None) -> bool:
        """Return whether enough exposures were taken and another one follows."""
        if not self.values["AfterExposures"] or not getattr(following, "is_exposure", False):
            return False
        return frames_saved(engine.rig) > self._dithered_at and not self.progress(engine.rig)

    @override
    async def run(self, engine: Runner) -> None:
        """Dither."""
        self._dithered_at = frames_saved(engine.rig)
        await engine.rig.guider.routines.dither()

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        return {"Exposures": self.progress(rig), "TargetExposures": self.values["AfterExposures"]}


class MeridianFlip(Trigger):
    """Flips the mount when the next instruction would last beyond the latest moment."""

    default_name = "Meridian Flip"
    roles = ("mount",)

    def _hours(self, rig: Rig) -> float:
        """Return the sidereal hours to the latest flip, 24 when there is none."""
        hours = float(rig.mount.known["TimeToMeridianFlip"]) if rig.mount.connected else 24.0
        return 24.0 if math.isnan(hours) else hours

    @override
    def due(self, engine: Runner, following: Node | None) -> bool:
        """Return whether there is no time left for the next step."""
        rig = engine.rig
        if not rig.mount.connected or not rig.mount.tracking:
            return False
        estimate = getattr(following, "estimate", lambda: 0.0)()
        settings = rig.context.profile.section("MeridianFlipSettings")
        span = settings["MaxMinutesAfterMeridian"] - settings["MinutesAfterMeridian"]
        seconds = self._hours(rig) * 3600
        return bool(seconds <= max(span * 60, estimate + 5))

    @override
    async def run(self, engine: Runner) -> None:
        """Wait for the earliest moment, then flip, center and guide again."""
        rig = engine.rig
        settings = rig.context.profile.section("MeridianFlipSettings")
        span = settings["MaxMinutesAfterMeridian"] - settings["MinutesAfterMeridian"]
        await rig.clock.sleep(max(0.0, self._hours(rig) * 3600 - span * 60))
        await rig.pointing.meridian_flip()

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        return {"TimeToFlip": rig.mount.countdown(self._hours(rig))}

    @override
    def reflected(self, rig: Rig) -> dict[str, Any]:
        """Return the properties of `sequence/state`."""
        settings = rig.context.profile.section("MeridianFlipSettings")
        return {
            "MinutesAfterMeridian": settings["MinutesAfterMeridian"],
            "PauseTimeBeforeMeridian": settings["PauseTimeBeforeMeridian"],
            "MaxMinutesAfterMeridian": settings["MaxMinutesAfterMeridian"],
            "UseSideOfPier": settings["UseSideOfPier"],
            "TimeToMeridianFlip": rig.mount.countdown(self._hours(rig)),
        }


class CenterAfterDrift(Trigger):
    """Centers again when the frames have drifted off the target."""

    default_name = "Center After Drift"
    defaults = {  # noqa: RUF012 - copied by each node
        "Coordinates": input_form(Coordinates(0.0, 0.0)),
        "DistanceArcMinutes": 10.0,
        "Inherited": False,
        "AfterExposures": 1,
    }
    roles = ("mount", "camera")
    _per_frame = 0.021

    def __init__(self, name: str | None = None, **values: Any) -> None:
        """Count drift from the last centering."""
        super().__init__(name, **values)
        self._since = 0

    def _inherit(self) -> Coordinates:
        """Return the target around it, or its own coordinates."""
        target = target_of(self)
        self.values["Inherited"] = target is not None
        if target is not None:
            self.values["Coordinates"] = dict(target["InputCoordinates"])
        return coordinates_of(self.values["Coordinates"])

    def drift(self, rig: Rig) -> float:
        """Return how far the newest frame is off the target in arc minutes."""
        return (frames_saved(rig) - self._since) * self._per_frame

    @override
    def due(self, engine: Runner, following: Node | None) -> bool:
        """Return whether the drift is too large."""
        exposes = getattr(following, "is_exposure", False)
        return bool(exposes and self.drift(engine.rig) > self.values["DistanceArcMinutes"])

    @override
    async def run(self, engine: Runner) -> None:
        """Center."""
        self._since = frames_saved(engine.rig)
        if not await engine.rig.pointing.center(self._inherit()):
            raise InstructionError("Center failed")

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        place = self._inherit()
        return {
            "Coordinates": {
                "Coordinates": wire_coordinates(place, rig.clock),
                **self.values["Coordinates"],
            },
            "Drift": self.drift(rig),
            "TargetDrift": self.values["DistanceArcMinutes"],
        }

    @override
    def reflected(self, rig: Rig) -> dict[str, Any]:
        """Return the properties of `sequence/state`."""
        self._inherit()
        return dict(self.values)


class RestoreGuiding(Trigger):
    """Starts guiding before each exposure, which announces itself also when it guides already."""

    default_name = "Restore Guiding"
    roles = ("guider",)

    @override
    def due(self, engine: Runner, following: Node | None) -> bool:
        """Return whether an exposure follows."""
        return bool(getattr(following, "is_exposure", False)) and engine.rig.guider.connected

    @override
    async def run(self, engine: Runner) -> None:
        """Start guiding."""
        if not await engine.rig.guider.routines.start(calibrate=False):
            raise InstructionError("Guiding could not be restored")


class SynchronizeDome(Trigger):
    """Turns the dome to where the mount looks, before each exposure."""

    default_name = "Synchronize Dome"
    roles = ("dome", "mount")

    @override
    def due(self, engine: Runner, following: Node | None) -> bool:
        """Return whether an exposure follows and the dome looks elsewhere."""
        dome = engine.rig.dome
        exposes = bool(getattr(following, "is_exposure", False))
        return exposes and dome.connected and not dome.routines.synchronized

    @override
    async def run(self, engine: Runner) -> None:
        """Turn the dome."""
        await engine.rig.dome.routines.synchronize()


class ReconnectEquipment(Trigger):
    """Reconnects devices that dropped out."""

    default_name = "Reconnect Equipment"
    defaults = {"SelectedDevice": "Camera"}  # noqa: RUF012 - copied by each node

    def __init__(self, role: str = "camera", name: str | None = None) -> None:
        """Watch a device."""
        super().__init__(name)
        self.role = role

    @override
    def due(self, engine: Runner, following: Node | None) -> bool:
        """Return whether the device is gone."""
        device = getattr(engine.rig, self.role)
        return bool(device.ever_connected and not device.connected)

    @override
    async def run(self, engine: Runner) -> None:
        """Connect."""
        if not await getattr(engine.rig, self.role).connect():
            raise InstructionError("Failed to connect")


class ReconnectCamera(ReconnectEquipment):
    """Connects the camera again after its download failed."""

    default_name = "Reconnect Camera On Download Failure"


class SendErrorToWebSocket(Trigger):
    """Announces failures of instructions around it on the websocket."""

    default_name = "Send Error to WebSocket"

    @override
    def due(self, engine: Runner, following: Node | None) -> bool:
        """Return that it never runs by itself."""
        return False

    async def announce_failure(self, engine: Runner, node: Node, failure: str) -> None:
        """Send the name of what failed and why."""
        await engine.rig.events.emit("SEQUENCE-ENTITY-FAILED", Entity=node.name, Error=failure)
