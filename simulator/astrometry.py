"""Coordinates and plate-solve results as N.I.N.A. writes them."""

from datetime import UTC
import math
from typing import TYPE_CHECKING, Any

from .enums import Epoch
from .sky import Coordinates, dec_string, ra_string

if TYPE_CHECKING:
    from .clock import SimulationClock
    from .images import Frame
    from .observatory import Observatory

__all__ = ["hours_string", "solve", "wire_coordinates"]

_ENOUGH_STARS = 10


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


def solve(observatory: Observatory, frame: Frame) -> dict[str, Any]:
    """Return what a plate solve of a frame finds: nothing where there are too few stars."""
    solved = frame.statistics.stars > _ENOUGH_STARS
    angle = observatory.rotator.position
    place = observatory.mount.hardware.coordinates.to_j2000(observatory.clock.true_now())
    scale = 206.265 * observatory.camera.pixel_size / frame.focal_length if solved else 0.0
    width = observatory.camera.width
    return {
        "SolveTime": observatory.clock.now(),
        "Orientation": 360 - angle,
        "PositionAngle": angle,
        "Pixscale": scale,
        "Radius": scale * width / 2 / 3600,
        "Coordinates": wire_coordinates(place, observatory.clock) if solved else None,
        "Flipped": False,
        "Success": solved,
        "RaErrorString": "--",
        "RaPixError": math.nan,
        "DecPixError": math.nan,
        "DecErrorString": "--",
        **({"Separation": None} if observatory.dialect.is_wiki else {}),
    }


def hours_string(hours: float) -> str:
    """Return hours as hh:mm:ss."""
    if math.isnan(hours):
        return ""
    seconds = round(hours * 3600)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
