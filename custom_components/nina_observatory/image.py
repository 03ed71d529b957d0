"""The latest image in N.I.N.A. as an image entity, whose state is the time of the image."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Frame, NinaError, Role
from .camera import DEFAULT_WIDTH, saved_or_not
from .const import LOGGER
from .devices import HubPart
from .entities.adding import async_add_rows
from .entities.entity import RowDescription, RowEntity
from .entities.source import PICTURE_OR_NONE
from .readings.coordinator import NinaCoordinator
from .readings.frames import Frames
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class NinaImageDescription(RowDescription[Frames], ImageEntityDescription):
    """Describe the image."""


LATEST_IMAGE: Final = NinaImageDescription(
    key="latest_image",
    translation_key="latest_image",
    device=HubPart.IMAGING,
    source=PICTURE_OR_NONE,
    attributes_fn=saved_or_not,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the image of an entry."""
    rows = {Role.HUB: (LATEST_IMAGE,)}
    async_add_rows(entry, Platform.IMAGE, rows, LatestImage, async_add_entities)


class LatestImage(RowEntity, ImageEntity):
    """The newest image in N.I.N.A., saved or not, else that of the last night; fetched on demand."""

    entity_description: NinaImageDescription

    def __init__(
        self, coordinator: NinaCoordinator[Any], role: Role, description: NinaImageDescription
    ) -> None:
        super().__init__(coordinator, role, description)
        ImageEntity.__init__(self, coordinator.hass)

    @property
    @override
    def image_last_updated(self) -> datetime | None:
        """Return when the frame was saved, or when an unsaved image appeared."""
        return self.runtime.facts.picture.taken_at

    @override
    def part(self) -> object:
        latest = self.runtime.frames.data.latest
        shown = latest.identity if isinstance(latest, Frame) else latest
        return (shown, self.image_last_updated)

    @override
    async def async_image(self) -> bytes | None:
        """Return the same picture as the camera entity; None if it cannot be fetched."""
        picture_fact = self.runtime.facts.picture
        if not picture_fact.is_shown:
            return None
        try:
            picture = await picture_fact.async_latest(DEFAULT_WIDTH)
        except NinaError as err:
            LOGGER.debug("%s: no picture: %s", self.entity_id, err)
            return None
        self._attr_content_type = picture.content_type
        return picture.data
