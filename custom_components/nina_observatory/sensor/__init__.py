"""Sensors: numbers, enumerations, texts and timestamps."""

from functools import partial
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api import Role
from ..entities.adding import async_add_rows
from ..entities.channels import async_add_channels
from ..runtime import NinaConfigEntry
from .alignment import ALIGNMENT_SENSORS
from .camera import CAMERA_SENSORS
from .current_target import CURRENT_INSTRUCTION, CURRENT_TARGET
from .description import NinaSensor, NinaSensorDescription
from .enclosure import DOME_SENSORS, FLAT_PANEL_SENSORS
from .guard import ROOF_GUARD
from .guider import GUIDER_SENSORS
from .hub import EVENT_LATENCY, HUB_SENSORS, SAFETY_REASON
from .last_error import LAST_ERROR, NinaLastError
from .mount import MOUNT_SENSORS
from .night import FRAME_SENSORS, HFR_ARCSECONDS, SEQUENCE_SENSORS
from .optics import FILTER_WHEEL_SENSORS, FOCUSER_SENSORS, ROTATOR_SENSORS
from .plan import ACTIVITY_SENSORS, PLAN_SENSORS, async_add_progress
from .present import PRESENT_SENSORS, SKY_SENSORS
from .procedure import PROCEDURE
from .session import (
    AUTOFOCUS_SENSORS,
    FLATS_SENSORS,
    PROFILE_SENSORS,
    SESSION_SENSORS,
    TARGET_TOTAL,
)
from .switch_hub import NinaGauge, gauges
from .weather import WEATHER_SENSORS

PARALLEL_UPDATES = 0

type Rows = tuple[NinaSensorDescription[Any], ...]

SENSORS: Final[dict[Role, Rows]] = {
    Role.HUB: (
        CURRENT_INSTRUCTION,
        CURRENT_TARGET,
        EVENT_LATENCY,
        HFR_ARCSECONDS,
        PROCEDURE,
        SAFETY_REASON,
        TARGET_TOTAL,
        *PRESENT_SENSORS,
        *SKY_SENSORS,
        *HUB_SENSORS,
        *SEQUENCE_SENSORS,
        *FRAME_SENSORS,
        *SESSION_SENSORS,
        *PROFILE_SENSORS,
        *FLATS_SENSORS,
        *ALIGNMENT_SENSORS,
    ),
    Role.SCHEDULER: (*PLAN_SENSORS, *ACTIVITY_SENSORS),
    Role.CAMERA: CAMERA_SENSORS,
    Role.MOUNT: MOUNT_SENSORS,
    Role.FOCUSER: (*FOCUSER_SENSORS, *AUTOFOCUS_SENSORS),
    Role.FILTER_WHEEL: FILTER_WHEEL_SENSORS,
    Role.ROTATOR: ROTATOR_SENSORS,
    Role.GUIDER: GUIDER_SENSORS,
    Role.DOME: (*DOME_SENSORS, ROOF_GUARD),
    Role.FLAT_PANEL: FLAT_PANEL_SENSORS,
    Role.WEATHER: WEATHER_SENSORS,
}

# Sensors of events, which nothing reads.
EVENT_SENSORS: Final[dict[Role, Rows]] = {Role.HUB: (LAST_ERROR,)}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of an entry."""
    async_add_rows(entry, Platform.SENSOR, SENSORS, NinaSensor, async_add_entities)
    async_add_rows(entry, Platform.SENSOR, EVENT_SENSORS, NinaLastError, async_add_entities)
    if (scheduler := entry.runtime_data.scheduler) is not None:
        async_add_progress(entry, scheduler, async_add_entities)
    async_add_channels(
        entry,
        Platform.SENSOR,
        lambda hub: (gauge for gauge in gauges(hub) if gauge.value is not None),
        partial(NinaGauge, entry.runtime_data.equipment),
        async_add_entities,
    )
