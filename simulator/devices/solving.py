"""N.I.N.A.'s record of a plate solve."""

import math
from typing import TYPE_CHECKING, Any

from simulator.astrometry import wire_coordinates

if TYPE_CHECKING:
    from simulator.images import Frame

    from .rig import Rig

__all__ = ["solution_of"]

_ENOUGH_STARS = 10


def solution_of(rig: Rig, frame: Frame) -> dict[str, Any]:
    """Return the result of a plate solve of a frame: nothing if there are too few stars."""
    solved = frame.statistics.stars > _ENOUGH_STARS
    angle = rig.rotator.position
    place = rig.mount.hardware.coordinates.to_j2000(rig.clock.true_now())
    scale = 206.265 * rig.camera.pixel_size / frame.focal_length if solved else 0.0
    width = rig.camera.width
    return {
        "SolveTime": rig.clock.now(),
        "Orientation": 360 - angle,
        "PositionAngle": angle,
        "Pixscale": scale,
        "Radius": scale * width / 2 / 3600,
        "Coordinates": wire_coordinates(place, rig.clock) if solved else None,
        "Flipped": False,
        "Success": solved,
        "RaErrorString": "--",
        "RaPixError": math.nan,
        "DecPixError": math.nan,
        "DecErrorString": "--",
        **({"Separation": None} if rig.dialect.is_wiki else {}),
    }
