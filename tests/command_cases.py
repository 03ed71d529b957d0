"""The controls of the equipment: what each sends, and what has happened when it returns."""

from typing import Any, Final

from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.enums import CoverState, ShutterState, TrackingMode

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


def _press(unique: str, **more: Any) -> Case:
    """Return the case of a button."""
    return Case(control=("button", unique), action="press", **more)


def _set_to(unique: str, value: float, **more: Any) -> Case:
    """Return the case of a number."""
    return Case(control=("number", unique), action="set_value", data={"value": value}, **more)


def _choose(unique: str, option: str, **more: Any) -> Case:
    """Return the case of a select."""
    return Case(control=("select", unique), action="select_option", data={"option": option}, **more)


def _switch(unique: str, *, on: bool, **more: Any) -> Case:
    """Return the case of a switch."""
    return Case(control=("switch", unique), action="turn_on" if on else "turn_off", **more)


CAMERA: Final = (
    _switch(
        "camera_dew_heater",
        on=True,
        path="/equipment/camera/dew-heater",
        sent={"power": "true"},
        done=lambda o: o.camera.dew_heater_on,
        prepare=_set("camera", "dew_heater_on", False),
        error="dew_heater_on_unproven",
    ),
    _switch(
        "camera_dew_heater",
        on=False,
        path="/equipment/camera/dew-heater",
        sent={"power": "false"},
        done=lambda o: not o.camera.dew_heater_on,
        prepare=_set("camera", "dew_heater_on", True),
        error="dew_heater_off_unproven",
    ),
    _set_to(
        "camera_usb_limit",
        60,
        path="/equipment/camera/usb-limit",
        sent={"limit": "60"},
        done=lambda o: o.camera.usb_limit == 60,
        prepare=_set("camera", "usb_limit", 40),
        error="set_usb_limit_unproven",
    ),
    _choose(
        "camera_binning",
        "2x2",
        path="/equipment/camera/set-binning",
        sent={"binning": "2x2"},
        done=lambda o: o.camera.binning == 2,
        prepare=_set("camera", "binning", 1),
        error="set_binning_unproven",
    ),
    _choose(
        "camera_readout_mode",
        "High Full Well",
        path="/equipment/camera/set-readout",
        sent={"mode": "1"},
        done=lambda o: o.camera.readout_mode == 1,
        prepare=_set("camera", "readout_mode", 0),
        error="set_readout_mode_unproven",
    ),
    _switch(
        "camera_cooler",
        on=True,
        path="/equipment/camera/cool",
        sent={"temperature": "12.0", "minutes": "-1", "cancel": "false"},
        done=lambda o: o.camera.cooler.on,
        prepare=_warm,
        error="cooler_on_unproven",
    ),
    _set_to(
        "camera_target_temperature",
        -5.5,
        path="/equipment/camera/cool",
        sent={"temperature": "-5.5", "minutes": "-1", "cancel": "false"},
        done=lambda o: o.camera.cooler.on and o.camera.cooler.set_point == -5.5,
        prepare=_warm,
        error="set_temperature_unproven",
    ),
    _switch(
        "camera_cooler",
        on=False,
        path="/equipment/camera/warm",
        sent={"minutes": "-1", "cancel": "false"},
        done=lambda o: not o.camera.cooler.on,
        prepare=_cool,
        error="cooler_off_unproven",
    ),
    _press(
        "camera_warm_up",
        path="/equipment/camera/warm",
        sent={"minutes": "-1", "cancel": "false"},
        done=lambda o: not o.camera.cooler.on,
        prepare=_cool,
        error="cooler_off_unproven",
    ),
    _press(
        "camera_abort_exposure",
        path="/equipment/camera/abort-exposure",
        done=lambda o: not o.camera.exposing,
        prepare=_expose,
    ),
)

MOUNT: Final = (
    _press(
        "mount_unpark",
        path="/equipment/mount/unpark",
        done=lambda o: not o.mount.parked,
        error="unpark_mount_unproven",
    ),
    _switch(
        "mount_tracking",
        on=True,
        path="/equipment/mount/tracking",
        sent={"mode": "0"},
        done=lambda o: o.mount.hardware.tracking is TrackingMode.SIDEREAL,
        prepare=_unparked,
        error="track_unproven",
    ),
    _choose(
        "mount_tracking_mode",
        "lunar",
        path="/equipment/mount/tracking",
        sent={"mode": "1"},
        done=lambda o: o.mount.hardware.tracking is TrackingMode.LUNAR,
        prepare=_unparked,
        error="track_unproven",
    ),
    _press(
        "mount_find_home",
        path="/equipment/mount/home",
        done=lambda o: o.mount.at_home,
        prepare=_unparked,
        error="find_home_unproven",
    ),
    _press(
        "mount_park",
        path="/equipment/mount/park",
        done=lambda o: o.mount.parked,
        prepare=_unparked,
        error="park_mount_unproven",
    ),
)

FOCUSER: Final = (
    _press(
        "focuser_stop",
        path="/equipment/focuser/stop-move",
        done=lambda o: not o.focuser.travel.moving and o.focuser.position < 49000,
        prepare=_drive_focuser,
    ),
)

FILTER_WHEEL: Final = (
    _choose(
        "filter_wheel_filter",
        "OIII",
        path="/equipment/filterwheel/change-filter",
        sent={"filterId": "5"},
        done=lambda o: o.filter_wheel.slot == 5,
        error="change_filter_unproven",
    ),
)

ROTATOR: Final = (
    _press(
        "rotator_stop",
        path="/equipment/rotator/stop-move",
        done=lambda o: not o.rotator.turn.moving and o.rotator.mechanical < 100,
        prepare=_turn_rotator,
    ),
    _set_to(
        "rotator_position",
        10.5,
        path="/equipment/rotator/move",
        sent={"position": "10.5"},
        done=lambda o: abs(o.rotator.position - 10.5) < 0.1,
        prepare=_rest_rotator,
        error="move_rotator_unproven",
    ),
    _set_to(
        "rotator_mechanical_position",
        75.25,
        path="/equipment/rotator/move-mechanical",
        sent={"position": "75.25"},
        done=lambda o: abs(o.rotator.mechanical - 75.25) < 0.1,
        prepare=_rest_rotator,
        error="move_rotator_mechanical_unproven",
    ),
    _switch(
        "rotator_reverse",
        on=True,
        path="/equipment/rotator/reverse",
        sent={"reverseDirection": "true"},
        done=lambda o: o.rotator.reversed,
        prepare=_set("rotator", "reversed", False),
        error="reverse_rotator_unproven",
    ),
    _switch(
        "rotator_reverse",
        on=False,
        path="/equipment/rotator/reverse",
        sent={"reverseDirection": "false"},
        done=lambda o: not o.rotator.reversed,
        prepare=_set("rotator", "reversed", True),
        error="unreverse_rotator_unproven",
    ),
)

DOME: Final = (
    _switch(
        "dome_following",
        on=True,
        path="/equipment/dome/set-follow",
        sent={"enabled": "true"},
        done=lambda o: o.dome.following,
        prepare=_open_roof,
        error="follow_mount_unproven",
    ),
    _switch(
        "dome_following",
        on=False,
        path="/equipment/dome/set-follow",
        sent={"enabled": "false"},
        done=lambda o: not o.dome.following,
        prepare=_follow,
    ),
    _set_to(
        "dome_azimuth",
        222.5,
        path="/equipment/dome/slew",
        sent={"azimuth": "222.5", "waitToFinish": "false"},
        done=lambda o: abs(o.dome.turn.value - 222.5) < 0.1,
        prepare=_turn_dome_away,
        error="slew_dome_unproven",
    ),
    _press(
        "dome_sync",
        path="/equipment/dome/sync",
        done=_looks_along,
        prepare=_turn_dome_away,
        error="sync_dome_unproven",
    ),
    _press(
        "dome_find_home",
        path="/equipment/dome/home",
        done=lambda o: o.dome.at_home,
        prepare=_turn_dome_away,
        error="find_dome_home_unproven",
    ),
    _press(
        "dome_park",
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
    _switch(
        "switch_hub_channel_2",
        on=True,
        path="/equipment/switch/set",
        sent={"index": "2", "value": "1.0"},
        done=lambda o: o.switch_hub.writable[2].value == 1,
        error="switch_channel_unproven",
    ),
    _set_to(
        "switch_hub_channel_5",
        72,
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
