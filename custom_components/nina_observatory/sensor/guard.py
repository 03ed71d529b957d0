"""The roof guard as a sensor: what it does, and why."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass

from ..entities.source import ROOF_GUARD as SOURCE
from ..roof.guard import GUARD_KEY, RoofGuard
from ..roof.guard_state import GuardState
from .description import NinaSensorDescription


def _attributes(guard: RoofGuard) -> Mapping[str, Any]:
    """Return why, since when, and what was tried in this danger or the last one."""
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
    """Return what the attributes are made of; dates from the loop's time are never equal."""
    machine = guard.machine
    return (
        machine.state,
        machine.obstacle,
        machine.danger,
        machine.memory.shutter,
        machine.state_since,
        machine.attempted_at,
    )


# Readable whatever else has failed.
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
