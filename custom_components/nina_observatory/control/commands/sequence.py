"""Commands for the sequencer; only the roots of the tree show whether it runs."""

from collections.abc import Iterator
from typing import Final

from ...api import (
    Equipment,
    EventType,
    NinaClient,
    NinaCommandError,
    Node,
    Reply,
    Sequence,
    SequenceSkip,
    SequenceStatus,
)
from ...api.coordinates import SkyPosition
from ...const import CommandKey, Subject
from ...errors import Reason
from ...helpers.words import Seen
from ..checklist import Checklist
from ..command import Command, Refusal


class SequenceKey(CommandKey):
    """Keys of the commands for the sequence."""

    LOAD_SEQUENCE = "load_sequence"
    RESET_SEQUENCE = "reset_sequence"
    SET_SEQUENCE_TARGET = "set_sequence_target"
    SKIP_SEQUENCE = "skip_sequence"
    START_SEQUENCE = "start_sequence"
    STOP_SEQUENCE = "stop_sequence"


_ALREADY_RUNNING: Final = "Sequence is already running"
# Older servers always change the first target.
INDEX_SINCE: Final = (2, 2, 15)
# Degrees by which a position may differ: it is rounded to tenths of a second.
_SAME_PLACE: Final = 1 / 360
_UNTOUCHED: Final = (SequenceStatus.CREATED, SequenceStatus.DISABLED)


def _running(sequence: Sequence, _equipment: Equipment) -> Refusal | None:
    """Refuse to change the sequence while it runs."""
    if sequence.running:
        return Reason.SEQUENCE_RUNNING
    return None if sequence.at_rest else Reason.SEQUENCE_UNREADABLE


def _nodes(sequence: Sequence) -> list[Node]:
    return [node for root in sequence.roots for item in root.items for node in item.walk()]


def _nothing_left(sequence: Sequence, _equipment: Equipment) -> Refusal | None:
    """Return why a start would do nothing: N.I.N.A. only runs nodes with status "created"."""
    nodes = _nodes(sequence)
    if sequence.running or any(node.status is SequenceStatus.CREATED for node in nodes):
        return None
    return Reason.SEQUENCE_COMPLETE if nodes else Reason.SEQUENCE_EMPTY


def start_sequence(
    *, skip_validation: bool, checklist: Checklist | None = None
) -> Command[Sequence]:
    """Start the loaded sequence.

    With a `checklist`, nothing is sent if N.I.N.A. would only show its checklist.
    """

    def refusal(sequence: Sequence, equipment: Equipment) -> Refusal | None:
        if (reason := _nothing_left(sequence, equipment)) is not None:
            return reason
        return None if checklist is None or sequence.running else checklist.refusal

    async def send(client: NinaClient, _sequence: Sequence) -> Reply:
        try:
            return await client.sequence.start(skip_validation=skip_validation)
        except NinaCommandError as err:
            if err.text != _ALREADY_RUNNING:
                raise
            # It may be about to run, or wait for a click in the window.
            return Reply(err.text, success=False)

    return Command(
        key=SequenceKey.START_SEQUENCE,
        subject=Subject.SEQUENCE,
        send=send,
        proof_text="a root of the sequence is running",
        method=lambda client: client.sequence.start,
        succeeded=lambda sequence: sequence.running,
        reads=lambda _: Seen.SEQUENCE_NOT_RUNNING,
        precondition=refusal,
        read_also=None if checklist is None else checklist.async_read_once,
    )


# Also sent while no root runs: one may start up to 10 s after the command.
STOP_SEQUENCE = Command[Sequence](
    key=SequenceKey.STOP_SEQUENCE,
    subject=Subject.SEQUENCE,
    proof_text="no root of the sequence is running",
    safety_critical=True,
    allow_unread=True,
    success_event=EventType.SEQUENCE_FINISHED,
    state_unknown=lambda sequence: not (sequence.running or sequence.at_rest),
    method=lambda client: client.sequence.stop,
    succeeded=lambda sequence: sequence.at_rest,
    already_done=lambda _, __: False,
    reads=lambda _: Seen.SEQUENCE_RUNNING,
    # N.I.N.A. gives an unresponsive instruction two minutes to end.
    timeout=150,
    preempts=(SequenceKey.START_SEQUENCE, SequenceKey.SKIP_SEQUENCE),
)

RESET_SEQUENCE = Command[Sequence](
    key=SequenceKey.RESET_SEQUENCE,
    subject=Subject.SEQUENCE,
    proof_text="nothing in the sequence is finished",
    method=lambda client: client.sequence.reset,
    succeeded=lambda sequence: all(_untouched(node) for node in _nodes(sequence)),
    already_done=lambda _, __: False,
    reads=lambda sequence: sum(not _untouched(node) for node in _nodes(sequence)),
    precondition=_running,
)


def _untouched(node: Node) -> bool:
    """Return whether a node was never started."""
    loops = (node, *node.conditions)
    return node.status in _UNTOUCHED and not any(each.details.loops_done for each in loops)


def load_sequence(name: str) -> Command[Sequence]:
    """Load a sequence; readings do not include its name."""
    return Command(
        key=SequenceKey.LOAD_SEQUENCE,
        subject=Subject.SEQUENCE,
        send=lambda client, _: client.sequence.load(name),
        method=lambda client: client.sequence.load,
        precondition=_running,
    )


def set_sequence_target(
    *, name: str, ra_degrees: float, dec_degrees: float, rotation: float, index: int
) -> Command[Sequence]:
    """Change a target of the sequence, J2000 degrees."""
    place = SkyPosition.of_degrees(ra_degrees, dec_degrees)

    def changed(before: Sequence, now: Sequence) -> bool:
        named = [node for node in _nodes(now) if name in _names(node)]
        places = [there for node in named for there in _places(node)]
        if places:
            return any(there.separation(place) <= _SAME_PLACE for there in places)
        # The name alone proves the change only if it is new.
        return bool(named) and not any(name in _names(node) for node in _nodes(before))

    return Command(
        key=SequenceKey.SET_SEQUENCE_TARGET,
        subject=Subject.SEQUENCE,
        send=lambda client, _: client.sequence.set_target(
            name=name,
            ra_degrees=ra_degrees,
            dec_degrees=dec_degrees,
            rotation=rotation,
            index=index,
        ),
        proof_text="a container of the sequence has the name of the target and slews to it",
        method=lambda client: client.sequence.set_target,
        since=INDEX_SINCE if index else (),
        changed=changed,
        reads=lambda sequence: sequence.target,
    )


def _places(node: Node) -> Iterator[SkyPosition]:
    """Yield the destinations of the slews below a node, J2000; one may be a focus star."""
    for each in node.walk():
        there = each.place
        if there is None or there.right_ascension is None or there.declination is None:
            continue
        yield SkyPosition.of_degrees(there.right_ascension * 15 % 360, there.declination)


def _names(node: Node) -> tuple[str | None, ...]:
    return (node.name, node.details.target_name)


def skip_sequence(what: SequenceSkip) -> Command[Sequence]:
    """Skip a part of the running sequence."""

    def skipped(before: Sequence, now: Sequence) -> bool:
        if what is SequenceSkip.CURRENT_ITEMS:
            return _progress(now) != _progress(before)
        # The server identifies roots by position, no matter how many there are.
        passed = now.roots[: 2 if what is SequenceSkip.TO_END else 1]
        return bool(passed) and all(
            isinstance(root.status, SequenceStatus) and not root.running for root in passed
        )

    def unskippable(sequence: Sequence, _equipment: Equipment) -> Refusal | None:
        if not sequence.running:
            return Reason.SEQUENCE_NOT_RUNNING
        beyond = any(root.running for root in sequence.roots[2:-1])
        to_end = what is SequenceSkip.TO_END
        return Reason.SEQUENCE_BEYOND_SKIP if to_end and beyond else None

    return Command(
        key=SequenceKey.SKIP_SEQUENCE,
        subject=Subject.SEQUENCE,
        send=lambda client, _: client.sequence.skip(what),
        proof_text="the sequence is running another item, beyond the skipped ones, or has ended",
        method=lambda client: client.sequence.skip,
        changed=skipped,
        reads=lambda sequence: sequence.activity.name if sequence.activity else None,
        timeout=150,
        precondition=unskippable,
        blocked_by=(SequenceKey.STOP_SEQUENCE,),
    )


def _progress(sequence: Sequence) -> list[tuple[object, ...]]:
    """Return the progress so far, without times that advance while nothing happens."""
    return [
        (
            node.status,
            node.details.exposure_count,
            *(each.details.loops_done for each in (node, *node.conditions)),
        )
        for root in sequence.roots
        for node in root.walk()
    ]
