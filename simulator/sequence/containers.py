"""Containers: targets, parallel sets, branches, flats."""

from typing import TYPE_CHECKING, Any, override

from simulator.sequence.conditions import LoopForIterations
from simulator.sequence.equipment_items import EQUIPMENT
from simulator.sequence.exposures import TakeExposure
from simulator.sequence.forms import coordinates_of, target_values
from simulator.sequence.kinds import Simple
from simulator.sequence.node import Container, Instruction
from simulator.sequence.pointing_items import SWITCH_FILTER
from simulator.sky import Coordinates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.sequence.node import Runner

__all__ = [
    "Flats",
    "If",
    "Parallel",
    "Target",
    "skyflats",
    "trained_flats",
]

_KINDS = {kind.name: kind for kind in EQUIPMENT}
_FLAT_LEVEL = 30000.0


class Parallel(Container):
    """Runs its instructions at the same time."""

    default_name = "Parallel Instruction Set"
    description = "Runs all items at the same time"
    parallel = True


class If(Container):
    """A branch of a plugin: it shows neither conditions nor triggers; `holds` decides."""

    default_name = "If"
    bare = True

    def __init__(
        self,
        items: Sequence[Instruction] = (),
        *,
        holds: bool = True,
        name: str | None = None,
    ) -> None:
        """Run the items, or not."""
        super().__init__(name, items)
        self._holds = holds

    async def run_itself(self, engine: Runner) -> None:
        """Run the items if the branch is taken; otherwise they stay as they are."""
        for item in self.items if self._holds else ():
            await engine.run_triggers(item)
            await engine.execute(item)


class Target(Container):
    """A target with its coordinates (J2000) and position angle in degrees."""

    default_name = "Deep Sky Object Instruction Set"
    description = (
        "Works like a sequential instruction set, but a deep sky object can be specified inside, "
        "which will auto populate all instructions inside it with the coordinates and rotation "
        "when necessary."
    )

    def __init__(
        self,
        target_name: str,
        place: Coordinates,
        items: Sequence[Instruction] = (),
        angle: float = 0.0,
        **options: Any,
    ) -> None:
        """Image a target; N.I.N.A. gives the container the name of the target."""
        super().__init__(target_name, items, **options)
        self.values["Target"] = target_values(target_name, place, angle)

    @property
    def place(self) -> Coordinates:
        """Return the coordinates of the target."""
        return coordinates_of(self.values["Target"]["InputCoordinates"])

    def aim(self, name: str | None, place: Coordinates, angle: float) -> None:
        """Change the target."""
        self.name = name or ""
        self.values["Target"] = target_values(name, place, angle)


class FlatExposure(TakeExposure):
    """Takes a flat, exposed by N.I.N.A. to the requested level in ADU."""

    level = _FLAT_LEVEL

    @property
    @override
    def target_name(self) -> str:
        """Return no name."""
        return ""


class Flats(Container):
    """A container that makes flats; `extra` are the properties of its type."""

    def __init__(
        self,
        name: str,
        items: Sequence[Instruction],
        extra: dict[str, Any],
    ) -> None:
        """Make flats by these instructions."""
        super().__init__(name, items)
        self.values |= extra


def trained_flats(
    filter_name: str, count: int, exposure: float = 2.0, brightness: int = 600
) -> Flats:
    """Return the container of trained flats through a filter, with the light of the panel."""
    frame = FlatExposure(ExposureTime=exposure, ImageType="FLAT")
    items: list[Instruction] = [
        _simple("Close Flat Panel Cover"),
        _simple("Toggle Light", OnOff=True),
        Simple(SWITCH_FILTER, Filter=filter_name),
        _simple("Set Brightness", Brightness=brightness),
        Container("", [frame], [LoopForIterations(count)]),
        _simple("Toggle Light", OnOff=False),
    ]
    return Flats("Trained Flat Exposure", items, {"KeepPanelClosed": True})


def skyflats(filter_name: str, count: int) -> Flats:
    """Return the container of twilight flats through a filter."""
    frame = FlatExposure(ExposureTime=1.5, ImageType="FLAT")
    items: list[Instruction] = [
        Simple(SWITCH_FILTER, Filter=filter_name),
        Container("", [frame], [LoopForIterations(count)]),
    ]
    extra = {
        "MinExposure": 0.1,
        "MaxExposure": 10.0,
        "HistogramTargetPercentage": 0.5,
        "HistogramTolerancePercentage": 0.1,
        "ShouldDither": False,
        "DitherPixels": 5.0,
        "DitherSettleTime": 10.0,
        "LastADU": [],
        "PreviousADU": [],
        "TargetADU": [],
        "CameraIsLinear": True,
        "DeterminedHistogramADU": 0.0,
    }
    return Flats("Twilight Sky Flats", items, extra)


def _simple(name: str, **values: Any) -> Simple:
    """Return an instruction of the equipment by its name."""
    return Simple(_KINDS[name], **values)
