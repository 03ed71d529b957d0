"""Commands for the rotator."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ...api import NinaError, Role, Rotator, RotatorRange, RotatorSettings
from ...const import LOGGER, CommandKey
from ...errors import Reason
from ...helpers.words import Seen, flag
from ..command import Command, Readings
from ..stop import stop


class RotatorKey(CommandKey):
    """Keys of the commands for the rotator."""

    MOVE_ROTATOR = "move_rotator"
    MOVE_ROTATOR_MECHANICAL = "move_rotator_mechanical"
    REVERSE_ROTATOR = "reverse_rotator"
    STOP_ROTATOR = "stop_rotator"
    UNREVERSE_ROTATOR = "unreverse_rotator"


# Tolerance of an angle: a fraction of a step, and degrees.
LEAST_TOLERANCE = 0.1
# The smallest mechanical range in N.I.N.A.'s options: angles this far apart may be equivalent.
_SMALLEST_RANGE = RotatorRange.QUARTER.degrees


@dataclass(frozen=True, slots=True, kw_only=True)
class RotatorTurn:
    """The rotator, and its allowed mechanical range; None if that was not read.

    The range is read only while the rotator is at an angle that may be equivalent.
    """

    rotator: Rotator
    allowed: RotatorSettings | None = None


def _near(angle: float | None, wanted: float, step: float | None, turn: float = 360.0) -> bool:
    """Return whether two angles are the same, on a circle of `turn` degrees."""
    if angle is None:
        return False
    distance = abs((angle - wanted + turn / 2) % turn - turn / 2)
    return distance <= max(LEAST_TOLERANCE, step or 0.0)


def _stands_at(rotator: Rotator, angle: float) -> bool:
    """Return whether it is at a sky angle."""
    return rotator.moving is False and _near(rotator.position, angle, rotator.step_size)


def _stands_for(turn: RotatorTurn, angle: float) -> bool:
    """Return whether it stands at the equivalent of a sky angle within the allowed range.

    That is the angle itself if a full turn is allowed, or the range is unknown.
    """
    rotator, allowed = turn.rotator, turn.allowed
    if allowed is None or not isinstance(allowed.range_type, RotatorRange):
        return False
    start, mechanical = allowed.range_start_mechanical_position, rotator.mechanical_position
    if rotator.moving is not False or start is None or mechanical is None:
        return False
    width, tolerance = allowed.range_type.degrees, max(LEAST_TOLERANCE, rotator.step_size or 0.0)
    inside = (mechanical - start + tolerance) % 360 <= width + 2 * tolerance
    return inside and _near(rotator.position, angle, rotator.step_size, width)


def _fetch_turn(
    angle: float,
) -> Callable[[Readings], Awaitable[tuple[bool, RotatorTurn | None]]]:
    """Return a function that reads a rotator that turns to a sky angle."""

    async def fetch(readings: Readings) -> tuple[bool, RotatorTurn | None]:
        """Read the rotator, and the profile if the range matters."""
        state = await readings.equipment.async_read(Role.ROTATOR)
        rotator = state.device(Role.ROTATOR)
        if not isinstance(rotator, Rotator):
            return state.reachable, None
        may_stand_for = _near(rotator.position, angle, rotator.step_size, _SMALLEST_RANGE)
        if not may_stand_for or rotator.moving is not False or _stands_at(rotator, angle):
            return state.reachable, RotatorTurn(rotator=rotator)
        try:
            profile = await readings.client.profile.get()
        except NinaError as err:
            LOGGER.debug("The range of the rotator could not be read: %s", err)
            return state.reachable, RotatorTurn(rotator=rotator)
        return state.reachable, RotatorTurn(rotator=rotator, allowed=profile.rotator)

    return fetch


def move_rotator(angle: float) -> Command[RotatorTurn]:
    """Turn the rotator to a sky angle in degrees.

    N.I.N.A. turns to the equivalent angle within the mechanical range that the user allows.
    """

    def arrived(turn: RotatorTurn) -> bool:
        return _stands_at(turn.rotator, angle) or _stands_for(turn, angle)

    return Command(
        key=RotatorKey.MOVE_ROTATOR,
        subject=Role.ROTATOR,
        fetch=_fetch_turn(angle),
        method=lambda client: client.rotator.move,
        send=lambda client, _: client.rotator.move(angle % 360),
        succeeded=arrived,
        proof_text="the rotator is at the angle, or at the equivalent one in the allowed range",
        reads=lambda turn: turn.rotator.position,
        timeout=300,
        # N.I.N.A. refuses a sky angle silently.
        precondition=lambda turn, _: (
            Reason.ROTATOR_NOT_SYNCED if turn.rotator.synced is False else None
        ),
        progress=lambda turn: turn.rotator.position,
        destination=angle,
        preempts=(RotatorKey.MOVE_ROTATOR, RotatorKey.MOVE_ROTATOR_MECHANICAL),
    )


def move_rotator_mechanical(angle: float) -> Command[Rotator]:
    """Turn the rotator to a mechanical angle in degrees."""
    return Command(
        key=RotatorKey.MOVE_ROTATOR_MECHANICAL,
        subject=Role.ROTATOR,
        method=lambda client: client.rotator.move_mechanical,
        send=lambda client, _: client.rotator.move_mechanical(angle % 360),
        succeeded=lambda rotator: (
            rotator.moving is False and _near(rotator.mechanical_position, angle, rotator.step_size)
        ),
        proof_text="the rotator is at the mechanical angle",
        reads=lambda rotator: rotator.mechanical_position,
        timeout=300,
        progress=lambda rotator: rotator.mechanical_position,
        destination=angle,
        preempts=(RotatorKey.MOVE_ROTATOR, RotatorKey.MOVE_ROTATOR_MECHANICAL),
    )


def _is_at(rotator: Rotator, angle: float) -> bool:
    """Return whether it is at a sky or mechanical angle, or at an equivalent one."""
    return any(
        _near(known, angle, rotator.step_size, _SMALLEST_RANGE)
        for known in (rotator.position, rotator.mechanical_position)
    )


STOP_ROTATOR = stop(
    Role.ROTATOR,
    Rotator,
    RotatorKey.STOP_ROTATOR,
    lambda client: client.rotator.stop,
    is_at=_is_at,
    proof_text="the rotator has stopped before it reached its destination",
    preempts=(RotatorKey.MOVE_ROTATOR, RotatorKey.MOVE_ROTATOR_MECHANICAL),
)


def reverse_rotator(*, reverse: bool) -> Command[Rotator]:
    """Choose the direction in which the rotator counts."""
    return Command(
        key=RotatorKey.REVERSE_ROTATOR if reverse else RotatorKey.UNREVERSE_ROTATOR,
        subject=Role.ROTATOR,
        method=lambda client: client.rotator.set_reverse,
        send=lambda client, _: client.rotator.set_reverse(reverse=reverse),
        succeeded=lambda rotator: rotator.reverse is reverse,
        proof_text=f"the rotator is {'' if reverse else 'not '}reversed",
        reads=lambda rotator: flag(rotator.reverse, Seen.REVERSED, Seen.NOT_REVERSED),
        precondition=lambda rotator, _: (
            Reason.REVERSE_NOT_SUPPORTED if rotator.can_reverse is False else None
        ),
    )
