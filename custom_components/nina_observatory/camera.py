"""Cameras: what N.I.N.A. shows, the live stack, and the screen of the imaging computer."""

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

# Wide enough for a dashboard; the full frame is many times that and costs N.I.N.A. seconds.
DEFAULT_WIDTH = 1280
STACKED = ("target", "filter", "frames")
# The screen has no event that says it changed.
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
    """A still picture that is fetched when somebody looks, and shared by all who do."""

    def __init__(
        self, coordinator: CoordinatorT, role: Role, description: CameraEntityDescription
    ) -> None:
        """Prepare with nothing fetched."""
        super().__init__(coordinator, role, description)
        Camera.__init__(self)

    @property
    def pictures(self) -> PictureCache:
        """Return the pictures of the rig, which share one bound."""
        return self.runtime.frames.pictures

    @abstractmethod
    def fetch(self, width: int) -> Fetch | None:
        """Return what fetches the picture, once for all who look; None without one."""

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """Return the picture; None where there is none or it cannot be had now."""
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
    """What N.I.N.A. shows: the newest frame, saved or not."""

    @property
    @override
    def available(self) -> bool:
        """Return whether there is a picture."""
        return super().available and self.coordinator.data.latest is not None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return whether it is saved."""
        return saved_or_not(self.coordinator.data)

    @override
    def part(self) -> object:
        """Return what is shown besides the picture itself."""
        return self.extra_state_attributes

    @override
    def fetch(self, width: int) -> Fetch | None:
        """Fetch it once for each picture that N.I.N.A. shows."""
        if self.coordinator.data.latest is None:
            return None
        return partial(self.coordinator.async_latest, width)


def saved_or_not(frames: Frames) -> Mapping[str, Any]:
    """Return the attribute that tells a saved frame from what N.I.N.A. only shows."""
    return {} if frames.latest is None else {"saved": frames.prepared is None}


class LiveStackCamera(PictureCamera[CatalogCoordinator]):
    """The live stack that got a frame last."""

    @property
    @override
    def available(self) -> bool:
        """Return whether there is a stack."""
        return super().available and self.coordinator.data.stack is not None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return what is stacked."""
        stack = self.coordinator.data.stack
        return {} if stack is None else {key: getattr(stack, key) for key in STACKED}

    @override
    def part(self) -> object:
        """Return what tells the picture from the one before."""
        return self.coordinator.data.stack

    @override
    def fetch(self, width: int) -> Fetch | None:
        """Fetch it once for each frame that it gets, beside the pictures of the frames."""
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
        """Return whether N.I.N.A. answers."""
        return super().available and self.coordinator.data.reachable

    @override
    def part(self) -> object:
        """Show nothing of the equipment."""
        return None

    @override
    def fetch(self, width: int) -> Fetch:
        """Take a picture for current during some seconds."""
        client = self.coordinator.client
        return partial(
            self.pictures.async_get,
            (SCREENSHOT.key, monotonic() // SCREENSHOT_SECONDS, width),
            lambda: client.application.get_screenshot(width=width, quality=QUALITY),
        )
