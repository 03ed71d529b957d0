"""The coordinator of data that seldom changes: the profile, the last autofocus, flats."""

from collections import ChainMap
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import math
from typing import Any, Self, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..api import (
    AutofocusReport,
    FlatsStatus,
    ImageType,
    NinaClient,
    NinaConnectionError,
    NinaError,
    NinaEvent,
    NinaNotFoundError,
    PluginSettings,
    Profile,
    Server,
    Topic,
)
from ..const import LOGGER
from .equipment import EquipmentCoordinator
from .following import FollowingCoordinator

POLL = timedelta(minutes=30)
RETRY = timedelta(minutes=1)
# Flats have no events except those of their frames, which come every few seconds.
POLL_FLATS = timedelta(seconds=30)
# Seconds by which two clocks may differ. Beyond that, they are compared once more soon, since a
# computer that has just started may not have asked for the time yet, and then now and then.
CLOCK_TOLERANCE = 60
CLOCK_SOON = timedelta(minutes=2)
CLOCK_LATER = timedelta(minutes=15)
FLATS = "flats"
PLUGIN = "plugin"
# The settings of the plugin and the clocks are read when N.I.N.A. connects, and so often.
RARELY = timedelta(hours=2)
OF_FLATS = (ImageType.FLAT, ImageType.DARK)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDifference:
    """How far the clock of the imaging computer is ahead of Home Assistant's, in whole seconds.

    Its answer takes a while to arrive, so the true difference is up to `uncertainty` away.
    """

    seconds: int
    uncertainty: int

    @property
    def differs(self) -> bool:
        """Whether the clocks differ by more than the way that the answer took."""
        return abs(self.seconds) - self.uncertainty > CLOCK_TOLERANCE

    @classmethod
    def of(cls, shown: datetime, asked: datetime, answered: datetime) -> Self:
        """Return the difference for a clock that was read between two moments."""
        half = (answered - asked) / 2
        ahead = shown - (asked + half)
        return cls(
            seconds=round(ahead.total_seconds()), uncertainty=math.ceil(half.total_seconds())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Data that seldom changes; None if the server cannot report it or was not asked."""

    reachable: bool = False
    profile: Profile | None = None
    autofocus: AutofocusReport | None = None
    flats: FlatsStatus | None = None
    plugin: PluginSettings | None = None
    clock: ClockDifference | None = None


# The parts to read, and the event topics on which to read them again.
PARTS: dict[str, tuple[Callable[[NinaClient], Callable[[], Awaitable[Any]]], Topic | None]] = {
    "profile": (lambda client: client.profile.get, Topic.PROFILE),
    "autofocus": (lambda client: client.focuser.get_last_autofocus, Topic.AUTOFOCUS),
    FLATS: (lambda client: client.flats.get_status, None),
    PLUGIN: (lambda client: client.application.get_plugin_settings, None),
}
USUAL = frozenset(PARTS) - {PLUGIN}


class SettingsCoordinator(FollowingCoordinator[Settings]):
    """Read every part at long intervals, and one of them when an event concerns it."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, equipment: EquipmentCoordinator
    ) -> None:
        """Mark every part as due."""
        super().__init__(hass, entry, equipment, "details")
        self.data = Settings()
        self._due: set[str] = set(USUAL)
        self._server: Server | None = None
        # Loop times of the last reading of the usual parts, of the flats, and of what is read rarely.
        self._all_read_at = self._flats_read_at = self._rare_read_at = float("-inf")

    @callback
    def async_handle_event(self, event: NinaEvent) -> None:
        """Read the parts that an event concerns."""
        concerned = {part for part, (_, topic) in PARTS.items() if topic in event.topics}
        if event.frame is not None and event.frame.image_type in OF_FLATS:
            age = self.hass.loop.time() - self._flats_read_at
            concerned |= {FLATS} if age >= POLL_FLATS.total_seconds() else set()
        if concerned:
            self._due |= concerned
            self.async_read_soon()

    @callback
    def async_note_profile_change(self) -> None:
        """Read the profile again: no event reports a changed setting."""
        self._due.add("profile")
        self.async_read_soon()

    @callback
    def _forget(self) -> None:
        """Mark everything as due."""
        self._due, self._rare_read_at = set(USUAL), float("-inf")

    async def async_read_all(self) -> Settings:
        """Return all parts, read after this call."""
        self._forget()
        return await self.async_read()

    @callback
    def async_note_flats(self, flats: FlatsStatus) -> None:
        """Apply the progress of the flats that another part of the integration has read."""
        known = self.data.flats is not None and self.data.flats.running
        self.data = replace(self.data, flats=flats)
        self.async_update_listeners()
        if flats.running and not known:
            self._due.add(FLATS)
            self.async_read_soon()

    @override
    async def _async_poll(self, started: float) -> Settings:
        """Read the parts that are due; all of them if none is: then the interval has passed."""
        if not self.equipment.data.reachable:
            self._forget()
            self.update_interval = None
            return Settings()
        if (server := self.equipment.data.server) != self._server:
            self._forget()
            self._server = server
        differs = self.data.clock is not None and self.data.clock.differs
        if (not self._due and not differs) or started - self._all_read_at >= POLL.total_seconds():
            self._due = set(USUAL)
        if self._due >= USUAL:
            self._all_read_at = started
        if rarely := started - self._rare_read_at >= RARELY.total_seconds():
            self._due.add(PLUGIN)
            self._rare_read_at = started
        due, self._due = self._due, set()
        read = [await self._async_read(part) for part in sorted(due)]
        if differs or rarely:
            read.append({"clock": await self._async_compare_clocks()})
        # On top of the changes that were recorded meanwhile.
        state = replace(self.data, reachable=True, **ChainMap(*read))
        running = state.flats is not None and state.flats.running
        usual = POLL
        if state.clock is not None and state.clock.differs:
            usual = CLOCK_LATER if differs else CLOCK_SOON
        self.update_interval = POLL_FLATS if running else RETRY if self._due else usual
        if running:
            self._due.add(FLATS)
        return state

    async def _async_compare_clocks(self) -> ClockDifference | None:
        """Return how far the clocks differ; None if that is not known."""
        application = self.equipment.client.application
        if not self.equipment.client.supports(application.get_time):
            return None
        asked = dt_util.utcnow()
        try:
            shown = await application.get_time()
        except NinaError as err:
            LOGGER.debug("%s: the clock could not be read: %s", self.name, err)
            return None
        return None if shown is None else ClockDifference.of(shown, asked, dt_util.utcnow())

    async def _async_read(self, part: str) -> dict[str, Any]:
        """Read one part; without an answer it is None and stays due."""
        ask = PARTS[part][0](self.equipment.client)
        if not self.equipment.client.supports(ask):
            return {}
        if part == FLATS:
            self._flats_read_at = self.hass.loop.time()
        try:
            return {part: await ask()}
        except NinaConnectionError:
            self._due.add(part)
            return {}
        except NinaNotFoundError:
            return {part: None}
        except NinaError as err:
            LOGGER.debug("%s: %s could not be read: %s", self.name, part, err)
            self._due.add(part)
            return {part: None}
