"""Devices of an entry: the hub, its parts, and one for each kind of equipment ever connected."""

from collections.abc import Callable, Iterator
from enum import StrEnum
import re
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..api import DEVICE_MODELS, Role
from ..const import DOMAIN, MODEL

_PLUGIN: Final = "Advanced API"
_PLUGIN_VERSION: Final = re.compile(rf"\b{_PLUGIN} (?P<version>[\d.]+)\)?$")


class HubPart(StrEnum):
    """A part of N.I.N.A. with a device of its own beside the hub.

    The unique ids of its entities are those of the hub.
    """

    IMAGING = "imaging"
    SEQUENCE = "sequence"


def unique_id(entry: ConfigEntry, role: str, key: str) -> str:
    """Return the unique id of an entity; the format must never change."""
    return f"{entry.entry_id}_{role}_{key}"


def device_identifier(entry: ConfigEntry, role: str) -> tuple[str, str]:
    """Return the identifier of the device of a role, or of a part of the hub."""
    return (DOMAIN, entry.entry_id if role == Role.HUB else f"{entry.entry_id}_{role}")


def device_link(entry: ConfigEntry, role: str) -> DeviceInfo:
    """Return the device info that links an entity to a device."""
    return DeviceInfo(identifiers={device_identifier(entry, role)})


@callback
def is_known(hass: HomeAssistant, entry: ConfigEntry, role: str) -> bool:
    """Return whether equipment of this role was ever seen and not deleted since."""
    identifier = device_identifier(entry, role)
    registry = dr.async_get(hass)
    return registry.async_get_device_by_identifier(identifier, entry.entry_id) is not None


@callback
def known_roles(hass: HomeAssistant, entry: ConfigEntry) -> set[Role]:
    """Return the kinds of equipment that were ever seen and not deleted since."""
    return {role for role in DEVICE_MODELS if is_known(hass, entry, role)}


@callback
def last_plugin_version(hass: HomeAssistant, entry: ConfigEntry) -> str | None:
    """Return the version of the plugin when N.I.N.A. last answered; None if it never did."""
    identifier = device_identifier(entry, Role.HUB)
    hub = dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)
    if hub is None:
        return None
    found = _PLUGIN_VERSION.search(hub.sw_version or "")
    # Earlier versions of the integration wrote it as that of the hardware.
    return hub.hw_version if found is None else found["version"]


def versions_as_text(nina: str | None, plugin: str) -> str:
    """Return the versions of N.I.N.A. and of the plugin, for the device of N.I.N.A."""
    return f"{_PLUGIN} {plugin}" if nina is None else f"{nina} ({_PLUGIN} {plugin})"


def return_signal(entry: ConfigEntry) -> str:
    """Return the name of the signal for deleted devices that were created again."""
    return f"{DOMAIN}_{entry.entry_id}_returned"


@callback
def async_on_return(
    hass: HomeAssistant, entry: ConfigEntry, listener: Callable[[Role], None]
) -> None:
    """Call a listener with the role when equipment that the user deleted is seen again."""
    entry.async_on_unload(async_dispatcher_connect(hass, return_signal(entry), listener))


@callback
def async_create_hub(hass: HomeAssistant, entry: ConfigEntry, url: str | None) -> bool:
    """Create the hub device, which must exist before the equipment refers to it.

    Return whether the entry was renamed since the hub was last named after it.
    """
    registry, identifier = dr.async_get(hass), device_identifier(entry, Role.HUB)
    last = registry.async_get_device_by_identifier(identifier, entry.entry_id)
    registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        configuration_url=url,
        entry_type=dr.DeviceEntryType.SERVICE,
        identifiers={identifier},
        manufacturer=None,
        model=MODEL,
        name=entry.title,
    )
    return last is not None and last.name != entry.title


@callback
def async_create_parts(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Create the devices of the hub's parts, at first where the user has the hub."""
    registry = dr.async_get(hass)
    identifier = device_identifier(entry, Role.HUB)
    hub = registry.async_get_device_by_identifier(identifier, entry.entry_id)
    for part in HubPart:
        known = is_known(hass, entry, part)
        device = registry.async_get_or_create(
            config_entry_id=entry.entry_id,
            entry_type=dr.DeviceEntryType.SERVICE,
            identifiers={device_identifier(entry, part)},
            manufacturer=None,
            model=MODEL,
            translation_key=part,
            translation_placeholders={"rig": entry.title},
            via_device_id=hub_id(hass, entry),
        )
        if hub is not None and not known:
            # Targets that name an area or a label still include the entities.
            area = device.area_id or hub.area_id
            labels = device.labels | hub.labels
            registry.async_update_device(device.id, area_id=area, labels=labels)


@callback
def devices_of_role(hass: HomeAssistant, entry: ConfigEntry, role: str) -> Iterator[str]:
    """Yield the registry ids of the devices with entities of a role: of the hub, also its parts."""
    registry = dr.async_get(hass)
    for each in (role, *(HubPart if role == Role.HUB else ())):
        identifier = device_identifier(entry, each)
        if device := registry.async_get_device_by_identifier(identifier, entry.entry_id):
            yield device.id


@callback
def async_create_scheduler(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Create the device of the Target Scheduler."""
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        entry_type=dr.DeviceEntryType.SERVICE,
        identifiers={device_identifier(entry, Role.SCHEDULER)},
        manufacturer="Tom Palmer",
        model="Target Scheduler",
        translation_key=Role.SCHEDULER,
        translation_placeholders={"rig": entry.title},
        via_device_id=hub_id(hass, entry),
    )


@callback
def async_remove_scheduler(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove the device of a Target Scheduler that the user removed from the connection."""
    registry, identifier = dr.async_get(hass), device_identifier(entry, Role.SCHEDULER)
    if device := registry.async_get_device_by_identifier(identifier, entry.entry_id):
        registry.async_remove_device(device.id)


def hub_id(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return the registry id of the hub."""
    return dr.async_get_device_id_by_identifier(
        hass, device_identifier(entry, Role.HUB), config_entry_id=entry.entry_id
    )
