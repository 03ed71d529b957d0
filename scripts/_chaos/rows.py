"""The commands that protect: how a person gives each, where it goes, and what is then true."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.core import Event, callback
from homeassistant.exceptions import HomeAssistantError

from custom_components.nina_observatory.const import CONF_ROOF_GUARD, DOMAIN, EVENT_NINA, CommandKey
from custom_components.nina_observatory.control.commands.camera import CameraKey
from custom_components.nina_observatory.control.commands.dome import DomeKey
from custom_components.nina_observatory.control.commands.flat_panel import FlatPanelKey
from custom_components.nina_observatory.control.commands.flats import FlatsKey
from custom_components.nina_observatory.control.commands.focuser import FocuserKey
from custom_components.nina_observatory.control.commands.guider import GuiderKey
from custom_components.nina_observatory.control.commands.mount import MountKey
from custom_components.nina_observatory.control.commands.rotator import RotatorKey
from custom_components.nina_observatory.control.commands.sequence import SequenceKey
from custom_components.nina_observatory.roof.guard_state import GuardMode
from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.enums import CoverState, TrackingMode
from simulator.flats import FlatPlan
from simulator.habits import GuiderKind, MountWords, RoofWords, changed
from simulator.sequence.containers import Target
from simulator.sequence.library import do
from simulator.sequence.plan import Plan
from simulator.sky import Coordinates
from simulator.truth import Place

from .behaviors import GENERAL, Behavior, Cause, fault
from .home import Rig
from .pace import SPEED, scaled

# So slow that it is on its way until it is stopped.
_CRAWL: Final = 9000.0
# The latest release with each path, without the newest bundle, and the oldest.
NEWEST, MIDDLE, OLDEST = "2.2.15.0", "2.2.5.0", "2.0.1.0"
DIALECTS: Final = (NEWEST, MIDDLE, OLDEST)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A command that protects.

    `keys` are the commands it is about, `path` the request that goes wrong, `since` the version
    that has it. `act` gives the command as a person does, `done` is whether it has truly happened.
    `own` are the causes of behaviors that only this command has, `sends` how often it may be sent.
    """

    name: str
    keys: tuple[CommandKey, ...]
    path: str
    prepare: Callable[[Observatory], None]
    act: Callable[[Rig], Awaitable[object]]
    done: Callable[[Observatory], bool]
    own: Mapping[Behavior, Cause] = field(default_factory=dict)
    limit: float = 300.0
    sends: int = 6
    since: tuple[int, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def behaviors(self) -> tuple[Behavior, ...]:
        """Return the behaviors that make sense."""
        return tuple(each for each in Behavior if each in GENERAL or each in self.own)

    def exists_in(self, version: str) -> bool:
        """Return whether a version has the command."""
        return tuple(map(int, version.split("."))) >= self.since


def _press(unique: str) -> Callable[[Rig], Awaitable[object]]:
    """Return what presses a button."""
    return lambda rig: rig.control("button", unique, "press")


def _turn_off(unique: str) -> Callable[[Rig], Awaitable[object]]:
    """Return what turns a switch off."""
    return lambda rig: rig.control("switch", unique, "turn_off")


def _action(name: str) -> Callable[[Rig], Awaitable[object]]:
    """Return what carries out an action of the integration."""
    return lambda rig: rig.act(f"{DOMAIN}.{name}", config_entry_id=rig.entry.entry_id)


def _high(observatory: Observatory, hour_angle: float = -2.0) -> Coordinates:
    """Return a place of J2000 that stands high in the sky."""
    now = observatory.clock.true_now()
    hours = (observatory.site.sidereal_time(now) - hour_angle) % 24
    return Coordinates(hours, 30.0, "JNOW").to_j2000(now)


def track(observatory: Observatory) -> None:
    """Have the roof open and the mount track a star."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.parked = False
    observatory.mount.put(_high(observatory))


def open_roof(observatory: Observatory) -> None:
    """Have the roof open and the mount parked."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.parked = False


def _slew(observatory: Observatory) -> None:
    """Have the mount on a long way under an open roof."""
    track(observatory)
    hardware = observatory.mount.hardware
    hardware.rate = 0.01
    hardware.slew_to(_high(observatory, 2.0))


def _opening(observatory: Observatory) -> None:
    """Have the roof open, ever so slowly."""
    observatory.dome.habits = changed(observatory.dome.habits, open_seconds=_CRAWL)
    observatory.dome.put_shutter(0.5)
    observatory.dome.drive_shutter(1.0)


def _guide(observatory: Observatory) -> None:
    """Have the guider guide."""
    track(observatory)
    observatory.guider.routines.resume()


def wait_in_sequence(observatory: Observatory) -> None:
    """Have a sequence run that only waits."""
    track(observatory)
    waits = [do("Wait for Time Span", Time=_CRAWL * 10)]
    observatory.sequence.load(lambda rig: Plan(targets=[Target("M 1", _high(rig), waits)]))
    observatory.sequence.resume_imaging()


def _expose(observatory: Observatory) -> None:
    """Have the camera expose for long."""
    track(observatory)
    observatory.tasks.start(observatory.camera.routines.take(Exposure(_CRAWL, save=False)))
    observatory.camera.begin_exposure(_CRAWL)


def _take_flats(observatory: Observatory) -> None:
    """Have flats taken that never end."""
    observatory.flats.start(FlatPlan("trained", 500, None, _CRAWL, keep_closed=True))


def _cool(observatory: Observatory) -> None:
    """Have the camera cooled."""
    observatory.camera.cooler.put(0.0)


def _open_cover(observatory: Observatory) -> None:
    """Have the cover of the flat panel open."""
    observatory.flat_panel.put_cover(closed=False)


def _focus(observatory: Observatory) -> None:
    """Have the focuser on a long way."""
    observatory.focuser.travel.put(20000.0)
    observatory.focuser.travel.rate = 0.01
    observatory.tasks.start(observatory.focuser.move_to(49000), "focuser-move")


def _autofocus(observatory: Observatory) -> None:
    """Have an autofocus run that takes long: the focuser is on a long way."""
    track(observatory)
    observatory.focuser.travel.rate = 0.01
    observatory.tasks.start(observatory.autofocus.run(), "autofocus")


def _turn(observatory: Observatory) -> None:
    """Have the rotator on a long way."""
    observatory.rotator.turn.rate = 0.01
    observatory.tasks.start(observatory.rotator.turn_to_mechanical(200.0), "rotator")


def _night(observatory: Observatory) -> None:
    """Have everything run that has to be stopped."""
    wait_in_sequence(observatory)
    observatory.guider.routines.resume()


def closed(observatory: Observatory) -> bool:
    """Return whether the roof is closed."""
    return observatory.truth.roof is Place.CLOSED


def _parked(observatory: Observatory) -> bool:
    """Return whether the mount is parked."""
    return observatory.truth.mount_parked


def secured(observatory: Observatory) -> bool:
    """Return whether the roof is closed over a parked mount, and no sequence runs."""
    return closed(observatory) and _parked(observatory) and not observatory.truth.sequence_runs


def _stands(observatory: Observatory) -> bool:
    """Return whether nothing of the dome moves."""
    return not observatory.truth.roof_moves and not observatory.dome.turn.moving


def _roof_says(words: RoofWords) -> Cause:
    """Return the habit of a roof that never says that it moves."""

    def change(observatory: Observatory) -> None:
        """Change the words, not the times."""
        observatory.dome.habits = changed(observatory.dome.habits, words=words)

    return change


def _mount_does(**habits: Any) -> Cause:
    """Return the habits of a mount."""

    def change(observatory: Observatory) -> None:
        """Give it the habits."""
        observatory.mount.habits = changed(observatory.mount.habits, **habits)

    return change


def _other_guider(observatory: Observatory) -> None:
    """Have a guider that has no word for what it does."""
    observatory.guider.kind = GuiderKind.MGEN


ROOF: Final[Mapping[Behavior, Cause]] = {
    Behavior.CLAIMED: fault("stuck_shutter", mode="ignore", direction="close"),
    Behavior.STUCK: fault("stuck_shutter", mode="jam", direction="close"),
    Behavior.HALF_WAY: fault("stuck_shutter", mode="halt", direction="close"),
    Behavior.ERRS: fault("stuck_shutter", mode="error", direction="close"),
    Behavior.ENDLESS: fault("stuck_shutter", mode="endless", direction="close"),
    Behavior.SILENT: _roof_says(RoofWords.SWITCHES),
}
PARKING: Final[Mapping[Behavior, Cause]] = {
    Behavior.CLAIMED: fault("stuck_park", mode="ignore"),
    Behavior.STUCK: fault("stuck_park", mode="claimless"),
    Behavior.HALF_WAY: fault("stuck_park", mode="halt"),
    Behavior.ENDLESS: fault("stuck_park", mode="endless"),
    Behavior.SILENT: _mount_does(words=MountWords.SILENT, park_seconds=scaled(120) * SPEED),
    Behavior.LINGERS: _mount_does(lingers=_CRAWL),
}
STOPPING: Final[Mapping[Behavior, Cause]] = {
    Behavior.CLAIMED: fault("stubborn_sequence", mode="ignore"),
    Behavior.STUCK: fault("stubborn_sequence", mode="restart", seconds=150.0),
    Behavior.HALF_WAY: fault("stubborn_sequence", mode="reset", seconds=10.0),
    Behavior.SILENT: fault("stubborn_sequence", mode="late", seconds=40.0),
    Behavior.ENDLESS: fault("stubborn_sequence", mode="late", seconds=_CRAWL),
}


class ToldError(HomeAssistantError):
    """The guard told a person that the roof is not closed."""


async def _rain(rig: Rig) -> None:
    """Let it rain; return once the guard closed the roof, raise ToldError where it gave that up."""
    events: list[str] = []

    @callback
    def note(event: Event[dict[str, Any]]) -> None:
        """Take note of what the guard tells."""
        if event.data["entry_id"] == rig.entry.entry_id:
            events.append(event.data["type"])

    forget = rig.hass.bus.async_listen(EVENT_NINA, note)
    rig.observatory.rain(monitor=False)
    told_at = 0.0
    try:
        while "roof_guard_closed" not in events:
            await asyncio.sleep(0.01)
            if "roof_close_failed" in events and not told_at:
                told_at = rig.hass.loop.time()
            if told_at and rig.hass.loop.time() - told_at > scaled(120):
                raise ToldError("a person is told that the roof is not closed")
    finally:
        forget()


_CLOSE, _PARK, _STOP = "/equipment/dome/close", "/equipment/mount/park", "/sequence/stop"
_SECURE_KEYS: Final = (DomeKey.CLOSE_SHUTTER, MountKey.PARK_MOUNT, SequenceKey.STOP_SEQUENCE)
# A step of `secure` is tried three times where the connection is at fault.
_SECURE: Final[dict[str, Any]] = {
    "prepare": _night,
    "act": _action("secure"),
    "done": secured,
    "limit": 1800.0,
    "sends": 18,
}
# The guard never gives up while the danger lasts.
_GUARD: Final[dict[str, Any]] = {
    "keys": (DomeKey.CLOSE_SHUTTER, MountKey.PARK_MOUNT),
    "prepare": track,
    "act": _rain,
    "done": closed,
    "limit": 1500.0,
    "sends": 100,
    "options": {CONF_ROOF_GUARD: GuardMode.RAIN.value},
}


def _stop_ignored(device: str) -> Mapping[Behavior, Cause]:
    """Return the causes of a stop that is answered while everything goes on."""
    return {Behavior.CLAIMED: fault("stop_ignored", device=device)}


def _ignored(device: str) -> Mapping[Behavior, Cause]:
    """Return the causes of a device that does not do what it is told."""
    return {Behavior.CLAIMED: fault("ignored", device=device)}


ROWS: Final = (
    Row(
        name="close_roof",
        keys=(DomeKey.CLOSE_SHUTTER,),
        path=_CLOSE,
        prepare=track,
        act=lambda rig: rig.control("cover", "dome_shutter", "close_cover"),
        done=closed,
        own=ROOF,
        limit=900.0,
    ),
    Row(
        name="park_before_close",
        keys=(DomeKey.CLOSE_SHUTTER, MountKey.PARK_MOUNT),
        path=_PARK,
        prepare=track,
        act=lambda rig: rig.control("cover", "dome_shutter", "close_cover"),
        done=closed,
        own=PARKING,
        limit=1200.0,
        sends=12,
    ),
    Row(
        name="park_dome",
        keys=(DomeKey.PARK_DOME,),
        path="/equipment/dome/park",
        prepare=open_roof,
        act=_press("dome_park"),
        done=lambda o: closed(o) and o.dome.parked,
        own=ROOF,
        limit=900.0,
        since=(2, 2, 1),
    ),
    Row(
        name="park_mount",
        keys=(MountKey.PARK_MOUNT,),
        path=_PARK,
        prepare=track,
        act=_press("mount_park"),
        done=_parked,
        own=PARKING,
    ),
    Row(
        name="stop_mount",
        keys=(MountKey.STOP_MOUNT,),
        path="/equipment/mount/slew/stop",
        prepare=_slew,
        act=_press("mount_stop"),
        done=lambda o: not o.truth.mount_moves,
        own={
            **_stop_ignored("mount"),
            Behavior.SILENT: _mount_does(words=MountWords.SILENT),
            Behavior.LINGERS: _mount_does(lingers=_CRAWL),
        },
        since=(2, 1, 8),
    ),
    Row(
        name="stop_tracking",
        keys=(MountKey.STOP_TRACKING,),
        path="/equipment/mount/tracking",
        prepare=track,
        act=_turn_off("mount_tracking"),
        done=lambda o: o.mount.hardware.tracking is TrackingMode.STOPPED,
        own=_ignored("mount"),
        since=(2, 1),
    ),
    Row(
        name="stop_dome",
        keys=(DomeKey.STOP_DOME,),
        path="/equipment/dome/stop",
        prepare=_opening,
        act=lambda rig: rig.control("cover", "dome_shutter", "stop_cover"),
        done=_stands,
        own={**_stop_ignored("dome"), Behavior.SILENT: _roof_says(RoofWords.SWITCHES)},
    ),
    Row(
        name="stop_guiding",
        keys=(GuiderKey.STOP_GUIDING,),
        path="/equipment/guider/stop",
        prepare=_guide,
        act=_turn_off("guider_guiding"),
        done=lambda o: not o.tasks.running("phd2"),
        own={
            **_stop_ignored("guider"),
            Behavior.SILENT: _other_guider,
            Behavior.ENDLESS: fault("lost_lock_stays"),
        },
        since=(2, 1, 4),
    ),
    Row(
        name="stop_sequence",
        keys=(SequenceKey.STOP_SEQUENCE,),
        path=_STOP,
        prepare=wait_in_sequence,
        act=_turn_off("hub_sequence"),
        done=lambda o: not o.truth.sequence_runs,
        own=STOPPING,
    ),
    Row(
        name="abort_exposure",
        keys=(CameraKey.ABORT_EXPOSURE,),
        path="/equipment/camera/abort-exposure",
        prepare=_expose,
        act=_press("camera_abort_exposure"),
        done=lambda o: not o.camera.exposing,
        own=_stop_ignored("camera"),
    ),
    Row(
        name="stop_flats",
        keys=(FlatsKey.STOP_FLATS,),
        path="/flats/stop",
        prepare=_take_flats,
        act=_action("stop_flats"),
        done=lambda o: not o.flats.running,
        since=(2, 1, 8),
    ),
    Row(
        name="warm_camera",
        keys=(CameraKey.COOLER_OFF,),
        path="/equipment/camera/warm",
        prepare=_cool,
        act=_press("camera_warm_up"),
        done=lambda o: not o.camera.cooler.on,
        own=_ignored("camera"),
        limit=3600.0,
        since=(2, 1),
    ),
    Row(
        name="close_flat_cover",
        keys=(FlatPanelKey.CLOSE_COVER,),
        path="/equipment/flatdevice/set-cover",
        prepare=_open_cover,
        act=lambda rig: rig.control("cover", "flat_panel_cover", "close_cover"),
        done=lambda o: o.flat_panel.cover is CoverState.CLOSED,
        own=_ignored("flat_panel"),
        since=(2, 1, 2),
    ),
    Row(
        name="stop_focuser",
        keys=(FocuserKey.STOP_FOCUSER,),
        path="/equipment/focuser/stop-move",
        prepare=_focus,
        act=_press("focuser_stop"),
        done=lambda o: not o.focuser.travel.moving,
        own=_stop_ignored("focuser"),
        since=(2, 2, 15),
    ),
    Row(
        name="cancel_autofocus",
        keys=(FocuserKey.CANCEL_AUTOFOCUS,),
        path="/equipment/focuser/auto-focus",
        prepare=_autofocus,
        act=_press("focuser_cancel_autofocus"),
        done=lambda o: not o.tasks.running("autofocus"),
        since=(2, 1),
    ),
    Row(
        name="stop_rotator",
        keys=(RotatorKey.STOP_ROTATOR,),
        path="/equipment/rotator/stop-move",
        prepare=_turn,
        act=_press("rotator_stop"),
        done=lambda o: not o.rotator.turn.moving,
        own=_stop_ignored("rotator"),
        since=(2, 2, 15),
    ),
    Row(name="guard_roof", path=_CLOSE, own=ROOF, **_GUARD),
    Row(name="guard_mount", path=_PARK, own=PARKING, **_GUARD),
    Row(name="secure_roof", keys=_SECURE_KEYS, path=_CLOSE, own=ROOF, **_SECURE),
    Row(name="secure_mount", keys=_SECURE_KEYS, path=_PARK, own=PARKING, **_SECURE),
    Row(name="secure_sequence", keys=_SECURE_KEYS, path=_STOP, own=STOPPING, **_SECURE),
)
