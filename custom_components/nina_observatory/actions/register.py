"""Register the actions; each finds its observatory and returns when a reading proves the effect."""

from collections.abc import Callable, Coroutine
from functools import cache, partial
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback

from ..const import DOMAIN
from ..helpers.abandoned import log_if_abandoned
from . import ACTIONS, Action
from .action import Call
from .fields import Fields
from .form import FORMS, ActionForms
from .observatory import NAMING, async_find


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for action in ACTIONS:
        async_register(hass, action)
    # A frontend empties the form of the action that was registered until it has all descriptions.
    shortest = min(ACTIONS, key=lambda action: len(action.fields))
    hass.data[FORMS] = ActionForms(hass, partial(async_register, hass, shortest))


@callback
def async_register(hass: HomeAssistant, action: Action) -> None:
    """Register an action, or register it again, whereupon frontends fetch its description."""
    hass.services.async_register(
        DOMAIN,
        action.name,
        _for_entry(action),
        schema=_schema(action),
        supports_response=action.returns,
    )


@cache
def _schema(action: Action) -> Fields:
    """Return the schema of an action; to make all of them takes longer than to register them."""
    # A field of the action takes the place of one of the same name.
    return Fields({**NAMING, **action.fields})


def _for_entry(
    action: Action,
) -> Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]:
    """Wrap an action so that it receives the entry it was called for."""

    async def handle(service: ServiceCall) -> ServiceResponse:
        """Check the user, find the entry, and run the action."""
        entry, fields = await async_find(service, action)
        call = Call(
            hass=service.hass,
            entry=entry,
            data=fields,
            context=service.context,
            answered=service.return_response,
        )
        with log_if_abandoned(f"{entry.title}: {action.name}"):
            return await action.async_call(call)

    return handle
