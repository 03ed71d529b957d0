"""Any setting of the profile: changed, read back, and told, except for what must not be."""

import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import HIDDEN, ProfileSettings
from custom_components.nina_observatory.api.models.profile_settings import is_secret
from simulator import Observatory

from .commanding import answer, call, sent
from .conftest import SPEED, make_entry, set_up, unload
from .errors import raises, refused
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("socket_enabled")

ROUTE = "/profile/change-value"
FILTER = "FilterWheelSettings-FilterWheelFilters-4"


async def change(
    hass: HomeAssistant, entry: MockConfigEntry, path: str, value: object
) -> dict[str, Any]:
    """Set a value and return the answer."""
    return await answer(hass, entry, "set_profile_value", path=path, value=value)


def at(place: Any, steps: list[str]) -> Any:
    """Return what is found by following steps into plain data."""
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    return place


def read(observatory: Observatory, path: str) -> Any:
    """Return what a setting is."""
    return at(observatory.profile.sections, path.split("-"))


def put_back(observatory: Observatory, path: str, value: object) -> None:
    """Give a setting a value, as if it had never been changed."""
    *steps, last = path.split("-")
    at(observatory.profile.sections, steps)[last] = value


VALUES_OF_EVERY_KIND = [
    ("CameraSettings-Gain", 120, "120", 100, 120),
    ("CameraSettings-Gain", 120.0, "120", 100, 120),
    ("CameraSettings-Gain", "120", "120", 100, 120),
    ("CameraSettings-PixelSize", 3.76, "3.76", 2.9, 3.76),
    ("CameraSettings-PixelSize", "3.76", "3.76", 2.9, 3.76),
    ("CameraSettings-PixelSize", 4, "4", 2.9, 4),
    ("CameraSettings-DewHeaterOn", True, "true", False, True),
    ("CameraSettings-DewHeaterOn", "on", "true", False, True),
    ("CameraSettings-DewHeaterOn", "True", "true", False, True),
    ("MeridianFlipSettings-Recenter", False, "false", True, False),
    (
        "PlateSolveSettings-PlateSolverType",
        "platesolve3",
        "platesolve3",
        "ASTAP",
        "PLATESOLVE3",
    ),
    ("TelescopeSettings-Name", "Newton 8 in", "Newton 8 in", "Refractor 400", "Newton 8 in"),
    ("PlateSolveSettings-Gain", -5, "-5", -1, -5),
    (f"{FILTER}-Name", "H-alpha", "H-alpha", "Ha", "H-alpha"),
    (f"{FILTER}-FocusOffset", 55, "55", 28, 55),
    (f"{FILTER}-FlatWizardFilterSettings-HistogramMeanTarget", 0.4, "0.4", 0.5, 0.4),
]


async def test_values_of_every_kind(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    for path, value, spelled, old, new in VALUES_OF_EVERY_KIND:
        with subtests.test(f"{path} {value!r}"):
            observatory.ledger.reset()
            assert await change(hass, unhurried, path, value) == {
                "path": path,
                "old_value": old,
                "value": new,
                "confirmed": True,
            }
            assert sent(observatory) == [(ROUTE, {"settingpath": path, "newValue": spelled})]
        put_back(observatory, path, old)


async def test_what_it_reads_already_is_not_sent(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    observatory.ledger.reset()
    found = await change(hass, unhurried, "CameraSettings-Gain", 100)
    assert (found["old_value"], found["value"], found["confirmed"]) == (100, 100, True)
    assert sent(observatory) == []
    await change(hass, unhurried, "TelescopeSettings-Name", "REFRACTOR 400")
    assert read(observatory, "TelescopeSettings-Name") == "REFRACTOR 400"


async def test_sensors_follow(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """No event tells of it, so the profile is read again."""
    slow = unhurried.runtime_data.settings
    await change(hass, unhurried, "TelescopeSettings-FocalLength", 555)
    await eventually(lambda: slow.data.profile.telescope.focal_length == 555)


UNKNOWN_PATHS = [
    ("CameraSettings-PixelSizes", "CameraSettings-PixelSize"),
    ("camerasettings-pixelsize", "CameraSettings-PixelSize"),
    ("PixelSize", "CameraSettings-PixelSize"),
    ("TelescopeSettings-FocalLenght", "TelescopeSettings-FocalLength"),
    ("Camera-Settings-Gain", "CameraSettings-Gain"),
    ("FilterWheelSettings-FilterWheelFilters-99-Name", f"{FILTER[:-1]}0-Name"),
    ("CameraSettings", None),
    ("CameraSettings-", None),
    ("CameraSettings--Gain", "CameraSettings-Gain"),
    ("-", None),
    ("x" * 200, None),
]


async def test_an_unknown_path(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """N.I.N.A. refuses it, and what it has comes closest."""
    for path, nearest in UNKNOWN_PATHS:
        with subtests.test(path):
            with raises("profile_path_unknown") as error:
                await change(hass, unhurried, path, 5)
            filling = error.value.translation_placeholders
            assert filling is not None
            assert filling["path"] == path
            assert filling["reason"] in ("Unknown error", "Invalid path")
            if nearest is not None:
                assert nearest in filling["nearest"].split(", ")


OF_ANOTHER_KIND = [
    ("CameraSettings-Gain", "much"),
    ("CameraSettings-Gain", 2.5),
    ("CameraSettings-DewHeaterOn", 7),
    ("PlateSolveSettings-PlateSolverType", "MY_OWN"),
    ("MeridianFlipSettings-SettleTime", True),
]


async def test_a_value_of_another_kind(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    for path, value in OF_ANOTHER_KIND:
        with subtests.test(f"{path} {value!r}"):
            before = read(observatory, path)
            with raises("profile_value_refused") as error:
                await change(hass, unhurried, path, value)
            filling = error.value.translation_placeholders
            assert filling is not None
            assert (filling["path"], filling["reason"]) == (path, "Unknown error")
            assert read(observatory, path) == before


async def test_no_value_at_all(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    for value in ("", "  ", None, [1], {"a": 1}, "x" * 1001, "a\nb", float("nan")):
        with subtests.test(f"{value!r:.20}"):
            with pytest.raises(HomeAssistantError):
                await change(hass, ready, "CameraSettings-Gain", value)
            assert sent(observatory) == []


async def test_a_decimal_comma_is_none(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """N.I.N.A. would take 3,76 for 376."""
    with refused("field_no_number"):
        await change(hass, ready, "CameraSettings-PixelSize", "3,76")
    assert sent(observatory) == []


PROTECTED = [
    ("DomeSettings-CloseOnUnsafe", False),
    ("DomeSettings-CloseOnUnsafe", True),
    ("DomeSettings-ParkMountBeforeShutterMove", False),
    ("DomeSettings-RefuseUnsafeShutterMove", False),
    ("DomeSettings-RefuseUnsafeShutterOpenSansSafetyDevice", "false"),
    ("domesettings-closeonunsafe", "false"),
    ("DomeSettings-Id", "No_Device"),
    ("DomeSettings", "x"),
    ("SafetyMonitorSettings-Id", "No_Device"),
    ("SafetyMonitorSettings-LastDeviceName", "x"),
    ("TelescopeSettings-Id", "No_Device"),
    ("SequenceSettings-CloseDomeShutterAtSequenceEnd", False),
    ("SequenceSettings-SequenceCompleteCommand", "calc.exe"),
    ("PlateSolveSettings-ASTAPLocation", "calc.exe"),
    ("GuiderSettings-PHD2Path", "calc.exe"),
    ("ApplicationSettings-DevicePollingInterval", 60),
    ("ApplicationSettings-DevicePollingInterval", "nan"),
    ("Id", "another"),
]


async def test_what_protects_the_roof_is_not_changed(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """Not in either direction: some of it also keeps the roof from closing."""
    for path, value in PROTECTED:
        with subtests.test(f"{path} {value!r}"):
            with refused("profile_value_protected"):
                await change(hass, ready, path, value)
            assert sent(observatory) == []


async def test_a_polling_interval_that_is_short_enough(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    path = "ApplicationSettings-DevicePollingInterval"
    assert (await change(hass, unhurried, path, 3))["value"] == 3


SECRETS = ("WeatherDataSettings-OpenWeatherMapAPIKey", "PlateSolveSettings-AstrometryAPIKey")
OLD, NEW = "simulated-secret-key", "brand-new-key-4711"


@pytest.mark.parametrize("path", SECRETS)
async def test_secrets_are_told_nowhere(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    """Not in the answer, not in an error, not in the log."""
    with caplog.at_level(logging.DEBUG, "custom_components.nina_observatory"):
        found = await change(hass, unhurried, path, NEW)
        assert found == {"path": path, "old_value": HIDDEN, "value": HIDDEN, "confirmed": True}
        assert read(observatory, path) == NEW
        told: list[Any] = [found]
        for fault in ("not_done", "unknown_error", "html", "reset", "lost_reply", "truncated"):
            async with observatory.faults.during(fault, path=ROUTE):
                for value in (OLD, NEW):
                    try:
                        told.append(await change(hass, unhurried, path, value))
                    except HomeAssistantError as err:
                        told += [err, err.translation_placeholders, err.__cause__]
        with pytest.raises(HomeAssistantError) as error:
            await change(hass, unhurried, path, NEW * 100)
        told += [error.value, error.value.translation_placeholders]
    ours = [record for record in caplog.records if record.name.startswith("custom_components")]
    text = " ".join([*map(str, told), *(record.getMessage() for record in ours)])
    assert OLD not in text
    assert NEW not in text


async def test_an_empty_secret_may_be_known_to_be_empty(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    path = "WeatherDataSettings-WeatherUndergroundAPIKey"
    found = await change(hass, unhurried, path, NEW)
    assert (found["old_value"], found["value"]) == ("", HIDDEN)


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        ("A-PinPointAllSkyApiKey", True),
        ("A-UserPassword", True),
        ("A-access_token", True),
        ("A-ClientSecret", True),
        ("CameraSettings-PixelSize", False),
        ("WeatherDataSettings-WeatherUndergroundStation", False),
        ("DomeSettings-CloseOnUnsafe", False),
    ],
)
def test_what_is_secret(path: str, secret: bool) -> None:
    assert is_secret(path) is secret


async def test_what_no_reading_shows(
    hass: HomeAssistant, observatory: Observatory, unhurried: MockConfigEntry
) -> None:
    """N.I.N.A.'s word is passed on as that."""
    async with observatory.faults.during("not_done", path=ROUTE):
        found = await change(hass, unhurried, "DockPanelSettings-CameraInfoOnly", True)
        assert found == {
            "path": "DockPanelSettings-CameraInfoOnly",
            "old_value": None,
            "value": None,
            "confirmed": False,
        }
        with raises("set_profile_value_unproven"):
            await change(hass, unhurried, "CameraSettings-Gain", 7)
    async with observatory.faults.during("quiet_failure", path=ROUTE):
        with raises("set_profile_value_failed"):
            await change(hass, unhurried, "ApplicationSettings-LogLevel", 4)


@pytest.mark.parametrize("version", ["2.0.1", "2.1.2", "2.2.12.0"])
async def test_old_plugins(hass: HomeAssistant, version: str) -> None:
    """They change values, enumerations by names that they show as numbers, and no lists."""
    async with Observatory(
        port=0, scheduler_port=None, speed=SPEED, version=version, scenario="idle"
    ) as old:
        entry = make_entry(old)
        await set_up(hass, entry)
        entry.runtime_data.runner.pace.scale = 0.2
        found = await change(hass, entry, "CameraSettings-PixelSize", 3.76)
        assert (found["old_value"], found["value"], found["confirmed"]) == (2.9, 3.76, True)
        found = await change(hass, entry, "ApplicationSettings-LogLevel", "DEBUG")
        by_name = version == "2.2.12.0"
        assert found["value"] == ("DEBUG" if by_name else 3)
        assert found["confirmed"] is by_name
        old.ledger.reset()
        with refused("plugin_too_old") as error:
            await change(hass, entry, f"{FILTER}-Name", "Halpha")
        assert error.value.translation_placeholders == {
            "needed": "2.2.12.1",
            "installed": str(entry.runtime_data.client.plugin.version),
        }
        assert sent(old) == []
        await unload(hass, entry)


async def test_an_entry_that_only_reads_changes_nothing(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    entry = make_entry(observatory, read_only=True)
    await set_up(hass, entry)
    with refused("read_only"):
        await call(hass, entry, "set_profile_value", path="CameraSettings-Gain", value=5)
    assert sent(observatory) == []
    await unload(hass, entry)


def test_odd_profiles() -> None:
    """Whatever the answer is made of, looking for a path ends."""
    deep: Any = 5
    for _ in range(500):
        deep = {"A": [deep]}
    settings = ProfileSettings.from_wire({"Deep": deep, "Null": None, "Odd": {"": 1, "B-C": 2}})
    assert settings.find("Null").exists
    assert not settings.find("Null-A").exists
    assert not settings.find("Odd-B-C").exists
    assert not settings.find("").exists
    assert settings.nearest("Nul")[0] == "Null"
    many = ProfileSettings.from_wire({f"Key{number}": number for number in range(20_000)})
    assert len(many.paths()) == 5_000
    assert ProfileSettings.from_wire("nothing").nearest("A") == ()
    assert "secret" not in repr(ProfileSettings.from_wire({"APIKey": "secret"}))


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
TREES = st.recursive(
    VALUES,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text("AB_-", max_size=3), below),
    max_leaves=20,
)


@given(tree=TREES, path=st.text("AB-0", max_size=12), wanted=st.text(min_size=1, max_size=5))
def test_any_profile_and_any_path(tree: object, path: str, wanted: str) -> None:
    """Nothing raises, whatever it is made of."""
    settings = ProfileSettings.from_wire(tree)
    assert settings.find(path).reads(wanted) in (True, False, None)
    assert set(settings.nearest(path)) <= set(settings.paths())


def test_the_old_spelling_of_filters() -> None:
    settings = ProfileSettings.from_wire(
        {"FilterWheelSettings": {"FilterWheelFilters": [{"_name": "L", "_focusOffset": 3}]}}
    )
    found = settings.find("FilterWheelSettings-FilterWheelFilters-0-FocusOffset")
    assert (found.value, found.through_list) == (3, True)
    assert "FilterWheelSettings-FilterWheelFilters-0-Name" in settings.paths()
