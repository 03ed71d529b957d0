"""Actions that make no sense, or cannot be: a translated error each time, and nothing is sent.

The cases are made from the table of actions, so that no action and no field is left out.
"""

from collections.abc import Iterator
import json
import math
from pathlib import Path
from string import Formatter
from typing import Any

from homeassistant.core import HomeAssistant, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

import custom_components.nina_observatory as integration
from custom_components.nina_observatory.actions import ACTIONS, Action
from custom_components.nina_observatory.actions.fields import Fields, choice, number, text
from custom_components.nina_observatory.actions.observatory import NAMING
from custom_components.nina_observatory.api import DEVICE_MODELS, ProjectState
from custom_components.nina_observatory.const import DOMAIN
from simulator import Observatory

from .action_fields import BY_NAME, required, sensible
from .commanding import sent
from .conftest import SPEED, make_entry, set_up, unload

FOLDER = Path(integration.__file__).parent
TEXTS = json.loads((FOLDER / "translations/en.json").read_text())["exceptions"]

# What no field takes, whatever it is for.
NONSENSE = (None, [1], {"a": 1}, object())
NO_NUMBERS = ("x", "", "30 s", "30 min", "1,5", True, math.nan, math.inf, "-inf", "0x10")
NO_ANGLES = ("", "north", "5,5", "12h34h", math.nan, True, 1e9, "400°", "1e400")

# Procedures tell what failed in words of their own.
OWN_WORDS = {"secure": "secure_failed", "start_up": "start_up_failed"}
# What another server answers.
ELSEWHERE = {"get_plan", "get_projects", "get_target_statistics", "slew_to_target"}


def fields_of(action: Action) -> dict[str, Any]:
    """Return the fields of an action with what checks them."""
    return {str(marker): check for marker, check in action.fields.items()}


def bad_values(check: Any) -> Iterator[Any]:
    """Yield values that a field does not take: of the wrong type, unit, size or spelling."""
    yield from NONSENSE
    if isinstance(check, probatio.All):
        yield from bad_values_of_all(*check.validators)
    elif check.__name__ == "flag":
        yield from ("perhaps", 2, "", 1.0)
    elif check.__name__ in ("right_ascension", "declination"):
        yield from NO_ANGLES
    elif check.__name__ == "setting_value":
        yield from ("", "   ", math.nan, math.inf, "x" * 1001, "line\nbreak")
    elif check.__name__ == "_channel":
        yield from ("", "   ", True, -1, 2.5, math.nan, "x" * 300)
    elif check.__name__ == "_device_id":
        yield from ("", "   ", 5, True, "x" * 300, "line\nbreak")
    elif check.__name__ == "binning":
        yield from ("", "2", "2x", "0x0", "x", 2, "two")


def bad_values_of_all(first: Any, second: Any) -> Iterator[Any]:
    """Yield values that a field of the library's validators does not take."""
    if isinstance(second, probatio.Range):
        yield from NO_NUMBERS
        yield from (second.min - 1, second.max + 1, -1e300, str(second.max * 2 + 1))
        if first.__name__ == "_whole":
            yield from (second.min + 0.5, f"{second.min + 0.5}")
    elif isinstance(first, probatio.In):
        yield from ("", "nonsense", "ALL", 0, True)
    else:
        assert isinstance(second, probatio.Length)
        yield from ("", "   ", 5, True, "x" * 300, "line\nbreak")


async def carry_out(hass: HomeAssistant, action: Action, data: dict[str, Any]) -> Any:
    """Carry out an action, asking for an answer where there is no other way."""
    return await hass.services.async_call(
        DOMAIN,
        action.name,
        data,
        blocking=True,
        return_response=action.returns is SupportsResponse.ONLY,
    )


async def error_of(hass: HomeAssistant, action: Action, data: dict[str, Any]) -> HomeAssistantError:
    """Return the error that an action raises, which is in the user's language."""
    with pytest.raises(HomeAssistantError) as raised:
        await carry_out(hass, action, data)
    error = raised.value
    assert error.translation_key, error
    if error.translation_domain == DOMAIN:
        message = TEXTS[error.translation_key]["message"]
        wanted = {name for _, name, _, _ in Formatter().parse(message) if name is not None}
        assert wanted == set(error.translation_placeholders or {})
    return error


def bad_calls(action: Action, entry_id: str) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Yield fields that make no sense, with the error of that and the field it names."""
    good = {"config_entry_id": entry_id, **sensible(action)}
    yield {**good, "nonsense": 1}, "field_unknown", "nonsense"
    for field in required(action):
        without = {name: value for name, value in good.items() if name != field}
        yield without, "field_missing", field
    for field, check in fields_of(action).items():
        for value in bad_values(check):
            yield {**good, field: value}, "field_", field


@pytest.mark.parametrize("part", range(4))
async def test_bad_fields(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry, part: int
) -> None:
    """Missing, unknown, of the wrong type, unit or size: refused before anything is asked."""
    for action in ACTIONS[part::4]:
        for data, key, field in bad_calls(action, ready.entry_id):
            error = await error_of(hass, action, data)
            assert isinstance(error, ServiceValidationError), (action.name, data)
            assert str(error.translation_key).startswith(key), (action.name, data)
            assert error.translation_placeholders is not None
            assert error.translation_placeholders["field"] == field, (action.name, data)
    assert sent(observatory) == []


@pytest.mark.parametrize(
    ("check", "value", "key", "filling"),
    [
        (number(low=1, high=240), 0.5, "field_out_of_range", {"minimum": "1", "maximum": "240"}),
        (number(low=1, high=240), "241", "field_out_of_range", {"minimum": "1", "maximum": "240"}),
        (number(low=1e-5, high=2), 0, "field_out_of_range", {"minimum": "0.00001", "maximum": "2"}),
        (number(low=1, high=240), math.nan, "field_no_number", {}),
        (number(low=0, high=1), True, "field_no_number", {}),
        (number(low=1, high=9, whole=True), 2.5, "field_no_whole_number", {}),
        (
            number(low=1, high=9, whole=True),
            10,
            "field_out_of_range",
            {"minimum": "1", "maximum": "9"},
        ),
        (choice(*ProjectState), "gone", "field_no_option", {"options": ", ".join(ProjectState)}),
        (choice("a", "b"), ["a"], "field_no_option", {"options": "a, b"}),
        (text(longest=3), "  abcd ", "field_too_long", {"maximum": "3"}),
        (text(), " ", "field_no_text", {}),
    ],
)
def test_an_error_names_the_value_and_what_would_do(
    check: Any, value: Any, key: str, filling: dict[str, str]
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        Fields({probatio.Required("given"): check})({"given": value})

    assert raised.value.translation_key == key
    wanted = {"field": "given", "value": str(value).strip(), **filling}
    assert raised.value.translation_placeholders == wanted


def test_what_a_field_takes_is_of_the_type_that_it_means() -> None:
    """Templates return text; an option is returned as a member of its enumeration."""
    fields = Fields(
        {
            "real": number(low=0, high=9),
            "whole": number(low=0, high=9, whole=True),
            "option": choice(*ProjectState),
            "text": text(longest=3),
        }
    )
    found = fields({"real": "2.5", "whole": "3.0", "option": "active", "text": " abc "})

    assert found == {"real": 2.5, "whole": 3, "option": ProjectState.ACTIVE, "text": "abc"}
    assert [type(each) for each in found.values()] == [float, int, ProjectState, str]


async def test_an_observatory_that_does_not_exist(hass: HomeAssistant) -> None:
    """An id that nobody knows, and one of an entry that is not loaded."""
    stranger = MockConfigEntry(domain="sun", title="Sun")
    stranger.add_to_hass(hass)
    unloaded = MockConfigEntry(domain=DOMAIN, title="Observatory")
    unloaded.add_to_hass(hass)
    assert await async_setup_component(hass, DOMAIN, {})
    for action in ACTIONS:
        for entry_id in ("nobody", stranger.entry_id, unloaded.entry_id):
            error = await error_of(hass, action, {"config_entry_id": entry_id, **sensible(action)})
            assert isinstance(error, ServiceValidationError), action.name


async def test_nothing_connected(
    hass: HomeAssistant,
    observatory: Observatory,
    loaded_entry: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """Equipment that is not there is named, and nothing is sent to it."""
    for device in observatory.devices:
        device.detach()
    roles = {role.value for role in DEVICE_MODELS}
    observatory.ledger.reset()
    for action in NEEDING_EQUIPMENT:
        with subtests.test(action.name):
            data = {
                "config_entry_id": loaded_entry.entry_id,
                **sensible(action),
                **MORE.get(action.name, {}),
            }
            error = await error_of(hass, action, data)
            role = str(error.translation_key).removesuffix("_not_connected")
            assert role in roles
    assert sent(observatory) == []


# Fields with which an action needs equipment at all.
MORE: dict[str, dict[str, Any]] = {"open_roof": {"override": True}}
NOT_NEEDING = {
    "connect",
    "disconnect",
    "get_events",
    "get_frames",
    "get_framing",
    "get_logs",
    "get_night_report",
    "get_picture_url",
    "get_plot",
    "get_sequence",
    "list_devices",
    "list_sequences",
    "load_sequence",
    "moon_separation",
    "pause_polar_alignment",
    "rescan_devices",
    "reset_sequence",
    "resume_polar_alignment",
    "screenshot",
    "secure",
    "set_framing",
    "set_profile_value",
    "set_sequence_target",
    "skip_sequence",
    "slew_to_framing",
    "solve",
    "start_sequence",
    "start_up",
    "stop_flats",
    "stop_polar_alignment",
    "stop_sequence",
    "switch_profile",
    *ELSEWHERE,
}
NEEDING_EQUIPMENT = [action for action in ACTIONS if action.name not in NOT_NEEDING]


async def test_the_server_is_gone(
    hass: HomeAssistant,
    observatory: Observatory,
    loaded_entry: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """Nobody answers, so nothing is done, and that is said."""
    hass.config.allowlist_external_dirs = {"/nowhere"}
    await observatory.faults.start("refuse")
    await observatory.faults.start("scheduler_gone")
    assert loaded_entry.runtime_data.scheduler is not None
    await loaded_entry.runtime_data.scheduler.async_read()
    observatory.ledger.reset()
    for action in ACTIONS:
        if action.name in ("get_night_report", "get_picture_url", "get_plot"):
            # They are told by what is remembered.
            continue
        with subtests.test(action.name):
            data = {"config_entry_id": loaded_entry.entry_id, **sensible(action)}
            error = await error_of(hass, action, data)
            assert not isinstance(error, ServiceValidationError)
            usual = "scheduler_cannot_connect" if action.name in ELSEWHERE else "cannot_connect"
            assert error.translation_key == OWN_WORDS.get(action.name, usual)
    assert sent(observatory) == []


async def test_without_a_target_scheduler(
    hass: HomeAssistant, observatory: Observatory, subtests: pytest.Subtests
) -> None:
    """What asks it is refused, because there is nobody to ask."""
    data = {"host": "127.0.0.1", "port": observatory.port}
    entry = MockConfigEntry(domain=DOMAIN, title="Observatory", data=data)
    await set_up(hass, entry)
    for name in ELSEWHERE:
        with subtests.test(name):
            data = {"config_entry_id": entry.entry_id, **sensible(BY_NAME[name])}
            error = await error_of(hass, BY_NAME[name], data)
            assert error.translation_key == "no_scheduler"
    await unload(hass, entry)


async def test_a_server_of_the_oldest_kind(
    hass: HomeAssistant, socket_enabled: None, subtests: pytest.Subtests
) -> None:
    """What it does not know is not sent, and the version that knows it is named."""
    async with Observatory(
        port=0, scheduler_port=0, speed=SPEED, scenario="idle", version="2.1.0"
    ) as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        observatory.ledger.reset()
        for name, more in TOO_NEW.items():
            with subtests.test(name):
                data = {"config_entry_id": entry.entry_id, **sensible(BY_NAME[name]), **more}
                error = await error_of(hass, BY_NAME[name], data)
                assert error.translation_key == "plugin_too_old"
                placeholders = error.translation_placeholders or {}
                assert placeholders["installed"] == "2.1.0.0"
        assert sent(observatory) == []
        await unload(hass, entry)


async def test_what_a_server_of_the_oldest_kind_knows_is_not_too_new_for_it(
    hass: HomeAssistant, socket_enabled: None, subtests: pytest.Subtests
) -> None:
    """All other actions do what they are for, or name another reason; the procedures are of them."""
    async with Observatory(
        port=0, scheduler_port=0, speed=SPEED, scenario="idle", version="2.1.0"
    ) as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        for device in observatory.devices:
            device.detach()
        for name in BY_NAME.keys() - TOO_NEW.keys() - OWN_WORDS.keys():
            with subtests.test(name):
                data = {"config_entry_id": entry.entry_id, **sensible(BY_NAME[name])}
                key = None
                try:
                    await carry_out(hass, BY_NAME[name], data)
                except HomeAssistantError as err:
                    key = err.translation_key
                assert key != "plugin_too_old"
        await unload(hass, entry)


# Actions that came after 2.1.0, with the fields that did.
TOO_NEW: dict[str, dict[str, Any]] = {
    "auto_brightness_flats": {},
    "auto_exposure_flats": {},
    "capture": {"save": True},
    "get_logs": {},
    "list_devices": {},
    "load_sequence": {},
    "meridian_flip": {},
    "moon_separation": {},
    "rescan_devices": {},
    "set_sequence_target": {},
    "sky_flats": {},
    "skip_sequence": {},
    "slew": {},
    "slew_dome": {},
    "slew_to_target": {},
    "solve": {},
    "start_guiding": {"calibrate": True},
    "stop_flats": {},
    "stop_mount": {},
    "sync": {},
    "trained_dark_flats": {},
    "trained_flats": {},
}


async def test_parts_of_an_exposure_that_are_too_new(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    """An old server would leave them out silently; nothing is prepared for them either."""
    async with Observatory(port=0, speed=SPEED, scenario="idle", version="2.1.6") as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        observatory.ledger.reset()
        capture = BY_NAME["capture"]
        for part in ({"save": True}, {"target_name": "M 31"}, {"image_type": "light"}):
            data = {"config_entry_id": entry.entry_id, "exposure": 1, "filter": "Ha", **part}
            error = await error_of(hass, capture, data)
            assert error.translation_key == "plugin_too_old"
        assert sent(observatory) == []
        await unload(hass, entry)


async def test_an_entry_that_only_reads(
    hass: HomeAssistant, observatory: Observatory, subtests: pytest.Subtests
) -> None:
    """Nothing is commanded for it, by whatever action; what only reads goes on."""
    entry = make_entry(observatory, read_only=True)
    await set_up(hass, entry)
    observatory.ledger.reset()
    for action in (action for action in ACTIONS if action.controls):
        with subtests.test(action.name):
            data = {"config_entry_id": entry.entry_id, **sensible(action)}
            error = await error_of(hass, action, data)
            assert isinstance(error, ServiceValidationError)
            assert error.translation_key == "read_only"
    assert sent(observatory) == []
    assert await carry_out(hass, BY_NAME["get_frames"], {"config_entry_id": entry.entry_id}) == {
        "frames": []
    }
    await unload(hass, entry)


def test_the_form_of_an_action_is_what_it_takes() -> None:
    """services.yaml offers the fields that the code checks, with the same limits and options."""
    described = yaml.safe_load((FOLDER / "services.yaml").read_text(encoding="utf-8"))
    assert set(described) == {action.name for action in ACTIONS}
    for action in ACTIONS:
        offered = dict(described[action.name]["fields"])
        naming = offered.pop("observatory")["fields"]
        own = set(fields_of(action))
        assert set(offered) == own, action.name
        assert set(naming) == {"config_entry_id", "device_id", "entity_id"} - own
        assert naming.keys() <= set(map(str, NAMING))
        assert not any(form.get("required") for form in naming.values())
        needed = {field for field, form in offered.items() if form.get("required")}
        assert needed == set(required(action)), action.name
        for field, check in fields_of(action).items():
            ((kind, form),) = offered[field]["selector"].items()
            if not isinstance(check, probatio.All):
                continue
            first, second = check.validators
            if isinstance(second, probatio.Range):
                assert kind == "number", (action.name, field)
                assert (form["min"], form["max"]) == (second.min, second.max), (action.name, field)
            elif isinstance(first, probatio.In) and kind == "select":
                assert set(form["options"]) == set(first.container), (action.name, field)


def test_defaults_in_the_form_are_those_of_the_code() -> None:
    """What a form shows as given is what happens when nothing is given."""
    described = yaml.safe_load((FOLDER / "services.yaml").read_text(encoding="utf-8"))
    for action in ACTIONS:
        for marker in action.fields:
            default = getattr(marker, "default", None)
            made = default() if callable(default) else None
            shown = described[action.name]["fields"][str(marker)].get("default")
            if shown is not None:
                assert made == shown, (action.name, str(marker))
