"""The sharpness of the newest light frame on the sky, which depends on no camera and no binning."""

from ..api import Camera, Frame, Role
from .equipment import EquipmentCoordinator
from .frames import FramesCoordinator
from .optics import hfr_arcseconds
from .settings import SettingsCoordinator


class Sharpness:
    """The HFR of the newest light frame in arc seconds, by the pixels as they were binned then.

    A frame does not say how it was binned, so the camera is asked when the frame is new; a binning
    that is set afterwards changes nothing. Unknown while the camera cannot be asked.
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
        """The HFR in arc seconds; once it is known, the same for as long as the frame is the newest."""
        frame = self._frames.data.newest_light
        if frame is None:
            return None
        if self._known is None or self._known[0] != frame:
            camera = self._equipment.data.device(Role.CAMERA)
            asked = camera if isinstance(camera, Camera) else None
            value = hfr_arcseconds(frame, asked, self._settings.data.profile)
            self._known = None if value is None else (frame, value)
        return None if self._known is None else self._known[1]
