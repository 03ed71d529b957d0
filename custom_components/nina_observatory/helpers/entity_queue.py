"""Entities of an entry, added a few in each turn of the event loop."""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

# How many entities are added in one turn of the event loop. On a small computer one takes Home
# Assistant up to half a millisecond, and no turn may last longer than 20.
IN_ONE_TURN: Final = 30


class EntityQueue:
    """Adds entities in order: as many as fit in this turn of the event loop, the others soon.

    A whole observatory has more than two hundred, which would hold the loop for 30 to 40 ms.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._waiting: deque[tuple[AddConfigEntryEntitiesCallback, Iterator[Entity]]] = deque()
        self._room = IN_ONE_TURN
        self._turns: asyncio.Task[None] | None = None
        self._closed = False
        entry.async_on_unload(self._close)

    @callback
    def async_add(
        self, async_add_entities: AddConfigEntryEntitiesCallback, entities: Iterable[Entity]
    ) -> None:
        """Add entities after all those that wait already; each is made when its turn has come."""
        if self._closed:
            return
        self._waiting.append((async_add_entities, iter(entities)))
        self._add()
        if self._turns is None and self._room < IN_ONE_TURN:
            self._turns = self._entry.async_create_task(
                self._hass, self._async_take_turns(), f"{self._entry.title} entities"
            )

    @callback
    def async_add_first(
        self, async_add_entities: AddConfigEntryEntitiesCallback, entity: Entity
    ) -> None:
        """Add an entity at once, before all those that wait."""
        if not self._closed:
            async_add_entities([entity])

    async def async_done(self) -> None:
        """Return when all entities are added."""
        if self._turns is not None:
            await asyncio.wait([self._turns])

    async def async_close(self) -> None:
        """Add nothing more: the platforms are about to be unloaded."""
        self._close()
        await self.async_done()

    @callback
    def _close(self) -> None:
        self._closed = True
        self._waiting.clear()

    @callback
    def _add(self) -> None:
        """Add entities until this turn is full, those of a platform together."""
        while self._waiting and self._room > 0:
            async_add_entities = self._waiting[0][0]
            batch: list[Entity] = []
            while self._waiting and self._waiting[0][0] == async_add_entities:
                batch += islice(self._waiting[0][1], self._room - len(batch))
                if len(batch) == self._room:
                    break
                self._waiting.popleft()
            self._room -= len(batch)
            if batch:
                async_add_entities(batch)

    async def _async_take_turns(self) -> None:
        """Add what waits turn by turn."""
        try:
            while self._room < IN_ONE_TURN:
                await asyncio.sleep(0)
                self._room = IN_ONE_TURN
                self._add()
        finally:
            self._turns = None
