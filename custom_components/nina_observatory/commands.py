"""Every command that is sent, with its proof and its limits; the mechanism is `commander.py`.

| command           | proof                                   | limit   | nothing moves | sent again |
|-------------------|-----------------------------------------|---------|---------------|------------|
| open_shutter      | shutter reads open                      | 5 min   | 60 s          | never      |
| close_shutter     | shutter reads closed                    | 5 min   | 30 s          | twice      |
| stop_dome         | nothing opens, closes or turns          | 30 s    | –             | once       |
| park_mount        | mount reads parked                      | 5 min   | 30 s          | once       |
| unpark_mount      | mount reads not parked                  | 1 min   | –             | never      |
| tracking          | mount reads tracking, or not            | 20 s    | –             | never      |
| cooler on         | cooler reads on                         | 30 s    | –             | never      |
| cooler off        | cooler reads off, after warming up      | 60 min  | –             | never      |
| start_guiding     | guider reads guiding                    | 10 min  | –             | never      |
| stop_guiding      | guider reads neither guiding nor trying | 30 s    | –             | once       |
| open/close cover  | cover reads open, closed                | 90 s    | 30 s (close)  | once (close) |
| set_switch        | channel reads the value                 | 30 s    | –             | never      |
| start_sequence    | a root of the sequence runs             | 30 s    | –             | never      |
| stop_sequence     | no root of the sequence runs            | 150 s   | –             | once       |
"""

from .api import (
    Camera,
    CoverState,
    Dome,
    Equipment,
    FlatPanel,
    Guider,
    GuiderState,
    Mount,
    Role,
    Sequence,
    ShutterState,
    SwitchHub,
    TrackingMode,
    WritableSwitch,
)
from .commander import SEQUENCE, Command

MOVING = (ShutterState.OPENING, ShutterState.CLOSING)
BUSY_GUIDING = (GuiderState.GUIDING, GuiderState.CALIBRATING, GuiderState.LOST_LOCK)


def _slewing(dome: Dome, equipment: Equipment) -> bool:
    """Return whether the dome turns or the mount slews: N.I.N.A. may be parking them first."""
    mount = equipment.mount
    return dome.slewing is True or (mount is not None and mount.slewing is True)


def _shutter_stands(dome: Dome, equipment: Equipment) -> bool:
    """Return whether a reading shows the shutter standing, and nothing on its way to that."""
    return dome.shutter not in MOVING and not _slewing(dome, equipment)


def _cannot_open(dome: Dome, _equipment: Equipment) -> str | None:
    """Return why the shutter cannot be told to open; a closing roof is not disturbed."""
    if not dome.can_set_shutter:
        return "shutter_not_supported"
    return "close_shutter_under_way" if dome.shutter is ShutterState.CLOSING else None


def _cannot_close(dome: Dome, _equipment: Equipment) -> str | None:
    """Return why the shutter cannot be told to close."""
    return None if dome.can_set_shutter else "shutter_not_supported"


OPEN_SHUTTER = Command[Dome](
    key="open_shutter",
    subject=Role.DOME,
    send=lambda client, _: client.open_shutter(),
    proof=lambda dome: dome.shutter is ShutterState.OPEN,
    seen=lambda dome: dome.shutter,
    limit=300,
    patience=60,
    refusal=_cannot_open,
    underway=lambda dome, _: dome.shutter is ShutterState.OPENING,
    standing=_shutter_stands,
    yields_to=("close_shutter",),
)

CLOSE_SHUTTER = Command[Dome](
    key="close_shutter",
    subject=Role.DOME,
    send=lambda client, _: client.close_shutter(),
    proof=lambda dome: dome.shutter is ShutterState.CLOSED,
    seen=lambda dome: dome.shutter,
    limit=300,
    refusal=_cannot_close,
    underway=lambda dome, _: dome.shutter is ShutterState.CLOSING,
    standing=_shutter_stands,
    repeats=2,
    overtakes=("open_shutter", "stop_dome"),
)

STOP_DOME = Command[Dome](
    key="stop_dome",
    subject=Role.DOME,
    send=lambda client, _: client.stop_dome(),
    proof=lambda dome: dome.shutter not in MOVING and not dome.slewing,
    seen=lambda dome: dome.shutter,
    limit=30,
    refusal=lambda dome, _: (
        "close_shutter_under_way" if dome.shutter is ShutterState.CLOSING else None
    ),
    overtakes=("open_shutter",),
    yields_to=("close_shutter",),
)

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


def _cannot_cool(camera: Camera, _equipment: Equipment) -> str | None:
    """Return why the cooler cannot be switched on without naming a temperature."""
    if not camera.can_set_temperature:
        return "cooler_not_supported"
    return "set_point_unknown" if camera.set_point is None else None


COOLER_ON = Command[Camera](
    key="cooler_on",
    subject=Role.CAMERA,
    # -1 minutes means the duration in N.I.N.A.'s profile; 0 would shock the sensor.
    send=lambda client, camera: client.cool_camera(temperature=camera.set_point or 0.0, minutes=-1),
    proof=lambda camera: camera.cooler_on is True,
    seen=lambda camera: camera.temperature,
    limit=30,
    refusal=_cannot_cool,
    overtakes=("cooler_off",),
)

COOLER_OFF = Command[Camera](
    key="cooler_off",
    subject=Role.CAMERA,
    send=lambda client, _: client.warm_camera(minutes=-1),
    proof=lambda camera: camera.cooler_on is False,
    seen=lambda camera: camera.temperature,
    limit=3600,
    overtakes=("cooler_on",),
)

START_GUIDING = Command[Guider](
    key="start_guiding",
    subject=Role.GUIDER,
    send=lambda client, _: client.start_guiding(calibrate=False),
    proof=lambda guider: guider.state is GuiderState.GUIDING,
    seen=lambda guider: guider.state,
    limit=600,
)

STOP_GUIDING = Command[Guider](
    key="stop_guiding",
    subject=Role.GUIDER,
    send=lambda client, _: client.stop_guiding(),
    proof=lambda guider: guider.state not in BUSY_GUIDING,
    seen=lambda guider: guider.state,
    limit=30,
    standing=lambda guider, _: guider.state in BUSY_GUIDING,
    patience=12,
    repeats=1,
    overtakes=("start_guiding",),
)

OPEN_COVER = Command[FlatPanel](
    key="open_cover",
    subject=Role.FLAT_PANEL,
    send=lambda client, _: client.set_cover(closed=False),
    proof=lambda panel: panel.cover is CoverState.OPEN,
    seen=lambda panel: panel.cover,
    limit=90,
    standing=lambda panel, _: panel.cover is not CoverState.NEITHER_OPEN_NOR_CLOSED,
)

CLOSE_COVER = Command[FlatPanel](
    key="close_cover",
    subject=Role.FLAT_PANEL,
    send=lambda client, _: client.set_cover(closed=True),
    proof=lambda panel: panel.cover is CoverState.CLOSED,
    seen=lambda panel: panel.cover,
    limit=90,
    standing=lambda panel, _: panel.cover is not CoverState.NEITHER_OPEN_NOR_CLOSED,
    repeats=1,
    overtakes=("open_cover",),
)


def _channel(hub: SwitchHub, channel_id: int) -> WritableSwitch | None:
    """Return a channel by its id."""
    return next((channel for channel in hub.writable if channel.id == channel_id), None)


def switch_channel(channel_id: int, *, on: bool) -> Command[SwitchHub]:
    """Return the command that switches a two-state channel.

    It is named by its id and written by its position, both from a reading made for this
    command: positions change with the device that is connected (field notes 15).
    """

    def wanted(hub: SwitchHub) -> float:
        """Return the value to write."""
        channel = _channel(hub, channel_id)
        value = None if channel is None else channel.maximum if on else channel.minimum
        return float(on) if value is None else value

    def reads(hub: SwitchHub) -> float | None:
        """Return what the channel reads."""
        channel = _channel(hub, channel_id)
        return None if channel is None else channel.value

    return Command(
        key="switch_channel",
        subject=Role.SWITCH_HUB,
        send=lambda client, hub: client.set_switch(hub.index_of(channel_id) or 0, wanted(hub)),
        proof=lambda hub: reads(hub) == wanted(hub),
        seen=reads,
        limit=30,
        refusal=lambda hub, _: "channel_missing" if hub.index_of(channel_id) is None else None,
    )


def start_sequence(*, skip_validation: bool) -> Command[Sequence]:
    """Return the command that starts the loaded sequence."""
    return Command(
        key="start_sequence",
        subject=SEQUENCE,
        send=lambda client, _: client.start_sequence(skip_validation=skip_validation),
        proof=lambda sequence: sequence.running,
        seen=lambda _: "not running",
        limit=30,
    )


STOP_SEQUENCE = Command[Sequence](
    key="stop_sequence",
    subject=SEQUENCE,
    send=lambda client, _: client.stop_sequence(),
    proof=lambda sequence: not sequence.running,
    seen=lambda _: "running",
    # N.I.N.A. gives a stubborn instruction two minutes to react.
    limit=150,
    overtakes=("start_sequence",),
)
