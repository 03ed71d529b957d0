"""The runtime data of an entry, and the only place where it is built and wired."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback

from .api import Frame, NinaClient
from .const import CONF_READ_ONLY, CONF_SCHEDULER_PORT, CONTROLS
from .control.command import Command, Readings
from .control.commands.camera import AIMING
from .control.loaded import async_register_runner
from .control.polar_alignment import PolarAlignment
from .control.procedure import Procedures
from .control.runner import CommandRunner
from .events.bus import event_bus
from .events.listener import EventListener
from .events.reconciler import History
from .helpers.entity_queue import EntityQueue
from .night.facts.facts import Facts
from .night.keeper import NightKeeper
from .night.problems import Problems
from .night.targets import TargetAnnouncer
from .night.tonight import Tonight
from .night.watch import NightWatch, wants_watch
from .readings.autofocus_runs import AutofocusRuns
from .readings.catalog import CatalogCoordinator
from .readings.equipment import EquipmentCoordinator
from .readings.frames import FramesCoordinator
from .readings.guide_graph import GuideGraphs
from .readings.guide_steps import GuideSteps
from .readings.imaging import Imaging
from .readings.integration_totals import IntegrationTotals
from .readings.now_imaging import Present
from .readings.picture_cache import PictureCache
from .readings.safety import SafetyGuard
from .readings.sequence import SequenceCoordinator
from .readings.set_point import SetPoint
from .readings.settings import SettingsCoordinator
from .readings.sharpness import Sharpness
from .readings.sky import Sky
from .readings.target_scheduler import SchedulerCoordinator
from .roof.alarm import RoofAlarm
from .roof.guard import RoofGuard, guard_mode
from .roof.guard_state import GuardMode
from .roof.mount_interlock import async_require_open_roof, under_open_roof
from .roof.roof import Roof
from .upkeep.upkeep import Upkeep

PLATFORMS = [
    Platform.ALARM_CONTROL_PANEL,
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.CAMERA,
    Platform.COVER,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.LIGHT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.WEATHER,
]

# Bytes of all plots of an entry: about forty of the largest ones.
PLOT_BYTES = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotReadings:
    """Readings that only plots show, the pictures of plots, and those that could not be drawn last."""

    graphs: GuideGraphs
    runs: AutofocusRuns
    pictures: PictureCache
    faulty: set[str] = field(default_factory=set)


@dataclass(kw_only=True)
class NinaRuntimeData:
    """Everything an entry owns while it is loaded."""

    client: NinaClient
    equipment: EquipmentCoordinator
    sequence: SequenceCoordinator
    frames: FramesCoordinator
    sharpness: Sharpness
    guide_steps: GuideSteps
    plots: PlotReadings
    imaging: Imaging
    set_point: SetPoint
    present: Present
    totals: IntegrationTotals
    sky: Sky
    tonight: Tonight
    catalog: CatalogCoordinator
    scheduler: SchedulerCoordinator | None
    settings: SettingsCoordinator
    facts: Facts
    safety: SafetyGuard
    runner: CommandRunner
    procedures: Procedures
    alignment: PolarAlignment
    listener: EventListener
    nights: NightKeeper
    problems: Problems
    targets: TargetAnnouncer
    roof: Roof
    # None if the user wants no roof guard.
    guard: RoofGuard | None
    roof_alarm: RoofAlarm
    entities: EntityQueue
    # The platforms that were set up: the options may have changed by the time of the unload.
    platforms: list[Platform]
    # Follows what is built before it.
    upkeep: Upkeep = field(init=False)
    # None if the user wants no night watch.
    watch: NightWatch | None = None


type NinaConfigEntry = ConfigEntry[NinaRuntimeData]


def build(hass: HomeAssistant, entry: NinaConfigEntry, client: NinaClient) -> NinaRuntimeData:
    """Build and wire everything an entry owns and that stops with it; nothing is read yet."""
    equipment = EquipmentCoordinator(hass, entry, client)
    safety = _build_safety(hass, equipment)
    sequence = SequenceCoordinator(hass, entry, equipment, lambda: _listed(frames, listener))
    settings = SettingsCoordinator(hass, entry, equipment)
    frames = FramesCoordinator(hass, entry, equipment, lambda: listener.connected)
    readings = Readings(
        client, equipment, sequence, frames, settings, lambda: listener.connected_since
    )
    runner = _build_runner(hass, entry, readings)
    scheduler = _build_scheduler(hass, entry, sequence)
    listener = EventListener(hass, entry, equipment, frames, sequence)
    nights = NightKeeper(hass, entry, listener, frames, sequence)
    procedures = Procedures(hass, entry)
    roof_alarm = RoofAlarm(hass, entry, equipment, safety, runner, procedures)
    guide_steps = GuideSteps(entry, equipment)
    record = nights.async_record
    problems = Problems(hass, entry, readings, safety, scheduler, roof_alarm, guide_steps, record)
    roof, guard = _build_roof(hass, entry, equipment, safety, runner, roof_alarm)
    sharpness = Sharpness(frames, equipment, settings)
    facts = Facts(hass, entry, equipment, sequence, frames, sharpness, settings, scheduler)
    sky = Sky(hass, entry, equipment, settings)
    present = Present(equipment, sequence, frames, scheduler)
    data = NinaRuntimeData(
        client=client,
        equipment=equipment,
        sequence=sequence,
        frames=frames,
        sharpness=sharpness,
        guide_steps=guide_steps,
        plots=_build_plots(hass, entry, equipment, settings, facts),
        imaging=Imaging(entry, equipment, sequence),
        set_point=SetPoint(entry, equipment),
        present=present,
        totals=IntegrationTotals(hass, entry, frames),
        sky=sky,
        tonight=Tonight(hass, entry, sky, sequence, present, facts.shown_plan),
        catalog=CatalogCoordinator(hass, entry, equipment),
        scheduler=scheduler,
        safety=safety,
        settings=settings,
        facts=facts,
        runner=runner,
        procedures=procedures,
        alignment=_build_alignment(hass, entry, readings),
        listener=listener,
        nights=nights,
        problems=problems,
        targets=TargetAnnouncer(hass, entry, listener, frames, sequence, present),
        roof=roof,
        guard=guard,
        roof_alarm=roof_alarm,
        entities=EntityQueue(hass, entry),
        platforms=_platforms(entry),
    )
    data.watch = _build_watch(hass, entry, data)
    data.upkeep = Upkeep(hass, entry, equipment, settings, data.catalog, scheduler)
    _subscribe(hass, entry, data)
    return data


def _listed(frames: FramesCoordinator, listener: EventListener) -> tuple[Frame, ...] | None:
    """Return the frames that N.I.N.A. lists; None while new ones may be missing."""
    return frames.data.frames if frames.data.known and listener.connected else None


def _build_watch(
    hass: HomeAssistant, entry: NinaConfigEntry, data: NinaRuntimeData
) -> NightWatch | None:
    """Build the night watch, if the user wants one."""
    if not wants_watch(entry):
        return None
    return NightWatch(
        hass, entry, data.equipment, data.sequence, data.problems, data.roof_alarm, data.sky
    )


def _build_runner(hass: HomeAssistant, entry: NinaConfigEntry, readings: Readings) -> CommandRunner:
    """Build the runner of commands, which refuses those that would hit an open roof."""
    runner = CommandRunner(readings)
    async_register_runner(hass, entry, runner)
    runner.interlocks.append(partial(under_open_roof, hass, entry))
    return runner


def _build_safety(hass: HomeAssistant, equipment: EquipmentCoordinator) -> SafetyGuard:
    """Build the verdict on safety, which follows every reading of the monitor."""
    safety = SafetyGuard(hass)
    equipment.monitor_listeners.async_add(safety.async_note_reading)
    equipment.absence_listeners.async_add(safety.async_note_absence)
    return safety


def _build_roof(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    equipment: EquipmentCoordinator,
    safety: SafetyGuard,
    runner: CommandRunner,
    roof_alarm: RoofAlarm,
) -> tuple[Roof, RoofGuard | None]:
    """Build what moves the roof, and its guard if the user wants one."""
    roof = Roof(hass, entry, runner, safety)
    if guard_mode(entry) is GuardMode.OFF:
        return roof, None
    return roof, RoofGuard(hass, entry, equipment, safety, runner, roof, roof_alarm)


def _build_alignment(
    hass: HomeAssistant, entry: NinaConfigEntry, readings: Readings
) -> PolarAlignment:
    """Build the polar alignment, which needs an open roof."""
    open_roof = partial(async_require_open_roof, hass, entry, readings.equipment)
    return PolarAlignment(readings, open_roof)


def _build_plots(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    equipment: EquipmentCoordinator,
    settings: SettingsCoordinator,
    facts: Facts,
) -> PlotReadings:
    """Build what only plots show."""
    return PlotReadings(
        graphs=GuideGraphs(entry, equipment),
        runs=AutofocusRuns(entry, equipment, settings, lambda: facts.autofocus.report),
        pictures=PictureCache(hass, entry, PLOT_BYTES),
    )


def _build_scheduler(
    hass: HomeAssistant, entry: NinaConfigEntry, sequence: SequenceCoordinator
) -> SchedulerCoordinator | None:
    """Build the coordinator of the Target Scheduler, if it is configured."""
    if entry.data.get(CONF_SCHEDULER_PORT) is None:
        return None
    return SchedulerCoordinator(
        hass, entry, lambda: sequence.data.scheduler_activity, sequence.async_rename
    )


def _platforms(entry: NinaConfigEntry) -> list[Platform]:
    """Return the platforms to set up: for a read-only entry, none that send commands.

    The night watch has a button that sends none.
    """
    unused = {*CONTROLS} if entry.options.get(CONF_READ_ONLY) else set()
    if wants_watch(entry):
        unused.discard(Platform.BUTTON)
    else:
        unused.add(Platform.ALARM_CONTROL_PANEL)
    return [each for each in PLATFORMS if each not in unused]


def _subscribe(hass: HomeAssistant, entry: NinaConfigEntry, data: NinaRuntimeData) -> None:
    """Subscribe to events in order: the state first, then commands, the bus last."""
    listener, bus = data.listener, event_bus(hass, entry)
    entry.async_on_unload(listener.async_add_listener(data.frames.async_follow_stream))
    entry.async_on_unload(data.safety.async_stop)
    entry.async_on_unload(data.runner.async_stop)
    # Safety comes first: nothing may delay the verdict on an event.
    listener.async_subscribe(data.safety.async_handle_event)
    listener.async_subscribe(data.equipment.async_handle_event)
    listener.async_subscribe(data.frames.async_handle_event)
    listener.async_subscribe(data.sequence.async_handle_event)
    if (scheduler := data.scheduler) is not None:
        listener.async_subscribe(scheduler.async_handle_event)
    listener.async_subscribe(data.settings.async_handle_event)
    listener.async_subscribe(data.nights.async_handle_event)
    listener.async_subscribe(data.runner.async_handle_event)
    listener.async_subscribe(bus.async_fire, in_turn=True)
    entry.async_on_unload(bus.async_subscribe(data.catalog.async_handle_event))
    entry.async_on_unload(bus.async_subscribe(data.problems.async_handle_event))
    entry.async_on_unload(bus.async_subscribe(data.plots.runs.async_handle_event))

    @callback
    def apply_to_sequence(history: History) -> None:
        # An older reading would revert what events changed, so read again.
        if history.complete:
            data.sequence.async_apply_history(history.events)
            if scheduler is not None:
                scheduler.async_apply_history(history.events)

    @callback
    def follow_nina() -> None:
        if scheduler is not None:
            scheduler.async_follow_nina(reachable=data.equipment.data.reachable)

    @callback
    def take_set_point(command: Command[Any]) -> None:
        if command.key in AIMING:
            data.set_point.async_take()

    entry.async_on_unload(data.equipment.async_add_listener(follow_nina))
    data.runner.proof_listeners.async_add(take_set_point)
    listener.async_subscribe_history(apply_to_sequence)
    listener.async_subscribe_history(data.problems.async_apply_history)
    listener.async_subscribe_history(data.nights.async_apply_history)
    data.roof_alarm.movement_listeners.async_add(data.nights.async_record)
