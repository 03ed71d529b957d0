"""Sensors of the hub: what N.I.N.A. says of itself."""

from collections.abc import Iterable
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime

from ..api import Role
from ..entities.entity import Follow, NinaEntity
from ..readings.equipment import EquipmentCoordinator
from ..readings.equipment_state import EquipmentState
from ..runtime import NinaConfigEntry
from .description import NinaSensorDescription

# The version that tells those of N.I.N.A. first.
_TELLS_START = (2, 2, 6)

# N.I.N.A.'s versions stay true while it is closed, so these stay readable.
HUB_SENSORS = (
    NinaSensorDescription[EquipmentState](
        key="nina_version",
        translation_key="nina_version",
        entity_category=EntityCategory.DIAGNOSTIC,
        since=_TELLS_START,
        value_fn=lambda rig: None if rig.server is None else rig.server.nina_version,
    ),
    NinaSensorDescription[EquipmentState](
        key="plugin_version",
        translation_key="plugin_version",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda rig: None if rig.server is None else str(rig.server.plugin_version),
    ),
    NinaSensorDescription[EquipmentState](
        key="started_at",
        translation_key="started_at",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        since=_TELLS_START,
        value_fn=lambda rig: None if rig.server is None else rig.server.started_at,
    ),
)

EVENT_LATENCY: Final = SensorEntityDescription(
    key="event_latency",
    translation_key="event_latency",
    device_class=SensorDeviceClass.DURATION,
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
    native_unit_of_measurement=UnitOfTime.MILLISECONDS,
    state_class=SensorStateClass.MEASUREMENT,
    suggested_display_precision=1,
)


class EventLatency(NinaEntity[EquipmentCoordinator], SensorEntity):
    """How long the newest event took from its arrival to its effects; looked at now and then.

    Not written with every event: they come by the hundred.
    """

    def __init__(self, entry: NinaConfigEntry) -> None:
        """Look at the stream of an entry."""
        super().__init__(entry.runtime_data.equipment, Role.HUB, EVENT_LATENCY)
        self._listener = entry.runtime_data.listener

    @override
    def follows(self) -> Iterable[Follow]:
        """Return who tells that the stream comes or goes."""
        return [self._listener.async_add_listener]

    @override
    def part(self) -> object:
        """Return nothing: only whether there is a stream is shown at once."""
        return None

    @property
    @override
    def should_poll(self) -> bool:
        """Return that nobody tells when it changed."""
        return True

    @override
    async def async_update(self) -> None:
        """Ask nobody."""

    @property
    @override
    def available(self) -> bool:
        """Return whether events are heard."""
        return self._listener.connected

    @property
    @override
    def native_value(self) -> float | None:
        """Return the time in milliseconds; None before the first event."""
        return self._listener.latency
