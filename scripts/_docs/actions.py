"""docs/actions.md: the actions, and what each command waits for."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

import custom_components.nina_observatory as integration
from custom_components.nina_observatory.actions import ACTIONS, Action
from custom_components.nina_observatory.api import Role, release
from custom_components.nina_observatory.const import Needs
from custom_components.nina_observatory.control.command import Command
from custom_components.nina_observatory.helpers.permissions import EVERYTHING
from scripts._checks.files import read_object

from .commands import every_command, forms, needed

FOLDER = Path(integration.__file__).parent
OLDEST = release(2, 0)

HEAD = """# Actions and commands

This file is made from the code by `scripts/make_docs`; change the code, not the file.

Everything that can be commanded, by an entity or by an action, goes through one mechanism: it is
checked, sent once, and watched until a reading proves it. It returns when it has happened, or
raises an error that says what did not happen, what is seen instead, and how long it waited.

- **Proof**: what a reading made after the command has to show. N.I.N.A. answers "success" before
  anything has moved, so its answers and its events prove nothing; they only hasten the next reading.
  Old plugins show less: what proves a command there follows as *before plugin …*. *N.I.N.A. says so*
  means that its answer is all there is; then a command that returned was accepted, and no more is known.
- **Limit**: how long it may take, counted from the moment at which N.I.N.A. answered.
- **Nothing moves**: it fails that early when nothing moves and nothing is proven.
- **Sent again**: only what closes, parks or stops is ever sent a second time, and only while
  nothing moves; everything else is sent once.
- Two commands for the same device wait for one another. Closing, parking and stopping do not wait:
  they end what is under way.
- An automation that is stopped or started again takes back what was not sent yet. What closes, parks or
  stops and was sent is still followed to its end; asked for again, it is not sent twice.
- Nothing but a person interrupts a closing roof: while the shutter closes nothing else is sent to
  the dome. `cover.stop_cover` is sent at once, before anything is read. It ends the close under
  way, which fails as stopped and is not repeated, and it is done only when the shutter stands and
  did not go all the way. Nothing of this integration stops the roof by itself.
- The roof does not move over a mount that may be in its way, and the mount does not move under a
  roof that is not open, by the options *Mount and roof*, *Mount under the roof* and *Other mounts
  under the roof*. What is not known counts as in the way, and as not open. All of it is read
  whenever something is about to be sent, also again. Stopping and parking the mount are never refused.
"""


RIGHTS = """### Who may do what

An action checks its user as Home Assistant checks the actions of entities, and raises the same
error: whoever may only read cannot command anything.

- **Read** and **control** are the permissions of the user for entities. All enabled entities of the
  devices in the last column have to be permitted; for *control* those that can be operated: buttons,
  covers, lights, numbers, selects and switches. Where a device was deleted or has no such entity,
  only users who may read or control everything are allowed.
- **Administrator**: administrators and the owner.
- Without a user, as in an automation, everything is allowed. A script acts with the permissions of
  the user who runs it.
"""


def actions() -> str:
    """Return the document."""
    parts = [
        HEAD,
        "## Commands\n",
        *_command_tables(),
        "## Actions\n",
        RIGHTS,
        _rights(),
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
    """Return what proves a command, also where the plugin is older."""
    parts = [command.proof_text]
    parts += [
        f"before plugin {needed(newer)}: {older.proof_text}"
        for newer, older in pairwise(forms(command))
    ]
    return "; ".join(parts)


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
    return ", ".join([*names, *more])


def _device(role: Role) -> str:
    """Return the name of the device of a role."""
    return "N.I.N.A." if role is Role.HUB else role.replace("_", " ")


RIGHTS_COLUMNS = ("action", "needs", "devices")
COLUMNS = ("command", "proof", "limit", "nothing moves", "sent again", "plugin")


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
    """Yield what is said of each action."""
    path = FOLDER / "services.yaml"
    described = yaml.safe_load(path.read_text(encoding="utf-8"))
    texts = read_object(FOLDER / "translations/en.json")["services"]
    for action in sorted(described):
        text = texts[action]
        yield f"### `nina_observatory.{action}`\n"
        yield f"{text['description']}\n"
        fields = _fields(described[action] or {})
        if fields:
            yield "\n".join(_field(name, each, text["fields"][name]) for name, each in fields)


def _fields(action: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the fields of an action, those in sections included."""
    found: list[tuple[str, dict[str, Any]]] = []
    for name, field in (action.get("fields") or {}).items():
        nested = (field or {}).get("fields")
        found += list(nested.items()) if nested else [(name, field or {})]
    return found


def _field(name: str, field: dict[str, Any], text: dict[str, str]) -> str:
    """Return the line of a field."""
    number = (field.get("selector") or {}).get("number") or {}
    notes = ["required"] if field.get("required") else []
    if "min" in number or "max" in number:
        limits = f"{number.get('min', '…')} to {number.get('max', '…')}"
        notes.append(f"{limits} {number.get('unit_of_measurement', '')}".strip())
    remark = f" ({', '.join(notes)})" if notes else ""
    return f"- `{name}`{remark}: {text['description']}"
