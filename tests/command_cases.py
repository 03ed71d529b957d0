"""The controls of the equipment: what each sends, and what has happened when it returns."""

from typing import Any, Final

from simulator import Observatory
from simulator.enums import CoverState, ShutterState, TrackingMode
from simulator.routines.camera import Exposure

from .commanding import Case


def _expose(observatory: Observatory) -> None:
    """Have the camera expose for long."""
    observatory.tasks.start(observatory.camera.routines.take(Exposure(900.0, save=False)))
    observatory.camera.begin_exposure(900.0)


def _cool(observatory: Observatory) -> None:
    """Have the camera cooled."""
    observatory.camera.cooler.put(0.0)


def _warm(observatory: Observatory) -> None:
    """Have the camera warm."""
    observatory.camera.cooler.put(12.0)
    observatory.camera.cooler.switch(on=False)


def _open_roof(observatory: Observatory) -> None:
    """Have the roof open, the dome not following."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.following = False


def _follow(observatory: Observatory) -> None:
    """Have the roof open and the dome following."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.following = True


def _turn_dome_away(observatory: Observatory) -> None:
    """Have the dome look elsewhere than the mount, its shutter closed."""
    observatory.dome.put_shutter(0.0)
    observatory.dome.parked = observatory.dome.at_home = observatory.dome.following = False
    observatory.dome.turn.put((observatory.mount.horizontal().azimuth + 150) % 360)


def _looks_along(observatory: Observatory) -> bool:
    """Return whether the dome looks where the mount does."""
    difference = observatory.dome.turn.value - observatory.mount.horizontal().azimuth
    return abs((difference + 180) % 360 - 180) < 2


def _drive_focuser(observatory: Observatory) -> None:
    """Have the focuser on a long way."""
    focuser = observatory.focuser
    focuser.travel.put(20000.0)
    observatory.tasks.start(focuser.move_to(49000), "focuser-move")


def _turn_rotator(observatory: Observatory) -> None:
    """Have the rotator on a long way."""
    rotator = observatory.rotator
    rotator.turn.rate = 0.01
    observatory.tasks.start(rotator.turn_to_mechanical(200.0), "rotator")


def _rest_rotator(observatory: Observatory) -> None:
    """Have the rotator stand, synced."""
    rotator = observatory.rotator
    rotator.turn.rate = 4.0
    rotator.turn.put(64.0)
    rotator.synced = True


def _dark(observatory: Observatory) -> None:
    """Have the panel dark."""
    observatory.flat_panel.brightness = 0


def _lit(observatory: Observatory) -> None:
    """Have the panel lit."""
    observatory.flat_panel.brightness = 800


def _unparked(observatory: Observatory) -> None:
    """Have the mount unparked and standing."""
    hardware = observatory.mount.hardware
    hardware.parked = False
    hardware.put(observatory.sequence.target)
    hardware.track(TrackingMode.STOPPED)


def _set(device: str, name: str, value: object) -> Any:
    """Return what sets a part of a device."""
    return lambda observatory: setattr(getattr(observatory, device), name, value)


CAMERA: Final = (
    Case(
        control=("switch", "camera_dew_heater"),
        action="turn_on",
        path="/equipment/camera/dew-heater",
        sent={"power": "true"},
        done=lambda o: o.camera.dew_heater_on,
        prepare=_set("camera", "dew_heater_on", False),
        error="dew_heater_on_unproven",
    ),
    Case(
        control=("switch", "camera_dew_heater"),
        action="turn_off",
        path="/equipment/camera/dew-heater",
        sent={"power": "false"},
        done=lambda o: not o.camera.dew_heater_on,
        prepare=_set("camera", "dew_heater_on", True),
        error="dew_heater_off_unproven",
    ),
    Case(
        control=("number", "camera_usb_limit"),
        action="set_value",
        data={"value": 60},
        path="/equipment/camera/usb-limit",
        sent={"limit": "60"},
        done=lambda o: o.camera.usb_limit == 60,
        prepare=_set("camera", "usb_limit", 40),
        error="set_usb_limit_unproven",
    ),
    Case(
        control=("select", "camera_binning"),
        action="select_option",
        data={"option": "2x2"},
        path="/equipment/camera/set-binning",
        sent={"binning": "2x2"},
        done=lambda o: o.camera.binning == 2,
        prepare=_set("camera", "binning", 1),
        error="set_binning_unproven",
    ),
    Case(
        control=("select", "camera_readout_mode"),
        action="select_option",
        data={"option": "High Full Well"},
        path="/equipment/camera/set-readout",
        sent={"mode": "1"},
        done=lambda o: o.camera.readout_mode == 1,
        prepare=_set("camera", "readout_mode", 0),
        error="set_readout_mode_unproven",
    ),
    Case(
        control=("switch", "camera_cooler"),
        action="turn_on",
        path="/equipment/camera/cool",
        sent={"temperature": "12.0", "minutes": "-1", "cancel": "false"},
        done=lambda o: o.camera.cooler.on,
        prepare=_warm,
        error="cooler_on_unproven",
    ),
    Case(
        control=("number", "camera_target_temperature"),
        action="set_value",
        data={"value": -5.5},
        path="/equipment/camera/cool",
        sent={"temperature": "-5.5", "minutes": "-1", "cancel": "false"},
        done=lambda o: o.camera.cooler.on and o.camera.cooler.set_point == -5.5,
        prepare=_warm,
        error="set_temperature_unproven",
    ),
    Case(
        control=("switch", "camera_cooler"),
        action="turn_off",
        path="/equipment/camera/warm",
        sent={"minutes": "-1", "cancel": "false"},
        done=lambda o: not o.camera.cooler.on,
        prepare=_cool,
        error="cooler_off_unproven",
    ),
    Case(
        control=("button", "camera_warm_up"),
        action="press",
        path="/equipment/camera/warm",
        sent={"minutes": "-1", "cancel": "false"},
        done=lambda o: not o.camera.cooler.on,
        prepare=_cool,
        error="cooler_off_unproven",
    ),
    Case(
        control=("button", "camera_abort_exposure"),
        action="press",
        path="/equipment/camera/abort-exposure",
        done=lambda o: not o.camera.exposing,
        prepare=_expose,
    ),
)

MOUNT: Final = (
    Case(
        control=("button", "mount_unpark"),
        action="press",
        path="/equipment/mount/unpark",
        done=lambda o: not o.mount.parked,
        error="unpark_mount_unproven",
    ),
    Case(
        control=("switch", "mount_tracking"),
        action="turn_on",
        path="/equipment/mount/tracking",
        sent={"mode": "0"},
        done=lambda o: o.mount.hardware.tracking is TrackingMode.SIDEREAL,
        prepare=_unparked,
        error="track_unproven",
    ),
    Case(
        control=("select", "mount_tracking_mode"),
        action="select_option",
        data={"option": "lunar"},
        path="/equipment/mount/tracking",
        sent={"mode": "1"},
        done=lambda o: o.mount.hardware.tracking is TrackingMode.LUNAR,
        prepare=_unparked,
        error="track_unproven",
    ),
    Case(
        control=("button", "mount_find_home"),
        action="press",
        path="/equipment/mount/home",
        done=lambda o: o.mount.at_home,
        prepare=_unparked,
        error="find_home_unproven",
    ),
    Case(
        control=("button", "mount_park"),
        action="press",
        path="/equipment/mount/park",
        done=lambda o: o.mount.parked,
        prepare=_unparked,
        error="park_mount_unproven",
    ),
)

FOCUSER: Final = (
    Case(
        control=("button", "focuser_stop"),
        action="press",
        path="/equipment/focuser/stop-move",
        done=lambda o: not o.focuser.travel.moving and o.focuser.position < 49000,
        prepare=_drive_focuser,
    ),
)

FILTER_WHEEL: Final = (
    Case(
        control=("select", "filter_wheel_filter"),
        action="select_option",
        data={"option": "OIII"},
        path="/equipment/filterwheel/change-filter",
        sent={"filterId": "5"},
        done=lambda o: o.filter_wheel.slot == 5,
        error="change_filter_unproven",
    ),
)

ROTATOR: Final = (
    Case(
        control=("button", "rotator_stop"),
        action="press",
        path="/equipment/rotator/stop-move",
        done=lambda o: not o.rotator.turn.moving and o.rotator.mechanical < 100,
        prepare=_turn_rotator,
    ),
    Case(
        control=("number", "rotator_position"),
        action="set_value",
        data={"value": 10.5},
        path="/equipment/rotator/move",
        sent={"position": "10.5"},
        done=lambda o: abs(o.rotator.position - 10.5) < 0.1,
        prepare=_rest_rotator,
        error="move_rotator_unproven",
    ),
    Case(
        control=("number", "rotator_mechanical_position"),
        action="set_value",
        data={"value": 75.25},
        path="/equipment/rotator/move-mechanical",
        sent={"position": "75.25"},
        done=lambda o: abs(o.rotator.mechanical - 75.25) < 0.1,
        prepare=_rest_rotator,
        error="move_rotator_mechanical_unproven",
    ),
    Case(
        control=("switch", "rotator_reverse"),
        action="turn_on",
        path="/equipment/rotator/reverse",
        sent={"reverseDirection": "true"},
        done=lambda o: o.rotator.reversed,
        prepare=_set("rotator", "reversed", False),
        error="reverse_rotator_unproven",
    ),
    Case(
        control=("switch", "rotator_reverse"),
        action="turn_off",
        path="/equipment/rotator/reverse",
        sent={"reverseDirection": "false"},
        done=lambda o: not o.rotator.reversed,
        prepare=_set("rotator", "reversed", True),
        error="unreverse_rotator_unproven",
    ),
)

DOME: Final = (
    Case(
        control=("switch", "dome_following"),
        action="turn_on",
        path="/equipment/dome/set-follow",
        sent={"enabled": "true"},
        done=lambda o: o.dome.following,
        prepare=_open_roof,
        error="follow_mount_unproven",
    ),
    Case(
        control=("switch", "dome_following"),
        action="turn_off",
        path="/equipment/dome/set-follow",
        sent={"enabled": "false"},
        done=lambda o: not o.dome.following,
        prepare=_follow,
    ),
    Case(
        control=("number", "dome_azimuth"),
        action="set_value",
        data={"value": 222.5},
        path="/equipment/dome/slew",
        sent={"azimuth": "222.5", "waitToFinish": "false"},
        done=lambda o: abs(o.dome.turn.value - 222.5) < 0.1,
        prepare=_turn_dome_away,
        error="slew_dome_unproven",
    ),
    Case(
        control=("button", "dome_sync"),
        action="press",
        path="/equipment/dome/sync",
        done=_looks_along,
        prepare=_turn_dome_away,
        error="sync_dome_unproven",
    ),
    Case(
        control=("button", "dome_find_home"),
        action="press",
        path="/equipment/dome/home",
        done=lambda o: o.dome.at_home,
        prepare=_turn_dome_away,
        error="find_dome_home_unproven",
    ),
    Case(
        control=("button", "dome_park"),
        action="press",
        path="/equipment/dome/park",
        done=lambda o: o.dome.parked and o.dome.shutter is ShutterState.CLOSED,
        prepare=_turn_dome_away,
        error="park_dome_unproven",
    ),
)

FLAT_PANEL: Final = (
    Case(
        control=("light", "flat_panel_panel"),
        action="turn_on",
        data={"brightness": 128},
        path="/equipment/flatdevice/set-brightness",
        sent={"brightness": "2056"},
        done=lambda o: o.flat_panel.brightness == 2056,
        prepare=_dark,
        error="light_panel_unproven",
    ),
    Case(
        control=("light", "flat_panel_panel"),
        action="turn_off",
        path="/equipment/flatdevice/set-light",
        sent={"on": "false"},
        done=lambda o: not o.flat_panel.light_on,
        prepare=_lit,
        error="darken_panel_unproven",
    ),
    Case(
        control=("cover", "flat_panel_cover"),
        action="open_cover",
        path="/equipment/flatdevice/set-cover",
        sent={"closed": "false"},
        done=lambda o: o.flat_panel.cover is CoverState.OPEN,
        prepare=lambda o: o.flat_panel.put_cover(closed=True),
        error="open_cover_unproven",
    ),
    Case(
        control=("cover", "flat_panel_cover"),
        action="close_cover",
        path="/equipment/flatdevice/set-cover",
        sent={"closed": "true"},
        done=lambda o: o.flat_panel.cover is CoverState.CLOSED,
        prepare=lambda o: o.flat_panel.put_cover(closed=False),
        error="close_cover_unproven",
    ),
)

SWITCH_HUB: Final = (
    Case(
        control=("switch", "switch_hub_channel_2"),
        action="turn_on",
        path="/equipment/switch/set",
        sent={"index": "2", "value": "1.0"},
        done=lambda o: o.switch_hub.writable[2].value == 1,
        error="switch_channel_unproven",
    ),
    Case(
        control=("number", "switch_hub_channel_5"),
        action="set_value",
        data={"value": 72},
        path="/equipment/switch/set",
        # The channel with the id 5 is the fourth in the list.
        sent={"index": "3", "value": "72.0"},
        done=lambda o: o.switch_hub.writable[3].value == 72,
        error="set_channel_unproven",
    ),
)

CASES: Final[dict[str, tuple[Case, ...]]] = {
    "camera": CAMERA,
    "mount": MOUNT,
    "focuser": FOCUSER,
    "filter_wheel": FILTER_WHEEL,
    "rotator": ROTATOR,
    "dome": DOME,
    "flat_panel": FLAT_PANEL,
    "switch_hub": SWITCH_HUB,
}
