"""Absence proves nothing: what a reading lacks proves no command, moves no roof and is not shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import (
    DEVICE_MODELS,
    CoverState,
    Device,
    Dome,
    Epoch,
    Equipment,
    Filter,
    GuiderState,
    Mount,
    Role,
    SafetyMonitor,
    ShutterState,
    SideOfPier,
    TrackingMode,
)
from custom_components.nina_observatory.control.command import Command
from custom_components.nina_observatory.control.commands.camera import ABORT_EXPOSURE, CameraKey
from custom_components.nina_observatory.control.commands.mount import STOP_TRACKING
from custom_components.nina_observatory.readings.equipment_state import (
    EquipmentState,
    unsafe_and_still,
)
from custom_components.nina_observatory.roof.detector import RoofReading, reading_of
from custom_components.nina_observatory.runtime import NinaConfigEntry
from scripts._docs.commands import every_command
from simulator import Observatory
from simulator.devices.base import Device as Simulated

from .blocks import connected
from .commanding import call, entity_of, paths, place, sent
from .conftest import set_up, unload
from .errors import raises, refused
from .rigs import recorded_rig
from .states import DOME, act, attributes, state
from .waiting import eventually, within

CLOSE, PARK = "/equipment/dome/close", "/equipment/mount/park"
UNKNOWN = "unknown"

BOTH: Final = (True, False)
# What the commands look at, and the values that differ for them.
LOOKED_AT: Final[dict[Role, dict[str, tuple[Any, ...]]]] = {
    Role.CAMERA: {
        "cooler_on": BOTH,
        "dew_heater_on": BOTH,
        "set_point": (0.0, 5.0),
        "temperature": (0.0, 5.0),
        "usb_limit": (0, 40),
        "readout_modes": (("other", "sample"),),
        "readout_mode": (0, 1),
    },
    Role.MOUNT: {
        "tracking": BOTH,
        "parked": BOTH,
        "at_home": BOTH,
        "slewing": BOTH,
        "side_of_pier": (SideOfPier.EAST, SideOfPier.WEST),
        "tracking_mode": (TrackingMode.SIDEREAL, TrackingMode.LUNAR),
        "right_ascension": (0.0, 3.0),
        "declination": (0.0,),
        "equatorial_system": (Epoch.J2000,),
    },
    Role.FOCUSER: {"position": (0, 500), "moving": BOTH, "settling": BOTH},
    Role.FILTER_WHEEL: {
        "selected_filter": (Filter(name="sample", id=0), Filter(name="other", id=1)),
        "moving": BOTH,
    },
    Role.ROTATOR: {"mechanical_position": (0.0, 90.0), "moving": BOTH, "reverse": BOTH},
    Role.GUIDER: {"state": (GuiderState.GUIDING, GuiderState.STOPPED)},
    Role.DOME: {
        "shutter": tuple(ShutterState),
        "can_set_shutter": BOTH,
        "parked": BOTH,
        "at_home": BOTH,
        "slewing": BOTH,
        "following": BOTH,
        "azimuth": (0.0, 90.0),
    },
    Role.FLAT_PANEL: {
        "cover": (CoverState.CLOSED, CoverState.OPEN),
        "light_on": BOTH,
        "brightness": (0, 100),
    },
}


@cache
def readings(role: Role) -> tuple[tuple[Device, tuple[Device, ...]], ...]:
    """Return readings of a device, each with what is left of it where one word is missing."""
    looked_at = LOOKED_AT[role]
    return tuple(
        (device, tuple(_without(device, name) for name in looked_at))
        for values in product(*looked_at.values())
        for device in [
            DEVICE_MODELS[role](connected=True, **dict(zip(looked_at, values, strict=True)))
        ]
    )


def _without(device: Device, name: str) -> Device:
    """Return a reading without one word, as it is decoded."""
    return replace(device, **{name: getattr(type(device)(), name)})


# The sample of a binning is none that a camera could read.
EVERY: Final = {
    key: command
    for key, command in every_command().items()
    if command.fetch is None and command.readable and command.subject in LOOKED_AT
    if key != CameraKey.SET_BINNING
}


def proves(command: Command[Any], before: Device, now: Device) -> bool:
    """Return whether a reading proves a command in any way."""
    if command.state_unknown(now):
        return False
    arrived = command.arrived is not None and command.arrived(now)
    return command.is_proven(before, now) or (arrived and not command.is_stop)


def test_no_command_is_proven_by_what_is_missing(subtests: pytest.Subtests) -> None:
    """A reading that proves nothing proves no more with a word less, nor is there less to do."""
    nothing = Equipment()
    assert len(EVERY) > 25
    for key, command in EVERY.items():
        with subtests.test(str(key)):
            every = readings(Role(command.subject))
            proven = done = 0
            for now, lacking in every:
                for before, _ in every[:: max(1, len(every) // 8)]:
                    if proves(command, before, now):
                        proven += 1
                        continue
                    assert not any(proves(command, before, less) for less in lacking), now
                if command.is_already_done(now, nothing):
                    done += 1
                    continue
                assert not any(command.is_already_done(less, nothing) for less in lacking), now
            bare = DEVICE_MODELS[Role(command.subject)](connected=True)
            assert proven
            assert not proves(command, bare, bare)
            assert not command.is_already_done(bare, nothing)


def test_no_roof_is_absent_or_closed_by_what_is_missing() -> None:
    """Only a driver that says so has no shutter."""
    for whole, lacking in readings(Role.DOME):
        assert isinstance(whole, Dome)
        for less in lacking:
            assert isinstance(less, Dome)
            assert whole.lacks_shutter or not less.lacks_shutter
            assert reading_of(less) in (reading_of(whole), RoofReading.UNKNOWN)
    assert not Dome().lacks_shutter
    assert not Dome(connected=True).lacks_shutter
    told = Dome(connected=True, can_set_shutter=False, shutter=ShutterState.NONE)
    assert told.lacks_shutter
    assert not replace(told, connected=False).lacks_shutter


def test_nothing_stands_because_it_does_not_say_that_it_moves() -> None:
    """A bare instruction waits for safety only while everything reads still."""

    def waits(**mount: Any) -> bool:
        devices: dict[Role, Device] = {
            Role.SAFETY_MONITOR: SafetyMonitor(connected=True, is_safe=False),
            Role.MOUNT: Mount(**mount),
        }
        return unsafe_and_still(
            EquipmentState(reachable=True, equipment=Equipment.from_devices(devices))
        )

    assert waits(connected=True, slewing=False)
    assert waits(connected=False)
    assert not waits(connected=True, slewing=True)
    assert not waits(connected=True)


@contextmanager
def lacking(device: Simulated, *keys: str) -> Iterator[None]:
    """Leave keys out of the answers about a device."""
    info = device.info
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            device, "info", lambda: {key: value for key, value in info().items() if key not in keys}
        )
        yield


# What is shown of a word, where that alone decides.
SHOWN: Final[dict[str, dict[str, str]]] = {
    "Mount": {
        "AtPark": "binary_sensor.mount_parked",
        "AtHome": "binary_sensor.mount_at_home",
        "Slewing": "binary_sensor.mount_slewing",
        "TrackingEnabled": "switch.mount_tracking",
    },
    "Dome": {
        "AtPark": "binary_sensor.dome_parked",
        "AtHome": "binary_sensor.dome_at_home",
        "Slewing": "binary_sensor.dome_slewing",
    },
    "Rotator": {"Synced": "binary_sensor.rotator_synced"},
    "Camera": {"CoolerOn": "binary_sensor.camera_at_target_temperature"},
}


@pytest.mark.usefixtures("socket_enabled")
async def test_what_is_missing_is_unknown(hass: HomeAssistant) -> None:
    """Neither on nor off, and there again with its word."""
    async with recorded_rig(hass, connected()) as rig:
        for key, words in SHOWN.items():
            for word, entity in words.items():
                platform, unique = entity.split(".")
                await rig.show(key, {word: None})
                assert rig.get(platform, unique).state == UNKNOWN, entity
                await rig.show(key, {})
                assert rig.get(platform, unique).state in ("on", "off"), entity


async def test_a_mount_that_does_not_say_whether_it_is_parked(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """It is parked as far as that can be, and no roof moves over it."""
    place(observatory, opening=1.0, parked=True)
    with lacking(observatory.mount, "AtPark"):
        with raises("park_mount_unproven") as raised:
            await act(hass, "cover.close_cover", DOME)
        assert (raised.value.translation_placeholders or {})["seen"] == UNKNOWN
        assert (PARK in paths(observatory), CLOSE in paths(observatory)) == (True, False)
        with pytest.raises(HomeAssistantError):
            await call(hass, unhurried, "unpark")
    assert observatory.dome.opening == 1.0


async def test_a_mount_that_does_not_say_whether_it_tracks(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """The stop is sent, and not proven."""
    place(observatory, opening=1.0, parked=False)
    with lacking(observatory.mount, "TrackingEnabled"), raises("stop_tracking_unproven"):
        await unhurried.runtime_data.runner.async_run(STOP_TRACKING)
    assert paths(observatory) == ["/equipment/mount/tracking"]


async def test_a_roof_that_does_not_say_whether_it_has_a_shutter(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """It may have one: it is closed, and the mount stays under it."""
    observatory.dome.can_turn = False
    place(observatory, opening=1.0, parked=True)
    with lacking(observatory.dome, "CanSetShutter"):
        await act(hass, "cover.close_cover", DOME)
        assert CLOSE in paths(observatory)
        assert observatory.dome.opening == 0.0
        with refused("roof_not_open"):
            await call(hass, unhurried, "unpark")
    with lacking(observatory.dome, "CanSetShutter", "ShutterStatus"):
        observatory.ledger.reset()
        with refused("roof_not_open"):
            await call(hass, unhurried, "unpark")
        with pytest.raises(HomeAssistantError):
            await act(hass, "cover.close_cover", DOME)
        assert CLOSE in paths(observatory)


@pytest.mark.parametrize(
    ("missing", "reading"),
    [
        (("CanSetShutter",), RoofReading.UNKNOWN),
        (("CanSetShutter", "ShutterStatus"), None),
        ((), RoofReading.UNKNOWN),
    ],
)
async def test_a_driver_that_lost_the_shutter_it_had(
    hass: HomeAssistant,
    observatory: Observatory,
    entry: MockConfigEntry,
    missing: tuple[str, ...],
    reading: RoofReading | None,
) -> None:
    """A state shows that it had one, whether or not the flag said so."""
    place(observatory, opening=1.0, parked=True)
    with lacking(observatory.dome, *missing):
        await set_up(hass, entry)
        await entry.runtime_data.equipment.async_read()
        observatory.dome.can_set_shutter = False
        # N.I.N.A. asks the driver now and then.
        await eventually(lambda: observatory.dome.known["CanSetShutter"] is False)
    await within(hass, 15, lambda: entry.runtime_data.equipment.data.equipment.dome.lacks_shutter)
    assert entry.runtime_data.roof_alarm.last_reading is reading
    await unload(hass, entry)


async def test_secure_under_a_roof_that_says_nothing(
    observatory: Observatory, unhurried: NinaConfigEntry, finished: list[dict[str, Any]], hass: Any
) -> None:
    """It is vital, it is closed, and it is not proven closed."""
    place(observatory, opening=1.0, parked=True)
    with lacking(observatory.dome, "CanSetShutter", "ShutterStatus"), raises("secure_failed"):
        await call(hass, unhurried, "secure")
    assert CLOSE in paths(observatory)
    assert observatory.dome.opening == 0.0
    assert [each["data"]["roof_closed"] for each in finished] == [False]


async def test_a_readout_mode_without_a_name(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """It is not offered, and the others keep their numbers."""
    info = observatory.camera.info
    select = entity_of(hass, unhurried, "select", "camera_readout_mode")
    first, second = info()["ReadoutModes"][:2]
    await eventually(lambda: hass.states.get(select))
    with pytest.MonkeyPatch.context() as patch:
        modes = [None, *info()["ReadoutModes"][1:]]
        patch.setattr(observatory.camera, "info", lambda: {**info(), "ReadoutModes": modes})
        await unhurried.runtime_data.equipment.async_read()
        assert state(hass, select) == UNKNOWN
        assert attributes(hass, select)["options"] == [each for each in modes if each]
        await act(hass, "select.select_option", select, option=second)
        assert sent(observatory) == [("/equipment/camera/set-readout", {"mode": "1"})]
        assert state(hass, select) == second
    assert first not in modes


async def test_a_camera_that_does_not_say_whether_it_exposes(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """The abort is sent, and not proven."""
    with lacking(observatory.camera, "IsExposing"), raises("abort_exposure_unproven"):
        await unhurried.runtime_data.runner.async_run(ABORT_EXPOSURE)
    assert "/equipment/camera/abort-exposure" in paths(observatory)
