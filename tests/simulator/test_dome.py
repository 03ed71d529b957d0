"""The dome: texts, silent refusals, movements that cancel each other, events that prove nothing."""

from typing import Any

import pytest

from simulator import Observatory

from .support import Client, eventually, happened, passes

DOME = "/equipment/dome"


async def shutter(client: Client) -> str:
    """Return the shutter's status as the server gives it."""
    return str((await client.get(f"{DOME}/info"))["ShutterStatus"])


async def reads(observatory: Observatory, status: str) -> None:
    """Wait until the server's cached status reads so."""
    await eventually(lambda: observatory.dome.known["ShutterStatus"].wire == status)


def count(observatory: Observatory, name: str) -> int:
    """Return how often an event was announced."""
    return observatory.events.names.count(name)


async def test_open_and_close(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{DOME}/close") == "Shutter already closed"
    assert await client.get(f"{DOME}/open") == "Shutter opening"
    await reads(observatory, "ShutterOpening")
    assert await client.get(f"{DOME}/open") == "Shutter already open"
    await happened(observatory, "DOME-SHUTTER-OPENED")
    assert await shutter(client) == "ShutterOpen"
    assert await client.get(f"{DOME}/close") == "Shutter closing"
    await reads(observatory, "ShutterClosing")
    assert await client.get(f"{DOME}/close") == "Shutter already closed"
    await happened(observatory, "DOME-SHUTTER-CLOSED")
    assert await shutter(client) == "ShutterClosed"
    assert observatory.dome.opening == 0


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("open", 409),
        ("close", 409),
        ("stop", 409),
        ("set-follow?enabled=true", 409),
        ("sync", 409),
        ("slew?azimuth=10", 409),
        ("set-park-position", 400),
        ("park", 400),
        ("home", 400),
    ],
)
async def test_not_connected(
    observatory: Observatory, client: Client, action: str, code: int
) -> None:
    observatory.dome.detach()
    assert await client.refused(f"{DOME}/{action}") == ("Dome not connected", code)


async def test_open_is_refused_silently_while_unsafe(
    observatory: Observatory, client: Client
) -> None:
    observatory.safety_monitor.is_safe = False
    await observatory.safety_monitor.next_poll()
    assert await client.get(f"{DOME}/open") == "Shutter opening"
    await observatory.dome.next_poll()
    assert await shutter(client) == "ShutterClosed"
    assert count(observatory, "DOME-SHUTTER-OPENED") == 0


async def opens(observatory: Observatory, client: Client) -> bool:
    """Return whether an open command moves the shutter."""
    await client.get(f"{DOME}/open")
    for _ in range(3):
        await observatory.dome.next_poll()
    return observatory.dome.opening > 0


async def closes(observatory: Observatory, client: Client) -> bool:
    """Return whether a close command moves the shutter of an open dome."""
    observatory.dome.put_shutter(1.0)
    await observatory.dome.next_poll()
    assert await client.get(f"{DOME}/close") == "Shutter closing"
    for _ in range(3):
        await observatory.dome.next_poll()
    return observatory.dome.opening < 1


@pytest.mark.parametrize(
    ("setting", "connected", "moves"),
    [(False, True, True), (False, False, True), (True, True, True), (True, False, False)],
)
async def test_open_without_a_monitor(
    observatory: Observatory, client: Client, setting: bool, connected: bool, moves: bool
) -> None:
    settings = observatory.profile.section("DomeSettings")
    settings["RefuseUnsafeShutterOpenSansSafetyDevice"] = setting
    if not connected:
        observatory.safety_monitor.detach()
    assert await opens(observatory, client) == moves


@pytest.mark.parametrize(
    ("setting", "mount", "moves"),
    [
        ("", "parked", True),
        ("", "unparked", True),
        ("", "disconnected", True),
        ("RefuseUnsafeShutterMove", "parked", True),
        ("RefuseUnsafeShutterMove", "unparked", False),
        ("RefuseUnsafeShutterMove", "disconnected", False),
        ("ParkMountBeforeShutterMove", "parked", True),
        ("ParkMountBeforeShutterMove", "disconnected", False),
    ],
)
async def test_close_and_the_mount(
    observatory: Observatory, client: Client, setting: str, mount: str, moves: bool
) -> None:
    if setting:
        observatory.profile.section("DomeSettings")[setting] = True
    observatory.mount.hardware.parked = mount == "parked"
    observatory.mount.refresh()
    if mount == "disconnected":
        observatory.mount.detach()
    assert await closes(observatory, client) == moves
    if setting.startswith("Refuse"):
        assert (await opens(observatory, client)) or not moves


async def test_close_parks_the_mount_first_where_the_profile_says_so(
    observatory: Observatory, client: Client
) -> None:
    observatory.profile.section("DomeSettings")["ParkMountBeforeShutterMove"] = True
    observatory.mount.put(observatory.sequence.target)
    observatory.dome.put_shutter(1.0)
    await observatory.dome.next_poll()
    before = len(observatory.events.names)
    await client.get(f"{DOME}/close")
    await happened(observatory, "DOME-SHUTTER-CLOSED")
    assert observatory.mount.parked
    assert observatory.events.names[before:] == ["MOUNT-PARKED", "DOME-SHUTTER-CLOSED"]


async def test_dome_parks_first_where_the_profile_says_so(
    observatory: Observatory, client: Client
) -> None:
    observatory.profile.section("DomeSettings")["ParkDomeBeforeShutterMove"] = True
    observatory.dome.turn.put(200.0)
    await client.get(f"{DOME}/open")
    await happened(observatory, "DOME-SHUTTER-OPENED")
    assert observatory.dome.turn.value == observatory.dome.park_azimuth


@pytest.mark.parametrize("other", ["open", "park", "home", "slew?azimuth=300", "stop"])
async def test_another_command_aborts_a_closing_shutter(
    observatory: Observatory, client: Client, other: str
) -> None:
    observatory.dome.put_shutter(1.0)
    observatory.dome.parked = False
    await observatory.dome.next_poll()
    await client.get(f"{DOME}/close")
    await reads(observatory, "ShutterClosing")
    await eventually(lambda: 0 < observatory.dome.opening < 0.9)
    await client.get(f"{DOME}/{other}")
    if other.startswith(("home", "slew", "stop")):
        await reads(observatory, "ShutterError")
        assert 0 < observatory.dome.opening < 1
    elif other == "open":
        await eventually(lambda: observatory.dome.opening == 1)
    assert count(observatory, "DOME-SHUTTER-CLOSED") == 0


async def test_a_second_close_before_the_status_reads_closing_starts_again(
    observatory: Observatory, client: Client
) -> None:
    observatory.dome.put_shutter(1.0)
    observatory.clock.speed = 1
    observatory.dome.refresh()
    assert await client.get(f"{DOME}/close") == "Shutter closing"
    assert await client.get(f"{DOME}/close") == "Shutter closing"
    observatory.clock.speed = 200
    await happened(observatory, "DOME-SHUTTER-CLOSED")
    assert count(observatory, "DOME-SHUTTER-CLOSED") == 1
    assert observatory.dome.opening == 0


async def test_a_close_that_is_ignored_is_announced_all_the_same(
    observatory: Observatory, client: Client
) -> None:
    observatory.dome.put_shutter(1.0)
    await observatory.dome.next_poll()
    await observatory.faults.start("stuck_shutter")
    assert await client.get(f"{DOME}/close") == "Shutter closing"
    await happened(observatory, "DOME-SHUTTER-CLOSED")
    assert await shutter(client) == "ShutterOpen"


async def test_a_jammed_shutter_stands_half_way(observatory: Observatory, client: Client) -> None:
    observatory.dome.put_shutter(1.0)
    await observatory.dome.next_poll()
    await observatory.faults.start("stuck_shutter", mode="jam")
    await client.get(f"{DOME}/close")
    await happened(observatory, "DOME-SHUTTER-CLOSED")
    assert await shutter(client) == "ShutterError"
    assert observatory.dome.opening == 0.5


async def test_an_endless_shutter_never_arrives(observatory: Observatory, client: Client) -> None:
    observatory.dome.put_shutter(1.0)
    await observatory.dome.next_poll()
    await observatory.faults.start("stuck_shutter", mode="endless")
    await client.get(f"{DOME}/close")
    await passes(observatory, 300)
    assert await shutter(client) == "ShutterClosing"
    assert count(observatory, "DOME-SHUTTER-CLOSED") == 0
    await observatory.faults.clear()
    await client.get(f"{DOME}/stop")
    await reads(observatory, "ShutterOpen")


async def test_park_closes_the_shutter_without_its_event(
    observatory: Observatory, client: Client
) -> None:
    observatory.dome.put_shutter(1.0)
    observatory.dome.parked = False
    observatory.dome.turn.put(0.0)
    await observatory.dome.next_poll()
    assert await client.get(f"{DOME}/park") == "Parking"
    await happened(observatory, "DOME-PARKED")
    info = await client.get(f"{DOME}/info")
    assert (info["AtPark"], info["ShutterStatus"]) == (True, "ShutterClosed")
    assert count(observatory, "DOME-SHUTTER-CLOSED") == 0
    assert await client.get(f"{DOME}/park") == "Dome already parked"


async def test_a_dome_that_cannot_park_does_nothing_silently(
    observatory: Observatory, client: Client
) -> None:
    observatory.dome.can_park = observatory.dome.parked = False
    await observatory.dome.next_poll()
    assert await client.get(f"{DOME}/park") == "Parking"
    await observatory.dome.next_poll()
    assert count(observatory, "DOME-PARKED") == 0


async def test_home(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{DOME}/home") == "Homing"
    await happened(observatory, "DOME-HOMED")
    assert (await client.get(f"{DOME}/info"))["AtHome"] is True
    assert await client.get(f"{DOME}/home") == "Dome already homed"


async def test_slew(observatory: Observatory, client: Client) -> None:
    assert await client.get(f"{DOME}/slew?azimuth=200") == "Dome Slew Started"
    await eventually(lambda: observatory.dome.known["Slewing"])
    event = await happened(observatory, "DOME-SLEWED")
    assert (event.payload["From"], event.payload["To"]) == (90.0, 200.0)
    text = await client.get(f"{DOME}/slew?azimuth=210&waitToFinish=true")
    assert text == "Dome Slew finished"
    assert (await client.get(f"{DOME}/info"))["Azimuth"] == 210


async def test_stop_is_logged_a_little_later(observatory: Observatory, client: Client) -> None:
    await client.get(f"{DOME}/slew?azimuth=270")
    await eventually(lambda: observatory.dome.turn.moving)
    assert await client.get(f"{DOME}/stop") == "Movement stopped"
    await happened(observatory, "DOME-STOPPED")
    assert not observatory.dome.turn.moving
    assert observatory.dome.turn.value != 270
    assert count(observatory, "DOME-SLEWED") == 0
    entry = (await client.get("/event-history"))[-1]
    assert entry["Time"][-6] not in "+-", "log-derived times have no zone"


async def test_following(observatory: Observatory, client: Client) -> None:
    assert await client.refused(f"{DOME}/set-follow?enabled=true") == (
        "Dome shutter not open",
        409,
    )
    observatory.dome.put_shutter(1.0)
    observatory.mount.put(observatory.sequence.target)
    await observatory.dome.next_poll()
    assert await client.get(f"{DOME}/set-follow?enabled=true") == "Following enabled"
    await eventually(lambda: observatory.dome.routines.synchronized)
    info = await client.get(f"{DOME}/info")
    assert (info["IsFollowing"], info["IsSynchronized"]) == (True, True)
    assert (info["FollowingType"], info["ApplicationFollowing"]) == ("Off", False)
    observatory.mount.detach()
    assert await client.refused(f"{DOME}/set-follow") == ("Mount not connected", 409)
    observatory.mount.attach()
    assert await client.get(f"{DOME}/set-follow") == "Following disabled"
    assert (await client.get(f"{DOME}/info"))["IsFollowing"] is False


async def test_following_that_fails_says_so_quietly(
    observatory: Observatory, client: Client
) -> None:
    observatory.dome.put_shutter(1.0)
    await observatory.dome.next_poll()
    await observatory.faults.start("ignored", device="dome")
    envelope = await client.envelope(f"{DOME}/set-follow?enabled=true")
    expected: dict[str, Any] = {"Response": "Following enabled", "Error": "", "StatusCode": 200}
    assert envelope == expected | {"Success": False, "Type": "API"}


async def test_slew_and_stop_end_following(observatory: Observatory, client: Client) -> None:
    observatory.dome.put_shutter(1.0)
    observatory.mount.put(observatory.sequence.target)
    for action in ("slew?azimuth=10", "stop"):
        await observatory.dome.next_poll()
        await client.get(f"{DOME}/set-follow?enabled=true")
        await eventually(lambda: observatory.dome.routines.synchronized)
        await client.get(f"{DOME}/{action}")
        assert observatory.dome.following is False


async def test_sync_slews_once_to_the_mount(observatory: Observatory, client: Client) -> None:
    observatory.mount.put(observatory.sequence.target)
    assert await client.get(f"{DOME}/sync") == "Dome Sync Started"
    event = await happened(observatory, "DOME-SLEWED")
    azimuth = observatory.mount.horizontal().azimuth
    assert event.payload["To"] == pytest.approx(azimuth, abs=1)
    assert count(observatory, "DOME-SYNCED") == 0
    observatory.mount.detach()
    assert await client.get(f"{DOME}/sync") == "Dome Sync Started"


async def test_park_position(observatory: Observatory, client: Client) -> None:
    refusal = ("Dome can not set park position", 400)
    assert await client.refused(f"{DOME}/set-park-position") == refusal
    await client.get(f"{DOME}/slew?azimuth=33&waitToFinish=true")
    assert await client.get(f"{DOME}/set-park-position") == "Park position set"
    assert observatory.dome.park_azimuth == pytest.approx(33)
    observatory.dome.can_set_park = False
    assert await client.refused(f"{DOME}/set-park-position") == refusal


async def test_closes_by_itself_on_unsafe_where_the_profile_says_so(
    observatory: Observatory,
) -> None:
    observatory.profile.section("DomeSettings")["CloseOnUnsafe"] = True
    observatory.dome.put_shutter(1.0)
    observatory.safety_monitor.is_safe = False
    await eventually(lambda: observatory.dome.opening == 0)


async def test_nothing_closes_by_itself_when_it_rains(observatory: Observatory) -> None:
    observatory.dome.put_shutter(1.0)
    observatory.rain()
    await passes(observatory, 120)
    assert observatory.dome.opening == 1


async def test_altitude_is_never_known(client: Client) -> None:
    info = await client.get(f"{DOME}/info")
    assert (info["Altitude"], info["AltitudeDMS"]) == ("NaN", "")
