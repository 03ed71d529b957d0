"""A quick eye for frames: those that look nearly alike are drawn and measured once.

Drawing and measuring a frame takes as long as several readings of all that a rig says, and a night
in fast motion takes a hundred of them. Their pictures are drawn from what they really show.
"""

from dataclasses import replace
from functools import lru_cache

from simulator.devices.exposures import measured
from simulator.picture import Scene, Statistics


@lru_cache(maxsize=2000)
def _of(scene: Scene, detect: bool) -> Statistics:
    """Return the statistics of the pixels of a scene."""
    return measured(scene, detect=detect)


def glance(scene: Scene, *, detect: bool) -> Statistics:
    """Return the statistics of a scene that looks nearly like this one, from its pixels."""
    # Two frames in a row are never quite the same.
    alike = replace(
        scene,
        seed=scene.seed % 2,
        temperature=round(scene.temperature, -1),
        defocus=round(scene.defocus, 0 if scene.defocus > 5 else 1),
        tracking_error=round(scene.tracking_error, 1),
        clouds=round(scene.clouds, 1),
        airmass=round(scene.airmass, 1),
        rotation=round(scene.rotation / 90) * 90.0,
    )
    return _of(alike, detect)
