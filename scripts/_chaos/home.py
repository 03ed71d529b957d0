"""The entries of the fault matrix for simulated observatories, set up in Home Assistant."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.runtime import NinaConfigEntry, NinaRuntimeData
from scripts._home import entry_for
from simulator import Observatory
from simulator.habits import MountHabits, RoofHabits

from .ledger import OpenLedger
from .pace import SPEED, hasten_runner, scaled

_READY: Final = 30.0
# As long as usual by the pace of the limits, not by that of the simulator: 20 s.
ROOF_HABITS: Final = RoofHabits(open_seconds=scaled(20) * SPEED, close_seconds=scaled(20) * SPEED)
MOUNT_HABITS: Final = MountHabits(park_seconds=scaled(20) * SPEED)


class SkippedError(HomeAssistantError):
    """An entity is unavailable: Home Assistant passes it over in silence."""


@dataclass(frozen=True)
class Rig:
    """An observatory and its entry, which is set up."""

    hass: HomeAssistant
    observatory: Observatory
    entry: NinaConfigEntry
    ledger: OpenLedger

    @property
    def data(self) -> NinaRuntimeData:
        """Return what the entry keeps."""
        return self.entry.runtime_data

    def entity(self, platform: str, unique: str) -> str | None:
        """Return the id of an entity by platform and end of its unique id, None without one."""
        identity = f"{self.entry.entry_id}_{unique}"
        return er.async_get(self.hass).async_get_entity_id(platform, DOMAIN, identity)

    def state(self, platform: str, unique: str) -> str | None:
        """Return the state of an entity, None if it does not exist."""
        entity_id = self.entity(platform, unique)
        state = self.hass.states.get(entity_id) if entity_id is not None else None
        return None if state is None else state.state

    async def act(self, action: str, **data: Any) -> Any:
        """Carry out an action as a user does, and return once it is done."""
        domain, service = action.split(".")
        return await self.hass.services.async_call(domain, service, data, blocking=True)

    async def control(self, platform: str, unique: str, service: str) -> None:
        """Use a control of the rig; raises SkippedError where it is unavailable."""
        if self.state(platform, unique) in (None, STATE_UNAVAILABLE):
            raise SkippedError(f"{platform} {unique} is unavailable")
        await self.act(f"{platform}.{service}", entity_id=self.entity(platform, unique))


@asynccontextmanager
async def rig(
    hass: HomeAssistant,
    version: str,
    prepare: Callable[[Observatory], None],
    options: Mapping[str, Any],
    *,
    scheduler: bool = False,
) -> AsyncIterator[Rig]:
    """Run an observatory that was prepared, with a Target Scheduler or not, and set up its entry."""
    observatory = Observatory(
        port=0,
        scheduler_port=0 if scheduler else None,
        speed=SPEED,
        version=version,
        scenario="idle",
        roof=ROOF_HABITS,
        mount=MOUNT_HABITS,
    )
    observatory.transport.ledger = ledger = OpenLedger()
    async with observatory:
        prepare(observatory)
        for device in observatory.devices:
            device.refresh()
        entry = entry_for(observatory.port, observatory.scheduler_port, options)
        # Commands are given with controls that are off by default, too.
        with patch.object(Entity, "entity_registry_enabled_default", new=True):
            await hass.config_entries.async_add(entry)
        try:
            if entry.state is not ConfigEntryState.LOADED:
                raise RuntimeError(f"the entry is not loaded: {entry.reason}")
            hasten_runner(entry.runtime_data.runner.pace)
            await _ready(entry)
            yield Rig(hass, observatory, entry, ledger)
        finally:
            # What hangs on purpose would keep the entry from being removed at once.
            await observatory.faults.clear()
            await hass.config_entries.async_remove(entry.entry_id)


async def _ready(entry: NinaConfigEntry) -> None:
    """Wait until the event stream is up and what can be chosen is known."""
    data = entry.runtime_data
    async with asyncio.timeout(_READY):
        while not (
            data.listener.connected
            and data.listener.caught_up
            and data.catalog.data.reachable
            and data.sequence.data.reachable
        ):
            await asyncio.sleep(0.01)
