"""Binary sensors of the hub: connection, event stream and imaging."""

from typing import Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.const import EntityCategory

from ..entities.source import CAPTURING, LISTENER, SCHEDULER, SERVER
from ..events.listener import EventListener
from ..helpers.devices import HubPart
from ..readings.equipment_state import EquipmentState
from ..readings.imaging import Imaging
from ..readings.scheduler_plan import SchedulerPlan
from .description import NinaBinarySensorDescription

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
    # On during the short pauses of a sequence as well: no line in the logbook for each dither.
    NinaBinarySensorDescription[Imaging](
        key="imaging",
        translation_key="imaging",
        # The subject of its device.
        name=None,
        device=HubPart.IMAGING,
        source=CAPTURING,
        device_class=BinarySensorDeviceClass.RUNNING,
        is_on_fn=lambda imaging: imaging.is_on,
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
