"""Intents for voice assistants; users write their own sentences."""

from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, intent
import probatio

from .const import CONF_READ_ONLY, DOMAIN, Needs
from .helpers.permissions import EVERYTHING, async_require
from .procedures.secure import Secure
from .runtime import NinaConfigEntry

INTENT_SECURE: Final = "NinaObservatorySecure"


async def async_setup_intents(hass: HomeAssistant) -> None:
    """Register the intents."""
    intent.async_register(hass, SecureIntent())


class SecureIntent(intent.IntentHandler):
    """Secure an observatory; with several of them its name is required."""

    intent_type = INTENT_SECURE
    description = "Stops imaging, parks the telescope, and closes the roof of an observatory"

    @property
    @override
    def slot_schema(self) -> dict[Any, Any]:
        return {probatio.Optional("name"): cv.string}

    @override
    async def async_handle(self, intent_obj: intent.Intent) -> intent.IntentResponse:
        """Run the procedure and respond with its result."""
        slots = self.async_validate_slots(intent_obj.slots)
        hass, response = intent_obj.hass, intent_obj.create_response()
        try:
            entry = _find(hass, slots.get("name", {}).get("value"))
            await async_require(hass, intent_obj.context, entry, Needs.CONTROL, EVERYTHING)
            await entry.runtime_data.procedures.async_preempt(Secure(hass, entry))
        except HomeAssistantError as err:
            # A raised error would not reach the user: the conversation agent replaces it with its
            # own text.
            response.async_set_error(intent.IntentResponseErrorCode.FAILED_TO_HANDLE, str(err))
        else:
            response.async_set_speech(f"{entry.title} is secured")
        return response


def _find(hass: HomeAssistant, name: str | None) -> NinaConfigEntry:
    """Return the observatory meant; raises HomeAssistantError unless there is exactly one."""
    entries: list[NinaConfigEntry] = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.state is ConfigEntryState.LOADED
        and not entry.options.get(CONF_READ_ONLY)
        and (name is None or entry.title.casefold() == name.strip().casefold())
    ]
    if len(entries) != 1:
        raise HomeAssistantError("Which observatory?" if entries else "No such observatory")
    return entries[0]
