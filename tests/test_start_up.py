"""Beginning the night step by step, up to the first that fails."""

from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory

from .commanding import answer, entity_of, paths, sent
from .conftest import entry_with
from .errors import raises, refused
from .states import act, state
from .test_procedures import STEP, is_safe, results, secure
from .waiting import eventually


async def start_up(hass: HomeAssistant, entry: MockConfigEntry, **data: Any) -> dict[str, Any]:
    """Start the observatory up and return what became of each step."""
    return await answer(hass, entry, "start_up", **data)


async def test_start_up(
    hass: HomeAssistant, observatory: Observatory, finished: list[dict[str, Any]]
) -> None:
    """Connect, unpark, cool: each confirmed, in this order."""
    async with entry_with(hass, observatory) as entry:
        await act(hass, "button.press", entity_of(hass, entry, "button", "hub_disconnect_all"))
        assert not observatory.camera.connected
        observatory.ledger.reset()
        response = await start_up(hass, entry, temperature=5)
        assert response["ready"]
        assert results(response) == {
            "connect": "done",
            "unpark_mount": "done",
            "cool_camera": "done",
        }
        assert observatory.camera.connected
        assert not observatory.mount.parked
        assert observatory.camera.cooler.on
        assert abs(observatory.camera.cooler.temperature - 5) <= 1
        cooling = [parameters for path, parameters in sent(observatory) if path.endswith("/cool")]
        assert cooling == [{"temperature": "5.0", "minutes": "-1", "cancel": "false"}]
        assert finished[0]["type"] == "start_up_finished"


async def test_start_up_ends_at_the_first_failure(
    hass: HomeAssistant, observatory: Observatory, finished: list[dict[str, Any]]
) -> None:
    """What comes after a failure is not tried."""
    async with entry_with(hass, observatory) as entry:
        await observatory.faults.start("ignored", device="mount")
        with raises("start_up_failed"):
            await start_up(hass, entry, temperature=5, start=True)
        assert results(finished[0]["data"]) == {
            "connect": "done",
            "unpark_mount": "failed",
            "cool_camera": "not_reached",
            "start_sequence": "not_reached",
        }
        assert "/sequence/start" not in paths(observatory)


async def test_start_up_with_a_checklist_on_the_screen(
    hass: HomeAssistant, observatory: Observatory, finished: list[dict[str, Any]]
) -> None:
    """Somebody started the sequence by hand and left: it has not begun, and that is said."""
    async with entry_with(hass, observatory) as entry:
        for device in observatory.devices:
            device.detach()
        await observatory.sequence.start(skip_validation=False)
        await eventually(lambda: observatory.dialogs.texts)
        with raises("start_up_failed"):
            await start_up(hass, entry, start=True)
        (step,) = (each for each in finished[0]["data"]["steps"] if each["result"] == "failed")
        assert (step["step"], step["error"]) == ("start_sequence", "sequence_waiting_for_person")


async def test_start_up_by_the_options(hass: HomeAssistant, observatory: Observatory) -> None:
    """The button takes temperature and sequence from the options."""
    options: dict[str, Any] = {"start_up_temperature": 5, "start_up_sequence": "No such thing"}
    async with entry_with(hass, observatory, **options) as entry:
        with raises("start_up_failed"):
            await act(hass, "button.press", entity_of(hass, entry, "button", "hub_start_up"))
        loads = [parameters for path, parameters in sent(observatory) if path == "/sequence/load"]
        assert loads == [{"sequenceName": "No such thing"}]
        assert "/sequence/start" not in paths(observatory)


async def test_secure_ends_a_start_up(hass: HomeAssistant, observatory: Observatory) -> None:
    """Rain does not wait for the camera to be cold; nothing else begins meanwhile."""
    async with entry_with(hass, observatory) as entry:
        starting = hass.async_create_task(start_up(hass, entry, temperature=-10, start=True))
        await eventually(lambda: state(hass, STEP) == "cool_camera")
        with refused("procedure_under_way"):
            await start_up(hass, entry)
        response = await secure(hass, entry)
        assert response["secured"]
        with raises("overtaken"):
            await starting
        assert is_safe(observatory)
        assert "/sequence/start" not in paths(observatory)
