"""Triggers that run an autofocus: after exposures, time, filter changes, warmth, bloated stars."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, override

import numpy as np

from simulator.sequence.node import InstructionError, Node, Trigger
from simulator.sequence.triggers import frames_saved

if TYPE_CHECKING:
    from simulator.devices.rig import Rig
    from simulator.sequence.node import Runner

__all__ = [
    "AutofocusAfterExposures",
    "AutofocusAfterFilterChange",
    "AutofocusAfterHFRIncrease",
    "AutofocusAfterTemperatureChange",
    "AutofocusAfterTime",
]

_LEAST = 3


class _Autofocus(Trigger):
    """A trigger that runs an autofocus before an exposure and counts from the last run."""

    roles = ("camera", "focuser")

    def __init__(self, name: str | None = None, **values: Any) -> None:
        """Know of no run yet."""
        super().__init__(name, **values)
        self._report: Any = None
        self._began: float | None = None
        self._frames = 0
        self._temperature: float | None = None
        self._filter: str | None = None

    @override
    def begin(self, rig: Rig) -> None:
        """Begin to count, if that was not done before."""
        if self._began is None:
            self._note(rig)

    def _note(self, rig: Rig) -> None:
        """Count from now."""
        self._report = rig.autofocus.report
        self._began = rig.clock.elapsed
        self._frames = frames_saved(rig)
        self._temperature = rig.focuser.temperature
        self._filter = rig.filter_wheel.selected_name

    @override
    def due(self, engine: Runner, following: Node | None) -> bool:
        """Return whether an exposure follows and it is time."""
        rig = engine.rig
        if rig.autofocus.report is not self._report:
            self._note(rig)
        exposes = bool(getattr(following, "is_exposure", False))
        return exposes and rig.focuser.connected and self.is_time(rig, following)

    @abstractmethod
    def is_time(self, rig: Rig, following: Node | None) -> bool:
        """Return whether enough has changed since the last run."""

    @override
    async def run(self, engine: Runner) -> None:
        """Run an autofocus."""
        succeeded = await engine.rig.autofocus.run()
        self._note(engine.rig)
        if not succeeded:
            raise InstructionError("Autofocus failed")


class AutofocusAfterExposures(_Autofocus):
    """Runs an autofocus after so many exposures."""

    default_name = "AF After # Exposures"
    defaults = {"AfterExposures": 10}  # noqa: RUF012 - copied by each node

    @override
    def is_time(self, rig: Rig, following: Node | None) -> bool:
        """Return whether so many exposures were taken."""
        return bool(frames_saved(rig) - self._frames >= self.values["AfterExposures"])

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        taken = frames_saved(rig) - self._frames
        return {"Exposures": taken, "DeltaExposures": self.values["AfterExposures"]}


class AutofocusAfterTime(_Autofocus):
    """Runs an autofocus after so many minutes."""

    default_name = "AF After Time"
    defaults = {"Amount": 60.0}  # noqa: RUF012 - copied by each node

    def _minutes(self, rig: Rig) -> float:
        """Return the minutes since the last run."""
        return 0.0 if self._began is None else (rig.clock.elapsed - self._began) / 60

    @override
    def is_time(self, rig: Rig, following: Node | None) -> bool:
        """Return whether the time is over."""
        return bool(self._minutes(rig) >= self.values["Amount"])

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        return {"DeltaTime": self.values["Amount"], "ElapsedTime": round(self._minutes(rig), 2)}


class AutofocusAfterTemperatureChange(_Autofocus):
    """Runs an autofocus after so many degrees."""

    default_name = "AF After Temperature Change"
    defaults = {"Amount": 5.0, "DeltaT": 0.0}  # noqa: RUF012 - copied by each node

    def _change(self, rig: Rig) -> float:
        """Return the change of temperature since the last run in degrees."""
        before = self._temperature
        return 0.0 if before is None else round(abs(rig.focuser.temperature - before), 2)

    @override
    def is_time(self, rig: Rig, following: Node | None) -> bool:
        """Return whether the temperature has changed enough."""
        return bool(self._change(rig) >= self.values["Amount"])

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        return {"DeltaTemperature": self._change(rig), "TargetTemperature": self.values["Amount"]}

    @override
    def reflected(self, rig: Rig) -> dict[str, Any]:
        """Return the properties of `sequence/state`."""
        return {**self.values, "DeltaT": self._change(rig)}


class AutofocusAfterFilterChange(_Autofocus):
    """Runs an autofocus when the filter is another one than at the last run."""

    default_name = "AF After Filter Change"

    @override
    def is_time(self, rig: Rig, following: Node | None) -> bool:
        """Return whether the filter has changed."""
        now = rig.filter_wheel.selected_name
        return bool(now and self._filter is not None and now != self._filter)


class AutofocusAfterHFRIncrease(_Autofocus):
    """Runs an autofocus when the stars of the last frames grow."""

    default_name = "AF After HFR Increase"
    defaults = {"Amount": 5.0, "SampleSize": 10}  # noqa: RUF012 - copied by each node

    def _radii(self, rig: Rig) -> list[float]:
        """Return the half-flux radii since the last run, through the filter of the newest."""
        lights = [frame for frame in rig.images.frames if frame.image_type == "LIGHT"]
        recent = lights[self._frames :][-int(self.values["SampleSize"]) :]
        return [f.hfr for f in recent if f.hfr > 0 and f.filter_name == recent[-1].filter_name]

    def _trend(self, rig: Rig) -> tuple[float, float]:
        """Return where the trend of the radii begins, and by how many percent it grows."""
        radii = self._radii(rig)
        if len(radii) < _LEAST:
            return radii[0] if radii else 0.0, 0.0
        slope, start = np.polyfit(np.arange(len(radii)), radii, 1)
        growth = 100 * float(slope) * (len(radii) - 1) / float(start)
        return float(start), max(0.0, round(growth, 2))

    @override
    def is_time(self, rig: Rig, following: Node | None) -> bool:
        """Return whether the stars have grown enough."""
        return bool(self._trend(rig)[1] >= self.values["Amount"])

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        original, trend = self._trend(rig)
        return {
            "HFRTrendPercentage": trend,
            "OriginalHFR": original,
            "SampleSize": self.values["SampleSize"],
            "DeltaHFR": self.values["Amount"],
        }
