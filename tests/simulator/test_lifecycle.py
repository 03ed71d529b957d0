"""Ends and beginnings of N.I.N.A., the ledger, several instances, and the scenarios."""

import asyncio
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from simulator import Observatory
from simulator.commands import COMMANDS, run
from simulator.scenarios import SCENARIOS
from simulator.sky import Site

from .support import Client, eventually, happened, observatory_with_client, passes

BURST = [
    f"{prefix}-DISCONNECTED"
    for prefix in (
        "GUIDER",
        "DOME",
        "FLAT",
        "CAMERA",
        "MOUNT",
        "FILTERWHEEL",
        "FOCUSER",
        "ROTATOR",
        "SWITCH",
        "WEATHER",
        "SAFETY",
    )
]
CAPTURE = "/equipment/camera/capture?duration=1&save=true&waitForResult=true&omitImage=true"


async def test_stop_and_start_on_the_same_port(observatory: Observatory, client: Client) -> None:
    await client.get(CAPTURE)
    history, start = await client.get("/event-history"), await client.get("/application-start")
    port = observatory.port
    await observatory.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get("/version")
    await observatory.start()
    assert observatory.port == port
    assert await client.get("/application-start") == start
    assert await client.get("/event-history") == history
    assert await client.get("/image-history?count=true") == 1
    await observatory.focuser.next_poll()


async def test_restart_of_nina(observatory: Observatory, client: Client) -> None:
    await client.get(CAPTURE)
    observatory.dome.put_shutter(1.0)
    start = await client.get("/application-start")
    port = observatory.port
    async with client.listening() as listener:
        await eventually(lambda: observatory.socket.clients == 1)
        restarting = asyncio.ensure_future(observatory.restart_nina(seconds=60))
        await eventually(lambda: listener.socket.closed)
        goodbye = [*BURST[:-1], "SAFETY-CHANGED", BURST[-1]]
        assert listener.names == goodbye, "each device, connected or not; the safe monitor first"
        assert listener.socket.close_code == 1001
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get("/version")
    await restarting
    observatory.clock.speed = 2
    assert observatory.port == port
    assert await client.get("/application-start") > start
    assert await client.get("/event-history") == []
    assert await client.get("/image-history?count=true") == 0
    assert await client.refused("/sequence/json") == ("Sequence is not initialized", 409)
    assert await client.refused("/sequence/load?sequenceName=x") == (
        "Sequence is not initialized",
        400,
    )
    info = await client.get("/equipment/info")
    assert not any(block["Connected"] for block in info.values())
    assert info["Mount"]["SideOfPier"] == "pierUnknown"
    assert observatory.dome.opening == 1, "the roof does not care"
    observatory.clock.speed = 200
    await eventually(lambda: observatory.sequence.initialized)
    assert isinstance(await client.get("/sequence/json"), list)
    await observatory.connect_all()
    assert (await client.get("/equipment/dome/info"))["ShutterStatus"] == "ShutterOpen"


async def test_a_closing_roof_goes_on_when_nina_ends(
    observatory: Observatory, client: Client
) -> None:
    observatory.dome.put_shutter(1.0)
    await observatory.dome.next_poll()
    await client.get("/equipment/dome/close")
    await eventually(lambda: observatory.dome.opening < 0.9)
    await observatory.stop()
    await passes(observatory, 60)
    assert observatory.dome.opening == 0


async def test_phd2_goes_on_when_nina_restarts(observatory: Observatory) -> None:
    observatory.dome.put_shutter(1.0)
    observatory.mount.put(observatory.sequence.target)
    observatory.guider.routines.resume()
    await eventually(lambda: observatory.guider.last_step)
    await observatory.restart_nina()
    assert observatory.guider.last_step is None
    await observatory.guider.connect()
    assert observatory.guider.guiding
    await eventually(lambda: observatory.guider.last_step)


async def test_the_target_scheduler_lives_and_dies_with_nina(socket_enabled: None) -> None:
    async with observatory_with_client(scheduler_port=0) as (observatory, _):
        assert observatory.scheduler is not None
        port = observatory.scheduler_port
        await observatory.stop()
        assert not observatory.scheduler.running
        await observatory.start()
        assert (observatory.scheduler.running, observatory.scheduler_port) == (True, port)


async def test_power_cut_in_the_middle_of_closing(observatory: Observatory, client: Client) -> None:
    observatory.dome.put_shutter(1.0)
    await observatory.dome.next_poll()
    observatory.mount.put(observatory.sequence.target)
    observatory.clock.speed = 50
    await client.get("/equipment/dome/close")
    await eventually(lambda: 0.2 < observatory.dome.opening < 0.9)
    await observatory.faults.start("power_cut")
    opening = observatory.dome.opening
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get("/version")
    await passes(observatory, 60)
    assert observatory.dome.opening == opening, "it stays half-way"
    assert not observatory.mount.tracking
    observatory.clock.speed = 500
    await observatory.faults.stop("power_cut")
    await eventually(lambda: observatory.transport.listener.is_open)
    assert await client.get("/event-history") == []
    await client.get("/equipment/dome/connect")
    assert (await client.get("/equipment/dome/info"))["ShutterStatus"] == "ShutterError"


async def test_without_power_no_driver_connects(observatory: Observatory) -> None:
    observatory.context.power_is_off = True
    await eventually(lambda: not observatory.camera.connected)
    assert not observatory.camera.can_connect()


async def test_events_go_on_while_the_port_is_closed(
    observatory: Observatory, client: Client
) -> None:
    async with observatory.faults.during("refuse"):
        observatory.safety_monitor.is_safe = False
        await happened(observatory, "SAFETY-CHANGED")
    assert (await client.get("/event-history"))[-1]["Event"] == "SAFETY-CHANGED"


async def test_two_instances_side_by_side(client: Client, observatory: Observatory) -> None:
    async with observatory_with_client(version="2.0.1", scenario="cold_start") as (other, second):
        assert observatory.port != other.port
        assert await client.get("/version") == "2.2.15.0"
        assert await second.get("/version") == "1.0.0.0"
        await client.get("/equipment/mount/unpark")
        await happened(observatory, "MOUNT-UNPARKED")
        assert other.mount.parked
        assert other.ledger.total == 1


async def test_ledger(observatory: Observatory, client: Client) -> None:
    ledger = observatory.ledger
    await client.get("/equipment/camera/cool?temperature=-5&minutes=1&cancel=true")
    await client.get("/version")
    await client.ask("/v2/api/version", headers={"Connection": "close"})
    await client.refused("/equipment/mount/home")
    async with client.listening():
        pass
    assert ledger.total == 4
    assert (ledger.count("/version"), ledger.count("/v2/api/version")) == (2, 2)
    assert ledger.parameters("/equipment/camera/cool") == [
        {"temperature": "-5", "minutes": "1", "cancel": "true"}
    ]
    first, second = ledger.calls("/version")
    assert (first.method, first.status, first.code) == ("GET", 200, 200)
    assert (first.keeps_alive, second.keeps_alive) == (True, False)
    assert first.connection != second.connection or not second.keeps_alive
    assert 0 <= first.seconds < 5
    assert ledger.calls("/equipment/mount/home")[0].code == 409
    summary = ledger.summary()
    assert summary["routes"]["/v2/api/version"] == {"requests": 2, "bytes": first.size * 2}
    assert (summary["pending"], summary["sockets"]) == (0, 1)
    assert summary["peak_concurrency"] == 1
    ledger.reset()
    assert (ledger.total, list(ledger.entries)) == (0, [])


@pytest.mark.parametrize(
    "options",
    [
        {"version": "9.9"},
        {"scenario": "nonsense"},
        {"speed": 0},
        {"speed": float("nan")},
    ],
)
def test_nonsense_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"speed|scenario|version"):
        Observatory(port=0, **options)  # type: ignore[arg-type]  # nonsense is the point


async def test_it_is_night_where_it_begins(socket_enabled: None) -> None:
    async with observatory_with_client(scenario="clear_night") as (observatory, client):
        assert observatory.site.sun_altitude(observatory.clock.true_now()) < -10
        difference = datetime.fromisoformat(await client.get("/time")) - datetime.now(UTC)
        assert abs(difference) < timedelta(hours=1)


async def test_a_start_and_a_site_of_ones_own(socket_enabled: None) -> None:
    start = datetime(2026, 3, 4, 21, 30, tzinfo=UTC)
    site = Site(-30.2, -70.7, 2200)
    options = {"start": start, "site": site, "scenario": "idle"}
    async with observatory_with_client(**options) as (_, client):
        assert (await client.get("/time")).startswith("2026-03-04T21:3")
        mount = await client.get("/equipment/mount/info")
        assert (mount["SiteLatitude"], mount["SiteElevation"]) == (-30.2, 2200)
        settings = (await client.get("/profile/show?active=true"))["AstrometrySettings"]
        assert (settings["Latitude"], settings["Longitude"]) == (-30.2, -70.7)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("name", SCENARIOS)
async def test_every_scenario_starts(name: str) -> None:
    async with observatory_with_client(scenario=name) as (observatory, client):
        await observatory.clock.sleep(20)
        info = await client.get("/equipment/info")
        connected = {key for key, block in info.items() if block["Connected"]}
        assert len(connected) == (0 if name == "cold_start" else 11)


@pytest.mark.usefixtures("socket_enabled")
async def test_clear_night_is_imaging() -> None:
    async with observatory_with_client(scenario="clear_night") as (observatory, client):
        assert (await client.get("/equipment/guider/info"))["State"] == "Guiding"
        tree = await client.get("/sequence/json")
        await eventually(lambda: observatory.sequence.running)
        await eventually(lambda: len(observatory.images) >= 2, 30)
        frame = (await client.get("/image-history"))[0]
        assert (frame["ImageType"], frame["Stars"] > 50) == ("LIGHT", True)
        assert frame["RmsText"] != 'Tot: 0.00 (0.00")'
        assert len(tree) == 4


async def test_clouds_and_rain(observatory: Observatory) -> None:
    """The script is played on an idle observatory, where no frames have to be rendered."""
    observatory.clock.speed = 5000
    observatory.play("clouds_and_rain")
    await eventually(lambda: observatory.weather.known["CloudCover"] >= 70)
    await eventually(lambda: observatory.weather.known["RainRate"] > 0)
    await eventually(lambda: not observatory.safety_monitor.known["IsSafe"])
    await eventually(lambda: observatory.weather.known["RainRate"] == 0)
    await eventually(lambda: observatory.safety_monitor.known["IsSafe"])
    assert observatory.events.names.count("SAFETY-CHANGED") == 2


@pytest.mark.usefixtures("socket_enabled")
async def test_unsafe_during_flip() -> None:
    async with observatory_with_client(scenario="unsafe_during_flip", speed=500) as (rig, _):
        await happened(rig, "MOUNT-BEFORE-FLIP")
        await eventually(lambda: not rig.safety_monitor.known["IsSafe"], 30)
        names = rig.events.names
        assert "MOUNT-AFTER-FLIP" not in names[: names.index("SAFETY-CHANGED")]


@pytest.mark.usefixtures("socket_enabled")
async def test_power_cut_scenario() -> None:
    async with observatory_with_client(scenario="power_cut", speed=1000) as (rig, client):
        start = await client.get("/application-start")
        await eventually(lambda: rig.context.power_is_off, 30)
        await eventually(lambda: rig.transport.listener.is_open, 30)
        assert await client.get("/application-start") > start


@pytest.mark.usefixtures("socket_enabled")
async def test_nina_restart_scenario() -> None:
    async with observatory_with_client(scenario="nina_restart", speed=500) as (rig, client):
        start = await client.get("/application-start")
        await eventually(lambda: rig.application.started.isoformat() > start[:26], 30)
        await eventually(lambda: all(device.connected for device in rig.devices), 30)


@pytest.mark.usefixtures("socket_enabled")
async def test_polar_alignment_scenario() -> None:
    async with (
        observatory_with_client(scenario="polar_alignment", speed=300) as (rig, client),
        client.listening("/v2/tppa") as listener,
    ):
        await eventually(
            lambda: any("TotalError" in message["Response"] for message in listener.messages), 30
        )
        assert rig.mount.tracking


@pytest.mark.usefixtures("socket_enabled")
async def test_flats_at_dawn_scenario() -> None:
    async with observatory_with_client(scenario="flats_at_dawn", speed=500) as (rig, _):
        await eventually(lambda: len(rig.images) >= 6, 30)
        assert {frame.image_type for frame in rig.images.frames} == {"FLAT"}
        assert len({frame.filter_name for frame in rig.images.frames}) >= 2


async def test_commands(observatory: Observatory, client: Client) -> None:
    await run(observatory, "weather", {"channel": "wind_gust", "value": 25})
    assert observatory.weather.wind_gust == 25
    await run(observatory, "safe", {"safe": False})
    assert observatory.safety_monitor.is_safe is False
    await run(observatory, "shutter", {"opening": 0.5})
    assert observatory.dome.opening == 0.5
    await run(observatory, "park", {})
    await run(observatory, "speed", {"factor": 300})
    assert observatory.clock.speed == 300
    await run(observatory, "disconnect", {"device": "dome"})
    assert not observatory.dome.connected
    await run(observatory, "connect", {"device": "dome"})
    await eventually(lambda: observatory.dome.connected)
    await run(observatory, "profile", {"name": observatory.profiles.all[1].name})
    await happened(observatory, "PROFILE-CHANGED")
    await run(observatory, "emit", {"event": "DOME-SYNCED"})
    await happened(observatory, "DOME-SYNCED")
    async with client.listening() as listener:
        await eventually(lambda: observatory.socket.clients == 1)
        await run(observatory, "say", {})
        await eventually(lambda: listener.messages)
        assert listener.messages[0]["Response"] == "Test event"
    await client.get(CAPTURE)
    await run(observatory, "delete_image", {"index": 0})
    assert await client.refused("/image/0") == ("Unknown error", 500)
    for name in ("confirm_filter", "confirm_rotation", "clear_up"):
        await run(observatory, name, {})
    await run(observatory, "play", {"scenario": "idle"})
    await run(observatory, "restart", {"seconds": 1})
    await eventually(lambda: observatory.events.names == [])


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("nonsense", {}, "there is no command"),
        ("rain", {"speed": 1}, "has no option speed"),
        ("rain", {"rate": 0}, "between 0 and 500"),
        ("rain", {"rate": "much"}, "must be float"),
        ("weather", {"channel": "humidity"}, "needs the option 'value'"),
        ("weather", {"channel": "mood", "value": 1}, "there is no channel"),
        ("speed", {"factor": 0}, "above 0"),
        ("speed", {"factor": float("inf")}, "above 0"),
        ("connect", {"device": "telescope"}, "there is no device"),
        ("shutter", {"opening": 2}, "between 0"),
        ("focus", {"position": -1}, "between 0 and 50000"),
        ("focus", {"position": True}, "must be int"),
        ("guider", {"state": "Sleeping"}, "there is no state"),
        ("switch", {"number": 99, "value": 1}, "there is no channel 99"),
        ("restart", {"seconds": -1}, "0 to 86400"),
        ("profile", {"name": "x"}, "there is no profile"),
        ("emit", {"event": "a b"}, "no name of an event"),
        ("play", {"scenario": "x"}, "there is no scenario"),
        ("delete_image", {"index": 0}, "there is no image"),
        ("answer", {}, "no dialog is open"),
    ],
)
async def test_nonsensical_commands(
    observatory: Observatory, name: str, options: dict[str, object], text: str
) -> None:
    with pytest.raises(ValueError, match=text):
        await run(observatory, name, dict(options))


def test_every_command_says_what_it_does() -> None:
    assert all(command.text for command in COMMANDS.values())
