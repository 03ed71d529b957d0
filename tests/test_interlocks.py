"""What keeps roof and telescope apart: where nothing is known of one, the other stands still."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import Role
from custom_components.nina_observatory.errors import Reason, RefusedError
from custom_components.nina_observatory.helpers.devices import device_identifier
from custom_components.nina_observatory.roof.guard_state import GuardState
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory
from simulator.enums import ShutterState

from .commanding import answer, call, entity_of, paths
from .conftest import SPEED, entry_with
from .errors import raises, refused
from .guarding import GUARD, brisk_limits, closed_by_guard, guarded
from .states import DOME, act, until
from .waiting import eventually

OPEN, CLOSE, STOP = (f"/equipment/dome/{verb}" for verb in ("open", "close", "stop"))
PARK = "/equipment/mount/park"

type Control = Callable[[HomeAssistant, NinaConfigEntry], Awaitable[Any]]


def press(unique: str) -> Control:
    """Return the control that is a button."""
    return lambda hass, entry: act(hass, "button.press", entity_of(hass, entry, "button", unique))


def move(service: str) -> Control:
    """Return the control that is the roof's cover."""
    return lambda hass, entry: act(
        hass, f"cover.{service}", entity_of(hass, entry, "cover", "dome_shutter")
    )


def action(name: str, **data: Any) -> Control:
    """Return the control that is an action."""
    return lambda hass, entry: call(hass, entry, name, **data)


# What moves the roof.
ROOF: Final[dict[str, Control]] = {
    "close": move("close_cover"),
    "open": move("open_cover"),
    "override": action("open_roof", override=True),
    "park": press("dome_park"),
}
SECURE: Final[dict[str, Control]] = {
    "secure": action("secure"),
    "secure button": press("hub_secure"),
}

PLACE: Final = {"right_ascension": 10.0, "declination": 80.0}

# What moves the mount, or lets it move.
MOUNT: Final[dict[str, Control]] = {
    "unpark button": press("mount_unpark"),
    "home button": press("mount_find_home"),
    "flip button": press("mount_meridian_flip"),
    "tracking switch": lambda hass, entry: act(
        hass, "switch.turn_on", entity_of(hass, entry, "switch", "mount_tracking")
    ),
    "tracking mode": lambda hass, entry: act(
        hass,
        "select.select_option",
        entity_of(hass, entry, "select", "mount_tracking_mode"),
        option="lunar",
    ),
    "unpark": action("unpark"),
    "unpark without waiting": action("unpark", wait=False),
    "find_home": action("find_home"),
    "slew": action("slew", **PLACE),
    "slew and center": action("slew", center=True, **PLACE),
    "slew_to_framing": action("slew_to_framing"),
    "set_tracking": action("set_tracking", mode="sidereal"),
    "meridian_flip": action("meridian_flip"),
    "start_polar_alignment": action("start_polar_alignment"),
}


def prepare(observatory: Observatory, **dome: Any) -> None:
    """Put the dome into a state, and have N.I.N.A. know of all; forget what was sent."""
    for name, value in dome.items():
        setattr(observatory.dome, name, value)
    for device in observatory.devices:
        if device.connected:
            device.refresh()
    observatory.ledger.reset()


def select_no_mount(observatory: Observatory) -> None:
    """Select no mount in the active profile."""
    observatory.profile.section("TelescopeSettings")["Id"] = "No_Device"


async def nothing(_hass: HomeAssistant, _observatory: Observatory, _entry: NinaConfigEntry) -> None:
    """Leave everything as it is."""


async def delete_mount(
    hass: HomeAssistant, observatory: Observatory, entry: NinaConfigEntry
) -> None:
    """Switch the driver off and delete the page of the device."""
    observatory.mount.detach()
    await entry.runtime_data.equipment.async_read()
    registry = dr.async_get(hass)
    identifier = device_identifier(entry, Role.MOUNT)
    device = registry.async_get_device_by_identifier(identifier, entry.entry_id)
    assert device is not None
    registry.async_remove_device(device.id)


async def lose_mount(_hass: HomeAssistant, observatory: Observatory, _entry: Any) -> None:
    """Switch the driver of a mount off that was seen."""
    observatory.mount.detach()


async def break_profile(_hass: HomeAssistant, observatory: Observatory, _entry: Any) -> None:
    """Have the profile, which selects no mount, be unreadable."""
    select_no_mount(observatory)
    await observatory.faults.start("unknown_error", path="/profile/show")


# A mount that was seen is parked first where it can be, and that is what fails.
UNKNOWN: Final = [
    pytest.param("never", nothing, "mount_place_unknown", "mount_place_unknown", id="never seen"),
    pytest.param(
        "seen", delete_mount, "mount_place_unknown", "mount_place_unknown", id="page deleted"
    ),
    pytest.param(
        "never", break_profile, "mount_place_unknown", "mount_place_unknown", id="profile unread"
    ),
    pytest.param("seen", lose_mount, "mount_not_connected", "roof_left_open", id="driver off"),
]


@asynccontextmanager
async def rig_with(
    hass: HomeAssistant, observatory: Observatory, mount: str, **options: Any
) -> AsyncIterator[MockConfigEntry]:
    """Set up an entry whose mount was `seen`, or `never`."""
    if mount == "never":
        observatory.mount.detach()
    async with entry_with(hass, observatory, **options) as entry:
        yield entry


@pytest.mark.parametrize("interlock", ["park_first", "refuse"])
@pytest.mark.parametrize(("mount", "disturb", "reason", "secured"), UNKNOWN)
@pytest.mark.parametrize("version", ["2.2.15.0", "2.0.1"])
async def test_no_roof_moves_over_a_mount_of_unknown_place(
    hass: HomeAssistant,
    socket_enabled: None,
    finished: list[dict[str, Any]],
    version: str,
    mount: str,
    disturb: Callable[..., Awaitable[None]],
    reason: str,
    secured: str,
    interlock: str,
) -> None:
    """It is refused with a reason of its own, no matter who asks, under every rule but to ignore it."""
    async with (
        Observatory(port=0, scheduler_port=0, speed=SPEED, version=version) as observatory,
        rig_with(hass, observatory, mount, roof_interlock=interlock) as entry,
    ):
        await disturb(hass, observatory, entry)
        expected = "mount_place_unknown" if interlock == "refuse" else reason
        for name, control in ROOF.items():
            if name == "park" and version == "2.0.1":
                continue
            prepare(observatory, parked=False)
            observatory.dome.put_shutter(0.0 if name in ("open", "override") else 1.0)
            observatory.dome.refresh()
            with refused(expected):
                await control(hass, entry)
            assert paths(observatory) == [], name
        for control in SECURE.values():
            observatory.dome.put_shutter(1.0)
            prepare(observatory)
            with raises("secure_failed"):
                await control(hass, entry)
            steps = {step["step"]: step for step in finished.pop()["data"]["steps"]}
            assert steps["close_roof"]["error"] == secured
            assert CLOSE not in paths(observatory)
        assert observatory.dome.opening == 1.0


@pytest.mark.parametrize("interlock", ["park_first", "refuse"])
async def test_no_roof_moves_over_a_mount_that_is_missing_from_the_readings(
    hass: HomeAssistant, observatory: Observatory, subtests: pytest.Subtests, interlock: str
) -> None:
    """It was seen, and parked then; the park that is sent all the same proves nothing either."""
    async with rig_with(hass, observatory, "seen", roof_interlock=interlock) as entry:
        for name in ("close", "override", "secure"):
            with subtests.test(name):
                opening = 0.0 if name == "override" else 1.0
                observatory.dome.put_shutter(opening)
                observatory.mount.hardware.park_by_hand()
                prepare(observatory)
                await entry.runtime_data.equipment.async_read()
                observatory.mount.hardware.put(observatory.sequence.target)
                prepare(observatory)
                async with observatory.faults.during("broken_info", device="mount"):
                    with pytest.raises(HomeAssistantError):
                        await {**ROOF, **SECURE}[name](hass, entry)
                assert observatory.dome.opening == opening
                assert not {CLOSE, OPEN} & set(paths(observatory))


# Why nothing can collide: the options, and what is then done.
HARMLESS: Final[dict[str, tuple[dict[str, str], dict[str, Control]]]] = {
    "no mount selected": ({}, {**ROOF, **SECURE}),
    "ignored": ({"roof_interlock": "allow"}, {**ROOF, **SECURE}),
    # An option of securing alone.
    "closes anyway": ({"secure_unparked": "close_anyway"}, SECURE),
}


@pytest.mark.parametrize("why", HARMLESS)
async def test_a_roof_over_no_mount_moves(
    hass: HomeAssistant, observatory: Observatory, subtests: pytest.Subtests, why: str
) -> None:
    """The profile selects no mount, or the user says that nothing can collide."""
    options, controls = HARMLESS[why]
    if why == "no mount selected":
        select_no_mount(observatory)
    async with rig_with(hass, observatory, "never", **options) as entry:
        for name, control in controls.items():
            with subtests.test(name):
                opens = name in ("open", "override")
                observatory.dome.put_shutter(0.0 if opens else 1.0)
                prepare(observatory, parked=False)
                await control(hass, entry)
                assert observatory.dome.opening == float(opens)


async def test_a_mount_that_is_connected_after_all_counts(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """Whatever the profile said before, and in the very reading in which it is first seen."""
    select_no_mount(observatory)
    async with rig_with(hass, observatory, "never", roof_interlock="refuse") as entry:
        observatory.dome.put_shutter(1.0)
        observatory.mount.attach()
        observatory.mount.hardware.put(observatory.sequence.target)
        prepare(observatory)
        with refused("mount_not_parked"):
            await ROOF["close"](hass, entry)
        assert observatory.dome.opening == 1.0


READINGS: Final = ["closed", "closing", "opening", "error", "unknown", "disconnected"]


def show(observatory: Observatory, monkeypatch: pytest.MonkeyPatch, reading: str) -> None:
    """Have the roof read something; what is last is that it is gone."""
    dome = observatory.dome
    if reading == "disconnected":
        dome.detach()
        return
    shown = {"unknown": ShutterState.NONE}.get(reading) or ShutterState[reading.upper()]
    read = dome.read
    monkeypatch.setattr(dome, "read", lambda: {**read(), "ShutterStatus": shown})
    dome.refresh()


@pytest.mark.parametrize(
    ("turns", "rule", "moves"),
    [
        pytest.param(False, "automatic", False, id="roll-off"),
        pytest.param(False, "allow", True, id="roll-off, allowed"),
        pytest.param(True, "refuse", False, id="dome, refused"),
        pytest.param(True, "automatic", True, id="dome"),
    ],
)
async def test_the_mount_stands_still_under_a_roof_that_is_not_open(
    hass: HomeAssistant,
    observatory: Observatory,
    subtests: pytest.Subtests,
    turns: bool,
    rule: str,
    moves: bool,
) -> None:
    """Nothing is sent, whatever is used for it; stopping and parking are never refused."""
    observatory.dome.can_turn = turns
    async with entry_with(hass, observatory, mount_interlock=rule) as entry:
        await call(hass, entry, "set_framing", **PLACE)
        for reading in READINGS:
            with subtests.test(reading), pytest.MonkeyPatch.context() as monkeypatch:
                show(observatory, monkeypatch, reading)
                observatory.ledger.reset()
                if moves and (reading != "disconnected" or rule == "allow"):
                    await call(hass, entry, "unpark")
                    assert not observatory.mount.parked
                else:
                    await _move_nothing(hass, observatory, entry, reading)
                    observatory.mount.hardware.put(observatory.sequence.target)
                    observatory.mount.refresh()
                await call(hass, entry, "set_tracking", mode="stopped")
                await call(hass, entry, "stop_mount")
                await call(hass, entry, "park")
                assert observatory.mount.parked


async def _move_nothing(
    hass: HomeAssistant, observatory: Observatory, entry: NinaConfigEntry, reading: str
) -> None:
    """Try whatever moves the mount, in vain."""
    for name, control in MOUNT.items():
        with pytest.raises(RefusedError) as raised:
            await control(hass, entry)
        assert raised.value.reason is Reason.ROOF_NOT_OPEN, name
        placeholders = raised.value.translation_placeholders
        assert placeholders == {"rig": "Observatory", "reading": reading}
        assert paths(observatory) == [], name


async def test_an_open_roof_and_none_at_all_hold_nothing(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """Under an open roll-off roof the mount moves; a rig that never had a dome has no interlock."""
    observatory.dome.can_turn = False
    observatory.dome.put_shutter(1.0)
    observatory.dome.refresh()
    async with entry_with(hass, observatory) as entry:
        await call(hass, entry, "unpark")
        assert not observatory.mount.parked
    observatory.mount.hardware.park_by_hand()
    observatory.mount.refresh()
    observatory.dome.detach()
    assert await hass.config_entries.async_remove(entry.entry_id)
    async with entry_with(hass, observatory, mount_interlock="refuse") as entry:
        await call(hass, entry, "unpark")
        assert not observatory.mount.parked


@pytest.mark.parametrize("sequence", [False, True])
async def test_starting_up_under_a_closed_roof(
    hass: HomeAssistant, observatory: Observatory, sequence: bool
) -> None:
    """Unparking is left to the sequence, which opens the roof; the result says so."""
    observatory.dome.can_turn = False
    async with entry_with(hass, observatory) as entry:
        prepare(observatory)
        data = {"start": True} if sequence else {}
        response = await answer(hass, entry, "start_up", **data)
        steps = {step["step"]: step for step in response["steps"]}
        assert response["ready"]
        assert steps["unpark_mount"]["result"] == "left_to_sequence"
        assert steps["unpark_mount"]["error"] == "roof_not_open"
        assert "closed" in steps["unpark_mount"]["message"]
        assert "/equipment/mount/unpark" not in paths(observatory)
        assert ("start_sequence" in steps) is sequence


async def test_a_roof_that_closes_while_the_mount_waits_its_turn(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """It was open when it was asked for; it is not at the moment at which that would be sent."""
    observatory.dome.can_turn = False
    observatory.dome.put_shutter(1.0)
    prepare(observatory)
    async with entry_with(hass, observatory) as entry:
        mount = observatory.mount
        mount.hardware.put(observatory.sequence.target)
        mount.hardware.rate = 0.5
        prepare(observatory)
        homing = asyncio.ensure_future(call(hass, entry, "find_home"))
        await eventually(lambda: mount.slewing)
        tracking = asyncio.ensure_future(call(hass, entry, "set_tracking", mode="lunar"))
        runner = entry.runtime_data.runner
        await eventually(lambda: len(runner._runs.get("mount", ())) == 2)
        observatory.dome.put_shutter(0.0)
        observatory.dome.refresh()
        mount.hardware.rate = 50.0
        await call(hass, entry, "stop_mount")
        with raises("overtaken"):
            await homing
        with refused("roof_not_open"):
            await tracking


async def test_a_close_that_was_just_sent_holds_the_mount(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """For some seconds the roof still reads open, since N.I.N.A. reads its drivers now and then."""
    dome = observatory.dome
    dome.can_turn = False
    dome.put_shutter(1.0)
    dome.shutter_seconds = 60
    async with entry_with(hass, observatory, roof_interlock="refuse") as entry:
        observatory.profile.section("ApplicationSettings")["DevicePollingInterval"] = 20.0
        await dome.next_poll()
        prepare(observatory)
        closing = asyncio.ensure_future(ROOF["close"](hass, entry))
        await eventually(lambda: CLOSE in paths(observatory))
        with refused("roof_not_open"):
            await call(hass, entry, "unpark")
        await closing
        assert observatory.mount.parked


async def test_the_guard_leaves_the_roof_over_a_mount_of_unknown_place(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """It is blocked until the mount is connected, and reads parked."""
    observatory.mount.detach()
    observatory.dome.put_shutter(1.0)
    observatory.safety_monitor.is_safe = False
    prepare(observatory)
    with brisk_limits():
        async with guarded(hass, observatory, "unsafe") as entry:
            await until(hass, GUARD, GuardState.BLOCKED)
            assert CLOSE not in paths(observatory)
            observatory.mount.attach()
            await entry.runtime_data.equipment.async_read()
            await closed_by_guard(hass, observatory)


async def test_the_guard_closes_again_what_a_person_stopped(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """Not at once, but by itself: the danger lasts."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.shutter_seconds = 400
    observatory.safety_monitor.is_safe = False
    prepare(observatory)
    with brisk_limits():
        async with guarded(hass, observatory, "unsafe"):
            await eventually(lambda: observatory.dome.opening < 1)
            stopping = hass.async_create_task(act(hass, "cover.stop_cover", DOME))
            await eventually(lambda: STOP in paths(observatory))
            observatory.dome.shutter_seconds = 30
            await closed_by_guard(hass, observatory)
            moved = [path for path in paths(observatory) if path in (CLOSE, STOP)]
            assert moved[:2] == [CLOSE, STOP]
            assert moved.count(CLOSE) == 2
            # On a busy machine the guard closes before a reading proves the stop.
            with suppress(HomeAssistantError):
                await stopping
