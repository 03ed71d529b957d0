"""The roof guard as a sensor: its state and the reason."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass

from ..entities.source import ROOF_GUARD as SOURCE
from ..roof.guard import GUARD_KEY, RoofGuard
from ..roof.guard_state import GuardState
from .description import NinaSensorDescription


def _attributes(guard: RoofGuard) -> Mapping[str, Any]:
    """Return the reason, since when, and the measures in the current or last danger."""
    machine = guard.machine
    return {
        "reason": machine.obstacle or machine.danger,
        "danger": machine.danger,
        "reading": machine.memory.shutter,
        "since": guard.when(machine.state_since),
        "last_attempt": guard.when(machine.attempted_at),
        "attempts": machine.attempts,
    }


def _part(guard: RoofGuard) -> object:
    """Return the inputs of the attributes; dates converted from loop time are never equal."""
    machine = guard.machine
    return (
        machine.state,
        machine.obstacle,
        machine.danger,
        machine.memory.shutter,
        machine.state_since,
        machine.attempted_at,
    )


# Readable even if everything else has failed.
ROOF_GUARD: Final = NinaSensorDescription[RoofGuard](
    key=GUARD_KEY,
    translation_key=GUARD_KEY,
    source=SOURCE,
    device_class=SensorDeviceClass.ENUM,
    options=[state.value for state in GuardState],
    value_fn=lambda guard: guard.machine.state.value,
    attributes_fn=_attributes,
    part_fn=_part,
)
