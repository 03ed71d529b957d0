"""Scenarios: states of the observatory by name."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .observatory import Observatory

__all__ = ["SCENARIOS", "prepare"]


def prepare(observatory: Observatory) -> None:
    """Set up the observatory's scenario; raises ValueError for one nobody knows."""
    SCENARIOS[observatory.scenario](observatory)


def _connected(observatory: Observatory) -> None:
    """Have all devices connected, with the events that belong to it."""
    for device in reversed(observatory.devices):
        if device.role != "guider":
            observatory.events.record(f"{device.prefix}-DISCONNECTED")
        device.attach()
        device.refresh()
        observatory.events.record(f"{device.prefix}-CONNECTED")
    observatory.sequence.initialised = True


def idle(observatory: Observatory) -> None:
    """Have everything connected, the roof closed, the mount parked, a sequence loaded."""
    _connected(observatory)


def clear_night(observatory: Observatory) -> None:
    """Have the roof open, the camera cooled, guiding and a sequence running."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.parked = False
    observatory.camera.cooler.put(-10.0)
    observatory.mount.hardware.put(observatory.sequence.target)
    _connected(observatory)
    observatory.rotator.synced = True
    observatory.guider.routines.resume()
    observatory.sequence.resume_imaging()


def cold_start(observatory: Observatory) -> None:
    """Have N.I.N.A. just started, nothing connected."""


SCENARIOS: dict[str, Callable[[Observatory], None]] = {
    "idle": idle,
    "clear_night": clear_night,
    "cold_start": cold_start,
}
