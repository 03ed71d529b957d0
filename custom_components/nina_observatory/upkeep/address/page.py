"""The page that *Visit* on the device of N.I.N.A. opens: that of Touch'N'Stars.

N.I.N.A. and its Advanced API have no page that a person can use. Touch'N'Stars has one, at the
address that it announces.
"""

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from yarl import URL

from ...api import Role
from ...helpers.devices import device_identifier
from .discovery import async_announcements


@callback
def page_of(hass: HomeAssistant, entry: ConfigEntry) -> str | None:
    """Return the page for an entry: the one announced for its address, or else the last one.

    None if there is none, or if N.I.N.A. runs on another computer since.
    """
    host, port = entry.data[CONF_HOST], entry.data[CONF_PORT]
    if (announced := async_announcements(hass).async_page(host, port)) is not None:
        return announced
    identifier = device_identifier(entry, Role.HUB)
    hub = dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)
    if hub is None or hub.configuration_url is None:
        return None
    url = URL(hub.configuration_url)
    # Earlier versions opened the Advanced API, which has the port of the entry.
    return str(url) if url.host == host and url.port != port else None


@callback
def async_show_page(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Let the device of N.I.N.A. open the page that was announced."""
    registry, identifier = dr.async_get(hass), device_identifier(entry, Role.HUB)
    hub = registry.async_get_device_by_identifier(identifier, entry.entry_id)
    if hub is not None:
        registry.async_update_device(hub.id, configuration_url=page_of(hass, entry))
