"""Register the actions; each names its entry and returns when a reading proves the effect."""

from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback
from homeassistant.helpers.service import async_get_config_entry
import probatio

from .actions import ACTIONS, Action
from .actions.action import Call
from .actions.fields import Fields, text
from .const import DOMAIN
from .helpers.abandoned import log_if_abandoned
from .helpers.permissions import async_require


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for action in ACTIONS:
        hass.services.async_register(
            DOMAIN,
            action.name,
            _for_entry(action),
            schema=Fields({probatio.Required(ATTR_CONFIG_ENTRY_ID): text(), **action.fields}),
            supports_response=action.returns,
        )


def _for_entry(
    action: Action,
) -> Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]:
    """Wrap an action so that it receives the entry it was called for."""

    async def handle(service: ServiceCall) -> ServiceResponse:
        """Check the user, find the entry, and run the action.

        The user is checked first, so that errors about an entry reach only permitted users.
        """
        hass, entry_id = service.hass, service.data[ATTR_CONFIG_ENTRY_ID]
        await async_require(
            hass,
            service.context,
            hass.config_entries.async_get_entry(entry_id),
            action.needs,
            action.roles_of(service.data),
        )
        entry = async_get_config_entry(hass, DOMAIN, entry_id)
        call = Call(hass=hass, entry=entry, data=service.data, answered=service.return_response)
        with log_if_abandoned(f"{entry.title}: {action.name}"):
            return await action.async_call(call)
        return {} if service.return_response else None

    return handle
