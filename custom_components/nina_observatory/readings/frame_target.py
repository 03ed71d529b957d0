"""The target according to light frames: N.I.N.A. writes its name into them."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ..api import ContainerKey, Frame, ImageType, RunningTarget, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameTarget:
    """The target of the running part according to its frames.

    `name` is the target of a light frame that was saved while it runs, or of all those that were
    saved when its container ran before. `part` distinguishes it from other targets; it was
    `previous_part` until a frame showed that a container around that is the target. `certain` is
    whether a reading since the frame showed that it still runs, `first` whether none of its frames
    had another name, `alone` whether no other part was seen to run in this sequence.
    """

    name: str | None = None
    part: Hashable = None
    previous_part: Hashable = None
    certain: bool = True
    first: bool = True
    alone: bool = True


@dataclass(slots=True, kw_only=True)
class _Visit:
    """The parts running since `seen_at`, a loop time, and the target of their newest frame.

    `before` are the names of the previous targets: a frame of theirs may still arrive. No frame of
    these parts was begun before `bare_at`.
    """

    part: Hashable = None
    previous_part: Hashable = None
    target: RunningTarget = field(default_factory=RunningTarget)
    seen_at: float = 0.0
    bare_at: float = 0.0
    saved: str | None = None
    before: frozenset[str] = frozenset()


class FrameTargets:
    """Follow frames and readings of the sequence, which arrive in any order.

    A frame may arrive before the reading that shows its container, because the sequence is read
    twice a minute, and after the one that shows the next: N.I.N.A. saves it while it continues.
    """

    def __init__(self) -> None:
        self._visit = _Visit()
        # The targets of the frames of each part that has run.
        self._names: dict[Hashable, list[str]] = {}
        # A name not yet known to belong to the running part, with its time of arrival.
        self._new: tuple[str, float] | None = None
        self._alone = True
        # Light frames that existed before any was followed, oldest first: time and target.
        self._history: tuple[tuple[datetime | None, str], ...] = ()
        self._begun: datetime | None = None
        # Whether the running part was already running when first seen, and its frames among those.
        self._found = True
        self._recalled: Hashable = None

    @property
    def frame_target(self) -> FrameTarget:
        """The evidence of the frames so far."""
        visit = self._visit
        if visit.part is None:
            return FrameTarget()
        name = visit.saved if self._new is None else self._new[0]
        known = self._names.get(visit.part, [])
        if name is None and len(known) == 1:
            name = known[0]
        return FrameTarget(
            name=name,
            part=visit.part,
            previous_part=visit.previous_part,
            certain=self._new is None,
            first=not known or known == [name],
            alone=self._alone,
        )

    def history_read(self, frames: Iterable[Frame]) -> None:
        """Set the frames that were saved before any was followed."""
        lights = (each for each in frames if each.image_type is ImageType.LIGHT)
        self._history = tuple((each.date, each.target_name) for each in lights if each.target_name)
        self._recall()

    def sequence_begun(self, begun: datetime | None) -> None:
        """Set when the sequence was started; None if unknown."""
        self._begun = begun
        if self._recalled is not None and self._recalled == self._visit.part:
            self._names.pop(self._recalled, None)
            self._visit.saved = self._recalled = None
        self._recall()

    def _recall(self) -> None:
        """Attribute the newest frame to the part found running, if that has taken any.

        Otherwise all frames belong to what ran before.
        """
        visit, begun = self._visit, self._begun
        if visit.part is None or not (self._found and self._alone and self._history):
            return
        visit.before |= {name for _, name in self._history}
        date, name = self._history[-1]
        earlier = date is not None and begun is not None and date < begun
        if visit.target.exposed and not earlier and not self._names.get(visit.part):
            self._settle(name)
            self._recalled = visit.part

    def frame_saved(self, frame: Frame, now: float) -> None:
        """Apply a light frame that was saved just now, at a loop time."""
        visit, name = self._visit, frame.target_name
        if name is None:
            return
        if visit.part is not None and name in self._names.get(visit.part, ()):
            visit.saved, self._recalled = name, None
        elif not self._is_late(name, now - (frame.exposure_time or 0.0)):
            self._new = (name, now)

    def _is_late(self, name: str, begun: float) -> bool:
        """Return whether a frame certainly belongs to what ran before."""
        visit = self._visit
        if name == visit.target.name:
            return False
        known = visit.target.key is not None
        if begun >= visit.seen_at:
            return known and begun < visit.bare_at
        shown = self._new is not None or visit.saved is not None
        return name in visit.before or (known and (shown or begun < visit.bare_at))

    def sequence_read(self, tree: Sequence, started: float, now: float) -> None:
        """Apply a reading of the sequence that began, and ended, at a loop time."""
        new, target = self._new, tree.running_target
        if not tree.running:
            self._visit, self._alone, self._found = _Visit(), True, False
            self._names.clear()
            self._new = None if new is None or new[1] < started else new
            return
        if (part := self._part_of(target)) != self._visit.part:
            self._begin(part, target, now)
        else:
            self._visit.target = target
            if new is not None and new[1] < started:
                self._settle(new[0])
        self._visit.bare_at = started if target.untouched else 0.0

    def _begin(self, part: Hashable, target: RunningTarget, now: float) -> None:
        """Switch to the part that runs now; a new name belongs to it or to the previous one."""
        last, new = self._visit, self._new
        self._alone = last.part is None
        unseen = last.part is not None and not self._names.get(last.part)
        if unseen and new is not None and new[0] != target.name:
            # A part without a frame before has this one, unless the running one has that name.
            self._settle(new[0])
            new = None
        known = self._names.get(last.part, ())
        before = frozenset(name for name in (last.target.name, *known) if name is not None)
        if not known:
            # The part in between took no frame: one of what ran before that may still arrive.
            before |= last.before
        self._visit = _Visit(part=part, target=target, seen_at=now, before=before)
        self._new = None
        if new is not None and (new[0] == target.name or new[0] not in before):
            self._settle(new[0])
        else:
            self._recall()

    def _settle(self, name: str) -> None:
        """Attribute a name to the running part, or to the container around it with that name."""
        visit, self._new = self._visit, None
        around = next((each for each in _around(visit.target) if each[-1][0] == name), None)
        if around is not None and around != visit.part:
            visit.part, visit.previous_part = around, visit.part
        names = self._names.setdefault(visit.part, [])
        if name not in names:
            names.append(name)
        visit.saved = name
        self._recalled = None

    def _part_of(self, target: RunningTarget) -> Hashable:
        """Return the part that distinguishes the running target from others.

        That is a container around it if frames have shown so.
        """
        if target.key is None:
            return ("path", target.containers)
        shown = (each for each in _around(target) if each[-1][0] in self._names.get(each, ()))
        return next(shown, target.key)


def _around(target: RunningTarget) -> list[ContainerKey]:
    """Return the running containers around a target that does not slew, the inner ones first.

    One that slews is the target itself.
    """
    if target.key is None or target.slews:
        return []
    above = (each for each in target.containers if each == target.key[: len(each)])
    return sorted(above, key=len, reverse=True)
