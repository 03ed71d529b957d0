"""Forms in which values of a sequence are written."""

from typing import TYPE_CHECKING, Any

from simulator.sky import Coordinates

if TYPE_CHECKING:
    from simulator.devices.rig import Rig
    from simulator.sequence.node import Node

__all__ = [
    "binning",
    "coordinates_of",
    "filter_form",
    "input_form",
    "named_binning",
    "target_values",
]


def input_form(place: Coordinates) -> dict[str, Any]:
    """Return coordinates as the user types them: hours, degrees, minutes, seconds."""
    ra_seconds = round(place.ra_hours % 24 * 3600, 5)
    dec_seconds = round(abs(place.dec_degrees) * 3600, 5)
    return {
        "RAHours": int(ra_seconds // 3600),
        "RAMinutes": int(ra_seconds // 60 % 60),
        "RASeconds": round(ra_seconds % 60, 5),
        "NegativeDec": place.dec_degrees < 0,
        "DecDegrees": int(dec_seconds // 3600) * (-1 if place.dec_degrees < 0 else 1),
        "DecMinutes": int(dec_seconds // 60 % 60),
        "DecSeconds": round(dec_seconds % 60, 5),
    }


def coordinates_of(form: dict[str, Any]) -> Coordinates:
    """Return the coordinates of an input form."""
    hours = form["RAHours"] + form["RAMinutes"] / 60 + form["RASeconds"] / 3600
    degrees = abs(form["DecDegrees"]) + form["DecMinutes"] / 60 + form["DecSeconds"] / 3600
    return Coordinates(hours % 24, -degrees if form["NegativeDec"] else degrees)


def target_values(name: str | None, place: Coordinates, angle: float) -> dict[str, Any]:
    """Return the target of a target container."""
    return {"TargetName": name, "PositionAngle": angle, "InputCoordinates": input_form(place)}


def binning(factor: int) -> dict[str, Any]:
    """Return a binning as `sequence/state` writes it."""
    return {"X": factor, "Y": factor}


def named_binning(values: dict[str, Any]) -> dict[str, Any]:
    """Return a binning as `sequence/json` writes it."""
    return {"Name": f"{values['X']}x{values['Y']}", **values}


def filter_form(rig: Rig, name: str | None) -> dict[str, Any] | None:
    """Return a filter of the profile as `sequence/state` writes it, None for the current one."""
    index = rig.filter_wheel.index_of(name) if name else None
    if index is None:
        return None
    entry = rig.filter_wheel.filters[index]
    flats = dict(entry["FlatWizardFilterSettings"])
    flats["Binning"] = {key: flats["Binning"][key] for key in ("X", "Y")}
    focus = {key: entry["AutoFocusBinning"][key] for key in ("X", "Y")}
    return {
        "_name": entry["Name"],
        "_focusOffset": entry["FocusOffset"],
        "_position": entry["Position"],
        "_autoFocusExposureTime": entry["AutoFocusExposureTime"],
        "_autoFocusFilter": entry["AutoFocusFilter"],
        "FlatWizardFilterSettings": flats,
        "_autoFocusBinning": focus,
        "_autoFocusGain": entry["AutoFocusGain"],
        "_autoFocusOffset": entry["AutoFocusOffset"],
    }


def target_of(node: Node) -> dict[str, Any] | None:
    """Return the target of the innermost target container around a node."""
    for container in node.ancestors:
        target: dict[str, Any] | None = container.values.get("Target")
        if target is not None:
            return target
    return None
