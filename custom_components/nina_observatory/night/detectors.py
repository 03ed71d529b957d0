"""What goes wrong in the night: judged from readings, events and the time, and nothing else.

A problem is first a candidate, which has to last for its delay before it counts. The times
are those of real nights (docs/field-notes.md, Rhythm of a night).
"""

from collections.abc import Iterable, Mapping, Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, override

from ..api import (
    Device,
    Dome,
    Equipment,
    EventType,
    Frame,
    ImageType,
    Place,
    Purpose,
    Role,
    ShutterState,
    one_line,
)
from ..api.models.quantities import within
from ..events.own_types import OwnEventType
from ..readings.equipment_state import EquipmentState
from ..readings.sequence import SequenceReading
from .report import GUIDING_FOUND, GUIDING_LOST

# The longest gap between light frames in which all was well: slew, centring, autofocus,
# calibration and flip took 31 minutes. The exposure itself comes on top.
NO_FRAME = timedelta(minutes=40)
STAR_LOST = timedelta(seconds=30)
STAR_FOUND = timedelta(minutes=1)
# Points come about every 25 s, the first after 45 s; nothing is said when a run fails.
AUTOFOCUS_SILENT = timedelta(minutes=6)
FLIP_LATE = timedelta(minutes=5)
FLIP_LASTS = timedelta(minutes=20)
# Whatever is farther away than this may be another passage of the meridian.
FLIP_NEAR = timedelta(hours=2)
# What may be there to image although nothing in the tree says so.
CAN_IMAGE = (Purpose.BARE, Purpose.HIDDEN, Purpose.OTHER)
# More than this is another target, in hours of right ascension.
SAME_TARGET = 0.1
# Characters of a message box that are shown; somebody may paste a whole manual into one.
LONGEST_TEXT = 1000
# What reads an exposure time as a frame tells it.
_SECONDS = within("seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What may be a problem: why, since when, and how long it may last until it is one."""

    reason: str
    since: datetime
    delay: timedelta = timedelta()

    @property
    def due(self) -> datetime:
        """When it becomes a problem."""
        return self.since + self.delay


@dataclass(frozen=True, slots=True, kw_only=True)
class NightReadings:
    """What is read at a moment; `not_safe` is None for a rig without a safety monitor.

    `roof` is what the roof alarm holds against a roof that ought to be closed, `shared_roof_closed`
    whether the roof of another observatory, under which the mount stands as well, reads closed.
    """

    state: EquipmentState
    sequence: SequenceReading
    scheduler_waits: bool = False
    not_safe: bool | None = None
    roof: Candidate | None = None
    shared_roof_closed: bool = False
    newest: Frame | None = None
    frames_known: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything was read that a judgement needs."""
        return self.readable and self.frames_known

    @property
    def readable(self) -> bool:
        """Whether equipment and sequence were read."""
        return self.state.reachable and self.sequence.readable

    @property
    def equipment(self) -> Equipment:
        """The equipment, connected or not."""
        return self.state.equipment

    @property
    def running(self) -> bool:
        """Whether the sequence runs."""
        return self.sequence.tree is not None and self.sequence.tree.running

    @property
    def held_up(self) -> bool:
        """Whether something keeps the sequence from taking frames that is no fault of it.

        A mount that is parked and a roof that is closed do, by day and by night.
        """
        mount = self.equipment.mount
        parked = mount is not None and mount.connected and mount.parked
        closed = is_closed(self.equipment.dome) or self.shared_roof_closed
        return parked or closed or self.scheduler_waits or self.not_safe is True

    def ought_to_image(self, imaged: AbstractSet[Place]) -> bool:
        """Return whether what the sequence does now is there to image.

        A container that does not show what is in it is where a target of a scheduler is known, or
        where frames came of it before: it is among those that were `imaged`.
        """
        parts = self.sequence.parts
        if not parts:
            # Nothing shows what it does.
            return True
        scheduled = self.sequence.scheduler_activity.target is not None
        for part in parts:
            seen = part.container in imaged and part.purpose in CAN_IMAGE
            if part.images or seen or (scheduled and part.purpose is Purpose.HIDDEN):
                return True
        return False

    @property
    def flips(self) -> bool:
        """Whether the sequence is to flip the mount at the meridian."""
        tree = self.sequence.tree
        if tree is None:
            return False
        below = (
            trigger for root in tree.roots for node in root.walk() for trigger in node.triggers
        )
        triggers = (*tree.global_triggers, *below)
        return any(trigger.details.time_to_flip is not None for trigger in triggers)


def is_closed(dome: Device | None) -> bool:
    """Return whether a roof is connected and reads closed."""
    return isinstance(dome, Dome) and dome.connected and dome.shutter is ShutterState.CLOSED


# The types of past events, with their payload and time, in order.
type Past = Iterable[tuple[str, Mapping[str, Any], datetime]]
# The events that a detector follows.
FOLLOWED: Final = frozenset(
    {
        EventType.AUTOFOCUS_STARTED,
        EventType.AUTOFOCUS_POINT_ADDED,
        EventType.AUTOFOCUS_FINISHED,
        EventType.AUTOFOCUS_FAILED,
        EventType.IMAGE_SAVED,
        EventType.MERIDIAN_FLIP_STARTED,
        EventType.MERIDIAN_FLIP_FINISHED,
        EventType.SEQUENCE_FINISHED,
    }
)


class Detector:
    """Finds one kind of problem, which is shown as the entity `key` of the device `role`."""

    key: ClassVar[str]
    role: ClassVar[Role] = Role.HUB
    # The version of the plugin from which on it can be found.
    since: ClassVar[tuple[int, ...]] = ()
    # The event that is fired when it turns out.
    fires: ClassVar[EventType | OwnEventType | None] = None
    # What the report of the night notes when it begins and when it ends.
    marks: ClassVar[tuple[str, str] | None] = None
    # How long it must be over before it is.
    clears_after: ClassVar[timedelta] = timedelta()
    # Whether it can be found while N.I.N.A. does not answer.
    works_unreachable: ClassVar[bool] = False
    # Whether the frames have to be known.
    needs_frames: ClassVar[bool] = True

    def __init__(self) -> None:
        self.candidate: Candidate | None = None

    def can_occur(self, device: Any) -> bool:
        """Return whether a device can have the problem."""
        return True

    def update(self, readings: NightReadings, now: datetime) -> None:
        """Follow the readings of now."""

    def handle_event(self, kind: str, data: Mapping[str, Any], now: datetime) -> None:
        """Follow a live event."""

    def apply_history(self, history: Past) -> None:
        """Follow all events that N.I.N.A. still remembers, from the first on."""

    def attributes(self) -> Mapping[str, Any]:
        """Return more attributes of the problem."""
        return {}

    def propose(self, reason: str | None, now: datetime, delay: timedelta) -> None:
        """Hold a candidate, from now on unless it is held already; None for no reason to."""
        if reason is None:
            self.candidate = None
            return
        since = now if self.candidate is None else self.candidate.since
        self.candidate = Candidate(reason=reason, since=since, delay=delay)


class ImagingStalled(Detector):
    """A sequence that runs, has no reason to wait, and brings no frames."""

    key = "imaging_stalled"

    def __init__(self) -> None:
        super().__init__()
        self._newest: object = None
        self._held_up = False
        # The containers that ran when a frame came.
        self._imaged: set[Place] = set()

    @override
    def update(self, readings: NightReadings, now: datetime) -> None:
        """Take every frame, and every reason to wait, for a new beginning."""
        newest = None if readings.newest is None else readings.newest.identity
        came = newest != self._newest
        if not readings.running:
            self._imaged.clear()
        elif came and self._newest is not None and readings.newest is not None:
            self._record(readings, readings.newest)
        held_up = readings.held_up or not readings.ought_to_image(self._imaged)
        begins = came or self._held_up or held_up
        self._newest, self._held_up = newest, held_up
        if begins or not readings.running:
            self.candidate = None
        exposure = 0.0 if readings.newest is None else readings.newest.exposure_time or 0.0
        delay = NO_FRAME + timedelta(seconds=exposure)
        self.propose("no_frame" if readings.running else None, now, delay)

    def _record(self, readings: NightReadings, frame: Frame) -> None:
        """Take note of what runs when a light frame comes."""
        if frame.image_type is ImageType.LIGHT:
            self._imaged |= {part.container for part in readings.sequence.parts}


class GuidingLost(Detector):
    """A guider that lost its star, or itself, while something is imaged."""

    key = "guiding_lost"
    role = Role.GUIDER
    # Earlier versions do not tell the state of the guider.
    since = (2, 1, 4)
    marks = (GUIDING_LOST, GUIDING_FOUND)
    clears_after = STAR_FOUND

    def __init__(self) -> None:
        super().__init__()
        self._guided = False

    @override
    def update(self, readings: NightReadings, now: datetime) -> None:
        """Look at the guider while there is something to guide for."""
        camera, guider = readings.equipment.camera, readings.equipment.guider
        imaging = readings.running or (camera is not None and camera.exposing is True)
        self._guided = imaging and (self._guided or (guider is not None and guider.guiding))
        self.propose(self._reason(readings) if imaging else None, now, STAR_LOST)

    def _reason(self, readings: NightReadings) -> str | None:
        """Return what is wrong; lost lock may go on being shown when nothing is imaged."""
        guider = readings.equipment.guider
        if guider is None:
            return None
        if not guider.connected:
            return "guider_disconnected" if self._guided else None
        return "star_lost" if guider.lost else None


class AutofocusFailed(Detector):
    """An autofocus run that began and of which no success was told: N.I.N.A. tells no failure."""

    key = "autofocus_failed"
    role = Role.FOCUSER
    # Earlier versions do not tell when a run begins.
    since = (2, 2, 12)
    fires = EventType.AUTOFOCUS_FAILED

    def __init__(self) -> None:
        super().__init__()
        self._began: datetime | None = None

    @property
    def under_way(self) -> bool:
        """Whether a run began, as far as N.I.N.A. says."""
        return self._began is not None

    @override
    def update(self, readings: NightReadings, now: datetime) -> None:
        """Forget a run with the N.I.N.A. that made it."""
        if not readings.state.reachable or readings.state.device(Role.FOCUSER) is None:
            self._began = self.candidate = None

    @override
    def handle_event(self, kind: str, data: Mapping[str, Any], now: datetime) -> None:
        """Follow a run from its beginning to its end, or to what does not come during one."""
        if kind == EventType.AUTOFOCUS_STARTED:
            self._began = now
            self._silent_from(now)
        elif kind == EventType.AUTOFOCUS_POINT_ADDED and self.under_way:
            self._silent_from(now)
        elif kind == EventType.AUTOFOCUS_FINISHED or (
            kind == EventType.SEQUENCE_FINISHED and self.under_way
        ):
            self._began = self.candidate = None
        elif kind == EventType.AUTOFOCUS_FAILED and "reason" not in data:
            # With a reason it is what was found out here.
            self._fail("reported", now)
        elif kind == EventType.IMAGE_SAVED and self._overtaken(data, now):
            self._fail("no_result", now)

    @override
    def apply_history(self, history: Past) -> None:
        """Follow all runs once more: the end of one may have been missed, or its beginning."""
        self._began = self.candidate = None
        for kind, data, at in history:
            self.handle_event(kind, data, at)

    def _silent_from(self, now: datetime) -> None:
        """Expect the next sign of life."""
        self.candidate = Candidate(reason="no_result", since=now, delay=AUTOFOCUS_SILENT)

    def _fail(self, reason: str, now: datetime) -> None:
        """Hold that it failed until another run succeeds."""
        self._began, self.candidate = None, Candidate(reason=reason, since=now)

    def _overtaken(self, data: Mapping[str, Any], now: datetime) -> bool:
        """Return whether a light frame was begun after the run: imaging went on without it."""
        frame = data.get("image_statistics")
        if self._began is None or not isinstance(frame, Mapping):
            return False
        exposure = _SECONDS(frame.get("exposure_time"))
        light = str(frame.get("image_type")).lower() == ImageType.LIGHT
        return light and exposure is not None and now - timedelta(seconds=exposure) > self._began


class RoofOpen(Detector):
    """A roof that is not known to be closed while it is not known to be safe."""

    key = "open_while_not_safe"
    role = Role.DOME
    works_unreachable = True

    @override
    def can_occur(self, device: Any) -> bool:
        return bool(device.can_set_shutter)

    @override
    def update(self, readings: NightReadings, now: datetime) -> None:
        """Take over what the roof alarm found."""
        self.candidate = readings.roof if readings.not_safe else None


class FlipOverdue(Detector):
    """A mount that tracks on past the last moment at which it was to flip."""

    key = "meridian_flip_overdue"
    role = Role.MOUNT

    def __init__(self) -> None:
        super().__init__()
        self._due: datetime | None = None
        self._flipping = False
        self._pier: object = None
        self._right_ascension: float | None = None

    @override
    def update(self, readings: NightReadings, now: datetime) -> None:
        """Keep the moment that the countdown leads to until the mount has flipped or moved."""
        mount = readings.equipment.mount
        if mount is None or not (mount.connected and mount.tracking and readings.running):
            self._due, self.candidate = None, None
            return
        place, before = mount.right_ascension, self._right_ascension
        moved = None in (place, before) or abs((place or 0) - (before or 0)) > SAME_TARGET
        if moved or mount.side_of_pier != self._pier:
            self._due = None
        self._pier, self._right_ascension = mount.side_of_pier, place
        left = mount.flip_due_in
        if left is not None and left < FLIP_NEAR:
            self._due = now + left if self._due is None else min(self._due, now + left)
        elif left is not None and self._due is not None and self._due > now:
            self._due = None
        self._propose(readings)

    @override
    def handle_event(self, kind: str, data: Mapping[str, Any], now: datetime) -> None:
        """Take a flip under way for what it is."""
        if kind == EventType.MERIDIAN_FLIP_STARTED:
            self._flipping = True
        elif kind == EventType.MERIDIAN_FLIP_FINISHED:
            self._flipping, self._due, self.candidate = False, None, None

    @override
    def apply_history(self, history: Past) -> None:
        """Take note of a flip that is under way."""
        for kind, _, _ in history:
            if kind in (EventType.MERIDIAN_FLIP_STARTED, EventType.MERIDIAN_FLIP_FINISHED):
                self._flipping = kind == EventType.MERIDIAN_FLIP_STARTED

    def _propose(self, readings: NightReadings) -> None:
        """Suspect the moment to pass, as long as the sequence is to flip at all."""
        if self._due is None or not readings.flips:
            self.candidate = None
            return
        self.candidate = Candidate(
            reason="flip_under_way" if self._flipping else "passed",
            since=self._due,
            delay=FLIP_LASTS if self._flipping else FLIP_LATE,
        )


class WaitingForPerson(Detector):
    """A sequence that waits for a person: at a message box, or at the checklist before its start."""

    key = "waiting_for_person"
    fires = OwnEventType.WAITING_FOR_PERSON
    needs_frames = False

    def __init__(self) -> None:
        super().__init__()
        self.texts: tuple[str, ...] = ()

    @override
    def update(self, readings: NightReadings, now: datetime) -> None:
        """Take the word of the reading, which waited long enough for a checklist to be one."""
        self.texts = readings.sequence.messages if readings.running else ()
        checklist = readings.sequence.waiting_for_person and not readings.running
        reason = "message_box" if self.texts else "checklist" if checklist else None
        self.propose(reason, now, timedelta())

    @override
    def attributes(self) -> Mapping[str, Any]:
        """Return what the message box says, or all of them; None where none is shown."""
        if not self.texts:
            return {"text": None}
        said = (one_line(text, LONGEST_TEXT) for text in self.texts)
        return {"text": one_line(" · ".join(filter(None, said)), LONGEST_TEXT)}


DETECTORS: Final[tuple[type[Detector], ...]] = (
    ImagingStalled,
    WaitingForPerson,
    FlipOverdue,
    AutofocusFailed,
    GuidingLost,
    RoofOpen,
)
