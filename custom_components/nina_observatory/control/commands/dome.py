"""Commands for the dome or roof.

Nearly every dome command of N.I.N.A. aborts the previous one and its movement. So while the shutter
closes, only a person's stop is sent; while it opens, only a stop or a close
(docs/field-notes.md, Dome).
"""

from collections.abc import Callable
from dataclasses import replace

from ...api import Dome, Equipment, EventType, Role, ShutterState
from ...const import CONF_SECURE_ROOF_LIMIT, CommandKey
from ...errors import Ending, InProgressError, Reason
from ...helpers.words import Seen, flag
from ..command import HOLD_TIME, Command, Refusal


class DomeKey(CommandKey):
    """Keys of the commands for the dome or roof."""

    CLOSE_SHUTTER = "close_shutter"
    FIND_DOME_HOME = "find_dome_home"
    FOLLOW_MOUNT = "follow_mount"
    OPEN_SHUTTER = "open_shutter"
    PARK_DOME = "park_dome"
    SET_DOME_PARK_POSITION = "set_dome_park_position"
    SLEW_DOME = "slew_dome"
    STOP_DOME = "stop_dome"
    STOP_FOLLOWING = "stop_following"
    SYNC_DOME = "sync_dome"


MOVING = (ShutterState.OPENING, ShutterState.CLOSING)
ENDS = (ShutterState.OPEN, ShutterState.CLOSED)
# Drivers stop close to the target; N.I.N.A.'s own default tolerance is 2°.
AZIMUTH_TOLERANCE = 2.0

# Commands that turn the dome; a close or a stop preempts them all.
TURNS = (
    DomeKey.SLEW_DOME,
    DomeKey.SYNC_DOME,
    DomeKey.PARK_DOME,
    DomeKey.FIND_DOME_HOME,
)
FOLLOWS = (DomeKey.FOLLOW_MOUNT, DomeKey.STOP_FOLLOWING)
CLOSING = (DomeKey.CLOSE_SHUTTER, DomeKey.PARK_DOME)


def _slewing(dome: Dome, equipment: Equipment) -> bool:
    """Return whether the dome turns or the mount slews: N.I.N.A. may park them first."""
    mount = equipment.mount
    # Some mounts keep reporting a slew for minutes after they have parked.
    slews = mount is not None and mount.slewing is True and not mount.parked
    return dome.slewing is True or slews


def _shutter_stands(dome: Dome, equipment: Equipment) -> bool:
    """Return whether the shutter is at rest, and nothing moves that N.I.N.A. would wait for."""
    return dome.shutter not in MOVING and not _slewing(dome, equipment)


def _may_stand(dome: Dome, _equipment: Equipment) -> bool:
    """Return whether the dome is not known to move."""
    return dome.shutter not in MOVING and dome.slewing is not True


def _stands(dome: Dome, _equipment: Equipment) -> bool:
    return _rests(dome)


def _rests(dome: Dome) -> bool:
    """Return whether the dome is known not to turn, and its shutter to be in a state of rest."""
    known = isinstance(dome.shutter, ShutterState)
    return known and dome.shutter not in MOVING and dome.slewing is False


def _cannot_open(dome: Dome, _equipment: Equipment) -> Refusal | None:
    """Return why the shutter cannot be opened; a closing roof is not disturbed."""
    if dome.can_set_shutter is False:
        return Reason.SHUTTER_NOT_SUPPORTED
    return InProgressError(DomeKey.CLOSE_SHUTTER) if dome.shutter is ShutterState.CLOSING else None


def _cannot_disturb(dome: Dome, _equipment: Equipment) -> Refusal | None:
    """Return why a command cannot be sent that would abort a moving shutter."""
    if dome.shutter is ShutterState.CLOSING:
        return InProgressError(DomeKey.CLOSE_SHUTTER)
    return Reason.SHUTTER_OPENING if dome.shutter is ShutterState.OPENING else None


def _unless(
    able: Callable[[Dome], bool | None], lacking: Reason
) -> Callable[[Dome, Equipment], Refusal | None]:
    """Return a precondition: the driver does not lack a capability, and the shutter is at rest."""

    def refusal(dome: Dome, equipment: Equipment) -> Refusal | None:
        return lacking if able(dome) is False else _cannot_disturb(dome, equipment)

    return refusal


def _unclosed(dome: Dome, equipment: Equipment) -> Ending:
    """Return the outcome of a close that no reading proved."""
    if dome.shutter is ShutterState.ERROR:
        return Ending.ERROR
    if dome.shutter is ShutterState.CLOSING:
        return Ending.MOVING
    mount = equipment.mount
    parked = mount is not None and mount.connected and mount.parked is True
    return Ending.UNPROVEN if parked else Ending.MOUNT


OPEN_SHUTTER = Command[Dome](
    key=DomeKey.OPEN_SHUTTER,
    subject=Role.DOME,
    method=lambda client: client.dome.open_shutter,
    succeeded=lambda dome: dome.shutter is ShutterState.OPEN,
    proof_text="the shutter is open",
    reads=lambda dome: dome.shutter,
    timeout=300,
    timeout_option=CONF_SECURE_ROOF_LIMIT,
    stall_timeout=60,
    reports_motion=lambda dome, _: dome.shutter is ShutterState.OPENING,
    precondition=_cannot_open,
    in_progress=lambda dome, _: dome.shutter is ShutterState.OPENING,
    stalled=_shutter_stands,
    blocked_by=CLOSING,
)

CLOSE_SHUTTER = Command[Dome](
    key=DomeKey.CLOSE_SHUTTER,
    subject=Role.DOME,
    related=(Role.MOUNT,),
    method=lambda client: client.dome.close_shutter,
    succeeded=lambda dome: dome.shutter is ShutterState.CLOSED,
    proof_text="the shutter is closed",
    hold_time=HOLD_TIME,
    reads=lambda dome: dome.shutter,
    timeout=300,
    timeout_option=CONF_SECURE_ROOF_LIMIT,
    reports_motion=lambda dome, _: dome.shutter is ShutterState.CLOSING,
    overridden=lambda dome: dome.shutter is ShutterState.OPENING,
    overridden_by=(EventType.DOME_SHUTTER_OPENED,),
    safety_critical=True,
    allow_unread=True,
    ending=_unclosed,
    precondition=lambda dome, _: (
        Reason.SHUTTER_NOT_SUPPORTED if dome.can_set_shutter is False else None
    ),
    in_progress=lambda dome, _: dome.shutter is ShutterState.CLOSING,
    stalled=_shutter_stands,
    retries=2,
    preempts=(DomeKey.OPEN_SHUTTER, DomeKey.STOP_DOME, *TURNS, *FOLLOWS),
)


def stop_dome(*, closing: bool, sent: bool = False) -> Command[Dome]:
    """Stop the dome for a person: sent at once, no matter what moves, and never automatically.

    A stop that is ignored is sent again; to a closing roof only if it was `closing` before,
    otherwise another close has begun. The shutter must not have reached its end. A shutter that
    was `sent` to one end and reads the other may be moving: some drivers report no movement.
    """
    again = MOVING if closing else (ShutterState.OPENING,)

    def stopped(before: Dome, now: Dome) -> bool:
        """Return whether everything is at rest because of the stop."""
        arrived = now.shutter in ENDS and (sent or now.shutter is not before.shutter)
        return _rests(now) and not arrived

    def ignores(dome: Dome, _equipment: Equipment) -> bool:
        turns = dome.slewing is True and dome.shutter is not ShutterState.CLOSING
        return dome.shutter in again or turns

    return Command[Dome](
        key=DomeKey.STOP_DOME,
        subject=Role.DOME,
        related=(),
        method=lambda client: client.dome.stop,
        immediate=True,
        safety_critical=True,
        allow_unread=True,
        changed=stopped,
        proof_text="nothing moves, and the shutter has stopped short of its end position",
        hold_time=HOLD_TIME,
        reads=lambda dome: dome.shutter,
        stalled=ignores,
        stall_timeout=10,
        retries=1,
        preempts=(DomeKey.OPEN_SHUTTER, DomeKey.CLOSE_SHUTTER, *TURNS, *FOLLOWS),
        preempt_reason=Reason.STOPPED,
    )


STOP_DOME = stop_dome(closing=True)


def parked_and_closed(before: Dome, now: Dome) -> bool:
    """Return whether the dome is parked, and closed if it can be.

    A driver may report "parked" long before the shutter is closed, and no shutter movement. If it
    never reports the shutter, but "none", "parked" is enough.
    """
    silent = before.shutter is ShutterState.NONE and now.shutter is ShutterState.NONE
    closed = now.shutter is ShutterState.CLOSED or silent or now.can_set_shutter is False
    return now.parked is True and closed and _rests(now)


# If the driver can move the shutter, parking also closes it; `roof.py` has the rules for that.
PARK_DOME = Command[Dome](
    key=DomeKey.PARK_DOME,
    subject=Role.DOME,
    related=(Role.MOUNT,),
    method=lambda client: client.dome.park,
    already_done=lambda dome, _: parked_and_closed(dome, dome),
    changed=parked_and_closed,
    proof_text="the dome is parked, its shutter, if any, is closed, and nothing moves",
    reports_motion=lambda dome, _: dome.slewing is True or dome.shutter in MOVING,
    safety_critical=True,
    hold_time=HOLD_TIME,
    reads=lambda dome: dome.azimuth,
    timeout=600,
    precondition=_unless(lambda dome: dome.can_park, Reason.DOME_PARK_NOT_SUPPORTED),
    stalled=_may_stand,
    stall_timeout=60,
    retries=1,
    preempts=(DomeKey.SLEW_DOME, DomeKey.SYNC_DOME, DomeKey.FIND_DOME_HOME, *FOLLOWS),
    blocked_by=(DomeKey.CLOSE_SHUTTER,),
)

FIND_DOME_HOME = Command[Dome](
    key=DomeKey.FIND_DOME_HOME,
    subject=Role.DOME,
    method=lambda client: client.dome.find_home,
    succeeded=lambda dome: dome.at_home is True and dome.slewing is False,
    proof_text="the dome is at home and does not move",
    reports_motion=lambda dome, _: dome.slewing is True,
    reads=lambda dome: dome.azimuth,
    timeout=300,
    precondition=_unless(lambda dome: dome.can_find_home, Reason.DOME_HOME_NOT_SUPPORTED),
    stalled=_stands,
    blocked_by=CLOSING,
)


def _points_at(azimuth: float) -> Callable[[Dome], bool]:
    return lambda dome: (
        dome.slewing is False
        and dome.azimuth is not None
        and abs((dome.azimuth - azimuth + 180) % 360 - 180) <= AZIMUTH_TOLERANCE
    )


_CANNOT_TURN = _unless(lambda dome: dome.can_set_azimuth, Reason.DOME_TURN_NOT_SUPPORTED)


def slew_dome(azimuth: float) -> Command[Dome]:
    """Turn the dome to an azimuth in degrees; this ends following."""
    azimuth %= 360
    return Command(
        key=DomeKey.SLEW_DOME,
        subject=Role.DOME,
        method=lambda client: client.dome.slew,
        send=lambda client, _: client.dome.slew(azimuth),
        succeeded=_points_at(azimuth),
        proof_text=f"the dome has stopped within {AZIMUTH_TOLERANCE:g}° of the azimuth",
        reads=lambda dome: dome.azimuth,
        timeout=300,
        precondition=_CANNOT_TURN,
        stalled=_stands,
        preempts=(DomeKey.SLEW_DOME, DomeKey.SYNC_DOME),
        blocked_by=CLOSING,
    )


def _cannot_sync(dome: Dome, equipment: Equipment) -> Refusal | None:
    """Return why the dome cannot be turned to the mount."""
    if equipment.mount is None or not equipment.mount.connected:
        return Reason.SYNC_NEEDS_MOUNT
    return _CANNOT_TURN(dome, equipment)


def _is_synchronized(dome: Dome, equipment: Equipment) -> bool:
    """Return whether the dome is known to be aligned with the mount."""
    if dome.following:
        return dome.synchronized is True
    mount = equipment.mount
    return mount is not None and mount.azimuth is not None and _points_at(mount.azimuth)(dome)


def _turned(before: Dome, now: Dome) -> bool:
    """Return whether the dome stands elsewhere than before."""
    known = None not in (before.azimuth, now.azimuth)
    return known and now.slewing is False and now.azimuth != before.azimuth


# Only N.I.N.A. can compute the azimuth, from the geometry of mount and dome. Readings only show
# that the dome turned and is at rest again.
SYNC_DOME = Command[Dome](
    key=DomeKey.SYNC_DOME,
    subject=Role.DOME,
    method=lambda client: client.dome.sync,
    already_done=_is_synchronized,
    changed=_turned,
    proof_text="the dome has rotated and stopped, or was already aligned with the mount",
    hold_time=HOLD_TIME,
    reads=lambda dome: dome.azimuth,
    timeout=300,
    precondition=_cannot_sync,
    stalled=_stands,
    preempts=(DomeKey.SLEW_DOME, DomeKey.SYNC_DOME),
    blocked_by=CLOSING,
)

SET_DOME_PARK_POSITION = Command[Dome](
    key=DomeKey.SET_DOME_PARK_POSITION,
    subject=Role.DOME,
    method=lambda client: client.dome.set_park_position,
    reads=lambda dome: dome.azimuth,
    precondition=lambda dome, _: (
        Reason.DOME_PARK_POSITION_NOT_SETTABLE
        if dome.can_set_park is False or dome.parked is True
        else None
    ),
    blocked_by=CLOSING,
)


def _cannot_follow(dome: Dome, equipment: Equipment) -> Refusal | None:
    """Return why following cannot be switched on or off: N.I.N.A. refuses both alike."""
    if dome.can_set_azimuth is False:
        return Reason.DOME_TURN_NOT_SUPPORTED
    if dome.shutter is ShutterState.CLOSING:
        return InProgressError(DomeKey.CLOSE_SHUTTER)
    if dome.shutter is not ShutterState.OPEN:
        return Reason.FOLLOWING_NEEDS_OPEN_SHUTTER
    mount = equipment.mount
    return None if mount is not None and mount.connected else Reason.FOLLOWING_NEEDS_MOUNT


FOLLOW_MOUNT = Command[Dome](
    key=DomeKey.FOLLOW_MOUNT,
    subject=Role.DOME,
    method=lambda client: client.dome.set_following,
    # Older servers can switch it but do not report it.
    since=(2, 2, 1),
    send=lambda client, _: client.dome.set_following(enabled=True),
    succeeded=lambda dome: dome.following is True,
    proof_text="the dome is following",
    reads=lambda dome: flag(dome.following, Seen.FOLLOWING, Seen.NOT_FOLLOWING),
    precondition=_cannot_follow,
    preempts=(DomeKey.STOP_FOLLOWING,),
    blocked_by=CLOSING,
)

STOP_FOLLOWING = replace(
    FOLLOW_MOUNT,
    key=DomeKey.STOP_FOLLOWING,
    send=lambda client, _: client.dome.set_following(enabled=False),
    succeeded=lambda dome: dome.following is False,
    proof_text="the dome is not following",
    preempts=(DomeKey.FOLLOW_MOUNT,),
)
