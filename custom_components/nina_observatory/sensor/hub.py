"""Sensors of the hub: values that N.I.N.A. reports about itself."""

from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfTime

from ..entities.source import SAFETY, SERVER, STREAM
from ..events.listener import EventListener
from ..readings.equipment_state import EquipmentState
from ..readings.safety import SafetyGuard, SafetyReason
from .description import NinaSensorDescription, options

# The first version of the plugin that reports version and start time of N.I.N.A.
_START_SINCE = (2, 2, 6)

# N.I.N.A.'s versions stay valid while it is closed, so these stay readable. The page of the device
# shows them, too.
HUB_SENSORS = (
    NinaSensorDescription[EquipmentState](
        key="nina_version",
        translation_key="nina_version",
        source=SERVER,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        since=_START_SINCE,
        value_fn=lambda state: None if state.server is None else state.server.nina_version,
    ),
    NinaSensorDescription[EquipmentState](
        key="plugin_version",
        translation_key="plugin_version",
        source=SERVER,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda state: None if state.server is None else str(state.server.plugin_version),
    ),
    NinaSensorDescription[EquipmentState](
        key="started_at",
        translation_key="started_at",
        source=SERVER,
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        since=_START_SINCE,
        value_fn=lambda state: None if state.server is None else state.server.started_at,
    ),
)

# Readable even if everything else has failed, like *Safety* itself.
SAFETY_REASON: Final = NinaSensorDescription[SafetyGuard](
    key="safety_reason",
    translation_key="safety_reason",
    source=SAFETY,
    device_class=SensorDeviceClass.ENUM,
    options=options(SafetyReason),
    value_fn=lambda safety: safety.reason.value,
)

# Polled at intervals: events come by the hundred.
EVENT_LATENCY: Final = NinaSensorDescription[EventListener](
    key="event_latency",
    translation_key="event_latency",
    source=STREAM,
    device_class=SensorDeviceClass.DURATION,
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
    native_unit_of_measurement=UnitOfTime.MILLISECONDS,
    state_class=SensorStateClass.MEASUREMENT,
    suggested_display_precision=1,
    value_fn=lambda listener: listener.latency,
    polled=True,
)
