"""The current target: from the Target Scheduler, else from the frames, else from the sequence."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum

from ..api import Coordinates, Epoch, Equipment, Target
from .frame_target import FrameTarget
from .frames import Frames
from .scheduler_activity import SchedulerActivity
from .scheduler_plan import SchedulerPlan
from .sequence import SequenceReading


class TargetSource(StrEnum):
    """The source of the current target."""

    TARGET_SCHEDULER = "target_scheduler"
    SEQUENCE = "sequence"
    LAST_FRAME = "last_frame"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentTarget:
    """A target and its source; angles in degrees (J2000), None if unknown."""

    name: str | None = None
    source: TargetSource | None = None
    right_ascension: float | None = None
    declination: float | None = None
    rotation: float | None = None


def current_target(
    reading: SequenceReading, frames: Frames, plan: SchedulerPlan | None
) -> CurrentTarget:
    """Return the current target; `plan` is None without a Target Scheduler.

    N.I.N.A. writes the name of its target into every frame, independent of the names of its containers.
    None while no sequence runs, and while the scheduler waits.
    """
    tree, activity, frame_target = reading.tree, reading.scheduler_activity, reading.frame_target
    if tree is None or not tree.running:
        return CurrentTarget()
    if activity.target is not None or activity.waiting_until is not None:
        return _scheduled(activity, plan)
    if frame_target.name is not None and frame_target.name != tree.target:
        # A name that is new in the last reading may belong to the current target.
        place = tree.coordinates if frame_target.certain or frame_target.first else None
        return _imaged(frame_target.name, TargetSource.LAST_FRAME, place)
    if tree.target is not None:
        return _imaged(tree.target, TargetSource.SEQUENCE, tree.coordinates)
    found = frame_target.alone and reading.may_expose
    light = frames.newest_light if found else None
    if light is not None and light.date and activity.begun and light.date < activity.begun:
        # N.I.N.A. may run for days: this frame is from another night.
        light = None
    name = None if light is None else light.target_name
    return _imaged(name, TargetSource.LAST_FRAME, tree.coordinates)


def _scheduled(activity: SchedulerActivity, plan: SchedulerPlan | None) -> CurrentTarget:
    """Return the scheduler's target, with the coordinates of its plan if the name is unique."""
    place = None
    if plan is not None and activity.target is not None:
        found = plan.named(activity.target, activity.project)
        place = found[0] if len(found) == 1 else None
    return _imaged(activity.target, TargetSource.TARGET_SCHEDULER, place)


def _imaged(
    name: str | None, source: TargetSource, place: Coordinates | Target | None = None
) -> CurrentTarget:
    """Return a target; coordinates of an epoch other than J2000 are omitted as misleading."""
    if place is None or place.right_ascension is None or place.epoch is not Epoch.J2000:
        return CurrentTarget(name=name, source=source)
    return CurrentTarget(
        name=name,
        source=source,
        right_ascension=round(15 * place.right_ascension, 5),
        declination=place.declination,
        rotation=place.rotation if isinstance(place, Target) else None,
    )


def current_instruction(
    reading: SequenceReading, frames: Frames, plan: SchedulerPlan | None, equipment: Equipment
) -> str | None:
    """Return the current instruction of the sequence.

    The container of a scheduler hides its instructions: it images a target, through the current
    filter, if these are known.
    """
    tree = reading.tree
    scheduled = reading.scheduler_activity.target is not None or (
        tree is not None and tree.target is None
    )
    hidden = tree is not None and tree.hidden and scheduled
    target = current_target(reading, frames, plan).name if hidden else None
    if target is None:
        return reading.instruction
    wheel = equipment.filter_wheel
    selected = None if wheel is None or not wheel.connected else wheel.selected_filter
    filter_name = None if selected is None or (wheel and wheel.moving) else selected.name
    return f"Imaging {target}" if filter_name is None else f"Imaging {target} ({filter_name})"


class TargetChanges:
    """Targets announced since the sequence began: each part announces each target once.

    A wait does not end a target, and repeating it in a loop does not begin it again; the end of the
    sequence ends all targets. If frames have another name than the container, the target is the
    same.
    """

    def __init__(self) -> None:
        self._last: str | None = None
        # The scheduler's name for its target, which may have been renamed since.
        self._announced: str | None = None
        # The names of each part, and the parts whose name only the tree has shown.
        self._told: dict[Hashable, set[str]] = {}
        self._by_tree: set[Hashable] = set()

    def reset(self) -> None:
        """Clear everything: no sequence runs."""
        self._last = self._announced = None
        self._told.clear()
        self._by_tree.clear()

    def changed(
        self, current: CurrentTarget, frame_target: FrameTarget, announced: str | None = None
    ) -> tuple[str, str | None] | None:
        """Return a target that began, with the one before; None if none did.

        `announced` is the scheduler's name for its target when that began.
        """
        name, part, previous = current.name, frame_target.part, self._last
        if name is None:
            return None
        if current.source is TargetSource.TARGET_SCHEDULER:
            renamed = announced is not None and announced == self._announced
            self._last, self._announced = name, announced
            return None if renamed or name == previous else (name, previous)
        self._announced = None
        if frame_target.previous_part in self._by_tree:
            self._by_tree ^= {frame_target.previous_part, part}
            self._told[part] = self._told[frame_target.previous_part]
        by_frame = frame_target.name == name
        renamed = by_frame and part in self._by_tree
        if renamed and not frame_target.certain:
            # It may be the first frame of the part that runs by now.
            return None
        told = self._told.setdefault(part, set())
        if by_frame:
            self._by_tree.discard(part)
        elif not told:
            self._by_tree.add(part)
        known = renamed or name in told or name == previous
        told.add(name)
        self._last = name
        return None if known else (name, previous)
