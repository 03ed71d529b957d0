"""A rig of recorded equipment, set up in Home Assistant, and what it shows there."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from homeassistant.components.homeassistant import (
    DOMAIN as HOMEASSISTANT_DOMAIN,
    SERVICE_UPDATE_ENTITY,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    ATTR_ENTITY_ID,
    ATTR_FRIENDLY_NAME,
    CONF_HOST,
    CONF_PORT,
    STATE_UNAVAILABLE,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import Role
from custom_components.nina_observatory.const import CONF_SCHEDULER_PORT, DOMAIN

from .blocks import Blocks, connected
from .conftest import set_up, unload
from .defaults import AS_BY_DEFAULT
from .recorded import RecordedObservatory
from .waiting import eventually

type Table = dict[str, dict[str, Any]]


@dataclass
class Rig:
    """A rig that is set up."""

    hass: HomeAssistant
    server: RecordedObservatory
    entry: MockConfigEntry

    @property
    def blocks(self) -> Blocks:
        """Return the equipment, to be changed before a poll."""
        return self.server.blocks

    async def poll_until(self, condition: Callable[[], object]) -> None:
        """Ask for a new reading as a user would, and wait until a condition holds."""
        await async_setup_component(self.hass, HOMEASSISTANT_DOMAIN, {})
        await self.hass.services.async_call(
            HOMEASSISTANT_DOMAIN,
            SERVICE_UPDATE_ENTITY,
            {ATTR_ENTITY_ID: self.get("binary_sensor", "hub_reachable").entity_id},
            blocking=True,
        )
        await eventually(condition)

    async def show(self, key: str, change: Mapping[str, Any]) -> None:
        """Have one device differ from the recorded equipment, and nothing else, and have it read."""
        self.server.blocks = connected()
        self.blocks[key] |= change
        await self.entry.runtime_data.equipment.async_read()

    def find(self, platform: str, unique: str) -> State | None:
        """Return the state of an entity by platform and the end of its unique id."""
        registry = er.async_get(self.hass)
        identity = f"{self.entry.entry_id}_{unique}"
        entity_id = registry.async_get_entity_id(platform, DOMAIN, identity)
        return None if entity_id is None else self.hass.states.get(entity_id)

    def get(self, platform: str, unique: str) -> State:
        """Return the state of an entity that has to exist."""
        state = self.find(platform, unique)
        assert state is not None, f"there is no {platform} {unique}"
        return state

    def sensor(self, unique: str) -> str:
        """Return the state of a sensor."""
        return self.get("sensor", unique).state

    def binary(self, unique: str) -> str:
        """Return the state of a binary sensor."""
        return self.get("binary_sensor", unique).state

    def states(self, platform: str | None = None) -> dict[str, State]:
        """Return the states of the rig by entity id."""
        entities = er.async_entries_for_config_entry(er.async_get(self.hass), self.entry.entry_id)
        found = {
            entity.entity_id: self.hass.states.get(entity.entity_id)
            for entity in entities
            if platform in (None, entity.domain)
        }
        return {entity_id: state for entity_id, state in found.items() if state is not None}

    def unique_id(self, entity_id: str) -> str:
        """Return the unique id of an entity without that of the entry."""
        entity = er.async_get(self.hass).async_get(entity_id)
        assert entity is not None
        return entity.unique_id.removeprefix(f"{self.entry.entry_id}_")

    def equipment(self, platform: str) -> list[str]:
        """Return the entities of a platform that belong to equipment, not to the hub."""
        entities = er.async_entries_for_config_entry(er.async_get(self.hass), self.entry.entry_id)
        return sorted(
            entity.entity_id
            for entity in entities
            if entity.domain == platform
            and not self.unique_id(entity.entity_id).startswith(f"{Role.HUB}_")
        )

    def registered(self, platform: str) -> dict[str, str]:
        """Return what the registry keeps of the equipment on a platform, a line for each.

        Plain texts, because the registry itself differs between releases of Home Assistant.
        """
        return {entity_id: self._line(entity_id) for entity_id in self.equipment(platform)}

    def _line(self, entity_id: str) -> str:
        """Return what the registry keeps of an entity."""
        entity = er.async_get(self.hass).async_get(entity_id)
        assert entity is not None
        parts = (
            self.unique_id(entity_id),
            entity.original_name,
            entity.original_device_class,
            entity.unit_of_measurement,
            entity.entity_category,
        )
        return ", ".join(str(part) for part in parts if part is not None)

    def shown(self, platform: str) -> Table:
        """Return states and attributes of the equipment on a platform."""
        return {
            entity_id: {
                "state": state.state,
                **{
                    str(key): _plain(value)
                    for key, value in sorted(state.attributes.items())
                    if key != ATTR_FRIENDLY_NAME
                },
            }
            for entity_id in self.equipment(platform)
            if (state := self.hass.states.get(entity_id)) is not None
        }

    async def close_nina(self) -> None:
        """Close N.I.N.A. and wait until that was noticed."""
        await self.server.close()
        await self.poll_until(lambda: self.binary("hub_reachable") == "off")


@asynccontextmanager
async def recorded_rig(
    hass: HomeAssistant,
    blocks: Blocks,
    answers: Mapping[str, Any] | None = None,
    *,
    enabled: bool = True,
    version: str = "2.2.15.0",
    title: str = "Observatory",
    scheduler_port: int | None = None,
) -> AsyncIterator[Rig]:
    """Serve the blocks, and set up an entry for them, with everything `enabled` or as by default."""
    with patch.object(Entity, "entity_registry_enabled_default", enabled or AS_BY_DEFAULT):
        async with RecordedObservatory(blocks, answers, version) as server:
            rig = Rig(hass, server, _entry(server, title, scheduler_port))
            await set_up(hass, rig.entry)
            data = rig.entry.runtime_data
            await eventually(lambda: data.settings.data.reachable and data.sequence.data.reachable)
            await eventually(lambda: data.frames.data.known)
            await hass.async_block_till_done(wait_background_tasks=False)
            yield rig
            await unload(hass, rig.entry)


def _entry(server: RecordedObservatory, title: str, scheduler_port: int | None) -> MockConfigEntry:
    """Return an entry for a server."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=title,
        data={
            CONF_HOST: "127.0.0.1",
            CONF_PORT: server.port,
            CONF_SCHEDULER_PORT: scheduler_port,
        },
    )


async def reload(rig: Rig) -> None:
    """Unload the entry and set it up again, as after a restart of Home Assistant."""
    await unload(rig.hass, rig.entry)
    assert rig.entry.state is ConfigEntryState.NOT_LOADED
    assert await rig.hass.config_entries.async_setup(rig.entry.entry_id)
    await rig.hass.async_block_till_done(wait_background_tasks=False)


def unavailable(state: State | None) -> bool:
    """Return whether an entity exists and is unavailable."""
    return state is not None and state.state == STATE_UNAVAILABLE


def _plain(value: object) -> object:
    """Return a member of an enumeration as its text."""
    return str(value) if isinstance(value, str) else value
