"""Follow a message from its decoder to everything that is derived from it and shown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
import json
from typing import Any, Final

from homeassistant.helpers.json import ExtendedJSONEncoder, json_bytes

from custom_components.nina_observatory.api import (
    DEVICE_MODELS,
    AutofocusReport,
    EventDecoder,
    FlatsStatus,
    Frame,
    ImageType,
    LogEntry,
    NinaEvent,
    PlanEntry,
    Profile,
    Project,
    Role,
    SchedulerProfile,
    Sequence,
    SequenceTree,
    Target,
    decode,
    ends_at,
    message_boxes,
    running_parts,
    sequence_exposures,
)
from custom_components.nina_observatory.api.events.decoder import decode_history
from custom_components.nina_observatory.api.models.base import decode_all
from custom_components.nina_observatory.entities.source import (
    EQUIPMENT,
    GUIDING,
    WITH_PROFILE,
    Guided,
    Profiled,
    Source,
)
from custom_components.nina_observatory.event import recordable
from custom_components.nina_observatory.events.bus import smallest
from custom_components.nina_observatory.helpers.local_time import dated_lines
from custom_components.nina_observatory.logbook import DETAILS
from custom_components.nina_observatory.night.report import make_report
from custom_components.nina_observatory.plots.night_data import night_view
from custom_components.nina_observatory.readings.frame_list import FrameList
from custom_components.nina_observatory.readings.frames import Frames, merge
from custom_components.nina_observatory.readings.night_marks import Mark
from custom_components.nina_observatory.readings.scheduler_activity import (
    SchedulerActivity,
    activity_after,
)
from custom_components.nina_observatory.readings.scheduler_plan import (
    ProjectPlan,
    SchedulerPlan,
    progress_of,
)
from custom_components.nina_observatory.readings.sequence import SequenceReading
from custom_components.nina_observatory.readings.settings import Settings
from custom_components.nina_observatory.sensor import SENSORS
from custom_components.nina_observatory.sensor.description import shown
from custom_components.nina_observatory.sensor.night import FRAME_SENSORS, SEQUENCE_SENSORS
from custom_components.nina_observatory.sensor.plan import (
    ACTIVITY_SENSORS,
    PLAN_SENSORS,
    target_details,
)
from custom_components.nina_observatory.sensor.session import (
    AUTOFOCUS_SENSORS,
    FLATS_SENSORS,
    PROFILE_SENSORS,
    SESSION_SENSORS,
)

from .judge import NonsenseError, judge, judge_attributes, judge_quantity

NOW: Final = datetime(2026, 2, 24, 22, tzinfo=UTC)
# As the wire names the blocks of devices, where not as the library does.
_BLOCKS: Final[Mapping[str, Role]] = {
    "Camera": Role.CAMERA,
    "Dome": Role.DOME,
    "FilterWheel": Role.FILTER_WHEEL,
    "FlatDevice": Role.FLAT_PANEL,
    "Focuser": Role.FOCUSER,
    "Guider": Role.GUIDER,
    "Mount": Role.MOUNT,
    "Rotator": Role.ROTATOR,
    "SafetyMonitor": Role.SAFETY_MONITOR,
    "Switch": Role.SWITCH_HUB,
    "WeatherData": Role.WEATHER,
}


def follow_device(block: str, answer: Any) -> None:
    """Follow the block of a device."""
    role = _BLOCKS[block]
    device = decode(DEVICE_MODELS[role], answer if isinstance(answer, dict) else {})
    judge(asdict(device), block)
    json.dumps(asdict(device), cls=ExtendedJSONEncoder)
    read: dict[Source[Any], tuple[Any, ...]] = {
        EQUIPMENT: (device,),
        WITH_PROFILE: (Profiled(device, None, NOW), Profiled(device, Profile(), NOW)),
        GUIDING: (Guided(device, guiding=True), Guided(device, guiding=False)),
    }
    for each in SENSORS.get(role, ()):
        for source in read.get(each.source, ()):
            if each.exists_fn(source):
                _show((each,), source)


def _show(descriptions: Iterable[Any], source: Any) -> None:
    """Judge what sensors show of a snapshot."""
    for each in descriptions:
        value = shown(each.value_fn(source))
        unit = each.native_unit_of_measurement
        judge_quantity(value, each.device_class, unit, each.key)
        if (attributes := each.attributes_fn(source)) is not None:
            judge(attributes, each.key)
            json_bytes(attributes)


def follow_frames(answer: Any) -> None:
    """Follow the list of frames to the statistics and the report of the night."""
    frames = merge((), list(decode_all(Frame, answer)))
    judge([asdict(frame) for frame in frames], "frame")
    _follow_night(frames, ())


def _follow_night(frames: tuple[Frame, ...], marks: Iterable[Mark]) -> None:
    """Follow frames to the statistics and the report of their night."""
    listed = FrameList().replaced(frames)
    night = listed.night(datetime.now(UTC))
    reading = Frames(known=True, frames=frames, newest_light=listed.newest_light, night=night)
    judge(asdict(reading.night), "night")
    _show((*FRAME_SENSORS, *SESSION_SENSORS), reading)
    lights = [frame for frame in frames if frame.image_type is ImageType.LIGHT]
    drawn = night_view(lights, marks, None, NOW)
    judge(None if drawn is None else asdict(drawn), "plot")
    report = make_report(lights, marks).as_data()
    judge(report, "report")
    json_bytes(report)
    for frame in frames:
        judge(frame.hfr_arcseconds(3.76), "hfr")
        judge(None if frame.rms is None else asdict(frame.rms), "rms")


def follow_sequence(answer: Any) -> None:
    """Follow a sequence to its progress, its end and its target."""
    tree = Sequence.from_wire(answer)
    exposures = sequence_exposures(tree)
    end = ends_at(tree, NOW)
    if end is not None and not NOW <= end <= NOW + timedelta(days=400):
        raise NonsenseError(f"a sequence ends at {end}")
    judge(tree.waiting_until, "end")
    judge(asdict(exposures), "exposures")
    if exposures.percent is not None and not 0 <= exposures.percent <= 100:
        raise NonsenseError(f"the progress is {exposures.percent} %")
    reading = SequenceReading(
        reachable=True, readable=True, tree=tree, exposures=exposures, expected_end=end
    )
    _show(SEQUENCE_SENSORS, reading)
    judge([reading.path, tree.failed, [part.purpose for part in running_parts(tree)]], "sequence")
    judge([box.name for box in message_boxes(tree)], "messages")
    json_bytes([shown(tree.target), list(tree.failed)])


def follow_tree(answer: Any) -> None:
    """Follow the state of a sequence to its listing."""
    for with_issues in (True, False):
        tree = SequenceTree.from_wire(answer, with_issues=with_issues)
        judge([asdict(target) for target in tree.targets], "tree")
        judge(tree.blocking, "issues")


def follow_history(answer: Any) -> None:
    """Follow the history of events to what is reported and done with each."""
    entries = answer if isinstance(answer, list) else []
    events = decode_history(entries)
    for event in events:
        _tell(event)
    found = (Mark.of(event) for event in events)
    marks = [mark for mark in found if mark is not None]
    lights = tuple(
        Frame(date=NOW, image_type=ImageType.LIGHT, exposure_time=60.0, filename=str(mark.at))
        for mark in marks[:3]
    )
    _follow_night(lights, marks)
    _do(activity_after(events))


def follow_message(answer: Any) -> None:
    """Follow what comes over the socket."""
    decoder = EventDecoder()
    event = decoder.live(answer, NOW)
    if event is None:
        return
    _tell(event)
    _do(SchedulerActivity().after(event))
    if event.frame is not None:
        judge(asdict(event.frame), "frame")
        _follow_night((event.frame,), filter(None, [Mark.of(event)]))


def _do(activity: SchedulerActivity) -> None:
    """Judge what the scheduler is said to do."""
    for each in (activity, activity.at(NOW)):
        _show(ACTIVITY_SENSORS, SequenceReading(reachable=True, scheduler_activity=each))


def _tell(event: NinaEvent) -> None:
    """Judge what is told of an event, in its entity and in the logbook."""
    judge([event.time], "time")
    payload = dict(event.data)
    json_bytes(payload)
    judge_attributes(recordable({**payload}), event.type)
    json_bytes(smallest(payload, 5000))
    words = DETAILS[event.type](payload) if event.type in DETAILS else ()
    ", ".join(filter(None, words))


def follow_plan(answer: Any) -> None:
    """Follow a project, its targets and a preview to the progress that is shown."""
    answer = answer if isinstance(answer, dict) else {}
    block = answer.get("project")
    project = decode(Project, block if isinstance(block, dict) else {})
    targets = decode_all(Target, answer.get("targets"))
    preview = decode_all(PlanEntry, answer.get("preview"))
    part = ProjectPlan(project=project, targets=targets)
    plan = SchedulerPlan(
        reachable=True,
        profile=SchedulerProfile(id="p"),
        projects=(part,),
        preview=preview,
        upcoming=next(iter(preview), None),
    )
    parts: tuple[Any, ...] = (project, *targets, *preview)
    judge([asdict(each) for each in parts], "plan")
    _show(PLAN_SENSORS, plan)
    judge(part.details, "project")
    for target in targets:
        judge(target_details(target), "target")
        progress = progress_of(target.plans)
        judge_quantity(progress, None, "%", "progress")


def _decoded(model: type[Any], answer: Any) -> Any:
    """Decode an answer."""
    return decode(model, answer if isinstance(answer, dict) else {})


def follow_details(model: type[Any], answer: Any) -> None:
    """Follow what seldom changes."""
    found: Any = _decoded(model, answer)
    values: Any = asdict(found)
    judge(values, model.__name__)
    json.dumps(values, cls=ExtendedJSONEncoder)
    if isinstance(found, Profile):
        _show(PROFILE_SENSORS, Settings(reachable=True, profile=found))
    elif isinstance(found, AutofocusReport):
        _show(AUTOFOCUS_SENSORS, Settings(reachable=True, autofocus=found))
    elif isinstance(found, FlatsStatus):
        _show(FLATS_SENSORS, Settings(reachable=True, flats=found))


def follow_logs(answer: Any) -> None:
    """Follow the lines of the log."""
    dated_lines(decode_all(LogEntry, answer), UTC)


def _details_of(model: type[Any]) -> Callable[[Any], None]:
    """Return what follows answers of a model."""
    return lambda answer: follow_details(model, answer)


def _device_of(block: str) -> Callable[[Any], None]:
    """Return what follows the block of a device."""
    return lambda answer: follow_device(block, answer)


# What follows the answers of a path, and messages.
FOLLOW: Final[Mapping[str, Callable[[Any], None]]] = {
    **{f"equipment/info/{block}": _device_of(block) for block in _BLOCKS},
    "image-history": follow_frames,
    "event-history": follow_history,
    "sequence/json": follow_sequence,
    "sequence/state": follow_tree,
    "profile/show": _details_of(Profile),
    "equipment/focuser/last-af": _details_of(AutofocusReport),
    "flats/status": _details_of(FlatsStatus),
    "application/logs": follow_logs,
    "message": follow_message,
    "plan": follow_plan,
}
