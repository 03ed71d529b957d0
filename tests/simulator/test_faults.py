"""Every fault goes on and off, and does to a client what it says."""

import asyncio
from collections.abc import Awaitable, Callable
import json
from typing import Any

import aiohttp
import pytest

from simulator import Observatory
from simulator.faults import KINDS, Faults

from .support import Client, eventually, happened, observatory_with_client

API = "/v2/api"


async def hang(observatory: Observatory, client: Client) -> None:
    with pytest.raises(TimeoutError):
        await client.ask(f"{API}/version", timeout=aiohttp.ClientTimeout(total=0.2))


async def slow(observatory: Observatory, client: Client) -> None:
    begin = asyncio.get_running_loop().time()
    assert await client.get("/version") == "2.2.15.0"
    assert asyncio.get_running_loop().time() - begin >= 0.15


async def reset(observatory: Observatory, client: Client) -> None:
    with pytest.raises(aiohttp.ClientError):
        await client.ask(f"{API}/equipment/info")


async def lost_reply(observatory: Observatory, client: Client) -> None:
    with pytest.raises(aiohttp.ClientError):
        await client.ask(f"{API}/equipment/mount/unpark")
    await happened(observatory, "MOUNT-UNPARKED")


async def redirect(observatory: Observatory, client: Client) -> None:
    answer = await client.ask(f"{API}/version", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1:9/")


async def html(observatory: Observatory, client: Client) -> None:
    answer = await client.ask(f"{API}/version")
    assert (answer.status, answer.content_type) == (200, "text/html; charset=utf-8")


async def empty(observatory: Observatory, client: Client) -> None:
    answer = await client.ask(f"{API}/version")
    assert (answer.status, answer.body) == (200, b"")


async def truncated(observatory: Observatory, client: Client) -> None:
    answer = await client.ask(f"{API}/version")
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)


async def huge_picture(observatory: Observatory, client: Client) -> None:
    answer = await client.ask(f"{API}/application/screenshot?stream=true&quality=50")
    assert len(answer.body) == 100_000_000
    assert answer.body.startswith(b"\xff\xd8\xff")


async def error_500(observatory: Observatory, client: Client) -> None:
    answer = await client.ask(f"{API}/version")
    assert (answer.status, answer.content_type) == (500, "text/html; charset=utf-8")


async def unknown_error(observatory: Observatory, client: Client) -> None:
    assert await client.refused("/version") == ("Unknown error", 500)


async def not_done(observatory: Observatory, client: Client) -> None:
    parked = observatory.mount.parked
    for path in ("park", "unpark"):
        assert await client.get(f"/equipment/mount/{path}") == "Done"
    assert (observatory.mount.parked, observatory.mount.slewing) == (parked, False)


async def quiet_failure(observatory: Observatory, client: Client) -> None:
    envelope = json.loads((await client.ask(f"{API}/equipment/mount/unpark")).text)
    assert (envelope["Success"], envelope["Error"], envelope["StatusCode"]) == (False, "", 200)


async def wrong_types(observatory: Observatory, client: Client) -> None:
    info = await client.get("/equipment/camera/info")
    assert isinstance(info["Temperature"], list)
    assert isinstance(info["Connected"], str)
    assert isinstance(info["Name"], int)
    assert isinstance(info["BinningModes"], dict)


async def unknown_names(observatory: Observatory, client: Client) -> None:
    info = await client.get("/equipment/dome/info")
    assert info["ShutterStatus"] == "SomethingFromTheFuture"
    assert info["Name"] == "Rotating Dome"


async def nan_everywhere(observatory: Observatory, client: Client) -> None:
    info = await client.get("/equipment/mount/info")
    assert info["RightAscension"] == info["Coordinates"]["RA"] == "NaN"
    assert info["Connected"] is True


async def absurd_numbers(observatory: Observatory, client: Client) -> None:
    info = await client.get("/equipment/mount/info")
    assert info["RightAscension"] == info["Coordinates"]["RA"] == 1.8e19
    assert info["Connected"] is True


async def marked_texts(observatory: Observatory, client: Client) -> None:
    info = await client.get("/equipment/dome/info")
    assert info["Name"] == "Rotating Dome MARK-4711"
    assert info["ShutterStatus"] == "ShutterClosed"
    assert info["Owner"] == "MARK-4711"
    assert "MARK-4711 key" in info


async def refuse(observatory: Observatory, client: Client) -> None:
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get("/version")
    begin = observatory.clock.elapsed
    await observatory.clock.sleep(4)
    assert observatory.clock.elapsed > begin, "all else goes on"


async def stuck_shutter(observatory: Observatory, client: Client) -> None:
    await client.get("/equipment/dome/open")
    await happened(observatory, "DOME-SHUTTER-OPENED")
    assert observatory.dome.opening == 0


async def stuck_park(observatory: Observatory, client: Client) -> None:
    observatory.mount.put(observatory.sequence.target)
    await client.get("/equipment/mount/park")
    await happened(observatory, "MOUNT-PARKED")
    assert not observatory.mount.parked


async def ignored(observatory: Observatory, client: Client) -> None:
    await client.get("/equipment/mount/unpark")
    await happened(observatory, "MOUNT-UNPARKED")
    assert observatory.mount.parked


async def failed_connect(observatory: Observatory, client: Client) -> None:
    refusal = ("Failed to connect", 400)
    assert await client.refused("/equipment/weather/connect") == refusal


async def driver_lost(observatory: Observatory, client: Client) -> None:
    await eventually(lambda: not observatory.camera.connected)


async def failed_capture(observatory: Observatory, client: Client) -> None:
    observatory.profile.section("CameraSettings")["Timeout"] = 1
    url = "/equipment/camera/capture?duration=1&waitForResult=true"
    assert await client.refused(url) == ("Unknown error", 500)


async def failed_autofocus(observatory: Observatory, client: Client) -> None:
    observatory.dome.put_shutter(1.0)
    assert await observatory.autofocus.run() is False


async def stop_ignored(observatory: Observatory, client: Client) -> None:
    await client.get("/equipment/dome/open")
    await eventually(lambda: observatory.dome.opening > 0)
    assert await client.get("/equipment/dome/stop") == "Movement stopped"
    await happened(observatory, "DOME-STOPPED")
    await eventually(lambda: observatory.dome.opening == 1)


async def stuck_rotator(observatory: Observatory, client: Client) -> None:
    await client.get("/equipment/rotator/move-mechanical?position=10")
    await eventually(lambda: observatory.rotator.mechanical == 270)


async def does_not_wait(observatory: Observatory, client: Client) -> None:
    url = "/equipment/camera/capture?duration=5&waitForResult=true&omitImage=true"
    assert await client.get(url) == "Capture started"
    assert observatory.camera.exposing


async def star_lost(observatory: Observatory, client: Client) -> None:
    await client.get("/equipment/guider/start")
    assert observatory.guider.state != "Guiding"


async def lost_lock_stays(observatory: Observatory, client: Client) -> None:
    observatory.guider.routines.resume()
    await client.get("/equipment/guider/stop")
    assert (await client.get("/equipment/guider/info"))["State"] == "LostLock"
    assert not observatory.tasks.running("phd2")


async def stubborn_sequence(observatory: Observatory, client: Client) -> None:
    await observatory.sequence.run("Endless")
    assert await client.get("/sequence/stop") == "Sequence stopped"
    await observatory.clock.sleep(30)
    assert observatory.sequence.running


async def socket_refuse(observatory: Observatory, client: Client) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with client.listening():
            pass


async def socket_redirect(observatory: Observatory, client: Client) -> None:
    answer = await client.ask("/v2/socket", headers={"Upgrade": "websocket"}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "ws://127.0.0.1:9/v2/socket")


async def socket_half_open(observatory: Observatory, client: Client) -> None:
    address = f"http://127.0.0.1:{client.port}/v2/socket"
    async with client.session.ws_connect(address, autoping=False) as socket:
        await socket.ping()
        await observatory.events.emit("MOUNT-HOMED")
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.2)


async def heard(observatory: Observatory, client: Client, *names: str) -> list[str]:
    """Return what a client hears of some events."""
    async with client.listening() as listener:
        await eventually(lambda: observatory.socket.clients == 1)
        for name in names:
            await observatory.events.emit(name)
        await eventually(lambda: len(listener.messages) >= len(names))
        await asyncio.sleep(0.05)
        return listener.names


async def duplicate_events(observatory: Observatory, client: Client) -> None:
    assert await heard(observatory, client, "A", "B") == ["A", "A", "B", "B"]


async def reorder_events(observatory: Observatory, client: Client) -> None:
    assert await heard(observatory, client, "A", "B", "C", "D") == ["B", "A", "D", "C"]


async def late_events(observatory: Observatory, client: Client) -> None:
    async with client.listening() as listener:
        await eventually(lambda: observatory.socket.clients == 1)
        await observatory.events.emit("A")
        await asyncio.sleep(0.1)
        assert listener.messages == []
        await eventually(lambda: listener.names == ["A"])


async def broken_info(observatory: Observatory, client: Client) -> None:
    assert await client.refused("/equipment/focuser/info") == ("Unknown error", 500)


async def fragmented_events(observatory: Observatory, client: Client) -> None:
    assert await heard(observatory, client, "A", "B") == ["A", "B"]


async def power_cut(observatory: Observatory, client: Client) -> None:
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get("/version")
    assert not observatory.mount.tracking


async def nina_gone(observatory: Observatory, client: Client) -> None:
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get("/version")


async def frozen(observatory: Observatory, client: Client) -> None:
    with pytest.raises(TimeoutError):
        await client.ask(f"{API}/version", timeout=aiohttp.ClientTimeout(total=0.2))


async def clock_skew(observatory: Observatory, client: Client) -> None:
    shown = await client.get("/time")
    assert observatory.clock.true_now().isoformat()[:13] != shown[:13]


async def scheduler_gone(observatory: Observatory, client: Client) -> None:
    assert observatory.scheduler is not None
    assert not observatory.scheduler.running


async def not_validated(observatory: Observatory, client: Client) -> None:
    """No issue is known before a start that validates."""
    cooling = observatory.sequence.plan.roots[0].items[0]
    observatory.camera.detach()
    assert cooling.issues(observatory.rig)
    tree = await client.get("/sequence/state")
    assert tree[1]["Items"][0]["Issues"] == []
    await observatory.sequence.start(skip_validation=False)
    await eventually(lambda: observatory.dialogs.texts)
    tree = await client.get("/sequence/state")
    assert tree[1]["Items"][0]["Issues"] == cooling.issues(observatory.rig)
    observatory.dialogs.answer(go_on=False)


async def scheduler_gone_on_profile_switch(observatory: Observatory, client: Client) -> None:
    assert observatory.scheduler is not None
    assert observatory.scheduler.running
    await observatory.switch_profile(observatory.profiles.all[0])
    assert not observatory.scheduler.running


type Check = Callable[[Observatory, Client], Awaitable[None]]

CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        hang,
        slow,
        reset,
        lost_reply,
        redirect,
        html,
        empty,
        truncated,
        huge_picture,
        error_500,
        unknown_error,
        not_done,
        quiet_failure,
        wrong_types,
        unknown_names,
        nan_everywhere,
        absurd_numbers,
        marked_texts,
        refuse,
        stuck_shutter,
        stuck_park,
        ignored,
        failed_connect,
        driver_lost,
        failed_capture,
        failed_autofocus,
        stop_ignored,
        stuck_rotator,
        does_not_wait,
        star_lost,
        lost_lock_stays,
        stubborn_sequence,
        not_validated,
        socket_redirect,
        socket_refuse,
        socket_half_open,
        duplicate_events,
        late_events,
        broken_info,
        reorder_events,
        fragmented_events,
        power_cut,
        nina_gone,
        frozen,
        clock_skew,
        scheduler_gone,
        scheduler_gone_on_profile_switch,
    )
}
OPTIONS: dict[str, dict[str, Any]] = {
    "slow": {"seconds": 0.2},
    "late_events": {"seconds": 0.3},
}
LASTING = [name for name, kind in KINDS.items() if not kind.momentary]


def test_every_lasting_fault_is_checked() -> None:
    assert set(CHECKS) == set(LASTING)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("name", LASTING)
async def test_on_and_off(name: str) -> None:
    """Each fault strikes while it is on; afterward the server answers as if nothing was."""
    async with observatory_with_client(scheduler_port=0) as (observatory, client):
        async with observatory.faults.during(name, **OPTIONS.get(name, {})):
            assert observatory.faults.find(name)
            await CHECKS[name](observatory, client)
        assert observatory.faults.active == ()
        await eventually(lambda: observatory.transport.listener.is_open)
        assert await client.get("/version") == "2.2.15.0"
        assert "Camera" in await client.get("/equipment/info")


async def test_request_faults_strike_by_path_and_count(
    observatory: Observatory, client: Client
) -> None:
    fault = await observatory.faults.start("error_500", path="/equipment/*", count=2)
    assert await client.get("/version") == "2.2.15.0"
    statuses = [(await client.ask(f"{API}/equipment/dome/info")).status for _ in range(4)]
    assert statuses == [500, 500, 200, 200]
    assert (fault.used, fault.spent) == (2, True)
    assert observatory.ledger.calls("/equipment/dome/info")[0].status == 500


async def test_a_hang_ends_when_it_is_switched_off(
    observatory: Observatory, client: Client
) -> None:
    await observatory.faults.start("hang", path="/version")
    waiting = asyncio.ensure_future(client.get("/version"))
    await eventually(lambda: observatory.ledger.pending == 1)
    await observatory.faults.stop("hang")
    assert await waiting == "2.2.15.0"


async def test_html_with_another_status(observatory: Observatory, client: Client) -> None:
    await observatory.faults.start("html", status=502)
    assert (await client.ask(f"{API}/version")).status == 502


async def test_dropped_sockets(observatory: Observatory, client: Client) -> None:
    address = f"http://127.0.0.1:{client.port}/v2/socket"
    async with client.session.ws_connect(address) as socket:
        await observatory.faults.start("socket_drop")
        message = await socket.receive(timeout=5)
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        assert socket.close_code in (1006, None)
    assert observatory.faults.active == ()


async def test_storm(observatory: Observatory, client: Client) -> None:
    async with client.listening() as listener:
        await eventually(lambda: observatory.socket.clients == 1)
        await observatory.faults.start("event_storm", events=500)
        await eventually(lambda: len(listener.messages) == 500)
    assert set(listener.names) == {"FILTERWHEEL-CHANGED"}


async def test_restart_is_momentary(observatory: Observatory, client: Client) -> None:
    start = observatory.application.started
    await observatory.faults.start("restart", seconds=1)
    assert observatory.faults.active == ()
    await eventually(lambda: observatory.application.started > start)
    await eventually(lambda: observatory.transport.listener.is_open)
    assert await client.get("/event-history") == []


async def test_moved_port(observatory: Observatory, client: Client) -> None:
    before = observatory.port
    await observatory.faults.start("port_moved")
    assert observatory.port > before
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get("/version")
    client.port = observatory.port
    assert await client.get("/version") == "2.2.15.0"


async def test_held_back_events_are_released(observatory: Observatory, client: Client) -> None:
    async with client.listening() as listener:
        await eventually(lambda: observatory.socket.clients == 1)
        async with observatory.faults.during("reorder_events"):
            await observatory.events.emit("A")
            await asyncio.sleep(0.05)
            assert listener.messages == []
        await eventually(lambda: listener.names == ["A"])


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("nonsense", {}, "there is no fault 'nonsense'"),
        ("hang", {"where": "x"}, "has no option 'where'"),
        ("hang", {"path": 5}, "cannot be 5"),
        ("hang", {"seconds": "long"}, "must be a number"),
        ("hang", {"seconds": True}, "must be a number"),
        ("hang", {"seconds": -1}, "cannot be negative"),
        ("html", {"count": 1.5}, "must be a whole number"),
        ("ignored", {"device": "telescope"}, "cannot be 'telescope'"),
        ("stuck_shutter", {"mode": "sticky"}, "one of ignore, jam, halt, endless"),
        ("driver_lost", {"comes_back": 1}, "must be true or false"),
    ],
)
async def test_nonsense_is_refused(name: str, options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        await Faults().start(name, **options)


async def test_stopping_what_is_unknown_or_not_on() -> None:
    faults = Faults()
    assert await faults.stop("hang") == 0
    with pytest.raises(ValueError, match="there is no fault"):
        await faults.stop("nonsense")


async def test_one_broken_driver_spoils_the_bundle(
    observatory: Observatory, client: Client
) -> None:
    await observatory.faults.start("broken_info", device="rotator")
    for path in ("/equipment/info", "/equipment/rotator/info"):
        assert await client.refused(path) == ("Unknown error", 500)
    assert (await client.get("/equipment/camera/info"))["Connected"] is True
