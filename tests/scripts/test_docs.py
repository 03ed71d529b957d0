"""The documents made from the code: up to date, and what they say of commands holds."""

import ast
import inspect
from pathlib import Path

import pytest

from custom_components.nina_observatory.api import Camera, Dome, Guider
from custom_components.nina_observatory.api.events.decoder import snake_case
from custom_components.nina_observatory.api.events.types import MEANINGS
from custom_components.nina_observatory.control.command import Command
from custom_components.nina_observatory.event import STEPS
from custom_components.nina_observatory.events.own_types import OwnEventType
from custom_components.nina_observatory.trigger import TRIGGERS, MomentTrigger
from scripts._checks.files import calls, parse
from scripts._docs.__main__ import DOCUMENTS, ROOT, outdated
from scripts._docs.commands import CLIENT, every_command
from scripts._docs.entities import rows
from scripts._docs.event_data import BUS_ONLY, CHOSEN, CHOSEN_BY_TRIGGER, DATA
from scripts._docs.tracing import condition, reads

COMMANDS = every_command()
ROWS = {(row.platform, f"{row.role}_{row.key}"): row for row in rows()}
# What may be sent twice: it ends movement, or does nothing where it was done already.
REPEATABLE = ("close", "park", "stop", "abort", "light_panel")


def test_documents_are_up_to_date() -> None:
    """Otherwise run scripts/make_docs."""
    assert outdated() == []


def test_an_outdated_document_is_found(tmp_path: Path) -> None:
    assert outdated(tmp_path) == list(DOCUMENTS)


def test_commands_are_found() -> None:
    """The other tests would pass with nothing to look at."""
    assert {"close_shutter", "park_mount", "change_filter", "start_sequence"} <= set(COMMANDS)
    assert len(COMMANDS) > 60


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_command_says_what_proves_it_and_ends(command: Command[object]) -> None:
    assert command.proof_text.endswith("no reading shows it") is not command.readable
    assert inspect.iscoroutinefunction(inspect.unwrap(command.method(CLIENT)))
    assert command.timeout > 0
    assert not command.retries or command.can_stall
    assert not command.retries or command.key.startswith(REPEATABLE)


def test_the_words_of_commands_are_those_of_others() -> None:
    """A misspelt name would make a command yield to nothing, or end nothing."""
    named = {
        name for command in COMMANDS.values() for name in (*command.preempts, *command.blocked_by)
    }
    assert named <= set(COMMANDS)


def test_nothing_disturbs_what_closes() -> None:
    """Every command of the dome gives way to a close but a person's stop, and a close to none."""
    dome = [each for each in COMMANDS.values() if each.subject == "dome"]
    others = {each.key for each in dome} - {"close_shutter"}
    yielding = others - {"stop_dome"}
    assert all("close_shutter" in each.blocked_by for each in dome if each.key in yielding)
    assert COMMANDS["stop_dome"].immediate
    movements = others - {"set_dome_park_position"}
    assert movements <= set(COMMANDS["close_shutter"].preempts)
    assert COMMANDS["close_shutter"].blocked_by == ()


def test_every_entity_says_what_it_is_made_of() -> None:
    """One that cannot be traced is described in scripts/_docs/places.py."""
    assert len(ROWS) > 150
    assert [key for key, row in ROWS.items() if row.source == "–"] == []


def test_what_an_entity_is_made_of_is_traced() -> None:
    """By letting the code look at a device, properties and nested values included."""
    assert reads(lambda camera: camera.at_set_point, Camera) == [
        "CoolerOn",
        "Temperature",
        "TemperatureSetPoint",
    ]
    assert reads(lambda guider: guider.rms.total.arcseconds, Guider) == [
        "RMSError.Total.Arcseconds"
    ]


def test_when_an_entity_exists_is_tried_out() -> None:
    assert condition(Dome, lambda _: True) == ""
    assert condition(Dome, lambda dome: dome.can_park) == "`CanPark`"
    both = condition(Dome, lambda dome: dome.can_park and dome.azimuth is not None)
    assert both == "`CanPark`, `Azimuth` known"
    either = condition(Dome, lambda dome: dome.can_set_azimuth or dome.azimuth is not None)
    assert either == "`CanSetAzimuth` or `Azimuth` known"
    assert condition(Camera, lambda camera: bool(camera.gains)) == "`Gains` not empty"
    with pytest.raises(LookupError):
        condition(Dome, lambda dome: not dome.can_park)


@pytest.mark.parametrize(
    ("platform", "key", "source", "exists"),
    [
        (
            "sensor",
            "camera_cooler_power",
            "`CoolerPower`",
            "`CanSetTemperature`, `CoolerPower` known",
        ),
        ("sensor", "hub_target", "newest light frame: `TargetName`", "plugin 2.2.11"),
        ("switch", "mount_tracking", "`TrackingEnabled`; `track`, `stop_tracking`", None),
        ("binary_sensor", "hub_not_safe", None, "a safety monitor was seen"),
    ],
)
def test_what_the_document_says(
    platform: str, key: str, source: str | None, exists: str | None
) -> None:
    row = ROWS[platform, key]
    assert source is None or row.source == source
    assert exists is None or row.exists == exists


def test_the_data_of_events_is_what_the_simulator_sends() -> None:
    """By the calls in its code, with the keys in the spelling of the bus."""
    sent: dict[str, set[str]] = {}
    for path in (ROOT / "simulator").rglob("*.py"):
        for call in calls(path):
            if getattr(call.func, "attr", None) != "emit":
                continue
            name = ast.literal_eval(call.args[0]) if is_text(call.args) else ""
            if name in MEANINGS:
                keys = {snake_case(each.arg) for each in call.keywords if each.arg}
                sent.setdefault(MEANINGS[name].type, set()).update(keys)
    documented = {kind: {*DATA.get(kind, {})} for kind in sent}
    # What the bus does not have, and what the simulator sends from a variable.
    documented["guider_dithered"] -= {"guiding"}
    documented["live_stack_updated"] -= {"is_monochrome", "stack_count"}
    sent |= {kind: {*DATA[kind]} for kind in sent if kind.endswith("target_started")}
    assert documented == sent
    assert len(sent) > 30


@pytest.mark.parametrize(
    ("kind", "file", "function"),
    [
        (OwnEventType.NIGHT_REPORT, "night/report.py", "as_data"),
        (OwnEventType.NIGHT_WATCH_PENDING, "night/watch.py", "_notify"),
        (OwnEventType.NIGHT_WATCH_TRIGGERED, "night/watch.py", "_notify"),
        (OwnEventType.ROOF_CLOSE_FAILED, "roof/alarm.py", "_notify"),
        (OwnEventType.ROOF_CLOSE_UNCONFIRMED, "roof/alarm.py", "_handle_late"),
        (OwnEventType.ROOF_GUARD_CLOSED, "roof/guard.py", "_notify"),
        (OwnEventType.ROOF_GUARD_CLOSING, "roof/guard.py", "_notify"),
        (OwnEventType.SECURE_FINISHED, "procedures/secure.py", "report"),
        (OwnEventType.START_UP_FINISHED, "procedures/start_up.py", "report"),
        (OwnEventType.TARGET_CHANGED, "night/targets.py", "_update"),
    ],
)
def test_the_data_of_own_events_is_what_is_fired(
    kind: OwnEventType, file: str, function: str
) -> None:
    """By the names in the function that makes it, except those that only triggers have."""
    tree = parse(ROOT / "custom_components/nina_observatory" / file)
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    made = {
        str(each.value)
        for own in functions
        if own.name == function
        for each in ast.walk(own)
        if isinstance(each, ast.Constant)
    }
    words = {"reason_text", "problem_text"}
    elsewhere = {"steps"} | ({"frames"} if kind is OwnEventType.NIGHT_REPORT else set())
    assert {*DATA[kind]} - words - elsewhere <= made


def test_every_trigger_names_an_entity_to_choose() -> None:
    keys = {(row.platform, f"{row.role}_{row.key}") for row in rows()}
    assert {*CHOSEN.values(), *CHOSEN_BY_TRIGGER.values()} <= keys
    assert {*CHOSEN_BY_TRIGGER} <= {*TRIGGERS}
    assert {each._key for each in TRIGGERS.values() if issubclass(each, MomentTrigger)} == {*CHOSEN}


def test_events_on_the_bus_only_are_those_without_an_entity() -> None:
    assert {*BUS_ONLY} == {*STEPS}


def is_text(arguments: list[ast.expr]) -> bool:
    """Return whether the first argument is a text."""
    return bool(arguments) and isinstance(arguments[0], ast.Constant)
