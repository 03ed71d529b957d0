"""Sensors: every reading of the equipment that is a number, a word or a moment."""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from homeassistant.components.sensor import SensorEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api import Role
from ..entities.channels import async_add_channels
from ..entities.entity import async_add_when, async_add_when_seen
from ..entities.guarded import async_add_guarded
from ..readings.coordinator import NinaCoordinator
from ..readings.equipment import EquipmentCoordinator
from ..runtime import NinaConfigEntry
from .alignment import ALIGNMENT_SENSORS, AlignmentSensor
from .camera import CAMERA_SENSORS
from .current_target import CurrentInstructionSensor, CurrentTargetSensor
from .description import NinaDerivedDescription, NinaMomentDescription, NinaSensorDescription
from .enclosure import DOME_SENSORS, FLAT_PANEL_SENSORS
from .entity import NinaDerived, NinaMoment, NinaSensor, NinaSnapshotSensor
from .guard import ROOF_GUARD, RoofGuardSensor
from .guider import GUIDER_SENSORS, GuideSteps, GuidingError, GuidingErrorDescription
from .hfr import HfrArcseconds
from .hub import HUB_SENSORS, EventLatency
from .mount import MOUNT_SENSORS
from .night import FRAME_SENSORS, SEQUENCE_SENSORS, NightSensor, NightSensorDescription
from .optics import FILTER_WHEEL_SENSORS, FOCUSER_SENSORS, ROTATOR_SENSORS
from .plan import ACTIVITY_SENSORS, PLAN_SENSORS, async_add_progress
from .procedure import ProcedureStep
from .session import AUTOFOCUS_SENSORS, FLATS_SENSORS, PROFILE_SENSORS, SESSION_SENSORS
from .switch_hub import NinaGauge, gauges
from .weather import WEATHER_SENSORS

PARALLEL_UPDATES = 0

type Description = (
    NinaSensorDescription[Any] | NinaDerivedDescription[Any] | NinaMomentDescription[Any]
)

SINGLES: Final = (
    CurrentInstructionSensor,
    CurrentTargetSensor,
    EventLatency,
    HfrArcseconds,
    ProcedureStep,
)
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
    data, equipment = entry.runtime_data, entry.runtime_data.equipment
    async_add_entities([single(entry) for single in SINGLES])
    if data.scheduler is not None:
        async_add_progress(entry, data.scheduler, async_add_entities)
        add_to_scheduler = partial(_add_snapshot, entry, async_add_entities, Role.SCHEDULER)
        add_to_scheduler(data.scheduler, PLAN_SENSORS)
        add_to_scheduler(data.sequence, ACTIVITY_SENSORS)
    add_to_hub = partial(_add_snapshot, entry, async_add_entities, Role.HUB)
    add_to_hub(equipment, HUB_SENSORS)
    add_to_hub(data.sequence, SEQUENCE_SENSORS)
    add_to_hub(data.frames, (*FRAME_SENSORS, *SESSION_SENSORS))
    add_to_hub(data.settings, (*PROFILE_SENSORS, *FLATS_SENSORS))
    steps = GuideSteps(entry)
    for role, descriptions in EQUIPMENT_SENSORS.items():
        async_add_when_seen(
            entry,
            Platform.SENSOR,
            role,
            descriptions,
            lambda description, device: description.exists_fn(device),
            partial(_make, equipment, steps, role),
            async_add_entities,
        )
    async_add_when_seen(
        entry,
        Platform.SENSOR,
        Role.FOCUSER,
        AUTOFOCUS_SENSORS,
        lambda description, _device: data.client.dialect.speaks(*description.since),
        partial(NightSensor, data.settings, Role.FOCUSER),
        async_add_entities,
    )
    async_add_when(
        entry,
        Platform.SENSOR,
        Role.HUB,
        data.catalog,
        ALIGNMENT_SENSORS,
        lambda _: data.catalog.data.aligns,
        partial(AlignmentSensor, data.catalog),
        async_add_entities,
    )
    if (guard := data.guard) is not None:
        sensor = partial(RoofGuardSensor, guard, equipment)
        async_add_guarded(entry, Platform.SENSOR, ROOF_GUARD, sensor, async_add_entities)
    async_add_channels(
        entry,
        Platform.SENSOR,
        lambda hub: (gauge for gauge in gauges(hub) if gauge.value is not None),
        partial(NinaGauge, equipment),
        async_add_entities,
    )


def _add_snapshot(
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    role: Role,
    source: NinaCoordinator[Any],
    descriptions: Iterable[NinaSensorDescription[Any]],
) -> None:
    """Add the sensors of a snapshot: at once, or when the server proves new enough for them."""
    data = entry.runtime_data

    def told(description: NinaSensorDescription[Any]) -> bool:
        """Return whether the server tells such a thing."""
        if not description.since:
            return True
        return data.equipment.data.reachable and data.client.dialect.speaks(*description.since)

    def make(description: NinaSensorDescription[Any]) -> SensorEntity:
        """Return the sensor for a description."""
        if isinstance(description, NightSensorDescription):
            return NightSensor(source, role, description)
        return NinaSnapshotSensor(source, role, description)

    async_add_when(
        entry, Platform.SENSOR, role, data.equipment, descriptions, told, make, async_add_entities
    )


def _make(
    equipment: EquipmentCoordinator, steps: GuideSteps, role: Role, description: Description
) -> SensorEntity:
    """Return the sensor for a description of equipment."""
    if isinstance(description, GuidingErrorDescription):
        return GuidingError(equipment, role, description, steps)
    if isinstance(description, NinaMomentDescription):
        return NinaMoment(equipment, role, description)
    if isinstance(description, NinaDerivedDescription):
        return NinaDerived(equipment, role, description)
    return NinaSensor(equipment, role, description)
