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

from homeassistant.components.sensor import SensorDeviceClass
import pytest

import custom_components.nina_observatory as integration
from custom_components.nina_observatory import PLATFORMS
from custom_components.nina_observatory.api import DEVICE_MODELS, Role
from custom_components.nina_observatory.config_flow import (
    FOUND_SCHEMA,
    OPTIONS_SCHEMA,
    USER_SCHEMA,
)
from custom_components.nina_observatory.roof import RoofInterlock
from custom_components.nina_observatory.safety import SafetyReason
from scripts._checks.entities import descriptions_in, kind_of
from scripts._checks.files import parse, python_files, read_object
from scripts._checks.icons import check_icons
from scripts._checks.translations import (
    check_actions,
    check_languages,
    check_selectors,
    check_texts,
)

ROOT = Path(__file__).parent.parent
FOLDER = Path(integration.__file__).parent
TEXTS: dict[str, Any] = read_object(FOLDER / "translations/en.json")
ICONS: dict[str, Any] = read_object(FOLDER / "icons.json")
# What makes errors of a key and keywords, and what it adds to the keywords itself.
FILLED_BY: dict[str, set[str]] = {
    "FieldError": {"field", "value"},
    "failure": set(),
    "refusal": set(),
    "_error": {"devices"},
}


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
        if each.device_class in (None, SensorDeviceClass.ENUM)
    }
    assert entity_keys(ICONS) & keys == lacking
    assert entity_keys(ICONS) <= entity_keys(TEXTS)


def test_icons_are_of_states_that_exist() -> None:
    for platform, key in entity_keys(ICONS):
        icon = ICONS["entity"][platform][key]
        states = TEXTS["entity"][platform][key].get("state", {"on": "", "off": ""})
        assert set(icon.get("state", ())) <= set(states), key
        assert icon["default"] not in icon.get("state", {}).values(), key


def calls_of(name: str) -> Iterator[dict[str, ast.expr]]:
    """Yield the keywords of every call of something, such as `Command[Dome](…)`."""
    for path in python_files(FOLDER):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Call):
                called = node.func.value if isinstance(node.func, ast.Subscript) else node.func
                if isinstance(called, ast.Name) and called.id == name:
                    yield {str(keyword.arg): keyword.value for keyword in node.keywords}


def keys_of_commands() -> set[str]:
    """Return the keys of what the commander says of commands."""
    found = set()
    for given in calls_of("Command"):
        subject = given["subject"]
        named = subject.attr if isinstance(subject, ast.Attribute) else ast.unparse(subject)
        # A constant names one subject; a variable stands for any kind of equipment.
        roles = {named.lower()} if named.isupper() else set(DEVICE_MODELS)
        found |= {f"{key}_unproven" for key in texts_in(given["key"])}
        found |= {f"{role}_{fate}" for role in roles for fate in ("not_connected", "lost")}
        found |= {f"{other}_under_way" for other in texts_in(given.get("yields_to", ast.Tuple()))}
    return found


def texts_in(tree: ast.AST) -> set[str]:
    """Return the texts in a piece of code."""
    found = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in found if isinstance(value, str)}


def returned_by(tree: ast.AST, chosen: Callable[[ast.FunctionDef], bool]) -> set[str]:
    """Return the texts that the chosen functions return, keys of dictionaries left out."""
    return {
        text
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and chosen(function)
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and node.value is not None
        for part in (node.value.elts[:1] if isinstance(node.value, ast.Tuple) else [node.value])
        for text in texts_in(part)
    }


def keys_of_refusals() -> set[str]:
    """Return the keys of what commands are refused for."""
    found = set()
    for path in python_files(FOLDER / "commands"):
        tree = parse(path)
        found |= returned_by(tree, lambda function: function.name.startswith("_cannot_"))
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "refusal":
                found |= texts_in(node.value)
    return found


@cache
def raised() -> dict[str, set[str]]:
    """Return the keys that are spelled out where an error is raised, with what fills them."""
    found: dict[str, set[str]] = {}
    for path in python_files(FOLDER):
        for node in ast.walk(parse(path)):
            if not isinstance(node, ast.Call):
                continue
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            filler = node.func.id if isinstance(node.func, ast.Name) else ""
            if filler in FILLED_BY and isinstance(node.args[0], ast.Constant | ast.IfExp):
                names = {str(name) for name in given if name} | FILLED_BY[filler]
                found |= dict.fromkeys(texts_in(node.args[0]), names)
            key = given.get("translation_key")
            if "translation_domain" in given and isinstance(key, ast.Constant | ast.IfExp):
                filled = given.get("translation_placeholders")
                keys = filled.keys if isinstance(filled, ast.Dict) else []
                placeholders = {
                    name for each in keys if each is not None for name in texts_in(each)
                }
                found |= dict.fromkeys(texts_in(key), placeholders)
            if isinstance(node.func, ast.Attribute) and node.func.attr == "interrupt":
                found |= {text: set() for text in texts_in(node)}
    return found


def keys_of_ranges() -> set[str]:
    """Return the keys of parameters that are checked against a range."""
    return {
        f"{node.args[0].value!s}_out_of_range"
        for path in python_files(FOLDER / "actions")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "_check_range"
        and isinstance(node.args[0], ast.Constant)
    }


def test_errors_have_texts_and_texts_have_errors() -> None:
    explained = returned_by(parse(FOLDER / "entity.py"), lambda each: each.name == "_explain")
    unsafe = {f"not_safe_{reason}" for reason in SafetyReason if reason is not SafetyReason.SAFE}
    expected = (
        keys_of_commands()
        | keys_of_refusals()
        | set(raised())
        | keys_of_ranges()
        | explained
        | unsafe
    )
    assert expected <= set(TEXTS["exceptions"])
    spelled_out = {text for path in python_files(FOLDER) for text in texts_in(parse(path))}
    unused = set(TEXTS["exceptions"]) - expected - spelled_out
    of_commands = re.compile("_(unproven|failed|under_way)$")
    assert not {key for key in unused if of_commands.sub("", key) not in spelled_out}


@pytest.mark.parametrize("key", TEXTS["exceptions"])
def test_errors_use_what_they_are_given(key: str) -> None:
    """A placeholder that nobody fills would be shown as it is."""
    given = {"refused": {"reason"}, "bad_answer": {"reason"}}.get(key, set())
    given |= raised().get(key, set())
    given |= {"seconds", "seen"} if key.endswith("_unproven") else set()
    given |= {"value", "minimum", "maximum"} if key.endswith("_out_of_range") else set()
    message = TEXTS["exceptions"][key]["message"]
    assert {name for _, name, _, _ in Formatter().parse(message) if name} == given


def test_config_flow() -> None:
    schemas = {"user": USER_SCHEMA, "reconfigure": USER_SCHEMA, "found": FOUND_SCHEMA}
    steps = TEXTS["config"]["step"]
    assert set(steps) == set(schemas)
    for name, step in steps.items():
        fields = {str(marker) for marker in schemas[name].schema}
        assert set(step["data"]) == set(step["data_description"]) == fields


def test_errors_of_the_config_flow() -> None:
    """Every failure has its message; where it is found does not matter."""
    tree = parse(FOLDER / "config_flow.py")
    known = set(TEXTS["config"]["error"]) | set(TEXTS["config"]["abort"])
    assert known <= texts_in(tree)
    explained = returned_by(tree, lambda function: function.name == "_explain")
    assert explained <= set(TEXTS["config"]["error"])


def test_options() -> None:
    step = TEXTS["options"]["step"]["init"]
    fields = {str(marker) for marker in OPTIONS_SCHEMA.schema}
    assert set(step["data"]) == set(step["data_description"]) == fields
    assert set(TEXTS["selector"]["roof_interlock"]["options"]) == set(RoofInterlock)


def test_devices() -> None:
    """Every device but the hub, which has the name of the rig, is named after rig and role."""
    assert set(TEXTS["device"]) == {*Role} - {Role.HUB}
    assert all(text["name"].startswith("{rig} ") for text in TEXTS["device"].values())


@pytest.mark.parametrize(
    "check",
    [check_texts, check_languages, check_actions, check_selectors, check_icons],
)
def test_files_are_sound(check: Callable[[Path], Iterator[str]]) -> None:
    assert list(check(ROOT)) == []
