"""Device registry entries that follow the readings of the equipment."""

from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..api import Device, Dome, Role, one_line
from ..const import DOMAIN
from ..helpers.devices import (
    device_identifier,
    hub_id,
    is_known,
    known_roles,
    return_signal,
    unique_id,
    versions_as_text,
)
from .equipment import EquipmentCoordinator

# The translation key of a dome's name if it cannot turn.
ROOF: Final = "roof"


def _line(words: str | None) -> str | None:
    """Return the name that a driver reports as one bounded line; None if it is blank."""
    return None if words is None else one_line(words) or None


class DeviceKeeper:
    """Create devices when their equipment is first seen; update them when the driver changes."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, equipment: EquipmentCoordinator
    ) -> None:
        """Start with the equipment reported now."""
        self._hass = hass
        self._entry = entry
        self._equipment = equipment
        self._written: dict[str, tuple[str | None, ...]] = {}
        self.async_update()

    @callback
    def async_update(self) -> None:
        """Update the registry from the reported equipment; called before entities are added."""
        self._update_hub()
        for role, device in self._equipment.data.equipment.devices():
            if device.connected:
                self._update_equipment(role, device)

    def _update_hub(self) -> None:
        """Update the versions of N.I.N.A. and of the plugin."""
        server = self._equipment.data.server
        if server is None:
            return
        versions = versions_as_text(_line(server.nina_version), str(server.plugin_version))
        if self._written.get(Role.HUB) == (versions,):
            return
        self._written[Role.HUB] = (versions,)
        dr.async_get(self._hass).async_get_or_create(
            config_entry_id=self._entry.entry_id,
            hw_version=None,
            identifiers={device_identifier(self._entry, Role.HUB)},
            sw_version=versions,
        )

    @callback
    def async_rename(self) -> None:
        """Name all devices after the entry, also those that are not connected."""
        entry = self._entry
        for role in known_roles(self._hass, entry):
            dr.async_get(self._hass).async_get_or_create(
                config_entry_id=entry.entry_id,
                identifiers={device_identifier(entry, role)},
                translation_key=ROOF if role is Role.DOME and not self._turned() else role.value,
                translation_placeholders={"rig": entry.title},
            )

    def _turned(self) -> bool:
        """Return whether the dome could turn when it was last seen: then it has an azimuth."""
        identity = unique_id(self._entry, Role.DOME, "azimuth")
        registry = er.async_get(self._hass)
        return registry.async_get_entity_id(Platform.SENSOR, DOMAIN, identity) is not None

    def _update_equipment(self, role: Role, device: Device) -> None:
        """Create or update the device of a role from the details that its driver reports."""
        key = ROOF if isinstance(device, Dome) and device.is_roof else role.value
        shown = (_line(device.display_name or device.name), _line(device.driver_version), key)
        known = is_known(self._hass, self._entry, role)
        if known and self._written.get(role) == shown:
            return
        returned = not known and role in self._written
        self._written[role] = shown
        dr.async_get(self._hass).async_get_or_create(
            config_entry_id=self._entry.entry_id,
            identifiers={device_identifier(self._entry, role)},
            model=shown[0],
            sw_version=shown[1],
            translation_key=key,
            translation_placeholders={"rig": self._entry.title},
            via_device_id=hub_id(self._hass, self._entry),
        )
        if returned:
            async_dispatcher_send(self._hass, return_signal(self._entry), role)
