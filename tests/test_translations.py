"""Texts and icons: everything the code refers to exists, and nothing exists that it does not."""

import ast
from collections.abc import Callable, Iterator
from functools import cache
import importlib
from pathlib import Path
import pkgutil
import re
from string import Formatter
from types import ModuleType
from typing import Any

from homeassistant.components.alarm_control_panel import AlarmControlPanelState
from homeassistant.components.cover import CoverState
from homeassistant.components.sensor import SensorDeviceClass
import pytest

import custom_components.nina_observatory as integration
from custom_components.nina_observatory.api import Role
from custom_components.nina_observatory.config_flow import FOUND_FIELDS, USER_FIELDS
from custom_components.nina_observatory.const import (
    CONF_SHARED_MOUNTS,
    DOMAIN,
    Needs,
    Question,
    Subject,
)
from custom_components.nina_observatory.control.commands import KEYS
from custom_components.nina_observatory.errors import Ending, Reason
from custom_components.nina_observatory.helpers.devices import HubPart
from custom_components.nina_observatory.helpers.naming import LONGEST_NAME, NameFault
from custom_components.nina_observatory.night.watch_state import (
    WaitsFor,
    WatchProblem,
    WatchState,
)
from custom_components.nina_observatory.procedures.options_flow import (
    NIGHT_WATCH_SCHEMA,
    OPTIONS_SCHEMA,
    ROOF_GUARD_SCHEMA,
)
from custom_components.nina_observatory.readings.device_keeper import ROOF
from custom_components.nina_observatory.roof.detector import RoofProblem, RoofReading
from custom_components.nina_observatory.roof.guard_state import (
    Danger,
    GuardMode,
    Obstacle,
    StopPolicy,
)
from custom_components.nina_observatory.roof.mount_interlock import MountInterlock
from custom_components.nina_observatory.roof.roof import RoofInterlock
from custom_components.nina_observatory.runtime import PLATFORMS
from custom_components.nina_observatory.upkeep.address.moved import ISSUE
from custom_components.nina_observatory.upkeep.address.probe import Fault
from scripts._checks.entities import descriptions_in, kind_of
from scripts._checks.files import parse, python_files, read_object
from scripts._checks.icons import check_icons
from scripts._checks.languages import check_languages
from scripts._checks.translations import (
    check_actions,
    check_selectors,
    check_texts,
)
from scripts._docs.commands import every_command

ROOT = Path(__file__).parent.parent
FOLDER = Path(integration.__file__).parent
TEXTS: dict[str, Any] = read_object(FOLDER / "translations/en.json")
ICONS: dict[str, Any] = read_object(FOLDER / "icons.json")
# What makes errors of a reason and keywords, and what it adds to the keywords itself.
FILLED_BY: dict[str, set[str]] = {
    "FieldError": {"field", "value"},
    "TransientError": set(),
    "EndedError": set(),
    "NotDoneError": set(),
    "RefusedError": set(),
    "TooOldError": set(),
    "_error": {"devices"},
}
SUBJECT_ENDS = ("not_connected", "lost", "silent", "unread")
OF_COMMANDS = {f"{key}_{ending}": ending for key in KEYS for ending in Ending}
REFUSED = {f"{asked}_refused" for asked in (*KEYS, *Question)}
# What has the text of another error in it, which says the rest.
NESTED = {"secure_failed", "shared_mount_park_failed", "start_up_failed"}
# Home Assistant has the texts of these.
STATES = {"alarm_control_panel": [*AlarmControlPanelState], "cover": [*CoverState]}
SILENT = {f"{each}_silent" for each in (*Role, *Subject)}


def modules() -> Iterator[ModuleType]:
    """Import every module of the integration."""
    for found in pkgutil.walk_packages(integration.__path__, f"{integration.__name__}."):
        yield importlib.import_module(found.name)


def described() -> list[tuple[str, Any]]:
    """Return platform and description of everything in the tables of all modules."""
    found = {
        id(description): description
        for module in modules()
        for description in descriptions_in(list(vars(module).values()))
    }
    return [(str(kind_of(description)), description) for description in found.values()]


DESCRIBED = described()
TRANSLATED = [(platform, each) for platform, each in DESCRIBED if each.translation_key]


def keys_made_on_the_way() -> re.Pattern[str]:
    """Return what the keys look like that are put together in code, for what has no table."""
    patterns = [
        "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
            for part in keyword.value.values
        )
        for path in python_files(FOLDER)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call)
        and "translation_domain" not in {keyword.arg for keyword in node.keywords}
        for keyword in node.keywords
        if keyword.arg == "translation_key" and isinstance(keyword.value, ast.JoinedStr)
    ]
    return re.compile("|".join(patterns) or "(?!)")


def entity_keys(texts: dict[str, Any]) -> set[tuple[str, str]]:
    """Return platform and key of all entities that a file speaks of."""
    return {(platform, key) for platform, keys in texts["entity"].items() for key in keys}


def test_tables_are_found() -> None:
    """The other tests would pass with nothing to look at."""
    assert len(TRANSLATED) > 60
    assert {platform for platform, _ in DESCRIBED} >= {*PLATFORMS}


def test_entities_have_names_and_names_have_entities() -> None:
    keys = {(platform, each.translation_key) for platform, each in TRANSLATED}
    assert keys <= entity_keys(TEXTS)
    unused = {key for _, key in entity_keys(TEXTS) - keys}
    assert not [key for key in unused if not keys_made_on_the_way().fullmatch(key)]


def test_entities_without_a_text_are_named_otherwise() -> None:
    for platform, each in DESCRIBED:
        assert each.translation_key or each.device_class or each.name is None, (platform, each.key)


def test_states_of_enumerations_have_texts_and_no_others() -> None:
    for platform, each in TRANSLATED:
        options = getattr(each, "options", None)
        text = TEXTS["entity"][platform][each.translation_key]
        if options is not None:
            assert set(text["state"]) == set(options), each.key
        elif platform == "binary_sensor":
            assert set(text.get("state", ("on", "off"))) == {"on", "off"}, each.key
        else:
            assert "state" not in text, each.key


def test_icons_where_no_device_class_has_one() -> None:
    keys = {(platform, each.translation_key) for platform, each in TRANSLATED}
    lacking = {
        (platform, each.translation_key)
        for platform, each in TRANSLATED
        # Home Assistant has no icons for device classes of our own.
        if each.device_class in (None, SensorDeviceClass.ENUM)
        or each.device_class.startswith(DOMAIN)
    }
    assert entity_keys(ICONS) & keys == lacking
    assert entity_keys(ICONS) <= entity_keys(TEXTS)


def test_icons_are_of_states_that_exist() -> None:
    for platform, key in entity_keys(ICONS):
        icon = ICONS["entity"][platform][key]
        own = STATES.get(platform, ["on", "off"])
        states = TEXTS["entity"][platform][key].get("state", own)
        assert set(icon.get("state", ())) <= set(states), key
        assert icon["default"] not in icon.get("state", {}).values(), key


def texts_in(tree: ast.AST) -> set[str]:
    """Return the texts in a piece of code."""
    found = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in found if isinstance(value, str)}


def returned_by(tree: ast.AST, chosen: Callable[[ast.FunctionDef], bool]) -> set[str]:
    """Return the texts that the chosen functions return."""
    return {
        text
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and chosen(function)
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and node.value is not None
        for text in texts_in(node.value)
    }


def keys_of_commands() -> set[str]:
    """Return the keys of the errors of all commands."""
    found = set()
    for command in every_command().values():
        found.add(f"{command.key}_{'unproven' if command.readable else 'failed'}")
        # The sample of what connects a device is about the hub, which nothing connects.
        if command.subject is not Role.HUB:
            found |= {f"{command.subject}_{end}" for end in SUBJECT_ENDS}
        if command.safety_critical:
            found.add(f"{command.key}_{Ending.DENIED}")
        found |= {f"{other}_under_way" for other in command.blocked_by}
    return found


def reasons_in(tree: ast.AST) -> set[str]:
    """Return the reasons that a piece of code names."""
    return {
        Reason[node.attr].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        if isinstance(node.value, ast.Name) and node.value.id == "Reason"
    }


@cache
def raised() -> dict[str, set[str]]:
    """Return the reasons that are given where an error is made, with what fills their texts."""
    found: dict[str, set[str]] = {}
    for path in python_files(FOLDER):
        for node in ast.walk(parse(path)):
            filler = node.func if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and isinstance(filler, ast.Name):
                if filler.id not in FILLED_BY or not node.args:
                    continue
                # Other names may come from a dictionary, which only the call itself shows.
                names = {str(each.arg) for each in node.keywords if each.arg is not None}
                for reason in reasons_in(node.args[0]):
                    found.setdefault(reason, set()).update(names | FILLED_BY[filler.id])
    return found


def test_errors_have_texts_and_texts_have_errors() -> None:
    texts = set(TEXTS["exceptions"])
    expected = keys_of_commands() | {reason.value for reason in Reason}
    expected |= {f"needs_{needs}" for needs in Needs} | REFUSED
    assert expected <= texts
    # Some commands are sent in two ways, of which one can be seen.
    endings = {f"{key}_{end}" for key in KEYS for end in (*Ending, "failed", "under_way")}
    subjects = {f"{each}_{end}" for each in (*Role, *Subject) for end in SUBJECT_ENDS}
    assert texts <= expected | endings | subjects


def test_every_key_is_that_of_one_command() -> None:
    assert sorted(KEYS) == sorted(every_command())


def test_questions_are_asked() -> None:
    code = "".join(path.read_text() for path in python_files(FOLDER))
    assert [each.name for each in Question if f"Question.{each.name}" not in code] == []


@pytest.mark.parametrize("key", TEXTS["exceptions"])
def test_errors_use_what_they_are_given(key: str) -> None:
    """A placeholder that nobody fills would be shown as it is."""
    given = {"reason"} if key in REFUSED else set()
    given |= raised().get(key, set())
    for end in Ending:
        given |= {"seconds", "seen", "age"} if OF_COMMANDS.get(key) is end else set()
    given |= {"reason"} if OF_COMMANDS.get(key) is Ending.DENIED else set()
    given |= {"seen", "age"} if key in SILENT else set()
    given |= {"value", "minimum", "maximum"} if key.endswith("_out_of_range") else set()
    message = TEXTS["exceptions"][key]["message"]
    assert {name for _, name, _, _ in Formatter().parse(message) if name} == given


@pytest.mark.parametrize(
    "key", [key for key, text in TEXTS["exceptions"].items() if "{reason}" in text["message"]]
)
def test_words_of_nina_do_not_stand_alone(key: str) -> None:
    """Before them it is said what was asked or done, and after them what to try."""
    if key in NESTED:
        return
    before, after = TEXTS["exceptions"][key]["message"].split("{reason}")
    assert len(before.split()) >= 3
    assert re.search(r"\. [A-Z][^.]* [^.]*\.", after), after


def test_config_flow() -> None:
    shown = {"user": USER_FIELDS, "reconfigure": USER_FIELDS, "found": FOUND_FIELDS}
    steps = TEXTS["config"]["step"]
    assert set(steps) == set(shown)
    for name, step in steps.items():
        fields = {"name", *(str(marker) for marker in shown[name])}
        assert set(step["data"]) == set(step["data_description"]) == fields


def test_errors_of_the_config_flow() -> None:
    """Every failure has its message; where it is found does not matter."""
    faults = {*Fault}
    assert set(TEXTS["config"]["error"]) == faults | {*NameFault} | {"invalid_host"}
    assert f" {LONGEST_NAME} " in TEXTS["config"]["error"][NameFault.TOO_LONG]
    texts = texts_in(parse(FOLDER / "config_flow.py"))
    assert {"invalid_host"} | set(TEXTS["config"]["abort"]) - faults <= texts


def test_repair_flows() -> None:
    """What is wrong with a new address is said as in the form for an address that is typed."""
    moved = TEXTS["issues"][ISSUE]["fix_flow"]
    errors = TEXTS["config"]["error"]
    of_others = {Fault.NOT_SCHEDULER, Fault.SCHEDULER_CANNOT_CONNECT}
    assert moved["error"] == {fault: errors[fault] for fault in {*Fault} - of_others}
    assert set(moved["abort"]) <= texts_in(parse(FOLDER / "repairs.py"))


def test_options() -> None:
    steps = {
        "general": OPTIONS_SCHEMA,
        "roof_guard": ROOF_GUARD_SCHEMA,
        "night_watch": NIGHT_WATCH_SCHEMA,
    }
    assert set(TEXTS["options"]["step"]) == {"init", *steps}
    for name, schema in steps.items():
        step = TEXTS["options"]["step"][name]
        fields = {str(marker) for marker in schema.schema}
        # Asked for only where there are other entries.
        fields |= {CONF_SHARED_MOUNTS} if name == "general" else set()
        assert set(step["data"]) == set(step["data_description"]) == fields
    for key, choices in (
        ("roof_interlock", RoofInterlock),
        ("mount_interlock", MountInterlock),
        ("roof_guard", GuardMode),
        ("roof_guard_stop_sequence", StopPolicy),
    ):
        assert set(TEXTS["selector"][key]["options"]) == set(choices)


def test_the_roof_guard() -> None:
    """Every reason and every reading has a text."""
    shown = TEXTS["entity"]["sensor"]["roof_guard"]["state_attributes"]
    assert set(shown["reason"]["state"]) == {*Danger, *Obstacle}
    assert set(shown["danger"]["state"]) == set(Danger)
    assert set(shown["reading"]["state"]) == set(RoofReading)


def test_the_night_watch() -> None:
    """Every problem has a text, the same wherever it is shown, and so has all that it waits for."""
    shown = TEXTS["entity"]["alarm_control_panel"]["night_watch"]["state_attributes"]
    for key in ("problem", "problems", "acknowledged"):
        assert set(shown[key]["state"]) == set(WatchProblem)
        assert shown[key]["state"] == shown["problem"]["state"]
    assert set(shown["waits_for"]["state"]) == set(WaitsFor)
    events = TEXTS["entity"]["event"]["session"]["state_attributes"]
    assert events["problem"]["state"] == shown["problem"]["state"]
    assert {*WatchState} <= {*AlarmControlPanelState}


def test_a_roof_that_is_not_closed() -> None:
    """Every problem of the roof has a repair issue, and a text where it is an attribute."""
    assert {f"roof_{problem}" for problem in RoofProblem} <= set(TEXTS["issues"])
    shown = TEXTS["entity"]["binary_sensor"]["open_while_not_safe"]["state_attributes"]
    assert set(shown["reason"]["state"]) == set(RoofProblem)


def test_devices() -> None:
    """Every device but the hub, which has the name of the rig, is named after rig and role."""
    assert set(TEXTS["device"]) == {*Role, *HubPart, ROOF} - {Role.HUB}
    assert all(text["name"].startswith("{rig} ") for text in TEXTS["device"].values())


@pytest.mark.parametrize(
    "check",
    [check_texts, check_languages, check_actions, check_selectors, check_icons],
)
def test_files_are_sound(check: Callable[[Path], Iterator[str]]) -> None:
    assert list(check(ROOT)) == []
