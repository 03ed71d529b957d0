"""docs/entities.md: every entity, what it is made of, and when there is one."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
import importlib
from pathlib import Path
import pkgutil
from types import SimpleNamespace
from typing import Any, Final

from homeassistant.components.switch import SwitchEntityDescription
from homeassistant.const import Platform

import custom_components.nina_observatory as integration
from custom_components.nina_observatory.api import (
    DEVICE_MODELS,
    DEVICE_PATHS,
    Camera,
    Profile,
    Role,
    release,
)
from custom_components.nina_observatory.control.command import Command
from custom_components.nina_observatory.entities.source import (
    COOLED,
    EQUIPMENT,
    GUIDING,
    SAFETY_MONITOR,
    WITH_PROFILE,
    Guided,
    Profiled,
)
from custom_components.nina_observatory.helpers.devices import HubPart
from custom_components.nina_observatory.night.watch_state import WatchState
from scripts._checks.entities import descriptions_in, kind_of
from scripts._checks.files import read_object

from .commands import forms, needed
from .places import PLACES, SCHEDULER, SOURCES, UNTABLED, Place, Row, within
from .tracing import condition, reads, sample

FOLDER = Path(integration.__file__).parent
OLDEST = release(2, 0)
NOW = datetime(2026, 2, 24, 22, tzinfo=UTC)

HEAD = """# Entities

<!-- Generated from the code by scripts/make_docs. Change the code, not the file. -->

Entities only show measured values. A value that N.I.N.A. does not have, or that a driver reports
as "not a number", is *unknown*. If a device is not connected, or N.I.N.A. does not respond, its
entities are *unavailable*. A default never replaces a reading.

The results of the last night stay when N.I.N.A. is closed: the newest light frame and its picture, the totals
of the night, the last autofocus, the progress of projects and targets, and the plan. Until there are newer
ones, their attribute `as_of` shows when they were current.

- **Key**: the unique ID, without the ID of the entry in front of it. It never changes.
- **From**: the names in the API that the state comes from, and the commands that the entity sends
  ([Actions](actions.md) lists what confirms them).
- **Exists**: what has to be true for the entity to be created when the equipment is first seen.
  Once created, the entity stays until its device is deleted, even while N.I.N.A. is closed.
  Versions are those of the Advanced API plugin.
- *Diagnostic* and *configuration* entities have their own sections on the page of a device.
  Entities that are *off* are disabled by default; enable them there. *Off beside its control*: a
  select, number, switch, or cover shows the same. Without that control, as in a read-only
  observatory, the entity is enabled. An update leaves entities enabled or disabled as they are.
- *Within* is how far the state may differ from the last reading; see below.

## What the recorder gets

With frames of ten minutes, one observatory writes 5 rows a minute and 1.1 MB in ten hours. It
writes 1.4 rows a minute while everything is connected and the mount is parked. Each frame costs
15 to 20 rows: frames of two minutes make 12 rows a minute and 2.1 MB a night, and frames of one
minute 20 rows and 3.5 MB.

To save rows, a reading that is only noisy, or turns with the sky, does not change the state as
long as it is *within* the limit in the tables. The first reading, *unknown*, and *unavailable*
show at once. A slow drift is followed, because a reading is compared with the state, not with the
reading before it. Long-term statistics use the state, so their means are as exact as the state.

- *Exact after a movement*: a mount shows exactly where it points as soon as it has moved by more
  than 0.01° (in equatorial coordinates if it tracks, otherwise in horizontal ones), and whenever
  it starts or stops slewing or tracking, is parked, or is unparked. The azimuth of a dome is
  exact when a rotation starts or stops.
- The weather entity updates all its values from one reading as soon as one of them exceeds its
  limit, and when rain starts or stops.
- Wind and gust may be up to 0.3 m/s higher than their states, but never more, and up to 1 m/s
  lower, so an automation that closes the roof above a limit is not late. A value of 0 shows at
  once.
- The integration does not know what a gauge of the switch hub measures. If it is a rain or cloud
  detector that an automation uses, set the limit of the automation so that 1% of the value makes
  no difference.
- Rain, safety, the shutter, and the roof guard always show the exact reading. Everything that
  acts on its own (the roof guard, *Secure*, every action) uses readings, never states.
- The state of a camera or image is written every five minutes, when Home Assistant renews its
  token; that of an image that no one looks at every ten minutes. To keep an entity out of the recorder, exclude it there (`recorder: exclude:`).
"""


def entities() -> str:
    """Return the document."""
    found = rows()
    parts = [HEAD]
    paths = {role.value: path for role, path in DEVICE_PATHS.items()}
    for device in (Role.HUB, *HubPart, *(role for role in Role if role is not Role.HUB)):
        parts.append(f"## {_title(device)}\n")
        if (path := paths.get(device)) is not None:
            parts.append(f"From `/equipment/{path}/info`, or from the request for all devices.\n")
        parts.append(_table([row for row in found if row.device == device]))
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


@cache
def rows() -> tuple[Row, ...]:
    """Return what there is to say of every entity, in the order of platforms and tables."""
    texts = read_object(FOLDER / "translations/en.json")["entity"]
    described = [_row(place, role, each, texts) for place, role, each in placed()]
    order = [platform.value for platform in Platform]
    found = (*described, *UNTABLED)
    return tuple(sorted(found, key=lambda row: order.index(row.platform)))


def placed() -> Iterator[tuple[Place, Role, Any]]:
    """Yield every description with the device it belongs to."""
    seen: set[int] = set()
    places = {
        id(each): PLACES[name]
        for name, value in _constants()
        if name in PLACES and not _is_by_role(value)
        for _, each in _spread(name, value)
    }
    for keyed in (True, False):
        for name, value in _constants():
            if keyed == _is_by_role(value):
                for role, each in _spread(name, value):
                    if id(each) not in seen:
                        seen.add(id(each))
                        yield places.get(id(each), PLACES.get(name, Place())), role, each


def _constants() -> Iterator[tuple[str, Any]]:
    """Yield what the modules of the integration define."""
    for found in pkgutil.walk_packages(integration.__path__, f"{integration.__name__}."):
        module = importlib.import_module(found.name)
        yield from ((name, value) for name, value in vars(module).items() if name.isupper())


def _is_by_role(value: Any) -> bool:
    """Return whether a table is one by kinds of equipment."""
    return isinstance(value, dict) and bool(value) and all(isinstance(key, Role) for key in value)


def _spread(name: str, value: Any) -> Iterator[tuple[Role, Any]]:
    """Yield the descriptions of a constant with their devices."""
    if _is_by_role(value):
        for role, table in value.items():
            yield from ((role, each) for each in descriptions_in(table))
    else:
        role = PLACES.get(name, Place()).role
        # A problem belongs to the device that its detector names.
        for each in descriptions_in(value):
            yield getattr(getattr(each, "detector", None), "role", role), each


def _row(place: Place, role: Role, description: Any, texts: dict[str, Any]) -> Row:
    """Return the row of a description."""
    platform = str(kind_of(description))
    text = texts.get(platform, {}).get(description.translation_key, {})
    category = description.entity_category
    off = "" if description.entity_registry_enabled_default else "off"
    if getattr(description, "control", None) is not None:
        off = "off beside its control"
    configuration = {"config": "configuration"}.get(str(category), str(category or ""))
    return Row(
        role=role,
        device=getattr(description, "device", None) or role,
        platform=platform,
        key=description.key,
        name=_name(description, text),
        shows=_shows(platform, description, text),
        source=_source(place, role, description),
        exists=_exists(place, role, description),
        remarks=", ".join(filter(None, (configuration, off, _within(description)))),
    )


def _within(description: Any) -> str:
    """Return how far the state may be from the reading."""
    if getattr(description, "deadbands", None):
        return "within the limits of its sensors"
    if (deadband := getattr(description, "deadband", None)) is None:
        return ""
    unit = (
        getattr(description, "measure_unit", None) or description.native_unit_of_measurement or ""
    )
    if description.device_class == "timestamp":
        unit = "s"
    exact = ", exact after a movement" if description.moved_fn is not None else ""
    return f"within {within(deadband, unit)}{exact}"


def _name(description: Any, text: dict[str, Any]) -> str:
    """Return the name that people read."""
    if description.name is None:
        return "name of the device"
    if name := text.get("name"):
        return str(name)
    kind = description.device_class
    return str(kind).replace("_", " ").capitalize() if kind else "name of the device"


def _shows(platform: str, description: Any, text: dict[str, Any]) -> str:
    """Return the unit, or the states there can be."""
    for options in ("options", "event_types"):
        if found := getattr(description, options, None):
            return ", ".join(found)
    unit = getattr(description, "native_unit_of_measurement", None)
    if unit or (unit := text.get("unit_of_measurement")):
        return str(unit)
    if description.device_class == "timestamp":
        return "time"
    states = {
        "alarm_control_panel": ", ".join(WatchState),
        "binary_sensor": "on, off",
        "switch": "on, off",
    }
    return states.get(platform, "–")


def _source(place: Place, role: Role, description: Any) -> str:
    """Return what the state is made of, and the commands that are sent."""
    traced = ", ".join(f"`{name}`" for name in _traced(place, role, description))
    detector = getattr(description, "detector", None)
    watched = "" if detector is None else str(detector.__doc__).splitlines()[0].rstrip(".")
    sent = ", ".join(f"`{command.key}`" for command in _commands(role, description))
    if kind_of(description) == Platform.EVENT:
        return "events"
    told = SOURCES.get(f"{role}_{description.key}", place.source)
    read = " ".join(filter(None, (told, traced))) or watched
    return "; ".join(filter(None, (read, sent))) or "–"


def _traced(place: Place, role: Role, description: Any) -> list[str]:
    """Return the names on the wire that a description reads."""
    if place.model is not None:
        model, part = place.model, place.part

        def of_part(source: Any) -> Any:
            """Read a part of a snapshot."""
            return description.value_fn(SimpleNamespace(**{part: source}))

        return reads(of_part, model)
    if role not in DEVICE_MODELS:
        return []
    function, more = _reader(description)
    return [] if function is None else reads(function, DEVICE_MODELS[role], *more)


def _reader(description: Any) -> tuple[Callable[..., Any] | None, tuple[Any, ...]]:
    """Return what reads the state of a device, and what else it takes."""
    names = ("value_fn", "is_on_fn", "current_fn")
    function = next((found for name in names if (found := getattr(description, name, None))), None)
    source = getattr(description, "source", EQUIPMENT)
    if function is None or source in (EQUIPMENT, SAFETY_MONITOR):
        return function, ()
    if source is WITH_PROFILE:
        return lambda device, profile: function(Profiled(device, profile, NOW)), (Profile,)
    if source is GUIDING:
        return lambda device: function(Guided(device, guiding=True)), ()
    if source is COOLED:
        return lambda camera: function(_Cooled(camera)), ()
    return None, ()


class _Cooled:
    """A camera with its target temperature, of which only what is asked for is read."""

    PARTS: Final[Mapping[str, Callable[[Camera], object]]] = {
        "camera": lambda camera: camera,
        "target": lambda camera: camera.set_point,
        "is_reached": lambda camera: camera.at_set_point,
    }

    def __init__(self, camera: Camera) -> None:
        """Keep the camera."""
        self._camera = camera

    def __getattr__(self, name: str) -> object:
        """Return a part."""
        return self.PARTS[name](self._camera)


def _commands(role: Role, description: Any) -> list[Command[Any]]:
    """Return the commands that an entity sends."""
    found: list[Command[Any]] = []
    for name in ("turn_on", "turn_off", "open", "close", "command"):
        value = getattr(description, name, None)
        if isinstance(value, Command):
            found.append(value)
        elif value is not None and role in DEVICE_MODELS:
            found.append(_made(value, role, description))
    return found


def _made(make: Callable[..., Command[Any]], role: Role, description: Any) -> Command[Any]:
    """Return a command that is made for a value or a choice."""
    if (options_fn := getattr(description, "options_fn", None)) is None:
        return make(0.0)
    device = sample(DEVICE_MODELS[role], lambda _: None)
    return make(device, next(option for option in options_fn(device) if option))


def _exists(place: Place, role: Role, description: Any) -> str:
    """Return what has to be so for an entity to exist."""
    exists_fn = getattr(description, "exists_fn", None)
    known = ""
    source = getattr(description, "source", EQUIPMENT)
    if exists_fn is not None and source is COOLED:
        known = condition(Camera, lambda camera: exists_fn(_Cooled(camera)))
    of_device = source is EQUIPMENT
    if exists_fn is not None and of_device and role in DEVICE_MODELS and place.model is None:
        known = condition(DEVICE_MODELS[role], exists_fn)
    told = getattr(description, "since", ())
    versions = [release(*told), OLDEST]
    for command in _commands(role, description)[:1]:
        # A switch has to show its state; whatever else can be sent is there.
        *_, oldest = map(needed, forms(command))
        versions.append(
            needed(command) if isinstance(description, SwitchEntityDescription) else oldest
        )
    newest = max(versions)
    version = f"plugin {newest}" if newest > OLDEST else ""
    return ", ".join(filter(None, (place.exists, known, version))) or "always"


def _title(device: str) -> str:
    """Return the heading of a device."""
    titles: dict[str, str] = {Role.HUB: "N.I.N.A. (hub)", Role.SCHEDULER: SCHEDULER}
    return titles.get(device, device.replace("_", " ").capitalize())


COLUMNS = ("entity", "platform", "key", "shows", "from", "exists", "remarks")


def _table(found: list[Row]) -> str:
    """Return the table of a device."""
    lines = [COLUMNS, tuple("---" for _ in COLUMNS)]
    lines += [
        (
            row.name,
            row.platform,
            f"`{row.role}_{row.key}`",
            row.shows,
            row.source,
            row.exists,
            row.remarks,
        )
        for row in found
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
