"""The observatory of a call: named by its entry, a device, an entity or a place, or the only one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from homeassistant.const import (
    ATTR_AREA_ID,
    ATTR_CONFIG_ENTRY_ID,
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    ATTR_FLOOR_ID,
    ATTR_LABEL_ID,
    ENTITY_MATCH_ALL,
)
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.group import expand_entity_ids
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
import probatio

from ..const import DOMAIN
from ..errors import Reason, RefusedError
from ..helpers.permissions import async_permitted, async_require
from ..runtime import NinaConfigEntry
from .action import Action
from .fields import ids, text

_PLACES: Final = (ATTR_AREA_ID, ATTR_FLOOR_ID, ATTR_LABEL_ID)

# The keys of a target are those of Home Assistant. A target in the description of an action would
# have the editor mark every action that has none, which one with a single observatory needs not.
NAMING: Final[Mapping[Any, object]] = {
    probatio.Optional(ATTR_CONFIG_ENTRY_ID): text(),
    **{probatio.Optional(key): ids for key in (ATTR_DEVICE_ID, ATTR_ENTITY_ID, *_PLACES)},
}


async def async_find(
    service: ServiceCall, action: Action
) -> tuple[NinaConfigEntry, dict[str, Any]]:
    """Return the observatory of a call, and the fields that do not name it.

    Raises ServiceValidationError unless there is exactly one. The user is checked first, so that
    errors about observatories reach only permitted users, and name only permitted ones.
    """
    hass, context = service.hass, service.context
    own = {str(field) for field in action.fields}
    names = {str(field) for field in NAMING} - own
    naming = {key: value for key, value in service.data.items() if key in names}
    fields = {key: value for key, value in service.data.items() if key not in names}
    needed = action.needs, action.roles_of(fields)
    try:
        entry_ids = _named(hass, naming) if naming else {each.entry_id for each in _entries(hass)}
    except ServiceValidationError:
        await async_require(hass, context, None, *needed)
        raise
    entries = {each: hass.config_entries.async_get_entry(each) for each in sorted(entry_ids)}
    ours = [entry for entry in entries.values() if entry is not None and entry.domain == DOMAIN]
    if len(ours) > 1:
        permitted = await async_permitted(hass, context, ours, *needed)
        titles = ", ".join(sorted(each.title for each in permitted))
        if naming:
            raise RefusedError(Reason.OBSERVATORIES_NAMED, names=titles)
        raise RefusedError(Reason.OBSERVATORY_MISSING, names=titles)
    # One that does not exist or is of another integration comes first: Home Assistant refuses it.
    entry_id = min(entries, key=lambda each: entries[each] in ours, default=None)
    entry = None if entry_id is None else entries[entry_id]
    await async_require(hass, context, entry, *needed)
    return async_get_config_entry(hass, DOMAIN, entry_id), fields


@callback
def _entries(hass: HomeAssistant) -> list[NinaConfigEntry]:
    """Return the observatories that are not disabled, loaded or not."""
    return hass.config_entries.async_entries(DOMAIN, include_ignore=False, include_disabled=False)


@callback
def _named(hass: HomeAssistant, naming: Mapping[str, Any]) -> set[str]:
    """Return the ids of the entries that a call names; raises ServiceValidationError for others."""
    found: set[str] = set()
    if (entry_id := naming.get(ATTR_CONFIG_ENTRY_ID)) is not None:
        found.add(entry_id)
    for device_id in naming.get(ATTR_DEVICE_ID, ()):
        found.add(_of_device(hass, device_id))
    for entity_id in naming.get(ATTR_ENTITY_ID, ()):
        found |= _of_entity(hass, entity_id)
    if places := {key: list(naming[key]) for key in _PLACES if key in naming}:
        found |= _of_places(hass, places)
    return found


@callback
def _of_device(hass: HomeAssistant, device_id: str) -> str:
    """Return the id of the entry of a device."""
    device, entry = dr.async_get_device_and_config_entry_for_domain(hass, device_id, domain=DOMAIN)
    if entry is None:
        name = None if device is None else device.name_by_user or device.name
        raise RefusedError(Reason.NOT_OF_OBSERVATORY, given=name or device_id)
    return entry.entry_id


@callback
def _of_entity(hass: HomeAssistant, entity_id: str) -> set[str]:
    """Return the ids of the entries of an entity, of the members of a group, or of all entities."""
    if entity_id == ENTITY_MATCH_ALL:
        found = {entry.entry_id for entry in _entries(hass)}
    else:
        found = set(_of_entities(hass, expand_entity_ids(hass, [entity_id])))
    if not found:
        raise RefusedError(Reason.NOT_OF_OBSERVATORY, given=entity_id)
    return found


@callback
def _of_entities(hass: HomeAssistant, entity_ids: Iterable[str]) -> Iterator[str]:
    """Yield the id of the entry of each entity of an observatory."""
    registry = er.async_get(hass)
    for entity_id in entity_ids:
        entity = registry.async_get(entity_id)
        if entity is not None and entity.platform == DOMAIN and entity.config_entry_id is not None:
            yield entity.config_entry_id


@callback
def _of_places(hass: HomeAssistant, places: Mapping[str, list[str]]) -> set[str]:
    """Return the ids of the entries with anything in areas, on floors or with labels.

    Other devices there do not matter, as with Home Assistant's own actions.
    """
    selected = async_extract_referenced_entity_ids(
        hass, TargetSelection(dict(places)), primary_entities_only=False
    )
    found = set(_of_entities(hass, selected.referenced | selected.indirectly_referenced))
    for device_id in selected.referenced_devices:
        _, entry = dr.async_get_device_and_config_entry_for_domain(hass, device_id, domain=DOMAIN)
        if entry is not None:
            found.add(entry.entry_id)
    enabled = found & {entry.entry_id for entry in _entries(hass)}
    if not enabled:
        given = ", ".join(each for ids_of_kind in places.values() for each in ids_of_kind)
        raise RefusedError(Reason.NOT_OF_OBSERVATORY, given=given)
    return enabled
