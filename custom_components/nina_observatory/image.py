"""Images, whose state is the time of what they show: the latest image in N.I.N.A., and the plots."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_call_later

from .api import Frame, NinaError, Role
from .camera import DEFAULT_WIDTH, saved_or_not
from .const import LOGGER
from .entities.adding import async_add_rows
from .entities.entity import RowDescription, RowEntity, own_device_class
from .entities.plots import CONTENT_TYPE, PLOTS, Plot, async_draw
from .entities.source import PICTURE_OR_NONE, SHOWN_ALWAYS, SHOWN_ONCE_SEEN, Follow
from .helpers.devices import HubPart
from .readings.coordinator import NinaCoordinator
from .runtime import NinaConfigEntry, NinaRuntimeData

PARALLEL_UPDATES = 0

# Home Assistant changes the tokens of all images every five minutes, used or not, and the last two
# work: each for ten minutes at most. A token is an attribute of the state, and although the recorder
# leaves it out, each change is a row. By that rule, five images would take half of the rows that a
# parked observatory may write. A token that nobody has used is therefore changed at every second time,
# and works for 15 minutes at most; one that was used is changed as by Home Assistant's rule.
UNUSED_CHANGES: Final = 2


@dataclass(frozen=True, kw_only=True)
class NinaImageDescription[SourceT](RowDescription[SourceT], ImageEntityDescription):
    """Describe an image; `plot` is the plot that it shows."""

    plot: Plot | None = None


LATEST_IMAGE: Final = NinaImageDescription(
    key="latest_image",
    translation_key="latest_image",
    device_class=own_device_class("latest_image"),
    device=HubPart.IMAGING,
    source=PICTURE_OR_NONE,
    attributes_fn=saved_or_not,
)


def _plot(plot: Plot, device: HubPart | None = None) -> NinaImageDescription[NinaRuntimeData]:
    """Return the row of a plot."""
    key = f"{plot}_plot"
    source = SHOWN_ONCE_SEEN if device is None else SHOWN_ALWAYS
    return NinaImageDescription(
        key=key, translation_key=key, device=device, source=source, plot=plot
    )


IMAGES: Final[dict[Role, tuple[NinaImageDescription[Any], ...]]] = {
    Role.HUB: (
        LATEST_IMAGE,
        _plot(Plot.NIGHT, HubPart.IMAGING),
        _plot(Plot.SKY, HubPart.IMAGING),
    ),
    Role.FOCUSER: (_plot(Plot.AUTOFOCUS),),
    Role.GUIDER: (_plot(Plot.GUIDING),),
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: NinaConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the images of an entry."""
    async_add_rows(entry, Platform.IMAGE, IMAGES, _make, async_add_entities)


def _make(
    coordinator: NinaCoordinator[Any], role: Role, description: NinaImageDescription[Any]
) -> NinaImage:
    """Return the entity of a row."""
    if (plot := description.plot) is None:
        return LatestImage(coordinator, role, description)
    return PlotImage(coordinator, role, description, plot)


class NinaImage(RowEntity, ImageEntity):
    """An image that is made on demand."""

    entity_description: NinaImageDescription[Any]

    def __init__(
        self,
        coordinator: NinaCoordinator[Any],
        role: Role,
        description: NinaImageDescription[Any],
    ) -> None:
        super().__init__(coordinator, role, description)
        self._was_used = True
        self._unused_changes = 0
        ImageEntity.__init__(self, coordinator.hass)

    @callback
    @override
    def async_update_token(self) -> None:
        """Change the token if somebody has used it, or if it is old.

        The one before it opens the picture for five more minutes, as Home Assistant has it.
        """
        self._unused_changes += 1
        if self._was_used or self._unused_changes >= UNUSED_CHANGES:
            self._was_used, self._unused_changes = False, 0
            super().async_update_token()
        elif len(self.access_tokens) > 1:
            self.access_tokens.popleft()

    @override
    async def async_image(self) -> bytes | None:
        """Return the picture; None if there is none or it cannot be made now."""
        self._was_used = True
        try:
            return await self.async_picture()
        except NinaError as err:
            LOGGER.debug("%s: no picture: %s", self.entity_id, err)
            return None

    async def async_picture(self) -> bytes | None:
        """Return the picture, None if there is none; raises NinaError."""
        raise NotImplementedError


class LatestImage(NinaImage):
    """The newest image in N.I.N.A., saved or not, else that of the last night; fetched on demand."""

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
    async def async_picture(self) -> bytes | None:
        """Return the same picture as the camera entity."""
        picture_fact = self.runtime.facts.picture
        if not picture_fact.is_shown:
            return None
        picture = await picture_fact.async_latest(DEFAULT_WIDTH)
        self._attr_content_type = picture.content_type
        return picture.data


class PlotImage(NinaImage):
    """A plot, drawn on demand; its state is the time of its data when it was written."""

    _attr_content_type = CONTENT_TYPE

    def __init__(
        self,
        coordinator: NinaCoordinator[Any],
        role: Role,
        description: NinaImageDescription[Any],
        plot: Plot,
    ) -> None:
        super().__init__(coordinator, role, description)
        self._plot = plot
        self._data_at: datetime | None = None
        # The loop time from which the state may change again.
        self._next_at = float("-inf")
        self._waiting: CALLBACK_TYPE | None = None

    @override
    def follows(self) -> Iterable[Follow]:
        return PLOTS[self._plot].follows(self.runtime)

    @override
    async def async_added_to_hass(self) -> None:
        """Show the time of the data that there are."""
        self._update()
        self.async_on_remove(self._stop_waiting)
        await super().async_added_to_hass()

    @property
    @override
    def image_last_updated(self) -> datetime | None:
        """Return the time of the data when the state was written."""
        return self._data_at

    @override
    def part(self) -> object:
        return self.image_last_updated

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if there are newer data."""
        self._update()
        super()._handle_coordinator_update()

    @callback
    def _update(self) -> None:
        """Take the time of newer data, or do so at the end of the interval."""
        # In a storm of events, the time of the data is looked for once in each interval.
        if self._waiting is not None:
            return
        row, now = PLOTS[self._plot], self.coordinator.hass.loop.time()
        newest = row.data_at(self.runtime)
        if newest == self._data_at:
            return
        if now < self._next_at:
            rest = self._next_at - now
            self._waiting = async_call_later(self.coordinator.hass, rest, self._end_waiting)
        else:
            self._data_at, self._next_at = newest, now + row.interval

    @callback
    def _end_waiting(self, _now: datetime) -> None:
        self._waiting = None
        self._handle_coordinator_update()

    @callback
    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting()
            self._waiting = None

    @override
    async def async_picture(self) -> bytes | None:
        picture = await async_draw(self.coordinator.config_entry, self._plot)
        return picture.data
