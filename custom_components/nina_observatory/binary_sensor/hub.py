"""Binary sensors of the hub: connection, event stream and imaging."""

from typing import Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.const import EntityCategory

from ..api import CameraState
from ..devices import HubPart
from ..entities.source import ANSWERING, LISTENER, SCHEDULER, SERVER
from ..events.listener import EventListener
from ..readings.equipment_state import EquipmentState
from ..readings.scheduler_plan import SchedulerPlan
from .description import NinaBinarySensorDescription

READING_OUT: Final = (CameraState.READING, CameraState.DOWNLOAD)


def _is_imaging(state: EquipmentState) -> bool | None:
    """Return whether the camera exposes or downloads, no matter who started it.

    Off between frames, while the mount slews or the guider settles; None if the camera could not be
    read.
    """
    camera = state.equipment.camera
    if camera is None:
        return None
    if not camera.connected or camera.state in READING_OUT:
        return camera.connected
    return camera.exposing


HUB_BINARY_SENSORS: Final = (
    # Closed in the daytime is off, not unavailable.
    NinaBinarySensorDescription[EquipmentState](
        key="reachable",
        translation_key="reachable",
        source=SERVER,
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=lambda state: state.reachable,
    ),
    # Without its events everything still works, but slower.
    NinaBinarySensorDescription[EventListener](
        key="event_stream",
        translation_key="event_stream",
        source=LISTENER,
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on_fn=lambda listener: listener.connected,
    ),
    NinaBinarySensorDescription[EquipmentState](
        key="imaging",
        translation_key="imaging",
        # The subject of its device.
        name=None,
        device=HubPart.IMAGING,
        source=ANSWERING,
        device_class=BinarySensorDeviceClass.RUNNING,
        is_on_fn=_is_imaging,
    ),
)

# The Target Scheduler server stops and starts with N.I.N.A.'s profiles.
SCHEDULER_REACHABLE: Final = NinaBinarySensorDescription[SchedulerPlan](
    key="reachable",
    translation_key="reachable",
    source=SCHEDULER,
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
    is_on_fn=lambda plan: plan.reachable,
)
