"""The newest frame as an image: its state is the time at which it was saved."""

from datetime import datetime
from typing import Final, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import NinaError, Role
from .camera import DEFAULT_WIDTH
from .const import LOGGER
from .coordinator import NinaConfigEntry
from .entity import NinaEntity
from .frames import FramesCoordinator

PARALLEL_UPDATES = 0

LATEST_IMAGE: Final = ImageEntityDescription(key="latest_image", translation_key="latest_image")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the image of an entry."""
    async_add_entities([LatestImage(hass, entry.runtime_data.frames)])


class LatestImage(NinaEntity[FramesCoordinator], ImageEntity):
    """The newest frame that N.I.N.A. saved, fetched when somebody looks."""

    def __init__(self, hass: HomeAssistant, frames: FramesCoordinator) -> None:
        """Prepare with nothing fetched."""
        super().__init__(frames, Role.HUB, LATEST_IMAGE)
        ImageEntity.__init__(self, hass)

    @property
    @override
    def available(self) -> bool:
        """Return whether there is a frame."""
        return super().available and bool(self.coordinator.data.frames)

    @property
    @override
    def image_last_updated(self) -> datetime | None:
        """Return when the frame was saved."""
        frames = self.coordinator.data.frames
        return frames[-1].date if frames else None

    @override
    def part(self) -> object:
        """Return what tells the frame from the one before."""
        frames = self.coordinator.data.frames
        return frames[-1].identity if frames else None

    @override
    async def async_image(self) -> bytes | None:
        """Return the picture, the same that the camera shows; None where it cannot be had."""
        frames = self.coordinator.data.frames
        if not frames:
            return None
        try:
            picture = await self.coordinator.async_picture(frames[-1], DEFAULT_WIDTH)
        except NinaError as err:
            LOGGER.debug("%s: no picture: %s", self.entity_id, err)
            return None
        self._attr_content_type = picture.content_type
        return picture.data
