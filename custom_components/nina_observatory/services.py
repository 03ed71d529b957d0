"""Register the actions; each names its rig and returns when the rig shows the effect."""

from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback
from homeassistant.helpers.service import async_get_config_entry
import probatio

from .actions import ACTIONS, Action
from .actions.action import Call
from .actions.fields import Fields, Text
from .const import DOMAIN


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for action in ACTIONS:
        hass.services.async_register(
            DOMAIN,
            action.name,
            _for_entry(action),
            schema=Fields({probatio.Required(ATTR_CONFIG_ENTRY_ID): Text(), **action.fields}),
            supports_response=action.returns,
        )


def _for_entry(
    action: Action,
) -> Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]:
    """Wrap an action so that it receives the entry it was called for."""

    async def handle(service: ServiceCall) -> ServiceResponse:
        """Find the entry, which raises translated errors itself, and carry out the action."""
        entry = async_get_config_entry(service.hass, DOMAIN, service.data[ATTR_CONFIG_ENTRY_ID])
        return await action.async_call(Call(hass=service.hass, entry=entry, data=service.data))

    return handle
