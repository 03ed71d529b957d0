"""What goes wrong in the night: judged from readings, events and the time, and nothing else.

Each problem is first a suspicion, which has to last for its patience before it counts. The times
are those of real nights (docs/field-notes.md, Rhythm of a night).
"""

from collections.abc import Iterable, Mapping, Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, override

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
from ..readings.equipment_state import EquipmentState
from ..readings.sequence import SequenceReading

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
# A suspicion with more patience than this is no cause to say that nothing is known.
LONG = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What may be a problem: why, since when, and how long it may last before it is one."""

    reason: str
    since: datetime
    patience: timedelta = timedelta()

    @property
    def due(self) -> datetime:
        """When it becomes a problem."""
        return self.since + self.patience


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is read at a moment; `not_safe` is None for a rig without a safety monitor.

    `roof` is what the roof alarm holds against a roof that ought to be closed, `shared_roof_closed`
    whether the roof of another observatory, under which the mount stands as well, reads closed.
    """

    rig: EquipmentState
    sequence: SequenceReading
    scheduler_waits: bool = False
    not_safe: bool | None = None
    roof: Suspicion | None = None
    shared_roof_closed: bool = False
    newest: Frame | None = None
    frames_known: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything was read that a judgement needs."""
        return self.legible and self.frames_known

    @property
    def legible(self) -> bool:
        """Whether equipment and sequence were read."""
        return self.rig.reachable and self.sequence.readable

    @property
    def equipment(self) -> Equipment:
        """The equipment, connected or not."""
        return self.rig.equipment

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


# What happened, what was said about it, and when.
type Past = Iterable[tuple[str, Mapping[str, Any], datetime]]


class Watch:
    """Watch for one kind of problem."""

    # How long it must be over before it is.
    clears_after: ClassVar[timedelta] = timedelta()
    # Whether something can be told while N.I.N.A. does not answer.
    blind: ClassVar[bool] = False
    # Whether the frames have to be known.
    needs_frames: ClassVar[bool] = True

    def __init__(self) -> None:
        """Begin with nothing suspicious."""
        self.suspicion: Suspicion | None = None

    def see(self, scene: Scene, now: datetime) -> None:
        """Take in what is read."""

    def hear(self, kind: str, data: Mapping[str, Any], now: datetime) -> None:
        """Take in a live event."""

    def learn(self, history: Past) -> None:
        """Take in all that N.I.N.A. still knows of, in order."""

    def attributes(self) -> Mapping[str, Any]:
        """Return what else can be told of the problem."""
        return {}

    def suspect(self, reason: str | None, now: datetime, patience: timedelta) -> None:
        """Hold a suspicion, from now on unless it is held already; None for no reason to."""
        if reason is None:
            self.suspicion = None
            return
        since = now if self.suspicion is None else self.suspicion.since
        self.suspicion = Suspicion(reason=reason, since=since, patience=patience)


class ImagingStalled(Watch):
    """A sequence that runs, has no reason to wait, and brings no frames."""

    def __init__(self) -> None:
        """Begin without a frame."""
        super().__init__()
        self._newest: object = None
        self._held_up = False
        # The containers that ran when a frame came.
        self._imaged: set[Place] = set()

    @override
    def see(self, scene: Scene, now: datetime) -> None:
        """Take every frame, and every reason to wait, for a new beginning."""
        newest = None if scene.newest is None else scene.newest.identity
        came = newest != self._newest
        if not scene.running:
            self._imaged.clear()
        elif came and self._newest is not None and scene.newest is not None:
            self._note(scene, scene.newest)
        held_up = scene.held_up or not scene.ought_to_image(self._imaged)
        begins = came or self._held_up or held_up
        self._newest, self._held_up = newest, held_up
        if begins or not scene.running:
            self.suspicion = None
        exposure = 0.0 if scene.newest is None else scene.newest.exposure_time or 0.0
        patience = NO_FRAME + timedelta(seconds=exposure)
        self.suspect("no_frame" if scene.running else None, now, patience)

    def _note(self, scene: Scene, frame: Frame) -> None:
        """Take note of what runs when a light frame comes."""
        if frame.image_type is ImageType.LIGHT:
            self._imaged |= {part.container for part in scene.sequence.parts}


class GuidingLost(Watch):
    """A guider that lost its star, or itself, while something is imaged."""

    clears_after = STAR_FOUND

    def __init__(self) -> None:
        """Begin without guiding."""
        super().__init__()
        self._guided = False

    @override
    def see(self, scene: Scene, now: datetime) -> None:
        """Look at the guider while there is something to guide for."""
        camera, guider = scene.equipment.camera, scene.equipment.guider
        imaging = scene.running or (camera is not None and camera.exposing is True)
        self._guided = imaging and (self._guided or (guider is not None and guider.guiding))
        self.suspect(self._reason(scene) if imaging else None, now, STAR_LOST)

    def _reason(self, scene: Scene) -> str | None:
        """Return what is wrong; lost lock may go on being shown when nothing is imaged."""
        guider = scene.equipment.guider
        if guider is None:
            return None
        if not guider.connected:
            return "guider_disconnected" if self._guided else None
        return "star_lost" if guider.lost else None


class AutofocusFailed(Watch):
    """An autofocus run that began and of which no success was told: N.I.N.A. tells no failure."""

    def __init__(self) -> None:
        """Begin without a run."""
        super().__init__()
        self._began: datetime | None = None

    @property
    def under_way(self) -> bool:
        """Whether a run began, as far as N.I.N.A. says."""
        return self._began is not None

    @override
    def see(self, scene: Scene, now: datetime) -> None:
        """Forget a run with the N.I.N.A. that made it."""
        if not scene.rig.reachable or scene.rig.device(Role.FOCUSER) is None:
            self._began = self.suspicion = None

    @override
    def hear(self, kind: str, data: Mapping[str, Any], now: datetime) -> None:
        """Follow a run from its beginning to its end, or to what does not come during one."""
        if kind == EventType.AUTOFOCUS_STARTED:
            self._began = now
            self._silent_from(now)
        elif kind == EventType.AUTOFOCUS_POINT_ADDED and self.under_way:
            self._silent_from(now)
        elif kind == EventType.AUTOFOCUS_FINISHED or (
            kind == EventType.SEQUENCE_FINISHED and self.under_way
        ):
            self._began = self.suspicion = None
        elif kind == EventType.AUTOFOCUS_FAILED and "reason" not in data:
            # With a reason it is what was found out here.
            self._fail("reported", now)
        elif kind == EventType.IMAGE_SAVED and self._overtaken(data, now):
            self._fail("no_result", now)

    @override
    def learn(self, history: Past) -> None:
        """Follow all runs once more: the end of one may have been missed, or its beginning."""
        self._began = self.suspicion = None
        for kind, data, at in history:
            self.hear(kind, data, at)

    def _silent_from(self, now: datetime) -> None:
        """Expect the next sign of life."""
        self.suspicion = Suspicion(reason="no_result", since=now, patience=AUTOFOCUS_SILENT)

    def _fail(self, reason: str, now: datetime) -> None:
        """Hold that it failed until another run succeeds."""
        self._began, self.suspicion = None, Suspicion(reason=reason, since=now)

    def _overtaken(self, data: Mapping[str, Any], now: datetime) -> bool:
        """Return whether a light frame was begun after the run: imaging went on without it."""
        frame = data.get("image_statistics")
        if self._began is None or not isinstance(frame, Mapping):
            return False
        exposure = _SECONDS(frame.get("exposure_time"))
        light = str(frame.get("image_type")).lower() == ImageType.LIGHT
        return light and exposure is not None and now - timedelta(seconds=exposure) > self._began


class RoofOpen(Watch):
    """A roof that is not known to be closed while it is not known to be safe."""

    blind = True

    @override
    def see(self, scene: Scene, now: datetime) -> None:
        """Take over what the roof alarm found."""
        self.suspicion = scene.roof if scene.not_safe else None


class FlipOverdue(Watch):
    """A mount that tracks on past the last moment at which it was to flip."""

    def __init__(self) -> None:
        """Begin with no flip in sight."""
        super().__init__()
        self._due: datetime | None = None
        self._flipping = False
        self._pier: object = None
        self._right_ascension: float | None = None

    @override
    def see(self, scene: Scene, now: datetime) -> None:
        """Keep the moment that the countdown leads to until the mount has flipped or moved."""
        mount = scene.equipment.mount
        if mount is None or not (mount.connected and mount.tracking and scene.running):
            self._due, self.suspicion = None, None
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
        self._judge(scene)

    @override
    def hear(self, kind: str, data: Mapping[str, Any], now: datetime) -> None:
        """Take a flip under way for what it is."""
        if kind == EventType.MERIDIAN_FLIP_STARTED:
            self._flipping = True
        elif kind == EventType.MERIDIAN_FLIP_FINISHED:
            self._flipping, self._due, self.suspicion = False, None, None

    @override
    def learn(self, history: Past) -> None:
        """Take note of a flip that is under way."""
        for kind, _, _ in history:
            if kind in (EventType.MERIDIAN_FLIP_STARTED, EventType.MERIDIAN_FLIP_FINISHED):
                self._flipping = kind == EventType.MERIDIAN_FLIP_STARTED

    def _judge(self, scene: Scene) -> None:
        """Suspect the moment to pass, as long as the sequence is to flip at all."""
        if self._due is None or not scene.flips:
            self.suspicion = None
            return
        self.suspicion = Suspicion(
            reason="flip_under_way" if self._flipping else "passed",
            since=self._due,
            patience=FLIP_LASTS if self._flipping else FLIP_LATE,
        )


class WaitingForPerson(Watch):
    """A sequence that waits for a person: at a message box, or at the checklist before its start."""

    needs_frames = False

    def __init__(self) -> None:
        """Begin with nothing shown."""
        super().__init__()
        self.texts: tuple[str, ...] = ()

    @override
    def see(self, scene: Scene, now: datetime) -> None:
        """Take the word of the reading, which waited long enough for a checklist to be one."""
        self.texts = scene.sequence.messages if scene.running else ()
        checklist = scene.sequence.waiting_for_person and not scene.running
        reason = "message_box" if self.texts else "checklist" if checklist else None
        self.suspect(reason, now, timedelta())

    @override
    def attributes(self) -> Mapping[str, Any]:
        """Return what the message box says, or all of them; None where none is shown."""
        if not self.texts:
            return {"text": None}
        said = (one_line(text, LONGEST_TEXT) for text in self.texts)
        return {"text": one_line(" · ".join(filter(None, said)), LONGEST_TEXT)}


class Judge:
    """Turn suspicions into a verdict that neither comes nor goes at once.

    The verdict is None until something was judged. What is suspicious at the very first look stays
    unjudged until its patience is over: a problem that was there before is not one that arose.
    """

    def __init__(self, watch: Watch) -> None:
        """Begin without a verdict."""
        self.watch = watch
        self.verdict: bool | None = None
        self.reason: str | None = None
        self.since: datetime | None = None
        self._clears_at: datetime | None = None

    @property
    def told(self) -> dict[str, Any]:
        """Return what is told of the problem: why, and what else there is."""
        return {"reason": self.reason, **self.watch.attributes()}

    @property
    def next_look(self) -> datetime | None:
        """When time alone may change the verdict."""
        suspicion = self.watch.suspicion
        moments = [self._clears_at, None if suspicion is None else suspicion.due]
        return min((moment for moment in moments if moment is not None), default=None)

    def forget(self) -> None:
        """Go back to no verdict: nothing can be read."""
        self.verdict = self.reason = self.since = self._clears_at = None

    def learn(self, history: Past, now: datetime) -> None:
        """Take in the past; a problem that was one by then is not one that arises."""
        self.watch.learn(history)
        suspicion = self.watch.suspicion
        if not self.verdict and suspicion is not None and suspicion.due <= now:
            self.forget()

    def look(self, now: datetime) -> None:
        """Judge the suspicion that is held now."""
        suspicion = self.watch.suspicion
        if suspicion is not None and (suspicion.due <= now or suspicion.since == self.since):
            if not self.verdict:
                self.since = suspicion.since
            self.verdict, self.reason, self._clears_at = True, suspicion.reason, None
        elif self.verdict:
            self._clears_at = self._clears_at or now + self.watch.clears_after
            if self._clears_at <= now:
                self.forget()
                self.verdict = False
        elif suspicion is None or suspicion.since > now or suspicion.patience > LONG:
            self.verdict = False
