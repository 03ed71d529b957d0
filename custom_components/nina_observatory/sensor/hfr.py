"""The sharpness of the newest light frame on the sky, which does not depend on camera or binning."""

from collections.abc import Iterable
from typing import Final, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription

from ..api import Camera, Frame, Role
from ..entities.entity import Follow, NinaEntity
from ..entities.optics import hfr_arcseconds
from ..readings.frames import FramesCoordinator
from ..runtime import NinaConfigEntry
from .description import ARCSECONDS
from .night import measured

HFR_ARCSECONDS: Final = SensorEntityDescription(
    key="hfr_arcsec", translation_key="hfr_arcsec", **measured(ARCSECONDS, 2)
)


class HfrArcseconds(NinaEntity[FramesCoordinator], SensorEntity):
    """The HFR of the newest light frame in arc seconds, by the pixels as they were binned then.

    A frame does not say how it was binned, so the camera is asked when the frame is new; a binning
    that is set afterwards changes nothing. Unknown while the camera cannot be asked.
    """

    def __init__(self, entry: NinaConfigEntry) -> None:
        """Begin with no frame known."""
        self._data = entry.runtime_data
        self._known: tuple[Frame, float] | None = None
        super().__init__(self._data.frames, Role.HUB, HFR_ARCSECONDS)

    @override
    def follows(self) -> Iterable[Follow]:
        """Return who tells the size of a pixel."""
        return (self._data.equipment.async_add_listener, self._data.settings.async_add_listener)

    @property
    @override
    def available(self) -> bool:
        """Return whether the frames are known."""
        return super().available and self.coordinator.data.known

    @override
    def part(self) -> object:
        """Return the value alone."""
        return self.native_value

    @property
    @override
    def native_value(self) -> float | None:
        """Return the value, once it is known the same for as long as the frame is the newest."""
        frame = self.coordinator.data.newest_light
        if frame is None:
            return None
        if self._known is None or self._known[0] != frame:
            camera = self._data.equipment.data.device(Role.CAMERA)
            asked = camera if isinstance(camera, Camera) else None
            value = hfr_arcseconds(frame, asked, self._data.settings.data.profile)
            self._known = None if value is None else (frame, value)
        return None if self._known is None else self._known[1]
