"""Permissions: a user needs the same ones as for Home Assistant's own entity actions."""

from collections.abc import Sequence
from typing import Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import UnknownUser
from homeassistant.helpers import entity_registry as er

from ..api import Role
from ..const import CONTROLS, DOMAIN, Needs
from ..errors import NotAllowedError
from .devices import devices_of_role

# The whole observatory, with any equipment.
EVERYTHING: Final = tuple(Role)

_POLICIES: Final = {Needs.READ: POLICY_READ, Needs.CONTROL: POLICY_CONTROL}


async def async_require(
    hass: HomeAssistant,
    context: Context,
    entry: ConfigEntry | None,
    needs: Needs,
    roles: tuple[Role, ...],
) -> None:
    """Raise NotAllowedError or UnknownUser unless the user of a call has the permissions it needs.

    A call without a user comes from an automation or from Home Assistant itself and is allowed.
    """
    await async_permitted(hass, context, [entry], needs, roles)


async def async_permitted[EntryT: ConfigEntry | None](
    hass: HomeAssistant,
    context: Context,
    entries: Sequence[EntryT],
    needs: Needs,
    roles: tuple[Role, ...],
) -> Sequence[EntryT]:
    """Return the entries for which the user of a call has the permissions it needs.

    Raises NotAllowedError or UnknownUser if there is none.
    """
    if not context.user_id:
        return entries
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context)
    permitted = [each for each in entries if is_allowed(hass, user, each, needs, roles)]
    if not permitted:
        raise NotAllowedError(needs, context)
    return permitted


@callback
def is_allowed(
    hass: HomeAssistant,
    user: User,
    entry: ConfigEntry | None,
    needs: Needs,
    roles: tuple[Role, ...],
) -> bool:
    """Return whether a user is allowed to read or control the equipment of some roles.

    That requires the permission for every entity concerned. If equipment has no entity, because it
    was never seen or all are disabled, it requires the permission for all entities.
    """
    if user.is_admin:
        return True
    if (policy := _POLICIES.get(needs)) is None:
        return False
    if user.permissions.access_all_entities(policy):
        return True
    concerned = [] if entry is None else _entities(hass, entry, needs, roles)
    return bool(concerned) and all(
        user.permissions.check_entity(entity_id, policy) for entity_id in concerned
    )


@callback
def _entities(
    hass: HomeAssistant, entry: ConfigEntry, needs: Needs, roles: tuple[Role, ...]
) -> list[str]:
    """Return the enabled entities of the equipment; none if any role has none."""
    by_role = [_entities_of(hass, entry, needs, role) for role in roles]
    if roles != EVERYTHING and not all(by_role):
        return []
    return [entity_id for entities in by_role for entity_id in entities]


@callback
def _entities_of(hass: HomeAssistant, entry: ConfigEntry, needs: Needs, role: Role) -> list[str]:
    """Return the enabled entities of one role: all for reading, those that command for control."""
    registry = er.async_get(hass)
    return [
        entity.entity_id
        for device_id in devices_of_role(hass, entry, role)
        for entity in er.async_entries_for_device(registry, device_id)
        if entity.platform == DOMAIN and (needs is not Needs.CONTROL or entity.domain in CONTROLS)
    ]
