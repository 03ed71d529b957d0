"""Commands that are accepted and not carried out: what each sends, and what is needed for that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from custom_components.nina_observatory.api import (
    ApplicationTab,
    FlatFrames,
    Role,
    SequenceSkip,
    SkySource,
)
from custom_components.nina_observatory.api.coordinates import SkyPosition
from custom_components.nina_observatory.control.command import Command
from custom_components.nina_observatory.control.commands import (
    dome,
    focuser,
    guider,
    live_stack,
    mount,
)
from custom_components.nina_observatory.control.commands.camera import ABORT_EXPOSURE, cool_camera
from custom_components.nina_observatory.control.commands.connection import connect, disconnect
from custom_components.nina_observatory.control.commands.flats import (
    FINISH_FLATS,
    STOP_FLATS,
    start_flats,
)
from custom_components.nina_observatory.control.commands.framing import (
    frame,
    set_sky_source,
    turn_frame,
)
from custom_components.nina_observatory.control.commands.profile import (
    set_profile_value,
    switch_profile,
    switch_tab,
)
from custom_components.nina_observatory.control.commands.rotator import STOP_ROTATOR
from custom_components.nina_observatory.control.commands.sequence import (
    RESET_SEQUENCE,
    STOP_SEQUENCE,
    load_sequence,
    set_sequence_target,
    skip_sequence,
    start_sequence,
)
from simulator import Observatory
from simulator.enums import PierSide
from simulator.flats import FlatPlan
from simulator.sequence.node import Status

from .action_cases import (
    closed,
    expose,
    guided,
    high,
    slewing,
    standing,
    under_the_stars,
    unparked,
    warm,
)
from .commanding import nothing

type Prepare = Callable[[Observatory], object]


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """A command, or what makes it, the one request it sends, and what makes it possible."""

    command: Command[Any] | Callable[[Observatory], Command[Any]]
    path: str
    sent: Mapping[str, str] = field(default_factory=dict)
    prepare: Prepare = nothing

    def make(self, observatory: Observatory) -> Command[Any]:
        """Return the command."""
        return self.command if isinstance(self.command, Command) else self.command(observatory)


def _place(observatory: Observatory, hour_angle: float) -> SkyPosition:
    """Return a place of J2000 high in the sky."""
    there = high(observatory, hour_angle)
    return SkyPosition.of_degrees(there.ra_degrees, there.dec_degrees)


def _opening(observatory: Observatory) -> None:
    """Have the roof open, ever so slowly."""
    observatory.dome.put_shutter(0.5)
    observatory.dome.shutter_seconds = 9000
    observatory.dome.drive_shutter(1.0)


def _open(observatory: Observatory, *, following: bool = False) -> None:
    """Have the roof open and the mount parked."""
    closed(observatory)
    observatory.dome.put_shutter(1.0)
    observatory.dome.parked = False
    observatory.dome.following = following


def take_flats(observatory: Observatory) -> None:
    """Have flats taken that never end."""
    observatory.flats.start(FlatPlan("trained", 500, None, 9000.0, keep_closed=True))


def _drive_focuser(observatory: Observatory) -> None:
    """Have the focuser on a long way."""
    observatory.focuser.travel.put(20000.0)
    observatory.focuser.travel.rate = 0.01
    observatory.tasks.start(observatory.focuser.move_to(49000), "focuser-move")


def _turn_rotator(observatory: Observatory) -> None:
    """Have the rotator on a long way."""
    observatory.rotator.turn.rate = 0.01
    observatory.tasks.start(observatory.rotator.turn_to_mechanical(200.0), "rotator")


def _past_the_meridian(observatory: Observatory) -> None:
    """Have the mount track west of the meridian, not flipped yet."""
    observatory.mount.hardware.put(high(observatory, 0.2))
    observatory.mount.hardware.side = PierSide.WEST


def _on_its_page(observatory: Observatory) -> None:
    """Have the page of the framing assistant opened."""
    observatory.application.tab = "framing"


def _run_sequence(observatory: Observatory) -> None:
    """Have the sequence run for long."""
    observatory.sequence.plan.roots[1].status = Status.RUNNING


def _done(observatory: Observatory) -> None:
    """Have something of the sequence done, and nothing run."""
    for root in observatory.sequence.plan.roots:
        root.status = Status.CREATED
    observatory.sequence.plan.roots[0].items[0].status = Status.FINISHED


def _fresh(observatory: Observatory) -> None:
    """Have a sequence of which nothing was done."""
    observatory.sequence.plan.reset()


CASES: Final[dict[str, tuple[Ignored, ...]]] = {
    "camera": (
        Ignored(
            command=cool_camera(5),
            path="/equipment/camera/cool",
            sent={"temperature": "5", "minutes": "-1", "cancel": "false"},
            prepare=warm,
        ),
        Ignored(command=ABORT_EXPOSURE, path="/equipment/camera/abort-exposure", prepare=expose),
    ),
    "dome": (
        Ignored(command=dome.OPEN_SHUTTER, path="/equipment/dome/open", prepare=closed),
        Ignored(command=dome.CLOSE_SHUTTER, path="/equipment/dome/close", prepare=_open),
        Ignored(
            command=dome.STOP_FOLLOWING,
            path="/equipment/dome/set-follow",
            sent={"enabled": "false"},
            prepare=lambda o: _open(o, following=True),
        ),
        Ignored(
            command=dome.SET_DOME_PARK_POSITION,
            path="/equipment/dome/set-park-position",
            prepare=_open,
        ),
        Ignored(command=dome.STOP_DOME, path="/equipment/dome/stop", prepare=_opening),
    ),
    "flats": (
        Ignored(
            command=start_flats(lambda client: client.flats.take_trained(FlatFrames(count=2))),
            path="/flats/trained-flat",
            sent={"count": "2", "keepClosed": "false"},
        ),
        Ignored(command=FINISH_FLATS, path="", prepare=take_flats),
        Ignored(command=STOP_FLATS, path="/flats/stop"),
    ),
    "focuser": (
        Ignored(
            command=focuser.AUTOFOCUS,
            path="/equipment/focuser/auto-focus",
            sent={"cancel": "false"},
        ),
        Ignored(
            command=focuser.move_focuser(19000),
            path="/equipment/focuser/move",
            sent={"position": "19000"},
        ),
        Ignored(
            command=focuser.STOP_FOCUSER,
            path="/equipment/focuser/stop-move",
            prepare=_drive_focuser,
        ),
        Ignored(
            command=focuser.CANCEL_AUTOFOCUS,
            path="/equipment/focuser/auto-focus",
            sent={"cancel": "true"},
            prepare=_drive_focuser,
        ),
    ),
    "framing": (
        Ignored(
            command=frame(SkyPosition.of_degrees(11.25, 22.5)),
            path="/framing/set-coordinates",
            sent={"RAangle": "11.25", "DECangle": "22.5"},
        ),
        Ignored(
            command=turn_frame(30.0),
            path="/framing/set-rotation",
            sent={"rotation": "30.0"},
            prepare=_on_its_page,
        ),
        Ignored(
            command=set_sky_source(SkySource.SKY_ATLAS),
            path="/framing/set-source",
            sent={"source": "SKYATLAS"},
        ),
    ),
    "guider": (
        Ignored(
            command=guider.START_GUIDING,
            path="/equipment/guider/start",
            sent={"calibrate": "false"},
            prepare=under_the_stars,
        ),
        Ignored(command=guider.STOP_GUIDING, path="/equipment/guider/stop", prepare=guided),
        Ignored(
            command=guider.CLEAR_GUIDER_CALIBRATION,
            path="/equipment/guider/clear-calibration",
        ),
    ),
    "mount": (
        Ignored(
            command=mount.STOP_TRACKING,
            path="/equipment/mount/tracking",
            sent={"mode": "4"},
            prepare=unparked,
        ),
        Ignored(
            command=mount.SET_MOUNT_PARK,
            path="/equipment/mount/set-park-position",
            prepare=standing,
        ),
        Ignored(
            command=mount.MERIDIAN_FLIP,
            path="/equipment/mount/flip",
            prepare=_past_the_meridian,
        ),
        Ignored(
            command=lambda o: mount.sync_mount(_place(o, -3.0)),
            path="/equipment/mount/sync",
            prepare=unparked,
        ),
        Ignored(command=mount.SOLVE_AND_SYNC_MOUNT, path="/equipment/mount/sync", prepare=unparked),
        Ignored(
            command=lambda o: mount.slew(_place(o, -3.0)),
            path="/equipment/mount/slew",
            prepare=unparked,
        ),
        Ignored(command=mount.STOP_MOUNT, path="/equipment/mount/slew/stop", prepare=slewing),
    ),
    "nina": (
        Ignored(
            command=lambda o: switch_profile(o.profiles.all[1].id),
            path="/profile/switch",
        ),
        Ignored(
            command=set_profile_value("CameraSettings-Gain", "7"),
            path="/profile/change-value",
            sent={"settingpath": "CameraSettings-Gain", "newValue": "7"},
        ),
        Ignored(
            command=switch_tab(ApplicationTab.FLAT_WIZARD),
            path="/application/switch-tab",
            sent={"tab": "flatwizard"},
        ),
        Ignored(command=live_stack.START_LIVE_STACK, path="/livestack/start"),
        Ignored(
            command=live_stack.STOP_LIVE_STACK,
            path="/livestack/stop",
            prepare=lambda o: setattr(o.live_stack, "status", "running"),
        ),
        Ignored(command=disconnect(Role.FOCUSER), path="/equipment/focuser/disconnect"),
        Ignored(
            command=connect(Role.FOCUSER),
            path="/equipment/focuser/connect",
            prepare=lambda o: o.focuser.detach(),
        ),
    ),
    "rotator": (
        Ignored(command=STOP_ROTATOR, path="/equipment/rotator/stop-move", prepare=_turn_rotator),
    ),
    "sequence": (
        Ignored(
            command=start_sequence(skip_validation=True),
            path="/sequence/start",
            sent={"skipValidation": "true"},
        ),
        Ignored(
            command=load_sequence("Two targets"),
            path="/sequence/load",
            sent={"sequenceName": "Two targets"},
        ),
        Ignored(
            command=set_sequence_target(
                name="M 99", ra_degrees=184.7, dec_degrees=14.4, rotation=0.0, index=0
            ),
            path="/sequence/set-target",
            sent={
                "name": "M 99",
                "ra": "184.7",
                "dec": "14.4",
                "rotation": "0.0",
                "index": "0",
            },
        ),
        Ignored(command=RESET_SEQUENCE, path="/sequence/reset", prepare=_done),
        Ignored(
            command=skip_sequence(SequenceSkip.TO_END),
            path="/sequence/skip",
            sent={"type": "ToEnd"},
            prepare=_run_sequence,
        ),
        Ignored(command=STOP_SEQUENCE, path="/sequence/stop", prepare=_run_sequence),
    ),
}
