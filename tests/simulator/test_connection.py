"""Connecting, disconnecting, selection lists, and devices lost silently."""

import asyncio
from typing import Any

import pytest

from simulator import Observatory
from simulator.commands import run
from simulator.devices.base import Device

from .support import Client, eventually, happened, observatory_with_client

PATHS = {
    "camera": "CAMERA",
    "dome": "DOME",
    "filterwheel": "FILTERWHEEL",
    "flatdevice": "FLAT",
    "focuser": "FOCUSER",
    "guider": "GUIDER",
    "mount": "MOUNT",
    "rotator": "ROTATOR",
    "safetymonitor": "SAFETY",
    "switch": "SWITCH",
    "weather": "WEATHER",
}
OTHERS = [path for path in PATHS if path not in ("guider", "safetymonitor")]


def device(observatory: Observatory, path: str) -> Device:
    """Return a device by its path."""
    return next(entry for entry in observatory.devices if entry.path == path)


def new_events(observatory: Observatory, before: int) -> list[str]:
    """Return the events since there were so many."""
    return observatory.events.names[before:]


@pytest.mark.parametrize("path", OTHERS)
async def test_connect_disconnects_first(
    observatory: Observatory, client: Client, path: str
) -> None:
    before = len(observatory.events.names)
    assert await client.get(f"/equipment/{path}/connect") == "Connected"
    prefix = PATHS[path]
    assert new_events(observatory, before) == [f"{prefix}-DISCONNECTED", f"{prefix}-CONNECTED"]
    assert (await client.get(f"/equipment/{path}/info"))["Connected"] is True


async def test_guider_connects_without_a_disconnect(
    observatory: Observatory, client: Client
) -> None:
    before = len(observatory.events.names)
    assert await client.get("/equipment/guider/connect") == "Connected"
    assert new_events(observatory, before) == ["GUIDER-CONNECTED"]


@pytest.mark.parametrize("path", PATHS)
async def test_disconnect_also_when_nothing_was_connected(
    observatory: Observatory, client: Client, path: str
) -> None:
    observatory.safety_monitor.is_safe = False
    observatory.safety_monitor.refresh()
    for _ in range(2):
        before = len(observatory.events.names)
        assert await client.get(f"/equipment/{path}/disconnect") == "Disconnected"
        assert new_events(observatory, before) == [f"{PATHS[path]}-DISCONNECTED"]
    info = await client.get(f"/equipment/{path}/info")
    assert info["Connected"] is False
    assert not {"Name", "DisplayName", "DeviceId"} & info.keys()


@pytest.mark.parametrize("path", OTHERS)
async def test_failed_connect(observatory: Observatory, client: Client, path: str) -> None:
    role = device(observatory, path).role
    await observatory.faults.start("failed_connect", device=role)
    before = len(observatory.events.names)
    assert await client.refused(f"/equipment/{path}/connect") == ("Failed to connect", 400)
    assert new_events(observatory, before) == [f"{PATHS[path]}-DISCONNECTED"]
    assert (await client.get(f"/equipment/{path}/info"))["Connected"] is False


async def test_failed_guider_connect(observatory: Observatory, client: Client) -> None:
    await observatory.faults.start("failed_connect", device="guider")
    before = len(observatory.events.names)
    assert await client.refused("/equipment/guider/connect") == ("Failed to connect", 400)
    assert new_events(observatory, before) == ["GUIDER-DISCONNECTED"]


async def test_connect_to_another_device(observatory: Observatory, client: Client) -> None:
    assert await client.get("/equipment/focuser/connect?to=FocusSim.Focuser") == "Connected"
    info = await client.get("/equipment/focuser/info")
    assert (info["Name"], info["DeviceId"]) == ("Simulator", "FocusSim.Focuser")
    assert await client.refused("/equipment/focuser/connect?to=No_Device") == (
        "Failed to connect",
        400,
    )
    assert await client.refused("/equipment/focuser/connect") == ("Failed to connect", 400)
    # What is spelled otherwise counts as omitted.
    other = "/equipment/focuser/connect?To=FocusSim.Focuser"
    assert await client.refused(other) == ("Failed to connect", 400)


@pytest.mark.parametrize("to", ["?to=", "?to=Nonsense"])
async def test_connect_to_what_is_not_in_the_list(client: Client, to: str) -> None:
    assert await client.refused(f"/equipment/dome/connect{to}") == ("Unknown error", 500)


async def test_connect_with_an_empty_list(observatory: Observatory, client: Client) -> None:
    observatory.dome.scanned = False
    assert await client.get("/equipment/dome/list-devices") == []
    assert await client.refused("/equipment/dome/connect") == ("Invalid Id", 400)
    assert len(await client.get("/equipment/dome/rescan")) == 3
    assert await client.get("/equipment/dome/connect") == "Connected"


@pytest.mark.parametrize("action", ["connect", "disconnect", "list-devices", "rescan"])
async def test_unknown_equipment(client: Client, action: str) -> None:
    assert await client.refused(f"/equipment/telescope/{action}") == ("Invalid equipment", 400)


@pytest.mark.parametrize("path", PATHS)
async def test_lists_begin_with_no_device(client: Client, path: str) -> None:
    entries = await client.get(f"/equipment/{path}/list-devices")
    assert entries[0]["Id"] in ("No_Device", "No_Guider")
    assert [entry["Connected"] for entry in entries].count(True) == 1
    assert all(len(entry) == 10 for entry in entries)


async def test_offline_devices_are_listed_as_such(observatory: Observatory, client: Client) -> None:
    observatory.camera.offline.add("Native_CMOS_2000MM")
    entry = (await client.get("/equipment/camera/list-devices"))[1]
    assert (entry["Category"], entry["Name"]) == ("OFFLINE", "CMOS 2000MM (OFFLINE)")
    assert await client.refused("/equipment/camera/connect") == ("Failed to connect", 400)


LEFTOVERS: dict[str, dict[str, Any]] = {
    "dome": {"ShutterStatus": "ShutterError"},
    "mount": {"SideOfPier": "pierEast", "TimeToMeridianFlip": 0, "Altitude": "NaN"},
    "weather": {"Temperature": "NaN", "RainRate": "NaN"},
    "camera": {"Temperature": 0, "AtTargetTemp": True, "Gain": -1, "Offset": 0, "Battery": 0},
    "focuser": {"Position": 0, "Temperature": "NaN"},
    "flatdevice": {"CoverState": "Unknown", "MaxBrightness": 0},
}


@pytest.mark.parametrize("path", OTHERS)
async def test_a_lost_driver_makes_no_event(
    observatory: Observatory, client: Client, path: str
) -> None:
    before = len(observatory.events.names)
    lost = device(observatory, path)
    await observatory.faults.start("driver_lost", device=lost.role)
    await eventually(lambda: not lost.connected)
    info = await client.get(f"/equipment/{path}/info")
    assert info["Connected"] is False
    assert LEFTOVERS.get(path, {}).items() <= info.items()
    assert new_events(observatory, before) == []
    await observatory.faults.clear()
    await observatory.mount.next_poll() if path != "mount" else await observatory.dome.next_poll()
    assert not lost.connected, "a driver that broke stays away"


async def test_a_lost_switch_hub_keeps_its_stale_channels(
    observatory: Observatory, client: Client
) -> None:
    await observatory.faults.start("driver_lost", device="switch_hub")
    await eventually(lambda: not observatory.switch_hub.connected)
    info = await client.get("/equipment/switch/info")
    assert info["WritableSwitches"][0]["Name"] == "Telescope"


async def test_a_lost_guider_is_announced(observatory: Observatory) -> None:
    await observatory.faults.start("driver_lost", device="guider")
    event = await happened(observatory, "GUIDER-DISCONNECTED")
    assert event.payload == {}


async def test_a_lost_safe_monitor_says_unsafe(observatory: Observatory) -> None:
    before = len(observatory.events.names)
    await observatory.faults.start("driver_lost", device="safety_monitor")
    event = await happened(observatory, "SAFETY-CHANGED")
    assert event.payload == {"IsSafe": False}
    assert new_events(observatory, before) == ["SAFETY-CHANGED"]


async def test_a_driver_that_was_merely_absent_comes_back_by_itself(
    observatory: Observatory,
) -> None:
    before = len(observatory.events.names)
    async with observatory.faults.during("driver_lost", device="focuser", comes_back=True):
        await eventually(lambda: not observatory.focuser.connected)
    await eventually(lambda: observatory.focuser.connected)
    assert new_events(observatory, before) == []


async def test_side_of_pier_before_and_after_the_first_connection(socket_enabled: None) -> None:
    async with observatory_with_client(scenario="cold_start") as (_, client):
        assert (await client.get("/equipment/mount/info"))["SideOfPier"] == "pierUnknown"
        await client.get("/equipment/mount/connect")
        await client.get("/equipment/mount/disconnect")
        assert (await client.get("/equipment/mount/info"))["SideOfPier"] == "pierEast"


async def test_safety_events_around_a_commanded_reconnect(
    observatory: Observatory, client: Client
) -> None:
    """Unsafe is announced first, and safe never, although it is."""
    before = len(observatory.events.names)
    await client.get("/equipment/safetymonitor/connect")
    await observatory.safety_monitor.next_poll()
    assert new_events(observatory, before) == [
        "SAFETY-CHANGED",
        "SAFETY-DISCONNECTED",
        "SAFETY-CONNECTED",
    ]
    assert (await client.get("/equipment/safetymonitor/info"))["IsSafe"] is True


async def test_mount_may_wait_for_somebody_at_the_computer(
    observatory: Observatory, client: Client
) -> None:
    settings = observatory.profile.section("TelescopeSettings")
    settings["TelescopeLocationSyncDirection"] = settings["TelescopeLocationSyncDirection"].sibling(
        "PROMPT"
    )
    assert await client.get("/equipment/mount/connect") == "Connected", "the sites agree"
    observatory.mount.site_differs = True
    connecting = asyncio.ensure_future(client.get("/equipment/mount/connect"))
    await eventually(lambda: observatory.dialogs.texts)
    assert not connecting.done()
    await run(observatory, "answer", {})
    assert await connecting == "Connected"


async def test_what_was_connected_is_stored_in_the_profile(
    observatory: Observatory, client: Client
) -> None:
    await client.get("/equipment/focuser/connect?to=FocusSim.Focuser")
    await client.get("/equipment/guider/connect?to=Direct_Guider")
    active = await client.get("/profile/show?active=true")
    assert active["FocuserSettings"]["Id"] == "FocusSim.Focuser"
    assert active["FocuserSettings"]["LastDeviceName"] == "Simulator"
    assert active["GuiderSettings"]["GuiderName"] == "Direct_Guider"


async def test_bundle_has_all_devices(client: Client) -> None:
    bundle = await client.get("/equipment/info")
    assert set(bundle) == {
        "Camera",
        "Dome",
        "FilterWheel",
        "FlatDevice",
        "Focuser",
        "Guider",
        "Mount",
        "Rotator",
        "SafetyMonitor",
        "Switch",
        "WeatherData",
    }
    for key, path in (("Dome", "dome"), ("Switch", "switch"), ("SafetyMonitor", "safetymonitor")):
        assert bundle[key] == await client.get(f"/equipment/{path}/info")


async def test_values_change_only_at_polls(socket_enabled: None) -> None:
    async with observatory_with_client(speed=1) as (observatory, client):
        observatory.focuser.travel.put(12345)
        assert (await client.get("/equipment/focuser/info"))["Position"] == 20060
        observatory.clock.speed = 200
        await observatory.focuser.next_poll()
        assert (await client.get("/equipment/focuser/info"))["Position"] == 12345
