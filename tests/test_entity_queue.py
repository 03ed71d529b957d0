"""Many entities are added a few in each turn of the event loop, and none is forgotten."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any
from unittest.mock import Mock, patch

from homeassistant.const import ATTR_RESTORED
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import EntityPlatform
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.helpers.entity_queue import IN_ONE_TURN, EntityQueue
from simulator import Observatory

from .conftest import set_up, unload
from .states import NOT_SAFE, REACHABLE, until

# What platforms add to the hub themselves, in the turn in which all of them are set up.
OF_THE_HUB = 20


class Turns:
    """How many entities Home Assistant was given in each turn of the event loop."""

    def __init__(self) -> None:
        self.counts = [0]
        self._told = False

    def count(self, entities: int) -> None:
        """Count entities for this turn."""
        self.counts[-1] += entities
        if not self._told:
            self._told = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        self.counts.append(0)
        self._told = False


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    """Count what Home Assistant is given to add."""
    counted, add = Turns(), EntityPlatform.async_add_entities

    async def count(self: EntityPlatform, new: Iterable[Entity], *args: Any, **more: Any) -> None:
        entities = list(new)
        if self.platform_name == DOMAIN:
            counted.count(len(entities))
        await add(self, entities, *args, **more)

    monkeypatch.setattr(EntityPlatform, "async_add_entities", count)
    return counted


def missing(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return the entities that are enabled and not there."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    found = {
        state.entity_id
        for state in hass.states.async_all()
        if ATTR_RESTORED not in state.attributes
    }
    return {entity.entity_id for entity in entities if not entity.disabled} - found


async def test_set_up_and_reload(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry, turns: Turns
) -> None:
    """An observatory never seen before, and one that the registry knows."""
    await set_up(hass, entry)
    assert sum(turns.counts) == len(er.async_get(hass).entities) > 200
    assert max(turns.counts) <= IN_ONE_TURN + OF_THE_HUB
    turns.counts = [0]
    await unload(hass, entry)
    assert len(missing(hass, entry)) > 100
    assert await hass.config_entries.async_setup(entry.entry_id)
    # Nothing is waited for: all of them exist as soon as the entry is set up.
    assert missing(hass, entry) == set()
    assert sum(turns.counts) > 200
    assert max(turns.counts) <= IN_ONE_TURN + OF_THE_HUB
    await unload(hass, entry)


async def test_nina_is_started_last(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry, turns: Turns
) -> None:
    """The first reading finds the whole observatory at once."""
    await observatory.stop()
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    turns.counts = [0]
    await observatory.start()
    await entry.runtime_data.equipment.async_read()
    await until(hass, REACHABLE, "on")
    await hass.async_block_till_done()
    assert sum(turns.counts) > 150
    # *Safety* waits for no others.
    assert max(turns.counts) <= IN_ONE_TURN + 1
    assert missing(hass, entry) == set()
    await unload(hass, entry)


@pytest.mark.parametrize("early", [True, False], ids=["before", "after"])
async def test_seen_while_it_is_unloaded(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry, early: bool
) -> None:
    """A first reading around the end of the platforms adds nothing that would outlive them."""
    await observatory.stop()
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await observatory.start()
    unload_platforms, read = hass.config_entries.async_unload_platforms, Mock()
    known = set(hass.states.async_entity_ids())

    async def unload_and_read(*given: Any) -> bool:
        ends = [unload_platforms(*given), entry.runtime_data.equipment.async_read()]
        results = [await each for each in (reversed(ends) if early else ends)]
        read(entry.runtime_data.equipment.data.reachable)
        return bool(results[early])

    with patch.object(hass.config_entries, "async_unload_platforms", unload_and_read):
        await unload(hass, entry)
    read.assert_called_once_with(True)
    assert set(hass.states.async_entity_ids()) == known
    # None that was left behind keeps the next one away.
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert missing(hass, entry) == set()
    assert hass.states.get(NOT_SAFE) is not None
    await unload(hass, entry)


async def test_order_and_end(hass: HomeAssistant) -> None:
    """Entities are added in order, whichever platform they are of; those of an ended entry are not."""
    entry = MockConfigEntry()
    entry.add_to_hass(hass)
    queue, added = EntityQueue(hass, entry), []

    def first(new: Iterable[Entity], *_: object) -> None:
        added.append(("first", [*new]))

    def second(new: Iterable[Entity], *_: object) -> None:
        added.append(("second", [*new]))

    entities = [Entity() for _ in range(3 * IN_ONE_TURN)]
    queue.async_add(first, entities[:5])  # type: ignore[arg-type]
    queue.async_add(second, entities[5:10])  # type: ignore[arg-type]
    assert [name for name, _ in added] == ["first", "second"]
    queue.async_add(first, entities[10:])  # type: ignore[arg-type]
    assert sum(len(new) for _, new in added) == IN_ONE_TURN
    await queue.async_done()
    assert [entity for _, new in added for entity in new] == entities
    assert [len(new) for _, new in added] == [5, 5, IN_ONE_TURN - 10, IN_ONE_TURN, IN_ONE_TURN]
    # The next ones are added at once.
    queue.async_add(first, entities[:2])  # type: ignore[arg-type]
    assert added[-1] == ("first", entities[:2])

    queue.async_add(second, entities)  # type: ignore[arg-type]
    await queue.async_close()
    # A reading that was under way shows more.
    queue.async_add(first, entities[:2])  # type: ignore[arg-type]
    await entry._async_process_on_unload(hass)
    await queue.async_done()
    assert sum(len(new) for _, new in added) == len(entities) + 2 + IN_ONE_TURN - 2


async def test_made_in_turn(hass: HomeAssistant) -> None:
    """Thousands of entities are made as they are added, and those of an ended entry never."""
    entry, made = MockConfigEntry(), 0
    entry.add_to_hass(hass)
    queue = EntityQueue(hass, entry)

    def entities() -> Iterator[Entity]:
        nonlocal made
        while True:
            made += 1
            yield Entity()

    queue.async_add(Mock(), entities())
    assert made == IN_ONE_TURN
    await asyncio.sleep(0)
    assert made == 2 * IN_ONE_TURN
    await queue.async_close()
    assert made == 2 * IN_ONE_TURN
