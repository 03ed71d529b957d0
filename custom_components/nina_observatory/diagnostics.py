"""Diagnostics: data for maintainers without anything private."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .api import Frame, ImageType, NinaError, beyond_bounds, plain
from .const import (
    CONF_DAILY_PLAN,
    CONF_KEPT_NIGHTS,
    CONF_MOUNT_INTERLOCK,
    CONF_NIGHT_WATCH,
    CONF_NIGHT_WATCH_DELAY,
    CONF_READ_ONLY,
    CONF_ROOF_GUARD,
    CONF_ROOF_GUARD_MINUTES,
    CONF_ROOF_GUARD_RAIN,
    CONF_ROOF_GUARD_STOP,
    CONF_ROOF_INTERLOCK,
    CONF_SCHEDULER_PORT,
    CONF_SECURE_PARK_LIMIT,
    CONF_SECURE_ROOF_LIMIT,
    CONF_SECURE_STEPS,
    CONF_SECURE_UNPARKED,
    CONF_SHARED_MOUNTS,
    CONF_START_UP_SEQUENCE,
    CONF_START_UP_TEMPERATURE,
)
from .control.commands import KEYS
from .helpers.publishing import makers, publish_keys, publish_model, publish_own
from .readings.coordinator import NinaCoordinator
from .readings.target_scheduler import SchedulerCoordinator
from .roof.guard_sources import MONITOR, WEATHER
from .runtime import NinaConfigEntry, NinaRuntimeData

# Options whose values are choices, switches or numbers; all others are names chosen by the user.
CHOSEN: Final = frozenset(
    {
        *(CONF_ROOF_INTERLOCK, CONF_MOUNT_INTERLOCK, CONF_DAILY_PLAN, CONF_READ_ONLY),
        *(CONF_KEPT_NIGHTS, CONF_NIGHT_WATCH, CONF_NIGHT_WATCH_DELAY),
        *(CONF_ROOF_GUARD, CONF_ROOF_GUARD_MINUTES, CONF_ROOF_GUARD_STOP),
        *(CONF_SECURE_STEPS, CONF_SECURE_UNPARKED, CONF_SECURE_PARK_LIMIT),
        *(CONF_SECURE_ROOF_LIMIT, CONF_START_UP_TEMPERATURE, CONF_PORT, CONF_SCHEDULER_PORT),
    }
)
NAMED: Final = frozenset(
    {CONF_HOST, CONF_SHARED_MOUNTS, CONF_ROOF_GUARD_RAIN, CONF_START_UP_SEQUENCE}
)


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: NinaConfigEntry
) -> dict[str, object]:
    """Return the diagnostics of an entry: an allowlist of values known to be harmless."""
    data = entry.runtime_data
    own = {
        "entry": {
            "version": f"{entry.version}.{entry.minor_version}",
            "data": _settings(entry.data),
            "options": _settings(entry.options),
        },
        "server": _server(data),
        "polls": {part: _polling(each) for part, each in _coordinators(data).items()},
        "event_stream": {
            "connected": data.listener.connected,
            **plain(data.listener.stream.counters),
            **plain(data.listener.reconciler.counters),
            "recent": [event.type for event in data.listener.recent],
        },
        "beyond_bounds": dict(beyond_bounds),
        "movements": _movements(data),
        "safety": {"reason": data.safety.reason, "age": data.safety.age},
        "roof_guard": _guard(data, entry),
        "night_watch": None if data.watch is None else data.watch.as_data(),
        "pictures": data.frames.pictures.counts,
        "gallery": data.facts.gallery.counts,
        "sequence": _sequence(data),
        "scheduler": _scheduler(data),
        "entities": _entities(hass, entry),
    }
    return {
        **publish_own(own),
        "equipment": _equipment(data),
        "details": publish_model(data.settings.data),
        "frames": _frames(data.frames.data.frames),
        "undecoded_keys": await _async_undecoded_keys(data),
    }


def _settings(settings: Mapping[str, object]) -> dict[str, object]:
    """Return settings without names; settings of older releases are only counted."""
    shown = {key: value for key, value in settings.items() if key in CHOSEN}
    named = {
        key: [REDACTED] * len(value) if isinstance(value, list | tuple) else value and REDACTED
        for key, value in settings.items()
        if key in NAMED
    }
    return {**shown, **named, "others": len(settings.keys() - CHOSEN - NAMED)}


def _equipment(data: NinaRuntimeData) -> dict[str, object]:
    """Return the devices, with the words of their names that identify the driver."""
    equipment = data.equipment.data.equipment
    found: dict[str, object] = publish_model(equipment)
    named = {
        role.value: {**publish_model(device), "makers": makers(device)}
        for role, device in equipment.devices()
    }
    return found | named


def _movements(data: NinaRuntimeData) -> dict[str, list[object]]:
    """Return driver habits by movement; the keys they are stored under have serial numbers."""
    found: dict[str, list[object]] = {key.value: [] for key in KEYS}
    for key, habit in data.runner.movements.as_data().items():
        found.setdefault(key.partition(":")[0], []).append(habit)
    return {movement: found[movement] for movement in KEYS if found[movement]}


def _guard(data: NinaRuntimeData, entry: NinaConfigEntry) -> dict[str, object] | None:
    """Return the state of the guard, with numbers for the rain sensors of Home Assistant."""
    if data.guard is None:
        return None
    sensors = entry.options.get(CONF_ROOF_GUARD_RAIN) or ()
    names = {sensor: f"rain_sensor_{number}" for number, sensor in enumerate(sensors, 1)}
    names |= {MONITOR: MONITOR, WEATHER: WEATHER}
    found = data.guard.as_data()
    held = sorted(names.get(each, "other") for each in found["held"])
    unknown = {names.get(each, "other"): since for each, since in found["unknown"].items()}
    return {**found, "held": dict.fromkeys(held, True), "unknown": unknown}


def _server(data: NinaRuntimeData) -> dict[str, object]:
    """Return the versions and capabilities of the server."""
    server, plugin = data.equipment.data.server, data.client.plugin
    return {
        "reachable": data.equipment.data.reachable,
        "plugin_version": None if server is None else str(server.plugin_version),
        "nina_version": None if server is None else server.nina_version,
        "started_at": None if server is None else server.started_at,
        "dialect": str(plugin.version),
        "has_bundle": plugin.has_bundle,
        "names_enums": plugin.names_enums,
        "streams_pictures": plugin.streams_pictures,
    }


def _coordinators(data: NinaRuntimeData) -> dict[str, NinaCoordinator[Any]]:
    """Return all coordinators by name."""
    own: dict[str, NinaCoordinator[Any]] = {
        "equipment": data.equipment,
        "sequence": data.sequence,
        "frames": data.frames,
        "details": data.settings,
        "choices": data.catalog,
    }
    return own if data.scheduler is None else {**own, "Target Scheduler": data.scheduler}


def _polling(coordinator: NinaCoordinator[Any]) -> dict[str, object]:
    """Return how often a coordinator polls, and whether it succeeds."""
    every = coordinator.update_interval
    return {
        "count": coordinator.polls,
        "every_seconds": None if every is None else every.total_seconds(),
        "succeeded": coordinator.last_update_success,
    }


def _frames(frames: tuple[Frame, ...]) -> dict[str, object]:
    """Return counts of frames and the newest frame."""
    return {
        "count": len(frames),
        "by_type": Counter(_kind(frame) for frame in frames),
        "newest": publish_model(frames[-1]) if frames else None,
    }


def _kind(frame: Frame) -> str:
    return frame.image_type.value if isinstance(frame.image_type, ImageType) else "unknown"


def _sequence(data: NinaRuntimeData) -> dict[str, object]:
    """Return the state of the sequencer; its tree is full of names and paths."""
    reading = data.sequence.data
    roots = () if reading.tree is None else reading.tree.roots
    return {
        "reachable": reading.reachable,
        "state": reading.state,
        "exposures": plain(reading.exposures),
        "nodes": sum(1 for root in roots for _ in root.walk()),
    }


def _scheduler(data: NinaRuntimeData) -> dict[str, object] | None:
    """Return the state of the Target Scheduler, without the names of targets."""
    if data.scheduler is None:
        return None
    plan = data.scheduler.data
    return {
        "reachable": plan.reachable,
        "version": plan.version,
        "projects": len(plan.projects),
        "projects_by_state": plan.by_state,
        "targets": sum(len(project.targets) for project in plan.projects),
        "planned": None if plan.preview is None else len(plan.preview),
    }


def _entities(hass: HomeAssistant, entry: NinaConfigEntry) -> dict[str, dict[str, int]]:
    """Return the number of entities, and of their states, by platform."""
    registry = er.async_get(hass)
    found: dict[str, Counter[str]] = {}
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        state = hass.states.get(entity.entity_id)
        shown = "disabled" if entity.disabled else "missing" if state is None else state.state
        known = shown if shown in ("disabled", "missing", "unavailable", "unknown") else "known"
        found.setdefault(entity.domain, Counter())[known] += 1
    return {platform: dict(counts) for platform, counts in sorted(found.items())}


async def _async_undecoded_keys(data: NinaRuntimeData) -> dict[str, object] | None:
    """Return the keys that the servers send and nothing decodes; None without an answer.

    `docs/undecoded-keys.md` lists those that are known; the others are new.
    """
    if not data.equipment.data.reachable:
        return None
    try:
        found = await data.client.undecoded_keys.get()
    except NinaError:
        return None
    found |= await _async_undecoded_keys_of_scheduler(data.scheduler)
    named = {path: publish_keys(keys) for path, keys in found.items() if keys}
    return {"asked": len(found), "found": named}


async def _async_undecoded_keys_of_scheduler(
    scheduler: SchedulerCoordinator | None,
) -> dict[str, tuple[str, ...]]:
    """Return such keys of the Target Scheduler; empty without an answer."""
    profile = None if scheduler is None else scheduler.data.profile
    if scheduler is None or profile is None:
        return {}
    try:
        found = await scheduler.client.get_undecoded_keys(profile.id)
    except NinaError:
        return {}
    return {f"scheduler/{path}": keys for path, keys in found.items()}
