"""Frames as media, by night and target, with thumbnails and search: of N.I.N.A., and those kept."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, override
from urllib.parse import quote, unquote

from homeassistant.components.media_player import (
    BrowseError,
    MediaClass,
    MediaType,
    SearchMedia,
    SearchMediaQuery,
)
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.components.websocket_api import current_connection
from homeassistant.core import HomeAssistant

from .api import Frame, Unknown
from .const import DOMAIN
from .entities.pictures import (
    CAPTURE,
    FRAME,
    PLOT,
    PREVIEW,
    find_listed,
    frame_media,
    frame_path,
    loaded_entries,
    may_see_frames,
    picture_path,
    plot_media,
    plot_path,
    visible_plots,
)
from .entities.plots import CONTENT_TYPE, Plot, async_plot_texts
from .errors import Reason
from .plots.texts import Texts
from .readings.frame_list import frame_id
from .readings.frame_statistics import night_of
from .runtime import NinaConfigEntry, NinaRuntimeData

MIME_TYPE: Final = "image/jpeg"
MOST_FOUND: Final = 200


async def async_get_media_source(hass: HomeAssistant) -> MediaSource:
    """Return the frames of all entries."""
    return FrameSource(hass)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A frame with its night and target, and whether there is a picture of it."""

    frame: Frame
    saved: datetime
    night: str
    group: str
    has_picture: bool = True

    @property
    def words(self) -> list[str]:
        """Return the searchable description: time, subject and statistics."""
        frame = self.frame
        exposure = None if frame.exposure_time is None else f"{frame.exposure_time:g} s"
        hfr = None if frame.hfr is None else f"HFR {frame.hfr:.2f}"
        stars = None if frame.stars is None else f"{frame.stars:g} stars"
        rms = None if frame.rms is None else frame.rms.arcseconds
        guiding = None if rms is None else f"RMS {rms:.2f}″"
        told = (frame.filter, exposure, hfr, stars, guiding)
        said = (f"{self.saved:%H:%M:%S}", self.group, *told)
        return [word for word in said if word]

    def matches(self, words: Iterable[str]) -> bool:
        """Return whether the description contains all search words."""
        known = (*self.words, self.night, str(self.frame.image_type), self.frame.filename or "")
        said = " ".join(known).casefold()
        return all(word in said for word in words)


def _kind(frame: Frame) -> str:
    """Return the kind of frame, independent of N.I.N.A.'s name for its type."""
    kind = frame.image_type
    return str(kind.raw) if isinstance(kind, Unknown) else kind or "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The frames of an entry: those that N.I.N.A. lists, and those kept, each oldest first.

    `has_picture` returns whether there is a picture of a kept frame, by its id.
    """

    listed: Sequence[Frame]
    kept: Sequence[Frame] = ()
    has_picture: Callable[[str], bool] = lambda _: False

    @property
    def shots(self) -> list[Shot]:
        """Return the frames, newest first; those without a target are grouped by kind."""
        known = {frame.identity for frame in self.listed}
        kept = [frame for frame in self.kept if frame.identity not in known]
        listed = (_shot(frame, has_picture=True) for frame in reversed(self.listed))
        others = (
            _shot(frame, has_picture=self.has_picture(frame_id(frame))) for frame in reversed(kept)
        )
        return [shot for shot in (*listed, *others) if shot is not None]


def _shot(frame: Frame, *, has_picture: bool) -> Shot | None:
    """Return a frame as it is listed; None for one without a date."""
    if frame.date is None:
        return None
    return Shot(
        frame=frame,
        saved=frame.date,
        night=night_of(frame.date).isoformat(),
        group=frame.target_name or _kind(frame).capitalize(),
        has_picture=has_picture,
    )


async def _async_frames(data: NinaRuntimeData) -> Frames:
    """Return the frames of an entry."""
    kept = await data.facts.gallery.async_frames()
    return Frames(listed=data.frames.data.frames, kept=kept, has_picture=data.facts.has_picture)


class FrameSource(MediaSource):
    """Entries, their nights, the targets of a night, and the frames of a target."""

    name = "N.I.N.A. Observatory"

    def __init__(self, hass: HomeAssistant) -> None:
        super().__init__(DOMAIN)
        self._hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return the path of a picture, which Home Assistant signs for the requester."""
        entry_id, _, place = item.identifier.partition("/")
        kind, _, wanted = place.partition("/")
        for entry in self._visible():
            if entry.entry_id != entry_id:
                continue
            data = entry.runtime_data
            if kind == PLOT and wanted in self._plots(entry):
                return PlayMedia(plot_path(entry_id, Plot(wanted)), CONTENT_TYPE)
            if kind == FRAME and (
                data.facts.has_picture(wanted) or find_listed(data, wanted) is not None
            ):
                return PlayMedia(picture_path(entry_id, wanted), MIME_TYPE)
            if kind == CAPTURE and (picture := data.frames.captures.find(wanted)) is not None:
                return PlayMedia(picture_path(entry_id, wanted), picture.content_type)
        raise Unresolvable(translation_domain=DOMAIN, translation_key=Reason.FRAME_MISSING)

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        place = item.identifier.split("/") if item.identifier else []
        if not place:
            return self._folder([], self.name or DOMAIN, self._rigs())
        entry = self._entry(place[0])
        texts = await async_plot_texts(self._hass)
        if place[1:] == [PLOT]:
            return self._plot_folder(entry, texts)
        frames = await _async_frames(entry.runtime_data)
        # A night of thousands of frames takes longer than the event loop may be held.
        found = await self._hass.async_add_executor_job(self._browse, place, entry.title, frames)
        if len(place) == 1 and self._plots(entry):
            found.children = [*(found.children or ()), self._plot_folder(entry, texts, empty=True)]
        return found

    def _browse(self, place: list[str], title: str, frames: Frames) -> BrowseMediaSource:
        """Return a level below an entry; raises BrowseError if it does not exist."""
        found = _within(frames.shots, place[1:])
        if place[1:] and not found:
            raise BrowseError(translation_domain=DOMAIN, translation_key=Reason.FRAME_MISSING)
        if len(place) == 1:
            return self._folder(place, title, self._folders(place, found, _night))
        if len(place) == 2:
            return self._folder(place, found[0].night, self._folders(place, found, _group))
        shown = (self._frame(place[0], shot) for shot in found)
        return self._folder(place, found[0].group, shown)

    @override
    async def async_search_media(
        self, item: MediaSourceItem, query: SearchMediaQuery
    ) -> SearchMedia:
        """Return the newest frames below a level whose descriptions contain all search words."""
        classes = query.media_filter_classes
        if classes and MediaClass.IMAGE not in classes:
            return SearchMedia(result=[])
        words = query.search_query.casefold().split()
        place = item.identifier.split("/") if item.identifier else [""]
        visible = [(entry.entry_id, entry.runtime_data) for entry in self._visible()]
        frames = {
            entry_id: await _async_frames(data)
            for entry_id, data in visible
            if place[0] in ("", entry_id)
        }
        return await self._hass.async_add_executor_job(self._search, place[1:], words, frames)

    def _search(
        self, place: list[str], words: list[str], frames: Mapping[str, Frames]
    ) -> SearchMedia:
        """Return the newest frames, by entry, that are below a level and match all words."""
        found = [
            (shot, entry_id)
            for entry_id, saved in frames.items()
            for shot in _within(saved.shots, place)
            if shot.matches(words)
        ]
        found.sort(key=lambda each: each[0].saved, reverse=True)
        return SearchMedia(result=[self._frame(entry, shot) for shot, entry in found[:MOST_FOUND]])

    def _visible(self) -> Iterator[NinaConfigEntry]:
        """Yield the loaded entries whose frames the requesting user may see.

        Without a user connection, Home Assistant itself is asking.
        """
        connection = current_connection.get()
        for entry in loaded_entries(self._hass):
            if connection is None or may_see_frames(self._hass, connection.user, entry):
                yield entry

    def _entry(self, entry_id: str) -> NinaConfigEntry:
        """Return a loaded entry; raises BrowseError."""
        for entry in self._visible():
            if entry.entry_id == entry_id:
                return entry
        raise BrowseError(translation_domain=DOMAIN, translation_key=Reason.FRAME_MISSING)

    def _plots(self, entry: NinaConfigEntry) -> list[Plot]:
        """Return the plots of an entry that the requesting user may see."""
        connection = current_connection.get()
        return visible_plots(self._hass, None if connection is None else connection.user, entry)

    def _plot_folder(
        self, entry: NinaConfigEntry, texts: Texts, *, empty: bool = False
    ) -> BrowseMediaSource:
        """Return the folder of the plots, with what is in it unless it is to be `empty`."""
        entry_id = entry.entry_id
        children = (
            None if empty else [self._plot(entry_id, each, texts) for each in self._plots(entry)]
        )
        folder = self._folder([entry_id, PLOT], texts("folder"), children)
        folder.can_search = False
        return folder

    def _plot(self, entry_id: str, plot: Plot, texts: Texts) -> BrowseMediaSource:
        return BrowseMediaSource(
            domain=DOMAIN,
            identifier=plot_media(entry_id, plot),
            media_class=MediaClass.IMAGE,
            media_content_type=CONTENT_TYPE,
            title=texts(plot),
            can_play=True,
            can_expand=False,
            thumbnail=plot_path(entry_id, plot, PREVIEW),
        )

    def _rigs(self) -> Iterator[BrowseMediaSource]:
        """Return the top level: all entries."""
        for entry in self._visible():
            yield self._folder([entry.entry_id], entry.title)

    def _folders(
        self, place: list[str], found: list[Shot], name: Callable[[Shot], str]
    ) -> Iterator[BrowseMediaSource]:
        """Return the nights of an entry, or the targets of a night."""
        for title in dict.fromkeys(name(shot) for shot in found):
            yield self._folder([*place, quote(title, safe="")], title)

    def _folder(
        self, place: list[str], title: str, children: Iterable[BrowseMediaSource] | None = None
    ) -> BrowseMediaSource:
        return BrowseMediaSource(
            domain=DOMAIN,
            identifier="/".join(place) or None,
            media_class=MediaClass.DIRECTORY,
            media_content_type=MediaType.IMAGE,
            title=title,
            can_play=False,
            can_expand=True,
            can_search=True,
            children=None if children is None else list(children),
        )

    def _frame(self, entry_id: str, shot: Shot) -> BrowseMediaSource:
        return BrowseMediaSource(
            domain=DOMAIN,
            identifier=frame_media(entry_id, shot.frame),
            media_class=MediaClass.IMAGE,
            media_content_type=MIME_TYPE,
            title=", ".join(shot.words),
            can_play=shot.has_picture,
            can_expand=False,
            thumbnail=(frame_path(entry_id, shot.frame, "thumbnail") if shot.has_picture else None),
        )


def _night(shot: Shot) -> str:
    return shot.night


def _group(shot: Shot) -> str:
    return shot.group


def _within(found: list[Shot], place: list[str]) -> list[Shot]:
    """Return the frames of a night, and of one of its targets, if given."""
    wanted = [unquote(name) for name in place]
    return [shot for shot in found if [shot.night, shot.group][: len(wanted)] == wanted]
