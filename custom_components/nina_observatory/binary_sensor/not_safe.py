"""The safety verdict as an entity, which is readable even if everything else has failed."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.core import callback
from homeassistant.helpers.event import async_track_time_interval

from ..api import Role
from ..const import SAFETY_FRESHNESS
from ..entities.entity import NinaEntity
from ..entities.source import Follow
from ..helpers.devices import is_known
from ..readings.equipment import EquipmentCoordinator
from ..runtime import NinaConfigEntry

NOT_SAFE: Final = BinarySensorEntityDescription(
    key="not_safe",
    translation_key="not_safe",
    device_class=BinarySensorDeviceClass.SAFETY,
)

# How often the age of a reading is rewritten while no newer reading arrives.
SHOW_AGE: Final = timedelta(minutes=1)


@callback
def async_when_monitor_seen(entry: NinaConfigEntry, add: Callable[[], None]) -> None:
    """Call `add` once, when a safety monitor is known; without one there is no verdict."""
    equipment = entry.runtime_data.equipment
    added = False

    @callback
    def update() -> None:
        nonlocal added
        seen = equipment.data.device(Role.SAFETY_MONITOR) is not None
        if not added and (seen or is_known(equipment.hass, entry, Role.SAFETY_MONITOR)):
            added = True
            add()

    update()
    entry.async_on_unload(equipment.async_add_listener(update))


class NinaNotSafe(NinaEntity[EquipmentCoordinator], BinarySensorEntity):
    """The safety verdict: on unless a fresh reading of the monitor is "safe"."""

    _unrecorded_attributes = frozenset({"age"})

    def __init__(
        self,
        equipment: EquipmentCoordinator,
        role: Role,
        description: BinarySensorEntityDescription,
    ) -> None:
        super().__init__(equipment, role, description)
        self._guard = self.runtime.safety

    @override
    def follows(self) -> Iterable[Follow]:
        """Return the verdict, and the age of the reading while nothing else triggers a write."""
        yield self._guard.async_add_listener
        yield lambda _: async_track_time_interval(self.hass, self._show_age, SHOW_AGE)

    @callback
    def _show_age(self, _now: datetime) -> None:
        """Write the age of a reading that gets old; a renewed one stays fresh."""
        age = self._guard.age
        if age is not None and age > SAFETY_FRESHNESS.total_seconds():
            self.async_write_ha_state()

    @property
    @override
    def available(self) -> bool:
        """Return True: there is always a verdict."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        """Return whether it is not known to be safe."""
        return self._guard.not_safe

    @override
    def part(self) -> object:
        return self._guard.reason

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return the reason, the age of the last reading when this was written, and since when."""
        age = self._guard.age
        return {
            "reason": self._guard.reason.value,
            "age": None if age is None else int(age),
            "since": self._guard.verdict.since,
        }
