"""The sources that table rows are read from, and when their rows exist."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE
from homeassistant.util import dt as dt_util

from ..api import Camera, Profile, Role, SafetyMonitor
from ..control.polar_alignment import Alignment, PolarAlignment
from ..control.procedure import Procedures
from ..events.listener import EventListener
from ..helpers.devices import is_known
from ..night.facts.last_frame import FrameFact
from ..night.problems import Problems
from ..night.watch import NightWatch
from ..readings.catalog import Catalog
from ..readings.coordinator import NinaCoordinator
from ..readings.equipment_state import EquipmentState
from ..readings.frames import Frames
from ..readings.imaging import Imaging
from ..readings.integration_totals import IntegrationTotals
from ..readings.safety import OUTDATED, SafetyGuard
from ..readings.scheduler_plan import SchedulerPlan
from ..readings.sequence import SequenceReading
from ..readings.settings import Settings
from ..readings.sky import Sky
from ..roof.guard import RoofGuard
from ..runtime import NinaRuntimeData

# Calls a listener on every change; returns a function that unsubscribes.
type Follow = Callable[[CALLBACK_TYPE], CALLBACK_TYPE]


def _nobody(_data: NinaRuntimeData) -> Iterable[Follow]:
    return ()


def _always(_data: NinaRuntimeData, _role: Role) -> bool:
    return True


def _on_sight(data: NinaRuntimeData, role: Role) -> bool:
    return data.equipment.data.device(role) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source[ValueT]:
    """The source that a row is read from.

    `coordinator` updates it; an entry without one has no such rows. `read` returns the object that
    the functions of the row read from, or None while the row is unavailable. `follows` lists other
    subscriptions that change it, and `exists` decides when the rows are first added: an entity that
    was ever seen exists from the start. `refresh_after_command` is for what commands do not read.

    A source of facts is read even while N.I.N.A. is closed: `as_of` is the time of a fact that is kept
    from before, shown as an attribute, and None for what N.I.N.A. reports now.
    """

    coordinator: Callable[[NinaRuntimeData], NinaCoordinator[Any] | None]
    read: Callable[[NinaRuntimeData, Role], ValueT | None]
    follows: Callable[[NinaRuntimeData], Iterable[Follow]] = _nobody
    exists: Callable[[NinaRuntimeData, Role], bool] = _always
    refresh_after_command: bool = False
    as_of: Callable[[NinaRuntimeData], datetime | None] | None = None


@dataclass(frozen=True, slots=True)
class Profiled[DeviceT]:
    """A reading of a device, the time it was taken, and the active profile."""

    device: DeviceT
    profile: Profile | None
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Guided[DeviceT]:
    """A reading of the guider, and whether it is known to guide."""

    device: DeviceT
    guiding: bool


@dataclass(frozen=True, slots=True)
class Cooled:
    """A reading of the camera, its target temperature in °C, and whether the sensor has that."""

    camera: Camera
    target: float | None
    is_reached: bool | None


def _profiled(data: NinaRuntimeData, role: Role) -> Profiled[Any] | None:
    state = data.equipment.data
    if (device := state.device(role)) is None:
        return None
    age = timedelta(seconds=data.equipment.hass.loop.time() - state.read_at[role])
    return Profiled(device, data.settings.data.profile, dt_util.utcnow() - age)


def _guided(data: NinaRuntimeData, role: Role) -> Guided[Any] | None:
    device = data.equipment.data.device(role)
    return None if device is None else Guided(device, data.guide_steps.guiding)


def _cooled(data: NinaRuntimeData, role: Role) -> Cooled | None:
    camera = data.equipment.data.device(role)
    if not isinstance(camera, Camera):
        return None
    return Cooled(camera, data.set_point.target, data.set_point.is_reached)


def _fresh_monitor(data: NinaRuntimeData, _role: Role) -> SafetyMonitor | None:
    monitor = data.equipment.data.device(Role.SAFETY_MONITOR)
    if not isinstance(monitor, SafetyMonitor) or data.safety.reason in OUTDATED:
        return None
    return monitor


def plan_as_of(data: NinaRuntimeData) -> datetime | None:
    """Return when a plan was read that the Target Scheduler does not confirm now."""
    return None if data.facts.plan is None else data.facts.plan.as_of


def _catalog(has: Callable[[Catalog], object]) -> Source[Catalog]:
    """Return the source of the catalog, readable while that `has` something to choose or switch."""
    return Source(
        coordinator=lambda data: data.catalog,
        read=lambda data, _: data.catalog.data if has(data.catalog.data) else None,
        refresh_after_command=True,
    )


# A device, of the kind that the table is about.
EQUIPMENT: Final = Source[Any](
    coordinator=lambda data: data.equipment,
    read=lambda data, role: data.equipment.data.device(role),
    exists=_on_sight,
)
# Everything, always readable; added once the device is seen.
SHOWN_ONCE_SEEN: Final = Source[NinaRuntimeData](
    coordinator=EQUIPMENT.coordinator, read=lambda data, _: data, exists=_on_sight
)
# The same from the start.
SHOWN_ALWAYS: Final = Source[NinaRuntimeData](
    coordinator=EQUIPMENT.coordinator, read=lambda data, _: data
)
# A device with the active profile.
WITH_PROFILE: Final = Source[Profiled[Any]](
    coordinator=lambda data: data.equipment,
    read=_profiled,
    follows=lambda data: [data.settings.async_add_listener],
    exists=_on_sight,
)
GUIDING: Final = Source[Guided[Any]](
    coordinator=lambda data: data.equipment,
    read=_guided,
    follows=lambda data: [data.guide_steps.async_add_listener],
    exists=_on_sight,
)
# The camera with the temperature that it is to have.
COOLED: Final = Source[Cooled](
    coordinator=lambda data: data.equipment,
    read=_cooled,
    follows=lambda data: [data.set_point.async_add_listener],
    exists=_on_sight,
)
# The server, readable even while N.I.N.A. is closed.
SERVER: Final = Source[EquipmentState](
    coordinator=lambda data: data.equipment, read=lambda data, _: data.equipment.data
)
# All equipment, while N.I.N.A. answers.
ANSWERING: Final = Source[EquipmentState](
    coordinator=SERVER.coordinator,
    read=lambda data, _: data.equipment.data if data.equipment.data.reachable else None,
)
# Whether frames are being taken, while N.I.N.A. answers.
CAPTURING: Final = Source[Imaging](
    coordinator=SERVER.coordinator,
    read=lambda data, _: data.imaging if data.equipment.data.reachable else None,
    follows=lambda data: [data.imaging.async_add_listener],
)
# The safety monitor, while its reading is fresh: a slow poll must not keep "safe" alive.
SAFETY_MONITOR: Final = Source[SafetyMonitor](
    coordinator=lambda data: data.equipment,
    read=_fresh_monitor,
    follows=lambda data: [data.safety.async_add_listener],
    exists=_on_sight,
)
SEQUENCE: Final = Source[SequenceReading](
    coordinator=lambda data: data.sequence,
    read=lambda data, _: data.sequence.data if data.sequence.data.reachable else None,
)
# The scheduler's activity from its events, if there is a Target Scheduler.
SCHEDULED: Final = Source[SequenceReading](
    coordinator=lambda data: None if data.scheduler is None else data.sequence,
    read=lambda data, _: data.sequence.data if data.sequence.data.reachable else None,
)
# The newest light frame and the totals of the night, which stay.
FRAMES: Final = Source[Frames](
    coordinator=lambda data: data.frames,
    read=lambda data, _: data.facts.frame.shown,
    as_of=lambda data: data.facts.frame.as_of,
)
# The picture that N.I.N.A. shows, else that of the newest light frame, which stays.
PICTURE: Final = Source[Frames](
    coordinator=FRAMES.coordinator,
    read=lambda data, _: data.frames.data if data.facts.picture.is_shown else None,
    follows=lambda data: [data.facts.picture.async_add_listener],
    as_of=lambda data: data.facts.picture.as_of,
)
# The same for what is unknown, not unavailable, as long as there is no picture.
PICTURE_OR_NONE: Final = Source[Frames](
    coordinator=FRAMES.coordinator,
    read=lambda data, role: (
        PICTURE.read(data, role) or (data.frames.data if data.frames.data.known else None)
    ),
    follows=PICTURE.follows,
    as_of=PICTURE.as_of,
)
# The verdict on safety, which is always readable; without a safety monitor there is none.
SAFETY: Final = Source[SafetyGuard](
    coordinator=lambda data: data.equipment,
    read=lambda data, _: data.safety,
    follows=lambda data: [data.safety.async_add_reason_listener],
    exists=lambda data, _: (
        _on_sight(data, Role.SAFETY_MONITOR)
        or is_known(data.equipment.hass, data.equipment.config_entry, Role.SAFETY_MONITOR)
    ),
)
# The sequence with everything related, while the sequence can be read.
IMAGING: Final = Source[NinaRuntimeData](
    coordinator=lambda data: data.sequence,
    read=lambda data, _: data if data.sequence.data.reachable else None,
    follows=lambda data: [
        data.equipment.async_add_listener,
        data.frames.async_add_listener,
        *(() if data.scheduler is None else (data.scheduler.async_add_listener,)),
    ],
)
# The sky and the totals over all nights, which outlast N.I.N.A.
SKY: Final = Source[Sky](
    coordinator=lambda data: data.settings,
    read=lambda data, _: data.sky,
    follows=lambda data: [data.sky.async_add_listener],
)
TOTALS: Final = Source[IntegrationTotals](
    coordinator=lambda data: data.frames,
    read=lambda data, _: data.totals,
    follows=lambda data: [data.totals.async_add_listener],
)
SETTINGS: Final = Source[Settings](
    coordinator=lambda data: data.settings,
    read=lambda data, _: data.settings.data if data.settings.data.reachable else None,
)
# The same with the last autofocus, which stays; added once the device is seen.
AUTOFOCUS: Final = Source[Settings](
    coordinator=SETTINGS.coordinator,
    read=lambda data, _: data.facts.autofocus.shown,
    exists=_on_sight,
    as_of=lambda data: data.facts.autofocus.as_of,
)
# The projects, targets and plan as last read, which stay.
PLAN: Final = Source[SchedulerPlan](
    coordinator=lambda data: data.scheduler,
    read=lambda data, _: None if data.facts.plan is None else data.facts.plan.shown,
    follows=lambda data: [] if data.facts.plan is None else [data.facts.plan.async_add_listener],
    as_of=plan_as_of,
)
# The Target Scheduler: whether it answers, and its plan.
SCHEDULER: Final = Source[SchedulerPlan](
    coordinator=PLAN.coordinator,
    read=lambda data, _: None if data.scheduler is None else data.scheduler.data,
)
# The same while it answers.
SCHEDULER_SERVER: Final = Source[SchedulerPlan](
    coordinator=PLAN.coordinator,
    read=lambda data, _: (
        None if data.scheduler is None or not data.scheduler.data.reachable else data.scheduler.data
    ),
)
PROFILES: Final = _catalog(lambda catalog: catalog.profiles)
SEQUENCES: Final = _catalog(lambda catalog: catalog.sequences)
LIVE_STACK: Final = _catalog(lambda catalog: catalog.stacking is not None)
# The same for the picture of the stack that was updated last, if there is one.
STACK: Final = Source[Catalog](
    coordinator=LIVE_STACK.coordinator,
    read=LIVE_STACK.read,
    exists=lambda data, _: data.catalog.data.stacking is not None,
)
# The polar alignment, while its plugin is installed; rows of the second source exist once one ran.
ALIGNMENT_PLUGIN: Final = Source[PolarAlignment](
    coordinator=lambda data: data.catalog,
    # A run that goes on can be paused and stopped, although the list of plugins was not read.
    read=lambda data, _: (
        data.alignment if data.catalog.data.aligns or data.alignment.state.running else None
    ),
    follows=lambda data: [data.alignment.async_add_listener],
)
ALIGNMENT: Final = Source[Alignment](
    coordinator=ALIGNMENT_PLUGIN.coordinator,
    read=lambda data, role: (
        None if ALIGNMENT_PLUGIN.read(data, role) is None else data.alignment.state
    ),
    follows=ALIGNMENT_PLUGIN.follows,
    exists=lambda data, _: data.alignment.state.running,
)
# The problems; those of a device are added once that is seen.
PROBLEMS: Final = Source[Problems](
    coordinator=lambda data: data.equipment,
    read=lambda data, _: data.problems,
    follows=lambda data: [data.problems.async_add_listener],
    exists=lambda data, role: role is Role.HUB or _on_sight(data, role),
)
PROCEDURES: Final = Source[Procedures](
    coordinator=lambda data: data.equipment,
    read=lambda data, _: data.procedures,
    follows=lambda data: [data.procedures.async_add_listener],
)
# The event listener; the second source only while it is connected.
LISTENER: Final = Source[EventListener](
    coordinator=lambda data: data.equipment,
    read=lambda data, _: data.listener,
    follows=lambda data: [data.listener.async_add_listener],
)
STREAM: Final = Source[EventListener](
    coordinator=LISTENER.coordinator,
    read=lambda data, _: data.listener if data.listener.connected else None,
    follows=LISTENER.follows,
)
ROOF_GUARD: Final = Source[RoofGuard](
    coordinator=lambda data: None if data.guard is None else data.equipment,
    read=lambda data, _: data.guard,
    follows=lambda data: [] if data.guard is None else [data.guard.async_add_listener],
    exists=lambda data, _: is_known(data.equipment.hass, data.equipment.config_entry, Role.DOME),
)
NIGHT_WATCH: Final = Source[NightWatch](
    coordinator=lambda data: None if data.watch is None else data.equipment,
    read=lambda data, _: data.watch,
    follows=lambda data: [] if data.watch is None else [data.watch.async_add_listener],
)
# The same as FRAMES, for what takes a reading of the camera besides.
SHARPNESS: Final = Source[FrameFact](
    coordinator=lambda data: data.frames,
    read=lambda data, _: None if data.facts.frame.shown is None else data.facts.frame,
    follows=lambda data: [data.equipment.async_add_listener, data.settings.async_add_listener],
    as_of=FRAMES.as_of,
)
