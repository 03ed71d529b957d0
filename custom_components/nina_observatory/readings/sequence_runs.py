"""For how long parts of the sequence have been running, and which frames they took.

N.I.N.A. reports neither: a wait shows its whole length until it is over, and some instructions of
many exposures do not count them. Both follow from readings if two consecutive ones show the start.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ..api import Frame, ImageType, Node, Place, Sequence, SequenceStatus, Span

# Seconds between two readings within which nothing long enough to matter can have ended and started
# again unseen.
LONGEST_GAP: Final = 75.0
TO_BE_RUN: Final = (SequenceStatus.CREATED, SequenceStatus.RUNNING)
# Seconds after the end of an instruction within which its last frame may still arrive.
LATE_FRAME: Final = 60.0
# Exposure times that differ by less are the same, in s.
SAME_EXPOSURE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Leaf:
    """An instruction in its place: its exposure, and the iteration of each loop around it.

    `open_ended` is whether a loop around it ends by a condition other than a count, `parallel`
    whether others run at the same time. It is `untouched` if something before it is still to be
    done: a part stopped halfway looks as if it had never run, but nothing before it is left to do.
    """

    node: Node
    rounds: tuple[int | None, ...] = ()
    open_ended: bool = False
    parallel: bool = False
    untouched: bool = False

    def inside(self) -> Iterator[Leaf]:
        """Return the leaves in this container."""
        rounds, open_ended, untouched = self.rounds, self.open_ended, self.untouched
        for condition in self.node.conditions:
            if condition.status is SequenceStatus.DISABLED:
                continue
            if condition.details.loops is None:
                open_ended = True
            else:
                rounds = (*rounds, condition.details.loops_done)
        parallel = self.parallel or sum(item.running for item in self.node.items) > 1
        for item in self.node.items:
            yield Leaf(item, rounds, open_ended, parallel, untouched)
            untouched = untouched or item.status in TO_BE_RUN

    @property
    def is_fresh(self) -> bool:
        """Return whether its next run starts from zero."""
        return self.untouched if self.node.status is SequenceStatus.CREATED else True

    @property
    def takes(self) -> tuple[float, str | None] | None:
        """Return exposure time and filter of the light frames it takes; None if it takes none."""
        node = self.node
        if not node.images or node.details.exposure_time is None:
            return None
        name = node.details.filter
        return (node.details.exposure_time, None if name == "Current" else name)

    @property
    def state(self) -> tuple[object, ...]:
        """Return the values that change when it takes an exposure."""
        details = self.node.details
        return (self.node.status, details.loops_done, details.exposure_count, self.rounds)

    @property
    def kind(self) -> tuple[object, ...]:
        """Return the values that distinguish it from another instruction in the same place."""
        details = self.node.details
        return (self.node.name, details.exposure_time, details.loops, details.delay)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A running instruction: when it began, in loop time, and the number of frames at that time.

    `frames` is None if others may have taken frames of the same kind meanwhile.
    """

    earliest: float
    latest: float
    frames: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceRuns:
    """The last reading, and the values derived from it and all earlier ones.

    `ran_at` is when instructions were last seen to run, `elapsed` for how long the running ones
    have been running in seconds; `counted` are exposures of instructions that do not count them.
    """

    asked_at: float = float("-inf")
    frames: tuple[Frame, ...] | None = None
    leaves: Mapping[Place, Leaf] = field(default_factory=dict)
    ran_at: Mapping[Place, float] = field(default_factory=dict)
    runs: Mapping[Place, Run] = field(default_factory=dict)
    elapsed: Mapping[Place, Span] = field(default_factory=dict)
    counted: Mapping[Place, int] = field(default_factory=dict)

    def after(
        self,
        tree: Sequence,
        asked_at: float,
        read_at: float,
        frames: tuple[Frame, ...] | None,
    ) -> SequenceRuns:
        """Return the runs after a reading; `frames` are all of N.I.N.A.'s, None if not known.

        The times are loop times: of the request for the reading, and of its arrival.
        """
        seen = replace(self, asked_at=asked_at, frames=frames, leaves=dict(_leaves(tree)))
        runs = {
            place: run
            for place, leaf in seen.leaves.items()
            if leaf.node.running and (run := self._run(place, seen, read_at)) is not None
        }
        return replace(
            seen,
            ran_at={
                **{place: at for place, at in self.ran_at.items() if asked_at - at < LATE_FRAME},
                **{place: asked_at for place, leaf in seen.leaves.items() if leaf.node.running},
            },
            runs=runs,
            elapsed={
                place: Span(max(0.0, asked_at - run.latest), read_at - run.earliest)
                for place, run in runs.items()
            },
            counted={
                place: count
                for place, run in runs.items()
                if (count := _count(seen.leaves[place], run, frames)) is not None
            },
        )

    def _run(self, place: Place, seen: SequenceRuns, read_at: float) -> Run | None:
        """Return the start of a running instruction; None if it is unknown."""
        before, leaf = self.leaves.get(place), seen.leaves[place]
        if before is None or before.kind != leaf.kind:
            return None
        if before.node.running and before.rounds == leaf.rounds:
            known = self.runs.get(place)
            return known if read_at - self.asked_at <= LONGEST_GAP else None
        frames = None if self.frames is None else len(self.frames)
        if leaf.parallel or not before.is_fresh or self._others(place, seen):
            frames = None
        return Run(earliest=self.asked_at, latest=read_at, frames=frames)

    def _others(self, place: Place, seen: SequenceRuns) -> bool:
        """Return whether frames of the same kind may arrive that are not from this run."""
        takes = seen.leaves[place].takes
        if takes is None:
            return False
        if place in self.ran_at:
            # The last frame of its own previous iteration may still arrive.
            return True
        for other, leaf in seen.leaves.items():
            before = self.leaves.get(other)
            alike = leaf.takes is not None and _alike(takes, leaf.takes)
            if other == place or not alike:
                continue
            if before is None or other in self.ran_at or before.state != leaf.state:
                return True
        return False


def _count(leaf: Leaf, run: Run, frames: tuple[Frame, ...] | None) -> int | None:
    """Return the number of frames that an instruction took in this run; None if unknown."""
    takes, wanted = leaf.takes, leaf.node.details.loops
    if takes is None or wanted is None or leaf.node.details.loops_done is not None:
        return None
    if frames is None or run.frames is None or len(frames) < run.frames:
        return None
    count = sum(_is_of(frame, takes) for frame in frames[run.frames :])
    # A loop without a count may have begun another iteration.
    most = wanted - 1 if leaf.open_ended else wanted
    return count if count <= most else None


def _is_of(frame: Frame, takes: tuple[float, str | None]) -> bool:
    """Return whether a frame is of the kind with this exposure time and filter."""
    if frame.image_type is not ImageType.LIGHT or frame.exposure_time is None:
        return False
    return _alike(takes, (frame.exposure_time, frame.filter))


def _alike(one: tuple[float, str | None], other: tuple[float, str | None]) -> bool:
    """Return whether frames may be of the same kind: an unknown filter may be any."""
    if abs(one[0] - other[0]) > SAME_EXPOSURE:
        return False
    return one[1] is None or other[1] is None or one[1] == other[1]


def _leaves(tree: Sequence) -> Iterator[tuple[Place, Leaf]]:
    """Return the instructions below all roots, with their places."""
    stack: list[tuple[Place, Leaf]] = []
    earlier = False
    for index, root in enumerate(tree.roots):
        stack.append(((index,), Leaf(root, untouched=earlier)))
        earlier = earlier or any(item.status in TO_BE_RUN for item in root.items)
    while stack:
        place, leaf = stack.pop()
        if not leaf.node.items:
            yield place, leaf
            continue
        stack.extend(((*place, index), item) for index, item in enumerate(leaf.inside()))
