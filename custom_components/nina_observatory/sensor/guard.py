"""The roof guard as a sensor: what it does, and why."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription

from ..api import Role
from ..entities.entity import Follow, NinaEntity
from ..readings.equipment import EquipmentCoordinator
from ..roof.guard import GUARD_KEY, RoofGuard
from ..roof.guard_state import GuardState

ROOF_GUARD: Final = SensorEntityDescription(
    key=GUARD_KEY,
    translation_key=GUARD_KEY,
    device_class=SensorDeviceClass.ENUM,
    options=[state.value for state in GuardState],
)


class RoofGuardSensor(NinaEntity[EquipmentCoordinator], SensorEntity):
    """The state of the roof guard, readable whatever else has failed."""

    def __init__(
        self,
        guard: RoofGuard,
        equipment: EquipmentCoordinator,
        description: SensorEntityDescription,
    ) -> None:
        """Follow the guard of the entry."""
        super().__init__(equipment, Role.DOME, description)
        self._guard = guard

    @override
    def follows(self) -> Iterable[Follow]:
        """Return the guard."""
        return [self._guard.async_add_listener]

    @property
    @override
    def available(self) -> bool:
        """Return that there is always a state."""
        return True

    @property
    @override
    def native_value(self) -> str:
        """Return what the guard does."""
        return self._guard.machine.state.value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return why, since when, and what was tried in this danger or the last one."""
        machine = self._guard.machine
        return {
            "reason": machine.obstacle or machine.danger,
            "danger": machine.danger,
            "reading": machine.memory.shutter,
            "since": self._guard.when(machine.state_since),
            "last_attempt": self._guard.when(machine.attempted_at),
            "attempts": machine.attempts,
        }

    @override
    def part(self) -> object:
        """Return what the attributes are made of; dates from the loop's time are never equal."""
        machine = self._guard.machine
        return (
            machine.state,
            machine.obstacle,
            machine.danger,
            machine.memory.shutter,
            machine.state_since,
            machine.attempted_at,
        )
