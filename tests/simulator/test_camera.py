"""The camera: cooling, settings, exposures of the API and their results."""

import asyncio
import base64
import io
from typing import Any

from PIL import Image, ImageStat
import pytest

from simulator import Observatory

from .support import Client, eventually, happened, observatory_with_client, passes

CAMERA = "/equipment/camera"
QUICK = f"{CAMERA}/capture?duration=1&waitForResult=true&omitImage=true"


@pytest.mark.parametrize(
    "action",
    [
        "cool?temperature=-10",
        "warm",
        "abort-exposure",
        "dew-heater?power=true",
        "usb-limit?limit=50",
        "set-binning?binning=2x2",
        "capture?duration=1",
    ],
)
async def test_not_connected(observatory: Observatory, client: Client, action: str) -> None:
    observatory.camera.detach()
    assert await client.refused(f"{CAMERA}/{action}") == ("Camera not connected", 409)


async def test_cooling_in_steps(observatory: Observatory, client: Client) -> None:
    camera = observatory.camera
    start = camera.cooler.temperature
    assert await client.get(f"{CAMERA}/cool?temperature=-10&minutes=5") == "Cooling started"
    await observatory.clock.sleep(31)
    steps = 5 * 60 / 15
    assert camera.cooler.set_point == pytest.approx(start + 3 / steps * (-10 - start), abs=0.02)
    info = await client.get(f"{CAMERA}/info")
    assert (info["CoolerOn"], info["TargetTemp"]) == (True, 0)
    assert 4 < info["CoolerPower"] <= 100
    await eventually(lambda: camera.cooler.set_point == -10)
    await eventually(lambda: camera.cooler.temperature <= -9)
    assert observatory.events.names[-1] == "GUIDER-CONNECTED", "cooling announces nothing"


async def test_cooling_at_once(observatory: Observatory, client: Client) -> None:
    await client.get(f"{CAMERA}/cool?temperature=-10")
    await eventually(lambda: observatory.camera.cooler.set_point == -10)
    await observatory.camera.next_poll()
    assert (await client.get(f"{CAMERA}/info"))["TemperatureSetPoint"] == -10


async def test_cooling_with_the_duration_of_the_profile(
    observatory: Observatory, client: Client
) -> None:
    observatory.profile.section("CameraSettings")["CoolingDuration"] = 10.0
    await client.get(f"{CAMERA}/cool?temperature=-10&minutes=-1")
    await passes(observatory, 60)
    assert observatory.camera.cooler.set_point > 0


async def test_warming_ends_with_the_cooler_off(observatory: Observatory, client: Client) -> None:
    observatory.camera.cooler.put(-10)
    assert await client.get(f"{CAMERA}/warm?minutes=1") == "Warming started"
    await eventually(lambda: not observatory.camera.cooler.on)
    info = await client.get(f"{CAMERA}/info")
    assert (info["CoolerOn"], info["CoolerPower"]) == (False, 0)


async def test_cancelling_leaves_the_cooler_on(observatory: Observatory, client: Client) -> None:
    await client.get(f"{CAMERA}/cool?temperature=-10&minutes=5")
    await passes(observatory, 60)
    assert await client.get(f"{CAMERA}/warm?cancel=true") == "Warming canceled"
    cooler = observatory.camera.cooler
    await asyncio.sleep(0)
    assert cooler.on
    assert cooler.set_point == pytest.approx(cooler.temperature, abs=0.2)
    assert await client.get(f"{CAMERA}/cool?cancel=true") == "Cooling canceled"


async def test_a_new_cool_replaces_a_warm(observatory: Observatory, client: Client) -> None:
    observatory.camera.cooler.put(-10)
    await client.get(f"{CAMERA}/warm?minutes=5")
    await client.get(f"{CAMERA}/cool?temperature=-12")
    await passes(observatory, 120)
    assert observatory.camera.cooler.set_point == -12


async def test_without_a_cooler(observatory: Observatory, client: Client) -> None:
    observatory.camera.can_cool = False
    refusal = ("Camera has no temperature control", 409)
    assert await client.refused(f"{CAMERA}/cool?temperature=-10") == refusal
    assert await client.refused(f"{CAMERA}/warm") == refusal
    await observatory.camera.next_poll()
    info = await client.get(f"{CAMERA}/info")
    assert (info["CoolerPower"], info["TemperatureSetPoint"]) == ("NaN", "NaN")
    assert info["AtTargetTemp"] is False


async def test_readout_modes(observatory: Observatory, client: Client) -> None:
    for action in ("set-readout", "set-readout/image", "set-readout/snapshot"):
        assert await client.get(f"{CAMERA}/{action}?mode=1") == "Readout mode updated"
        assert await client.refused(f"{CAMERA}/{action}?mode=2") == ("Invalid readout mode", 400)
    await observatory.camera.next_poll()
    info = await client.get(f"{CAMERA}/info")
    assert (info["ReadoutMode"], info["ReadoutModeForNormalImages"]) == (1, 0), "stale"
    await client.get(f"{CAMERA}/connect")
    assert (await client.get(f"{CAMERA}/info"))["ReadoutModeForNormalImages"] == 1
    observatory.camera.ever_connected = False
    assert await client.refused(f"{CAMERA}/set-readout?mode=0") == ("Unknown error", 500)


async def test_dew_heater_and_usb_limit(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{CAMERA}/dew-heater?power=true") == "Dew heater set"
    assert await client.get(f"{CAMERA}/usb-limit?limit=80") == "USB limit set"
    for limit in (39, 101):
        refusal = ("USB limit out of range", 409)
        assert await client.refused(f"{CAMERA}/usb-limit?limit={limit}") == refusal
    await observatory.camera.next_poll()
    info = await client.get(f"{CAMERA}/info")
    assert (info["DewHeaterOn"], info["USBLimit"]) == (True, 80)
    observatory.camera.has_dew_heater = False
    assert await client.refused(f"{CAMERA}/dew-heater") == ("Camera has no dew heater", 409)
    observatory.camera.can_set_usb_limit = False
    refusal = ("Camera can not set USB limit", 409)
    assert await client.refused(f"{CAMERA}/usb-limit?limit=80") == refusal


async def test_binning(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{CAMERA}/set-binning?binning=2x2") == "Binning set"
    for query, text in (
        ("", "Binning must be specified"),
        ("?binning=2", "Binning must be specified"),
        ("?binning=7x7", "Invalid binning mode"),
        ("?binning=2x3", "Invalid binning mode"),
    ):
        assert await client.refused(f"{CAMERA}/set-binning{query}") == (text, 409)
    await observatory.camera.next_poll()
    assert (await client.get(f"{CAMERA}/info"))["BinX"] == 2


async def test_an_exposure_from_start_to_end(observatory: Observatory, client: Client) -> None:
    before = len(observatory.events.names)
    assert await client.get(f"{CAMERA}/capture?duration=60&save=true") == "Capture started"
    info = await client.get(f"{CAMERA}/info")
    assert (info["IsExposing"], info["CameraState"]) == (True, "Exposing")
    assert info["LastDownloadTime"] == -1
    assert await client.refused(f"{CAMERA}/capture?duration=1") == (
        "Camera currently exposing",
        409,
    )
    assert await client.get(f"{CAMERA}/capture?getResult=true") == "Capture already in progress"
    await eventually(lambda: not observatory.camera.exposing)
    info = await client.get(f"{CAMERA}/info")
    assert info["IsExposing"] is False
    await happened(observatory, "API-CAPTURE-FINISHED")
    assert sorted(observatory.events.names[before:]) == [
        "API-CAPTURE-FINISHED",
        "IMAGE-PREPARED",
        "IMAGE-SAVE",
    ]
    assert (await client.get(f"{CAMERA}/info"))["LastDownloadTime"] > 1


async def test_waiting_for_the_exposure_only(observatory: Observatory, client: Client) -> None:
    url = f"{CAMERA}/capture?duration=20&onlyAwaitCaptureCompletion=true"
    assert await client.get(url) == "Capture finished"
    assert not observatory.camera.exposing


async def test_results(observatory: Observatory, client: Client) -> None:
    assert await client.refused(f"{CAMERA}/capture?getResult=true") == (
        "No capture processed",
        409,
    )
    assert await client.refused(f"{CAMERA}/capture/statistics") == ("No image available", 400)
    observatory.dome.put_shutter(1.0)
    result = await client.get(f"{QUICK}&solve=true")
    assert set(result) == {"PlateSolveResult"}
    solution = result["PlateSolveResult"]
    assert solution["Success"] is True
    assert solution["Orientation"] == pytest.approx(360 - solution["PositionAngle"])
    assert (solution["RaErrorString"], solution["RaPixError"]) == ("--", "NaN")
    assert solution["Coordinates"]["Epoch"] == "J2000"
    result = await client.get(f"{CAMERA}/capture?getResult=true&quality=60&resize=true&size=640x1")
    picture = Image.open(io.BytesIO(base64.b64decode(result["Image"])))
    assert (picture.format, picture.width) == ("JPEG", 640)
    streamed = await client.ask(f"/v2/api{CAMERA}/capture?getResult=true&stream=true&quality=60")
    assert streamed.content_type == "image/jpg; charset=utf-8"
    assert "Content-Length" not in streamed.headers
    statistics = await client.get(f"{CAMERA}/capture/statistics")
    assert statistics["Stars"] > 10
    assert set(statistics) == {
        "Stars",
        "HFR",
        "Median",
        "MedianAbsoluteDeviation",
        "Mean",
        "Max",
        "Min",
        "StDev",
    }


async def test_a_failed_solve(observatory: Observatory, client: Client) -> None:
    """Under a closed roof no star is found."""
    result = await client.get(f"{QUICK}&solve=true")
    assert result["PlateSolveResult"]["Success"] is False
    assert "Coordinates" not in result["PlateSolveResult"]


async def test_a_failed_capture_keeps_the_former_picture(
    observatory: Observatory, client: Client
) -> None:
    await client.get(QUICK)
    before = len(observatory.events.names)
    observatory.profile.section("CameraSettings")["Timeout"] = 2
    async with observatory.faults.during("failed_capture"):
        assert await client.refused(QUICK) == ("Unknown error", 500)
    assert observatory.events.names[before:] == ["CAMERA-DOWNLOAD-TIMEOUT"]
    result = await client.get(f"{CAMERA}/capture?getResult=true&quality=50")
    assert "Image" in result


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(("version", "stretched"), [("2.2.14.2", False), ("2.2.14.1", True)])
async def test_a_picture_that_is_not_stretched(version: str, *, stretched: bool) -> None:
    """Older servers leave the wish out: the sky is lifted anyway."""
    async with observatory_with_client(version=version) as (_, client):
        await client.get(f"{QUICK}&skipAutoStretch=true")
        result = await client.get(f"{CAMERA}/capture?getResult=true&resize=true&size=100x1")
        picture = Image.open(io.BytesIO(base64.b64decode(result["Image"])))
        assert (ImageStat.Stat(picture).median[0] > 30) is stretched


async def test_only_raw_makes_no_picture(observatory: Observatory, client: Client) -> None:
    before = len(observatory.events.names)
    url = f"{CAMERA}/capture?duration=1&onlySaveRaw=true&waitForResult=true"
    assert await client.refused(url) == ("Unknown error", 500)
    assert len(observatory.images) == 1
    assert observatory.events.names[before:] == ["IMAGE-SAVE", "API-CAPTURE-FINISHED"]


async def test_defaults_of_a_capture(observatory: Observatory, client: Client) -> None:
    await client.get(f"{CAMERA}/capture?save=true&waitForResult=true&omitImage=true&gain=0")
    entry = (await client.get("/image-history"))[0]
    assert entry["ExposureTime"] == 2
    assert (entry["ImageType"], entry["TargetName"], entry["Gain"]) == (
        "SNAPSHOT",
        "Snapshot",
        100,
    )


@pytest.mark.parametrize(
    ("kind", "stored", "stars"),
    [("light", "LIGHT", False), ("Dark", "DARK", True), ("nonsense", "SNAPSHOT", False)],
)
async def test_image_types(client: Client, kind: str, stored: str, stars: bool) -> None:
    await client.get(f"{QUICK}&save=true&imageType={kind}&gain=200&targetName=M%2031")
    entry = (await client.get("/image-history"))[0]
    assert (entry["ImageType"], entry["Gain"], entry["TargetName"]) == (stored, 200, "M 31")
    assert (entry["Stars"] == -1, entry["HFR"] == "NaN") == (stars, stars)


async def test_abort(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{CAMERA}/abort-exposure") == "Camera not exposing"
    await client.get(f"{CAMERA}/capture?duration=600&save=true")
    assert await client.get(f"{CAMERA}/abort-exposure") == "Exposure aborted"
    await eventually(lambda: not observatory.camera.exposing)
    info = await client.get(f"{CAMERA}/info")
    assert (info["IsExposing"], info["CameraState"]) == (False, "Idle")
    assert len(observatory.images) == 0


async def test_losing_the_camera_breaks_off_the_exposure(
    observatory: Observatory, client: Client
) -> None:
    waiting = asyncio.ensure_future(
        client.envelope(f"{CAMERA}/capture?duration=600&waitForResult=true")
    )
    await eventually(lambda: observatory.camera.exposing)
    await observatory.faults.start("driver_lost", device="camera")
    assert (await waiting)["Error"] == "Unknown error"
    assert (await client.get(f"{CAMERA}/info"))["IsExposing"] is False


async def test_battery_is_told_but_not_flagged(observatory: Observatory, client: Client) -> None:
    observatory.camera.battery = 80
    await observatory.camera.next_poll()
    info = await client.get(f"{CAMERA}/info")
    assert (info["Battery"], info["HasBattery"]) == (80, False)


async def test_disconnected_block(observatory: Observatory, client: Client) -> None:
    observatory.camera.detach()
    info: dict[str, Any] = await client.get(f"{CAMERA}/info")
    expected = {
        "TargetTemp": 0,
        "AtTargetTemp": True,
        "Temperature": 0,
        "Gain": -1,
        "DefaultGain": -1,
        "DefaultOffset": -1,
        "LastDownloadTime": -1,
        "CameraState": "NoState",
        "SensorType": "Monochrome",
        "Connected": False,
    }
    assert expected.items() <= info.items()
    absent = {"Name", "ReadoutModes", "Gains", "BinningModes", "SupportedActions", "DeviceId"}
    assert not absent & info.keys()
