"""All facts of an entry."""

import asyncio

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ...api import Picture
from ...readings.equipment import EquipmentCoordinator
from ...readings.frames import FramesCoordinator
from ...readings.scheduler_plan import SchedulerPlan
from ...readings.sequence import SequenceCoordinator
from ...readings.settings import SettingsCoordinator
from ...readings.sharpness import Sharpness
from ...readings.target_scheduler import SchedulerCoordinator
from .autofocus import AutofocusFact
from .collector import Collector
from .gallery import Gallery, async_forget_thumbnails
from .last_frame import FrameFact
from .last_picture import THUMBNAIL, PictureFact
from .last_plan import PlanFact
from .stores import async_forget_stores

type _Fact = AutofocusFact | FrameFact | PictureFact | PlanFact


class Facts:
    """Facts of an entry, kept over restarts of both sides."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        equipment: EquipmentCoordinator,
        sequence: SequenceCoordinator,
        frames: FramesCoordinator,
        sharpness: Sharpness,
        settings: SettingsCoordinator,
        scheduler: SchedulerCoordinator | None,
    ) -> None:
        self.autofocus = AutofocusFact(hass, entry, settings)
        self.frame = FrameFact(hass, entry, frames, sharpness)
        self.picture = PictureFact(hass, entry, frames)
        self.gallery = Gallery(hass, entry, frames)
        self._collector = Collector(
            hass, entry, equipment, frames, sequence, self.picture, self.gallery
        )
        self.plan = None if scheduler is None else PlanFact(hass, entry, scheduler, settings)

    @callback
    def shown_plan(self) -> SchedulerPlan | None:
        """Return the plan of the Target Scheduler as it is shown; None without one."""
        return None if self.plan is None else self.plan.shown

    async def async_load(self) -> None:
        """Load everything before the first reading."""
        await asyncio.gather(*(each.async_load() for each in self._kinds()))

    @callback
    def async_start(self) -> None:
        """Follow frames and fetch pictures until the entry is unloaded."""
        self.gallery.async_start()
        self._collector.async_start()

    async def async_end(self) -> None:
        """Save everything for the last time."""
        await asyncio.gather(
            self.gallery.async_end(), *(each.async_end() for each in self._kinds())
        )

    @callback
    def has_picture(self, frame: str) -> bool:
        """Return whether a picture of a frame is kept, by the id of the frame."""
        kept = self.picture.kept
        return self.gallery.has_thumbnail(frame) or (kept is not None and kept.frame == frame)

    async def async_picture(
        self, frame: str, width: int | None, *, is_thumbnail: bool
    ) -> Picture | None:
        """Return the picture that is kept of a frame, by its id, of at most a width; None without one.

        It is the largest one, or the thumbnail if that is wanted.
        """
        kept = self.picture.kept
        if kept is not None and kept.frame != frame:
            kept = None
        if is_thumbnail or kept is None:
            thumbnail = await self.gallery.async_thumbnail(frame)
            if thumbnail is not None:
                return await self.picture.async_narrowed(("file", frame), thumbnail, width)
        if kept is None:
            return None
        narrow = min(width or THUMBNAIL, THUMBNAIL) if is_thumbnail else width
        return await self.picture.async_kept(kept, narrow)

    def _kinds(self) -> list[_Fact]:
        """Return the facts that the entry has."""
        kinds: list[_Fact] = [self.autofocus, self.frame, self.picture]
        return kinds if self.plan is None else [*kinds, self.plan]


async def async_forget_facts(hass: HomeAssistant, entry_id: str) -> None:
    """Delete all facts: the entry is removed."""
    await async_forget_stores(hass, entry_id)
    await async_forget_thumbnails(hass, entry_id)
