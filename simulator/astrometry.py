"""Coordinates and hours as N.I.N.A. writes them."""

from datetime import UTC
import math
from typing import TYPE_CHECKING, Any

from .enums import Epoch
from .sky import Coordinates, dec_string, ra_string

if TYPE_CHECKING:
    from .clock import SimulationClock

__all__ = ["hours_string", "wire_coordinates"]


def wire_coordinates(place: Coordinates, clock: SimulationClock) -> dict[str, Any]:
    """Return coordinates as the object N.I.N.A. writes."""
    now = clock.now()
    return {
        "RA": float(place.ra_hours),
        "RAString": ra_string(place.ra_hours),
        "RADegrees": float(place.ra_degrees),
        "Dec": float(place.dec_degrees),
        "DecString": dec_string(place.dec_degrees),
        "Epoch": Epoch.parse(place.epoch),
        "DateTime": {"Now": now, "UtcNow": now.astimezone(UTC)},
    }


def hours_string(hours: float) -> str:
    """Return hours as hh:mm:ss."""
    if math.isnan(hours):
        return ""
    seconds = round(hours * 3600)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
