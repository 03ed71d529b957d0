"""A person stops the roof: at once, also while it closes, and believed only where it stands."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.const import DOMAIN, EVENT_NINA
from custom_components.nina_observatory.roof.roof_issues import roof_issue
from simulator import Observatory
from simulator.enums import ShutterState
from simulator.habits import RoofWords, changed

from .commanding import call, paths
from .conftest import entry_with
from .errors import raises, refused
from .states import DOME, act, state, until
from .waiting import eventually

OPEN, CLOSE, STOP = (f"/equipment/dome/{verb}" for verb in ("open", "close", "stop"))
PARK = "/equipment/mount/park"


@pytest.fixture
async def loaded_entry(
    hass: HomeAssistant, observatory: Observatory
) -> AsyncIterator[MockConfigEntry]:
    """Return an entry with a slow roof that stands open over a parked mount."""
    observatory.dome.put_shutter(1.0)
    observatory.dome.shutter_seconds = 400
    observatory.dome.refresh()
    async with entry_with(hass, observatory) as entry:
        observatory.ledger.reset()
        yield entry


async def stop(hass: HomeAssistant) -> None:
    """Stop the roof, as a person does."""
    await act(hass, "cover.stop_cover", DOME)


def closing(hass: HomeAssistant, by: str, entry: MockConfigEntry) -> asyncio.Task[Any]:
    """Have the roof close by a control."""
    work = act(hass, "cover.close_cover", DOME) if by == "cover" else call(hass, entry, "secure")
    return asyncio.ensure_future(work)


def stands_half_way(observatory: Observatory) -> bool:
    """Return whether the roof stands between its ends."""
    return 0 < observatory.dome.opening < 1 and not observatory.dome.slewing


@pytest.mark.parametrize("moment", ["sent", "closing"])
async def test_stopping_a_roof_that_closes(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry, moment: str
) -> None:
    """The close ends as stopped and is not sent again; a later one closes the roof."""
    work = closing(hass, "cover", loaded_entry)
    await eventually(lambda: CLOSE in paths(observatory) and observatory.dome.opening < 1)
    if moment == "closing":
        await until(hass, DOME, "closing")
    await stop(hass)
    with raises("stopped"):
        await work
    assert stands_half_way(observatory)
    await asyncio.sleep(0.5)
    assert stands_half_way(observatory)
    assert paths(observatory) == [CLOSE, STOP]
    observatory.dome.shutter_seconds = 30
    await act(hass, "cover.close_cover", DOME)
    assert state(hass, DOME) == "closed"


async def test_stopping_a_roof_that_secure_closes(
    hass: HomeAssistant,
    observatory: Observatory,
    loaded_entry: MockConfigEntry,
    finished: list[dict[str, Any]],
) -> None:
    """Securing fails as stopped, and closes when it is asked for again."""
    work = closing(hass, "secure", loaded_entry)
    await until(hass, DOME, "closing")
    await stop(hass)
    with raises("secure_failed"):
        await work
    steps = {step["step"]: step for step in finished[0]["data"]["steps"]}
    assert steps["close_roof"]["error"] == "stopped"
    assert stands_half_way(observatory)
    assert paths(observatory).count(CLOSE) == 1
    observatory.dome.shutter_seconds = 30
    await call(hass, loaded_entry, "secure")
    assert observatory.dome.opening == 0


@pytest.mark.parametrize("moment", ["sent", "closing"])
@pytest.mark.parametrize("safe", [True, False])
async def test_a_roof_that_is_stopped_in_danger_is_told_at_once(
    hass: HomeAssistant,
    observatory: Observatory,
    loaded_entry: MockConfigEntry,
    safe: bool,
    moment: str,
) -> None:
    """It failed to close, no matter who is to blame; while it is safe a person may do as he likes."""
    heard = async_capture_events(hass, EVENT_NINA)
    if not safe:
        observatory.safety_monitor.is_safe = False
        await observatory.safety_monitor.poll()
        await eventually(lambda: loaded_entry.runtime_data.safety.not_safe)
    work = closing(hass, "cover", loaded_entry)
    await eventually(lambda: CLOSE in paths(observatory))
    if moment == "closing":
        await until(hass, DOME, "closing")
    await stop(hass)
    with raises("stopped"):
        await work
    await hass.async_block_till_done(wait_background_tasks=False)
    told = [event for event in heard if event.data["type"] == "roof_close_failed"]
    assert len(told) == int(not safe)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, roof_issue(loaded_entry))
    assert (issue is None) is safe


async def test_a_reading_that_arrives_after_the_stop_is_no_failure(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """It shows the roof closing for the first time, and the next one that it stands."""
    heard = async_capture_events(hass, EVENT_NINA)
    async with observatory.faults.during("slow", path="/equipment/*info", seconds=0.3, done=True):
        work = closing(hass, "cover", loaded_entry)
        await eventually(
            lambda: (
                observatory.dome.known["ShutterStatus"] is ShutterState.CLOSING
                and observatory.ledger.pending
            )
        )
        assert state(hass, DOME) == "open"
        await stop(hass)
        with raises("stopped"):
            await work
    await asyncio.sleep(1)
    assert [event for event in heard if event.data["type"] == "roof_close_failed"] == []
    assert stands_half_way(observatory)


async def test_stopping_a_roof_that_nina_closes(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """It does not matter who closes it."""
    dome = observatory.dome
    dome.shutter_seconds = 2000
    observatory.tasks.start(dome.routines.close_shutter())
    await eventually(lambda: dome.known["ShutterStatus"] is ShutterState.CLOSING)
    await stop(hass)
    assert stands_half_way(observatory)
    assert paths(observatory) == [STOP]


async def test_stopping_a_close_that_still_parks_the_mount(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """Whoever stops the roof before it has begun to move does not want it to move afterward."""
    observatory.mount.hardware.put(observatory.sequence.target)
    observatory.mount.hardware.rate = 0.5
    observatory.mount.refresh()
    work = closing(hass, "cover", loaded_entry)
    await eventually(lambda: PARK in paths(observatory))
    await stop(hass)
    observatory.mount.hardware.rate = 50.0
    with raises("stopped"):
        await work
    assert observatory.dome.opening == 1.0
    assert CLOSE not in paths(observatory)


async def test_a_stop_does_not_wait_for_a_reading(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """N.I.N.A. is slow to tell how its devices are, and the roof moves meanwhile."""
    work = closing(hass, "cover", loaded_entry)
    await until(hass, DOME, "closing")
    hanging = await observatory.faults.start("hang", path="/equipment/*info")
    await eventually(lambda: hanging.used)
    stopping = asyncio.ensure_future(stop(hass))
    async with asyncio.timeout(1):
        await eventually(lambda: STOP in paths(observatory))
    await eventually(lambda: stands_half_way(observatory))
    await observatory.faults.clear()
    await stopping
    with raises("stopped"):
        await work


@pytest.mark.parametrize("fault", ["reset", "unknown_error", "html"])
async def test_a_stop_is_sent_again_after_an_error(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry, fault: str
) -> None:
    """The roof goes on closing until it arrives."""
    work = closing(hass, "cover", loaded_entry)
    await until(hass, DOME, "closing")
    await observatory.faults.start(fault, path=STOP, count=1)
    await stop(hass)
    with raises("stopped"):
        await work
    assert stands_half_way(observatory)


async def test_an_ignored_stop_is_sent_again(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """The driver does not stop a roof that closes at first."""
    observatory.dome.shutter_seconds = 2000
    work = closing(hass, "cover", loaded_entry)
    await until(hass, DOME, "closing")
    await observatory.faults.start("stop_ignored", device="dome", count=1)
    await stop(hass)
    with raises("stopped"):
        await work
    assert paths(observatory) == [CLOSE, STOP, STOP]
    assert stands_half_way(observatory)


@pytest.mark.parametrize(("opens", "end"), [(True, "open"), (False, "closed")])
@pytest.mark.parametrize("words", [RoofWords.ANNOUNCES, RoofWords.SWITCHES])
async def test_a_stop_that_is_ignored_is_not_done(
    hass: HomeAssistant,
    observatory: Observatory,
    loaded_entry: MockConfigEntry,
    words: RoofWords,
    opens: bool,
    end: str,
) -> None:
    """The shutter went all the way, or its driver does not say that it moves."""
    observatory.dome.put_shutter(0.0 if opens else 1.0)
    observatory.dome.habits = changed(observatory.dome.habits, words=words)
    observatory.dome.shutter_seconds = 100
    observatory.dome.refresh()
    await observatory.faults.start("stop_ignored", device="dome")
    verb, path = ("open", OPEN) if opens else ("close", CLOSE)
    work = asyncio.ensure_future(act(hass, f"cover.{verb}_cover", DOME))
    await eventually(lambda: path in paths(observatory))
    with raises("stop_dome_unproven"):
        await stop(hass)
    with raises("stopped"):
        await work
    await until(hass, DOME, end)


async def test_a_close_that_begins_after_a_stop_is_left_alone(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """The stop of a roof that opened is not sent again while N.I.N.A. closes it for the rain."""
    observatory.dome.put_shutter(0.0)
    observatory.dome.refresh()
    work = asyncio.ensure_future(act(hass, "cover.open_cover", DOME))
    await eventually(lambda: observatory.dome.opening > 0.5)
    stopping = asyncio.ensure_future(stop(hass))
    # A reading in between would prove the stop.
    while STOP not in paths(observatory):
        await asyncio.sleep(0)
    observatory.dome.shutter_seconds = 4000
    observatory.tasks.start(observatory.dome.routines.close_shutter())
    with raises("stopped"):
        await work
    with raises("stop_dome_unproven"):
        await stopping
    assert observatory.dome.known["ShutterStatus"] is ShutterState.CLOSING
    assert paths(observatory).count(STOP) == 1


async def test_a_dome_that_is_not_there_cannot_be_stopped(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """It is told as that."""
    observatory.dome.detach()
    with refused("dome_not_connected"):
        await stop(hass)
