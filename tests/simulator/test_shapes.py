"""Replies have the shape of captured ones: keys, kinds of values, null or absent.

Sequence trees and the Target Scheduler's bodies are compared in their own tests.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from simulator import Observatory
from simulator.devices.base import Device

from .captured import capture, names
from .support import Client, eventually, observatory_with_client

type Prepare = Callable[[Observatory, Client], Awaitable[None]]

_NUMBERS = ("NaN", "Infinity", "-Infinity")


def shape(value: Any) -> Any:
    """Return the shape of a value: objects by key, arrays by the shapes that occur in them."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        shapes: list[Any] = []
        for item in value:
            if (one := shape(item)) not in shapes:
                shapes.append(one)
        return shapes
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float) or value in _NUMBERS:
        return "number"
    return "null" if value is None else "string"


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Return where two shapes differ; an empty array fits any other array."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = [f"{path}/{key} is missing" for key in theirs.keys() - ours.keys()]
        found += [f"{path}/{key} is too much" for key in ours.keys() - theirs.keys()]
        for key in sorted(ours.keys() & theirs.keys()):
            found += differences(ours[key], theirs[key], f"{path}/{key}")
        return found
    if isinstance(ours, list) and isinstance(theirs, list):
        unlike = [one for one in ours if one not in theirs] if theirs else []
        return [f"{path}[]: {one} is not among {theirs}" for one in unlike]
    return [] if ours == theirs else [f"{path}: {ours} instead of {theirs}"]


def assert_same_shape(ours: Any, theirs: Any) -> None:
    """Fail with what differs."""
    assert differences(shape(ours), shape(theirs)) == []


def disconnect(observatory: Observatory, *roles: str) -> None:
    """Have some devices as if they had never been connected."""
    for role in roles:
        device: Device = getattr(observatory, role)
        device.ever_connected = False
        device.detach()


async def _guided(observatory: Observatory, client: Client) -> None:
    """Have guided, so that there is a last guide step."""
    observatory.dome.put_shutter(1.0)
    observatory.guider.routines.resume()
    await eventually(lambda: observatory.guider.last_step is not None)


async def _expose(observatory: Observatory, client: Client) -> None:
    """Have taken a frame."""
    await client.get(
        "/equipment/camera/capture?duration=1&save=true&waitForResult=true&omitImage=true"
    )


def _focused_by(name: str, fitting: str) -> Prepare:
    """Have focused with a program and by a method."""

    async def prepare(observatory: Observatory, client: Client) -> None:
        observatory.autofocus.name = name
        settings = observatory.profile.section("FocuserSettings")
        settings["AutoFocusCurveFitting"] = settings["AutoFocusCurveFitting"].sibling(fitting)
        observatory.dome.put_shutter(1.0)
        await observatory.autofocus.run()

    return prepare


async def _nothing(observatory: Observatory, client: Client) -> None:
    """Have done nothing."""


async def _without_dome_and_flats(observatory: Observatory, client: Client) -> None:
    """Have guided on a rig without dome and flat panel."""
    disconnect(observatory, "dome", "flat_panel")
    await _guided(observatory, client)


async def _unguided_without_dome(observatory: Observatory, client: Client) -> None:
    """Have not guided on a rig without dome and flat panel."""
    disconnect(observatory, "dome", "flat_panel")


async def _four_devices(observatory: Observatory, client: Client) -> None:
    """Have four devices connected after a restart."""
    connected = {"camera", "flat_panel", "safety_monitor", "switch_hub"}
    disconnect(observatory, *({device.role for device in observatory.devices} - connected))


async def _without_weather(observatory: Observatory, client: Client) -> None:
    """Have neither dome nor weather station."""
    disconnect(observatory, "dome", "weather")


async def _flats(observatory: Observatory, client: Client) -> None:
    """Have a flats process under way."""
    await client.get("/flats/skyflat?count=5")


async def _flat_frame(observatory: Observatory, client: Client) -> None:
    """Have taken a flat."""
    await client.get(
        "/equipment/camera/capture?duration=1&save=true&waitForResult=true&omitImage=true"
        "&imageType=FLAT"
    )


async def _disconnected(observatory: Observatory, client: Client) -> None:
    """Have nothing connected."""
    disconnect(observatory, *(device.role for device in observatory.devices))


async def _tracking(observatory: Observatory, client: Client) -> None:
    """Have the mount track."""
    observatory.mount.put(observatory.mount.hardware.coordinates)
    observatory.guider.connected = True


LAST_AF = "/equipment/focuser/last-af"
RIG, REMOTE, DUO, OLD = "2.2.14.4", "2.2.15.2", "2.2.9.0", "2.1.0.0"
CASES: dict[str, tuple[str, str, Prepare]] = {
    "parked_idle_application_plugins": ("/application/plugins", RIG, _nothing),
    "parked_idle_astro_util_moon_separation": (
        "/astro-util/moon-separation?ra=10&dec=20",
        RIG,
        _nothing,
    ),
    "parked_idle_equipment_camera_info": ("/equipment/camera/info", RIG, _nothing),
    "parked_idle_equipment_camera_list_devices": (
        "/equipment/camera/list-devices",
        RIG,
        _nothing,
    ),
    "parked_idle_equipment_dome_info": ("/equipment/dome/info", RIG, _without_weather),
    "parked_idle_equipment_filterwheel_info": ("/equipment/filterwheel/info", RIG, _nothing),
    "parked_idle_equipment_filterwheel_list_devices": (
        "/equipment/filterwheel/list-devices",
        RIG,
        _nothing,
    ),
    "parked_idle_equipment_focuser_info": ("/equipment/focuser/info", RIG, _nothing),
    "parked_idle_equipment_focuser_last_af": (
        LAST_AF,
        RIG,
        _focused_by("Hocus Focus", "HYPERBOLIC"),
    ),
    "parked_idle_equipment_guider_graph": ("/equipment/guider/graph", RIG, _nothing),
    "parked_idle_equipment_guider_info": ("/equipment/guider/info", RIG, _nothing),
    "parked_idle_equipment_guider_list_devices": (
        "/equipment/guider/list-devices",
        RIG,
        _nothing,
    ),
    "parked_idle_equipment_mount_info": ("/equipment/mount/info", RIG, _nothing),
    "parked_idle_equipment_mount_list_devices": ("/equipment/mount/list-devices", RIG, _nothing),
    "parked_idle_equipment_mount_tracking": ("/equipment/mount/tracking", RIG, _nothing),
    "parked_idle_equipment_rotator_info": ("/equipment/rotator/info", RIG, _nothing),
    "parked_idle_equipment_safetymonitor_info": ("/equipment/safetymonitor/info", RIG, _nothing),
    "parked_idle_equipment_weather_info": ("/equipment/weather/info", RIG, _without_weather),
    "parked_idle_equipment_weather_list_devices": (
        "/equipment/weather/list-devices",
        RIG,
        _nothing,
    ),
    "parked_idle_event_history": ("/event-history", RIG, _nothing),
    "parked_idle_flats_auto_brightness": ("/flats/auto-brightness", RIG, _flats),
    "parked_idle_flats_skyflat": ("/flats/skyflat", RIG, _nothing),
    "parked_idle_flats_status": ("/flats/status", RIG, _flats),
    "parked_idle_image_history": ("/image-history", RIG, _nothing),
    "parked_idle_livestack_image_available": ("/livestack/image/available", RIG, _nothing),
    "parked_idle_livestack_status": ("/livestack/status", RIG, _nothing),
    "parked_idle_plugin_settings": ("/plugin/settings", RIG, _nothing),
    "parked_idle_prepared_image": ("/prepared-image", RIG, _nothing),
    "parked_idle_version": ("/version", RIG, _nothing),
    "parked_idle_version_nina": ("/version/nina", RIG, _nothing),
    "dawn_equipment_flatdevice_info": ("/equipment/flatdevice/info", REMOTE, _nothing),
    "imaging_guiding_application_start": ("/application-start", REMOTE, _nothing),
    "imaging_guiding_equipment_focuser_last_af": (
        LAST_AF,
        REMOTE,
        _focused_by("Hocus Focus", "TRENDPARABOLIC"),
    ),
    "imaging_guiding_equipment_info": ("/equipment/info", REMOTE, _without_dome_and_flats),
    "imaging_guiding_flats_status": ("/flats/status", REMOTE, _nothing),
    "imaging_guiding_image_history_all": ("/image-history?all=true", REMOTE, _expose),
    "imaging_guiding_image_history_count": ("/image-history?count=true", REMOTE, _expose),
    "imaging_guiding_image_history_latest": ("/image-history", REMOTE, _expose),
    "imaging_guiding_livestack_status": ("/livestack/status", REMOTE, _nothing),
    "imaging_guiding_version_nina": ("/version/nina", REMOTE, _nothing),
    "restart_image_history_count": ("/image-history?count=true", REMOTE, _nothing),
    "restart_partial_connect_equipment_info": ("/equipment/info", REMOTE, _four_devices),
    "scheduler_waiting_application_start": ("/application-start", REMOTE, _nothing),
    "scheduler_waiting_equipment_focuser_last_af": (
        LAST_AF,
        REMOTE,
        _focused_by("Hocus Focus", "TRENDPARABOLIC"),
    ),
    "scheduler_waiting_equipment_info": ("/equipment/info", REMOTE, _unguided_without_dome),
    "scheduler_waiting_image_history_all": ("/image-history?all=true", REMOTE, _nothing),
    "scheduler_waiting_image_history_latest": ("/image-history", REMOTE, _nothing),
    "sequence_restarted_equipment_info": ("/equipment/info", REMOTE, _unguided_without_dome),
    "sequence_stopped_equipment_info": ("/equipment/info", REMOTE, _unguided_without_dome),
    "after_autofocus_zero_start_equipment_focuser_last_af": (
        LAST_AF,
        DUO,
        _focused_by("NINA", "TRENDHYPERBOLIC"),
    ),
    "after_hocus_focus_equipment_focuser_last_af": (
        LAST_AF,
        DUO,
        _focused_by("Hocus Focus", "HYPERBOLIC"),
    ),
    "flats_at_dusk_image_history_all": ("/image-history?all=true", DUO, _flat_frame),
    "tracking_equipment_mount_info": ("/equipment/mount/info", DUO, _tracking),
    "old_celestron_equipment_focuser_info": ("/equipment/focuser/info", OLD, _nothing),
    "old_disconnected_equipment_camera_info": ("/equipment/camera/info", OLD, _disconnected),
    "old_disconnected_equipment_filterwheel_info": (
        "/equipment/filterwheel/info",
        OLD,
        _disconnected,
    ),
    "old_guiding_equipment_guider_info": ("/equipment/guider/info", OLD, _nothing),
    "old_simulator_tracking_equipment_mount_info": ("/equipment/mount/info", OLD, _tracking),
}
"""By capture: the route, the version that answered, and what had happened before."""

TRIMMED = {"FilterWheelFilters", "AltColorSchema", "ColorSchema"}
"""Settings that the capture has in the form before 2.1: filters by fields, schemes by colors."""


def test_every_captured_reply_is_compared() -> None:
    """A capture that is added has to be named in one of these tests."""
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert {name for name in names() if f'"{name}"' not in tests} == set()


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("name", CASES)
async def test_same_shape_as_captured(name: str) -> None:
    """A reply has exactly the keys and kinds of values of the captured one."""
    theirs = capture(name)
    path, version, prepare = CASES[name]
    async with observatory_with_client(version=version) as (observatory, client):
        await prepare(observatory, client)
        answer = await client.ask("/v2/api" + path)
    assert answer.status == 200
    ours = answer.json
    assert_same_shape(ours, theirs)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("parked_idle_event_history", RIG),
        ("imaging_guiding_event_history", REMOTE),
        ("scheduler_waiting_event_history", REMOTE),
        ("sequence_restarted_event_history", REMOTE),
        ("flats_at_dusk_event_history", "2.2.7.0"),
        ("flats_then_night_event_history", "2.2.7.0"),
    ],
)
async def test_events_of_the_same_name_have_the_same_shape(name: str, version: str) -> None:
    """Every captured kind of event is recorded with the same keys, kinds and form of time."""
    theirs = {entry["Event"]: entry for entry in capture(name)["Response"]}
    async with observatory_with_client(version=version) as (observatory, client):
        await emit_everything(observatory)
        ours = {entry["Event"]: entry for entry in await client.get("/event-history")}
    assert theirs.keys() <= ours.keys()
    for event, entry in theirs.items():
        assert_same_shape(ours[event], entry)
        for key in ("Time", "WaitEndTime", "TargetEndTime"):
            if key in entry:
                assert has_offset(ours[event][key]) == has_offset(entry[key]), (event, key)


def has_offset(text: str) -> bool:
    """Tell whether a time says how far from UTC it is."""
    return text.endswith("Z") or text[-6] in "+-"


async def emit_everything(observatory: Observatory) -> None:
    """Emit one event of every kind that was ever captured, as its origin does."""
    emit = observatory.events.emit
    prefixes = "CAMERA MOUNT FOCUSER ROTATOR DOME FILTERWHEEL SWITCH SAFETY GUIDER FLAT WEATHER"
    for prefix in prefixes.split():
        await emit(f"{prefix}-DISCONNECTED")
        await emit(f"{prefix}-CONNECTED")
    bare = (
        "MOUNT-UNPARKED MOUNT-HOMED FLAT-COVER-OPENED FOCUSER-USER-FOCUSED AUTOFOCUS-STARTING "
        "AUTOFOCUS-FINISHED GUIDER-START GUIDER-STOP GUIDER-DITHER ROTATOR-SYNCED "
        "SEQUENCE-STARTING SEQUENCE-FINISHED"
    )
    for name in bare.split():
        await emit(name)
    await emit("SAFETY-CHANGED", IsSafe=True)
    await emit("STACK-STATUS", Status="Running")
    await emit("AUTOFOCUS-POINT-ADDED", Position=1, HFR=2.0)
    await emit("ROTATOR-MOVED", From=1.0, To=2.0)
    stack = {"Filter": "L", "Target": "M 31", "IsMonochrome": True, "StackCount": 1}
    await emit("STACK-UPDATED", **stack)
    await emit("IMAGE-SAVE", ImageStatistics={"HFR": 2.0})
    filters = {"Name": "L", "Id": 0}
    await emit("FILTERWHEEL-CHANGED", Previous=filters, New=filters)
    now = observatory.clock.now()
    await emit("TS-WAITSTART", WaitEndTime=now)
    place = {"RA": 1.0, "Dec": 2.0, "RAString": "", "DecString": "", "Epoch": 2, "RADegrees": 15.0}
    for name in ("TS-NEWTARGETSTART", "TS-TARGETSTART"):
        await emit(
            name,
            TargetName="M 31",
            ProjectName="P",
            Coordinates=place,
            Rotation=0.0,
            TargetEndTime=now.replace(tzinfo=None),
        )


async def test_live_image_save_has_the_captured_shape(
    observatory: Observatory, client: Client
) -> None:
    """The pushed statistics have the captured keys, in order of nothing in particular."""
    theirs = capture("live_image_save_socket_push")
    async with client.listening() as listener:
        await client.get(
            "/equipment/camera/capture?duration=1&save=true&waitForResult=true&omitImage=true"
        )
        await eventually(lambda: listener.of("IMAGE-SAVE"))
        messages = [m for m in listener.messages if m["Response"]["Event"] == "IMAGE-SAVE"]
    assert_same_shape(messages[0], theirs)


@pytest.mark.usefixtures("socket_enabled")
async def test_profile_has_the_captured_sections() -> None:
    """Every section of settings that is shown has captured settings of the same kinds."""
    theirs = capture("default_profile_profile_show_active")["Response"]
    async with observatory_with_client() as (_, client):
        ours = await client.get("/profile/show?active=true")
    for section, values in ours.items():
        if not isinstance(values, dict):
            continue
        for key in values.keys() & theirs[section].keys() - TRIMMED:
            ours_kind, theirs_kind = shape(values[key]), shape(theirs[section][key])
            named = isinstance(values[key], str) and isinstance(theirs[section][key], int)
            fits = theirs_kind in (ours_kind, "null") or named or isinstance(ours_kind, dict | list)
            assert fits, f"{section}/{key}: {values[key]!r} against {theirs[section][key]!r}"


async def test_startup_answers_not_initialized(socket_enabled: None) -> None:
    """Just after the start the sequencer answers as captured."""
    theirs = capture("startup_not_initialized_sequence_json")
    async with observatory_with_client(scenario="cold_start", speed=1) as (_, client):
        answer = await client.ask("/v2/api/sequence/json")
    assert answer.json == theirs
