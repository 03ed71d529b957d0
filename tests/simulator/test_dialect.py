"""Older plugin versions: what they lack, what they call things, how they write."""

from typing import Any

import pytest

from simulator.devices.exposures import Exposure
from simulator.dialect import Dialect, parse_version

from .support import eventually, observatory_with_client

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("2.2.15", (2, 2, 15, 0)),
        ("2.2.15.2", (2, 2, 15, 2)),
        ("2.0.1", (2, 0, 1, 0)),
        ("2.1", (2, 1, 6, 0)),
        ("2.2.14", (2, 2, 14, 5)),
        (" 2.2.7 ", (2, 2, 7, 0)),
    ],
)
def test_versions(text: str, version: tuple[int, ...]) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    "text", ["", "2", "1.9.9", "3.0.0.0", "2.2.16", "2.x", "2.2.15.0.1", "٢.٢"]
)
def test_versions_that_never_were(text: str) -> None:
    with pytest.raises(ValueError, match="plugin version"):
        parse_version(text)


@pytest.mark.parametrize(
    ("version", "answer"),
    [("2.0.1", "1.0.0.0"), ("2.1", "2.1.6.0"), ("2.2.10", "2.2.10.0"), ("2.2.15.2", "2.2.15.2")],
)
async def test_version_route(version: str, answer: str) -> None:
    async with observatory_with_client(version=version) as (_, client):
        assert await client.get("/version") == answer


ADDED = [
    ("/version/nina", "2.2.6.0"),
    ("/time", "2.2.6.0"),
    ("/application-start", "2.2.6.0"),
    ("/equipment/info", "2.2.15.0"),
    ("/plugin/settings", "2.2.12.0"),
    ("/equipment/camera/list-devices", "2.2.0.0"),
    ("/equipment/camera/usb-limit", "2.2.14.4"),
    ("/equipment/mount/sync", "2.2.3.0"),
    ("/equipment/focuser/stop-move", "2.2.14.3"),
    ("/equipment/filterwheel/add-filter", "2.2.13.0"),
    ("/equipment/dome/park", "2.2.1.0"),
    ("/equipment/guider/graph", "2.1.4"),
    ("/sequence/skip?type=ToEnd", "2.2.15.0"),
    ("/sequence/load?sequenceName=x", "2.2.6.0"),
    ("/framing/info", "2.1.0"),
    ("/astro-util/moon-separation", "2.2.14.0"),
    ("/profile/horizon", "2.2.3.0"),
    ("/application/get-tab", "2.2.2.0"),
    ("/prepared-image", "2.2.9.0"),
    ("/livestack/status", "2.2.12.0"),
    ("/livestack/image/available", "2.2.7.0"),
    ("/flats/status", "2.1.8"),
]


@pytest.mark.parametrize(("path", "since"), ADDED)
async def test_routes_appear_with_their_version(path: str, since: str) -> None:
    """The version before answers as for any unknown path, the version itself serves it."""
    numbers = [*map(int, since.split(".")), 0, 0][:4]
    last = max(index for index, number in enumerate(numbers) if number)
    numbers[last] -= 1
    before = [*numbers[: last + 1], *([9] * (3 - last))]
    async with observatory_with_client(version=since) as (_, client):
        assert (await client.ask("/v2/api" + path)).status == 200
    if tuple(before) < (2, 1):
        return
    async with observatory_with_client(version=".".join(map(str, before))) as (_, client):
        assert (await client.ask("/v2/api" + path)).status == 404


async def test_running_was_there_for_a_while() -> None:
    for version, status in (("2.1", 404), ("2.2.7", 200), ("2.2.8", 404)):
        async with observatory_with_client(version=version) as (_, client):
            assert (await client.ask("/v2/api/sequence/running")).status == status


async def test_unknown_actions_were_an_envelope() -> None:
    async with observatory_with_client(version="2.0.1") as (_, client):
        for path in ("/equipment/camera/cool", "/sequence/reset", "/profile/x", "/framing/info"):
            assert await client.refused(path) == ("Unknown action", 400)
        assert (await client.ask("/v2/api/nothing")).status == 404


async def test_the_first_releases_had_no_rotator() -> None:
    for version, status in (("2.0.0.2", 404), ("2.0.1", 200)):
        async with observatory_with_client(version=version) as (_, client):
            for path in ("info", "move?position=9", "connect"):
                answer = await client.ask(f"/v2/api/equipment/rotator/{path}")
                assert answer.status == status


async def test_connection_texts_and_semantics_of_2_0() -> None:
    async with observatory_with_client(version="2.0.1") as (observatory, client):
        before = len(observatory.events.names)
        assert await client.get("/equipment/camera/connect") == "Camera connected"
        assert len(observatory.events.names) == before, "connected already: nothing happens"
        assert await client.get("/equipment/filterwheel/disconnect") == "Filterwheel disconnected"
        observatory.filter_wheel.offline.add("FilterWheel_7")
        assert await client.get("/equipment/filterwheel/connect") == "Filterwheel connected"
        assert not observatory.filter_wheel.connected


async def test_numbers_instead_of_names_before_2_1_7_1() -> None:
    async with observatory_with_client(version="2.1") as (_, client):
        assert (await client.get("/equipment/camera/info"))["CameraState"] == 0
        assert (await client.get("/equipment/mount/info"))["SideOfPier"] == 0
        assert (await client.get("/equipment/dome/info"))["ShutterStatus"] == 1
        assert (await client.get("/equipment/flatdevice/info"))["CoverState"] == 2


async def test_shapes_of_2_0() -> None:
    """Nulls are written, filters are N.I.N.A.'s own objects, binning modes have no name."""
    async with observatory_with_client(version="2.0.1") as (_, client):
        camera = await client.get("/equipment/camera/info")
        assert camera["Description"] is None
        assert camera["BinningModes"][0] == {"X": 1, "Y": 1}
        assert "TargetTemp" not in camera
        mount = await client.get("/equipment/mount/info")
        assert mount["TrackingRate"] == {
            "TrackingMode": 5,
            "CustomRightAscensionRate": None,
            "CustomDeclinationRate": None,
        }
        assert mount["PrimaryAxisRates"] == [{"Item1": 0, "Item2": 8}]
        assert mount["TargetCoordinates"] is None
        assert mount["Coordinates"]["DateTime"]["MinValue"] == "0001-01-01T00:00:00"
        wheel = await client.get("/equipment/filterwheel/info")
        assert wheel["SelectedFilter"]["_name"] == "L"
        assert wheel["SelectedFilter"]["FlatWizardFilterSettings"]["FlatWizardMode"] == 0
        assert "AvailableFilters" not in wheel
        dome = await client.get("/equipment/dome/info")
        assert "IsFollowing" not in dome


async def test_sequence_of_2_0() -> None:
    async with observatory_with_client(version="2.0.1") as (observatory, client):
        tree = await client.get("/sequence/json")
        assert [node["Name"] for node in tree] == [
            "Start_Container",
            "Targets_Container",
            "End_Container",
        ]
        assert set(tree[0]) == {"Name", "Description", "Status", "Items"}
        assert await client.get("/sequence/start?skipValidation=true") == "Sequence started"
        await eventually(lambda: observatory.sequence.running)
        assert await client.get("/sequence/start?skipValidation=true") == "Sequence started"


async def test_nan_is_zero_in_2_2_7_only() -> None:
    for version, value in (("2.2.6.2", "NaN"), ("2.2.7", 0), ("2.2.8", "NaN")):
        async with observatory_with_client(version=version) as (_, client):
            assert (await client.get("/equipment/weather/info"))["StarFWHM"] == value


async def test_mount_fails_while_disconnected_from_2_2_12_to_2_2_14() -> None:
    for version, broken in (("2.2.11", False), ("2.2.12", True), ("2.2.14", True)):
        async with observatory_with_client(version=version) as (observatory, client):
            assert (await client.get("/equipment/mount/info"))["Connected"]
            observatory.mount.detach()
            envelope = await client.envelope("/equipment/mount/info")
            assert (envelope["Error"] == "Unknown error") == broken
            assert envelope["StatusCode"] == (500 if broken else 200)
    async with observatory_with_client() as (observatory, client):
        observatory.mount.detach()
        assert not (await client.get("/equipment/mount/info"))["Connected"]


async def test_content_length_since_2_2_10() -> None:
    for version, stated in (("2.2.9", False), ("2.2.10", True)):
        async with observatory_with_client(version=version) as (_, client):
            answer = await client.ask("/v2/api/version")
            assert ("Content-Length" in answer.headers) == stated
            assert answer.json["Response"] == f"{version}.0"


async def test_bare_image_history_gave_the_oldest_before_2_2_12() -> None:
    for version, index in (("2.2.11", 0), ("2.2.12", 1)):
        async with observatory_with_client(version=version) as (observatory, client):
            for name in ("one", "two"):
                await client.get(
                    "/equipment/camera/capture?duration=1&save=true&waitForResult=true"
                    f"&omitImage=true&targetName={name}"
                )
            assert len(observatory.images) == 2
            entry = (await client.get("/image-history"))[0]
            assert entry["TargetName"] == ("one", "two")[index]
            assert "Filename" not in entry


async def test_at_target_temp_was_lenient_before_2_2_10() -> None:
    for version, at_target in (("2.2.9", True), ("2.2.10", False)):
        async with observatory_with_client(version=version) as (observatory, client):
            observatory.profile.section("CameraSettings")["Temperature"] = -10.0
            observatory.camera.cooler.put(-9.0)
            observatory.camera.cooler.set_point = -8.0
            observatory.camera.refresh()
            info = await client.get("/equipment/camera/info")
            assert info["AtTargetTemp"] is at_target


def sent(version: str, name: str, **payload: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return what a version sends for an event."""
    return Dialect(parse_version(version)).event(name, payload)


@pytest.mark.parametrize(
    ("version", "name", "names"),
    [
        ("2.0.1", "CAMERA-CONNECTED", ["CAMERA-CONNECTION"]),
        ("2.0.1", "CAMERA-DISCONNECTED", ["CAMERA-CONNECTION"]),
        ("2.0.1", "MOUNT-CONNECTED", ["TELESCOPE-CONNECTION"]),
        ("2.0.1", "MOUNT-PARKED", ["TELESCOPE-PARK"]),
        ("2.0.1", "MOUNT-UNPARKED", ["TELESCOPE-UNPARK"]),
        ("2.0.1", "MOUNT-BEFORE-FLIP", ["TELESCOPE-MF"]),
        ("2.0.1", "MOUNT-AFTER-FLIP", []),
        ("2.0.1", "SAFETY-CHANGED", []),
        ("2.0.1", "SEQUENCE-STARTING", ["ADV-SEQ-START"]),
        ("2.0.1", "SEQUENCE-FINISHED", ["ADV-SEQ-STOP"]),
        ("2.0.1", "IMAGE-PREPARED", []),
        ("2.1", "MOUNT-PARKED", ["MOUNT-PARKED"]),
        ("2.1", "ROTATOR-MOVED", []),
        ("2.2.7", "SEQUENCE-STARTING", ["SEQUENCE-STARTING", "ADV-SEQ-START"]),
        ("2.2.8", "SEQUENCE-STARTING", ["SEQUENCE-STARTING"]),
        ("2.2.11", "AUTOFOCUS-STARTING", []),
        ("2.2.15", "AUTOFOCUS-STARTING", ["AUTOFOCUS-STARTING"]),
    ],
)
def test_events_by_version(version: str, name: str, names: list[str]) -> None:
    assert [event for event, _ in sent(version, name)] == names


async def test_only_light_frames_were_announced_in_2_0() -> None:
    capture = "/equipment/camera/capture?duration=1"
    async with observatory_with_client(version="2.0.1") as (rig, client):
        async with client.listening() as listener:
            await eventually(lambda: rig.socket.clients == 1)
            for kind in ("DARK", "LIGHT", "LIGHT"):
                await rig.camera.routines.take(Exposure(1, kind))
            await eventually(lambda: len(listener.of("IMAGE-SAVE")) == 2)
        statistics = [entry["ImageStatistics"] for entry in listener.of("IMAGE-SAVE")]
        assert [entry["Index"] for entry in statistics] == [0, 1]
        assert not {"ImageType", "TargetName", "Min", "Filename"} & statistics[0].keys()
        assert await client.get("/image-history?count=true") == 2
        assert await client.get(capture) == "Capture started"


def test_payloads_by_version() -> None:
    assert sent("2.1.2", "SAFETY-CHANGED", IsSafe=True) == [("SAFETY-CHANGED", {})]
    assert sent("2.1.3", "SAFETY-CHANGED", IsSafe=True)[0][1] == {"IsSafe": True}
    stack = {"Filter": "L", "Target": "M 31", "IsMonochrome": True, "StackCount": 3}
    assert sent("2.2.10", "STACK-UPDATED", **stack)[0][1] == {"Filter": "L", "Target": "M 31"}
    frame = {"HFR": 2.0, "Filename": "x", "TargetName": "M 31", "Index": 3}
    assert sent("2.2.10", "IMAGE-SAVE", ImageStatistics=frame)[0][1] == {
        "ImageStatistics": {"HFR": 2.0}
    }


async def test_history_kept_nested_payloads_before_2_2_13() -> None:
    for version, name in (("2.2.12", "R"), ("2.2.13", [])):
        async with observatory_with_client(version=version) as (_, client):
            async with client.listening() as listener:
                await client.get("/equipment/filterwheel/change-filter?filterId=1")
                await eventually(lambda heard=listener: heard.of("FILTERWHEEL-CHANGED"))
                assert listener.of("FILTERWHEEL-CHANGED")[0]["New"] == {"Name": "R", "Id": 1}
            history = await client.get("/event-history")
            assert history[-1]["New"]["Name"] == name


async def test_old_versions_of_commands() -> None:
    async with observatory_with_client(version="2.2.12") as (observatory, client):
        observatory.focuser.detach()
        observatory.switch_hub.detach()
        envelope = await client.envelope("/equipment/focuser/move?position=1")
        assert (envelope["Response"], envelope["Error"]) == (
            "Move started",
            "Focuser not connected",
        )
        assert await client.get("/equipment/switch/set?index=0&value=1") == "Switch value updated"
