"""Instructions for mount, guider, focuser, filter wheel and rotator."""

from typing import TYPE_CHECKING, Any

from simulator.astrometry import wire_coordinates
from simulator.enums import TrackingMode
from simulator.sequence.forms import coordinates_of, filter_form, input_form, target_of
from simulator.sequence.kinds import Kind, Simple
from simulator.sky import Coordinates, Horizontal

if TYPE_CHECKING:
    from simulator.devices.rig import Rig
    from simulator.sequence.node import Runner

__all__ = ["POINTING", "SWITCH_FILTER", "place_of"]

_NOWHERE = input_form(Coordinates(0.0, 0.0))


def place_of(node: Simple) -> Coordinates:
    """Return where an instruction points: at the target around it, or at its own coordinates."""
    target = target_of(node)
    inherited = target is not None
    node.values["Inherited"] = inherited
    if target is not None:
        node.values["Coordinates"] = dict(target["InputCoordinates"])
    return coordinates_of(node.values["Coordinates"])


def _angle_of(node: Simple) -> float:
    """Return the position angle of the target, or the instruction's own, in degrees."""
    target = target_of(node)
    if target is not None:
        node.values["PositionAngle"] = target["PositionAngle"]
    return float(node.values["PositionAngle"])


def _shown_place(rig: Rig, node: Simple) -> dict[str, Any]:
    """Return the coordinates of an instruction."""
    return {"Coordinates": wire_coordinates(place_of(node), rig.clock)}


def _reflected_place(_: Rig, node: Simple) -> dict[str, Any]:
    """Return the properties of an instruction with coordinates."""
    place_of(node)
    if "PositionAngle" in node.values:
        _angle_of(node)
    return dict(node.values)


async def _slew(engine: Runner, node: Simple) -> bool:
    """Slew to the target."""
    return await engine.rig.mount.routines.slew(place_of(node))


async def _center(engine: Runner, node: Simple) -> bool:
    """Slew and center by plate solving."""
    return await engine.rig.pointing.center(place_of(node))


async def _rotate(engine: Runner, node: Simple) -> bool:
    """Slew, center and rotate."""
    return await engine.rig.pointing.center(place_of(node), _angle_of(node))


async def _solve_and_rotate(engine: Runner, node: Simple) -> bool:
    """Solve where it points and rotate."""
    here = engine.rig.mount.hardware.coordinates
    return await engine.rig.pointing.center(here, _angle_of(node))


async def _solve_and_sync(engine: Runner, _: Simple) -> bool:
    """Solve the pointing and sync the mount."""
    return bool(await engine.rig.camera.routines.expose_for_solve())


async def _slew_horizontal(engine: Runner, node: Simple) -> bool:
    """Slew to an altitude and azimuth."""
    rig, values = engine.rig, node.values["Coordinates"]
    place = Horizontal(values["AltDegrees"], values["AzDegrees"])
    return await rig.mount.routines.slew(rig.site.equatorial(place, rig.clock.true_now()))


async def _set_tracking(engine: Runner, node: Simple) -> bool:
    """Set the tracking mode."""
    return engine.rig.mount.routines.track(node.values["TrackingMode"])


async def _park(engine: Runner, _: Simple) -> None:
    """Stop guiding and park."""
    if engine.rig.guider.guiding:
        await engine.rig.guider.routines.stop()
    if not engine.rig.mount.parked:
        await engine.rig.mount.routines.park()


async def _unpark(engine: Runner, _: Simple) -> None:
    """Unpark."""
    await engine.rig.pointing.unpark()


async def _find_home(engine: Runner, _: Simple) -> None:
    """Find the mount's home."""
    if engine.rig.guider.guiding:
        await engine.rig.guider.routines.stop()
    await engine.rig.mount.routines.find_home()


async def _start_guiding(engine: Runner, node: Simple) -> bool:
    """Start guiding."""
    return await engine.rig.guider.routines.start(calibrate=node.values["ForceCalibration"])


async def _stop_guiding(engine: Runner, _: Simple) -> None:
    """Stop guiding."""
    await engine.rig.guider.routines.stop()


async def _dither(engine: Runner, _: Simple) -> None:
    """Dither."""
    await engine.rig.guider.routines.dither()


async def _autofocus(engine: Runner, _: Simple) -> bool:
    """Run an autofocus."""
    return await engine.rig.autofocus.run()


async def _move_focuser(engine: Runner, node: Simple) -> None:
    """Move the focuser."""
    await engine.rig.focuser.move_to(node.values["Position"])


async def _shift_focuser(engine: Runner, node: Simple) -> None:
    """Move the focuser by some steps."""
    focuser = engine.rig.focuser
    await focuser.move_to(focuser.position + node.values["RelativePosition"])


async def _focus_by_temperature(engine: Runner, node: Simple) -> None:
    """Move the focuser to where its temperature asks for."""
    focuser, values = engine.rig.focuser, node.values
    steps = values["Slope"] * focuser.temperature
    start = values["Intercept"] if values["Absolute"] else focuser.position
    await focuser.move_to(round(start + steps))


async def _switch_filter(engine: Runner, node: Simple) -> bool:
    """Change the filter; None means the current one."""
    name = node.values["Filter"]
    wheel = engine.rig.filter_wheel
    index = wheel.index_of(name) if name else None
    if name and index is None:
        return False
    if index is not None:
        await wheel.change_to(index)
    return True


async def _rotate_mechanically(engine: Runner, node: Simple) -> None:
    """Turn the rotator to a mechanical angle."""
    await engine.rig.rotator.turn_to_mechanical(node.values["MechanicalPosition"])


def _shown(*keys: str) -> Any:
    """Return a function that shows these values as they are."""
    return lambda _, node: {key: node.values[key] for key in keys}


_PLACE = {"Inherited": False, "Coordinates": _NOWHERE}
_TURNED = {**_PLACE, "PositionAngle": 0.0}
_TOPOCENTRIC = {
    "AltDegrees": 80,
    "AltMinutes": 0,
    "AltSeconds": 0.0,
    "AzDegrees": 0,
    "AzMinutes": 0,
    "AzSeconds": 0.0,
}
_BY_TEMPERATURE = {"Slope": 0.0, "Absolute": False, "Intercept": 0.0}

SWITCH_FILTER = Kind(
    "Switch Filter",
    "FilterWheel.SwitchFilter",
    _switch_filter,
    ("filter_wheel",),
    {"Filter": None},
    lambda _, node: {"Filter": node.values["Filter"] or "Current"},
    lambda rig, node: {"Filter": filter_form(rig, node.values["Filter"])},
)

POINTING = (
    SWITCH_FILTER,
    Kind(
        "Slew To Ra/Dec",
        "Telescope.SlewScopeToRaDec",
        _slew,
        ("mount",),
        _PLACE,
        _shown_place,
        _reflected_place,
    ),
    Kind(
        "Slew and center",
        "Platesolving.Center",
        _center,
        ("mount", "camera"),
        _PLACE,
        _shown_place,
        _reflected_place,
    ),
    Kind(
        "Slew, center and rotate",
        "Platesolving.CenterAndRotate",
        _rotate,
        ("mount", "camera", "rotator"),
        _TURNED,
        _shown_place,
        _reflected_place,
    ),
    Kind(
        "Solve and rotate",
        "Platesolving.SolveAndRotate",
        _solve_and_rotate,
        ("mount", "camera", "rotator"),
        {"Inherited": False, "PositionAngle": 0.0},
        lambda _, node: {"Rotation": _angle_of(node)},
    ),
    Kind("Solve and Sync", "Platesolving.SolveAndSync", _solve_and_sync, ("mount", "camera")),
    Kind(
        "Slew To Alt/Az",
        "Telescope.SlewScopeToAltAz",
        _slew_horizontal,
        ("mount",),
        {"Coordinates": _TOPOCENTRIC},
        _shown("Coordinates"),
    ),
    Kind(
        "Set Tracking",
        "Telescope.SetTracking",
        _set_tracking,
        ("mount",),
        {"TrackingMode": TrackingMode.SIDEREAL},
        lambda _, node: {"TrackingMode": node.values["TrackingMode"].wire},
    ),
    Kind("Park Scope", "Telescope.ParkScope", _park, ("mount",)),
    Kind("Unpark Scope", "Telescope.UnparkScope", _unpark, ("mount",)),
    Kind("Find home", "Telescope.FindHome", _find_home, ("mount",)),
    Kind(
        "Start Guiding",
        "Guider.StartGuiding",
        _start_guiding,
        ("guider",),
        {"ForceCalibration": False},
        _shown("ForceCalibration"),
    ),
    Kind("Stop Guiding", "Guider.StopGuiding", _stop_guiding, ("guider",)),
    Kind("Dither", "Guider.Dither", _dither, ("guider",)),
    Kind("Run Autofocus", "Autofocus.RunAutofocus", _autofocus, ("camera", "focuser")),
    Kind(
        "Move Focuser",
        "Focuser.MoveFocuserAbsolute",
        _move_focuser,
        ("focuser",),
        {"Position": 0},
        _shown("Position"),
    ),
    Kind(
        "Move Focuser Relative",
        "Focuser.MoveFocuserRelative",
        _shift_focuser,
        ("focuser",),
        {"RelativePosition": 0},
        _shown("RelativePosition"),
    ),
    Kind(
        "Move Focuser by Temp.",
        "Focuser.MoveFocuserByTemperature",
        _focus_by_temperature,
        ("focuser",),
        _BY_TEMPERATURE,
        _shown(*_BY_TEMPERATURE),
    ),
    Kind(
        "Rotate by mechanical angle",
        "Rotator.MoveRotatorMechanical",
        _rotate_mechanically,
        ("rotator",),
        {"MechanicalPosition": 0.0},
    ),
)
