"""Secure says secured only where imaging is stopped, the mount parked and the roof closed."""

from typing import Any

from homeassistant.components.conversation import async_converse
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.nina_observatory.control.procedure import Step
from custom_components.nina_observatory.errors import NotDoneError
from custom_components.nina_observatory.procedures.secure import Secure
from simulator import Observatory
from simulator.enums import ShutterState

from .commanding import entity_of, paths
from .conftest import SPEED, entry_with
from .errors import raises
from .states import act
from .test_procedures import is_safe, results, secure
from .waiting import eventually

STOP, PARK, CLOSE = "/sequence/stop", "/equipment/mount/park", "/equipment/dome/close"

OLD, NEW = "2.0.1", "2.2.15.5"


@pytest.fixture(params=[NEW, OLD])
async def imaging(request: pytest.FixtureRequest, socket_enabled: None) -> Any:
    """Run an observatory of both dialects in the middle of a clear night."""
    async with Observatory(
        port=0, scheduler_port=0, speed=SPEED, scenario="clear_night", version=request.param
    ) as observatory:
        yield observatory


def proven(data: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    """Return what a result says that is proven."""
    keys = ("secured", "imaging_stopped", "mount_parked", "roof_closed")
    return (data[keys[0]], data[keys[1]], data[keys[2]], data[keys[3]])


async def test_all_is_proven(hass: HomeAssistant, imaging: Observatory) -> None:
    async with entry_with(hass, imaging) as entry:
        assert proven(await secure(hass, entry)) == (True, True, True, True)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (["stop_sequence", "park_mount"], (True, True, True, None)),
        (["abort_exposure", "close_roof", "park_mount"], (True, True, True, True)),
        (["stop_guiding"], (True, None, None, None)),
    ],
)
async def test_steps_that_are_left_out(
    hass: HomeAssistant, observatory: Observatory, steps: list[str], expected: tuple[Any, ...]
) -> None:
    """What nobody wants is neither proven nor missed."""
    async with entry_with(hass, observatory, secure_steps=steps) as entry:
        # What is absent is not proven either.
        found = proven(await secure(hass, entry))
        assert found == expected


@pytest.mark.parametrize("mode", ["ignore", "restart"])
@pytest.mark.parametrize("count", [1, 0])
async def test_a_sequence_that_runs_on(
    hass: HomeAssistant,
    imaging: Observatory,
    finished: list[dict[str, Any]],
    mode: str,
    count: int,
) -> None:
    """It is stopped again; where that does not help the rest is done, and secure fails."""
    async with entry_with(hass, imaging) as entry:
        await eventually(lambda: imaging.sequence.running)
        await imaging.faults.start("stubborn_sequence", mode=mode, seconds=5.0, count=count)
        imaging.ledger.reset()
        if count:
            assert proven(await secure(hass, entry)) == (True, True, True, True)
            assert not imaging.sequence.running
            assert paths(imaging).count(STOP) == 2
        else:
            with raises("secure_failed"):
                await secure(hass, entry)
            data = finished[0]["data"]
            assert proven(data)[:2] == (False, False)
            assert results(data)["stop_sequence"] == "failed"
            assert paths(imaging).count(STOP) > 2
            assert CLOSE in paths(imaging)
        await imaging.faults.clear()


async def test_a_sequence_that_opens_again(
    hass: HomeAssistant, imaging: Observatory, finished: list[dict[str, Any]]
) -> None:
    """Somebody opens the roof and unparks the mount while secure is at the flat panel."""
    async with entry_with(hass, imaging) as entry:
        call = hass.async_create_task(secure(hass, entry))
        await eventually(lambda: imaging.dome.shutter is ShutterState.CLOSING)
        imaging.mount.hardware.parked = False
        imaging.mount.refresh()
        assert proven(await call) == (True, True, True, True)
        assert is_safe(imaging)
        assert paths(imaging).count(PARK) == 2


@pytest.mark.parametrize("path", [STOP, PARK, CLOSE])
@pytest.mark.parametrize("done", [True, False])
async def test_one_error_reply(
    hass: HomeAssistant, imaging: Observatory, path: str, done: bool
) -> None:
    """Any exception of a driver is answered so; it must not leave the roof open."""
    async with entry_with(hass, imaging) as entry:
        await imaging.faults.start("unknown_error", path=path, count=1, done=done)
        assert proven(await secure(hass, entry)) == (True, True, True, True)
        assert is_safe(imaging)


async def test_error_replies_for_ever(
    hass: HomeAssistant, imaging: Observatory, finished: list[dict[str, Any]]
) -> None:
    """They are reported with the step and with N.I.N.A.'s own words."""
    async with entry_with(hass, imaging) as entry:
        entry.runtime_data.runner.pace.scale = 1 / 60
        await imaging.faults.start("unknown_error", path=CLOSE, text="Driver fell over")
        with pytest.raises(NotDoneError) as raised:
            await secure(hass, entry)
        assert "Closing the roof: " in str(raised.value)
        assert "Driver fell over" in str(raised.value)
        assert "open" in str(raised.value)
        assert proven(finished[0]["data"]) == (False, True, True, False)


async def test_flats_that_cannot_be_read_hide_no_sequence(
    hass: HomeAssistant, imaging: Observatory, finished: list[dict[str, Any]]
) -> None:
    """The sequence runs on, and that counts."""
    async with entry_with(hass, imaging) as entry:
        await imaging.faults.start("unknown_error", path="/flats/status")
        await imaging.faults.start("stubborn_sequence", mode="ignore")
        with raises("secure_failed"):
            await secure(hass, entry)
        assert finished[0]["data"]["imaging_stopped"] is False
        await imaging.faults.clear()


async def test_by_button_and_voice(hass: HomeAssistant, imaging: Observatory) -> None:
    """They fail as the action does, with the same words."""
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, component, {})
    async with entry_with(hass, imaging, secure_steps=["stop_sequence"]) as entry:
        await imaging.faults.start("stubborn_sequence", mode="ignore")
        with raises("secure_failed"):
            await act(hass, "button.press", entity_of(hass, entry, "button", "hub_secure"))
        announced = async_mock_service(hass, "assist_satellite", "announce")
        told = await async_converse(
            hass, "Secure the observatory!", None, Context(), satellite_id="assist_satellite.hall"
        )
        assert "is not secured yet" in told.response.speech["plain"]["speech"]
        await eventually(lambda: announced)
        assert "Stopping the sequence: " in announced[0].data["message"]
        await imaging.faults.clear()


async def test_n_i_n_a_goes_after_the_roof_was_closed(
    hass: HomeAssistant,
    imaging: Observatory,
    finished: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody can look whether the sequence runs again, so that is not proven; the rest was."""
    check = Secure._async_check

    async def look_without_n_i_n_a(procedure: Secure) -> list[Step]:
        """Have N.I.N.A. go before everything is looked at again."""
        await imaging.faults.start("refuse")
        return await check(procedure)

    monkeypatch.setattr(Secure, "_async_check", look_without_n_i_n_a)
    async with entry_with(hass, imaging) as entry:
        with raises("secure_failed"):
            await secure(hass, entry)
        assert proven(finished[0]["data"]) == (False, False, True, True)
