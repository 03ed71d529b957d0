"""The latest image in N.I.N.A. as an image entity, whose state is the time of the image."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Frame, NinaError, Role
from .camera import DEFAULT_WIDTH, saved_or_not
from .const import LOGGER
from .entities.entity import NinaEntity
from .readings.frames import FramesCoordinator, Prepared
from .runtime import NinaConfigEntry

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
    """The newest image in N.I.N.A., saved or not; fetched on demand."""

    def __init__(self, hass: HomeAssistant, frames: FramesCoordinator) -> None:
        super().__init__(frames, Role.HUB, LATEST_IMAGE)
        ImageEntity.__init__(self, hass)

    @property
    @override
    def available(self) -> bool:
        return super().available and self.coordinator.data.latest is not None

    @property
    @override
    def image_last_updated(self) -> datetime | None:
        """Return when the frame was saved, or when an unsaved image appeared."""
        latest = self.coordinator.data.latest
        if latest is None:
            return None
        return latest.prepared_at if isinstance(latest, Prepared) else latest.date

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object]:
        return saved_or_not(self.coordinator.data)

    @override
    def part(self) -> object:
        latest = self.coordinator.data.latest
        return latest.identity if isinstance(latest, Frame) else latest

    @override
    async def async_image(self) -> bytes | None:
        """Return the same picture as the camera entity; None if it cannot be fetched."""
        if self.coordinator.data.latest is None:
            return None
        try:
            picture = await self.coordinator.async_latest(DEFAULT_WIDTH)
        except NinaError as err:
            LOGGER.debug("%s: no picture: %s", self.entity_id, err)
            return None
        self._attr_content_type = picture.content_type
        return picture.data
