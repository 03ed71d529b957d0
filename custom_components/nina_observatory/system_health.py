"""System health: versions, connections, and the load of every observatory.

It is copied into public reports, so it has no names that someone has given, and no addresses.
"""

from collections.abc import Callable, Iterable
from typing import Final

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback
from homeassistant.loader import async_get_loaded_integration

from .const import DOMAIN
from .runtime import NinaConfigEntry, NinaRuntimeData

type Value = str | float | bool

# For what an observatory does not have, or is not known.
NOTHING: Final = "-"
_YES: Final = {True: "✓", False: "✗"}


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register the system health information."""
    register.async_register_info(_async_health)


async def _async_health(hass: HomeAssistant) -> dict[str, Value]:
    """Return what is known of all loaded entries, without asking anybody."""
    entries: list[NinaConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    loaded = [entry.runtime_data for entry in sorted(entries, key=lambda each: each.created_at)]
    integration = async_get_loaded_integration(hass, DOMAIN)
    return {
        "version": str(integration.version),
        "rigs": len(loaded),
        **{key: _combined(value(data) for data in loaded) for key, value in _VALUES.items()},
    }


def _combined(values: Iterable[Value]) -> Value:
    """Return the value of the only observatory, or those of all, in the order they were added."""
    found = list(values)
    if len(found) == 1:
        return found[0]
    shown = (_YES[each] if isinstance(each, bool) else str(each) for each in found)
    return " · ".join(shown) or NOTHING


def _nina_version(data: NinaRuntimeData) -> Value:
    server = data.equipment.data.server
    return NOTHING if server is None else server.nina_version or NOTHING


def _plugin_version(data: NinaRuntimeData) -> Value:
    server = data.equipment.data.server
    return NOTHING if server is None else str(server.plugin_version)


def _scheduler_version(data: NinaRuntimeData) -> Value:
    version = None if data.scheduler is None else data.scheduler.data.version
    return NOTHING if version is None else str(version)


def _last_reading(data: NinaRuntimeData) -> Value:
    """Return the age of the newest reading of any device."""
    read_at = data.equipment.data.read_at.values()
    if not read_at:
        return NOTHING
    return f"{data.equipment.hass.loop.time() - max(read_at):.0f} s"


def _requests(data: NinaRuntimeData) -> Value:
    return round(data.client.requests_per_minute, 1)


def _scheduler_requests(data: NinaRuntimeData) -> Value:
    scheduler = data.scheduler
    return NOTHING if scheduler is None else round(scheduler.client.requests_per_minute, 1)


_VALUES: Final[dict[str, Callable[[NinaRuntimeData], Value]]] = {
    "reachable": lambda data: data.equipment.data.reachable,
    "event_stream": lambda data: data.listener.connected,
    "last_reading": _last_reading,
    "nina_versions": _nina_version,
    "plugin_versions": _plugin_version,
    "scheduler_versions": _scheduler_version,
    "requests": _requests,
    "scheduler_requests": _scheduler_requests,
}
