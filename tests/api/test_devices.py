"""The devices: their readings, their sentinels, and what they show while disconnected."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.nina_observatory.api import (
    DEVICE_MODELS,
    DEVICE_PATHS,
    Camera,
    CoverState,
    Device,
    Dome,
    Equipment,
    EquipmentDecoder,
    FlatPanel,
    Focuser,
    Mount,
    NinaResponseError,
    Role,
    SafetyMonitor,
    ShutterState,
    SideOfPier,
    SwitchHub,
    TrackingMode,
    Unknown,
    Weather,
    WritableSwitch,
    decode,
    decode_device,
)
from custom_components.nina_observatory.api.models.base import model_config

UP = {"Connected": True}

# What N.I.N.A. sends for devices that are not connected, and some readings it leaves behind.
TEMPLATE = {
    "Connected": False,
    "Temperature": 0,
    "TemperatureSetPoint": 0,
    "AtTargetTemp": True,
    "CoolerOn": True,
    "Position": 0,
    "MechanicalPosition": 5,
    "Synced": True,
    "ShutterStatus": "ShutterError",
    "SideOfPier": "pierEast",
    "AtPark": True,
    "TimeToMeridianFlip": 0,
    "UTCDate": "0001-01-01T00:00:00",
    "IsSafe": False,
    "IsFollowing": True,
    "CoverState": "Open",
    "LightOn": True,
    "Brightness": 0,
    "State": "LostLock",
    "RMSError": {"RA": {"Pixel": 1, "Arcseconds": 2}},
    "LastGuideStep": {"RADuration": 5},
    "SelectedFilter": {"Name": "Ha", "Id": 1},
    "IsMoving": True,
    "WritableSwitches": [{"Id": 1, "Value": 1}],
    "RainRate": 0,
    "WindSpeed": 0,
    "SupportedActions": ["Anything"],
}


@pytest.mark.parametrize("role", DEVICE_MODELS)
def test_a_disconnected_device_shows_no_reading(role: Role) -> None:
    device = decode_device(role, TEMPLATE)

    assert device == DEVICE_MODELS[role]()
    assert not any(dataclasses.asdict(device).values())


@pytest.mark.parametrize("connected", [None, 1, "true", {}])
def test_only_true_means_connected(connected: Any) -> None:
    assert not decode(Focuser, {"Connected": connected, "Position": 5}).connected
    assert decode(Focuser, {"Connected": connected, "Position": 5}).position is None


@pytest.mark.parametrize("role", DEVICE_MODELS)
def test_what_identifies_a_device(role: Role) -> None:
    names = {"Name": "ASI", "DisplayName": "ASI (1)", "DeviceId": "id-1", "Description": ""}

    device = decode_device(role, {**UP, **names, "SupportedActions": ["Park", "", 5]})

    assert (device.name, device.display_name, device.device_id) == ("ASI", "ASI (1)", "id-1")
    assert device.description is None
    assert device.supported_actions == ("Park",)
    assert decode_device(role, {"Connected": False, **names}).device_id == "id-1"


@pytest.mark.parametrize("connected", [{}, {"Connected": None}, {"Connected": "true"}])
def test_what_does_not_show_whether_it_is_connected(connected: dict[str, Any]) -> None:
    """It was not read: that it is disconnected is not known either."""
    with pytest.raises(NinaResponseError):
        decode_device(Role.DOME, connected)
    assert not EquipmentDecoder().decode({"Dome": connected})


def test_a_device_that_reads_as_before() -> None:
    """It is not decoded again; the same values in other types are others."""
    decoder = EquipmentDecoder()

    def read(is_safe: Any, **more: Any) -> SafetyMonitor:
        """Decode a reading of the monitor, beside a roof that changes."""
        block = {**UP, "IsSafe": is_safe, **more}
        device = decoder.decode({"SafetyMonitor": block, "Dome": {**UP, **more}})
        monitor = device[Role.SAFETY_MONITOR]
        assert isinstance(monitor, SafetyMonitor)
        return monitor

    first = read(True)
    assert first.is_safe is True
    assert read(True) is first
    assert [read(odd).is_safe for odd in (1, 1.0, "true", None)] == [None] * 4
    assert read(True, Name="A") == SafetyMonitor(connected=True, is_safe=True, name="A")
    assert read(True, Connected=False) == SafetyMonitor()
    assert decoder.decode({"SafetyMonitor": {"IsSafe": True}}) == {}
    assert decoder.decode({"SafetyMonitor": None}) == {}
    assert read(True) == first


@pytest.mark.parametrize("role", DEVICE_MODELS)
def test_an_infinite_value_is_as_unknown_as_none(role: Role) -> None:
    """Where blocks are compared, both are the same."""
    for key in set(model_config(DEVICE_MODELS[role]).aliases.values()) - {"Connected"}:
        decoded = [decode_device(role, UP | {key: odd}) for odd in (float("inf"), None)]
        assert decoded[0] == decoded[1], key


def test_a_block_that_cannot_be_compared() -> None:
    """It is decoded each time."""
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    decoder = EquipmentDecoder()
    for is_safe in (True, False):
        devices = decoder.decode({"SafetyMonitor": {**UP, "IsSafe": is_safe, "More": deep}})
        assert devices == {Role.SAFETY_MONITOR: SafetyMonitor(connected=True, is_safe=is_safe)}


def test_the_paths_of_devices() -> None:
    assert set(DEVICE_PATHS) == set(DEVICE_MODELS) == set(Role) - {Role.HUB, Role.SCHEDULER}
    assert DEVICE_PATHS[Role.SAFETY_MONITOR] == "safetymonitor"
    assert DEVICE_PATHS[Role.FLAT_PANEL] == "flatdevice"
    assert DEVICE_PATHS[Role.SWITCH_HUB] == "switch"
    assert DEVICE_PATHS[Role.FILTER_WHEEL] == "filterwheel"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({**UP, "TimeToMeridianFlip": 24}, None),
        ({**UP, "TimeToMeridianFlip": "NaN"}, None),
        ({"Connected": False, "TimeToMeridianFlip": 0}, None),
        ({**UP, "TimeToMeridianFlip": 0}, timedelta()),
        (
            {**UP, "TimeToMeridianFlip": 1},
            timedelta(minutes=59, seconds=50, microseconds=170439),
        ),
    ],
)
def test_mount_flip(block: dict[str, Any], expected: timedelta | None) -> None:
    mount = decode(Mount, block)
    now = datetime(2026, 2, 24, tzinfo=UTC)

    assert mount.flip_due_in == expected
    assert mount.flip_due_at(now) == (None if expected is None else now + expected)


def test_mount_tracking_mode_of_an_old_server() -> None:
    old = {**UP, "TrackingRate": {"TrackingMode": 5}}

    assert decode(Mount, old).tracking_mode is TrackingMode.STOPPED
    assert decode(Mount, {**old, "TrackingMode": "Lunar"}).tracking_mode is TrackingMode.LUNAR
    assert decode(Mount, {**UP, "TrackingRate": {}}).tracking_mode is None


def test_mount_modes_and_sides() -> None:
    mount = decode(
        Mount,
        {**UP, "TrackingModes": [0, "King", "Warp"], "SideOfPier": 1, "TargetSideOfPier": -1},
    )

    assert mount.tracking_modes == (
        TrackingMode.SIDEREAL,
        TrackingMode.KING,
        Unknown("Warp"),
    )
    assert mount.side_of_pier is SideOfPier.WEST
    assert mount.target_side_of_pier is SideOfPier.UNKNOWN


@pytest.mark.parametrize("number", [2**31, 2**63, -(2**40)])
def test_a_number_that_is_of_no_member(number: int) -> None:
    """It is a text, which nobody takes for a measurement; one of a release to come stays as it is."""
    assert decode(Mount, {**UP, "SideOfPier": number}).side_of_pier == Unknown(str(number))
    assert decode(Mount, {**UP, "SideOfPier": 17}).side_of_pier == Unknown(17)


def test_mount_the_clock_is_utc() -> None:
    mount = decode(Mount, {**UP, "UTCDate": "2026-09-05T06:43:30.5"})

    assert mount.utc_time == datetime(2026, 9, 5, 6, 43, 30, 500000, UTC)


def test_mount_hours_and_degrees() -> None:
    coordinates = {"RA": 3.124, "RADegrees": 46.86, "Dec": -1.94, "Epoch": "J2000"}

    mount = decode(Mount, {**UP, "RightAscension": 3.124, "Coordinates": coordinates})

    assert mount.coordinates is not None
    assert mount.coordinates.right_ascension == mount.right_ascension == 3.124
    assert mount.coordinates.right_ascension_degrees == 46.86
    assert mount.coordinates.declination == -1.94


@pytest.mark.parametrize(
    ("raw", "shutter", "moving"),
    [
        ("ShutterOpen", ShutterState.OPEN, False),
        ("ShutterClosed", ShutterState.CLOSED, False),
        ("ShutterOpening", ShutterState.OPENING, True),
        (3, ShutterState.CLOSING, True),
        (4, ShutterState.ERROR, False),
        ("ShutterNone", ShutterState.NONE, False),
        ("ShutterAjar", Unknown("ShutterAjar"), False),
    ],
)
def test_dome_shutter(raw: Any, shutter: ShutterState | Unknown, moving: bool) -> None:
    dome = decode(Dome, {**UP, "ShutterStatus": raw, "Azimuth": "NaN"})

    assert (dome.shutter, dome.shutter_moving, dome.azimuth) == (shutter, moving, None)


def test_dome_following_is_unknown_before_servers_told() -> None:
    assert decode(Dome, UP).following is None
    assert decode(Dome, {**UP, "IsFollowing": False}).following is False


@pytest.mark.parametrize(
    ("low", "high", "brightness", "limits", "fraction"),
    [
        (0, 255, 255, (1, 255), 1.0),
        (0, 255, 1, (1, 255), 1 / 255),
        (0, 255, 0, (1, 255), 0.0),
        (0, 4096, 2048, (1, 4096), 0.5),
        (20, 119, 20, (20, 119), 0.01),
        (20, 119, 500, (20, 119), 1.0),
        (0, 0, 0, None, None),
        (9, 5, 7, None, None),
        (0, 255, -1, (1, 255), None),
    ],
)
def test_flat_panel_brightness(
    low: int,
    high: int,
    brightness: int,
    limits: tuple[int, int] | None,
    fraction: float | None,
) -> None:
    panel = decode(
        FlatPanel,
        {**UP, "MinBrightness": low, "MaxBrightness": high, "Brightness": brightness},
    )

    assert panel.brightness_range == limits
    assert panel.brightness_fraction == fraction


@pytest.mark.parametrize("brightness", [1, 2, 100, 254, 255])
def test_flat_panel_brightness_there_and_back(brightness: int) -> None:
    panel = FlatPanel(connected=True, brightness=brightness, max_brightness=255)

    assert panel.brightness_fraction is not None
    assert panel.brightness_for(panel.brightness_fraction) == brightness


def test_flat_panel_brightness_is_never_beyond_the_panel() -> None:
    panel = FlatPanel(connected=True, min_brightness=20, max_brightness=119)

    assert panel.brightness_for(0.0) == 20
    assert panel.brightness_for(3.0) == 119
    assert FlatPanel().brightness_for(0.5) is None


@pytest.mark.parametrize(
    ("raw", "cover"),
    [
        ("Closed", CoverState.CLOSED),
        (3, CoverState.OPEN),
        ("NeitherOpenNorClosed", CoverState.NEITHER_OPEN_NOR_CLOSED),
        (0, CoverState.UNKNOWN),
    ],
)
def test_flat_panel_cover(raw: Any, cover: CoverState) -> None:
    assert decode(FlatPanel, {**UP, "CoverState": raw}).cover is cover


CHANNELS = (
    {"Id": 7, "Name": "Power", "Minimum": 0, "Maximum": 1, "StepSize": 1, "Value": 1},
    {"Id": 3, "Name": "Power", "Minimum": 0, "Maximum": 100, "StepSize": 1, "Value": 1},
    {"Id": 4, "Name": "Odd", "Value": "NaN", "StepSize": 1, "Minimum": 0, "Maximum": 1},
    {"Id": 5, "Name": "Bare"},
)


def test_switch_hub_channels() -> None:
    hub = decode(SwitchHub, {**UP, "WritableSwitches": CHANNELS, "ReadonlySwitches": None})

    assert hub.writable == ()
    hub = decode(
        SwitchHub,
        {
            **UP,
            "WritableSwitches": list(CHANNELS),
            "ReadonlySwitches": [{"Id": 0, "Name": "Amps", "Value": 1.5}, "?"],
        },
    )
    assert [channel.is_toggle for channel in hub.writable] == [True, False, True, False]
    assert [channel.is_on for channel in hub.writable] == [True, None, None, None]
    assert [(gauge.name, gauge.value) for gauge in hub.readonly] == [("Amps", 1.5)]
    assert (hub.index_of(3), hub.index_of(9)) == (1, None)


@pytest.mark.parametrize("odd", [None, "?", 5, [], {}])
def test_switch_hub_a_channel_of_nothing_keeps_its_place(odd: Any) -> None:
    """Commands count places, so the next channel is not written in its stead."""
    hub = decode(SwitchHub, {**UP, "WritableSwitches": [odd, *CHANNELS]})

    assert (hub.index_of(7), hub.index_of(3)) == (1, 2)
    assert hub.writable[0] == WritableSwitch()
    assert not hub.writable[0].is_toggle


def test_switch_hub_a_toggle_need_not_be_of_zero_and_one() -> None:
    channel = {"Id": 1, "Minimum": 2, "Maximum": 7, "StepSize": 5, "Value": 2}
    hub = decode(SwitchHub, {**UP, "WritableSwitches": [channel]})

    assert hub.writable[0].is_toggle
    assert hub.writable[0].is_on is False


@pytest.mark.parametrize(
    ("block", "safe"),
    [
        ({**UP, "IsSafe": True}, True),
        ({**UP, "IsSafe": False}, False),
        ({**UP, "IsSafe": "true"}, None),
        ({**UP, "IsSafe": 1}, None),
        (UP, None),
        ({"Connected": False, "IsSafe": True}, None),
        ({"IsSafe": True}, None),
    ],
)
def test_safe_is_only_what_a_connected_monitor_says(
    block: dict[str, Any], safe: bool | None
) -> None:
    assert decode(SafetyMonitor, block).is_safe is safe


def test_channels_a_weather_source_lacks() -> None:
    weather = decode(Weather, {**UP, "CloudCover": "NaN", "RainRate": 0, "StarFWHM": 2.1})

    assert (weather.cloud_cover, weather.rain_rate, weather.star_fwhm) == (None, 0.0, 2.1)


def test_equipment_by_role() -> None:
    equipment = decode(
        Equipment,
        {
            "FlatDevice": UP,
            "Switch": {"Connected": False},
            "WeatherData": UP,
            "SafetyMonitor": "broken",
        },
    )

    assert [role for role, _ in equipment.devices()] == [
        Role.FLAT_PANEL,
        Role.SWITCH_HUB,
        Role.WEATHER,
    ]
    assert isinstance(equipment.device(Role.WEATHER), Weather)
    assert equipment.device(Role.SAFETY_MONITOR) is None
    assert equipment.device(Role.HUB) is None
    assert equipment.any_connected
    assert not Equipment(mount=Mount()).any_connected


def test_equipment_from_single_readings() -> None:
    devices: dict[Role, Device] = {Role.DOME: Dome(connected=True), Role.CAMERA: Camera()}

    assert Equipment.from_devices(devices) == Equipment(dome=Dome(connected=True), camera=Camera())


def test_an_unknown_value_reads_as_it_came() -> None:
    """In the texts that people read."""
    assert f"The shutter is {Unknown('ShutterAjar')}" == "The shutter is ShutterAjar"
