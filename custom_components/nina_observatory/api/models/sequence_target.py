"""Find the target among the running containers, and its coordinates.

Nothing in the tree marks a target, and users choose the names: the activity of containers decides.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from .enums import SequenceStatus
from .mount import Coordinates
from .sequence_node import Node, runs

_NEVER: Final = (SequenceStatus.DISABLED, SequenceStatus.SKIPPED)
# A slew before the running instruction that has one of these was not carried out.
_NOT_DONE: Final = (*_NEVER, SequenceStatus.CREATED)

# The names from the root to a container, each with its number among siblings of that name: nodes
# have no id, and an index shifts when N.I.N.A. drops a node that it cannot read.
type ContainerKey = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTarget:
    """The running target, as far as the tree shows it.

    `key` distinguishes its container from others, even with equal names. `slews` is whether the
    container itself slews to its target. `containers` are all that run below the roots of the
    targets, the outer ones first, each with its name. `untouched` is whether no light frame was
    begun since the target was, `exposed` whether a counter shows that light frames were taken.
    """

    name: str | None = None
    key: ContainerKey | None = None
    slews: bool = False
    coordinates: Coordinates | None = None
    containers: tuple[ContainerKey, ...] = ()
    untouched: bool = False
    exposed: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class _Part:
    """A node below a root of targets, and the activity below it.

    `loose_light` is whether light frames are taken outside of the whole parts in it, `around`
    whether there are any such, `begun` whether one was or is taken, `exposes` whether one is.
    """

    node: Node
    parent: _Part | None = None
    key: ContainerKey = ()
    runs: bool = False
    slew: bool = False
    light: bool = False
    loose_light: bool = False
    around: bool = False
    begun: bool = False
    exposes: bool = False

    @property
    def whole(self) -> bool:
        """Whether it is a container with both a slew and light frames below it."""
        return self.node.is_container and self.slew and self.light

    @property
    def kind(self) -> str | None:
        """The type of a container, if instructions have no details."""
        return self.node.details.description

    def add(self, part: _Part) -> None:
        """Add the activity of a part to that of the container around it."""
        self.slew |= part.slew
        self.light |= part.light
        self.loose_light |= part.loose_light and not part.whole
        self.around |= part.whole
        self.begun |= part.begun
        self.exposes |= part.exposes


def running_target(
    roots: Iterable[Node], *, detailed: bool, elsewhere: Iterable[Node] = ()
) -> RunningTarget:
    """Find the target below the running roots of targets.

    It is the innermost running container that both slews and takes light frames, at any depth. A
    container around such ones is a target only if it takes light frames itself. Without a slew, it
    is the innermost running container with a name that takes light frames. Of containers that run
    in parallel, the one that exposes is the target; otherwise the target is unknown.

    `detailed` is whether nodes have their settings, which they do since plugin 2.1. Before that,
    the roots `elsewhere` show types of containers that are not targets.
    """
    parts = [part for root in roots for part in _parts(root)]
    running = [each for each in parts if each.runs and each.parent and each.node.is_container]
    if not detailed:
        part = _undetailed(parts, running, elsewhere)
    elif any(each.node.details.is_target for each in parts):
        part = _only(_innermost(running, lambda each: each.node.details.is_target))
    elif whole := _innermost(running, lambda each: each.whole):
        part = _only([each for each in whole if each.loose_light or not each.around])
    else:
        part = _only(_innermost(running, _images(parts)))
    containers = tuple(each.key for each in running)
    if part is None:
        return RunningTarget(containers=containers)
    details = part.node.details
    return RunningTarget(
        name=(details.target_name if details.is_target else part.node.name) or None,
        key=part.key,
        slews=part.whole or details.is_target,
        untouched=detailed and not part.begun,
        coordinates=details.coordinates if details.is_target else _place(part),
        containers=containers,
        exposed=_exposed(part.node),
    )


def _exposed(target: Node) -> bool:
    """Return whether light frames were taken in this round of a running target.

    Finished nodes in it belong to this round, as do the rounds of loops that run in it.
    """
    for node in target.walk():
        if node.is_container:
            rounds = (each for each in node.conditions if each.status not in _NEVER)
            again = any(each.details.loops_done for each in rounds)
            if node.running and again and _takes_light(node):
                return True
        elif node.images and (
            node.status is SequenceStatus.FINISHED or (node.running and node.details.loops_done)
        ):
            return True
    return False


def _takes_light(container: Node) -> bool:
    """Return whether a container takes light frames, at any depth."""
    return any(node.images and node.status not in _NEVER for node in container.walk())


def _parts(root: Node) -> list[_Part]:
    """Return the parts of a running root, in the order of the tree."""
    parts: list[_Part] = []
    waiting = [_Part(node=root, key=((root.name, 0),), runs=True)]
    while waiting:
        part = waiting.pop()
        parts.append(part)
        node = part.node
        if node.status is SequenceStatus.DISABLED:
            continue
        part.slew = node.place is not None and not node.is_container
        part.light = part.loose_light = node.images and not node.is_container
        part.begun = part.light and (node.status not in _NOT_DONE or bool(node.details.loops_done))
        part.exposes = part.light and part.runs
        below = [_Part(node=item, parent=part) for item in node.items]
        if part.runs:
            _follow(part, below)
        waiting.extend(reversed(below))
    for part in reversed(parts):
        if part.parent is not None:
            part.parent.add(part)
    return parts


def _follow(around: _Part, below: list[_Part]) -> None:
    """Mark the running parts in a running container, and set the keys of containers among them."""
    numbers = Counter[str]()
    for part in below:
        if part.node.is_container:
            part.key = (*around.key, (part.node.name, numbers[part.node.name]))
            numbers[part.node.name] += 1
        part.runs = runs(part.node, around=True)


def _innermost(running: list[_Part], fits: Callable[[_Part], bool]) -> list[_Part]:
    """Return the parts that fit and contain no other part that does."""
    fitting = [part for part in running if fits(part)]
    around: set[_Part] = set()
    for part in fitting:
        above = part.parent
        while above is not None and above not in around:
            around.add(above)
            above = above.parent
    return [part for part in fitting if part not in around]


def _only(parts: list[_Part]) -> _Part | None:
    """Return the part that counts among those running in parallel; None if undecided."""
    exposing = [part for part in parts if part.exposes] or parts
    same = len({part.node.name for part in exposing}) == 1
    return exposing[0] if same else None


def _images(parts: list[_Part]) -> Callable[[_Part], bool]:
    """Return the test for a target that does not slew: it has a name, and images.

    If nothing shows what takes the frames, such as with a plugin's container, slewing must suffice.
    """
    if any(part.light for part in parts):
        return lambda part: part.light and bool(part.node.name)
    return lambda part: part.slew and bool(part.node.name)


def _undetailed(
    parts: list[_Part], running: list[_Part], elsewhere: Iterable[Node]
) -> _Part | None:
    """Find the running target among nodes without settings.

    Descriptions distinguish types of nodes, in any language. A type of container that is nested in
    itself, or is used in the start or the end, is not the type of targets. A container with only
    one activity, or with none that a sibling of its type has, is a part of a target: one that
    slews, or one that exposes. A container that only holds others of a likely type is none while
    nothing in it runs: this is how a loop reads between two targets.
    """
    used = {node.details.description for root in elsewhere for node in root.walk()}
    inside: dict[_Part, frozenset[str | None]] = {}
    for part in parts:
        above = part.parent
        inside[part] = frozenset() if above is None else inside[above] | {above.kind}
        if part.kind in inside[part]:
            used.add(part.kind)
    named = [part for part in running if part.node.name]
    likely = [each for each in named if each.kind not in used]
    # If all that run are of other types, so may be the targets.
    unlikely = used if likely else frozenset[str | None]()
    likely = likely or named
    done = _types_of_instructions(parts)
    between = _between_targets(parts, done, unlikely)
    beside: defaultdict[tuple[_Part | None, str | None], set[frozenset[str | None]]]
    beside = defaultdict(set)
    for part in parts:
        if part.node.is_container and done[part]:
            beside[part.parent, part.kind].add(frozenset(done[part]))

    def is_part(part: _Part) -> bool:
        """Return whether a container is only a part of a target."""
        others = beside[part.parent, part.kind]
        return len(done[part]) < 2 or any(each.isdisjoint(done[part]) for each in others)

    whole = [each for each in likely if not is_part(each)]
    found = _only(_innermost(whole or likely, bool))
    return None if found in between else found


def _types_of_instructions(parts: list[_Part]) -> dict[_Part, set[str | None]]:
    """Return the types of instructions in each part; `parts` has containers before their content."""
    done: dict[_Part, set[str | None]] = {part: set() for part in parts}
    for part in reversed(parts):
        if not part.node.is_container:
            done[part].add(part.kind)
        if part.parent is not None:
            done[part.parent] |= done[part]
    return done


def _between_targets(
    parts: list[_Part], done: dict[_Part, set[str | None]], unlikely: AbstractSet[str | None]
) -> set[_Part]:
    """Return the containers in which no instruction runs, and that may hold targets.

    Those hold a container of a likely type with two activities or more, and have fewer than two of
    their own outside of such containers.
    """
    holds: set[_Part] = set()
    busy: set[_Part] = set()
    own: dict[_Part, set[str | None]] = {part: set() for part in parts}
    for part in reversed(parts):
        if not part.node.is_container:
            own[part].add(part.kind)
            if part.runs:
                busy.add(part)
        if part.parent is None:
            continue
        if part in busy:
            busy.add(part.parent)
        if part.node.is_container and part.kind not in unlikely and len(done[part]) > 1:
            holds.add(part.parent)
        else:
            own[part.parent] |= own[part]
            if part in holds:
                holds.add(part.parent)
    return {part for part in holds - busy if len(own[part]) < 2}


def _place(target: _Part) -> Coordinates | None:
    """Return the coordinates of a target: the destination of the last slew before its next light frames.

    An earlier slew may go to a star for focusing. The running instruction shows which frames are
    next; skipped or unfinished slews before it do not count.
    """
    steps = list(_steps(target.node))
    here = _present(steps)
    lights = [at for at, (node, _) in enumerate(steps) if node.images and node.status not in _NEVER]
    behind = lights[-1] if lights else len(steps)
    frames = next((at for at in lights if at >= here), behind)
    for at in range(frames - 1, -1, -1):
        node, _ = steps[at]
        undone = _NOT_DONE if at < here else _NEVER
        if node.place is not None and node.status not in undone:
            return node.place
    return None


def _steps(target: Node) -> Iterator[tuple[Node, bool]]:
    """Yield the instructions of a running container, each with whether it runs."""
    waiting = [(target, True)]
    while waiting:
        node, running = waiting.pop()
        if not node.is_container:
            yield node, running
        elif node.status is not SequenceStatus.DISABLED:
            inside = [(item, runs(item, around=running)) for item in node.items]
            waiting.extend(reversed(inside))


def _present(steps: list[tuple[Node, bool]]) -> int:
    """Return the index of the running step, light frames first, or of the next one to run."""
    running = [at for at, (_, runs_now) in enumerate(steps) if runs_now]
    exposing = [at for at in running if steps[at][0].images]
    done = [at for at, (node, _) in enumerate(steps) if node.status not in _NOT_DONE]
    following = done[-1] + 1 if done else 0
    return next(iter(exposing or running), following)
