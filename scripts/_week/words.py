"""Lines of the logbook in words, about as the frontend shows them."""

from typing import Any, Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.translation import async_get_translations

_UNKNOWN = {"unavailable": "became unavailable", "unknown": "became unknown"}


class Words:
    """The texts of one Home Assistant."""

    def __init__(self, hass: HomeAssistant, texts: dict[str, str]) -> None:
        """Keep the texts of entities and of the platforms."""
        self._hass = hass
        self._texts = texts

    @classmethod
    async def load(cls, hass: HomeAssistant) -> Self:
        """Load the texts."""
        texts: dict[str, str] = {}
        components = {each for each in hass.config.components if "." not in each}
        for category in ("entity", "entity_component"):
            texts |= await async_get_translations(hass, "en", category, components)
        return cls(hass, texts)

    def of(self, line: dict[str, Any]) -> tuple[str, str]:
        """Return what a line is counted by, and its text."""
        entity_id = line.get("entity_id")
        if "message" in line or entity_id is None:
            message = str(line.get("message"))
            kind = f"{line.get('domain')}: {message.partition(':')[0]}"
            return kind, f"{line.get('name')}: {message}"
        entry = er.async_get(self._hass).async_get(entity_id)
        state = str(line.get("state"))
        kind = str(entity_id)
        if state in _UNKNOWN:
            kind = f"{entity_id.partition('.')[0]} {_UNKNOWN[state]}"
        return kind, f"{self._name(entity_id, entry)}: {self._state(entity_id, entry, line)}"

    def _name(self, entity_id: str, entry: er.RegistryEntry | None) -> str:
        """Return the device and the entity."""
        state = self._hass.states.get(entity_id)
        name = entity_id if state is None else state.name
        device = entry and entry.device_id and dr.async_get(self._hass).async_get(entry.device_id)
        if not device or not entry:
            return str(name)
        own = entry.name or entry.original_name
        return f"{device.name_by_user or device.name} > {own or '—'}"

    def _state(self, entity_id: str, entry: er.RegistryEntry | None, line: dict[str, Any]) -> str:
        """Return a state in words."""
        state = str(line["state"])
        if state in _UNKNOWN:
            return _UNKNOWN[state]
        domain = entity_id.partition(".")[0]
        if domain in ("button", "event", "scene"):
            return str(line.get("attributes", {}).get("event_type", "pressed"))
        keys = []
        if entry is not None:
            keys.append(
                f"component.{entry.platform}.entity.{domain}.{entry.translation_key}.state.{state}"
            )
            device_class = entry.device_class or entry.original_device_class
            keys.append(f"component.{domain}.entity_component.{device_class}.state.{state}")
        keys.append(f"component.{domain}.entity_component._.state.{state}")
        return next((self._texts[key] for key in keys if key in self._texts), state)
