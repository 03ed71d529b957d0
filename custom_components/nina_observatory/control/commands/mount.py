"""Commands for the mount; positions are J2000, as N.I.N.A. expects them."""

from typing import Final

from homeassistant.util import dt as dt_util

from ...api import Epoch, Equipment, EventType, Mount, Role, SideOfPier, TrackingMode
from ...api.coordinates import SkyPosition, centuries_since_2000
from ...const import CONF_SECURE_PARK_LIMIT, CommandKey
from ...errors import NotConnectedError, Reason
from ...helpers.words import Degrees, Seen, flag
from ..command import HOLD_TIME, Command, Pointing, Refusal


class MountKey(CommandKey):
    """Keys of the commands for the mount."""

    FIND_HOME = "find_home"
    MERIDIAN_FLIP = "meridian_flip"
    PARK_MOUNT = "park_mount"
    SET_MOUNT_PARK = "set_mount_park"
    SLEW_MOUNT = "slew_mount"
    STOP_MOUNT = "stop_mount"
    STOP_TRACKING = "stop_tracking"
    SYNC_MOUNT = "sync_mount"
    TRACK = "track"
    UNPARK_MOUNT = "unpark_mount"


# Degrees from the target at which a slew has arrived; more than nutation, aberration and rounding.
SLEW_TOLERANCE: Final = 5 / 60

_MOVEMENTS: Final = (
    MountKey.SLEW_MOUNT,
    MountKey.FIND_HOME,
    MountKey.MERIDIAN_FLIP,
    MountKey.SYNC_MOUNT,
)

_EPOCHS: Final = {Epoch.J2000: 0.0, Epoch.J2050: 0.5, Epoch.B1950: -0.5}


def _parked(mount: Mount, _equipment: Equipment) -> Refusal | None:
    """Refuse to move or track while the mount is parked."""
    return Reason.MOUNT_PARKED if mount.parked else None


def _announces(mount: Mount, _equipment: Equipment) -> bool:
    """Return whether the driver reports that the mount moves."""
    return mount.slewing is True and not mount.parked


def pointing(mount: Mount) -> Pointing | None:
    """Return the pointing of the mount; None unless all four angles are known."""
    angles = (mount.right_ascension, mount.declination, mount.altitude, mount.azimuth)
    match angles:
        case (float(ra), float(dec), float(altitude), float(azimuth)):
            return (ra * 15, dec), (azimuth, altitude)
    return None


def _stands(mount: Mount, _equipment: Equipment) -> bool:
    return mount.slewing is False


PARK_MOUNT = Command[Mount](
    key=MountKey.PARK_MOUNT,
    subject=Role.MOUNT,
    proof_text="the mount is parked",
    method=lambda client: client.mount.park,
    timeout_option=CONF_SECURE_PARK_LIMIT,
    overridden_by=(EventType.MOUNT_UNPARKED,),
    reports_motion=_announces,
    pointing=pointing,
    safety_critical=True,
    allow_unread=True,
    succeeded=lambda mount: mount.parked is True,
    hold_time=HOLD_TIME,
    reads=lambda mount: (
        Seen.SLEWING if mount.slewing else flag(mount.parked, Seen.PARKED, Seen.NOT_PARKED)
    ),
    related=(),
    timeout=300,
    precondition=lambda mount, _: Reason.PARK_NOT_SUPPORTED if mount.can_park is False else None,
    # A mount of which it is unknown whether it moves does not delay a repeat.
    stalled=lambda mount, _: mount.slewing is not True,
    retries=1,
    preempts=(
        MountKey.UNPARK_MOUNT,
        MountKey.TRACK,
        MountKey.STOP_TRACKING,
        MountKey.SET_MOUNT_PARK,
        *_MOVEMENTS,
    ),
)

UNPARK_MOUNT = Command[Mount](
    key=MountKey.UNPARK_MOUNT,
    subject=Role.MOUNT,
    needs_open_roof=True,
    proof_text="the mount is not parked",
    method=lambda client: client.mount.unpark,
    succeeded=lambda mount: mount.parked is False,
    reads=lambda mount: Seen.PARKED if mount.parked else None,
    timeout=60,
    blocked_by=(MountKey.PARK_MOUNT,),
)


def track(mode: TrackingMode) -> Command[Mount]:
    """Start tracking in a mode other than stopped."""

    def refusal(mount: Mount, equipment: Equipment) -> Refusal | None:
        if mount.tracking_modes and mode not in mount.tracking_modes:
            return Reason.TRACKING_MODE_NOT_SUPPORTED
        return _parked(mount, equipment)

    def tracks(before: Mount, now: Mount) -> bool:
        """Return whether it tracks in that mode; servers before 2.2.12 do not report the mode."""
        silent = before.tracking_mode is None and now.tracking_mode is None
        return now.tracking is True and (now.tracking_mode is mode or silent)

    return Command(
        key=MountKey.TRACK,
        subject=Role.MOUNT,
        needs_open_roof=True,
        send=lambda client, _: client.mount.set_tracking(mode),
        proof_text="the mount is tracking in this mode",
        method=lambda client: client.mount.set_tracking,
        changed=tracks,
        already_done=lambda mount, _: mount.tracking is True and mount.tracking_mode is mode,
        reads=lambda mount: mount.tracking_mode,
        timeout=20,
        precondition=refusal,
        blocked_by=(MountKey.PARK_MOUNT,),
    )


TRACK = track(TrackingMode.SIDEREAL)

STOP_TRACKING = Command[Mount](
    key=MountKey.STOP_TRACKING,
    subject=Role.MOUNT,
    send=lambda client, _: client.mount.set_tracking(TrackingMode.STOPPED),
    proof_text="the mount is not tracking",
    safety_critical=True,
    method=lambda client: client.mount.set_tracking,
    succeeded=lambda mount: mount.tracking is False,
    reads=lambda mount: mount.tracking_mode,
    timeout=30,
    stall_timeout=10,
    precondition=_parked,
    preempts=(MountKey.TRACK,),
    blocked_by=(MountKey.PARK_MOUNT,),
)

FIND_HOME = Command[Mount](
    key=MountKey.FIND_HOME,
    subject=Role.MOUNT,
    needs_open_roof=True,
    proof_text="the mount is at home and not slewing, or its coordinates do not change",
    reports_motion=_announces,
    pointing=pointing,
    arrived=lambda mount: mount.at_home is True,
    method=lambda client: client.mount.find_home,
    succeeded=lambda mount: mount.at_home is True and mount.slewing is False,
    reads=lambda mount: (
        Seen.SLEWING if mount.slewing else flag(mount.at_home, Seen.AT_HOME, Seen.NOT_AT_HOME)
    ),
    timeout=300,
    precondition=lambda mount, equipment: (
        Reason.HOME_NOT_SUPPORTED if mount.can_find_home is False else _parked(mount, equipment)
    ),
    # Many mounts do not report a slew while they search for home.
    stalled=_stands,
    stall_timeout=90,
    blocked_by=(MountKey.PARK_MOUNT,),
)

# Also sent while nothing slews: centering pauses between its slews.
STOP_MOUNT = Command[Mount](
    key=MountKey.STOP_MOUNT,
    subject=Role.MOUNT,
    proof_text="the mount is not slewing, or its coordinates do not change",
    pointing=pointing,
    arrived=lambda _: True,
    is_stop=True,
    safety_critical=True,
    allow_unread=True,
    method=lambda client: client.mount.stop,
    succeeded=lambda mount: mount.slewing is False,
    hold_time=HOLD_TIME,
    already_done=lambda _, __: False,
    reads=lambda mount: flag(mount.slewing, Seen.SLEWING, Seen.NOT_SLEWING),
    related=(),
    stalled=lambda _, __: True,
    stall_timeout=10,
    retries=1,
    preempts=(MountKey.PARK_MOUNT, *_MOVEMENTS),
)

SET_MOUNT_PARK = Command[Mount](
    key=MountKey.SET_MOUNT_PARK,
    subject=Role.MOUNT,
    method=lambda client: client.mount.set_park_position,
    precondition=lambda mount, equipment: (
        Reason.SET_PARK_NOT_SUPPORTED if mount.can_set_park is False else _parked(mount, equipment)
    ),
    blocked_by=(MountKey.PARK_MOUNT,),
)


def _cannot_flip(mount: Mount, equipment: Equipment) -> Refusal | None:
    """Return why a flip could not be verified."""
    if mount.side_of_pier not in (SideOfPier.EAST, SideOfPier.WEST):
        return Reason.SIDE_OF_PIER_UNKNOWN
    return _parked(mount, equipment)


def _flipped(before: Mount, now: Mount) -> bool:
    """Return whether the mount changed sides and tracks there."""
    flipped = {before.side_of_pier, now.side_of_pier} == {SideOfPier.EAST, SideOfPier.WEST}
    return flipped and now.tracking is True and now.slewing is False


MERIDIAN_FLIP = Command[Mount](
    key=MountKey.MERIDIAN_FLIP,
    subject=Role.MOUNT,
    needs_open_roof=True,
    proof_text="the mount is on the other side of the pier, tracking, and not slewing",
    method=lambda client: client.mount.flip,
    changed=_flipped,
    reads=lambda mount: mount.side_of_pier,
    timeout=600,
    precondition=_cannot_flip,
    stalled=_stands,
    blocked_by=(MountKey.PARK_MOUNT,),
)


def distance(mount: Mount, target: SkyPosition) -> float | None:
    """Return the distance of the mount from a J2000 position in degrees; None while unknown."""
    if mount.right_ascension is None or mount.declination is None:
        return None
    centuries = centuries_since_2000(dt_util.utcnow())
    if isinstance(mount.equatorial_system, Epoch):
        centuries = _EPOCHS.get(mount.equatorial_system, centuries)
    here = SkyPosition.of_degrees(mount.right_ascension * 15 % 360, mount.declination)
    return here.separation(target.precessed(centuries))


def _points_at(mount: Mount, target: SkyPosition) -> bool:
    away = distance(mount, target)
    return away is not None and away <= SLEW_TOLERANCE


def _tracks(mount: Mount, target: SkyPosition) -> bool:
    return mount.tracking is True and _points_at(mount, target)


def _distance_seen(mount: Mount, target: SkyPosition) -> Degrees | None:
    """Return the distance from a position, for an error."""
    away = distance(mount, target)
    return None if away is None else Degrees(away)


def slew(
    target: SkyPosition, *, center: bool = False, rotation: float | None = None, wait: bool = True
) -> Command[Mount]:
    """Slew the mount to a position and track it.

    With `center` or a `rotation` of the camera in degrees, and `wait`, N.I.N.A. replies at the end,
    with "Slew failed" after a success; otherwise only the mount's readings show the end. In both
    cases the position has to match the target, in the equinox of the mount.
    """
    precise = center or rotation is not None

    def refusal(mount: Mount, equipment: Equipment) -> Refusal | None:
        if mount.can_slew is False:
            return Reason.SLEW_NOT_SUPPORTED
        if precise and (equipment.camera is None or not equipment.camera.connected):
            return NotConnectedError(Role.CAMERA)
        if rotation is not None and (equipment.rotator is None or not equipment.rotator.connected):
            return NotConnectedError(Role.ROTATOR)
        return _parked(mount, equipment) or _below_horizon(mount, target)

    return Command[Mount](
        key=MountKey.SLEW_MOUNT,
        subject=Role.MOUNT,
        needs_open_roof=True,
        send=lambda client, _: client.mount.slew(
            target.right_ascension.degrees,
            target.declination.degrees,
            center=center,
            rotation=rotation,
            wait=precise and wait,
        ),
        proof_text="the mount is tracking, not slewing, and within 5 arcminutes of the target",
        method=lambda client: client.mount.slew,
        since=(2, 2, 5) if precise else (),
        succeeded=lambda mount: _tracks(mount, target) and mount.slewing is False,
        pointing=pointing,
        # Some drivers keep reporting a slew for minutes.
        arrived=lambda mount: _tracks(mount, target),
        already_done=(lambda _, __: False) if precise else None,
        reads=lambda mount: _distance_seen(mount, target),
        timeout=600,
        precondition=refusal,
        stalled=_stands,
        blocked_by=(MountKey.PARK_MOUNT,),
    )


def _below_horizon(mount: Mount, target: SkyPosition) -> Refusal | None:
    """Refuse a target below the horizon, if the mount reports its site."""
    if mount.site_latitude is None or mount.sidereal_time is None:
        return None
    now = target.precessed(centuries_since_2000(dt_util.utcnow()))
    high = now.altitude(mount.site_latitude, mount.sidereal_time)
    return Reason.TARGET_BELOW_HORIZON if high < 0 else None


def _cannot_sync(mount: Mount, equipment: Equipment) -> Refusal | None:
    """Return why the mount cannot be synced."""
    return Reason.MOUNT_SLEWING if mount.slewing else _parked(mount, equipment)


def sync_mount(target: SkyPosition) -> Command[Mount]:
    """Sync the mount to a position; N.I.N.A. replies "Synced" even if the mount refuses."""
    return Command[Mount](
        key=MountKey.SYNC_MOUNT,
        subject=Role.MOUNT,
        send=lambda client, _: client.mount.sync(
            target.right_ascension.degrees, target.declination.degrees
        ),
        proof_text="the mount is within 5 arcminutes of the coordinates",
        method=lambda client: client.mount.sync,
        succeeded=lambda mount: _points_at(mount, target) and mount.slewing is False,
        already_done=lambda _, __: False,
        reads=lambda mount: _distance_seen(mount, target),
        precondition=_cannot_sync,
        blocked_by=(MountKey.PARK_MOUNT,),
    )


# The position that the solve will find is not known beforehand.
SOLVE_AND_SYNC_MOUNT = Command[Mount](
    key=MountKey.SYNC_MOUNT,
    subject=Role.MOUNT,
    method=lambda client: client.mount.solve_and_sync,
    precondition=lambda mount, equipment: (
        _cannot_sync(mount, equipment)
        if equipment.camera is not None and equipment.camera.connected
        else NotConnectedError(Role.CAMERA)
    ),
    blocked_by=(MountKey.PARK_MOUNT,),
)
