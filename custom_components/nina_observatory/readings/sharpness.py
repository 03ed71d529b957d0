"""The sharpness of the newest light frame on the sky, independent of camera and binning."""

from ..api import Camera, Frame, Role
from .equipment import EquipmentCoordinator
from .frames import FramesCoordinator
from .optics import hfr_arcseconds
from .settings import SettingsCoordinator


class Sharpness:
    """The HFR of the newest light frame in arcseconds, with the binning at that time.

    A frame does not include its binning, so the camera is read when the frame is new; a later
    change of the binning has no effect. Unknown while the camera cannot be read.
    """

    def __init__(
        self,
        frames: FramesCoordinator,
        equipment: EquipmentCoordinator,
        settings: SettingsCoordinator,
    ) -> None:
        self._frames = frames
        self._equipment = equipment
        self._settings = settings
        self._known: tuple[Frame, float] | None = None

    @property
    def hfr(self) -> float | None:
        """The HFR in arcseconds; once known, it is constant while the frame is the newest."""
        frame = self._frames.data.newest_light
        if frame is None:
            return None
        if self._known is None or self._known[0] != frame:
            camera = self._equipment.data.device(Role.CAMERA)
            asked = camera if isinstance(camera, Camera) else None
            value = hfr_arcseconds(frame, asked, self._settings.data.profile)
            self._known = None if value is None else (frame, value)
        return None if self._known is None else self._known[1]
