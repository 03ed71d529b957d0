"""The rules of the roof, looked at whenever it is about to be moved: the mount, and the weather."""

import asyncio
from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.control.commands.dome import CLOSE_SHUTTER, slew_dome
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory
from simulator.enums import ShutterState

from .commanding import entity_of, paths, place
from .conftest import entry_with
from .errors import raises, refused
from .states import DOME, act
from .waiting import eventually

OPEN, CLOSE = "/equipment/dome/open", "/equipment/dome/close"
PARK = "/equipment/mount/park"


@pytest.fixture
def unhurried(observatory: Observatory, loaded_entry: MockConfigEntry) -> MockConfigEntry:
    """Return the rig with limits that a busy machine keeps, imaging under an open roof."""
    loaded_entry.runtime_data.runner.pace.scale = 1 / 15
    place(observatory, opening=1.0, parked=False)
    return loaded_entry


async def close_by_hand(observatory: Observatory) -> None:
    """Have somebody at N.I.N.A. close the roof, slowly, and return when it reads closing."""
    dome = observatory.dome
    dome.shutter_seconds = 3000
    observatory.tasks.start(dome.routines.close_shutter())
    await eventually(lambda: dome.known["ShutterStatus"] is ShutterState.CLOSING)


async def stop_by_hand(observatory: Observatory, entry: NinaConfigEntry) -> None:
    """Stop the roof, which is quick from now on, once it is watched by a command."""
    runner, dome = entry.runtime_data.runner, observatory.dome
    await eventually(lambda: any(each.begun.is_set() for each in runner._runs.get("dome", ())))
    dome.abort()
    dome.shutter_seconds = 30


async def override(hass: HomeAssistant, entry: NinaConfigEntry) -> None:
    """Open the roof although nothing is known."""
    await act(hass, f"{DOMAIN}.open_roof", config_entry_id=entry.entry_id, override=True)


async def test_opening_an_open_roof_disturbs_nothing(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """The mount goes on tracking what is imaged: nothing is going to move over it."""
    await act(hass, "cover.open_cover", DOME)
    assert observatory.mount.tracking
    assert paths(observatory) == []


async def test_a_roof_that_cannot_be_opened_costs_no_parking(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """What is wrong with the dome is said before anything is done to the mount."""
    observatory.dome.detach()
    with refused("dome_not_connected"):
        await override(hass, unhurried)
    assert observatory.mount.tracking
    assert paths(observatory) == []


@pytest.mark.parametrize(
    ("disturb", "reason"),
    [
        pytest.param(
            lambda o: o.safety_monitor.detach(), "not_safe_monitor_disconnected", id="monitor gone"
        ),
        pytest.param(
            lambda o: setattr(o.safety_monitor, "is_safe", False), "not_safe_unsafe", id="rain"
        ),
    ],
)
async def test_what_comes_while_an_open_waits_its_turn_counts(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: NinaConfigEntry,
    disturb: Callable[[Observatory], None],
    reason: str,
) -> None:
    """It was safe when it was asked for; it is not at the moment at which it would be sent."""
    place(observatory, opening=0.0, parked=True)
    dome, runner = observatory.dome, unhurried.runtime_data.runner
    dome.turn.put(140.0)
    dome.turn.rate = 0.1
    turning = asyncio.ensure_future(runner.async_run(slew_dome(200)))
    await eventually(lambda: dome.turn.moving)
    opening = asyncio.ensure_future(act(hass, "cover.open_cover", DOME))
    await eventually(lambda: len(runner._runs.get("dome", ())) == 2)
    disturb(observatory)
    await eventually(lambda: unhurried.runtime_data.safety.not_safe)
    dome.turn.rate = 8.0
    await turning
    with refused(reason):
        await opening
    assert OPEN not in paths(observatory)


async def test_a_monitor_that_was_not_read_yet_opens_no_roof(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """It was there before Home Assistant was started again; only an override does without it."""
    place(observatory, opening=0.0, parked=True)
    await observatory.faults.start("broken_info", device="safety_monitor")
    await hass.config_entries.async_reload(unhurried.entry_id)
    with refused("not_safe_no_reading"):
        await act(hass, "cover.open_cover", DOME)
    assert OPEN not in paths(observatory)
    await override(hass, unhurried)
    assert observatory.dome.opening == 1.0


async def test_a_shutter_whose_driver_does_not_say_may_be_open(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: NinaConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It can be set, so parking the dome may close it: the mount is parked before."""
    read = observatory.dome.read
    silent = {"ShutterStatus": ShutterState.NONE}
    monkeypatch.setattr(observatory.dome, "read", lambda: {**read(), **silent})
    observatory.dome.parked = False
    observatory.dome.refresh()
    await act(hass, "button.press", entity_of(hass, unhurried, "button", "dome_park"))
    assert paths(observatory) == [PARK, "/equipment/dome/park"]


@pytest.mark.parametrize("by", ["close", "secure"])
async def test_an_open_that_still_parks_the_mount_is_overtaken(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry, by: str
) -> None:
    """Whoever closes the closed roof meanwhile, because it rains, finds it closed afterward."""
    place(observatory, opening=0.0, parked=False)
    observatory.mount.hardware.rate = 0.5
    opening = asyncio.ensure_future(act(hass, "cover.open_cover", DOME))
    await eventually(lambda: PARK in paths(observatory))
    if by == "close":
        await act(hass, "cover.close_cover", DOME)
        observatory.mount.hardware.rate = 4.0
    else:
        observatory.mount.hardware.rate = 4.0
        await act(hass, f"{DOMAIN}.secure", config_entry_id=unhurried.entry_id)
    with raises("overtaken"):
        await opening
    assert paths(observatory).count(PARK) == 1
    assert OPEN not in paths(observatory)


async def test_a_close_that_was_only_watched_is_repeated_by_the_rules(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """Somebody closes the roof and stops it because of the telescope: first that is parked."""
    await close_by_hand(observatory)
    closing = asyncio.ensure_future(act(hass, "cover.close_cover", DOME))
    await stop_by_hand(observatory, unhurried)
    await closing
    assert (observatory.dome.opening, observatory.mount.parked) == (0.0, True)
    assert paths(observatory) == [PARK, CLOSE]


async def test_a_mount_that_is_unparked_again_and_again(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: NinaConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Parking it is not tried for ever, and the roof is left alone."""
    runner = unhurried.runtime_data.runner
    run = runner.async_run

    async def unpark(command: Any, *, wait: bool = True) -> None:
        """Have somebody unpark the mount as soon as it is parked."""
        await run(command, wait=wait)
        observatory.mount.hardware.parked = False
        observatory.mount.refresh()

    monkeypatch.setattr(runner, "async_run", unpark)
    with refused("mount_not_parked"):
        await act(hass, "cover.close_cover", DOME)
    assert set(paths(observatory)) == {PARK}


async def test_secure_repeats_a_close_by_the_rules(
    hass: HomeAssistant, observatory: Observatory, finished: list[dict[str, Any]]
) -> None:
    """Nothing closes over a mount that is not parked, also not what was only watched at first."""
    async with entry_with(hass, observatory, secure_steps=["close_roof"]) as entry:
        place(observatory, opening=1.0, parked=False)
        await close_by_hand(observatory)
        securing = asyncio.ensure_future(
            act(hass, f"{DOMAIN}.secure", config_entry_id=entry.entry_id)
        )
        await stop_by_hand(observatory, entry)
        with raises("secure_failed"):
            await securing
        assert finished[0]["data"]["steps"][0]["error"] == "roof_left_open"
        assert paths(observatory) == []


async def test_a_close_goes_on_without_its_caller(
    observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """An automation that starts again does not close again before the shutter reads closing."""
    place(observatory, opening=1.0, parked=True)
    dome, runner = observatory.dome, unhurried.runtime_data.runner
    dome.shutter_seconds = 60
    observatory.profile.section("ApplicationSettings")["DevicePollingInterval"] = 20.0
    await dome.next_poll()
    for _ in range(3):
        closing = asyncio.ensure_future(runner.async_run(CLOSE_SHUTTER))
        await eventually(lambda: observatory.ledger.count(CLOSE))
        closing.cancel()
        await asyncio.wait([closing])
        assert closing.cancelled()
    await runner.async_run(CLOSE_SHUTTER)
    assert dome.opening == 0
    assert paths(observatory) == [CLOSE]
