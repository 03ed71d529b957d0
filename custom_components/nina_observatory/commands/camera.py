"""Commands for the camera."""

from ..api import Camera, Equipment, Role
from ..commander import Command


def _cannot_cool(camera: Camera, _equipment: Equipment) -> str | None:
    """Return why the cooler cannot be switched on without naming a temperature."""
    if not camera.can_set_temperature:
        return "cooler_not_supported"
    return "set_point_unknown" if camera.set_point is None else None


COOLER_ON = Command[Camera](
    key="cooler_on",
    subject=Role.CAMERA,
    # -1 minutes means the duration in N.I.N.A.'s profile; 0 would shock the sensor.
    send=lambda client, camera: client.cool_camera(temperature=camera.set_point or 0.0, minutes=-1),
    proof=lambda camera: camera.cooler_on is True,
    seen=lambda camera: camera.temperature,
    limit=30,
    refusal=_cannot_cool,
    overtakes=("cooler_off",),
)

COOLER_OFF = Command[Camera](
    key="cooler_off",
    subject=Role.CAMERA,
    send=lambda client, _: client.warm_camera(minutes=-1),
    proof=lambda camera: camera.cooler_on is False,
    seen=lambda camera: camera.temperature,
    limit=3600,
    overtakes=("cooler_on",),
)
