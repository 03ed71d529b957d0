"""Devices of an entry: the hub, and one for each kind of equipment ever seen."""

from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send

from .api import DEVICE_MODELS, Device, Role, one_line
from .const import DOMAIN, MANUFACTURER

if TYPE_CHECKING:
    from .readings.equipment import EquipmentCoordinator


def unique_id(entry: ConfigEntry, role: str, key: str) -> str:
    """Return the unique id of an entity, which others rely on and which never changes."""
    return f"{entry.entry_id}_{role}_{key}"


def device_identifier(entry: ConfigEntry, role: str) -> tuple[str, str]:
    """Return the identifier of the device of a role."""
    return (DOMAIN, entry.entry_id if role == Role.HUB else f"{entry.entry_id}_{role}")


def device_link(entry: ConfigEntry, role: str) -> DeviceInfo:
    """Return what ties an entity to the device of its role."""
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


def _return_signal(entry: ConfigEntry, role: str) -> str:
    """Return the name of the signal for a device that is there again."""
    return f"{DOMAIN}_{entry.entry_id}_{role}_returned"


@callback
def async_on_return(
    hass: HomeAssistant, entry: ConfigEntry, role: str, listener: CALLBACK_TYPE
) -> None:
    """Call a listener when equipment that the user deleted was seen again."""
    signal = _return_signal(entry, role)
    entry.async_on_unload(async_dispatcher_connect(hass, signal, listener))


@callback
def async_create_hub(hass: HomeAssistant, entry: ConfigEntry, url: str) -> None:
    """Create the hub, which comes first because equipment refers to it."""
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        configuration_url=url,
        entry_type=dr.DeviceEntryType.SERVICE,
        identifiers={device_identifier(entry, Role.HUB)},
        manufacturer=MANUFACTURER,
        model="N.I.N.A.",
        name=entry.title,
    )


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
        via_device_id=_hub_id(hass, entry),
    )


@callback
def async_remove_scheduler(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove the device of a Target Scheduler that the user took out of the connection."""
    registry, identifier = dr.async_get(hass), device_identifier(entry, Role.SCHEDULER)
    if device := registry.async_get_device_by_identifier(identifier, entry.entry_id):
        registry.async_remove_device(device.id)


def _hub_id(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return the registry id of the hub."""
    return dr.async_get_device_id_by_identifier(
        hass, device_identifier(entry, Role.HUB), config_entry_id=entry.entry_id
    )


def _line(words: str | None) -> str | None:
    """Return what a driver calls itself as one bounded line, None where nothing is left."""
    return None if words is None else one_line(words) or None


class DeviceKeeper:
    """Create devices when their equipment is first seen and follow a change of driver."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, equipment: EquipmentCoordinator
    ) -> None:
        """Begin with what the rig reports now."""
        self._hass = hass
        self._entry = entry
        self._equipment = equipment
        self._written: dict[str, tuple[str | None, ...]] = {}
        self.async_update()

    @callback
    def async_update(self) -> None:
        """Bring the registry to what the rig reports; called before entities are added."""
        self._update_hub()
        for role, device in self._equipment.data.equipment.devices():
            if device.connected:
                self._update_equipment(role, device)

    def _update_hub(self) -> None:
        """Show the versions of N.I.N.A. and of the plugin."""
        server = self._equipment.data.server
        if server is None:
            return
        versions = (_line(server.nina_version), str(server.plugin_version))
        if self._written.get(Role.HUB) == versions:
            return
        self._written[Role.HUB] = versions
        dr.async_get(self._hass).async_get_or_create(
            config_entry_id=self._entry.entry_id,
            hw_version=versions[1],
            identifiers={device_identifier(self._entry, Role.HUB)},
            sw_version=versions[0],
        )

    def _update_equipment(self, role: Role, device: Device) -> None:
        """Create or update the device of a role from what its driver says of itself."""
        shown = (_line(device.display_name or device.name), _line(device.driver_version))
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
            translation_key=role.value,
            translation_placeholders={"rig": self._entry.title},
            via_device_id=_hub_id(self._hass, self._entry),
        )
        if returned:
            async_dispatcher_send(self._hass, _return_signal(self._entry, role))
