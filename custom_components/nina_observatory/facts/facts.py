"""All facts of an entry."""

import asyncio

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..readings.frames import FramesCoordinator
from ..readings.settings import SettingsCoordinator
from ..readings.sharpness import Sharpness
from ..readings.target_scheduler import SchedulerCoordinator
from .autofocus import AutofocusFact
from .last_frame import FrameFact
from .last_picture import PictureFact
from .last_plan import PlanFact
from .stores import async_forget_stores

type _Fact = AutofocusFact | FrameFact | PictureFact | PlanFact


class Facts:
    """What happened, kept over restarts of both sides."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        frames: FramesCoordinator,
        sharpness: Sharpness,
        settings: SettingsCoordinator,
        scheduler: SchedulerCoordinator | None,
    ) -> None:
        self.autofocus = AutofocusFact(hass, entry, settings)
        self.frame = FrameFact(hass, entry, frames, sharpness)
        self.picture = PictureFact(hass, entry, frames)
        self.plan = None if scheduler is None else PlanFact(hass, entry, scheduler)

    async def async_load(self) -> None:
        """Load everything before the first reading."""
        await asyncio.gather(*(each.async_load() for each in self._kinds()))

    async def async_end(self) -> None:
        """Save everything for the last time."""
        await asyncio.gather(*(each.async_end() for each in self._kinds()))

    def _kinds(self) -> list[_Fact]:
        """Return the facts that the entry has."""
        kinds: list[_Fact] = [self.autofocus, self.frame, self.picture]
        return kinds if self.plan is None else [*kinds, self.plan]


async def async_forget_facts(hass: HomeAssistant, entry_id: str) -> None:
    """Delete all facts: the entry is removed."""
    await async_forget_stores(hass, entry_id)
