"""Cameras: the latest image, the live stack, and the screen of the imaging computer."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import monotonic
from typing import Any, override

from homeassistant.components.camera import Camera, CameraEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import NinaError, Picture, Role
from .const import LOGGER
from .entities.entity import NinaEntity, async_add_when
from .readings.catalog import CatalogCoordinator
from .readings.coordinator import NinaCoordinator
from .readings.equipment import EquipmentCoordinator
from .readings.frames import QUALITY, Frames, FramesCoordinator
from .readings.picture_cache import PictureCache
from .runtime import NinaConfigEntry

PARALLEL_UPDATES = 0

# Wide enough for a dashboard; the full frame is many times larger and takes N.I.N.A. seconds.
DEFAULT_WIDTH = 1280
STACKED = ("target", "filter", "frames")
# No event reports that the screen changed.
SCREENSHOT_SECONDS = 10

LATEST_IMAGE = CameraEntityDescription(key="latest_image", translation_key="latest_image")
LIVE_STACK = CameraEntityDescription(key="live_stack", translation_key="live_stack")
SCREENSHOT = CameraEntityDescription(
    key="screenshot", translation_key="screenshot", entity_registry_enabled_default=False
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the cameras of an entry."""
    data = entry.runtime_data
    async_add_entities(
        [
            LatestImageCamera(data.frames, Role.HUB, LATEST_IMAGE),
            ScreenshotCamera(data.equipment, Role.HUB, SCREENSHOT),
        ]
    )
    async_add_when(
        entry,
        Platform.CAMERA,
        Role.HUB,
        [data.catalog],
        [LIVE_STACK],
        lambda _: data.catalog.data.stacking is not None,
        partial(LiveStackCamera, data.catalog, Role.HUB),
        async_add_entities,
    )


# Returns a picture; raises NinaError.
type Fetch = Callable[[], Awaitable[Picture]]


class PictureCamera[CoordinatorT: NinaCoordinator[Any]](NinaEntity[CoordinatorT], Camera):
    """A still picture that is fetched on demand and shared by all viewers."""

    def __init__(
        self, coordinator: CoordinatorT, role: Role, description: CameraEntityDescription
    ) -> None:
        super().__init__(coordinator, role, description)
        Camera.__init__(self)

    @property
    def pictures(self) -> PictureCache:
        """Return the picture cache of the entry, which bounds the size of all its pictures."""
        return self.runtime.frames.pictures

    @abstractmethod
    def fetch(self, width: int) -> Fetch | None:
        """Return the function that fetches the picture for all viewers; None without one."""

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """Return the picture; None if there is none or it cannot be fetched now."""
        if (fetch := self.fetch(width or DEFAULT_WIDTH)) is None:
            return None
        try:
            picture = await fetch()
        except NinaError as err:
            LOGGER.debug("%s: no picture: %s", self.entity_id, err)
            return None
        self.content_type = picture.content_type
        return picture.data


class LatestImageCamera(PictureCamera[FramesCoordinator]):
    """The newest image in N.I.N.A., saved or not."""

    @property
    @override
    def available(self) -> bool:
        return super().available and self.coordinator.data.latest is not None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object]:
        return saved_or_not(self.coordinator.data)

    @override
    def part(self) -> object:
        return self.extra_state_attributes

    @override
    def fetch(self, width: int) -> Fetch | None:
        """Fetch once for each picture that N.I.N.A. shows."""
        if self.coordinator.data.latest is None:
            return None
        return partial(self.coordinator.async_latest, width)


def saved_or_not(frames: Frames) -> Mapping[str, object]:
    """Return the attribute that shows whether the image is a saved frame."""
    return {} if frames.latest is None else {"saved": frames.prepared is None}


class LiveStackCamera(PictureCamera[CatalogCoordinator]):
    """The live stack that was updated last."""

    @property
    @override
    def available(self) -> bool:
        return super().available and self.coordinator.data.stack is not None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object]:
        stack = self.coordinator.data.stack
        return {} if stack is None else {key: getattr(stack, key) for key in STACKED}

    @override
    def part(self) -> object:
        return self.coordinator.data.stack

    @override
    def fetch(self, width: int) -> Fetch | None:
        """Fetch once for each frame that is stacked, separately from the pictures of the frames."""
        if (stack := self.coordinator.data.stack) is None:
            return None
        client = self.coordinator.client
        return partial(
            self.pictures.async_get,
            (stack, width),
            lambda: client.live_stack.get_picture(
                stack.target, stack.filter, width=width, quality=QUALITY
            ),
        )


class ScreenshotCamera(PictureCamera[EquipmentCoordinator]):
    """The screen of the imaging computer."""

    @property
    @override
    def available(self) -> bool:
        return super().available and self.coordinator.data.reachable

    @override
    def part(self) -> object:
        return None

    @override
    def fetch(self, width: int) -> Fetch:
        """Cache the screenshot for some seconds."""
        client = self.coordinator.client
        return partial(
            self.pictures.async_get,
            (SCREENSHOT.key, monotonic() // SCREENSHOT_SECONDS, width),
            lambda: client.application.get_screenshot(width=width, quality=QUALITY),
        )
