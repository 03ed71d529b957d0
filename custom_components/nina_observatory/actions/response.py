"""Replies of N.I.N.A. in the units of the actions."""

from homeassistant.util.json import JsonObjectType

from ..api import PlateSolveResult, plain


def solution(found: PlateSolveResult | None) -> JsonObjectType:
    """Return a plate solution in degrees; after a failure only that."""
    if found is None or not found.success:
        return {"success": False}
    place: JsonObjectType = {}
    if found.coordinates is not None and found.coordinates.right_ascension is not None:
        place["right_ascension"] = found.coordinates.right_ascension * 15
        place["declination"] = found.coordinates.declination
    return {**plain(found), "coordinates": place}
