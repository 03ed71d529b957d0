"""Commands for the mount."""

from ..api import Equipment, Mount, Role, TrackingMode
from ..commander import Command

PARK_MOUNT = Command[Mount](
    key="park_mount",
    subject=Role.MOUNT,
    send=lambda client, _: client.park_mount(),
    proof=lambda mount: mount.parked is True,
    seen=lambda mount: "slewing" if mount.slewing else "not parked",
    limit=300,
    refusal=lambda mount, _: None if mount.can_park else "park_not_supported",
    standing=lambda mount, _: not mount.slewing,
    repeats=1,
    overtakes=("unpark_mount", "track", "stop_tracking"),
)

UNPARK_MOUNT = Command[Mount](
    key="unpark_mount",
    subject=Role.MOUNT,
    send=lambda client, _: client.unpark_mount(),
    proof=lambda mount: mount.parked is False,
    seen=lambda mount: "parked" if mount.parked else "unknown",
    limit=60,
    yields_to=("park_mount",),
)


def _cannot_track(mount: Mount, _equipment: Equipment) -> str | None:
    """Return why tracking cannot be switched."""
    return "mount_parked" if mount.parked else None


TRACK = Command[Mount](
    key="track",
    subject=Role.MOUNT,
    send=lambda client, _: client.set_tracking(TrackingMode.SIDEREAL),
    proof=lambda mount: mount.tracking is True,
    seen=lambda mount: mount.tracking_mode,
    limit=20,
    refusal=_cannot_track,
    yields_to=("park_mount",),
)

STOP_TRACKING = Command[Mount](
    key="stop_tracking",
    subject=Role.MOUNT,
    send=lambda client, _: client.set_tracking(TrackingMode.STOPPED),
    proof=lambda mount: mount.tracking is False,
    seen=lambda mount: mount.tracking_mode,
    limit=20,
    refusal=_cannot_track,
    overtakes=("track",),
    yields_to=("park_mount",),
)
