"""The present of the sequence: what is imaged, which frame of how many, and until when."""

from dataclasses import dataclass, field
from datetime import datetime

from ..api import ExposureNumber, FilterWheel
from .current_target import CurrentTarget, current_target
from .equipment import EquipmentCoordinator
from .frames import FramesCoordinator
from .scheduler_plan import SchedulerPlan
from .sequence import SequenceCoordinator, SequenceReading, SequenceState
from .target_scheduler import SchedulerCoordinator


@dataclass(frozen=True, slots=True, kw_only=True)
class NowImaging:
    """The present of a sequence; what is unknown is None.

    The numbers count from 1: the frames of the current instruction, or under the Target Scheduler
    all frames that its project wants of the target through this filter. `instruction` is the
    activity, unless that is taking light frames. `until` is the end of the target, or of a wait.
    """

    state: SequenceState | None = None
    target: CurrentTarget = field(default_factory=CurrentTarget)
    filter: str | None = None
    number: int | None = None
    total: int | None = None
    instruction: str | None = None
    until: datetime | None = None


def now_imaging(
    reading: SequenceReading,
    target: CurrentTarget,
    plan: SchedulerPlan | None,
    selected: str | None,
) -> NowImaging:
    """Return the present; `plan` is None without a Target Scheduler, `selected` is the filter."""
    state = reading.state
    if state is not SequenceState.RUNNING:
        until = reading.waiting_until if state is SequenceState.WAITING else None
        return NowImaging(state=state, target=target, until=until)
    activity = reading.scheduler_activity
    until = reading.target_end if activity.target is None else activity.ends_at
    exposure = reading.exposure
    if reading.tree is not None and reading.tree.hidden and target.name is not None:
        # The container of a scheduler hides its instructions: it images the target.
        exposure = _planned(reading, plan, selected)
    if exposure is None:
        return NowImaging(state=state, target=target, instruction=reading.instruction, until=until)
    return NowImaging(
        state=state,
        target=target,
        filter=exposure.filter or selected,
        number=exposure.number,
        total=exposure.total,
        until=until,
    )


def _planned(
    reading: SequenceReading, plan: SchedulerPlan | None, name: str | None
) -> ExposureNumber:
    """Return which frame the scheduler takes of those it wants through a filter.

    Its server counts a frame some seconds after N.I.N.A. saved it. Frames that wait to be graded
    are as good as accepted here. Without a grader it takes more than it wants.
    """
    activity, unknown = reading.scheduler_activity, ExposureNumber(filter=name)
    if plan is None or activity.target is None or name is None:
        return unknown
    found = plan.named(activity.target, activity.project)
    plans = [each for each in found[0].plans if each.filter_name == name] if found else []
    if len(found) != 1 or not plans:
        return unknown
    done = total = 0
    for each in plans:
        if each.desired is None or each.accepted is None:
            return unknown
        done += each.accepted + max(0, each.ungraded or 0)
        total += each.desired
    return ExposureNumber(number=done + 1, total=total if done < total else None, filter=name)


class Present:
    """The present, computed once for all entities that show parts of it."""

    def __init__(
        self,
        equipment: EquipmentCoordinator,
        sequence: SequenceCoordinator,
        frames: FramesCoordinator,
        scheduler: SchedulerCoordinator | None,
    ) -> None:
        self._equipment = equipment
        self._sequence = sequence
        self._frames = frames
        self._scheduler = scheduler
        # The readings that the present follows from.
        self._read: tuple[object, ...] = (None,) * 4
        self._now = NowImaging()
        self._filter: str | None = None

    @property
    def now(self) -> NowImaging:
        """The present according to the last readings, the same object until it changes."""
        reading, frames = self._sequence.data, self._frames.data
        plan = None if self._scheduler is None else self._scheduler.data
        wheel = self._equipment.data.equipment.filter_wheel
        read = (reading, plan, wheel, frames)
        changed = [new is not old for new, old in zip(read, self._read, strict=True)]
        if not any(changed):
            return self._now
        self._read, target = read, current_target(reading, frames, plan)
        # Of the frames, only the target matters.
        if any(changed[:-1]) or target != self._now.target:
            self._select(wheel)
            self._now = now_imaging(reading, target, plan, self._filter)
        return self._now

    def _select(self, wheel: FilterWheel | None) -> None:
        """Use the selected filter; while it changes, the one before."""
        if wheel is None or not wheel.connected:
            self._filter = None
        elif not wheel.moving:
            selected = wheel.selected_filter
            self._filter = None if selected is None else selected.name or None
