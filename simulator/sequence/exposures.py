"""Instructions that expose: single, many, smart; and the containers around them."""

from typing import TYPE_CHECKING, Any, override

from simulator.devices.exposures import Exposure
from simulator.sequence.conditions import LoopForIterations
from simulator.sequence.forms import binning, named_binning, target_of
from simulator.sequence.kinds import Simple
from simulator.sequence.node import Container, Instruction, InstructionError
from simulator.sequence.pointing_items import SWITCH_FILTER
from simulator.sequence.triggers import DitherAfterExposures

if TYPE_CHECKING:
    from simulator.devices.rig import Rig
    from simulator.sequence.node import Runner

__all__ = ["SmartExposure", "TakeExposure", "TakeManyExposures", "TakeSubframeExposure"]


class TakeExposure(Instruction):
    """Takes one exposure; `ExposureCount` counts all it ever took and survives a reset."""

    default_name = "Take Exposure"
    defaults = {  # noqa: RUF012 - copied by each node
        "ExposureTime": 60.0,
        "Gain": -1,
        "Offset": -1,
        "Binning": binning(1),
        "ImageType": "LIGHT",
        "ExposureCount": 0,
    }
    roles = ("camera",)
    is_exposure = True
    level: float | None = None

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        values = self.values
        return {
            "ExposureTime": values["ExposureTime"],
            "ExposureCount": values["ExposureCount"],
            "Binning": named_binning(values["Binning"]),
            "Gain": values["Gain"],
            "Offset": values["Offset"],
            "Type": values["ImageType"],
        }

    @override
    def estimate(self) -> float:
        """Return the exposure time."""
        return float(self.values["ExposureTime"])

    @property
    def target_name(self) -> str:
        """Return the name of the target around it."""
        target = target_of(self)
        return (target and target["TargetName"]) or ""

    @override
    async def run(self, engine: Runner) -> None:
        """Expose and save."""
        values = self.values
        frame = await engine.rig.camera.routines.take(
            Exposure(
                values["ExposureTime"],
                values["ImageType"],
                self.target_name,
                values["Gain"],
                values["Offset"],
                values["Binning"]["X"],
                level=self.level,
            )
        )
        if frame is None:
            raise InstructionError("Exposure failed")
        values["ExposureCount"] += 1


class TakeSubframeExposure(TakeExposure):
    """Takes one exposure with a part of the sensor."""

    default_name = "Take Subframe Exposure"
    defaults = {**TakeExposure.defaults, "ROI": 1.0}  # noqa: RUF012 - copied by each node

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        return {**super().shown(rig), "ROI": self.values["ROI"]}


class TakeManyExposures(Container):
    """Takes so many exposures; an instruction to the eye, a container in truth."""

    default_name = "Take Many Exposures"
    disguised = True

    def __init__(self, count: int = 1, name: str | None = None, **values: Any) -> None:
        """Take `count` exposures with the values of Take Exposure."""
        self.exposure = TakeExposure(**values)
        self.loop = LoopForIterations(count)
        super().__init__(name, [self.exposure], [self.loop])

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        return {**self.exposure.shown(rig), "Iterations": self.loop.values["Iterations"]}


class SmartExposure(Container):
    """Changes the filter, takes so many exposures and dithers between them."""

    default_name = "Smart Exposure"
    disguised = True

    def __init__(
        self,
        filter_name: str | None = None,
        count: int = 1,
        dither_every: int = 0,
        name: str | None = None,
        **values: Any,
    ) -> None:
        """Take `count` exposures with the values of Take Exposure; no filter is the current one."""
        self.switch = Simple(SWITCH_FILTER, Filter=filter_name)
        self.exposure = TakeExposure(**values)
        self.loop = LoopForIterations(count)
        self.dither = DitherAfterExposures(AfterExposures=dither_every)
        super().__init__(name, [self.switch, self.exposure], [self.loop], [self.dither])

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        return {
            **self.exposure.shown(rig),
            "DitherProgressExposures": self.dither.progress(rig),
            "DitherTargetExposures": self.dither.values["AfterExposures"],
            "Iterations": self.loop.values["Iterations"],
            "CompletedIterations": self.loop.values["CompletedIterations"],
            "Filter": self.switch.values["Filter"] or "Current",
        }

    @override
    def estimate(self) -> float:
        """Return the time of one exposure."""
        return self.exposure.estimate()
