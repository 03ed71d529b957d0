"""What whole rigs show: everything that is registered, and every state, in typical situations.

Read the difference before updating the snapshots: each line is what somebody sees.
"""

from collections.abc import AsyncIterator, Mapping
from copy import deepcopy
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from scripts._checks.__main__ import ROOT
from scripts._docs.entities import rows
from scripts._site.pages import blocks, documents
from simulator import Observatory

from .blocks import NAN, Blocks, connected, disconnected
from .conftest import SPEED, make_entry, set_up, unload
from .rigs import Rig, recorded_rig, reload
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("socket_enabled")

# Attributes that differ from one run to the next, or repeat what the registry has.
CHANGING = {"access_token", "age", "entity_picture", "friendly_name", "icon", "since", "steps"}
# States that are computed from the time of the reading.
MOVING = ("meridian_flip", "_latest_image", "_dusk", "_dawn", "_sky_plot")
# The moon is somewhere else with each run.
MOON = "_moon_separation"
# Entities of an observatory that is named *Observatory*, in documents, and those of an option.
ENTITY = re.compile(rf"\b(?:{'|'.join(Platform)})\.observatory_\w+")
OPTIONAL = {
    "alarm_control_panel.observatory_night_watch",
    "button.observatory_acknowledge_alarm",
}
# The sun makes one of the other.
CLEAR = {"sunny": "(clear)", "clear-night": "(clear)"}


def line(state: State) -> str:
    """Return what an entity shows, on one line."""
    shown = {
        str(key): value
        for key, value in sorted(state.attributes.items())
        if key not in CHANGING and value is not None and not _is_constant(str(key))
    }
    value = CLEAR.get(state.state, state.state)
    moving = state.entity_id.endswith(MOVING) and value[:2] == "20"
    if state.entity_id.endswith(MOON) and value.isdigit():
        value = "(degrees)"
    return " ".join(["(a time)" if moving else value, *map(_pair, shown.items())])


def _is_constant(key: str) -> bool:
    """Return whether an attribute is part of what the registry has."""
    return key in {"device_class", "unit_of_measurement", "state_class", "supported_features"} or (
        key.startswith(("supported_", "options", "event_types", "min", "max", "step", "mode"))
    )


def _pair(attribute: tuple[str, Any]) -> str:
    """Return an attribute; long ones by their length alone."""
    key, value = attribute
    text = str(value)
    return f"{key}={text if len(text) < 120 else f'({len(text)} characters)'}"


def states(rig: Rig) -> dict[str, str]:
    """Return what every entity of a rig shows."""
    return {entity_id: line(state) for entity_id, state in sorted(rig.states().items())}


def registry(rig: Rig) -> dict[str, str]:
    """Return what is registered: unique id, name, class, unit, category, and whether it is off."""
    entities = er.async_entries_for_config_entry(er.async_get(rig.hass), rig.entry.entry_id)
    found = {}
    for entity in sorted(entities, key=lambda each: each.entity_id):
        parts = (
            entity.unique_id.removeprefix(f"{rig.entry.entry_id}_"),
            entity.original_name,
            entity.original_device_class,
            entity.unit_of_measurement,
            (entity.capabilities or {}).get("state_class"),
            entity.entity_category,
            _precision(entity),
            "off" if entity.disabled else None,
        )
        found[entity.entity_id] = ", ".join(str(part) for part in parts if part is not None)
    return found


def _precision(entity: er.RegistryEntry) -> str | None:
    """Return how precisely a number is shown, as it would be written."""
    options: Mapping[str, Any] = entity.options.get("sensor") or {}
    digits = options.get("suggested_display_precision")
    return None if digits is None else f"{0:.{digits}f}"


def devices(rig: Rig) -> dict[str, str]:
    """Return the devices of a rig."""
    found = dr.async_entries_for_config_entry(dr.async_get(rig.hass), rig.entry.entry_id)
    return {str(device.name): f"{device.model} {device.sw_version}" for device in found}


def check(rig: Rig, snapshot: SnapshotAssertion) -> None:
    """Check everything that is registered and shown against the snapshots."""
    assert devices(rig) == snapshot(name="devices")
    assert registry(rig) == snapshot(name="registry")
    assert states(rig) == snapshot(name="states")
    assert honest(rig)


def honest(rig: Rig) -> bool:
    """Check that nothing shows a spelling of "unknown" that is meant for machines."""
    for state in rig.states().values():
        for value in (state.state, *state.attributes.values()):
            assert not re.search(r"NaN|Infinity|REDACTED|Unknown\(", str(value)), state
            assert str(value) not in ("-1", "-1.0", "inf", "nan"), state
    return True


@pytest.fixture
def response(fixtures: Path) -> Any:
    """Return a function that returns what a captured answer carries."""

    def read(name: str) -> Any:
        return json.loads((fixtures / f"{name}.json").read_text("utf-8"))["Response"]

    return read


def night(response: Any, name: str) -> dict[str, Any]:
    """Return the captured answers of the remote rig beside its equipment."""
    return {
        "application-start": response(f"{name}_application_start"),
        "equipment/focuser/last-af": response(f"{name}_equipment_focuser_last_af"),
        "event-history": response(f"{name}_event_history"),
        "image-history": response(f"{name}_image_history_all"),
        "profile/show": response("default_profile_profile_show_active"),
        "sequence/json": response(f"{name}_sequence_json"),
    }


async def test_imaging_night(
    hass: HomeAssistant, response: Any, snapshot: SnapshotAssertion
) -> None:
    """Exposing through H, guiding, under the Target Scheduler's container."""
    answers = night(response, "imaging_guiding") | {
        "flats/status": response("imaging_guiding_flats_status"),
        "livestack/status": response("imaging_guiding_livestack_status"),
    }
    blocks = response("imaging_guiding_equipment_info")
    async with recorded_rig(hass, blocks, answers) as rig:
        check(rig, snapshot)


async def test_waiting_for_a_target(
    hass: HomeAssistant, response: Any, snapshot: SnapshotAssertion
) -> None:
    blocks = response("scheduler_waiting_equipment_info")
    async with recorded_rig(hass, blocks, night(response, "scheduler_waiting")) as rig:
        check(rig, snapshot)


async def test_dawn_flats(hass: HomeAssistant, response: Any, snapshot: SnapshotAssertion) -> None:
    """Ninety flats and not one light frame; the panel as captured at dawn."""
    blocks = connected() | {"FlatDevice": response("dawn_equipment_flatdevice_info")}
    blocks["Camera"] |= {"IsExposing": True, "CameraState": "Exposing", "CoolerOn": False}
    blocks["Mount"] |= {"TrackingMode": "Stopped", "TrackingEnabled": False, "AtHome": True}
    blocks["Guider"]["State"] = "Stopped"
    answers = {
        "flats/status": {"State": "Running", "TotalIterations": 90, "CompletedIterations": 36},
        "image-history": response("flats_at_dusk_image_history_all"),
    }
    async with recorded_rig(hass, blocks, answers) as rig:
        check(rig, snapshot)


async def test_everything_disconnected(hass: HomeAssistant, snapshot: SnapshotAssertion) -> None:
    """Only what N.I.N.A. itself tells exists."""
    async with recorded_rig(hass, disconnected()) as rig:
        check(rig, snapshot)
        assert {*devices(rig)} == {"Observatory", "Observatory imaging", "Observatory sequence"}


async def test_partial_connection(
    hass: HomeAssistant, response: Any, snapshot: SnapshotAssertion
) -> None:
    """N.I.N.A. was restarted; four of eleven devices are connected."""
    blocks = response("restart_partial_connect_equipment_info")
    async with recorded_rig(hass, blocks) as rig:
        check(rig, snapshot)


async def test_restart_in_daylight(
    hass: HomeAssistant, response: Any, snapshot: SnapshotAssertion
) -> None:
    """Home Assistant starts with N.I.N.A. closed: the same entities, none of them with a reading."""
    blocks = response("imaging_guiding_equipment_info")
    async with recorded_rig(hass, blocks, night(response, "imaging_guiding")) as rig:
        before = registry(rig)
        await rig.server.close()
        await reload(rig)
        assert registry(rig) == before
        shown = states(rig)
        assert shown.keys() == before.keys()
        assert {key: each for key, each in shown.items() if each != "unavailable"} == snapshot


async def test_two_weather_sources(hass: HomeAssistant, snapshot: SnapshotAssertion) -> None:
    """A forecast from the internet, then a station with a sky meter: channels of both, none mixed."""
    blocks = connected()
    channels = {key: NAN for key in blocks["WeatherData"] if blocks["WeatherData"][key] in (0, 10)}
    station = deepcopy(blocks["WeatherData"]) | channels
    blocks["WeatherData"] |= dict.fromkeys(
        ("SkyBrightness", "SkyQuality", "SkyTemperature", "StarFWHM", "DewPoint"), NAN
    )
    blocks["WeatherData"]["DisplayName"] = "OpenWeatherMap"
    async with recorded_rig(hass, blocks) as rig:
        assert weather(rig) == snapshot(name="forecast")
        blocks["WeatherData"] = station
        await rig.poll_until(lambda: rig.find("sensor", "weather_sky_quality"))
        assert weather(rig) == snapshot(name="station")
        assert devices(rig)["Observatory weather"].startswith("Weather One")
        check(rig, snapshot)


def weather(rig: Rig) -> dict[str, str]:
    """Return what the weather shows."""
    return {key: each for key, each in states(rig).items() if "weather" in key}


ODD: dict[str, Mapping[str, Any]] = {
    "Camera": {"Battery": -1, "Gain": -1, "Offset": -1, "CanSetTemperature": False, "BinX": 0},
    "Focuser": {"StepSize": NAN, "Temperature": NAN, "Position": 0},
    "Mount": {"TrackingMode": "King", "SideOfPier": "pierUnknown", "TimeToMeridianFlip": 24},
    "FlatDevice": {"Brightness": 2048, "LightOn": True, "CoverState": "NeitherOpenNorClosed"},
    "Guider": {"State": "Dithering RA", "PixelScale": 0, "RMSError": None},
    "Dome": {"ShutterStatus": "ShutterAjar", "CanSetAzimuth": False, "Azimuth": NAN},
    "FilterWheel": {"SelectedFilter": {"Name": "", "Id": -1}},
    "Switch": {"WritableSwitches": [{"Id": 3, "Name": None, "Value": NAN, "Minimum": 0}]},
}


async def test_odd_drivers(hass: HomeAssistant, snapshot: SnapshotAssertion) -> None:
    """Step size NaN, battery -1, King tracking, 4096 steps of light, words nobody knows.

    The rotator is not connected, and its block is full of what it last read.
    """
    blocks = connected()
    for key, change in ODD.items():
        blocks[key] |= change
    blocks["Rotator"]["Connected"] = False
    async with recorded_rig(hass, blocks) as rig:
        check(rig, snapshot)
        assert "Observatory rotator" not in devices(rig)


FRAME_OF_2_0 = {
    "ExposureTime": 300,
    "Index": 0,
    "Filter": "Ha",
    "RmsText": 'Tot: 0.45 (0.80")',
    "Temperature": NAN,
    "Gain": 100,
    "Offset": 50,
    "Date": "2026-02-24T22:00:00.5424785+01:00",
    "FocalLength": 800,
    "StDev": 99.983193747121,
    "Mean": 4999.483922526042,
    "Median": 4999,
    "Stars": 412,
    "HFR": 2.5,
}


def wiki(response: Any) -> Blocks:
    """Return equipment as servers before 2.1 tell it: numbers for names, keys that are missing."""
    blocks = connected() | {
        "Camera": connected()["Camera"] | {"CameraState": 2, "SensorType": 2, "IsExposing": True},
        "Focuser": response("old_celestron_equipment_focuser_info"),
        "Guider": response("old_guiding_equipment_guider_info"),
        "Mount": response("old_simulator_tracking_equipment_mount_info"),
    }
    blocks["FilterWheel"]["SelectedFilter"] = {"_name": "Ha", "_position": 4, "_focusOffset": 0}
    blocks["Dome"] |= {"ShutterStatus": 1}
    for key in ("IsFollowing", "IsSynchronized"):
        del blocks["Dome"][key]
    blocks["FlatDevice"] |= {"CoverState": 2}
    return blocks | disconnected("Rotator")


async def test_version_2_0(hass: HomeAssistant, response: Any, snapshot: SnapshotAssertion) -> None:
    """What this version cannot tell or do is absent."""
    answers: dict[str, Any] = {"image-history": [FRAME_OF_2_0]}
    async with recorded_rig(hass, wiki(response), answers, version="1.0.0.0") as rig:
        check(rig, snapshot)


@pytest.fixture
async def oldest(hass: HomeAssistant) -> AsyncIterator[Rig]:
    """Return a simulated rig with the oldest plugin."""
    async with Observatory(
        port=0, scheduler_port=None, speed=SPEED, scenario="idle", version="2.0.1"
    ) as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        await eventually(lambda: entry.runtime_data.frames.data.known)
        yield Rig(hass, observatory, entry)  # type: ignore[arg-type]  # not a recorded one
        await unload(hass, entry)


async def test_simulated_version_2_0(oldest: Rig, snapshot: SnapshotAssertion) -> None:
    assert registry(oldest) == snapshot
    assert honest(oldest)


async def test_everything_is_documented(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """docs/entities.md tells of every entity that a complete rig has, by its unique id."""
    documented = {(row.platform, _pattern(f"{row.role}_{row.key}")) for row in rows()}
    for entity in er.async_entries_for_config_entry(er.async_get(hass), loaded_entry.entry_id):
        key = _pattern(entity.unique_id.removeprefix(f"{loaded_entry.entry_id}_"))
        assert (entity.domain, key) in documented


async def test_documents_name_entities_that_exist(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    """In their blocks of code, an observatory that is named *Observatory* has all of them."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), loaded_entry.entry_id)
    named = {
        found[0]: path.name
        for path in documents(ROOT)
        for _, _, code in blocks(path.read_text(encoding="utf-8"))
        for found in ENTITY.finditer(code)
    }
    assert len(named) > 15
    known = {each.entity_id for each in entities} | OPTIONAL
    assert {name: page for name, page in named.items() if name not in known} == {}


def _pattern(key: str) -> str:
    """Return a key without what is different in every rig."""
    return re.sub(r"(channel|project|target)_(\d+|…|[0-9a-f-]{36})$", r"\1_", key)
