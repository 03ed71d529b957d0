"""The mount: texts, motion that takes time, the turning sky, flips, manual axis motion."""

import json
from typing import Any

import pytest

from simulator import Observatory
from simulator.enums import PierSide, TrackingMode
from simulator.sky import Coordinates

from .support import Client, Listener, eventually, happened, passes

MOUNT = "/equipment/mount"


def tracking(observatory: Observatory) -> Coordinates:
    """Have the mount track the sequence's target, which is returned."""
    observatory.mount.put(observatory.sequence.target)
    return observatory.sequence.target


def side(observatory: Observatory) -> PierSide:
    """Return the true side of the pier."""
    return observatory.mount.hardware.side


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("home", 409),
        ("tracking?mode=0", 409),
        ("park", 409),
        ("unpark", 409),
        ("flip", 409),
        ("slew?ra=1&dec=2", 409),
        ("slew/stop", 409),
        ("set-park-position", 400),
        ("sync?ra=1&dec=2", 400),
    ],
)
async def test_not_connected(
    observatory: Observatory, client: Client, action: str, code: int
) -> None:
    observatory.mount.detach()
    assert await client.refused(f"{MOUNT}/{action}") == ("Mount not connected", code)


@pytest.mark.parametrize(
    ("action", "refusal"),
    [
        ("home", ("Mount parked", 409)),
        ("tracking?mode=77", ("Mount parked", 409)),
        ("flip", ("Mount parked", 409)),
        ("slew?ra=1&dec=2", ("Mount parked", 409)),
        ("set-park-position", ("Mount can not set park position", 400)),
        ("sync?ra=1&dec=2", ("Mount is parked", 400)),
    ],
)
async def test_parked(client: Client, action: str, refusal: tuple[str, int]) -> None:
    assert await client.refused(f"{MOUNT}/{action}") == refusal


async def test_park_and_unpark(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{MOUNT}/park") == "Mount already parked"
    assert await client.get(f"{MOUNT}/unpark") == "Unparking"
    await happened(observatory, "MOUNT-UNPARKED")
    assert (await client.get(f"{MOUNT}/info"))["AtPark"] is False
    assert await client.get(f"{MOUNT}/unpark") == "Mount not parked"
    tracking(observatory)
    assert await client.get(f"{MOUNT}/park") == "Parking"
    await eventually(lambda: observatory.mount.known["Slewing"])
    await happened(observatory, "MOUNT-PARKED")
    info = await client.get(f"{MOUNT}/info")
    assert (info["AtPark"], info["TrackingEnabled"], info["TrackingMode"]) == (
        True,
        False,
        "Stopped",
    )
    assert info["TimeToMeridianFlip"] == 24


async def test_parking_again_interrupts_and_restarts(
    observatory: Observatory, client: Client
) -> None:
    tracking(observatory)
    await client.get(f"{MOUNT}/park")
    await eventually(lambda: observatory.mount.slewing)
    assert await client.get(f"{MOUNT}/park") == "Parking"
    await happened(observatory, "MOUNT-PARKED")
    assert observatory.events.names.count("MOUNT-PARKED") == 1


async def test_parking_a_mount_that_cannot(observatory: Observatory, client: Client) -> None:
    """It goes to the pole and says parked, but it is not."""
    tracking(observatory)
    observatory.mount.can_park = False
    await client.get(f"{MOUNT}/park")
    await happened(observatory, "MOUNT-PARKED")
    info = await client.get(f"{MOUNT}/info")
    assert (info["AtPark"], info["Declination"]) == (False, 90)


async def test_a_park_that_is_ignored_is_announced_all_the_same(
    observatory: Observatory, client: Client
) -> None:
    tracking(observatory)
    await observatory.faults.start("ignored", device="mount")
    assert await client.get(f"{MOUNT}/park") == "Parking"
    await happened(observatory, "MOUNT-PARKED")
    assert (await client.get(f"{MOUNT}/info"))["AtPark"] is False


async def test_parking_by_hand_makes_no_event(observatory: Observatory, client: Client) -> None:
    tracking(observatory)
    before = len(observatory.events.names)
    observatory.mount.hardware.park_by_hand()
    await observatory.mount.next_poll()
    assert (await client.get(f"{MOUNT}/info"))["AtPark"] is True
    assert observatory.events.names[before:] == []


async def test_unpark_refused_by_the_dome_settings(
    observatory: Observatory, client: Client
) -> None:
    observatory.profile.section("DomeSettings")["RefuseUnparkWithoutShutterOpen"] = True
    assert await client.get(f"{MOUNT}/unpark") == "Unparking"
    await observatory.mount.next_poll()
    await observatory.mount.next_poll()
    assert (await client.get(f"{MOUNT}/info"))["AtPark"] is True


async def test_home(observatory: Observatory, client: Client) -> None:
    tracking(observatory)
    assert await client.get(f"{MOUNT}/home") == "Homing"
    await happened(observatory, "MOUNT-HOMED")
    assert (await client.get(f"{MOUNT}/info"))["AtHome"] is True
    assert await client.get(f"{MOUNT}/home") == "Mount already homed"


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("0", "Sidereal"),
        ("1", "Lunar"),
        ("2", "Solar"),
        ("3", "King"),
        ("4", "Stopped"),
        ("5", "Stopped"),
    ],
)
async def test_tracking_modes(
    observatory: Observatory, client: Client, mode: str, name: str
) -> None:
    tracking(observatory)
    assert await client.get(f"{MOUNT}/tracking?mode={mode}") == "Tracking mode changed"
    info = await client.get(f"{MOUNT}/info")
    assert info["TrackingMode"] == name
    assert info["TrackingRate"] == {}


async def test_tracking_refused(observatory: Observatory, client: Client) -> None:
    tracking(observatory)
    assert await client.refused(f"{MOUNT}/tracking?mode=6") == ("Invalid tracking mode", 400)
    await observatory.faults.start("ignored", device="mount")
    envelope = await client.envelope(f"{MOUNT}/tracking?mode=4")
    assert (envelope["Success"], envelope["StatusCode"], envelope["Error"]) == (False, 200, "")
    assert envelope["Response"] == "Tracking mode changed"


async def test_slew(observatory: Observatory, client: Client) -> None:
    observatory.mount.hardware.parked = False
    observatory.mount.refresh()
    target = observatory.sequence.target
    url = f"{MOUNT}/slew?ra={target.ra_degrees}&dec={target.dec_degrees}"
    assert await client.get(url) == "Slew started"
    await eventually(lambda: observatory.mount.known["Slewing"])
    info = await client.get(f"{MOUNT}/info")
    assert (info["Slewing"], info["TrackingEnabled"]) == (True, True)
    assert info["TargetCoordinates"]["Epoch"] == "JNOW"
    assert info["TargetSideOfPier"] == info["SideOfPier"]
    await eventually(lambda: not observatory.mount.known["Slewing"])
    info = await client.get(f"{MOUNT}/info")
    assert "TargetCoordinates" not in info
    there = target.to_jnow(observatory.clock.true_now())
    assert info["RightAscension"] == pytest.approx(there.ra_hours, abs=1e-6)
    assert info["Declination"] == pytest.approx(there.dec_degrees, abs=1e-6)
    assert info["Coordinates"]["RADegrees"] == pytest.approx(info["RightAscension"] * 15)


async def test_waiting_slews_and_their_strange_replies(
    observatory: Observatory, client: Client
) -> None:
    tracking(observatory)
    observatory.dome.put_shutter(1.0)
    place = observatory.sequence.target
    url = f"{MOUNT}/slew?waitForResult=true&ra={place.ra_degrees}&dec={place.dec_degrees - 5}"
    assert await client.get(url) == "Slew finished"
    below = f"{MOUNT}/slew?waitForResult=true&ra={place.ra_degrees}&dec=-80"
    failure = {"Response": "Slew failed", "Error": "", "StatusCode": 200, "Success": False}
    assert await client.envelope(below) == failure | {"Type": "API"}
    for option in ("center=true", "rotate=true&rotationAngle=30"):
        assert await client.envelope(f"{url}&{option}") == failure | {"Type": "API"}
    assert observatory.rotator.position == pytest.approx(30, abs=0.1)
    observatory.camera.detach()
    assert await client.refused(f"{url}&center=true") == ("Unknown error", 500)


async def test_stopping_a_slew(observatory: Observatory, client: Client) -> None:
    tracking(observatory)
    place = observatory.sequence.target
    await client.get(f"{MOUNT}/slew?ra={place.ra_degrees + 60}&dec={place.dec_degrees}")
    await eventually(lambda: observatory.mount.slewing)
    assert await client.get(f"{MOUNT}/slew/stop") == "Stopped slew"
    assert not observatory.mount.slewing
    info = await client.get(f"{MOUNT}/info")
    assert (info["Slewing"], info["TrackingEnabled"]) == (False, True)


async def test_the_sky_turns(observatory: Observatory, client: Client) -> None:
    tracking(observatory)
    first = await client.get(f"{MOUNT}/info")
    await passes(observatory, 600)
    await observatory.mount.next_poll()
    later = await client.get(f"{MOUNT}/info")
    assert later["RightAscension"] == first["RightAscension"]
    assert later["Altitude"] != first["Altitude"]
    passed = (later["SiderealTime"] - first["SiderealTime"]) % 24
    assert passed == pytest.approx(600 / 3600, abs=0.02)
    assert first["TimeToMeridianFlip"] - later["TimeToMeridianFlip"] == pytest.approx(passed)


async def test_without_tracking_the_stars_pass(observatory: Observatory, client: Client) -> None:
    tracking(observatory)
    await client.get(f"{MOUNT}/tracking?mode=4")
    # What is read is of the last poll, since when the sky may have turned.
    await observatory.mount.next_poll()
    first = await client.get(f"{MOUNT}/info")
    await passes(observatory, 600)
    await observatory.mount.next_poll()
    later = await client.get(f"{MOUNT}/info")
    assert later["Altitude"] == pytest.approx(first["Altitude"], abs=1e-4)
    assert later["RightAscension"] != first["RightAscension"]
    assert later["TimeToMeridianFlip"] == 24
    assert (later["TimeToMeridianFlipString"], later["HoursToMeridianString"]) == (
        "24:00:00",
        "24:00:00",
    )


async def test_flip_changes_the_side_of_the_pier(observatory: Observatory, client: Client) -> None:
    now = observatory.clock.true_now()
    hours = (observatory.site.sidereal_time(now) + 0.02) % 24
    observatory.mount.put(Coordinates(hours, 20.0, "JNOW"))
    assert side(observatory) is PierSide.WEST
    assert await client.get(f"{MOUNT}/flip") == "Flipping"
    await eventually(lambda: not observatory.mount.slewing)
    assert side(observatory) is PierSide.WEST, "not needed yet"
    await passes(observatory, 360)
    before = len(observatory.events.names)
    await client.get(f"{MOUNT}/flip")
    await eventually(lambda: side(observatory) is PierSide.EAST)
    assert observatory.events.names[before:] == [], "only the workflow of a sequence tells"


async def test_meridian_flip_workflow(observatory: Observatory) -> None:
    observatory.dome.put_shutter(1.0)
    now = observatory.clock.true_now()
    observatory.mount.put(Coordinates(observatory.site.sidereal_time(now) % 24, 20.0, "JNOW"))
    observatory.guider.routines.resume()
    await passes(observatory, 400)
    before = len(observatory.events.names)
    await observatory.pointing.meridian_flip()
    names = [name for name in observatory.events.names[before:] if name != "IMAGE-PREPARED"]
    assert names == ["MOUNT-BEFORE-FLIP", "GUIDER-STOP", "GUIDER-START", "MOUNT-AFTER-FLIP"]
    assert observatory.mount.hardware.side is PierSide.EAST


async def test_park_position(observatory: Observatory, client: Client) -> None:
    tracking(observatory)
    await client.get(f"{MOUNT}/tracking?mode=4")
    altitude = observatory.mount.horizontal().altitude
    assert await client.get(f"{MOUNT}/set-park-position") == "Park position set"
    await client.get(f"{MOUNT}/park")
    await happened(observatory, "MOUNT-PARKED")
    assert observatory.mount.parked
    assert observatory.mount.horizontal().altitude == pytest.approx(altitude, abs=0.01)


async def test_park_position_refused(observatory: Observatory, client: Client) -> None:
    tracking(observatory)
    async with observatory.faults.during("ignored", device="mount"):
        refusal = ("Park position update failed", 400)
        assert await client.refused(f"{MOUNT}/set-park-position") == refusal
    observatory.mount.can_set_park = False
    observatory.mount.refresh()
    refusal = ("Mount can not set park position", 400)
    assert await client.refused(f"{MOUNT}/set-park-position") == refusal
    assert await client.refused(f"{MOUNT}/sync?ra=1&dec=2") == ("Mount is parked", 400)


async def test_sync_always_claims_success(observatory: Observatory, client: Client) -> None:
    target = tracking(observatory)
    url = f"{MOUNT}/sync?ra={target.ra_degrees + 1}&dec={target.dec_degrees}"
    assert await client.get(url) == "Synced"
    place = observatory.mount.hardware.coordinates.to_j2000(observatory.clock.true_now())
    assert place.ra_degrees == pytest.approx(target.ra_degrees + 1, abs=0.001)
    await observatory.faults.start("ignored", device="mount")
    assert await client.get(f"{MOUNT}/sync?ra=0&dec=0") == "Synced"
    assert await client.get(f"{MOUNT}/sync") == "Synced"


async def axis(listener: Listener, text: Any) -> dict[str, Any]:
    """Send a message to the axis channel and return the answer."""
    before = len(listener.messages)
    await listener.socket.send_str(text if isinstance(text, str) else json.dumps(text))
    await eventually(lambda: len(listener.messages) > before)
    answer: dict[str, Any] = listener.messages[-1]
    return answer


async def test_manual_axis_motion(observatory: Observatory, client: Client) -> None:
    tracking(observatory)
    observatory.clock.speed = 20
    async with client.listening("/v2/mount") as listener:
        before = observatory.mount.hardware.coordinates
        answer = await axis(listener, {"direction": "NORTH", "rate": 1.5})
        assert answer == {
            "Response": "Moving",
            "Error": "",
            "StatusCode": 200,
            "Success": True,
            "Type": "Socket",
        }
        assert observatory.mount.slewing
        await eventually(lambda: not observatory.mount.slewing)
        moved = observatory.mount.hardware.coordinates.dec_degrees - before.dec_degrees
        assert moved == pytest.approx(1.8 * 1.5, abs=0.6), "stopped by itself"
        await axis(listener, {"direction": "east", "rate": "2"})
        stopped = await axis(listener, {"direction": "east", "rate": 0})
        assert stopped["Response"] == "Stopped Move"
        assert not observatory.mount.slewing


@pytest.mark.parametrize(
    ("message", "response", "error"),
    [
        ({"direction": "up", "rate": 1}, "Moving", "Invalid direction"),
        ({"direction": "up", "rate": 0}, "Stopped Move", "Invalid direction"),
    ],
)
async def test_axis_errors(
    observatory: Observatory, client: Client, message: Any, response: str, error: str
) -> None:
    tracking(observatory)
    async with client.listening("/v2/mount") as listener:
        answer = await axis(listener, message)
    assert (answer["Response"], answer["Error"], answer["StatusCode"]) == (response, error, 400)
    assert (answer["Success"], answer["Type"]) == (False, "API")


async def test_axis_refusals(observatory: Observatory, client: Client) -> None:
    async with client.listening("/v2/mount") as listener:
        move = {"direction": "east", "rate": 1}
        assert (await axis(listener, move))["Error"] == "Mount parked"
        observatory.mount.detach()
        assert (await axis(listener, move))["Error"] == "Mount not connected"
        for nonsense in ("no json", "[]", "{}", '{"direction": "east", "rate": "fast"}'):
            answer = await axis(listener, nonsense)
            assert (answer["StatusCode"], answer["Success"]) == (400, False)
            assert answer["Error"]


async def test_reversing_within_two_seconds_stops_by_the_old_timer(
    observatory: Observatory, client: Client
) -> None:
    """Timers are per direction: that of east stops the axis although west was just asked."""
    tracking(observatory)
    observatory.clock.speed = 5
    async with client.listening("/v2/mount") as listener:
        await axis(listener, {"direction": "east", "rate": 1})
        await observatory.clock.sleep(1.0)
        await axis(listener, {"direction": "west", "rate": 1})
        await observatory.clock.sleep(1.0)
        assert not observatory.mount.slewing


def test_modes_know_their_names() -> None:
    assert TrackingMode.parse("4") is TrackingMode.CUSTOM
