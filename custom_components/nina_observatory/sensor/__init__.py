"""Sensors: every reading of the equipment that is a number, a word or a moment."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from homeassistant.components.sensor import SensorEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api import Role
from ..channels import async_add_channels
from ..coordinator import NinaConfigEntry, RigCoordinator
from ..entity import async_add_when_seen
from .camera import CAMERA_SENSORS
from .current_target import CurrentTarget
from .description import NinaMomentDescription, NinaSensorDescription
from .enclosure import DOME_SENSORS, FLAT_PANEL_SENSORS
from .entity import NinaMoment, NinaSensor, NinaSnapshotSensor
from .guider import GUIDER_SENSORS
from .hub import HUB_SENSORS
from .mount import MOUNT_SENSORS
from .night import FRAME_SENSORS, SEQUENCE_SENSORS, NightSensor
from .optics import FILTER_WHEEL_SENSORS, FOCUSER_SENSORS, ROTATOR_SENSORS
from .plan import PLAN_SENSORS, async_add_progress
from .procedure import ProcedureStep
from .session import AUTOFOCUS_SENSORS, FLATS_SENSORS, PROFILE_SENSORS, SESSION_SENSORS
from .switch_hub import NinaGauge
from .weather import WEATHER_SENSORS

PARALLEL_UPDATES = 0

type Description = NinaSensorDescription[Any] | NinaMomentDescription[Any]

EQUIPMENT_SENSORS: Final[dict[Role, tuple[Description, ...]]] = {
    Role.CAMERA: CAMERA_SENSORS,
    Role.MOUNT: MOUNT_SENSORS,
    Role.FOCUSER: FOCUSER_SENSORS,
    Role.FILTER_WHEEL: FILTER_WHEEL_SENSORS,
    Role.ROTATOR: ROTATOR_SENSORS,
    Role.GUIDER: GUIDER_SENSORS,
    Role.DOME: DOME_SENSORS,
    Role.FLAT_PANEL: FLAT_PANEL_SENSORS,
    Role.WEATHER: WEATHER_SENSORS,
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of an entry."""
    rig = entry.runtime_data.rig
    async_add_entities(NinaSnapshotSensor(rig, Role.HUB, each) for each in HUB_SENSORS)
    async_add_entities([CurrentTarget(entry), ProcedureStep(entry), *_night_sensors(entry)])
    if (scheduler := entry.runtime_data.scheduler) is not None:
        async_add_progress(entry, scheduler, async_add_entities)
    for role, descriptions in EQUIPMENT_SENSORS.items():
        async_add_when_seen(
            entry,
            Platform.SENSOR,
            role,
            descriptions,
            lambda description, device: description.exists_fn(device),
            partial(_make, rig, role),
            async_add_entities,
        )
    async_add_when_seen(
        entry,
        Platform.SENSOR,
        Role.FOCUSER,
        AUTOFOCUS_SENSORS,
        lambda _description, _device: True,
        partial(NightSensor, entry.runtime_data.slow, Role.FOCUSER),
        async_add_entities,
    )
    async_add_channels(
        entry,
        Platform.SENSOR,
        lambda hub: (gauge for gauge in hub.readonly if gauge.value is not None),
        partial(NinaGauge, rig),
        async_add_entities,
    )


def _night_sensors(entry: NinaConfigEntry) -> Iterator[NightSensor]:
    """Return the sensors of the sequence, the frames and, where it is set up, the plan."""
    data = entry.runtime_data
    for sequence_description in SEQUENCE_SENSORS:
        yield NightSensor(data.sequence, Role.HUB, sequence_description)
    for frame_description in (*FRAME_SENSORS, *SESSION_SENSORS):
        yield NightSensor(data.frames, Role.HUB, frame_description)
    for slow_description in (*PROFILE_SENSORS, *FLATS_SENSORS):
        yield NightSensor(data.slow, Role.HUB, slow_description)
    if data.scheduler is not None:
        for plan_description in PLAN_SENSORS:
            yield NightSensor(data.scheduler, Role.SCHEDULER, plan_description)


def _make(rig: RigCoordinator, role: Role, description: Description) -> SensorEntity:
    """Return the sensor for a description."""
    if isinstance(description, NinaMomentDescription):
        return NinaMoment(rig, role, description)
    return NinaSensor(rig, role, description)
