"""The wiki of plugin 2.0: the equipment."""

from custom_components.nina_observatory.api import Role

from .table import Row
from .wiki_devices import common, shown

CAMERA: tuple[Row, ...] = (
    *common(Role.CAMERA, shown(("sensor", "camera_gain", "100")), "sensors of the camera"),
)

EQUIPMENT = (*CAMERA,)
