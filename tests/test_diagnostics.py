"""Diagnostics tell everything a maintainer needs and nothing that its owner would not publish."""

from collections.abc import AsyncIterator
import json
from pathlib import Path
from typing import Any

from homeassistant.components.diagnostics import REDACTED
from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import ExtendedJSONEncoder
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.diagnostics import async_get_config_entry_diagnostics
from simulator import Observatory

from .blocks import Blocks, connected
from .rigs import Rig, recorded_rig
from .waiting import eventually

pytestmark = pytest.mark.usefixtures("socket_enabled")

SECRETS: Blocks = {
    "Mount": {
        "SiteLatitude": 47.123456,
        "SiteLongitude": 8.654321,
        "SiteElevation": 451.25,
        "SiderealTime": 3.141592,
        "SiderealTimeString": "03:08:29.7",
        "RightAscension": 3.271828,
        "RightAscensionString": "03:16:18",
        "Declination": 1.618033,
        "DeclinationString": "01° 37' 05\"",
        "Altitude": 44.424242,
        "AltitudeString": "44° 25' 27\"",
        "Azimuth": 181.818181,
        "AzimuthString": "181° 49' 05\"",
        "TimeToMeridianFlip": 1.732050,
        "HoursToMeridianString": "01:43:55",
        "DeviceId": "ASCOM.SN-4711",
        "DisplayName": "Mount (SN-4711)",
        "DriverInfo": "C:\\Users\\galileo\\driver",
        "Description": "Serial SN-4711",
        "Coordinates": {"RA": 3.271828, "Dec": 1.618033},
    },
    "Dome": {"Azimuth": 181.818181},
}
FRAME = {
    "Date": "2026-02-24T22:00:00+01:00",
    "ImageType": "LIGHT",
    "Filename": "C:\\Users\\galileo\\light.fits",
    "TelescopeName": "galileo's refractor",
    "HFR": 2.5,
}
PROFILE = {
    "Id": "7c0ffee7-0000",
    "Name": "galileo's garden",
    "AstrometrySettings": {"Latitude": 47.123456, "Longitude": 8.654321, "Elevation": 451.25},
    "TelescopeSettings": {
        "Name": "galileo's refractor",
        "MountName": "galileo",
        "FocalLength": 800,
    },
    "WeatherDataSettings": {"OpenWeatherMapAPIKey": "a-key-that-costs-money"},
    "PlateSolveSettings": {"AstrometryAPIKey": "another-key"},
}
GONE = (
    *("127.0.0.1", "galileo", "4711", "a-key-that-costs-money", "another-key", "7c0ffee7"),
    *("47.123", "8.654", "451.25", "3.1415", "03:08:29", "3.2718", "03:16:18", "1.618"),
    *("01° 37'", "44.42", "44° 25'", "181.81", "181° 49'", "1.732", "01:43:55"),
)


def secretive() -> Blocks:
    """Return a rig that tells what nobody else should know."""
    blocks = connected()
    for key, secrets in SECRETS.items():
        blocks[key] |= secrets
    return blocks


@pytest.fixture
async def secret_rig(hass: HomeAssistant) -> AsyncIterator[Rig]:
    """Return such a rig with a frame and a profile."""
    answers = {"image-history": [FRAME], "profile/show": PROFILE}
    async with recorded_rig(hass, secretive(), answers) as rig:
        yield rig


async def diagnose(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Return the diagnostics as a user downloads them."""
    found = await async_get_config_entry_diagnostics(hass, entry)
    text = json.dumps(found, cls=ExtendedJSONEncoder)
    plain: dict[str, Any] = json.loads(text)
    return plain


async def test_secrets_are_gone(hass: HomeAssistant, secret_rig: Rig) -> None:
    """A rig whose every secret is known shows none of them."""
    shown = json.dumps(await diagnose(hass, secret_rig.entry), ensure_ascii=False)
    assert [secret for secret in GONE if secret in shown] == []


async def test_the_rest_is_there(hass: HomeAssistant, secret_rig: Rig) -> None:
    found = await diagnose(hass, secret_rig.entry)
    assert found["entry"]["data"]["host"] == REDACTED
    assert found["server"]["plugin_version"] == "2.2.15.0"
    assert found["server"]["reachable"]
    assert found["equipment"]["mount"]["name"] == REDACTED
    assert found["equipment"]["guider"]["makers"] == ["phd2"]
    assert found["equipment"]["mount"]["tracking_mode"] == "sidereal"
    assert found["equipment"]["switch_hub"]["readonly"][0]["id"] == 5
    assert found["details"]["profile"]["telescope"]["focal_length"] == 800
    assert found["frames"]["by_type"] == {"light": 1}
    assert found["frames"]["newest"]["hfr"] == 2.5
    assert found["sequence"]["state"] == "not_ready"
    assert found["scheduler"] is None
    assert found["safety"]["reason"] == "safe"
    assert found["polls"]["equipment"]["count"] >= 1
    assert found["event_stream"]["connected"]
    assert found["entities"]["sensor"]["known"] > 40


async def test_undecoded_keys_are_counted_and_named(hass: HomeAssistant, secret_rig: Rig) -> None:
    """What a future version tells is not lost unnoticed; its value is nobody's business."""
    before = (await diagnose(hass, secret_rig.entry))["undecoded_keys"]["found"]
    secret_rig.blocks["Camera"] |= {"Color": "secret", "Fan": {"Speed": 3}}
    secret_rig.server.answers["image-history"] = [FRAME | {"Eccentricity": 0.4}]
    secret_rig.blocks["Switch"]["ReadonlySwitches"][0]["Unit"] = "V"
    found = (await diagnose(hass, secret_rig.entry))["undecoded_keys"]
    known = before["equipment/camera/info"]["keys"]
    assert found["found"] == before | {
        "equipment/camera/info": {
            "count": len(known) + 2,
            "keys": sorted([*known, "Color", "Fan"]),
        },
        "equipment/switch/info": {"count": 1, "keys": ["ReadonlySwitches.Unit"]},
        "image-history": {"count": 1, "keys": ["Eccentricity"]},
    }
    assert found["asked"] >= 12


def listed_keys() -> dict[str, set[str]]:
    """Return the keys in the list of the documentation, by request."""
    text = (Path(__file__).parent.parent / "docs" / "undecoded-keys.md").read_text("utf-8")
    rows = [line.split("`") for line in text.splitlines() if line.startswith("| `")]
    return {row[1]: set(row[3::2]) for row in rows}


async def test_keys_of_a_real_rig_are_listed(hass: HomeAssistant, fixtures: Path) -> None:
    """What a recorded server sends and nothing decodes is documented."""

    def response(name: str) -> Any:
        return json.loads((fixtures / f"imaging_guiding_{name}.json").read_text("utf-8"))[
            "Response"
        ]

    answers = {
        "equipment/focuser/last-af": response("equipment_focuser_last_af"),
        "flats/status": response("flats_status"),
        "image-history": response("image_history_all"),
    }
    async with recorded_rig(hass, response("equipment_info"), answers) as rig:
        found = (await diagnose(hass, rig.entry))["undecoded_keys"]
    assert found["asked"] == 14
    assert set(found["found"]) >= {"equipment/dome/info", "equipment/mount/info"}
    listed = listed_keys()
    for request, told in found["found"].items():
        assert told["count"] == len(told["keys"])
        assert set(told["keys"]) <= listed[request]


async def test_closed(hass: HomeAssistant, secret_rig: Rig) -> None:
    """There is something to tell also while nothing answers."""
    await secret_rig.close_nina()
    found = await diagnose(hass, secret_rig.entry)
    assert not found["server"]["reachable"]
    assert found["undecoded_keys"] is None
    assert found["entities"]["sensor"]["unavailable"] > 40


async def test_everything_simulated(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """With a sequence, a Target Scheduler and events."""
    await observatory.mount.disconnect()
    await eventually(lambda: loaded_entry.runtime_data.listener.recent)
    found = await diagnose(hass, loaded_entry)
    assert found["event_stream"]["recent"][-1] == "mount_disconnected"
    assert found["scheduler"]["reachable"]
    assert found["sequence"]["nodes"] > 3
    listed, undecoded = listed_keys(), found["undecoded_keys"]["found"]
    assert set(undecoded["equipment/dome/info"]["keys"]) == listed["equipment/dome/info"]
    new = {path: set(told["keys"]) - listed.get(path, set()) for path, told in undecoded.items()}
    assert {path: keys for path, keys in new.items() if keys} == {}
    assert observatory.ledger.count("/ts/v0/profiles") >= 2
    assert set(found["polls"]) >= {"equipment", "sequence", "frames", "Target Scheduler"}


async def test_system_health(hass: HomeAssistant, secret_rig: Rig) -> None:
    """What is shown of all rigs together has nothing secret in it."""
    assert await async_setup_component(hass, "system_health", {})
    told = await get_system_health_info(hass, DOMAIN)
    age, rates = told.pop("last_reading"), [told.pop("requests"), told.pop("scheduler_requests")]
    assert age.endswith(" s")
    assert all(isinstance(each, float) or each == "-" for each in rates)
    assert told == {
        "version": str((await async_get_integration(hass, DOMAIN)).version),
        "rigs": 1,
        "reachable": True,
        "event_stream": True,
        "nina_versions": "3.2.0.9001",
        "plugin_versions": "2.2.15.0",
        "scheduler_versions": "-",
    }
