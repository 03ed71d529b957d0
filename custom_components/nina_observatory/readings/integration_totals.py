"""The integration of each target over all nights, kept by Home Assistant."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any, Final, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..api import Frame, ImageType, one_line
from ..const import DOMAIN
from ..helpers.listeners import Listeners
from ..helpers.storage import SaveWithin, async_load_kept
from .frames import FramesCoordinator

VERSION: Final = 1
# Seconds until changes are saved. A frame and its total are saved together, so a power cut between
# two savings neither loses a frame of N.I.N.A.'s list nor counts one twice.
SAVE_WITHIN: Final = 50.0
# More than the frames of any list of N.I.N.A. need, in bytes.
LARGEST: Final = 20_000_000
# Targets and filters that are kept, those that were imaged last.
MOST_TARGETS: Final = 1000
MOST_FILTERS: Final = 50
LONGEST_NAME: Final = 100
# More frames, or seconds, than anybody can take.
MOST: Final = 10**10
# Days for which a counted frame is recognized after N.I.N.A. has dropped it from its list.
REMEMBERED: Final = 7
# Frames counted in one turn of the event loop.
AT_ONCE: Final = 200


@dataclass(slots=True)
class Integration:
    """Light frames and their exposure time in s."""

    frames: int = 0
    seconds: float = 0.0

    def as_data(self) -> dict[str, float]:
        """Return both, for attributes."""
        return {"frames": self.frames, "integration_time": round(self.seconds, 3)}


@dataclass(slots=True)
class TargetTotal:
    """The light frames of a target by filter; a filter may have no name."""

    by_filter: dict[str, Integration] = field(default_factory=dict)

    @property
    def total(self) -> Integration:
        """The sum of all filters."""
        parts = self.by_filter.values()
        return Integration(sum(each.frames for each in parts), sum(each.seconds for each in parts))


@dataclass(slots=True)
class Totals:
    """All targets, the one imaged last at the end, and the days when frames were last listed.

    The keys of `listed` identify frames: one is counted once, however often N.I.N.A. reports it.
    """

    targets: dict[str, TargetTotal] = field(default_factory=dict)
    listed: dict[str, int] = field(default_factory=dict)

    def add(self, frame: Frame, key: str, today: int) -> bool:
        """Count a frame with a target; return whether its key is new."""
        known, self.listed[key] = key in self.listed, today
        if known:
            return False
        name = one_line(frame.target_name or "", LONGEST_NAME)
        # The newest is the last.
        target = self.targets.pop(name, None) or TargetTotal()
        self.targets[name] = target
        filter_name = one_line(frame.filter or "", LONGEST_NAME)
        part = target.by_filter.pop(filter_name, None) or Integration()
        target.by_filter[filter_name] = part
        part.frames += 1
        part.seconds += frame.exposure_time or 0.0
        _drop_first(self.targets, MOST_TARGETS)
        _drop_first(target.by_filter, MOST_FILTERS)
        return True

    def as_data(self) -> dict[str, object]:
        """Return everything as plain data."""
        return {
            "targets": {
                name: {part: [each.frames, each.seconds] for part, each in target.by_filter.items()}
                for name, target in self.targets.items()
            },
            "listed": dict(self.listed),
        }

    @classmethod
    def from_data(cls, kept: Mapping[str, Any]) -> Self:
        """Return saved totals; raises ValueError, TypeError or LookupError for any other shape."""
        targets = {
            one_line(name, LONGEST_NAME): TargetTotal(
                {
                    one_line(part, LONGEST_NAME): _integration(*numbers)
                    for part, numbers in parts.items()
                }
            )
            for name, parts in kept["targets"].items()
        }
        listed = {str(key): int(day) for key, day in kept["listed"].items()}
        if not all(0 < day <= date.max.toordinal() for day in listed.values()):
            raise ValueError("not a day")
        return cls(targets, listed)


def _integration(frames: int, seconds: float) -> Integration:
    """Return saved numbers; raises ValueError or TypeError for impossible ones."""
    found = Integration(int(frames), float(seconds))
    if not 0 <= found.frames <= MOST or not 0 <= found.seconds <= MOST:
        raise ValueError("not a sum of exposures")
    return found


def _drop_first(parts: dict[str, Any], most: int) -> None:
    """Drop the part imaged longest ago, if there are too many."""
    if len(parts) > most:
        del parts[next(iter(parts))]


def _key(frame: Frame) -> str | None:
    """Return a short text that identifies a frame to be counted in every list of N.I.N.A.

    None for a frame that is not counted: it is no light frame, or has no date or target.
    """
    if frame.image_type is not ImageType.LIGHT or frame.date is None or not frame.target_name:
        return None
    text = f"{frame.date.timestamp():.6f} {frame.filename}".encode(errors="replace")
    return blake2b(text, digest_size=8).hexdigest()


def totals_store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    """Return the store for the totals of an entry."""
    key = f"{DOMAIN}.{entry.entry_id}.integration"
    return Store(hass, VERSION, key)


class IntegrationTotals:
    """Count the light frames in N.I.N.A.'s list, whenever that changes."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, frames: FramesCoordinator) -> None:
        self._hass = hass
        self._entry = entry
        self._frames = frames
        self._store = totals_store(hass, entry)
        self._saving = SaveWithin(self._store, self._kept, SAVE_WITHIN)
        self._listeners: Listeners[()] = Listeners()
        # The generation and the number of the frames that were counted.
        self._counted = (-1, 0)
        # The keys of these frames, and the day on which others were dropped.
        self._present: set[str] = set()
        self._pruned = 0
        self._turn: asyncio.Handle | None = None
        self.totals = Totals()
        # Changes with every frame that is counted.
        self.version = 0

    async def async_load(self) -> None:
        """Load the saved totals."""
        kept = await async_load_kept(self._hass, self._store, Totals.from_data, LARGEST)
        if kept is not None:
            self.totals = kept

    @callback
    def async_start(self) -> None:
        """Follow the frames until the entry is unloaded."""
        self._entry.async_on_unload(self._frames.followers.async_add(self._count))
        self._entry.async_on_unload(self._stop)
        self._count()

    async def async_end(self) -> None:
        """Save everything for the last time."""
        await self._saving.async_end()

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when a frame was counted; returns a function that unsubscribes."""
        return self._listeners.async_add(listener)

    @property
    def newest(self) -> tuple[str, TargetTotal] | None:
        """Return name and total of the target imaged last; None before the first."""
        return next(reversed(self.totals.targets.items()), None)

    @callback
    def _count(self) -> None:
        """Count the frames that were not counted before, some in each turn of the event loop."""
        self._stop()
        reading, (generation, count) = self._frames.data, self._counted
        if reading.generation != generation:
            count = 0
            self._present.clear()
        today = dt_util.utcnow().date().toordinal()
        new = reading.frames[count : count + AT_ONCE]
        self._counted = (reading.generation, count + len(new))
        added = False
        for frame in new:
            if (key := _key(frame)) is not None:
                self._present.add(key)
                added |= self.totals.add(frame, key, today)
        if added:
            self.version += 1
            self._saving.async_change()
            self._listeners.async_call()
        if count + len(new) < len(reading.frames):
            self._turn = self._hass.loop.call_soon(self._count)
        elif reading.frames and today != self._pruned:
            self._prune(today)

    @callback
    def _prune(self, today: int) -> None:
        """Forget frames that N.I.N.A. no longer lists, once a day, after its whole list was read."""
        self._pruned = today
        self.totals.listed = {
            key: today if key in self._present else day
            for key, day in self.totals.listed.items()
            if key in self._present or day > today - REMEMBERED
        }
        self._saving.async_change()

    @callback
    def _stop(self) -> None:
        """Cancel the next turn."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    def _kept(self) -> Mapping[str, object]:
        """Return the data to save."""
        return self.totals.as_data()
