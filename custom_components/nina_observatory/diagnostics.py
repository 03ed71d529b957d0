"""Diagnostics: what a maintainer needs to know of a rig, without what its owner would not publish."""

from collections import Counter
from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .api import Frame, NinaError, beyond_bounds
from .coordinator import NinaConfigEntry, NinaCoordinator, NinaRuntimeData
from .scheduler import SchedulerCoordinator

# Address, names given by people, serial numbers, files, and everything that tells the site: with
# the time, the place of a star in the sky is a place on Earth.
SECRET: Final = frozenset(
    {
        *(CONF_HOST, "device_id", "display_name", "description", "driver_info"),
        *("filename", "telescope_name", "start_up_sequence"),
        *("astrometry", "site_latitude", "site_longitude", "site_elevation"),
        *("right_ascension", "right_ascension_string", "declination", "declination_string"),
        *("coordinates", "target_coordinates", "sidereal_time", "sidereal_time_string"),
        *("altitude", "altitude_string", "azimuth", "azimuth_string", "azimuth_dms"),
        *("hours_to_meridian_string", "time_to_meridian_flip", "time_to_meridian_flip_string"),
    }
)
# In a profile every name was given by a person.
SECRET_OF_PROFILE: Final = SECRET | {"id", "last_used", "name", "mount_name"}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: NinaConfigEntry
) -> dict[str, Any]:
    """Return the diagnostics of a rig."""
    data = entry.runtime_data
    return {
        "entry": {
            "version": f"{entry.version}.{entry.minor_version}",
            "data": _public(entry.data),
            "options": _public(entry.options),
        },
        "server": _server(data),
        "polls": {_part(each, entry): _polling(each) for each in _coordinators(data)},
        "event_stream": {
            "connected": data.listener.connected,
            **asdict(data.listener.stream.counters),
            **asdict(data.listener.account.counters),
            "recent": [event.type.value for event in data.listener.recent],
        },
        "beyond_bounds": dict(beyond_bounds),
        "movements": data.commander.movements.as_data(),
        "safety": {"reason": data.safety.reason.value, "age": data.safety.age},
        "roof_guard": None if data.guard is None else data.guard.as_data(),
        "equipment": _public(asdict(data.rig.data.equipment)),
        "details": async_redact_data(_plain(asdict(data.slow.data)), SECRET_OF_PROFILE),
        "frames": _frames(data.frames.data.frames),
        "pictures": data.frames.pictures.counts,
        "sequence": _sequence(data),
        "scheduler": _scheduler(data),
        "entities": _entities(hass, entry),
        "unknown_keys": await _async_unknown_keys(data),
    }


def _public(values: Any) -> Any:
    """Return values without what is secret, in lists and mappings alone."""
    return async_redact_data(_plain(values), SECRET)


def _plain(value: Any) -> Any:
    """Return nested values with lists for tuples."""
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _server(data: NinaRuntimeData) -> dict[str, Any]:
    """Return who answers and what it can do."""
    server, dialect = data.rig.data.server, data.client.dialect
    return {
        "reachable": data.rig.data.reachable,
        "plugin_version": None if server is None else str(server.plugin_version),
        "nina_version": None if server is None else server.nina_version,
        "started_at": None if server is None else server.started_at,
        "dialect": str(dialect.version),
        "has_bundle": dialect.has_bundle,
        "names_enums": dialect.names_enums,
        "streams_pictures": dialect.streams_pictures,
    }


def _coordinators(data: NinaRuntimeData) -> list[NinaCoordinator[Any]]:
    """Return everything that polls."""
    own: list[NinaCoordinator[Any]] = [
        data.rig,
        data.sequence,
        data.frames,
        data.slow,
        data.choices,
    ]
    return own if data.scheduler is None else [*own, data.scheduler]


def _part(coordinator: NinaCoordinator[Any], entry: NinaConfigEntry) -> str:
    """Return the name of what a coordinator reads."""
    return coordinator.name.removeprefix(entry.title).strip()


def _polling(coordinator: NinaCoordinator[Any]) -> dict[str, Any]:
    """Return how often a coordinator polls and how that goes."""
    every = coordinator.update_interval
    return {
        "count": coordinator.polls,
        "every_seconds": None if every is None else every.total_seconds(),
        "succeeded": coordinator.last_update_success,
    }


def _frames(frames: tuple[Frame, ...]) -> dict[str, Any]:
    """Return what was taken, and the newest frame."""
    return {
        "count": len(frames),
        "by_type": Counter(str(frame.image_type) for frame in frames),
        "newest": _public(asdict(frames[-1])) if frames else None,
    }


def _sequence(data: NinaRuntimeData) -> dict[str, Any]:
    """Return what the sequencer does; its tree is full of names and paths."""
    reading = data.sequence.data
    roots = () if reading.tree is None else reading.tree.roots
    return {
        "reachable": reading.reachable,
        "state": reading.state,
        "exposures": asdict(reading.exposures),
        "nodes": sum(1 for root in roots for _ in root.walk()),
    }


def _scheduler(data: NinaRuntimeData) -> dict[str, Any] | None:
    """Return what is known of the Target Scheduler, without names of targets."""
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
    """Return how many entities there are, and what they show, by platform."""
    registry = er.async_get(hass)
    found: dict[str, Counter[str]] = {}
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        state = hass.states.get(entity.entity_id)
        shown = "disabled" if entity.disabled else "missing" if state is None else state.state
        known = shown if shown in ("disabled", "missing", "unavailable", "unknown") else "known"
        found.setdefault(entity.domain, Counter())[known] += 1
    return {platform: dict(counts) for platform, counts in sorted(found.items())}


async def _async_unknown_keys(data: NinaRuntimeData) -> dict[str, Any] | None:
    """Return what the servers tell that this integration does not know; None if they are silent."""
    if not data.rig.data.reachable:
        return None
    try:
        found = await data.client.get_unknown_keys()
    except NinaError:
        return None
    found |= await _async_unknown_keys_of_scheduler(data.scheduler)
    named = {path: {"count": len(keys), "keys": list(keys)} for path, keys in found.items() if keys}
    return {"asked": len(found), "found": named}


async def _async_unknown_keys_of_scheduler(
    scheduler: SchedulerCoordinator | None,
) -> dict[str, tuple[str, ...]]:
    """Return what the Target Scheduler tells that is not known; nothing while it is silent."""
    profile = None if scheduler is None else scheduler.data.profile
    if scheduler is None or profile is None:
        return {}
    try:
        found = await scheduler.client.get_unknown_keys(profile.id)
    except NinaError:
        return {}
    return {f"scheduler/{path}": keys for path, keys in found.items()}
