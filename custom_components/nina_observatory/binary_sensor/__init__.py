"""Binary sensors: everything that is either so or not."""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final, override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api import Role
from ..entities.entity import EquipmentEntity, Follow, async_add_when_seen
from ..readings.safety import SafetyReason
from ..runtime import NinaConfigEntry
from .equipment import EQUIPMENT_BINARY_SENSORS, NinaBinarySensorDescription
from .hub import HUB_BINARY_SENSORS, SCHEDULER_REACHABLE, SchedulerReachable
from .not_safe import NOT_SAFE, NinaNotSafe, async_when_monitor_seen
from .problems import async_add_problems

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of an entry."""
    equipment = entry.runtime_data.equipment
    async_add_entities(make(equipment, Role.HUB, each) for make, each in HUB_BINARY_SENSORS)
    if (scheduler := entry.runtime_data.scheduler) is not None:
        reachable = SchedulerReachable(scheduler, Role.SCHEDULER, SCHEDULER_REACHABLE)
        async_add_entities([reachable])
    async_when_monitor_seen(
        entry, lambda: async_add_entities([NinaNotSafe(equipment, Role.HUB, NOT_SAFE)])
    )
    async_add_problems(entry, async_add_entities)
    for role, descriptions in EQUIPMENT_BINARY_SENSORS.items():
        async_add_when_seen(
            entry,
            Platform.BINARY_SENSOR,
            role,
            descriptions,
            lambda description, device: description.exists_fn(device),
            partial(MADE_AS.get(role, NinaBinarySensor), equipment, role),
            async_add_entities,
        )


class NinaBinarySensor(EquipmentEntity[Any], BinarySensorEntity):
    """A reading of a kind of equipment that is either true or not."""

    entity_description: NinaBinarySensorDescription[Any]

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it is true, None where the device does not know."""
        return None if self.device is None else self.entity_description.is_on_fn(self.device)

    @override
    def part(self) -> object:
        """Return the reading alone."""
        return self.is_on


class NinaSafetyMonitor(NinaBinarySensor):
    """What the safety monitor says, as long as that is fresh: a slow poll keeps no "safe" alive."""

    @override
    def follows(self) -> Iterable[Follow]:
        """Return the verdict on safety."""
        return [self.runtime.safety.async_add_listener]

    @property
    @override
    def available(self) -> bool:
        """Return whether the monitor can be read, and was of late."""
        safety = self.runtime.safety
        return super().available and safety.reason is not SafetyReason.STALE


MADE_AS: Final[dict[Role, type[NinaBinarySensor]]] = {Role.SAFETY_MONITOR: NinaSafetyMonitor}
