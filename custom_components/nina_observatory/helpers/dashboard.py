"""The dashboard in Home Assistant's dialog *Add dashboard*: the module that builds it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant, callback
from homeassistant.loader import async_get_integration
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

MODULE: Final = Path(__file__).parents[1] / "frontend" / "dashboard.js"


class DashboardModule:
    """The module, which pages load while there is an observatory."""

    def __init__(self, add: Callable[[], None], remove: Callable[[], None]) -> None:
        self._add = add
        self._remove = remove
        self._is_loaded = False

    @callback
    def async_load(self) -> None:
        """Let every page load the module, those that are open as well."""
        if not self._is_loaded:
            self._is_loaded = True
            self._add()

    @callback
    def async_remove(self) -> None:
        """Let pages that are opened from now on do without the module."""
        if self._is_loaded:
            self._is_loaded = False
            self._remove()


# Without Home Assistant's frontend there is none.
_MODULE: HassKey[DashboardModule] = HassKey(f"{DOMAIN}_dashboard")


async def async_serve_dashboard(hass: HomeAssistant) -> None:
    """Serve the module until Home Assistant stops.

    Browsers keep it for a month, so its path contains the version of the integration.
    """
    if "frontend" not in hass.config.components:
        return
    version = (await async_get_integration(hass, DOMAIN)).version
    url = f"/{DOMAIN}/{version}/{MODULE.name}"
    await hass.http.async_register_static_paths([StaticPathConfig(url, str(MODULE), True)])
    # Loaded by now, as it is set up. Without it, importing it here would load hundreds of modules.
    from homeassistant.components import frontend  # noqa: PLC0415

    hass.data[_MODULE] = DashboardModule(
        partial(frontend.add_extra_js_url, hass, url),
        partial(frontend.remove_extra_js_url, hass, url),
    )


@callback
def async_offer_dashboard(hass: HomeAssistant) -> None:
    """Offer the dashboard: there is an observatory."""
    if _MODULE in hass.data:
        hass.data[_MODULE].async_load()


@callback
def async_withdraw_dashboard(hass: HomeAssistant) -> None:
    """Withdraw the dashboard unless there is another observatory."""
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    if _MODULE in hass.data and not entries:
        hass.data[_MODULE].async_remove()
