"""Cameras: the latest image, the live stack, and the screen of the imaging computer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, override

from homeassistant.components.camera import Camera, CameraEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import NinaError, Picture, Role
from .const import LOGGER
from .entities.adding import async_add_rows
from .entities.entity import RowDescription, RowEntity
from .entities.source import ANSWERING, PICTURE, STACK
from .helpers.devices import HubPart
from .readings.catalog import Catalog
from .readings.coordinator import NinaCoordinator
from .readings.equipment_state import EquipmentState
from .readings.frames import QUALITY, Frames
from .runtime import NinaConfigEntry, NinaRuntimeData

PARALLEL_UPDATES = 0

# Wide enough for a dashboard; the full frame is many times larger and takes N.I.N.A. seconds.
DEFAULT_WIDTH = 1280
# No event reports that the screen changed.
SCREENSHOT_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class NinaCameraDescription[SourceT](RowDescription[SourceT], CameraEntityDescription):
    """Describe a camera: how to fetch its picture of at most a width in pixels, None without one.

    Fetching raises NinaError. All viewers share the pictures in the cache of the entry, which bounds their total size.
    """

    fetch_fn: Callable[[NinaRuntimeData, SourceT, int], Awaitable[Picture | None]]


def saved_or_not(frames: Frames) -> Mapping[str, object]:
    """Return the attribute that shows whether the image is a saved frame."""
    return {"saved": frames.prepared is None}


async def _async_latest(data: NinaRuntimeData, _frames: Frames, width: int) -> Picture:
    return await data.facts.picture.async_latest(width)


def _stack_attributes(catalog: Catalog) -> Mapping[str, object]:
    """Return what was stacked last."""
    stack = catalog.stack
    if stack is None:
        return {}
    return {"target": stack.target, "filter": stack.filter, "frames": stack.frames}


async def _async_stack(data: NinaRuntimeData, catalog: Catalog, width: int) -> Picture | None:
    """Fetch once for each frame that is stacked, separately from the pictures of the frames."""
    if (stack := catalog.stack) is None:
        return None

    async def render(step: int) -> Picture:
        return await data.client.live_stack.get_picture(
            stack.target, stack.filter, width=step, quality=QUALITY
        )

    return await data.frames.pictures.async_get_width(stack, width, render)


async def _async_screenshot(data: NinaRuntimeData, _state: EquipmentState, width: int) -> Picture:
    """Fetch once for some seconds."""
    screenshot = data.client.application.get_screenshot
    return await data.frames.pictures.async_get_width(
        (SCREENSHOT.key, monotonic() // SCREENSHOT_SECONDS),
        width,
        lambda step: screenshot(width=step, quality=QUALITY),
    )


# The newest image in N.I.N.A., saved or not, else that of the last night. The image entity shows the
# same; a camera has it in any size.
LATEST_IMAGE: Final = NinaCameraDescription[Frames](
    key="latest_image",
    translation_key="latest_image",
    device=HubPart.IMAGING,
    source=PICTURE,
    entity_registry_enabled_default=False,
    attributes_fn=saved_or_not,
    fetch_fn=_async_latest,
)
LIVE_STACK: Final = NinaCameraDescription[Catalog](
    key="live_stack",
    translation_key="live_stack",
    device=HubPart.IMAGING,
    source=STACK,
    entity_registry_enabled_default=False,
    attributes_fn=_stack_attributes,
    fetch_fn=_async_stack,
)
SCREENSHOT: Final = NinaCameraDescription[EquipmentState](
    key="screenshot",
    translation_key="screenshot",
    source=ANSWERING,
    entity_registry_enabled_default=False,
    fetch_fn=_async_screenshot,
)
CAMERAS: Final[dict[Role, tuple[NinaCameraDescription[Any], ...]]] = {
    Role.HUB: (LATEST_IMAGE, LIVE_STACK, SCREENSHOT)
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the cameras of an entry."""
    async_add_rows(entry, Platform.CAMERA, CAMERAS, NinaCamera, async_add_entities)


class NinaCamera(RowEntity, Camera):
    """A still picture that is fetched on demand."""

    entity_description: NinaCameraDescription[Any]

    def __init__(
        self,
        coordinator: NinaCoordinator[Any],
        role: Role,
        description: NinaCameraDescription[Any],
    ) -> None:
        super().__init__(coordinator, role, description)
        Camera.__init__(self)

    @override
    def part(self) -> object:
        return self.extra_state_attributes

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """Return the picture; None if there is none or it cannot be fetched now."""
        if (source := self.source) is None:
            return None
        if width is None or width <= 0:
            width = DEFAULT_WIDTH
        try:
            picture = await self.entity_description.fetch_fn(self.runtime, source, width)
        except NinaError as err:
            LOGGER.debug("%s: no picture: %s", self.entity_id, err)
            return None
        if picture is None:
            return None
        self.content_type = picture.content_type
        return picture.data
