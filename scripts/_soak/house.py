"""The Home Assistant of a soak: started, reloaded and started again; all that it tells is kept."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
import logging
from typing import Any, Final, override
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import (
    EVENT_STATE_CHANGED,
    EVENT_STATE_REPORTED,
    STATE_UNAVAILABLE,
    Platform,
)
from homeassistant.core import Event, HomeAssistant, State, callback
from homeassistant.setup import async_setup_component

from custom_components.nina_observatory.api.events.types import EventType
from custom_components.nina_observatory.const import DOMAIN, EVENT_NINA
from custom_components.nina_observatory.event import NinaEvent
from scripts._home import entry_for, home

from .events import NINA_TYPES, Key, key_of_told

_LOGGER_NAME: Final = f"custom_components.{DOMAIN}"
_EVENT: Final = f"{Platform.EVENT}."


class LogKeeper(logging.Handler):
    """Keep the lines of the integration from INFO on, and the complaints of everybody."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(logging.INFO)
        self.lines: list[str] = []
        self.complaints: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        ours = record.name.startswith(_LOGGER_NAME)
        text = f"{record.levelname} {record.name}: {record.getMessage()}"
        # What other integrations lack on this machine is not our concern.
        concerns = ours or not record.name.startswith("homeassistant.components.")
        if concerns and (record.levelno >= logging.ERROR or record.exc_info):
            error = record.exc_info[1] if record.exc_info else None
            self.complaints.append(f"{text} {error!r}"[:500] if error else text[:500])
        if ours:
            self.lines.append(text)

    def forget(self) -> None:
        """Forget everything so far."""
        self.lines.clear()
        self.complaints.clear()

    def install(self) -> None:
        """Take all lines, and print none."""
        root = logging.getLogger()
        root.handlers[:] = [self]
        root.setLevel(logging.WARNING)
        logging.getLogger(_LOGGER_NAME).setLevel(logging.INFO)


class Ears:
    """What the bus and the event entities of one entry tell, over restarts of Home Assistant."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.told: list[tuple[Key, bool]] = []
        # How often each event entity had to show a moment, and how often it did.
        self.due: Counter[str] = Counter()
        self.shown: Counter[str] = Counter()
        self._hass: HomeAssistant | None = None
        self._entry_id = ""

    def forget(self) -> None:
        """Forget the night that is over."""
        self.told.clear()
        self.due.clear()
        self.shown.clear()

    @callback
    def listen(self, hass: HomeAssistant, entry_id: str) -> None:
        """Hear a Home Assistant from now on."""
        self._hass, self._entry_id = hass, entry_id
        hass.bus.async_listen(EVENT_NINA, self._hear)
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._look, event_filter=_is_event_entity)
        hass.bus.async_listen(EVENT_STATE_REPORTED, self._look, event_filter=_is_event_entity)

    @callback
    def _hear(self, event: Event[Mapping[str, Any]]) -> None:
        """Take note of an event on the bus."""
        data = event.data
        if data["entry_id"] != self._entry_id:
            return
        replayed = bool(data.get("replayed"))
        if data["type"] in NINA_TYPES:
            self.told.append((key_of_told(data), replayed))
        if replayed or _filter_stays(data) or self._hass is None:
            return
        for state in self._hass.states.async_all(Platform.EVENT):
            is_its = data["type"] in state.attributes.get("event_types", ())
            if is_its and state.state != STATE_UNAVAILABLE:
                self.due[state.entity_id] += 1

    @callback
    def _look(self, event: Event[Any]) -> None:
        """Take note of a moment that an event entity shows."""
        new: State | None = event.data["new_state"]
        old: State | None = event.data.get("old_state", new)
        if new is None or new.state == STATE_UNAVAILABLE or old is None:
            return
        if old.state != STATE_UNAVAILABLE and new.attributes.get("event_type") is not None:
            self.shown[new.entity_id] += 1


@callback
def _is_event_entity(data: Mapping[str, Any]) -> bool:
    """Return whether a state is that of an event entity."""
    entity_id: str = data["entity_id"]
    return entity_id.startswith(_EVENT)


def _filter_stays(data: Mapping[str, Any]) -> bool:
    """Return whether a filter was changed to itself, which is no moment of an event entity."""
    if data["type"] != EventType.FILTER_CHANGED:
        return False
    previous = data["data"].get("previous")
    return previous is not None and previous == data["data"].get("new")


class House:
    """A Home Assistant with one entry, in a folder that outlives its restarts."""

    def __init__(self, folder: str, port: int, scheduler_port: int) -> None:
        """Prepare; nothing runs yet."""
        self.ears = Ears()
        self._hass: HomeAssistant | None = None
        self._folder = folder
        self._entry = entry_for(port, scheduler_port)
        self._stack = AsyncExitStack()
        self._is_added = False

    @property
    def hass(self) -> HomeAssistant:
        """Return the Home Assistant that runs; raises RuntimeError where none does."""
        if self._hass is None:
            raise RuntimeError("Home Assistant does not run")
        return self._hass

    @property
    def entry(self) -> ConfigEntry:
        """Return the entry of the observatory."""
        entry = self.hass.config_entries.async_get_entry(self._entry.entry_id)
        if entry is None:
            raise RuntimeError("the entry is gone")
        return entry

    async def start(self) -> None:
        """Start Home Assistant, and the entry with it."""
        # Event entities are off by default; here what they show is compared with the bus.
        enabled = patch.object(NinaEvent, "entity_registry_enabled_default", True)
        self._stack.enter_context(enabled)
        self._hass = hass = await self._stack.enter_async_context(home(self._folder))
        self.ears.listen(hass, self._entry.entry_id)
        if self._is_added:
            await async_setup_component(hass, DOMAIN, {})
        else:
            await hass.config_entries.async_add(self._entry)
            self._is_added = True
        if self.entry.state is not ConfigEntryState.LOADED:
            raise RuntimeError(f"the entry is {self.entry.state}: {self.entry.reason}")

    async def stop(self) -> None:
        """End Home Assistant in order."""
        await self._stack.aclose()
        self._hass = None
        _end_process()

    async def reload(self) -> None:
        """Reload the entry, as its options do when they are saved."""
        await self.hass.config_entries.async_reload(self._entry.entry_id)

    async def unload(self) -> None:
        """Unload the entry, as somebody does who disables it."""
        await self.hass.config_entries.async_unload(self._entry.entry_id)

    async def set_up(self) -> None:
        """Set the entry up again."""
        await self.hass.config_entries.async_setup(self._entry.entry_id)


def _end_process() -> None:
    """End what the end of a real process of Home Assistant ends: all timers and tasks."""
    loop = asyncio.get_running_loop()
    for timer in tuple(loop._scheduled):  # type: ignore[attr-defined]  # noqa: SLF001
        timer.cancel()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
