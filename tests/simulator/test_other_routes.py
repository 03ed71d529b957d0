"""Profiles, program, log, framing, moon, live stack and flats."""

import asyncio

import pytest

from simulator import Observatory

from .support import Client, eventually, happened

CAPTURE = "/equipment/camera/capture?duration=1&save=true&waitForResult=true&omitImage=true"


async def test_profiles(observatory: Observatory, client: Client) -> None:
    entries = await client.get("/profile/show")
    assert [entry["IsActive"] for entry in entries] == [True, False]
    assert set(entries[0]) == {"Id", "Name", "Description", "Location", "LastUsed", "IsActive"}
    active = await client.get("/profile/show?active=true")
    assert active["Id"] == entries[0]["Id"]
    assert active["ApplicationSettings"]["LogLevel"] == "INFO"
    assert active["WeatherDataSettings"]["OpenWeatherMapAPIKey"], "there is a secret in it"
    text = await client.get(f"/profile/switch?profileid={entries[1]['Id']}")
    assert text == "Successfully switched profile"
    await happened(observatory, "PROFILE-CHANGED")
    assert (await client.get("/profile/show"))[1]["IsActive"] is True
    assert (await client.get("/equipment/camera/info"))["Connected"] is True
    unknown = "00000000-0000-0000-0000-000000000000"
    refusal = ("No profile with specified id found!", 400)
    assert await client.refused(f"/profile/switch?profileid={unknown}") == refusal
    for query in ("", "?profileid=nonsense"):
        assert await client.refused(f"/profile/switch{query}") == ("Unknown error", 500)


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("CameraSettings-PixelSize", "4.5", 4.5),
        ("CameraSettings-Gain", "7", 7),
        ("DomeSettings-CloseOnUnsafe", "True", True),
        ("FilterWheelSettings-FilterWheelFilters-1-Name", "Red", "Red"),
        ("ApplicationSettings-LogLevel", "debug", "DEBUG"),
        ("ApplicationSettings-LogLevel", "4", "TRACE"),
        ("RotatorSettings-RangeType", "half", "HALF"),
    ],
)
async def test_changing_values(client: Client, path: str, value: str, shown: object) -> None:
    url = f"/profile/change-value?settingpath={path}&newValue={value}"
    assert await client.get(url) == "Updated setting"
    place = await client.get("/profile/show?active=true")
    for step in path.split("-"):
        place = place[int(step)] if step.isdigit() else place[step]
    assert place == shown


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("newValue=1", ("Invalid path", 400)),
        ("settingpath=CameraSettings-Gain", ("New value can't be null", 400)),
        ("settingpath=CameraSettings-Gain&newValue=", ("New value can't be null", 400)),
        ("settingpath=CameraSettings-Gain&newValue=x", ("Unknown error", 500)),
        ("settingpath=CameraSettings-Nonsense&newValue=1", ("Unknown error", 500)),
        ("settingpath=CameraSettings&newValue=1", ("Unknown error", 500)),
        ("settingpath=ApplicationSettings-LogLevel&newValue=Loud", ("Unknown error", 500)),
        ("settingpath=RotatorSettings-RangeType&newValue=ALL", ("Unknown error", 500)),
        (
            "settingpath=FilterWheelSettings-FilterWheelFilters-99-Name&newValue=x",
            ("Unknown error", 500),
        ),
    ],
)
async def test_values_that_cannot_be_changed(
    client: Client, query: str, refusal: tuple[str, int]
) -> None:
    assert await client.refused(f"/profile/change-value?{query}") == refusal


async def test_a_changed_polling_interval_acts(observatory: Observatory, client: Client) -> None:
    url = "/profile/change-value?settingpath=ApplicationSettings-DevicePollingInterval&newValue=30"
    await client.get(url)
    await observatory.focuser.next_poll()
    begin = observatory.clock.elapsed
    await observatory.focuser.next_poll()
    assert observatory.clock.elapsed - begin == pytest.approx(30, abs=1)


async def test_horizon(observatory: Observatory, client: Client) -> None:
    assert await client.get("/profile/horizon") == {"Altitudes": [], "Azimuths": []}
    observatory.profiles.horizon = [(0.0, 10.0), (180.0, 25.0)]
    assert await client.get("/profile/horizon") == {"Altitudes": [10, 25], "Azimuths": [0, 180]}


async def test_tabs(observatory: Observatory, client: Client) -> None:
    for tab in ("equipment", "skyatlas", "framing", "flatwizard", "imaging", "options"):
        assert await client.get(f"/application/switch-tab?tab={tab}") == "Switched tab"
        assert await client.get("/application/get-tab") == tab
    for query in ("", "?tab=Equipment", "?tab=nonsense"):
        refusal = ("Invalid application tab", 400)
        assert await client.refused(f"/application/switch-tab{query}") == refusal
    observatory.application.tab = "a plugin's own"
    assert await client.refused("/application/get-tab") == ("Invalid application tab", 400)


async def test_versions_and_times(observatory: Observatory, client: Client) -> None:
    assert await client.get("/version/nina") == "3.2.0.9001"
    assert await client.get("/version/nina?friendly=true") == "3.2 "
    assert (await client.get("/application-start")) < (await client.get("/time"))
    assert "Advanced API" in await client.get("/application/plugins")


async def test_logs(observatory: Observatory, client: Client) -> None:
    log = observatory.log
    log.write("ERROR", "Camera.cs", "Download", "It broke\n  at line 1\n  at line 2", 42)
    log.write("INFO", "Camera.cs", "Download", "Again | with a bar")
    assert await client.get("/application/logs?lineCount=1") == [], "the trailing empty line"
    newest = await client.get("/application/logs?lineCount=2")
    assert newest[0]["Message"] == "Again | with a bar"
    assert set(newest[0]) == {"Timestamp", "Level", "Source", "Member", "Line", "Message"}
    assert all(isinstance(value, str) for value in newest[0].values())
    assert len(await client.get("/application/logs?lineCount=5")) == 2, "stack traces are left out"
    errors = await client.get("/application/logs?lineCount=1&level=ERROR")
    assert (errors[0]["Message"], errors[0]["Line"]) == ("It broke", "42")
    assert await client.get("/application/logs?lineCount=0") == []


async def test_moon(client: Client) -> None:
    moon = await client.get("/astro-util/moon-separation?ra=10.7&dec=41.3")
    assert 0 <= moon["Separation"] <= 180
    assert moon["MoonPhase"] in (
        "FullMoon WaningGibbous LastQuarter WaningCrescent NewMoon WaxingCrescent FirstQuarter "
        "WaxingGibbous"
    )


async def test_framing(observatory: Observatory, client: Client) -> None:
    info = await client.get("/framing/info")
    assert "Rectangle" not in info
    assert info["FieldOfView"] == 0
    assert await client.refused("/framing/set-rotation?rotation=10") == ("Unknown error", 500)
    refusal = ("Could not start process", 400)
    assert await client.refused("/framing/determine-rotation") == refusal
    await client.get("/application/switch-tab?tab=framing")
    text = await client.get("/framing/set-coordinates?RAangle=10.6847&DECangle=-41.25")
    assert text == "Coordinates updated"
    assert await client.get("/framing/set-rotation?rotation=30") == "Rotation updated"
    info = await client.get("/framing/info")
    assert (info["RAHours"], info["RAMinutes"]) == (0, 42)
    assert (info["DecDegrees"], info["DecMinutes"]) == (-41, 15)
    assert info["Rectangle"]["TotalRotation"] == 330
    assert info["Rectangle"]["Coordinates"]["Dec"] == -41.25


@pytest.mark.parametrize(
    ("source", "known"),
    [("NASA", True), ("SKYATLAS", True), ("3", True), ("nasa", False), ("99", False), ("", False)],
)
async def test_framing_sources(client: Client, source: str, known: bool) -> None:
    url = f"/framing/set-source?source={source}"
    if known:
        assert await client.get(url) == "Source updated"
    else:
        assert await client.refused(url) == ("Invalid source", 400)


async def test_framing_slews(observatory: Observatory, client: Client) -> None:
    target = observatory.sequence.target
    observatory.dome.put_shutter(1.0)
    await client.get(
        f"/framing/set-coordinates?RAangle={target.ra_degrees}&DECangle={target.dec_degrees}"
    )
    assert await client.get("/framing/slew?waitForResult=true") == "Slew finished", "parked: no"
    assert observatory.mount.parked
    observatory.mount.hardware.parked = False
    observatory.mount.refresh()
    assert await client.get("/framing/slew") == "Slew started"
    await eventually(lambda: observatory.mount.slewing)
    await eventually(lambda: not observatory.mount.known["Slewing"])
    text = await client.get("/framing/slew?slew_option=Rotate&waitForResult=true")
    assert text == "Slew finished"
    assert observatory.rotator.synced


async def test_determine_rotation(observatory: Observatory, client: Client) -> None:
    refusal = ("Could not start process", 400)
    await client.get("/application/switch-tab?tab=framing")
    envelope = await client.envelope("/framing/determine-rotation?waitForResult=true")
    assert (envelope["Success"], envelope["StatusCode"]) == (False, 200), "no stars"
    assert "Rectangle" in envelope["Response"]
    observatory.dome.put_shutter(1.0)
    text = await client.get("/framing/determine-rotation")
    assert text == "Determine rotation started"
    await eventually(lambda: observatory.camera.exposing)
    assert await client.refused("/framing/determine-rotation") == refusal
    await eventually(lambda: not observatory.camera.exposing)
    info = await client.get("/framing/determine-rotation?waitForResult=true")
    assert info["Rectangle"]["Rotation"] == pytest.approx(observatory.rotator.position)


async def test_live_stack(observatory: Observatory, client: Client) -> None:
    assert await client.get("/livestack/status") == "stopped"
    assert await client.get("/livestack/start") == "Live stack started"
    assert await client.get("/livestack/status") == "Running"
    async with client.listening() as listener:
        for _ in range(2):
            await client.get(f"{CAPTURE}&imageType=LIGHT&targetName=M%2031")
        await client.get(f"{CAPTURE}&imageType=DARK")
        await eventually(lambda: len(listener.of("STACK-UPDATED")) == 2)
        assert listener.of("STACK-UPDATED")[1] == {
            "Event": "STACK-UPDATED",
            "Filter": "L",
            "Target": "M 31",
            "IsMonochrome": True,
            "StackCount": 2,
        }
    stacks = await client.get("/livestack/image/available")
    assert stacks == [{"Filter": "L", "Target": "M 31"}]
    info = await client.get("/livestack/image/M%2031/L/info")
    assert info == {"IsMonochrome": True, "StackCount": 2, "Filter": "L", "Target": "M 31"}
    answer = await client.ask("/v2/api/livestack/image/M%2031/L?stream=true&quality=50")
    assert answer.content_type == "image/jpg; charset=utf-8"
    assert await client.refused("/livestack/image/M%2031/R") == ("Unknown error", 500)
    assert await client.refused("/livestack/image/M%2031/R/info") == (
        "No image with specified filter and target found",
        404,
    )
    assert await client.get("/livestack/stop") == "Live stack stopped"
    assert (await client.get("/livestack/status")).casefold() == "stopped"


async def test_live_stack_without_the_plugin(observatory: Observatory, client: Client) -> None:
    observatory.live_stack.installed = False
    assert await client.get("/livestack/start") == "Live stack started"
    assert await client.get("/livestack/status") == "stopped"


async def test_flats(observatory: Observatory, client: Client) -> None:
    assert await client.refused("/flats/stop") == ("No process running", 400)
    idle = {"State": "Finished", "TotalIterations": -1, "CompletedIterations": -1}
    assert await client.get("/flats/status") == idle
    url = "/flats/auto-exposure?count=3&filterId=2&brightness=800&exposureTime=2&keepClosed=true"
    assert await client.get(url) == "Process started"
    status = await client.get("/flats/status")
    assert (status["State"], status["TotalIterations"]) == ("Running", 3)
    assert await client.refused("/flats/skyflat?count=1") == ("Process already running", 400)
    await eventually(lambda: not observatory.flats.running)
    assert await client.get("/flats/status") == idle
    assert await client.get("/flats/stop") == "Process stopped"
    entries = await client.get("/image-history?all=true")
    assert [(entry["ImageType"], entry["Filter"]) for entry in entries] == [("FLAT", "G")] * 3
    assert all(25000 < entry["Mean"] < 40000 for entry in entries)
    assert {"FLAT-LIGHT-TOGGLED", "FLAT-BRIGHTNESS-CHANGED"} <= set(observatory.events.names)
    assert (observatory.flat_panel.light_on, observatory.flat_panel.cover.wire) == (False, "Closed")


@pytest.mark.parametrize("action", ["skyflat", "auto-brightness", "trained-flat"])
async def test_kinds_of_flats(observatory: Observatory, client: Client, action: str) -> None:
    assert await client.get(f"/flats/{action}?count=1&histogramMean=0.3") == "Process started"
    await eventually(lambda: len(observatory.images) == 1)
    assert observatory.images.frames[0].image_type == "FLAT"


async def test_trained_darks(observatory: Observatory, client: Client) -> None:
    await client.get("/flats/trained-dark-flat?count=1")
    await eventually(lambda: len(observatory.images) == 1)
    assert observatory.images.frames[0].image_type == "DARK"


async def test_without_a_count_nothing_is_exposed(observatory: Observatory, client: Client) -> None:
    await client.get("/flats/skyflat")
    await eventually(lambda: not observatory.flats.running)
    assert len(observatory.images) == 0


async def test_stopping_flats(observatory: Observatory, client: Client) -> None:
    await client.get("/flats/skyflat?count=50&minExposure=30&maxExposure=60")
    await eventually(lambda: observatory.camera.exposing)
    assert await client.get("/flats/stop") == "Process stopped"
    await eventually(lambda: not observatory.flats.running)
    await asyncio.sleep(0)
    assert (await client.get("/flats/status"))["State"] == "Finished"


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("filterId=99", ("Filter not available", 400)),
        ("binning=9x9", ("Binning not available", 400)),
        ("gain=9999", ("Invalid gain", 400)),
        ("offset=9999", ("Invalid offset", 400)),
    ],
)
async def test_flats_refused(client: Client, query: str, refusal: tuple[str, int]) -> None:
    assert await client.refused(f"/flats/skyflat?count=1&{query}") == refusal


async def test_flats_with_issues(observatory: Observatory, client: Client) -> None:
    observatory.camera.detach()
    assert await client.refused("/flats/skyflat?count=1&binning=1x1") == ("Unknown error", 500)
    assert await client.refused("/flats/trained-flat?count=1") == ("Camera not connected", 400)
    envelope = await client.envelope("/flats/skyflat?count=1")
    assert (envelope["Error"], envelope["StatusCode"]) == ("Issues found", 400)
    assert envelope["Response"] == ["Camera is not connected"]
