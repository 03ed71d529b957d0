"""Binary sensors."""

from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api import Role
from ..entities.adding import async_add_rows
from ..runtime import NinaConfigEntry
from .description import NinaBinarySensor, NinaBinarySensorDescription
from .equipment import EQUIPMENT_BINARY_SENSORS
from .hub import HUB_BINARY_SENSORS, SCHEDULER_REACHABLE
from .not_safe import NOT_SAFE, NinaNotSafe, async_when_monitor_seen
from .problems import async_add_problems

PARALLEL_UPDATES = 0

BINARY_SENSORS: Final[dict[Role, tuple[NinaBinarySensorDescription[Any], ...]]] = {
    Role.HUB: HUB_BINARY_SENSORS,
    Role.SCHEDULER: (SCHEDULER_REACHABLE,),
    **EQUIPMENT_BINARY_SENSORS,
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of an entry."""
    async_add_rows(
        entry, Platform.BINARY_SENSOR, BINARY_SENSORS, NinaBinarySensor, async_add_entities
    )
    data = entry.runtime_data
    async_when_monitor_seen(
        entry,
        lambda: data.entities.async_add_first(
            async_add_entities, NinaNotSafe(data.equipment, Role.HUB, NOT_SAFE)
        ),
    )
    async_add_problems(entry, async_add_entities)
