"""docs/events.md: events, triggers, and conditions, with the data of each type."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from custom_components.nina_observatory.api import Frame, Role
from custom_components.nina_observatory.api.events.decoder import snake_case
from custom_components.nina_observatory.api.events.types import MEANINGS, EventType
from custom_components.nina_observatory.api.models.base import model_config
from custom_components.nina_observatory.condition import CONDITIONS
from custom_components.nina_observatory.event import EVENTS, NinaEventDescription
from custom_components.nina_observatory.events.own_types import ERRORS
from custom_components.nina_observatory.helpers.devices import HubPart
from custom_components.nina_observatory.trigger import (
    TRIGGERS,
    MomentTrigger,
    ThresholdTrigger,
    TimeToFlipTrigger,
)
from scripts._checks.files import read_object

from .actions import FOLDER
from .entities import rows
from .event_data import BUS_ONLY, CHOSEN, CHOSEN_BY_TRIGGER, DATA, OF_PICTURE, Data

HEAD: Final = """# Events, triggers, and conditions

<!-- Generated from the code by scripts/make_docs. Change the code, not the file. -->

In the automation editor, the integration adds triggers and conditions of its own: select *Add trigger > By type >
N.I.N.A. Observatory*, or *Add condition > By type > N.I.N.A. Observatory*. Everything that N.I.N.A. reports is also
fired as an event on Home Assistant's event bus.

![The triggers in the automation editor, from Autofocus failed to Imaging stalled](images/triggers.png)

**Which one to use:** Start with a trigger from the list below. It fires once, only for what happens now, and
works for one observatory or for all. If there is none for what you want, use a state trigger of an
[entity](entities.md). Use an event if no entity shows it either.

**Which entity to choose:** Each trigger and condition has a *target*. You can choose the entity in the table, any
device of the observatory, or its area. If you choose another entity of the same observatory, it works as well:
every entity stands for its observatory. You don't need to enable an event entity.
"""

TRIGGER_HEAD: Final = """## Triggers

```yaml
triggers:
  - trigger: nina_observatory.sequence_finished
    target:
      entity_id: binary_sensor.observatory_imaging
```

- Triggers of a **moment** have the data of the [event](#events) of the same type as attributes of `trigger.to_state`. After
  *Frame saved*, for example, `{{ trigger.to_state.attributes.filter }}` is the filter. Past events that were
  missed do not fire them.
- Triggers of a **state** have `trigger.from_state` and `trigger.to_state`. They accept *For at least*, and, for
  several entities, whether each one counts, only the first, or all of them together. They don't fire when Home
  Assistant starts, or when an entity becomes available again.
- Triggers of a **threshold** fire when the value crosses it, not while it stays beyond it:

```yaml
triggers:
  - trigger: nina_observatory.guiding_error_crossed_threshold
    target:
      entity_id: sensor.observatory_guider_rms_total
    options:
      threshold:
        type: above
        value:
          number: 1.2
```
"""

CONDITION_HEAD: Final = """## Conditions

```yaml
conditions:
  - condition: nina_observatory.is_safe
    target:
      entity_id: binary_sensor.observatory_safety
```

A condition is false while its state is unknown or unavailable. *Observatory is safe* is therefore false, and so is
*Mount is parked*, while N.I.N.A. is closed. All of them accept *For at least*, and, for several entities, whether
any or all of them have to be in the state.
"""

EVENT_HEAD: Final = """## Events

Everything that N.I.N.A. reports, and everything that the integration finds out, is fired as
`nina_observatory_event`:

```yaml
triggers:
  - trigger: event
    event_type: nina_observatory_event
    event_data:
      type: autofocus_failed
```

| field | content |
| --- | --- |
| `type` | A name that is the same for all versions of the plugin; see below. |
| `time` | When it happened. |
| `data` | Everything that N.I.N.A. reported about it. Data that is too large is left out, with `truncated: true`. |
| `name` | N.I.N.A.'s own name of an event of the type `other`, or the text of one of the type `custom`. |
| `device_id`, `entry_id` | The device and the observatory it belongs to. |
| `replayed` | `true` for a past event that was missed while the connection or Home Assistant was down. Automations that act should ignore these. N.I.N.A. keeps no record of prepared images and of the texts that a sequence sends; only these can be missed for good. |

A driver that drops out sends no event. To be notified of that, watch for the device's entities becoming
*unavailable*.

Each table below is an event entity, which is disabled by default: it shows the type of the newest event as the
attribute `event_type`, with the data as further attributes. **N.I.N.A.** is the name of the event there; the events
without one are those that the integration finds out. Events without **data** have none.

**Connections:** Each device also has `…_connected` and `…_disconnected`, such as `camera_connected`, when N.I.N.A.
connects or disconnects it. Plugins before 2.1 don't report which of the two it was: the type is
`…_connection_changed`.
"""

ERROR_HEAD: Final = (
    "**Errors:** The event entity *Error events* of the hub repeats those that report an error:"
)

FRAMES: Final = """### Frames

The event `image_saved` has the statistics of the frame in `image_statistics`. The trigger *Frame saved* and the
event entity have them as attributes, without `image_statistics` around them.

{statistics}

HFR is in pixels, signal in ADU, temperature in °C, exposure time in seconds, and focal length in mm. A value that
N.I.N.A. does not report is left out or null. The trigger and the event entity have these as well, the last three only
for light frames:

{picture}
"""

OWN_DEVICES: Final[Mapping[str, str]] = {
    HubPart.IMAGING: "*Imaging*",
    HubPart.SEQUENCE: "*Sequence*",
    Role.SCHEDULER: "Target Scheduler",
}
UNNAMED: Final[Mapping[str, str]] = {
    EventType.CUSTOM: "(text of an instruction in your sequence)",
    EventType.OTHER: "(any other)",
}
NO_DATA: Final = "–"


def events() -> str:
    """Return the document."""
    parts = [
        HEAD,
        TRIGGER_HEAD,
        _table(("trigger", "fires", "entity to choose", "kind"), _triggers()),
        CONDITION_HEAD,
        _table(("condition", "passes", "entity to choose"), _conditions()),
        EVENT_HEAD,
        f"{ERROR_HEAD} {', '.join(f'`{kind}`' for kind in ERRORS)}.\n",
        *_events(),
        FRAMES.format(statistics=_statistics(), picture=_list(OF_PICTURE)),
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _table(columns: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    """Return a table."""
    found = [columns, tuple("---" for _ in columns), *lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in found)


def _list(data: Data) -> str:
    """Return a list of keys with their meanings."""
    return "\n".join(f"- `{key}`: {meaning}" for key, meaning in data.items())


def texts() -> dict[str, Any]:
    """Return the texts of the integration."""
    return read_object(FOLDER / "translations/en.json")


def _triggers() -> Iterator[tuple[str, ...]]:
    """Yield the rows of triggers."""
    named = texts()["triggers"]
    for name, trigger in TRIGGERS.items():
        text = named[name]
        wanted = CHOSEN_BY_TRIGGER.get(name) or _meant(trigger, CHOSEN)
        yield (
            f"{text['name']}<br>`{name}`",
            text["description"].removeprefix("Triggers ").rstrip("."),
            _entity(*wanted),
            _kind(name, trigger),
        )


def _conditions() -> Iterator[tuple[str, ...]]:
    """Yield the rows of conditions."""
    named = texts()["conditions"]
    for name, condition in CONDITIONS.items():
        text = named[name]
        yield (
            f"{text['name']}<br>`{name}`",
            text["description"].removeprefix("Tests ").rstrip("."),
            _entity(*_meant(condition, {})),
        )


def _kind(name: str, trigger: type[Any]) -> str:
    """Return what kind of trigger it is, and the type of its event if that has another name."""
    if issubclass(trigger, MomentTrigger):
        event = trigger._event_type  # noqa: SLF001  # the code has no other place for it
        return "moment" if event == name else f"moment: `{event}`"
    crossed = issubclass(trigger, ThresholdTrigger | TimeToFlipTrigger)
    return "threshold" if crossed else "state"


def _meant(kind: type[Any], chosen: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """Return platform and key of the entity to choose for a trigger or a condition."""
    key = kind._key  # noqa: SLF001  # as above
    if key in chosen:
        return chosen[key]
    (platform,) = (
        row.platform
        for row in rows()
        if f"{row.role}_{row.key}" == key and row.platform in kind._domain_specs  # noqa: SLF001
    )
    return platform, key


def _entity(platform: str, key: str) -> str:
    """Return the name of an entity and its device."""
    (row,) = (row for row in rows() if row.platform == platform and f"{row.role}_{row.key}" == key)
    device = OWN_DEVICES.get(row.device, row.device.replace("_", " "))
    named = row.device.capitalize() if row.name == "name of the device" else row.name
    return f"*{named}* ({device})"


def _events() -> Iterator[str]:
    """Yield the tables of events, one for each event entity."""
    named = texts()["entity"]["event"]
    for descriptions in EVENTS.values():
        for each in descriptions:
            text = named[each.translation_key]
            lines = list(_rows_of(each, text["state_attributes"]["event_type"]["state"]))
            if lines and each.key != "error":
                yield f"### {text['name']}\n"
                yield _table(("type", "meaning", "N.I.N.A.", "data"), lines)
    yield "### On the bus only\n"
    yield _table(
        ("type", "meaning", "N.I.N.A.", "data"),
        [_row(kind, meaning) for kind, meaning in BUS_ONLY.items()],
    )


def _rows_of(
    description: NinaEventDescription, named: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    """Yield the rows of an event entity, without connections."""
    changes = ("_connected", "_disconnected", "_connection_changed")
    for kind in description.event_types or ():
        if not kind.endswith(changes):
            yield _row(kind, named[kind])


def _row(kind: str, meaning: str) -> tuple[str, ...]:
    """Return the row of a type of event."""
    names = [f"`{name}`" for name, each in MEANINGS.items() if each.type == kind]
    wire = ", ".join(names) or UNNAMED.get(kind, NO_DATA)
    data = "; ".join(f"`{key}`: {text}" for key, text in DATA.get(kind, {}).items())
    return f"`{kind}`", meaning, wire, data or NO_DATA


def _statistics() -> str:
    """Return the keys of the statistics of a frame."""
    keys = [snake_case(name) for name in model_config(Frame).aliases.values()]
    return ", ".join(f"`{key}`" for key in keys)
