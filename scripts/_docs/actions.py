"""docs/actions.md: the actions, and the reading that each command waits for."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, override

import yaml

import custom_components.nina_observatory as integration
from custom_components.nina_observatory.actions import ACTIONS, Action
from custom_components.nina_observatory.actions.choices import Choice
from custom_components.nina_observatory.actions.fields import written
from custom_components.nina_observatory.api import Role, release
from custom_components.nina_observatory.const import Needs
from custom_components.nina_observatory.control.command import Command
from custom_components.nina_observatory.helpers.permissions import EVERYTHING
from scripts._checks.files import read_object

from .commands import every_command, forms, needed

FOLDER = Path(integration.__file__).parent
OLDEST = release(2, 0)

HEAD = """# Actions

<!-- Generated from the code by scripts/make_docs. Change the code, not the file. -->

Everything that needs parameters or returns data is an action: exposures and flats, slews and
framing, focus, filters, and guiding, the dome, the sequence, connections and profiles, frames,
events, and logs, the plan, polar alignment, *Secure*, and *Start up*. Each [action](#all-actions) is
described below with its fields, an example, and what it returns.

The shutter and the flat panel are covers (`cover.open_cover`, `cover.close_cover`,
`cover.stop_cover`). Tracking, cooler, guiding, following, the sequence, and switch channels are
switches. The forms list the filters, sequences, profiles, switches, and targets in N.I.N.A.

## How commands work

Every command, sent by an entity or by an action, works in the same way: it is checked, sent once,
and watched until a reading confirms it. The call returns when that has happened. If it does not
happen, the call fails with an error that contains the expected result, the last reading, and the
time it took.

- **Confirmed when**: what a reading made after the command has to show. N.I.N.A. returns "success"
  before anything has moved, so its replies and events confirm nothing; they only cause the next
  reading sooner. Old plugins report less: what confirms a command there follows as
  *before plugin …*. With *N.I.N.A. confirms it*, the reply is the only information available: the
  command was accepted, and nothing more is known.
- **Time limit**: how long the command may take, counted from N.I.N.A.'s reply.
- **Stall limit**: the command fails after this time if nothing moves and nothing confirms it.
- **Sent again**: only commands that close, park, or stop are sent again, and only while nothing
  moves. All others are sent once.
- Commands for the same device wait for each other. Commands that close, park, or stop don't wait:
  they end the command in progress.
- If an automation is stopped or restarted, its commands that were not sent yet are dropped. If a
  command that closes, parks, or stops was already sent, it is followed to its end. If you call the
  action again in the meantime, the command is not sent twice.
- Only a person can interrupt a closing roof. While the shutter is closing, nothing else is sent
  to the dome. `cover.stop_cover` is sent at once, before anything is read. It ends the close in
  progress, which fails as stopped and is not repeated. The stop is done when the shutter has
  stopped short of its end position. The integration never stops the roof on its own.
- The roof does not move over a mount that may be in its way, and the mount does not move under a
  roof that is not open, according to the options *Mount and roof*, *Mount under the roof*, and
  *Other mounts under the roof*. An unknown mount counts as in the way, and an unknown roof as not
  open. All of this is checked with fresh readings each time a command is about to be sent, or sent
  again. Stopping and parking the mount are never refused.
"""


RIGHTS = """### Who may do what

Actions require the same permissions as Home Assistant's own entity actions, and raise the same
error: users with read-only access cannot control anything.

- **Read** and **control** are the permissions of the user for entities. The user needs them for
  all enabled entities of the devices in the last column; *control* only concerns entities that
  can be operated: buttons, covers, lights, numbers, selects, and switches. If a device was
  deleted or has no such entity, the user needs the permission for all entities.
- **N.I.N.A.** in the last column means the hub and its devices *Imaging* and *Sequence*. A
  permission policy by device (`device_ids`) has to list all three.
- **Administrator** means administrators and the owner.
- Without a user, as in an automation, everything is allowed. A script runs with the permissions
  of the user who starts it.
"""


OBSERVATORY = """### Which observatory

If you have a single observatory, you don't need to choose it. If you have several, choose one in any of these
ways. In the form, they are under *Observatory*.

```yaml
actions:
  # The only observatory.
  - action: nina_observatory.park
  # The one that a device or an entity belongs to. Templates work as well.
  - action: nina_observatory.park
    target:
      entity_id: cover.backyard_roof
  - action: nina_observatory.stop_sequence
    target:
      device_id: "{{ trigger.event.data.device_id }}"
  # The one in an area, on a floor, or with a label. Other devices there don't matter.
  - action: nina_observatory.secure
    target:
      area_id: backyard
  # By its entry, as in earlier versions.
  - action: nina_observatory.park
    data:
      config_entry_id: 0123456789abcdef0123456789abcdef
```

- An action runs for exactly one observatory. If you have several and choose none, or more than one, the
  action does nothing and raises an error that lists them. Observatories that are not loaded count as well, so
  that a call never goes to another observatory because the right one could not be set up. Disabled ones don't
  count.
- A device or an entity of another integration causes an error.
- Permissions don't depend on how you choose the observatory: the user needs them for the same devices.
- The field `device_id` of `connect` is the ID of a device in N.I.N.A. Choose the observatory of that action in
  one of the other ways.
"""

CHOICES = """### What the form offers

For the fields in this table, the form lists the choices of all your observatories together. You can also type
anything else, or use a template. The lists show the last known choices, even while N.I.N.A. is closed. Each has
at most 200 entries, and is visible to everyone who can open the form, no matter what they may control.
"""

PLANNED = """Targets are found by name or ID. Upper and lower case, and a space before a number, don't matter: *m31*
finds *M 31*. If several targets have the name, the error lists them with their projects and IDs; if none
has it, the error lists the most similar names. The action `slew` accepts a target as well as coordinates:

```yaml
actions:
  - action: nina_observatory.slew
    data:
      target: M 31
      center: true
```
"""


def actions() -> str:
    """Return the document."""
    parts = [
        HEAD,
        "## Commands\n",
        *_command_tables(),
        "## Calling actions\n",
        OBSERVATORY,
        CHOICES,
        _choices(),
        PLANNED,
        RIGHTS,
        _rights(),
        "## All actions\n",
        *_actions(),
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _command_tables() -> Iterator[str]:
    """Yield a table for each kind of equipment."""
    commands = list(every_command().values())
    subjects = dict.fromkeys(str(command.subject) for command in commands)
    # What connects and disconnects is the same for all kinds of equipment.
    of_any = [command for command in commands if command.key.endswith("_device")]
    for subject in subjects:
        own = [each for each in commands if each.subject == subject and each not in of_any]
        if own:
            yield f"### {subject.replace('_', ' ').capitalize()}\n"
            yield _table(map(_row, own))
    yield "### Any equipment\n"
    yield _table(map(_row, of_any))


def _row(command: Command[Any]) -> tuple[str, ...]:
    """Return the cells of a command."""
    *_, oldest = map(needed, forms(command))
    return (
        f"`{command.key}`",
        _proof(command),
        _duration(command.timeout) if command.readable else "–",
        _duration(command.stall_timeout) if command.can_stall else "–",
        {0: "never", 1: "once", 2: "twice"}[command.retries],
        "any" if oldest <= OLDEST else f"{oldest}",
    )


def _proof(command: Command[Any]) -> str:
    """Return what confirms a command, including with older plugins."""
    parts = [command.proof_text]
    parts += [
        f"before plugin {needed(newer)}: {older.proof_text}"
        for newer, older in pairwise(forms(command))
    ]
    return "; ".join(parts)


def _choices() -> str:
    """Return the table of the fields for which the form offers choices."""
    fields: dict[Choice, dict[str, list[str]]] = {}
    for action in sorted(ACTIONS, key=lambda action: action.name):
        for field, choice in action.choices.items():
            fields.setdefault(choice, {}).setdefault(field, []).append(f"`{action.name}`")
    rows = [
        (choice.replace("_", " "), f"`{field}`", ", ".join(names))
        for choice in Choice
        for field, names in fields.get(choice, {}).items()
    ]
    return _table(rows, ("list", "field", "actions")) + "\n"


def _rights() -> str:
    """Return the table of what the user of each action needs."""
    ordered = sorted(ACTIONS, key=lambda action: action.name)
    rows = [(f"`{action.name}`", action.needs.value, _concerned(action)) for action in ordered]
    return _table(rows, RIGHTS_COLUMNS) + "\n"


def _concerned(action: Action) -> str:
    """Return the devices whose entities have to be permitted."""
    if action.needs is Needs.ADMINISTRATOR:
        return "–"
    if action.roles == EVERYTHING:
        return "all"
    names = [_device(role) for role in action.roles]
    more = [f"with `{field}`: {_device(role)}" for field, role in action.adds.items()]
    more += [
        f"with `{option}`: {_device(role)}"
        for options in action.by_option.values()
        for option, role in options.items()
        if role not in action.roles
    ]
    return ", ".join([*names, *more])


def _device(role: Role) -> str:
    """Return the name of the device of a role."""
    return "N.I.N.A." if role is Role.HUB else role.replace("_", " ")


RIGHTS_COLUMNS = ("action", "needs", "devices")
COLUMNS = ("command", "confirmed when", "time limit", "stall limit", "sent again", "plugin")


def _table(rows: Iterable[tuple[str, ...]], columns: tuple[str, ...] = COLUMNS) -> str:
    """Return a table."""
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _duration(seconds: float) -> str:
    """Return a duration for people."""
    if not seconds:
        return "–"
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length and seconds % length == 0:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"


def _actions() -> Iterator[str]:
    """Yield the description of each action."""
    path = FOLDER / "services.yaml"
    described = yaml.safe_load(path.read_text(encoding="utf-8"))
    texts = read_object(FOLDER / "translations/en.json")["services"]
    for action in sorted(described):
        text = texts[action]
        yield f"### `nina_observatory.{action}`\n"
        yield f"{text['description']}\n"
        fields = _fields(described[action] or {})
        if fields:
            lines = [_field(name, each, text["fields"][name]) for name, each in fields]
            yield "\n".join(lines) + "\n"
        yield from _example(action)


def _example(action: str) -> Iterator[str]:
    """Yield the example of an action, and of its answer if it has one."""
    example = examples().get(action)
    if example is None:
        return
    answer = example.get("answer")
    call = {"action": f"nina_observatory.{action}"}
    call |= {"data": example["data"]} if "data" in example else {}
    call |= {} if answer is None else {"response_variable": "answer"}
    yield _block({"actions": [call]})
    if answer is not None:
        yield "The response variable is then, in part:\n"
        yield _block({"answer": answer})


def _block(content: dict[str, Any]) -> str:
    """Return a block of YAML."""
    text = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return f"```yaml\n{text}```\n"


class _Dumper(yaml.SafeDumper):
    """Indent lists, as people write them."""

    @override
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)


@cache
def examples() -> dict[str, dict[str, Any]]:
    """Return the examples by action."""
    path = Path(__file__).parent / "examples.yaml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def _fields(action: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the fields of an action, except those that name the observatory."""
    fields = (action.get("fields") or {}).items()
    return [(name, field or {}) for name, field in fields if name != "observatory"]


def _field(name: str, field: dict[str, Any], text: dict[str, str]) -> str:
    """Return the line of a field."""
    number = (field.get("selector") or {}).get("number") or {}
    notes = ["required"] if field.get("required") else []
    if "min" in number or "max" in number:
        low, high = (written(number[end]) if end in number else "…" for end in ("min", "max"))
        limits = f"{low} to {high}"
        notes.append(f"{limits} {number.get('unit_of_measurement', '')}".strip())
    remark = f" ({', '.join(notes)})" if notes else ""
    return f"- `{name}`{remark}: {text['description']}"
