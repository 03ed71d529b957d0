"""The newest light frame and the totals of its night."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ...api import Frame, ImageType, decode, encode
from ...api.models.quantities import positive_within
from ...api.models.wire import mapping
from ...readings.frames import Frames, FramesCoordinator
from ...readings.sharpness import Sharpness
from .night_totals import NightTotals
from .stores import FactStore, past

_blur = positive_within("blur")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """The newest light frame, its HFR in arcsec, and the totals of the newest night."""

    frame: Frame | None = None
    hfr: float | None = None
    totals: NightTotals = field(default_factory=NightTotals)


class FrameFact:
    """The newest light frame and the totals of the night, until a newer frame begins the next.

    They outlast N.I.N.A., which forgets its frames when it is closed.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        frames: FramesCoordinator,
        sharpness: Sharpness,
    ) -> None:
        self._frames = frames
        self._sharpness = sharpness
        self._kept = _Kept()
        self._store = FactStore(hass, entry.entry_id, "frame", self._encode, _decode)
        # The frames with what is kept; None if N.I.N.A. is closed and nothing is kept.
        self.shown: Frames | None = None
        entry.async_on_unload(frames.async_add_listener(self._update))

    @property
    def hfr(self) -> float | None:
        """The HFR of the newest light frame in arcsec."""
        return self._kept.hfr if self._is_forgotten else self._sharpness.hfr

    @property
    def as_of(self) -> datetime | None:
        """The time of a frame that N.I.N.A. no longer lists; None if it lists one."""
        frame = self._kept.frame
        return frame.date if self._is_forgotten and frame is not None else None

    @property
    def _is_forgotten(self) -> bool:
        return self._frames.data.newest_light is None

    async def async_load(self) -> None:
        """Load the saved frame and totals."""
        if (kept := await self._store.async_load()) is not None:
            self._kept = kept
            self._show()

    async def async_end(self) -> None:
        """Save for the last time."""
        await self._store.async_end()

    @callback
    def _update(self) -> None:
        """Keep a new frame and new totals; save them at once when N.I.N.A. is closed."""
        live, before = self._frames.data, self._kept
        if live.known:
            totals, light = before.totals.after(live.night), live.newest_light
            is_new = light is not None and light != before.frame
            if is_new or totals is not before.totals:
                self._kept = _Kept(
                    frame=light if is_new else before.frame,
                    hfr=self._sharpness.hfr if is_new else before.hfr,
                    totals=totals,
                )
                self._store.async_change()
        else:
            self._store.async_hasten()
        self._show()

    @callback
    def _show(self) -> None:
        live, kept = self._frames.data, self._kept
        if not live.known and kept.frame is None:
            self.shown = None
            return
        light, night = live.newest_light or kept.frame, kept.totals.shown
        if light is live.newest_light and night is live.night:
            self.shown = live
        else:
            self.shown = replace(live, newest_light=light, night=night)

    def _encode(self) -> Mapping[str, object]:
        kept = self._kept
        frame = None if kept.frame is None else encode(kept.frame)
        return {"frame": frame, "hfr": kept.hfr, **kept.totals.encode()}


def _decode(kept: Mapping[str, Any]) -> _Kept:
    """Return the saved frame and totals; raises LookupError for another shape."""
    frame = decode(Frame, dict(mapping(kept["frame"])))
    if past(frame.date) is None or frame.image_type is not ImageType.LIGHT:
        return _Kept()
    totals = NightTotals.decode(kept)
    if past(totals.listed.started_at) is None:
        totals = NightTotals()
    return _Kept(frame=frame, hfr=_blur(kept.get("hfr")), totals=totals)
