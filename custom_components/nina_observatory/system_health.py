"""System health: the number of entries, and how many of them reach N.I.N.A."""

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .runtime import NinaConfigEntry


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register the system health information."""
    register.async_register_info(_async_health)


async def _async_health(hass: HomeAssistant) -> dict[str, object]:
    """Return the combined state of all entries."""
    entries: list[NinaConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    loaded = [entry.runtime_data for entry in entries]
    servers = [data.equipment.data.server for data in loaded]
    versions = sorted({str(server.plugin_version) for server in servers if server is not None})
    return {
        "rigs": len(loaded),
        "reachable": sum(data.equipment.data.reachable for data in loaded),
        "event_streams": sum(data.listener.connected for data in loaded),
        "plugin_versions": ", ".join(versions) or "-",
    }
