"""Commands for the rotator."""

from ..api import Equipment, NinaClient, Role, Rotator
from ..command import Command, Refusal
from ..const import CommandKey
from ..errors import Reason

# Part of a step, and degrees, by which an angle may be missed.
LEAST_TOLERANCE = 0.1
# Angles that the allowed mechanical range may stand for one another: a range of a quarter turn.
EQUIVALENT = 90.0
HOLDS = 3.0


def _near(angle: float | None, wanted: float, step: float | None, turn: float = 360.0) -> bool:
    """Return whether two angles are the same, on a circle of `turn` degrees."""
    if angle is None:
        return False
    distance = abs((angle - wanted + turn / 2) % turn - turn / 2)
    return distance <= max(LEAST_TOLERANCE, step or 0.0)


def _cannot_point(rotator: Rotator, _equipment: Equipment) -> Refusal | None:
    """Return why it cannot be turned to an angle in the sky: N.I.N.A. refuses without a word."""
    return None if rotator.synced else Reason.ROTATOR_NOT_SYNCED


def move_rotator(angle: float) -> Command[Rotator]:
    """Return the command that turns the rotator to an angle in the sky in degrees.

    N.I.N.A. may choose an equivalent one within the mechanical range that the user allows.
    """

    def arrived(rotator: Rotator) -> bool:
        """Return whether it stands at the angle."""
        return not rotator.moving and _near(rotator.position, angle, rotator.step_size)

    def changed(before: Rotator, now: Rotator) -> bool:
        """Return whether it stands at the angle, or has turned to an equivalent one."""
        if arrived(now):
            return True
        equivalent = _near(now.position, angle, now.step_size, EQUIVALENT)
        moved = before.position is not None and not _near(
            now.position, before.position, now.step_size
        )
        return not now.moving and equivalent and moved

    return Command(
        key=CommandKey.MOVE_ROTATOR,
        subject=Role.ROTATOR,
        method=NinaClient.move_rotator,
        send=lambda client, _: client.move_rotator(angle % 360),
        needless=lambda rotator, _: arrived(rotator),
        change=changed,
        evidence="the rotator stands at the angle, or at an equivalent one in the allowed range",
        seen=lambda rotator: rotator.position,
        limit=300,
        refusal=_cannot_point,
        progress=lambda rotator: rotator.position,
        overtakes=(CommandKey.MOVE_ROTATOR, CommandKey.MOVE_ROTATOR_MECHANICAL),
    )


def move_rotator_mechanical(angle: float) -> Command[Rotator]:
    """Return the command that turns the rotator to a mechanical angle in degrees."""
    return Command(
        key=CommandKey.MOVE_ROTATOR_MECHANICAL,
        subject=Role.ROTATOR,
        method=NinaClient.move_rotator_mechanical,
        send=lambda client, _: client.move_rotator_mechanical(angle % 360),
        proof=lambda rotator: (
            not rotator.moving and _near(rotator.mechanical_position, angle, rotator.step_size)
        ),
        evidence="the rotator stands at the mechanical angle",
        seen=lambda rotator: rotator.mechanical_position,
        limit=300,
        progress=lambda rotator: rotator.mechanical_position,
        overtakes=(CommandKey.MOVE_ROTATOR, CommandKey.MOVE_ROTATOR_MECHANICAL),
    )


STOP_ROTATOR = Command[Rotator](
    key=CommandKey.STOP_ROTATOR,
    subject=Role.ROTATOR,
    method=NinaClient.stop_rotator,
    # Always sent: a movement that has just begun is not in the readings yet.
    needless=lambda _rotator, _equipment: False,
    proof=lambda rotator: not rotator.moving,
    evidence="the rotator reads not moving",
    holds=HOLDS,
    seen=lambda rotator: rotator.position,
    standing=lambda _, __: True,
    patience=10,
    repeats=1,
    overtakes=(CommandKey.MOVE_ROTATOR, CommandKey.MOVE_ROTATOR_MECHANICAL),
)


def reverse_rotator(*, reverse: bool) -> Command[Rotator]:
    """Return the command that chooses the direction in which the rotator counts."""
    return Command(
        key=CommandKey.REVERSE_ROTATOR if reverse else CommandKey.UNREVERSE_ROTATOR,
        subject=Role.ROTATOR,
        method=NinaClient.set_rotator_reverse,
        send=lambda client, _: client.set_rotator_reverse(reverse=reverse),
        proof=lambda rotator: rotator.reverse is reverse,
        evidence=f"the rotator reads {'' if reverse else 'not '}reversed",
        seen=lambda rotator: "reversed" if rotator.reverse else "not reversed",
        refusal=lambda rotator, _: None if rotator.can_reverse else Reason.REVERSE_NOT_SUPPORTED,
    )
