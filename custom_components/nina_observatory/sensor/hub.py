"""Sensors of the hub: what N.I.N.A. says of itself."""

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory

from ..coordinator import RigState
from .description import NinaSensorDescription

# The version that tells those of N.I.N.A. first.
_TELLS_START = (2, 2, 6)

# N.I.N.A.'s versions stay true while it is closed, so these stay readable.
HUB_SENSORS = (
    NinaSensorDescription[RigState](
        key="nina_version",
        translation_key="nina_version",
        entity_category=EntityCategory.DIAGNOSTIC,
        since=_TELLS_START,
        value_fn=lambda rig: None if rig.server is None else rig.server.nina_version,
    ),
    NinaSensorDescription[RigState](
        key="plugin_version",
        translation_key="plugin_version",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda rig: None if rig.server is None else str(rig.server.plugin_version),
    ),
    NinaSensorDescription[RigState](
        key="started_at",
        translation_key="started_at",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        since=_TELLS_START,
        value_fn=lambda rig: None if rig.server is None else rig.server.started_at,
    ),
)
