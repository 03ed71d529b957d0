"""Sensors of the Target Scheduler: its activity, the next target, and progress."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.const import EntityCategory, Platform, UnitOfRatio, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.helpers.typing import StateType

from ..api import Project, Role, Target, imaging_ends_at, one_line
from ..api.coordinates import position_as_text
from ..const import DOMAIN
from ..entities.entity import AS_OF, NinaEntity
from ..entities.source import PLAN, SCHEDULED, SCHEDULER_SERVER, Follow, plan_as_of
from ..helpers.devices import unique_id
from ..readings.scheduler_plan import ProjectPlan, SchedulerPlan, progress_of, seconds_to_go
from ..readings.target_scheduler import SchedulerCoordinator
from ..runtime import NinaConfigEntry
from .description import NinaSensorDescription, option
from .night import OFF, measured, of_sequence

# Characters shown of a project's description.
LONGEST_DESCRIPTION: Final = 1000


def _plan(
    key: str, value_fn: Callable[[SchedulerPlan], StateType | datetime], **more: Any
) -> NinaSensorDescription[SchedulerPlan]:
    return NinaSensorDescription(
        key=key, translation_key=key, value_fn=value_fn, **{"source": PLAN, **more}
    )


PLAN_SENSORS: Final = (
    _plan(
        "version",
        lambda plan: plan.version,
        source=SCHEDULER_SERVER,
        entity_category=EntityCategory.DIAGNOSTIC,
        **OFF,
    ),
    _plan(
        "active_projects",
        # No profile is active for a moment while it is switched.
        lambda plan: None if plan.profile is None else len(plan.projects),
        attributes_fn=lambda plan: {"by_state": plan.by_state},
        **OFF,
    ),
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
        **OFF,
    ),
    _plan("overall_progress", lambda plan: plan.progress, **measured(UnitOfRatio.PERCENTAGE, 0)),
    _plan(
        "remaining_time",
        lambda plan: plan.remaining_hours,
        device_class=SensorDeviceClass.DURATION,
        **OFF,
        **measured(UnitOfTime.HOURS, 1),
    ),
)


# From the events of N.I.N.A., not from the scheduler's server. Target and wait are those that the
# sequence shows, too.
ACTIVITY_SENSORS: Final = (
    of_sequence(
        "current_project",
        lambda reading: reading.scheduler_activity.project,
        source=SCHEDULED,
        device=None,
        **OFF,
    ),
    of_sequence(
        "current_target",
        lambda reading: reading.scheduler_activity.target,
        source=SCHEDULED,
        device=None,
        **OFF,
    ),
    of_sequence(
        "target_ends_at",
        lambda reading: reading.scheduler_activity.ends_at,
        source=SCHEDULED,
        device=None,
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    of_sequence(
        "waiting_until",
        lambda reading: reading.scheduler_activity.waiting_until,
        source=SCHEDULED,
        device=None,
        device_class=SensorDeviceClass.TIMESTAMP,
        **OFF,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressKind[PartT: ProjectPlan | Target]:
    """A kind of part whose progress is shown.

    `find` returns an active part by its id, `names` the parts of its name, as far as known.
    """

    key: str
    find: Callable[[SchedulerPlan, str], PartT | None]
    names: Callable[[SchedulerPlan, str], Mapping[str, str] | None]

    def key_of(self, identity: str) -> str:
        """Return the key of a part's sensor."""
        return f"{self.key}_{identity}"


def in_lines(names: Mapping[str, str]) -> dict[str, str]:
    """Return names as single lines."""
    return {key: one_line(name) for key, name in names.items()}


PROJECT: Final = ProgressKind(
    key="project", find=SchedulerPlan.project, names=SchedulerPlan.project_names
)
TARGET: Final = ProgressKind(
    key="target", find=SchedulerPlan.target, names=SchedulerPlan.target_names
)


class ProgressSensor[PartT: ProjectPlan | Target](NinaEntity[SchedulerCoordinator], SensorEntity):
    """Progress of a project or target; it is available while the scheduler works on it, or last did."""

    _attr_native_unit_of_measurement = UnitOfRatio.PERCENTAGE
    _attr_suggested_display_precision = 0
    _unrecorded_attributes = frozenset(
        {
            *("coordinates", "integration_by_filter", "plans", "progress_by_filter", "targets"),
            *("description", "epoch", "flats_handling", "maximum_altitude", "minimum_altitude"),
            *("minimum_time", "mosaic", "priority", "roi"),
        }
    )

    def __init__(
        self, coordinator: SchedulerCoordinator, kind: ProgressKind[PartT], identity: str
    ) -> None:
        """Identify the part by its id, which outlasts renames, and show the user's names."""
        description = SensorEntityDescription(
            key=kind.key_of(identity),
            translation_key=f"{kind.key}_progress",
            entity_registry_enabled_default=kind is PROJECT,
        )
        super().__init__(coordinator, Role.SCHEDULER, description)
        self.kind, self.identity, self.key = kind, identity, description.key
        self._names: Mapping[str, str] | None = None
        self._update_name()

    def remember(self, name: str | None) -> None:
        """Use the stored name until the scheduler reports it."""
        if self._names is None:
            self._attr_name = name

    @callback
    def _update_name(self) -> None:
        """Use the current names, if reported: the user may have changed them."""
        names = self.kind.names(self.coordinator.data, self.identity)
        if names is None or names == self._names:
            return
        self._names, self._attr_translation_placeholders = names, in_lines(names)
        # Home Assistant caches a name until it is assigned; without one it is made of the parts.
        self._attr_name = None
        del self._attr_name

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Apply renames; Home Assistant keeps a name that the user gave the entity."""
        self._update_name()
        super()._handle_coordinator_update()

    @override
    def follows(self) -> Iterable[Follow]:
        return PLAN.follows(self.runtime)

    @property
    def source(self) -> PartT | None:
        """Return the part as last read."""
        plan = PLAN.read(self.runtime, Role.SCHEDULER)
        return None if plan is None else self.kind.find(plan, self.identity)

    @property
    @override
    def available(self) -> bool:
        """Return whether it exists; the progress of a part that is at rest is unknown."""
        plan = PLAN.read(self.runtime, Role.SCHEDULER)
        names = None if plan is None else self.kind.names(plan, self.identity)
        return super().available and (self.source is not None or names is not None)

    @override
    def part(self) -> object:
        return (self.source, self._names, plan_as_of(self.runtime))

    @property
    @override
    def native_value(self) -> float | None:
        """Return the percentage of the wanted exposure time that is accepted."""
        source = self.source
        if isinstance(source, ProjectPlan):
            return source.progress
        return None if source is None else progress_of(source.plans)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return the data behind the progress, and the settings of the user."""
        if (source := self.source) is None:
            return None
        as_of = plan_as_of(self.runtime)
        told = {} if as_of is None else {AS_OF: as_of.isoformat(timespec="seconds")}
        if isinstance(source, ProjectPlan):
            return {**source.details, **project_settings(source.project), **told}
        return {**target_details(source), **told}


def project_settings(project: Project) -> dict[str, Any]:
    """Return the settings of a project: altitudes in degrees, the minimum time in minutes."""
    description = project.description
    return {
        "priority": option(project.priority),
        "description": None if description is None else one_line(description, LONGEST_DESCRIPTION),
        "mosaic": project.mosaic,
        "minimum_altitude": project.minimum_altitude,
        "maximum_altitude": project.maximum_altitude,
        "minimum_time": project.minimum_time,
        "flats_handling": option(project.flats_handling),
    }


def target_details(target: Target) -> dict[str, Any]:
    """Return a target's exposure plans by filter, its place, and its region in % of the sensor."""
    return {
        "remaining_seconds": seconds_to_go(target.plans),
        "coordinates": position_as_text(target.right_ascension, target.declination),
        "epoch": option(target.epoch),
        "roi": target.roi,
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


@dataclass(frozen=True, slots=True)
class Part:
    """A project or target with a sensor; `name` is the stored one until the scheduler reports it."""

    kind: ProgressKind[Any]
    identity: str
    name: str | None = None

    @property
    def key(self) -> str:
        """The key of the sensor."""
        return self.kind.key_of(self.identity)

    def sensor(self, scheduler: SchedulerCoordinator) -> ProgressSensor[Any]:
        """Return a new sensor."""
        sensor = ProgressSensor[Any](scheduler, self.kind, self.identity)
        sensor.remember(self.name)
        return sensor


@callback
def async_add_progress(
    entry: NinaConfigEntry,
    scheduler: SchedulerCoordinator,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the progress sensor of every project and target when it appears.

    There may be thousands: an update looks only at the projects that it changed.
    """
    remembered = {part.key: part for part in _remembered(entry, scheduler)}
    known, followed = set(remembered), SchedulerPlan()
    names, queue = DisabledNames(entry, scheduler, known), entry.runtime_data.entities

    def new(parts: Iterable[Part]) -> Iterator[ProgressSensor[Any]]:
        """Yield sensors of parts that have none and still exist when their turn comes."""
        for part in parts:
            key = part.key
            if key not in known and part.kind.names(scheduler.data, part.identity) is not None:
                known.add(key)
                yield part.sensor(scheduler)

    @callback
    def update() -> None:
        """Add new parts, and rename disabled entities, which Home Assistant does not update."""
        nonlocal followed
        before, followed = followed, scheduler.data
        changed = [
            each for each in followed.projects if before.project(each.project.id) is not each
        ]
        worked_on = (part for project in changed for part in _worked_on(project))
        queue.async_add(async_add_entities, new(worked_on))
        at_rest = () if followed.others is before.others else followed.others
        names.async_update(changed, at_rest)

    queue.async_add(async_add_entities, (part.sensor(scheduler) for part in remembered.values()))
    update()
    entry.async_on_unload(scheduler.async_add_listener(update))


class DisabledNames:
    """The names of disabled entities in the registry, whose sensors have no state to rename.

    They are renamed project by project, each in a turn of the event loop of its own.
    """

    def __init__(
        self, entry: NinaConfigEntry, scheduler: SchedulerCoordinator, known: Collection[str]
    ) -> None:
        """Set the dependencies; `known` are the keys of all sensors."""
        self._entry = entry
        self._scheduler = scheduler
        self._known = known
        # Parts of each project whose names were not applied yet, by its id.
        self._due: dict[str, Iterable[Part]] = {}
        # Parts whose entities are not registered yet.
        self._early: list[Part] = []
        self._named: dict[str, Mapping[str, str]] = {}
        self._renaming: asyncio.Task[None] | None = None
        entry.async_on_unload(self._due.clear)

    @callback
    def async_update(self, projects: Iterable[ProjectPlan], at_rest: Iterable[Project]) -> None:
        """Rename the entities of projects, and of their targets, whose names have changed."""
        early, self._early = self._early, []
        resting = (Part(PROJECT, project.id) for project in at_rest)
        known = (part for part in resting if part.key in self._known)
        self._due[""] = [*self._due.get("", ()), *early, *known]
        self._due |= {each.project.id: _parts(each) for each in projects}
        if self._renaming is None or self._renaming.done():
            self._renaming = self._entry.async_create_task(
                self._scheduler.hass, self._async_rename(), f"{self._scheduler.name} names"
            )

    async def _async_rename(self) -> None:
        """Rename everything that is due."""
        while self._due:
            for part in self._due.pop(next(iter(self._due))):
                names = part.kind.names(self._scheduler.data, part.identity)
                applied = part.key not in self._known or names == self._named.get(part.key)
                if names is not None and not applied:
                    self._rename(part, names)
            await asyncio.sleep(0)

    @callback
    def _rename(self, part: Part, names: Mapping[str, str]) -> None:
        """Rename an entity once it is registered, if it is disabled."""
        hass = self._scheduler.hass
        registry = er.async_get(hass)
        identity = unique_id(self._entry, Role.SCHEDULER, part.key)
        entity_id = registry.async_get_entity_id(Platform.SENSOR, DOMAIN, identity)
        entity = None if entity_id is None else registry.async_get(entity_id)
        if entity is None:
            self._early.append(part)
            return
        self._named[part.key] = names
        if not entity.disabled:
            return
        texts = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
        text = texts.get(f"component.{DOMAIN}.entity.sensor.{part.kind.key}_progress.name")
        if text is not None and (name := text.format(**in_lines(names))) != entity.original_name:
            registry.async_update_entity(entity.entity_id, original_name=name)


def _remembered(entry: NinaConfigEntry, scheduler: SchedulerCoordinator) -> Iterator[Part]:
    """Yield each known project and target, with its stored name."""
    registry = er.async_get(scheduler.hass)
    # Other sensors of the scheduler have keys with the same prefix.
    fixed = {
        unique_id(entry, Role.SCHEDULER, each.key) for each in (*PLAN_SENSORS, *ACTIVITY_SENSORS)
    }
    kinds: tuple[ProgressKind[Any], ...] = (PROJECT, TARGET)
    prefixes = [(kind, unique_id(entry, Role.SCHEDULER, f"{kind.key}_")) for kind in kinds]
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.domain != Platform.SENSOR or entity.unique_id in fixed:
            continue
        for kind, prefix in prefixes:
            if entity.unique_id.startswith(prefix):
                identity = entity.unique_id.removeprefix(prefix)
                yield Part(kind, identity, entity.original_name)


def _parts(plan: ProjectPlan) -> Iterator[Part]:
    """Yield a project and all of its targets."""
    yield Part(PROJECT, plan.project.id)
    for target in plan.targets:
        yield Part(TARGET, target.id)


def _worked_on(plan: ProjectPlan) -> Iterator[Part]:
    """Yield an active project and its active targets."""
    yield Part(PROJECT, plan.project.id)
    for target in plan.enabled:
        yield Part(TARGET, target.id)
