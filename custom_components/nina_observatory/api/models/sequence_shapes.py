"""Conversion of the two forms of a sequence node into one."""

from collections.abc import Iterable, Mapping

from .wire import mapping, number


def plain(block: Mapping[str, object]) -> Mapping[str, object]:
    """Return the settings of a node with the keys of the shorter form of the tree."""
    target, plain = mapping(block.get("Target")), dict(block)
    place = mapping(block.get("Coordinates"))
    if target:
        plain |= {"IsTarget": True, "TargetName": target.get("TargetName")}
        place = mapping(target.get("InputCoordinates"))
    elif "Inherited" not in block:
        # The place that an instruction waits for, or that a trigger monitors.
        place = place if "RA" in place else {}
    if place:
        plain["Coordinates"] = place if "RA" in place else _from_input(place)
    if "Type" not in block and "ImageType" in block:
        plain["Type"] = block["ImageType"]
    return plain


def _from_input(place: Mapping[str, object]) -> Mapping[str, object]:
    """Convert coordinates in the form in which they are typed, J2000, into the usual one."""
    hours = [number(place.get(key)) for key in ("RAHours", "RAMinutes", "RASeconds")]
    degrees = [number(place.get(key)) for key in ("DecDegrees", "DecMinutes", "DecSeconds")]
    if None in (*hours, *degrees):
        return {}
    right_ascension = _sexagesimal(hours)
    # The sign of the degrees is lost if they are 0.
    sign = -1 if place.get("NegativeDec") is True else 1
    return {
        "RA": right_ascension,
        "RADegrees": right_ascension * 15,
        "Dec": sign * _sexagesimal(degrees),
        "Epoch": "J2000",
    }


def _sexagesimal(parts: Iterable[float | None]) -> float:
    """Return units, minutes and seconds as one number without a sign."""
    return sum(abs(part or 0.0) / 60.0**power for power, part in enumerate(parts))
