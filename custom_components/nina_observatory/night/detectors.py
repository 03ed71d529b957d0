"""Detectors of the night's problems, based only on readings, events and time.

A problem is first a candidate, which has to last for its delay before it counts. The delays come
from real nights (docs/field-notes.md, Rhythm of a night).
"""

from collections.abc import Iterable, Mapping, Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, override

from ..api import (
    Device,
    Dome,
    Equipment,
    EventType,
    Frame,
    ImageType,
    Mount,
    Place,
    Purpose,
    Role,
    ShutterState,
    SideOfPier,
    one_line,
)
from ..api.models.quantities import within
from ..events.own_types import OwnEventType
from ..helpers.devices import HubPart
from ..readings.equipment_state import EquipmentState
from ..readings.night_marks import GUIDING_FOUND, GUIDING_LOST
from ..readings.sequence import SequenceReading

# The longest normal gap between light frames: slew, centering, autofocus, calibration and flip took
# 31 minutes. The exposure itself comes on top.
NO_FRAME = timedelta(minutes=40)
STAR_LOST = timedelta(seconds=30)
STAR_FOUND = timedelta(minutes=1)
# Points come about every 25 s, the first after 45 s; a failed run sends no event.
AUTOFOCUS_SILENT = timedelta(minutes=6)
FLIP_LATE = timedelta(minutes=5)
FLIP_LASTS = timedelta(minutes=20)
# Anything farther away may be another meridian passage.
FLIP_NEAR = timedelta(hours=2)
# Instructions that may be imaging although nothing in the tree shows it.
CAN_IMAGE = (Purpose.BARE, Purpose.HIDDEN, Purpose.OTHER)
# More than this is another target, in hours of right ascension.
SAME_TARGET = 0.1
# Characters shown of a message box, whose text may be of any length.
LONGEST_TEXT = 1000
# Parses an exposure time from the payload of a frame.
_SECONDS = within("seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A possible problem: its reason, its start, and how long it has to last to count."""

    reason: str
    since: datetime
    delay: timedelta = timedelta()

    @property
    def due(self) -> datetime:
        """When it becomes a problem."""
        return self.since + self.delay


@dataclass(frozen=True, slots=True, kw_only=True)
class NightReadings:
    """All readings at one moment; `not_safe` is None without a safety monitor.

    `guiding` is whether guiding is proven, by the state of the guider or else by its steps.
    `roof` is the roof alarm's reason if the roof is open but should be closed, `shared_roof_closed`
    whether the roof of another observatory that also covers the mount reads closed.
    """

    state: EquipmentState
    sequence: SequenceReading
    scheduler_waits: bool = False
    guiding: bool = False
    not_safe: bool | None = None
    roof: Candidate | None = None
    shared_roof_closed: bool = False
    newest: Frame | None = None
    frames_known: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything needed for a decision was read."""
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
        """Whether the sequence is prevented from taking frames by something other than a fault.

        A parked mount and a closed roof do that, by day and by night.
        """
        mount = self.equipment.mount
        parked = mount is not None and mount.connected and mount.parked is True
        closed = is_closed(self.equipment.dome) or self.shared_roof_closed
        return parked or closed or self.scheduler_waits or self.not_safe is True

    def ought_to_image(self, imaged: AbstractSet[Place]) -> bool:
        """Return whether the current part of the sequence should be imaging.

        A container that hides its instructions counts if the target of a scheduler is known, or if
        it took frames before: then it is in `imaged`.
        """
        parts = self.sequence.parts
        if not parts:
            # The tree does not show the current instruction.
            return True
        scheduled = self.sequence.scheduler_activity.target is not None
        for part in parts:
            seen = part.container in imaged and part.purpose in CAN_IMAGE
            if part.images or seen or (scheduled and part.purpose is Purpose.HIDDEN):
                return True
        return False

    @property
    def flips(self) -> bool:
        """Whether the sequence is going to flip the mount at the meridian."""
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
type Past = Iterable[tuple[str, Mapping[str, object], datetime]]
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
    """Finds one kind of problem, which is shown as the entity `key` of a `role`."""

    key: ClassVar[str]
    role: ClassVar[Role] = Role.HUB
    # The part of the hub whose device shows it.
    device: ClassVar[HubPart | None] = None
    # The first version of the plugin with which it can be detected.
    since: ClassVar[tuple[int, ...]] = ()
    # The event that is fired when the problem is found.
    fires: ClassVar[EventType | OwnEventType | None] = None
    # The marks in the night report at its start and its end.
    marks: ClassVar[tuple[str, str] | None] = None
    # How long it must be over before it counts as ended.
    clears_after: ClassVar[timedelta] = timedelta()
    # Whether it can be detected while N.I.N.A. does not answer.
    works_unreachable: ClassVar[bool] = False
    # Whether the frames have to be known.
    needs_frames: ClassVar[bool] = True

    def __init__(self) -> None:
        self.candidate: Candidate | None = None

    @property
    def under_way(self) -> bool:
        """Whether what it watches is in progress, as far as N.I.N.A. reports it."""
        return False

    def can_occur(self, device: object) -> bool:
        """Return whether a device can have the problem."""
        return True

    def update(self, readings: NightReadings, now: datetime) -> None:
        """Apply the current readings."""

    def handle_event(self, kind: str, data: Mapping[str, object], now: datetime) -> None:
        """Apply a live event."""

    def apply_history(self, history: Past) -> None:
        """Apply all events that N.I.N.A. still has, from the first on."""

    def attributes(self) -> Mapping[str, object]:
        """Return further attributes of the problem."""
        return {}

    def propose(self, reason: str | None, now: datetime, delay: timedelta) -> None:
        """Set a candidate, from now on unless it is set already; None clears it."""
        if reason is None:
            self.candidate = None
            return
        since = now if self.candidate is None else self.candidate.since
        self.candidate = Candidate(reason=reason, since=since, delay=delay)


class ImagingStalled(Detector):
    """A running sequence that has no reason to wait and takes no frames."""

    key = "imaging_stalled"
    device = HubPart.IMAGING

    def __init__(self) -> None:
        super().__init__()
        self._newest: object = None
        self._held_up = False
        # The containers that ran when a frame was taken.
        self._imaged: set[Place] = set()

    @override
    def update(self, readings: NightReadings, now: datetime) -> None:
        """Restart the delay with every frame, and with every reason to wait."""
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
        """Record the running containers when a light frame is saved."""
        if frame.image_type is ImageType.LIGHT:
            self._imaged |= {part.container for part in readings.sequence.parts}


class GuidingLost(Detector):
    """A guider that lost its star or its connection during imaging."""

    key = "guiding_lost"
    role = Role.GUIDER
    # Earlier versions do not report the state of the guider.
    since = (2, 1, 4)
    marks = (GUIDING_LOST, GUIDING_FOUND)
    clears_after = STAR_FOUND

    def __init__(self) -> None:
        super().__init__()
        self._guided = False

    @override
    def update(self, readings: NightReadings, now: datetime) -> None:
        """Check the guider while its guiding is needed."""
        camera = readings.equipment.camera
        imaging = readings.running or (camera is not None and camera.exposing is True)
        self._guided = imaging and (self._guided or readings.guiding)
        self.propose(self._reason(readings) if imaging else None, now, STAR_LOST)

    def _reason(self, readings: NightReadings) -> str | None:
        """Return the problem; a guider may keep reporting a lost star when nothing is imaged."""
        guider = readings.equipment.guider
        if guider is None:
            return None
        if not guider.connected:
            return "guider_disconnected" if self._guided else None
        return "star_lost" if guider.lost else None


class AutofocusFailed(Detector):
    """An autofocus run that began without a reported success: N.I.N.A. does not report failures."""

    key = "autofocus_failed"
    role = Role.FOCUSER
    # Earlier versions do not report the start of a run.
    since = (2, 2, 12)
    fires = EventType.AUTOFOCUS_FAILED

    def __init__(self) -> None:
        super().__init__()
        self._began: datetime | None = None

    @property
    @override
    def under_way(self) -> bool:
        return self._began is not None

    @override
    def update(self, readings: NightReadings, now: datetime) -> None:
        """Discard a run when its N.I.N.A. is gone."""
        if not readings.state.reachable or readings.state.device(Role.FOCUSER) is None:
            self._began = self.candidate = None

    @override
    def handle_event(self, kind: str, data: Mapping[str, object], now: datetime) -> None:
        """Follow a run from its start to its end, or to an event that cannot occur during one."""
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
            # An event with a reason was fired by this integration.
            self._fail("reported", now)
        elif kind == EventType.IMAGE_SAVED and self._overtaken(data, now):
            self._fail("no_result", now)

    @override
    def apply_history(self, history: Past) -> None:
        """Follow all runs again: the event of an end or a start may have been missed."""
        self._began = self.candidate = None
        for kind, data, at in history:
            self.handle_event(kind, data, at)

    def _silent_from(self, now: datetime) -> None:
        """Set the time by which the next event of the run is due."""
        self.candidate = Candidate(reason="no_result", since=now, delay=AUTOFOCUS_SILENT)

    def _fail(self, reason: str, now: datetime) -> None:
        """Set the problem until another run succeeds."""
        self._began, self.candidate = None, Candidate(reason=reason, since=now)

    def _overtaken(self, data: Mapping[str, object], now: datetime) -> bool:
        """Return whether a light frame was started after the run: imaging continued without it."""
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
    def can_occur(self, device: object) -> bool:
        return isinstance(device, Dome) and device.can_set_shutter is not False

    @override
    def update(self, readings: NightReadings, now: datetime) -> None:
        """Use the result of the roof alarm."""
        self.candidate = readings.roof if readings.not_safe else None


class FlipOverdue(Detector):
    """A mount that keeps tracking past the latest time for its flip."""

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
        """Keep the time at which the countdown ends until the mount has flipped, moved or stopped."""
        mount = readings.equipment.mount
        if mount is None or mount.tracking is False or not (mount.connected and readings.running):
            self._due, self.candidate = None, None
            return
        if mount.tracking is None:
            # Nothing new is known to be due, but a mount that flipped or moved is not overdue.
            if self._is_elsewhere(mount):
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
    def handle_event(self, kind: str, data: Mapping[str, object], now: datetime) -> None:
        """Accept a flip in progress as the expected one."""
        if kind == EventType.MERIDIAN_FLIP_STARTED:
            self._flipping = True
        elif kind == EventType.MERIDIAN_FLIP_FINISHED:
            self._flipping, self._due, self.candidate = False, None, None

    @override
    def apply_history(self, history: Past) -> None:
        """Record a flip in progress."""
        for kind, _, _ in history:
            if kind in (EventType.MERIDIAN_FLIP_STARTED, EventType.MERIDIAN_FLIP_FINISHED):
                self._flipping = kind == EventType.MERIDIAN_FLIP_STARTED

    def _is_elsewhere(self, mount: Mount) -> bool:
        """Return whether the mount is known to be on the other side of the pier, or to have moved."""
        sides = (SideOfPier.EAST, SideOfPier.WEST)
        if mount.side_of_pier in sides and mount.side_of_pier != self._pier:
            return True
        place, before = mount.right_ascension, self._right_ascension
        return place is not None and before is not None and abs(place - before) > SAME_TARGET

    def _propose(self, readings: NightReadings) -> None:
        """Set the candidate for the time of the flip, as long as the sequence is going to flip."""
        if self._due is None or not readings.flips:
            self.candidate = None
            return
        self.candidate = Candidate(
            reason="flip_under_way" if self._flipping else "passed",
            since=self._due,
            delay=FLIP_LASTS if self._flipping else FLIP_LATE,
        )


class WaitingForPerson(Detector):
    """A sequence that waits for a person: at a message box or the checklist before its start."""

    key = "waiting_for_person"
    device = HubPart.SEQUENCE
    fires = OwnEventType.WAITING_FOR_PERSON
    needs_frames = False

    def __init__(self) -> None:
        super().__init__()
        self.texts: tuple[str, ...] = ()

    @override
    def update(self, readings: NightReadings, now: datetime) -> None:
        """Use the reading, which has already waited long enough to recognize a checklist."""
        self.texts = readings.sequence.messages if readings.running else ()
        checklist = readings.sequence.waiting_for_person and not readings.running
        reason = "message_box" if self.texts else "checklist" if checklist else None
        self.propose(reason, now, timedelta())

    @override
    def attributes(self) -> Mapping[str, object]:
        """Return the texts of all message boxes; None if none is shown."""
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
