"""The roof: closed only when it is closed, and never opened while it is not safe."""

import asyncio

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from custom_components.nina_observatory.control.commands.dome import CLOSE_SHUTTER
from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory

from .commanding import teach
from .conftest import make_entry, set_up, unload
from .states import DOME, FLAT_COVER, act, state, until
from .waiting import eventually


@pytest.fixture
def shown(hass: HomeAssistant) -> list[str]:
    """Return the states that the roof has shown since."""
    states: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        """Take note of a state."""
        if event.data["new_state"] is not None:
            states.append(event.data["new_state"].state)

    async_track_state_change_event(hass, DOME, note)
    return states


async def test_closing_ends_in_closed_only_when_closed(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry, shown: list[str]
) -> None:
    """The action returns with the shutter closed, which was shown closing meanwhile."""
    await act(hass, "cover.open_cover", DOME)
    assert observatory.dome.opening == 1.0
    shown.clear()
    await act(hass, "cover.close_cover", DOME)
    assert observatory.dome.opening == 0.0
    assert state(hass, DOME) == "closed"
    assert shown[-2:] == ["closing", "closed"]
    assert observatory.ledger.count("/equipment/dome/close") == 1
    assert observatory.ledger.count("/equipment/dome/open") == 1


@pytest.mark.parametrize(
    ("mode", "key"),
    [
        ("ignore", "close_shutter_unproven"),
        ("jam", "close_shutter_error"),
        ("endless", "close_shutter_moving"),
    ],
)
async def test_a_stuck_shutter_raises_and_never_reads_closed(
    hass: HomeAssistant,
    observatory: Observatory,
    loaded_entry: NinaConfigEntry,
    shown: list[str],
    mode: str,
    key: str,
) -> None:
    """With the shutter stuck the action raises within its limit."""
    await act(hass, "cover.open_cover", DOME)
    shown.clear()
    await observatory.faults.start("stuck_shutter", mode=mode)
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "cover.close_cover", DOME)
    assert raised.value.translation_key == key
    assert state(hass, DOME) != "closed"
    assert "closed" not in shown
    assert observatory.dome.opening > 0


async def test_closing_is_repeated_only_while_the_shutter_stands(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """A shutter that stands open after a close is reported again, twice."""
    teach(loaded_entry, CLOSE_SHUTTER)
    await act(hass, "cover.open_cover", DOME)
    await observatory.faults.start("stuck_shutter", mode="ignore")
    with pytest.raises(HomeAssistantError):
        await act(hass, "cover.close_cover", DOME)
    assert observatory.ledger.count("/equipment/dome/close") == 3
    await observatory.faults.clear()
    await observatory.faults.start("stuck_shutter", mode="endless")
    with pytest.raises(HomeAssistantError):
        await act(hass, "cover.close_cover", DOME)
    assert observatory.ledger.count("/equipment/dome/close") == 4


async def test_nothing_interrupts_a_closing_roof(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """Opening is refused while the shutter closes, and nothing is sent."""
    await act(hass, "cover.open_cover", DOME)
    observatory.ledger.reset()
    observatory.dome.shutter_seconds = 250
    closing = hass.async_create_task(act(hass, "cover.close_cover", DOME))
    await until(hass, DOME, "closing")
    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, "cover.open_cover", DOME)
    assert raised.value.translation_key == "close_shutter_under_way"
    await act(hass, "cover.close_cover", DOME)
    await closing
    assert state(hass, DOME) == "closed"
    assert observatory.ledger.count("/equipment/dome/close") == 1
    assert observatory.ledger.count("/equipment/dome/open") == 0
    assert observatory.ledger.count("/equipment/dome/stop") == 0


async def test_closing_overtakes_opening(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """A close ends an open that is under way."""
    observatory.dome.shutter_seconds = 250
    opening = hass.async_create_task(act(hass, "cover.open_cover", DOME))
    await until(hass, DOME, "opening")
    await act(hass, "cover.close_cover", DOME)
    with pytest.raises(HomeAssistantError) as raised:
        await opening
    assert raised.value.translation_key == "overtaken"
    assert state(hass, DOME) == "closed"


async def test_stopping_an_opening_roof(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """A roof stopped half-way is neither open nor closed."""
    observatory.dome.shutter_seconds = 250
    opening = hass.async_create_task(act(hass, "cover.open_cover", DOME))
    await until(hass, DOME, "opening")
    await act(hass, "cover.stop_cover", DOME)
    with pytest.raises(HomeAssistantError):
        await opening
    assert 0 < observatory.dome.opening < 1
    assert state(hass, DOME) == "unknown"


@pytest.mark.parametrize(
    ("disturb", "reason"),
    [
        (lambda o: setattr(o.safety_monitor, "is_safe", False), "not_safe_unsafe"),
        (lambda o: o.safety_monitor.detach(), "not_safe_monitor_disconnected"),
    ],
)
async def test_opening_is_refused_while_not_safe(
    hass: HomeAssistant,
    observatory: Observatory,
    loaded_entry: NinaConfigEntry,
    disturb: object,
    reason: str,
) -> None:
    """Only a connected, fresh and safe monitor lets the roof open; nothing is sent otherwise."""
    assert callable(disturb)
    disturb(observatory)
    await eventually(lambda: observatory.safety_monitor.info().get("IsSafe") is False)
    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, "cover.open_cover", DOME)
    assert raised.value.translation_key == reason
    assert observatory.ledger.count("/equipment/dome/open") == 0


async def test_the_mount_is_parked_before_the_roof_moves(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """By default a mount that is not parked is parked first."""
    await act(hass, "cover.open_cover", DOME)
    await act(hass, "nina_observatory.unpark", config_entry_id=loaded_entry.entry_id)
    assert not observatory.mount.parked
    observatory.ledger.reset()
    await act(hass, "cover.close_cover", DOME)
    assert observatory.mount.parked
    sent = [e.path for e in observatory.ledger.entries if e.path.endswith(("/park", "/close"))]
    assert [path.rsplit("/", 2)[-2:] for path in sent] == [["mount", "park"], ["dome", "close"]]


@pytest.mark.parametrize(("interlock", "moves"), [("refuse", False), ("allow", True)])
async def test_the_other_interlocks(
    hass: HomeAssistant, observatory: Observatory, interlock: str, moves: bool
) -> None:
    """The option can refuse to move the roof over an unparked mount, or let it."""
    entry = make_entry(observatory, roof_interlock=interlock)
    await set_up(hass, entry)
    await act(hass, "cover.open_cover", DOME)
    await act(hass, "nina_observatory.unpark", config_entry_id=entry.entry_id)
    expected = None if moves else "mount_not_parked"
    raised = None
    try:
        await act(hass, "cover.close_cover", DOME)
    except ServiceValidationError as err:
        raised = err.translation_key
    assert raised == expected
    assert (observatory.dome.opening == 0) is moves
    assert not observatory.mount.parked
    await unload(hass, entry)


async def test_a_dome_lost_in_mid_command(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """A driver that drops out while the roof closes ends the action with an error."""
    await act(hass, "cover.open_cover", DOME)
    observatory.dome.shutter_seconds = 200
    closing = hass.async_create_task(act(hass, "cover.close_cover", DOME))
    await until(hass, DOME, "closing")
    await observatory.faults.start("driver_lost", device="dome")
    with pytest.raises(HomeAssistantError) as raised:
        await closing
    assert raised.value.translation_key == "dome_lost"
    assert state(hass, DOME) == "unavailable"


async def test_the_lid_of_the_flat_panel(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """The lid opens and closes, confirmed as the roof is."""
    await act(hass, "cover.open_cover", FLAT_COVER)
    assert state(hass, FLAT_COVER) == "open"
    await act(hass, "cover.close_cover", FLAT_COVER)
    assert state(hass, FLAT_COVER) == "closed"
    await observatory.faults.start("ignored", device="flat_panel")
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "cover.open_cover", FLAT_COVER)
    assert raised.value.translation_key == "open_cover_unproven"
    assert state(hass, FLAT_COVER) == "closed"


async def test_unloading_ends_what_is_under_way(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry
) -> None:
    """A command under way when the entry is unloaded says so at once."""
    observatory.dome.shutter_seconds = 500
    opening = hass.async_create_task(act(hass, "cover.open_cover", DOME))
    await until(hass, DOME, "opening")
    await unload(hass, loaded_entry)
    async with asyncio.timeout(5):
        with pytest.raises(HomeAssistantError) as raised:
            await opening
    assert raised.value.translation_key == "unloaded"
