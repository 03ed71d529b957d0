"""The rotator."""

from .base import Device, wire_model
from .wire import Positive


@wire_model(moving="IsMoving")
class Rotator(Device):
    """The rotator, all angles in degrees; `position` is one in the sky only while `synced`."""

    position: float | None = None
    mechanical_position: float | None = None
    step_size: Positive = None
    synced: bool = False
    moving: bool = False
    can_reverse: bool = False
    reverse: bool = False

    @property
    def sky_position(self) -> float | None:
        """The angle in the sky, None until the rotator has been synced."""
        return self.position if self.synced else None
