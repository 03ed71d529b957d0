"""N.I.N.A. Observatory: integrate an observatory run by N.I.N.A. into Home Assistant."""

import asyncio
from contextlib import suppress
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .actions.form import FORMS, async_forget_choices
from .actions.register import async_setup_services
from .api import NinaClient, Role
from .const import CONF_READ_ONLY, CONTROLS, DOMAIN
from .control.movements import Movements
from .entities.picture_views import FrameView, LinkView
from .errors import EndedError
from .events.bus import async_forget_bus
from .events.reconciler_store import async_forget_account
from .helpers.command_session import async_command_session
from .helpers.dashboard import (
    async_offer_dashboard,
    async_serve_dashboard,
    async_withdraw_dashboard,
)
from .helpers.devices import (
    HubPart,
    async_create_hub,
    async_create_parts,
    async_create_scheduler,
    async_remove_scheduler,
    device_identifier,
    known_roles,
    unique_id,
)
from .night.facts.facts import async_forget_facts
from .night.keeper import night_store
from .night.watch import ACKNOWLEDGE_KEY, WATCH_KEY, wants_watch, watch_store
from .procedures.plan_request import async_plan_daily
from .readings.coordinator import NinaCoordinator
from .readings.device_keeper import DeviceKeeper
from .readings.integration_totals import totals_store
from .readings.sky import sky_store
from .roof.alarm import async_forget_roof
from .roof.guard import GUARD_KEY, guard_store
from .roof.shared import async_check_shared_mounts, async_handle_removal
from .runtime import NinaConfigEntry, build
from .upkeep.address.migration import async_migrate
from .upkeep.address.moved import async_forget_move, async_watch_move
from .upkeep.address.page import page_of
from .upkeep.names import async_watch_names
from .upkeep.upkeep import async_forget_upkeep
from .voice import async_setup_voice

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

# Seconds that setup waits for the first answers. Until then all entities are unavailable after a
# reload; without them *Safety* is on.
FIRST_ANSWERS = 0.6


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register actions, picture views, the dashboard, and sentences for voice assistants."""
    async_setup_services(hass)
    hass.http.register_view(FrameView(hass))
    hass.http.register_view(LinkView(hass))
    await async_serve_dashboard(hass)
    async_watch_names(hass)
    await async_setup_voice(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: NinaConfigEntry) -> bool:
    """Set up one observatory; a closed N.I.N.A. is normal and does not fail the setup."""
    async_offer_dashboard(hass)
    host, port = entry.data[CONF_HOST], entry.data[CONF_PORT]
    client = NinaClient(
        async_get_clientsession(hass),
        host,
        port,
        commands=async_command_session(hass, entry),
        likely_zone=dt_util.get_default_time_zone,
    )
    entry.runtime_data = data = build(hass, entry, client)

    await asyncio.gather(
        data.roof_alarm.async_load(),
        data.runner.movements.async_load(),
        data.listener.store.async_load(),
        data.nights.async_load(),
        hass.data[FORMS].async_load(entry.entry_id),
        data.sky.async_load(),
        data.totals.async_load(),
        data.facts.async_load(),
        data.upkeep.async_load(),
    )
    renamed = async_create_hub(hass, entry, page_of(hass, entry))
    async_create_parts(hass, entry)
    if data.scheduler is None:
        async_remove_scheduler(hass, entry)
    else:
        async_create_scheduler(hass, entry)
    keeper = DeviceKeeper(hass, entry, data.equipment)
    if renamed:
        keeper.async_rename()
    entry.async_on_unload(data.equipment.async_add_listener(keeper.async_update))
    await _async_read_first(hass, entry)

    data.roof_alarm.async_start()
    if entry.options.get(CONF_READ_ONLY):
        _remove_controls(hass, entry)
    await _async_restore_protection(hass, entry)
    for part in (data.problems, data.sky, data.tonight, data.totals):
        part.async_start()
    await hass.config_entries.async_forward_entry_setups(entry, data.platforms)
    await data.entities.async_done()
    async_plan_daily(hass, entry)
    data.targets.async_start()
    async_watch_move(hass, entry, data.equipment)
    async_check_shared_mounts(hass, entry)
    hass.data[FORMS].async_follow(entry)
    if data.guard is not None:
        data.guard.async_start()
    if data.watch is not None:
        data.watch.async_start()
    for follower in (data.nights, data.facts, data.upkeep):
        follower.async_start()
    entry.async_create_background_task(
        hass, data.listener.async_run(), f"{entry.title} event stream"
    )
    return True


async def _async_restore_protection(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Restore roof guard and night watch; remove what is left of one that is turned off."""
    data = entry.runtime_data
    if data.guard is None:
        await _async_remove_guard(hass, entry)
    else:
        await data.guard.async_restore()
    if data.watch is None:
        await _async_remove_watch(hass, entry)
    else:
        await data.watch.async_restore()


async def _async_read_first(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Start reading and wait briefly for the equipment, which decides whether it is safe.

    *Safety* and all entities in the registry have to exist even if N.I.N.A. does not answer.
    """

    async def read(coordinator: NinaCoordinator[Any]) -> None:
        with suppress(EndedError):
            await coordinator.async_read()

    data, known = entry.runtime_data, asyncio.Event()
    decisive = known_roles(hass, entry) & {Role.SAFETY_MONITOR, Role.DOME}

    @callback
    def shown() -> None:
        """End the wait; the pieces of a slow server may not have what decides yet."""
        if decisive <= data.equipment.data.read_at.keys():
            known.set()

    # Identifying the server takes longer than the equipment, which is shown before that.
    unsubscribe = data.equipment.async_add_listener(shown)
    coordinators: list[NinaCoordinator[Any]] = [data.equipment]
    if data.scheduler is not None:
        coordinators.append(data.scheduler)
    equipment, *_ = [
        entry.async_create_background_task(hass, read(each), f"{each.name} first reading")
        for each in coordinators
    ]
    equipment.add_done_callback(lambda _: known.set())
    with suppress(TimeoutError):
        async with asyncio.timeout(FIRST_ANSWERS):
            await known.wait()
    unsubscribe()


async def async_migrate_entry(hass: HomeAssistant, entry: NinaConfigEntry) -> bool:
    """Migrate an entry of an earlier version."""
    return await async_migrate(hass, entry)


async def async_unload_entry(hass: HomeAssistant, entry: NinaConfigEntry) -> bool:
    """Unload an entry, which closes everything it opened."""
    data = entry.runtime_data
    await data.entities.async_close()
    if data.watch is not None and not wants_watch(entry):
        # Sirens that wait for its end get it.
        data.watch.async_disarm()
    unloaded = await hass.config_entries.async_unload_platforms(entry, data.platforms)
    data.frames.followers.async_flush()
    await data.nights.async_end()
    await data.sky.async_end()
    await data.totals.async_end()
    await data.facts.async_end()
    if data.guard is not None:
        await data.guard.async_save()
    if data.watch is not None:
        await data.watch.async_save()
    await data.roof_alarm.async_save()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Remove what outlives an entry."""
    async_withdraw_dashboard(hass)
    async_forget_move(hass, entry.entry_id)
    await async_forget_roof(hass, entry)
    async_handle_removal(hass, entry)
    await night_store(hass, entry).async_remove()
    await sky_store(hass, entry).async_remove()
    await totals_store(hass, entry).async_remove()
    await async_forget_facts(hass, entry.entry_id)
    async_forget_bus(hass, entry.entry_id)
    await async_forget_account(hass, entry.entry_id)
    await guard_store(hass, entry).async_remove()
    await watch_store(hass, entry).async_remove()
    await Movements(hass, entry.entry_id).store.async_remove()
    await async_forget_choices(hass, entry.entry_id)
    await async_forget_upkeep(hass, entry.entry_id)


async def _async_remove_guard(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Remove the stored state of an earlier roof guard; the next one starts armed."""
    await guard_store(hass, entry).async_remove()
    registry = er.async_get(hass)
    for platform in (Platform.SENSOR, Platform.SWITCH):
        identity = unique_id(entry, Role.DOME, GUARD_KEY)
        if entity_id := registry.async_get_entity_id(platform, DOMAIN, identity):
            registry.async_remove(entity_id)


async def _async_remove_watch(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Remove entities and stored state of an earlier night watch; the next one starts disarmed."""
    await watch_store(hass, entry).async_remove()
    registry = er.async_get(hass)
    for platform, key in (
        (Platform.ALARM_CONTROL_PANEL, WATCH_KEY),
        (Platform.BUTTON, ACKNOWLEDGE_KEY),
    ):
        identity = unique_id(entry, Role.HUB, key)
        if entity_id := registry.async_get_entity_id(platform, DOMAIN, identity):
            registry.async_remove(entity_id)


def _remove_controls(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Remove the entities that send commands; Home Assistant keeps their settings for a while."""
    registry, stays = er.async_get(hass), unique_id(entry, Role.HUB, ACKNOWLEDGE_KEY)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.domain in CONTROLS and entity.unique_id != stays:
            registry.async_remove(entity.entity_id)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: NinaConfigEntry, device: DeviceEntry
) -> bool:
    """Let the user delete equipment that is no longer reported."""
    in_use: set[str] = {Role.HUB, *HubPart}
    # While the entry is unloaded no equipment is reported.
    if entry.state is ConfigEntryState.LOADED:
        equipment = entry.runtime_data.equipment.data.equipment
        in_use |= {role for role, reported in equipment.devices() if reported.connected}
        if entry.runtime_data.scheduler is not None:
            in_use.add(Role.SCHEDULER)
    return not any(device_identifier(entry, role) in device.identifiers for role in in_use)
