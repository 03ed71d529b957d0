"""The sky over the rig: when it gets dark, and how far the moon is from a target."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..api import Mount, Role
from ..const import DOMAIN
from ..helpers.listeners import Listeners
from ..helpers.storage import SaveWithin, async_load_kept
from .equipment import EquipmentCoordinator
from .moon import moon_separation
from .settings import SettingsCoordinator
from .site import Darkness, Site, is_sun_up, next_noon, site_of

VERSION: Final = 1
# Seconds until a new site is saved.
SAVE_WITHIN: Final = 10.0
# The moon moves its own diameter in an hour: seconds for which a separation counts.
MOON_EVERY: Final = 600.0


def sky_store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    """Return the store for the site of an entry."""
    return Store(hass, VERSION, f"{DOMAIN}.{entry.entry_id}.site")


class Sky:
    """The sky over the site in N.I.N.A.'s profile, or of the mount.

    The site is kept, because by day, when N.I.N.A. is closed, people want to know when it gets dark.
    It is where somebody lives: other modules only compute with it, and no number of it is shown.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        equipment: EquipmentCoordinator,
        settings: SettingsCoordinator,
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._equipment = equipment
        self._settings = settings
        self._store = sky_store(hass, entry)
        self._saving = SaveWithin(self._store, self._kept, SAVE_WITHIN)
        self._listeners: Listeners[()] = Listeners()
        self._site: Site | None = None
        self._timer: CALLBACK_TYPE | None = None
        # The place and the time of the last separation.
        self._moon: tuple[tuple[float, float, int], float] | None = None
        self.darkness = Darkness()

    @property
    def site(self) -> Site | None:
        """The site that was known last."""
        return self._site

    async def async_load(self) -> None:
        """Load the site that was known last."""
        self._site = await async_load_kept(self._hass, self._store, _decode)

    @callback
    def async_start(self) -> None:
        """Follow the site and the clock until the entry is unloaded."""
        self._update()
        for coordinator in (self._settings, self._equipment):
            self._entry.async_on_unload(coordinator.async_add_listener(self._look))
        self._entry.async_on_unload(self._stop_timer)
        self._look()

    async def async_end(self) -> None:
        """Save the site for the last time."""
        if self._site is not None:
            await self._saving.async_end()

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when dusk or dawn change; returns a function that unsubscribes."""
        return self._listeners.async_add(listener)

    def moon_separation(self, right_ascension: float, declination: float) -> float:
        """Return the degrees from a place in the sky (degrees, J2000) to the moon, minutes ago."""
        now = dt_util.utcnow()
        key = (right_ascension, declination, int(now.timestamp() // MOON_EVERY))
        if self._moon is None or self._moon[0] != key:
            self._moon = (key, moon_separation(right_ascension, declination, now, self._site))
        return self._moon[1]

    def is_sun_up(self) -> bool:
        """Return whether the sun is up, at Home Assistant's place while the site is unknown."""
        home = self._hass.config
        site = self._site or Site(latitude=home.latitude, longitude=home.longitude)
        return is_sun_up(dt_util.utcnow(), site)

    @callback
    def _look(self) -> None:
        """Use another site, if one is reported."""
        if not self._settings.data.reachable:
            # The profile decides, and comes after the equipment.
            return
        mount = self._equipment.data.device(Role.MOUNT)
        site = site_of(self._settings.data.profile, mount if isinstance(mount, Mount) else None)
        if site is None or (self._site is not None and site.is_near(self._site)):
            return
        self._site = site
        self._saving.async_change()
        self._update()

    @callback
    def _update(self, _now: datetime | None = None) -> None:
        """Compute dusk and dawn, and again when one of them has passed, or at noon."""
        self._stop_timer()
        if self._site is None:
            return
        now = dt_util.utcnow()
        darkness = Darkness.after(now, self._site)
        known = [each for each in (darkness.dusk, darkness.dawn) if each is not None]
        due = min([*known, next_noon(now, self._site)])
        self._timer = async_track_point_in_utc_time(self._hass, self._update, due)
        if darkness != self.darkness:
            self.darkness = darkness
            self._listeners.async_call()

    @callback
    def _stop_timer(self) -> None:
        """Cancel the timer."""
        if self._timer is not None:
            self._timer()
            self._timer = None

    def _kept(self) -> Mapping[str, object]:
        """Return the data to save."""
        if self._site is None:
            return {}
        return {"latitude": self._site.latitude, "longitude": self._site.longitude}


def _decode(kept: Mapping[str, Any]) -> Site | None:
    """Return the saved site; raises ValueError, TypeError or LookupError for any other shape."""
    return Site.of(float(kept["latitude"]), float(kept["longitude"])) if kept else None
