"""The rotator."""

from typing import TYPE_CHECKING, override

from .base import Device, wire_model
from .quantities import Rotation, StepSize

if TYPE_CHECKING:
    from collections.abc import Mapping


@wire_model(moving="IsMoving")
class Rotator(Device):
    """The rotator, all angles in degrees; `position` is a sky angle only while `synced`.

    The mechanical position is None for the first seconds after connecting.
    """

    position: Rotation = None
    mechanical_position: Rotation = None
    step_size: StepSize = None
    synced: bool | None = None
    moving: bool | None = None
    can_reverse: bool | None = None
    reverse: bool | None = None

    @classmethod
    @override
    def __pre_deserialize__(cls, block: Mapping[str, object]) -> Mapping[str, object]:
        """Drop the mechanical 0 of a rotator that is not synced and is at another position."""
        block = super().__pre_deserialize__(block)
        mechanical, position = block.get("MechanicalPosition"), block.get("Position")
        if block.get("Synced") is True or mechanical != 0 or position in (None, 0):
            return block
        return {key: value for key, value in block.items() if key != "MechanicalPosition"}

    @property
    def sky_position(self) -> float | None:
        """The sky angle; None until the rotator is synced."""
        return self.position if self.synced else None
