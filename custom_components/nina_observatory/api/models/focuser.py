"""The focuser."""

from .base import Device, wire_model
from .quantities import Position, StepSize, Temperature


@wire_model(
    moving="IsMoving",
    settling="IsSettling",
    temperature_compensation="TempComp",
    temperature_compensation_available="TempCompAvailable",
)
class Focuser(Device):
    """The focuser: `position` in steps, `step_size` in µm, `temperature` in °C.

    Its maximum position is not on the wire.
    """

    position: Position = None
    step_size: StepSize = None
    temperature: Temperature = None
    moving: bool | None = None
    settling: bool | None = None
    temperature_compensation: bool | None = None
    temperature_compensation_available: bool | None = None
