"""A sequence that cannot be read proves nothing, and is stopped anyway."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory

from .action_cases import closed, under_the_stars
from .commanding import answer, call
from .conftest import SPEED, UNHURRIED, make_entry, set_up, unload
from .errors import raises, refused
from .states import act, state, until

VERSIONS = ("2.0.1.0", "2.1.8.0", "2.2.15.0")
SEQUENCE = "switch.observatory_sequence"


@asynccontextmanager
async def rig_of(
    hass: HomeAssistant, version: str, scenario: str = "idle"
) -> AsyncIterator[tuple[Observatory, MockConfigEntry]]:
    """Set up an entry for an observatory whose server speaks a version."""
    async with Observatory(
        port=0, scheduler_port=0, speed=SPEED, version=version, scenario=scenario
    ) as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        entry.runtime_data.runner.pace.scale = UNHURRIED
        yield observatory, entry
        await unload(hass, entry)


UNREADABLE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("unknown_error", {"count": 1}),
    ("unknown_error", {}),
    ("unknown_error", {"text": "No DSO Container found", "code": 409}),
    ("html", {}),
    ("empty", {}),
    ("truncated", {}),
    ("wrong_types", {}),
)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("fault", "options"), UNREADABLE)
async def test_a_sequence_that_cannot_be_read_is_stopped(
    hass: HomeAssistant, version: str, fault: str, options: dict[str, Any]
) -> None:
    """The switch stays, Home Assistant sends the stop, and the event of the end proves it."""
    async with rig_of(hass, version) as (observatory, entry):
        await act(hass, "switch.turn_on", SEQUENCE)
        await until(hass, SEQUENCE, "on")
        async with observatory.faults.during(fault, path="/sequence/json", **options):
            await entry.runtime_data.sequence.async_read()
            await until(hass, SEQUENCE, "unknown")
            observatory.ledger.reset()
            await act(hass, "switch.turn_off", SEQUENCE)
            assert observatory.ledger.count("/sequence/stop") == 1
            assert not observatory.sequence.running


@pytest.mark.usefixtures("socket_enabled")
async def test_a_sequence_that_cannot_be_read_and_does_not_stop(hass: HomeAssistant) -> None:
    """No event, no reading: it was sent, and it is not known whether it happened."""
    async with rig_of(hass, "2.2.15.0") as (observatory, entry):
        entry.runtime_data.runner.pace.silence = 0.5
        await observatory.sequence.start(skip_validation=True)
        await observatory.faults.start("stubborn_sequence", mode="ignore")
        async with observatory.faults.during("unknown_error", path="/sequence/json"):
            await entry.runtime_data.sequence.async_read()
            with raises("sequence_unread"):
                await act(hass, "switch.turn_off", SEQUENCE)
            assert observatory.ledger.count("/sequence/stop") >= 1
        await observatory.faults.clear()
        await observatory.sequence.stop()


@pytest.mark.usefixtures("socket_enabled")
async def test_a_sequence_without_a_target_on_2_0(hass: HomeAssistant) -> None:
    """The old server never shows it; it can be stopped anyway."""
    async with rig_of(hass, "2.0.1.0") as (observatory, entry):
        await observatory.sequence.run("Flats/Panel flats")
        await entry.runtime_data.sequence.async_read()
        await until(hass, SEQUENCE, "unknown")
        await act(hass, "switch.turn_off", SEQUENCE)
        assert not observatory.sequence.running


@pytest.mark.parametrize(
    "where", ["current_exposure", "ends_at", "sequence_exposures", "target_ends_at"]
)
async def test_what_is_only_shown_keeps_no_stop_from_being_sent(
    hass: HomeAssistant,
    observatory: Observatory,
    unhurried: NinaConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    """A fault in what is derived from the sequence makes it unreadable, and nothing else."""
    await act(hass, "switch.turn_on", SEQUENCE)

    def fail(*_args: object) -> None:
        """Fail as a date does that runs over."""
        raise OverflowError

    monkeypatch.setattr(
        f"custom_components.nina_observatory.readings.sequence_analysis.{where}", fail
    )
    await unhurried.runtime_data.sequence.async_read()
    assert state(hass, SEQUENCE) == "unknown"
    assert state(hass, "sensor.observatory_sequence_state") == "unknown"
    done = await answer(hass, unhurried, "secure")
    assert observatory.ledger.count("/sequence/stop") >= 1
    assert not observatory.sequence.running
    assert done["secured"]


async def test_an_endless_sequence_is_secured(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """It has no end that could be shown, and is stopped like any other."""
    await observatory.sequence.run("Endless")
    await until(hass, SEQUENCE, "on")
    assert state(hass, "sensor.observatory_sequence_end") == "unknown"
    await answer(hass, unhurried, "secure")
    assert observatory.ledger.count("/sequence/stop") >= 1
    assert not observatory.sequence.running


@pytest.mark.parametrize("what", ["profile", "disconnect", "alignment"])
async def test_what_a_running_sequence_forbids(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry, what: str
) -> None:
    """A sequence that cannot be read may be running."""
    closed(observatory)
    other = observatory.profiles.all[1].name
    actions: dict[str, Callable[[], Awaitable[object]]] = {
        "profile": lambda: call(hass, unhurried, "switch_profile", profile=other),
        "disconnect": lambda: call(hass, unhurried, "disconnect", device="all"),
        "alignment": lambda: call(hass, unhurried, "start_polar_alignment"),
    }
    if what == "alignment":
        under_the_stars(observatory)
    for device in observatory.devices:
        device.refresh()
    async with observatory.faults.during("unknown_error", path="/sequence/json"):
        with refused("sequence_unreadable"):
            await actions[what]()


async def test_a_target_under_the_name_it_had(
    hass: HomeAssistant, observatory: Observatory, unhurried: NinaConfigEntry
) -> None:
    """The name proves nothing where it was there before; the place does."""
    target = observatory.sequence.plan.targets[0]
    fields = {"target_name": target.name, "right_ascension": 10.0, "declination": 20.0}
    async with observatory.faults.during("not_done", path="/sequence/set-target"):
        with raises("set_sequence_target_unproven"):
            await call(hass, unhurried, "set_sequence_target", **fields)
    await call(hass, unhurried, "set_sequence_target", **fields)
