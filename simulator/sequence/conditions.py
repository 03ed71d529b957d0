"""Conditions: how long a container goes on."""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, override

from simulator.sequence.node import Condition
from simulator.sequence.timing import TimeSource, moment_of, time_values
from simulator.sky import moon_illumination

if TYPE_CHECKING:
    from simulator.devices.rig import Rig

__all__ = [
    "LoopForIterations",
    "LoopForTimeSpan",
    "LoopUntilTime",
    "LoopWhileSafe",
    "LoopWhileUnsafe",
    "MoonIllumination",
]


class LoopForIterations(Condition):
    """Holds for so many rounds."""

    default_name = "Loop For Iterations"
    defaults = {"Iterations": 2, "CompletedIterations": 0}  # noqa: RUF012 - copied by each node

    def __init__(self, iterations: int = 2, name: str | None = None) -> None:
        """Loop so many times."""
        super().__init__(name, Iterations=iterations)

    @override
    def holds(self, rig: Rig) -> bool:
        """Return whether rounds are left."""
        return bool(self.values["CompletedIterations"] < self.values["Iterations"])

    @override
    def round_finished(self) -> None:
        """Count a round."""
        self.values["CompletedIterations"] += 1

    @override
    def reset(self) -> None:
        """Count from 0 again."""
        super().reset()
        self.values["CompletedIterations"] = 0

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        return dict(self.values)


class _Timed(Condition):
    """A condition that ends at a moment, and is watched for it."""

    interrupts = True
    has_issues = True

    @abstractmethod
    def ends_at(self, rig: Rig) -> datetime:
        """Return the moment at which it ends."""

    @override
    def holds(self, rig: Rig) -> bool:
        """Return whether time is left."""
        return rig.clock.now() < self.ends_at(rig)

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        end = self.ends_at(rig)
        left = max(timedelta(), end - rig.clock.now())
        return {"RemainingTime": rig.clock.countdown(left), "TargetTime": end}


class LoopUntilTime(_Timed):
    """Holds until a time of day."""

    default_name = "Loop Until Time"

    def __init__(
        self,
        source: TimeSource = TimeSource.CLOCK,
        name: str | None = None,
        **times: int,
    ) -> None:
        """Loop until a time by the clock (hours, minutes, seconds, offset) or by the sun."""
        super().__init__(name, **time_values(**times))
        self.source = source

    @override
    def ends_at(self, rig: Rig) -> datetime:
        """Return the moment at which it ends."""
        return moment_of(rig, self.values, self.source)

    @override
    def reflected(self, rig: Rig) -> dict[str, Any]:
        """Return the properties of `sequence/state`."""
        self.ends_at(rig)
        return {**self.values, "RolloverTime": timedelta(hours=6, minutes=54)}


class LoopForTimeSpan(_Timed):
    """Holds for a time span; while nothing runs its end moves on with the clock."""

    default_name = "Loop for Time Span"

    def __init__(
        self, hours: int = 0, minutes: int = 1, seconds: int = 0, name: str | None = None
    ) -> None:
        """Loop so long."""
        super().__init__(name, Hours=hours, Minutes=minutes, Seconds=seconds)
        self._began: datetime | None = None

    @override
    def begin(self, rig: Rig) -> None:
        """Begin to count."""
        self._began = self._began or rig.clock.now()

    @override
    def reset(self) -> None:
        """Count from the next beginning again."""
        super().reset()
        self._began = None

    @override
    def ends_at(self, rig: Rig) -> datetime:
        """Return the moment at which it ends."""
        length = timedelta(
            hours=self.values["Hours"],
            minutes=self.values["Minutes"],
            seconds=self.values["Seconds"],
        )
        return (self._began or rig.clock.now()) + length


class LoopWhileSafe(Condition):
    """Holds while the safety monitor is connected and reports safe."""

    default_name = "Loop while safe"
    roles = ("safety_monitor",)
    interrupts = True
    has_issues = True

    @override
    def holds(self, rig: Rig) -> bool:
        """Return whether it is safe."""
        return _is_safe(rig)


class LoopWhileUnsafe(Condition):
    """Holds while the safety monitor does not report safe."""

    default_name = "Loop while unsafe"
    roles = ("safety_monitor",)
    interrupts = True
    has_issues = True

    @override
    def holds(self, rig: Rig) -> bool:
        """Return whether it is not safe."""
        return not _is_safe(rig)


class MoonIllumination(Condition):
    """Holds while the moon is lit less than so many percent."""

    default_name = "Moon Illumination"
    defaults = {"UserMoonIllumination": 50.0, "Comparator": 1}  # noqa: RUF012 - copied by each node

    @override
    def holds(self, rig: Rig) -> bool:
        """Return whether the moon is faint enough."""
        return _illumination(rig) < float(self.values["UserMoonIllumination"])

    @override
    def shown(self, rig: Rig) -> dict[str, Any]:
        """Return the keys of `sequence/json`."""
        return {
            "TargetIllumination": self.values["UserMoonIllumination"],
            "CurrentIllumination": _illumination(rig),
        }

    @override
    def reflected(self, rig: Rig) -> dict[str, Any]:
        """Return the properties of `sequence/state`."""
        return {**self.values, "CurrentMoonIllumination": _illumination(rig)}


def _is_safe(rig: Rig) -> bool:
    """Return what N.I.N.A. believes of the safety monitor."""
    monitor = rig.safety_monitor
    return bool(monitor.connected and monitor.known["IsSafe"])


def _illumination(rig: Rig) -> float:
    """Return how much of the moon is lit in percent."""
    return round(moon_illumination(rig.clock.true_now()) * 100, 2)
