"""Sensors of the Target Scheduler: what it does, what comes next, how far everything is."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import EntityCategory, Platform, UnitOfRatio, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from ..api import Role, Target, imaging_ends_at, one_line
from ..coordinator import NinaConfigEntry
from ..entity import NinaEntity, unique_id
from ..plan import Plan, ProjectPlan, progress_of, seconds_to_go
from ..scheduler import SchedulerCoordinator
from .night import NightSensorDescription, measured, of_sequence


def _plan(
    key: str, value_fn: Callable[[Plan], StateType | datetime], **more: Any
) -> NightSensorDescription[Plan]:
    """Describe a sensor of the Target Scheduler."""
    return NightSensorDescription(
        key=key,
        translation_key=key,
        value_fn=value_fn,
        available_fn=lambda plan: plan.reachable,
        **more,
    )


PLAN_SENSORS: Final = (
    _plan("version", lambda plan: plan.version, entity_category=EntityCategory.DIAGNOSTIC),
    _plan("active_projects", lambda plan: len(plan.projects)),
    _plan("next_target", lambda plan: None if plan.upcoming is None else plan.upcoming.name),
    _plan(
        "next_target_at",
        lambda plan: None if plan.upcoming is None else plan.upcoming.start_time,
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    _plan(
        "imaging_ends_at",
        lambda plan: imaging_ends_at(plan.preview or ()),
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    _plan("overall_progress", lambda plan: plan.progress, **measured(UnitOfRatio.PERCENTAGE, 0)),
    _plan(
        "remaining_time",
        lambda plan: plan.remaining_hours,
        device_class=SensorDeviceClass.DURATION,
        **measured(UnitOfTime.HOURS, 1),
    ),
)


# Told by the events of N.I.N.A., not by the scheduler's server.
DOING_SENSORS: Final = (
    of_sequence("current_project", lambda reading: reading.doing.project),
    of_sequence("current_target", lambda reading: reading.doing.target),
    of_sequence(
        "target_ends_at",
        lambda reading: reading.doing.ends_at,
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    of_sequence(
        "waiting_until",
        lambda reading: reading.doing.waiting_until,
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
)


class ProgressSensor[PartT: ProjectPlan | Target](NinaEntity[SchedulerCoordinator], SensorEntity):
    """How far a project or a target is; there while the scheduler works on it."""

    _attr_native_unit_of_measurement = UnitOfRatio.PERCENTAGE
    _attr_suggested_display_precision = 0
    _unrecorded_attributes = frozenset(
        {"integration_by_filter", "plans", "progress_by_filter", "targets"}
    )

    def __init__(
        self,
        coordinator: SchedulerCoordinator,
        kind: str,
        identity: str,
        find: Callable[[Plan, str], PartT | None],
        **names: str,
    ) -> None:
        """Know the part by its id, which outlasts renames, and show the names of the user's."""
        description = SensorEntityDescription(
            key=f"{kind}_{identity}",
            translation_key=f"{kind}_progress",
            entity_registry_enabled_default=kind == "project",
        )
        super().__init__(coordinator, Role.SCHEDULER, description)
        self._identity, self._find = identity, find
        self._attr_translation_placeholders = {each: one_line(name) for each, name in names.items()}

    def remember(self, name: str | None) -> None:
        """Keep the name it had, as long as the scheduler does not tell it."""
        self._attr_name = name

    @property
    def source(self) -> PartT | None:
        """Return the part as last read."""
        return self._find(self.coordinator.data, self._identity)

    @property
    @override
    def available(self) -> bool:
        """Return whether the scheduler works on it."""
        return super().available and self.source is not None

    @override
    def part(self) -> object:
        """Return the project or target alone."""
        return self.source

    @property
    @override
    def native_value(self) -> float | None:
        """Return the percentage of the wanted exposure time that is accepted."""
        if self.source is None:
            return None
        return progress_of(self.source.plans)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return what lies behind the number."""
        if isinstance(self.source, ProjectPlan):
            return self.source.details
        return None if self.source is None else target_details(self.source)


def target_details(target: Target) -> dict[str, Any]:
    """Return the exposure plans of a target by filter."""
    return {
        "remaining_seconds": seconds_to_go(target.plans),
        "plans": [
            {
                "filter": plan.filter_name,
                "exposure": plan.exposure,
                "desired": plan.desired,
                "acquired": plan.acquired,
                "accepted": plan.accepted,
                "ungraded": plan.ungraded,
            }
            for plan in target.plans
        ],
    }


@callback
def async_add_progress(
    entry: NinaConfigEntry,
    scheduler: SchedulerCoordinator,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the progress of every project and target as it turns up."""
    known: set[str] = set()

    @callback
    def look() -> None:
        """Add what is new."""
        new = [sensor for sensor in _progress(scheduler) if sensor.unique_id not in known]
        known.update(str(sensor.unique_id) for sensor in new)
        if new:
            async_add_entities(new)

    look()
    remembered = [each for each in _remembered(entry, scheduler) if each.unique_id not in known]
    known.update(str(sensor.unique_id) for sensor in remembered)
    async_add_entities(remembered)
    entry.async_on_unload(scheduler.async_add_listener(look))


def _remembered(
    entry: NinaConfigEntry, scheduler: SchedulerCoordinator
) -> Iterator[ProgressSensor[Any]]:
    """Return a sensor for each project and target known from earlier, with the name it had."""
    registry = er.async_get(scheduler.hass)
    # Other sensors of the scheduler have keys that begin alike.
    fixed = {unique_id(entry, Role.SCHEDULER, each.key) for each in (*PLAN_SENSORS, *DOING_SENSORS)}
    finders = {"project": Plan.project, "target": Plan.target}
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        for kind, find in finders.items():
            prefix = unique_id(entry, Role.SCHEDULER, f"{kind}_")
            progress = entity.unique_id.startswith(prefix) and entity.unique_id not in fixed
            if entity.domain == Platform.SENSOR and progress:
                identity = entity.unique_id.removeprefix(prefix)
                sensor = ProgressSensor[Any](scheduler, kind, identity, find)
                sensor.remember(entity.original_name)
                yield sensor


def _progress(scheduler: SchedulerCoordinator) -> Iterator[ProgressSensor[Any]]:
    """Return a sensor for each project and target that is worked on now."""
    for plan in scheduler.data.projects:
        project = plan.project
        yield ProgressSensor(scheduler, "project", project.id, Plan.project, project=project.name)
        for target in plan.enabled:
            # Targets of different projects often have the same name, such as "Panel 1".
            names = {"project": project.name, "target": target.name}
            yield ProgressSensor(scheduler, "target", target.id, Plan.target, **names)
