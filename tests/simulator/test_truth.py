"""What is truly the case, no matter who moves the roof and wherever N.I.N.A. is."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from typing import Any

import aiohttp
import pytest

from simulator import Observatory
from simulator.__main__ import main
from simulator.commands import run
from simulator.control import Control
from simulator.devices.dome_driver import By
from simulator.truth import Place

from .support import Client, eventually, happened, observatory_with_client, passes


async def test_the_roof_by_hand_and_by_the_driver(observatory: Observatory, client: Client) -> None:
    """Every movement is remembered, with who began it and whether the mount was parked."""
    truth = observatory.truth
    assert (truth.roof_moves, truth.mount_parked) == (False, True)
    assert truth.as_data()["roof"] == "closed"
    await run(observatory, "roof_switch", {"opens": True})
    assert truth.roof_moves
    await passes(observatory, 15)
    assert 0 < observatory.dome.opening < 1
    assert truth.as_data()["roof"] == "between"
    await eventually(lambda: observatory.dome.opening == 1)
    assert truth.as_data()["roof"] == "open"
    observatory.mount.put(observatory.sequence.target)
    await observatory.dome.next_poll()
    await client.get("/equipment/dome/close")
    await eventually(lambda: observatory.dome.opening == 0)
    assert [(m.opens, m.by, m.mount_parked) for m in truth.movements] == [
        (True, By.HAND, True),
        (False, By.DRIVER, False),
    ]
    assert truth.over_unparked == truth.movements[1:]


@pytest.mark.parametrize("safe", [True, False])
async def test_the_roof_by_nina_itself(observatory: Observatory, safe: bool) -> None:
    """Its window and its sequences open the roof like the API: silently not while unsafe."""
    observatory.safety_monitor.is_safe = safe
    await observatory.safety_monitor.next_poll()
    await run(observatory, "command_roof", {"opens": True})
    await passes(observatory, 60)
    assert observatory.truth.roof is (Place.OPEN if safe else Place.CLOSED)
    await run(observatory, "command_roof", {"opens": False})
    await eventually(lambda: observatory.truth.roof is Place.CLOSED)


async def test_commands_and_readings(observatory: Observatory, client: Client) -> None:
    """Only what commands something is a command."""
    reads = ["/equipment/info", "/equipment/dome/info", "/equipment/dome/list-devices"]
    reads += ["/sequence/json", "/version", "/profile/show?active=true", "/flats/status"]
    reads += ["/event-history", "/framing/info", "/equipment/camera/capture?getResult=true"]
    for path in reads:
        await client.envelope(path)
    for path in ("/equipment/mount/park", "/sequence/stop", "/equipment/dome/close?x=1"):
        await client.get(path)
    commands = observatory.truth.commands
    assert [entry.path.removeprefix("/v2/api") for entry in commands] == [
        "/equipment/mount/park",
        "/sequence/stop",
        "/equipment/dome/close",
    ]
    assert [entry.code for entry in commands] == [200, 200, 200]


async def test_the_truth_at_the_control_port(observatory: Observatory, client: Client) -> None:
    """The same over HTTP."""
    control = Control(observatory)
    await control.start()
    observatory.dome.move_shutter(1.0)
    await client.get("/equipment/mount/park")
    answer = await Client(client.session, control.port).ask("/truth")
    await control.stop()
    truth = answer.json
    assert (truth["roof_moves"], truth["mount_parked"], truth["is_safe"]) == (True, True, True)
    assert truth["movements"][0]["by"] == "hand"
    assert truth["commands"][0]["path"] == "/equipment/mount/park"


async def test_rain_that_the_monitor_does_not_see(observatory: Observatory) -> None:
    """Station and monitor are two things."""
    await run(observatory, "rain", {"rate": 3, "monitor": False})
    assert (observatory.weather.rain_rate, observatory.safety_monitor.is_safe) == (3, True)
    observatory.safety_monitor.is_safe = False
    await run(observatory, "clear_up", {"monitor": False})
    assert (observatory.weather.rain_rate, observatory.safety_monitor.is_safe) == (0, False)


async def test_a_monitor_that_is_lost_and_comes_back(observatory: Observatory) -> None:
    """It is lost with a word, and comes back without one."""
    async with observatory.faults.during("driver_lost", device="safety_monitor", comes_back=True):
        event = await happened(observatory, "SAFETY-CHANGED")
        assert event.payload == {"IsSafe": False}
        assert not observatory.safety_monitor.connected
    await eventually(lambda: observatory.safety_monitor.connected)


@pytest.mark.parametrize("goodbye", [True, False])
@pytest.mark.parametrize("connects", [True, False])
async def test_nina_is_gone_and_back(
    observatory: Observatory, client: Client, goodbye: bool, connects: bool
) -> None:
    """The roof goes on closing meanwhile; afterward everything is connected again, or nothing."""
    observatory.dome.put_shutter(1.0)
    await observatory.dome.next_poll()
    await client.get("/equipment/dome/close")
    await eventually(lambda: observatory.dome.opening < 1)
    start = observatory.application.started
    async with observatory.faults.during("nina_gone", goodbye=goodbye, connects=connects):
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get("/version")
        await passes(observatory, 40)
        assert observatory.truth.roof is Place.CLOSED
    assert observatory.application.started > start
    await passes(observatory, 60)
    assert [device.connected for device in observatory.devices] == [connects] * 11
    assert await client.get("/version") == "2.2.15.0"


async def test_nina_is_frozen(observatory: Observatory, client: Client) -> None:
    """Nothing is answered, announced or polled; what was asked meanwhile is done afterward."""
    async with client.listening() as listener:
        await eventually(lambda: observatory.socket.clients == 1)
        await observatory.faults.start("frozen")
        unparking = asyncio.ensure_future(client.get("/equipment/mount/unpark"))
        observatory.safety_monitor.is_safe = False
        await passes(observatory, 30)
        assert not unparking.done()
        assert observatory.mount.parked
        assert observatory.safety_monitor.known["IsSafe"] is True
        assert listener.names == []
        await observatory.faults.stop("frozen")
        assert await unparking == "Unparking"
        await eventually(lambda: "SAFETY-CHANGED" in listener.names)


async def test_no_telescope_is_selected(observatory: Observatory, client: Client) -> None:
    """The profile says so; nothing can be connected then."""
    path = "/profile/show?active=true"
    assert (await client.get(path))["TelescopeSettings"]["Id"] == "ASCOM.EquatorialMount.Telescope"
    await run(observatory, "select", {"device": "mount"})
    assert (await client.get(path))["TelescopeSettings"]["Id"] == "No_Device"
    info = await client.get("/equipment/mount/info")
    assert (info["Connected"], "DeviceId" in info) == (False, False)
    assert await client.refused("/equipment/mount/connect") == ("Failed to connect", 400)
    await run(observatory, "select", {"device": "mount", "selected": True})
    assert await client.get("/equipment/mount/connect") == "Connected"
    assert (await client.get(path))["TelescopeSettings"]["Id"] == "ASCOM.EquatorialMount.Telescope"


@contextlib.asynccontextmanager
async def side_by_side(scenario: str) -> AsyncIterator[dict[str, tuple[Observatory, Client]]]:
    """Run two rigs under one roof: one without a dome, one without a mount."""
    async with contextlib.AsyncExitStack() as stack:
        rigs = {}
        for role in ("dome", "mount"):
            options: dict[str, Any] = {"without": [role], "scenario": scenario}
            rigs[role] = await stack.enter_async_context(observatory_with_client(**options))
        yield rigs


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("scenario", ["idle", "clear_night"])
async def test_two_rigs_under_one_roof(scenario: str) -> None:
    """Each has all but one device, and knows nothing of the other."""
    async with side_by_side(scenario) as rigs:
        for role, (observatory, client) in rigs.items():
            bundle = await client.get("/equipment/info")
            connected = {key: block["Connected"] for key, block in bundle.items()}
            assert connected == {key: key != role.capitalize() for key in connected}
            profile = await client.get("/profile/show?active=true")
            section = {"dome": "DomeSettings", "mount": "TelescopeSettings"}[role]
            assert profile[section]["Id"] == "No_Device"
            assert observatory.rig.view.covered is (role == "mount" and scenario == "idle")
        roof, mount = rigs["mount"], rigs["dome"]
        await mount[1].get("/equipment/mount/unpark")
        await roof[1].get("/equipment/dome/open")
        await eventually(lambda: roof[0].truth.roof is Place.OPEN)


def test_a_rig_without_nonsense() -> None:
    """Only devices can be missing."""
    with pytest.raises(ValueError, match="there is no device telescope"):
        Observatory(without=["telescope"])


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("words", [["--do", "dance"], ["--without", "telescope"]])
def test_nonsense_on_the_command_line(words: list[str]) -> None:
    """What cannot be done at the beginning ends the program with a sentence."""
    with pytest.raises(SystemExit) as raised:
        main(["--port", "0", "--no-scheduler", "--view", "never", *words])
    assert "there is no" in str(raised.value.code)
