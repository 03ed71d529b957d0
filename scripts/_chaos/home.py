"""The Home Assistant of the fault matrix, and entries for simulated observatories in it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, Final

from homeassistant import bootstrap, loader
from homeassistant.auth import auth_manager_from_config
from homeassistant.config_entries import ConfigEntries, ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

# Imported before Home Assistant looks for custom integrations: it finds this one.
from custom_components.nina_observatory.const import CONF_SCHEDULER_PORT, DOMAIN
from custom_components.nina_observatory.runtime import NinaConfigEntry, NinaRuntimeData
from simulator import Observatory
from simulator.habits import MountHabits, RoofHabits

from .ledger import OpenLedger
from .pace import SPEED, hasten_runner, scaled

_ADDRESS: Final = "127.0.0.1"
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
async def home(configuration: str | None = None) -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant that listens on no port, with a folder of its own unless one is given."""
    with TemporaryDirectory(prefix="chaos-") as folder:
        hass = HomeAssistant(configuration or folder)
        loader.async_setup(hass)
        hass.config.skip_pip = True
        hass.config_entries = ConfigEntries(hass, {})
        if not await bootstrap.async_load_base_functionality(hass):
            raise RuntimeError("Home Assistant does not start")
        hass.auth = await auth_manager_from_config(hass, [], [])
        hass.config.media_dirs = {"local": hass.config.path("media")}
        for component in ("homeassistant", "persistent_notification"):
            if not await async_setup_component(hass, component, {}):
                raise RuntimeError(f"{component} does not start")
        hass.set_state(CoreState.running)
        try:
            yield hass
        finally:
            await hass.async_stop(force=True)


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
        entry = _entry(observatory, options)
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


def _entry(observatory: Observatory, options: Mapping[str, Any]) -> NinaConfigEntry:
    """Return an entry for an observatory."""
    data = {
        "host": _ADDRESS,
        "port": observatory.port,
        CONF_SCHEDULER_PORT: observatory.scheduler_port,
    }
    return ConfigEntry(
        data=data,
        discovery_keys=MappingProxyType({}),
        domain=DOMAIN,
        minor_version=1,
        options=options,
        source="user",
        subentries_data=None,
        title="Observatory",
        unique_id=None,
        version=1,
    )


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
