"""The Home Assistant of the benchmark with one observatory, which any version can be measured in.

It knows of the integration what users know: its entities and its event on the bus.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
import json
import random
import sys
from time import monotonic
from typing import Any, Final, Protocol
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component

from scripts._demo.ports import next_free
from scripts._home import entry_for, home
from scripts._soak.remote import RemoteObservatory
from simulator.sky import Site as Place
from tests.clock import TurningLoop

from .observatory import Site

DOMAIN: Final = "nina_observatory"
EVENT: Final = f"{DOMAIN}_event"
NOT_SAFE: Final = ("binary_sensor", "hub_not_safe")
# Below the ports that the system gives to outgoing connections.
_PORTS: Final = (15_000, 30_000)
_LONGEST_LINE: Final = 2**26
# Seconds in which an observatory serves, and in which a client has read everything.
_SERVES_WITHIN: Final = 60.0
_SETTLES_WITHIN: Final = 90.0
# For so many seconds a client that has settled asks for nothing.
_QUIET: Final = 2.0
_LOOK: Final = 0.02


class NotMeasurableError(Exception):
    """The integration has nothing that could be measured."""


class Remote(Protocol):
    """An observatory that commands are given to."""

    port: int
    scheduler_port: int

    async def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Carry out a command."""


class _Local:
    """An observatory in this process."""

    def __init__(self, site: Site, port: int, scheduler_port: int) -> None:
        """Keep it with its ports."""
        self.port, self.scheduler_port, self.ask = port, scheduler_port, site.ask


@asynccontextmanager
async def observatory(scenario: str, **options: Any) -> AsyncIterator[Remote]:
    """Run an observatory in a process of its own; where the clock is turned, in this one."""
    taken: set[int] = set()
    port, scheduler_port = (next_free(random.randint(*_PORTS), taken) for _ in range(2))
    options |= {"scenario": scenario, "port": port, "scheduler_port": scheduler_port}
    if isinstance(asyncio.get_running_loop(), TurningLoop):
        async with Site(**options) as site:
            yield _Local(site, port, scheduler_port)
        return
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scripts._bench.observatory", json.dumps(options)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    remote = RemoteObservatory(process, port, scheduler_port)
    try:
        async with asyncio.timeout(_SERVES_WITHIN):
            await remote.ask("status")
        yield remote
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


@dataclass
class House:
    """A Home Assistant with an entry for an observatory."""

    hass: HomeAssistant
    site: Remote
    entry: ConfigEntry

    def entity(self, platform: str, unique: str) -> str:
        """Return the id of an entity; raises NotMeasurableError where there is none."""
        identity = f"{self.entry.entry_id}_{unique}"
        found = er.async_get(self.hass).async_get_entity_id(platform, DOMAIN, identity)
        if found is None:
            raise NotMeasurableError(f"it has no {platform} {unique}")
        return found

    def state(self, platform: str, unique: str) -> str | None:
        """Return the state of an entity, None while it has none."""
        state = self.hass.states.get(self.entity(platform, unique))
        return None if state is None else state.state

    def entities(self) -> set[str]:
        """Return the ids of all entities of the entry."""
        registry = er.async_get(self.hass)
        found = er.async_entries_for_config_entry(registry, self.entry.entry_id)
        return {each.entity_id for each in found}

    def available(self) -> set[str]:
        """Return the ids of the entities that are available."""
        states = map(self.hass.states.get, self.entities())
        return {
            each.entity_id
            for each in states
            if each is not None and each.state != STATE_UNAVAILABLE
        }

    async def set_up(self) -> None:
        """Set the entry up."""
        await self.hass.config_entries.async_add(self.entry)
        self.check()

    async def reload(self) -> None:
        """Set the entry up again."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        self.check()

    def check(self) -> None:
        """Raise RuntimeError unless the entry is loaded."""
        if self.entry.state is not ConfigEntryState.LOADED:
            raise RuntimeError(f"the entry is {self.entry.state}: {self.entry.reason}")

    async def settled(self) -> None:
        """Wait until events are followed and everything has been read."""
        before = None
        async with asyncio.timeout(_SETTLES_WITHIN):
            while True:
                now = await self.site.ask("status")
                asked = now["requests"] + now["scheduler"]
                if now["sockets"] and not now["pending"] and asked == before:
                    return
                before = asked
                await asyncio.sleep(_QUIET)

    async def until(self, condition: Callable[[], object], within: float = 60.0) -> float:
        """Wait until something is so and return that moment; raises TimeoutError."""
        async with asyncio.timeout(within):
            while not condition():
                await asyncio.sleep(_LOOK)
        return monotonic()

    @contextmanager
    def heard(self) -> Iterator[list[tuple[float, dict[str, Any]]]]:
        """Keep the events on the bus, each with the moment at which it came."""
        events: list[tuple[float, dict[str, Any]]] = []

        @callback
        def hear(event: Event[dict[str, Any]]) -> None:
            events.append((monotonic(), event.data))

        forget = self.hass.bus.async_listen(EVENT, hear)
        try:
            yield events
        finally:
            forget()


@asynccontextmanager
async def house(
    site: Remote, *, scheduler: bool = False, complete: bool = False
) -> AsyncIterator[House]:
    """Run a Home Assistant with an entry that is not set up yet.

    If it is `complete`, no entity is disabled by default.
    """
    enabled = patch.object(Entity, "entity_registry_enabled_default", True)
    async with home() as hass:
        # A sun that rises or sets would change a state.
        night = Place.where_it_is_night(datetime.now(UTC))
        await hass.config.async_update(latitude=night.latitude, longitude=night.longitude)
        for platform in Platform:
            # Those of other integrations have long been loaded.
            await async_setup_component(hass, platform, {})
        with enabled if complete else nullcontext():
            entry = entry_for(site.port, site.scheduler_port if scheduler else None)
            yield House(hass, site, entry)


@asynccontextmanager
async def settled_house(
    scenario: str, *, complete: bool = False, **options: Any
) -> AsyncIterator[House]:
    """Run an observatory, and a Home Assistant that has read everything there is to read at first."""
    async with observatory(scenario, **options) as site:
        scheduler = options.get("projects") is not None
        async with house(site, scheduler=scheduler, complete=complete) as made:
            await made.set_up()
            await made.settled()
            yield made


def is_turned() -> bool:
    """Return whether time passes by the clock that is turned."""
    return isinstance(asyncio.get_running_loop(), TurningLoop)
