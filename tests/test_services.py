"""Actions: what they return has happened, and what cannot be is refused before anything is sent."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.control.commands.mount import PARK_MOUNT
from simulator import Observatory

from .commanding import sent, teach
from .conftest import SPEED, make_entry, set_up, unload
from .errors import raises, refused
from .states import act, state, until
from .waiting import eventually

PARKED = "binary_sensor.observatory_mount_parked"
SEQUENCE_STATE = "sensor.observatory_sequence_state"
CAPTURE = "/equipment/camera/capture"
PARK = "/equipment/mount/park"
UNPARK = "/equipment/mount/unpark"
START = "/sequence/start"
STOP = "/sequence/stop"

pytestmark = pytest.mark.usefixtures("quiet")

# Fields that no camera, mount or sequencer could make sense of.
NONSENSE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("capture", {}),
    ("capture", {"exposure": 0}),
    ("capture", {"exposure": -1}),
    ("capture", {"exposure": 3601}),
    ("capture", {"exposure": "long"}),
    ("capture", {"exposure": "nan"}),
    ("capture", {"exposure": float("inf")}),
    ("capture", {"exposure": None}),
    ("capture", {"exposure": [1]}),
    ("capture", {"exposure": True}),
    ("capture", {"exposure": 1, "gain": 0}),
    ("capture", {"exposure": 1, "gain": 1.5}),
    ("capture", {"exposure": 1, "gain": "high"}),
    ("capture", {"exposure": 1, "image_type": "selfie"}),
    ("capture", {"exposure": 1, "image_type": "LIGHT"}),
    ("capture", {"exposure": 1, "target_name": ""}),
    ("capture", {"exposure": 1, "target_name": "x" * 101}),
    ("capture", {"exposure": 1, "save": "perhaps"}),
    ("capture", {"exposure": 1, "size": 0}),
    ("capture", {"exposure": 1, "quality": 200}),
    ("capture", {"exposure": 1, "aperture": 5.6}),
    ("park", {"gently": True}),
    ("start_sequence", {"skip_validation": "perhaps"}),
    ("start_sequence", {"skip_validation": 2}),
)


async def call(hass: HomeAssistant, action: str, entry: MockConfigEntry, **data: Any) -> None:
    """Carry out an action for an entry."""
    await act(hass, f"{DOMAIN}.{action}", config_entry_id=entry.entry_id, **data)


async def test_parking_and_unparking(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """The mount reads what was asked for when the action returns; twice is once."""
    assert state(hass, PARKED) == "on"
    await call(hass, "park", ready)
    assert sent(observatory) == []
    for _ in range(2):
        await call(hass, "unpark", ready)
        assert not observatory.mount.parked
        assert state(hass, PARKED) == "off"
    for _ in range(2):
        await call(hass, "park", ready)
        assert observatory.mount.parked
        assert state(hass, PARKED) == "on"
    assert sent(observatory) == [(UNPARK, {}), (PARK, {})]


async def test_starting_and_stopping_the_sequence(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """It runs, or does not, when the action returns."""
    await call(hass, "start_sequence", ready)
    assert observatory.sequence.running
    await until(hass, SEQUENCE_STATE, "running")
    await call(hass, "start_sequence", ready)
    await call(hass, "stop_sequence", ready)
    assert not observatory.sequence.running
    await call(hass, "start_sequence", ready, skip_validation=False)
    assert sent(observatory) == [
        (START, {"skipValidation": "true"}),
        (STOP, {}),
        (START, {"skipValidation": "false"}),
    ]


async def test_what_no_camera_could_do_is_refused(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """Out of range, of the wrong type, unknown: nothing is sent."""
    for action, data in NONSENSE:
        with subtests.test(f"{action} {data}"):
            with pytest.raises((probatio.Invalid, ServiceValidationError)):
                await call(hass, action, ready, **data)
            assert sent(observatory) == []


async def test_devices_that_are_not_connected(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """A fresh reading tells, whatever the entities still show."""
    observatory.camera.detach()
    observatory.mount.detach()
    for action in ("park", "unpark"):
        with refused("mount_not_connected"):
            await call(hass, action, ready)
    with refused("camera_not_connected"):
        await call(hass, "capture", ready, exposure=1)
    assert sent(observatory) == []


async def test_a_mount_that_cannot_park(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """What it would do instead is not parking."""
    observatory.mount.hardware.parked = observatory.mount.can_park = False
    observatory.mount.refresh()
    with refused("park_not_supported"):
        await call(hass, "park", ready)
    assert sent(observatory) == []


async def test_a_sequencer_that_is_not_ready(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """N.I.N.A. has only just been started."""
    observatory.sequence.initialized = False
    for action in ("start_sequence", "stop_sequence"):
        with refused("sequence_not_connected"):
            await call(hass, action, ready)
    assert sent(observatory) == []


@pytest.mark.parametrize(
    ("action", "device", "error", "requests"),
    [
        ("park", "mount", "park_mount_unproven", 2),
        ("unpark", "mount", "unpark_mount_unproven", 1),
    ],
)
async def test_accepted_and_ignored(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    action: str,
    device: str,
    error: str,
    requests: int,
) -> None:
    """N.I.N.A. says yes, and even that it was done; the mount reads otherwise."""
    observatory.mount.hardware.parked = action == "unpark"
    observatory.mount.refresh()
    teach(ready, PARK_MOUNT)
    async with observatory.faults.during("ignored", device=device):
        with raises(error):
            await call(hass, action, ready)
    assert len(sent(observatory)) == requests


@pytest.mark.parametrize("action", ["start_sequence", "stop_sequence"])
async def test_a_sequencer_that_ignores(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    action: str,
) -> None:
    """The server reports "started" or "stopped", and the sequence goes on as before."""
    if_running = {"stop_sequence": observatory.sequence.start}.get(action, _nothing)
    await if_running(skip_validation=True)
    ready.runtime_data.runner.pace.scale = 1 / 1000

    async def ignore(**_: object) -> None:
        """Do nothing."""

    monkeypatch.setattr(observatory.sequence, action.removesuffix("_sequence"), ignore)
    with raises(f"{action}_unproven"):
        await call(hass, action, ready)


async def _nothing(**_: object) -> None:
    """Do nothing."""


async def test_nina_is_gone(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Nothing answers, and that is said, whatever it was."""
    await observatory.stop()
    for action in ("park", "unpark", "start_sequence", "stop_sequence"):
        with raises("cannot_connect"):
            await call(hass, action, ready)
    with raises("cannot_connect"):
        await call(hass, "capture", ready, exposure=1)


@pytest.mark.parametrize(
    ("action", "path", "data", "error"),
    [
        ("capture", CAPTURE, {"exposure": 300}, "command_lost"),
        ("unpark", UNPARK, {}, "unpark_mount_unproven"),
        ("start_sequence", START, {}, "start_sequence_unproven"),
    ],
)
async def test_nina_goes_in_mid_command(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    action: str,
    path: str,
    data: dict[str, Any],
    error: str,
) -> None:
    """Nobody knows what became of it, which is not success, and it is not sent again."""
    async with observatory.faults.during("hang", path=path):
        acting = hass.async_create_task(call(hass, action, ready, **data))
        await eventually(lambda: observatory.ledger.count(path))
        await observatory.stop()
    with raises(error):
        await acting
    assert observatory.ledger.count(path) == 1


@pytest.fixture
async def oldest(hass: HomeAssistant, socket_enabled: None) -> AsyncIterator[MockConfigEntry]:
    """Return an entry for the oldest plugin."""
    async with Observatory(port=0, scheduler_port=0, speed=SPEED, version="2.0.1") as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        yield entry
        await unload(hass, entry)


async def test_a_plugin_that_is_too_old_for_it(
    hass: HomeAssistant, oldest: MockConfigEntry
) -> None:
    """The action says which version it needs; what it can do, it does."""
    with refused("plugin_too_old"):
        await call(hass, "capture", oldest, exposure=1, gain=100)
    await call(hass, "unpark", oldest)
    assert state(hass, PARKED) == "off"


async def test_the_wrong_entry(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """An entry that does not exist, one of somebody else, one that is not loaded, or none."""
    stranger, asleep = MockConfigEntry(domain="sun"), MockConfigEntry(domain=DOMAIN)
    stranger.add_to_hass(hass)
    asleep.add_to_hass(hass)
    for entry_id in ("nobody", stranger.entry_id, asleep.entry_id, ready.title):
        with pytest.raises(ServiceValidationError) as raised:
            await act(hass, f"{DOMAIN}.park", config_entry_id=entry_id)
        assert raised.value.translation_key
    with pytest.raises((probatio.Invalid, ServiceValidationError)):
        await act(hass, f"{DOMAIN}.park")
    assert sent(observatory) == []


async def test_actions_are_those_of_one_rig(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Two observatories do not hear each other's commands, nor wait for each other."""
    async with Observatory(port=0, scheduler_port=None, speed=SPEED, scenario="idle") as other:
        second = MockConfigEntry(
            domain=DOMAIN, title="Backyard", data={"host": "127.0.0.1", "port": other.port}
        )
        await set_up(hass, second)
        await asyncio.gather(call(hass, "unpark", second), call(hass, "park", ready))
        assert (observatory.mount.parked, other.mount.parked) == (True, False)
        assert sent(observatory) == []
        await unload(hass, second)
