"""The forms of the actions, with the filters, sequences, targets and so on that exist now.

Home Assistant reads services.yaml once. Its descriptions are replaced here by the same fields, some of
which offer choices; anything else can still be typed. Frontends fetch the descriptions of actions when
they connect, and after an action was registered.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import validate_selector
from homeassistant.helpers.service import async_set_service_schema
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.yaml import load_yaml_dict

from ..const import DOMAIN
from ..helpers.storage import async_load_kept
from ..runtime import NinaConfigEntry
from . import ACTIONS, Action
from .choices import Choice, ChoiceReader, Options, kept, restored

# Lists arrive one after the other: seconds from the first change until all are shown.
_GATHER: Final = 2.0
# Seconds from a change until it is on the disk.
_SAVE_WITHIN: Final = 10.0
_VERSION: Final = 1


def choices_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the store for the lists of an entry."""
    return Store(hass, _VERSION, f"{DOMAIN}.{entry_id}.choices")


class ActionForms:
    """The forms of all actions, for all observatories together.

    `announce` is called after a change.
    """

    def __init__(self, hass: HomeAssistant, announce: Callable[[], None]) -> None:
        self._hass = hass
        self._announce = announce
        # By entry. They stay while an entry is not loaded: automations are also written by day.
        self._known: dict[str, dict[Choice, Options]] = {}
        # A store only forgets the save that is due if it is the one that was asked for it.
        self._stores: dict[str, Store[dict[str, Any]]] = {}
        self._shown: dict[Choice, Options] = {}

    async def async_load(self, entry_id: str) -> None:
        """Load the lists that were last known before Home Assistant was started."""
        if entry_id not in self._known:
            store = self._store(entry_id)
            self._known[entry_id] = await async_load_kept(self._hass, store, restored) or {}

    @callback
    def async_follow(self, entry: NinaConfigEntry) -> None:
        """Show what exists in an observatory, as long as its entry is loaded."""
        known, data = self._known.setdefault(entry.entry_id, {}), entry.runtime_data
        reader, store = ChoiceReader(data, known), self._store(entry.entry_id)
        showing: asyncio.Task[None] | None = None

        @callback
        def update(*, start: bool = False) -> None:
            """Show the lists soon if one has changed."""
            nonlocal showing
            changed = reader.async_update()
            if changed:
                store.async_delay_save(partial(kept, known), _SAVE_WITHIN)
            elif not start:
                return
            if showing is None or showing.done():
                showing = entry.async_create_background_task(
                    self._hass, self._async_show_soon(), f"{entry.title} choices of actions"
                )

        for coordinator in (data.equipment, data.catalog, data.scheduler):
            if coordinator is not None:
                entry.async_on_unload(coordinator.async_add_listener(update))
        update(start=True)

    async def async_forget(self, entry_id: str) -> None:
        """Show nothing of an observatory that was removed."""
        await self._store(entry_id).async_remove()
        self._stores.pop(entry_id)
        self._known.pop(entry_id, None)
        await self._async_show()

    def _store(self, entry_id: str) -> Store[dict[str, Any]]:
        """Return the store for the lists of an entry."""
        return self._stores.setdefault(entry_id, choices_store(self._hass, entry_id))

    async def _async_show_soon(self) -> None:
        await asyncio.sleep(_GATHER)
        await self._async_show()

    async def _async_show(self) -> None:
        """Offer the lists that have changed in the forms that they belong to."""
        if self._merged() == self._shown:
            return
        described = await self._hass.async_add_executor_job(_described)
        merged = self._merged()
        changed = {each for each in Choice if merged.get(each) != self._shown.get(each)}
        self._shown = merged
        for action in ACTIONS:
            if not changed.isdisjoint(action.choices.values()):
                fields = _offering(action, described[action.name], merged)
                async_set_service_schema(self._hass, DOMAIN, action.name, {"fields": fields})
        if changed:
            self._announce()

    def _merged(self) -> dict[Choice, Options]:
        """Return the lists of all observatories together, without empty ones."""
        merged: dict[Choice, dict[str, str]] = {}
        for known in self._known.values():
            for choice, options in known.items():
                for value, label in options.items():
                    labels = merged.setdefault(choice, {})
                    before = labels.setdefault(value, label)
                    if label not in before.split(" / "):
                        labels[value] = f"{before} / {label}"
        return {choice: options for choice, options in merged.items() if options}


FORMS: Final = HassKey[ActionForms](f"{DOMAIN}_action_forms")


async def async_forget_choices(hass: HomeAssistant, entry_id: str) -> None:
    """Remove the lists of an entry, which may be disabled and never have been set up."""
    if (forms := hass.data.get(FORMS)) is None:
        await choices_store(hass, entry_id).async_remove()
    else:
        await forms.async_forget(entry_id)


@cache
def _described() -> Mapping[str, Mapping[str, Any]]:
    """Return the fields of each action, as Home Assistant reads services.yaml; it never changes."""
    described = load_yaml_dict(Path(__file__).parent.parent / "services.yaml")
    return {name: _validated(each["fields"]) for name, each in described.items()}


def _validated(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields and sections with complete selectors."""
    return {
        name: {**field, "fields": _validated(field["fields"])}
        if "fields" in field
        else {**field, "selector": validate_selector(field["selector"])}
        for name, field in fields.items()
    }


def _offering(
    action: Action, fields: Mapping[str, Any], lists: Mapping[Choice, Options]
) -> dict[str, Any]:
    """Return the fields of an action with the choices that exist."""
    offering = {
        name: {**fields[name], "selector": _selector(lists[choice])}
        for name, choice in action.choices.items()
        if choice in lists
    }
    return {**fields, **offering}


def _selector(options: Options) -> dict[str, Any]:
    """Return the selector for a list, in which anything else may be typed."""
    plain = all(value == label for value, label in options.items())
    labeled = [{"value": value, "label": label} for value, label in options.items()]
    shown = list(options) if plain else labeled
    return validate_selector(
        {"select": {"options": shown, "custom_value": True, "mode": "dropdown"}}
    )
