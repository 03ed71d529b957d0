"""Procedures: secure whatever else is broken, and say loudly what could not be proven."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.roof.roof_issues import roof_issue
from simulator import Observatory
from simulator.enums import CoverState, ShutterState
from simulator.flats import FlatPlan

from .commanding import answer, entity_of, paths
from .conftest import SPEED, entry_with
from .errors import raises
from .states import act, attributes, state
from .waiting import eventually

STEP = "sensor.observatory_current_step"
# What protects the observatory: each once, the roof last.
ORDER = ("/sequence/stop", "/equipment/mount/park", "/equipment/dome/close")


async def secure(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Secure the observatory and return what became of each step."""
    return await answer(hass, entry, "secure")


def results(response: dict[str, Any]) -> dict[str, str]:
    """Return the result of each step."""
    return {step["step"]: step["result"] for step in response["steps"]}


def is_safe(observatory: Observatory) -> bool:
    """Return whether nothing can happen to the observatory any more."""
    return observatory.dome.shutter is ShutterState.CLOSED and observatory.mount.parked


async def test_secure_in_the_middle_of_the_night(
    hass: HomeAssistant, imaging: Observatory, finished: list[dict[str, Any]]
) -> None:
    """Everything ends, the mount is parked before the roof closes, and all of it is reported."""
    async with entry_with(hass, imaging) as entry:
        imaging.ledger.reset()
        response = await secure(hass, entry)
        assert is_safe(imaging)
        assert imaging.flat_panel.cover is CoverState.CLOSED
        assert not imaging.sequence.running
        assert not imaging.guider.guiding
        assert not imaging.camera.exposing
        assert response["secured"]
        assert response["roof_closed"]
        assert set(results(response).values()) == {"done"}
        assert list(results(response)) == [
            "stop_sequence",
            "stop_guiding",
            "abort_exposure",
            "park_mount",
            "close_cover",
            "close_roof",
        ]
        order = paths(imaging)
        assert order[0] == "/sequence/stop"
        assert order.index("/equipment/mount/park") < order.index("/equipment/dome/close")
        assert order.count("/equipment/dome/close") == 1
        assert [event["type"] for event in finished] == ["secure_finished"]
        assert finished[0]["data"] == response
        assert finished[0]["entry_id"] == entry.entry_id
        assert ir.async_get(hass).async_get_issue(DOMAIN, roof_issue(entry)) is None


@pytest.mark.parametrize(
    ("faults", "failed"),
    [
        pytest.param({"driver_lost": {"device": "guider"}}, set(), id="guider dead"),
        pytest.param({"driver_lost": {"device": "camera"}}, set(), id="camera gone"),
        pytest.param({"driver_lost": {"device": "flat_panel"}}, set(), id="flat panel gone"),
        pytest.param(
            {"ignored": {"device": "flat_panel"}}, {"close_cover"}, id="flat panel jammed"
        ),
        pytest.param({"socket_refuse": {}, "socket_drop": {}}, set(), id="stream dead"),
        # The stop is sent anyway, and its event proves it.
        pytest.param({"unknown_error": {"path": "/sequence/json"}}, set(), id="sequence broken"),
        pytest.param({"slow": {"seconds": 0.2}}, set(), id="slow server"),
    ],
)
async def test_secure_in_spite_of_what_is_broken(
    hass: HomeAssistant,
    imaging: Observatory,
    faults: dict[str, dict[str, Any]],
    failed: set[str],
) -> None:
    """The mount is parked and the roof closed, whatever else does not work."""
    async with entry_with(hass, imaging) as entry:
        for name, options in faults.items():
            await imaging.faults.start(name, **options)
        response = await secure(hass, entry)
        await imaging.faults.clear()
        assert is_safe(imaging)
        assert response["secured"]
        assert {step for step, result in results(response).items() if result == "failed"} == failed
        order = [path for path in paths(imaging) if path in ORDER]
        assert order == list(ORDER)
        await eventually(lambda: not imaging.sequence.running and not imaging.ledger.pending)


async def test_secure_while_flats_are_taken(hass: HomeAssistant, socket_enabled: None) -> None:
    """They are stopped like a sequence, or the panel would be opened and lit again."""
    async with Observatory(port=0, speed=SPEED, scenario="flats_at_dawn") as dawn:
        dawn.dome.put_shutter(1.0)
        dawn.mount.hardware.parked = False
        async with entry_with(hass, dawn) as entry:
            await eventually(lambda: dawn.flats.running and dawn.camera.exposing)
            dawn.ledger.reset()
            response = await secure(hass, entry)
            assert set(results(response).values()) == {"done"}
            assert is_safe(dawn)
            assert not dawn.camera.exposing
            assert paths(dawn).count("/flats/stop") == 1


async def test_secure_with_flats_that_do_not_stop(
    hass: HomeAssistant, imaging: Observatory, finished: list[dict[str, Any]]
) -> None:
    """That is reported, and the sequence is stopped and the roof closed anyway."""
    async with entry_with(hass, imaging) as entry:
        imaging.flats.start(FlatPlan("trained", 500, None, 900.0, keep_closed=True))
        await imaging.faults.start("unknown_error", path="/flats/stop")
        with raises("secure_failed"):
            await secure(hass, entry)
        assert is_safe(imaging)
        assert not imaging.sequence.running
        assert finished[0]["data"]["imaging_stopped"] is False
        assert results(finished[0]["data"])["stop_sequence"] == "failed"


async def test_secure_with_a_guider_that_refuses(hass: HomeAssistant, imaging: Observatory) -> None:
    """A step that fails is reported, and does not keep the others from being done."""
    async with entry_with(hass, imaging) as entry:
        await act(hass, f"{DOMAIN}.stop_sequence", config_entry_id=entry.entry_id)
        imaging.guider.routines.put("Guiding")
        await imaging.faults.start("unknown_error", path="/equipment/guider/stop")
        response = await secure(hass, entry)
        assert is_safe(imaging)
        assert response["secured"]
        assert {step["step"]: step.get("error") for step in response["steps"]} == {
            **dict.fromkeys(results(response)),
            "stop_guiding": "stop_guiding_denied",
        }
        assert imaging.guider.state != "Stopped"


async def test_secure_with_a_connection_that_fails_at_first(
    hass: HomeAssistant, imaging: Observatory
) -> None:
    """What matters is tried again when nothing but the connection was at fault."""
    async with entry_with(hass, imaging) as entry:
        await imaging.faults.start("reset", path="/equipment/info", count=4)
        response = await secure(hass, entry)
        assert is_safe(imaging)
        assert response["secured"]


async def test_secure_with_a_reading_that_fails_when_the_roof_is_to_be_closed(
    hass: HomeAssistant, imaging: Observatory
) -> None:
    """It is read again, and then closed once."""
    async with entry_with(hass, imaging, secure_steps=["close_roof"]) as entry:
        imaging.mount.hardware.park_by_hand()
        imaging.mount.refresh()
        imaging.ledger.reset()
        # All devices at once, and one by one.
        trouble = await imaging.faults.start("html", path="/equipment/*info", count=12)
        assert (await secure(hass, entry))["secured"]
        assert trouble.spent
        assert paths(imaging) == ["/equipment/dome/close"]


async def test_secure_in_spite_of_a_fault_in_a_step(
    hass: HomeAssistant, imaging: Observatory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake in the program keeps no roof open either."""
    monkeypatch.setattr("custom_components.nina_observatory.procedures.secure.STOP_GUIDING", None)
    async with entry_with(hass, imaging) as entry:
        response = await secure(hass, entry)
        assert is_safe(imaging)
        assert response["secured"]
        assert results(response)["stop_guiding"] == "failed"


@pytest.mark.parametrize("fixed", [True, False], ids=["no dome", "no shutter"])
async def test_secure_without_a_roof(
    hass: HomeAssistant, imaging: Observatory, finished: list[dict[str, Any]], *, fixed: bool
) -> None:
    """Then all hangs on the mount; nothing is said of a roof, and nothing sent to one."""
    imaging.dome.can_set_shutter = False
    if fixed:
        imaging.dome.detach()
        imaging.dome.driver = imaging.dome.drivers[0]
    imaging.dome.refresh()
    async with entry_with(hass, imaging) as entry:
        entry.runtime_data.runner.pace.scale = 1 / 60
        await imaging.faults.start("ignored", device="mount")
        with raises("secure_failed"):
            await secure(hass, entry)
        await imaging.faults.clear()
        assert (await secure(hass, entry))["secured"]
        assert imaging.mount.parked
        for end in finished:
            assert end["data"]["roof_closed"] is None
            assert results(end["data"])["close_roof"] == "absent"
        assert ir.async_get(hass).async_get_issue(DOMAIN, roof_issue(entry)) is None
        assert not [path for path in paths(imaging) if path.startswith("/equipment/dome")]


async def test_what_does_not_disconnect_is_told_when_the_rest_is_disconnected(
    hass: HomeAssistant, imaging: Observatory
) -> None:
    """The observatory is secured anyway."""
    steps = ["stop_sequence", "park_mount", "close_roof", "disconnect"]
    async with entry_with(hass, imaging, secure_steps=steps) as entry:
        await imaging.faults.start("unknown_error", path="/equipment/guider/disconnect")
        response = await secure(hass, entry)
        assert response["secured"]
        assert results(response)["disconnect"] == "failed"
        assert imaging.guider.connected
        assert not imaging.mount.connected


async def test_secure_what_is_secure_already(hass: HomeAssistant, observatory: Observatory) -> None:
    """Nothing moves, and nothing is sent but stops that may end what cannot be seen."""
    async with entry_with(hass, observatory) as entry:
        await act(hass, "cover.close_cover", entity_of(hass, entry, "cover", "flat_panel_cover"))
        observatory.ledger.reset()
        response = await secure(hass, entry)
        assert response["secured"]
        assert paths(observatory) == ["/sequence/stop"]


async def test_a_mount_that_is_stuck_keeps_the_roof_open(
    hass: HomeAssistant, imaging: Observatory, finished: list[dict[str, Any]]
) -> None:
    """By default the roof never closes over a telescope; that is told in every way there is."""
    async with entry_with(hass, imaging) as entry:
        entry.runtime_data.runner.pace.scale = 1 / 60
        await imaging.faults.start("ignored", device="mount")
        with raises("secure_failed"):
            await secure(hass, entry)
        assert imaging.dome.shutter is ShutterState.OPEN
        assert "/equipment/dome/close" not in paths(imaging)
        data = finished[0]["data"]
        assert not data["secured"]
        assert data["roof_closed"] is False
        errors = {step["step"]: step.get("error") for step in data["steps"]}
        assert errors["park_mount"] == "park_mount_unproven"
        assert errors["close_roof"] == "roof_left_open"
        issue = ir.async_get(hass).async_get_issue(DOMAIN, roof_issue(entry))
        assert issue is not None
        # Both of what went wrong, in sentences.
        assert (
            ". Closing the roof: The roof was not closed because "
            in (issue.translation_placeholders or {})["message"]
        )


@pytest.mark.parametrize(
    "options", [{"secure_unparked": "close_anyway"}, {"roof_interlock": "allow"}]
)
async def test_a_mount_that_is_stuck_under_a_roof_that_clears_it(
    hass: HomeAssistant,
    imaging: Observatory,
    finished: list[dict[str, Any]],
    options: dict[str, Any],
) -> None:
    """Where the user says that nothing can collide the roof closes anyway; that is reported."""
    async with entry_with(hass, imaging, **options) as entry:
        entry.runtime_data.runner.pace.scale = 1 / 60
        await imaging.faults.start("ignored", device="mount")
        with raises("secure_failed"):
            await secure(hass, entry)
        assert imaging.dome.shutter is ShutterState.CLOSED
        data = finished[0]["data"]
        assert (data["mount_parked"], data["roof_closed"]) == (False, True)
        assert results(data)["park_mount"] == "failed"
        assert results(data)["close_roof"] == "done"
        assert ir.async_get(hass).async_get_issue(DOMAIN, roof_issue(entry)) is None


async def test_a_mount_that_is_gone_is_not_parked(
    hass: HomeAssistant, imaging: Observatory, finished: list[dict[str, Any]]
) -> None:
    """A mount that was there yesterday may be in the way today."""
    async with entry_with(hass, imaging) as entry:
        await imaging.faults.start("driver_lost", device="mount")
        with raises("secure_failed"):
            await secure(hass, entry)
        assert imaging.dome.shutter is ShutterState.OPEN
        errors = {step["step"]: step.get("error") for step in finished[0]["data"]["steps"]}
        assert errors["park_mount"] in ("mount_not_connected", "mount_lost")


@pytest.mark.parametrize("mode", ["ignore", "jam", "endless"])
async def test_a_stuck_shutter_is_told_loudly(
    hass: HomeAssistant, imaging: Observatory, finished: list[dict[str, Any]], mode: str
) -> None:
    """An error, an event and a repair issue, which goes when the roof reads closed."""
    async with entry_with(hass, imaging) as entry:
        entry.runtime_data.runner.pace.scale = 1 / 60
        await imaging.faults.start("stuck_shutter", mode=mode)
        with raises("secure_failed"):
            await secure(hass, entry)
        assert imaging.mount.parked
        assert results(finished[0]["data"])["close_roof"] == "failed"
        issue = ir.async_get(hass).async_get_issue(DOMAIN, roof_issue(entry))
        assert issue is not None
        assert issue.severity is ir.IssueSeverity.CRITICAL
        assert issue.translation_placeholders is not None
        assert "Closing the roof: The " in issue.translation_placeholders["message"]
        await imaging.faults.clear()
        imaging.dome.put_shutter(0.0)
        imaging.dome.refresh()
        await act(hass, "button.press", entity_of(hass, entry, "button", "hub_refresh"))
        await eventually(
            lambda: ir.async_get(hass).async_get_issue(DOMAIN, roof_issue(entry)) is None
        )


async def test_secure_without_a_server(
    hass: HomeAssistant, imaging: Observatory, finished: list[dict[str, Any]]
) -> None:
    """With nobody to talk to nothing is proven, and that is said."""
    async with entry_with(hass, imaging) as entry:
        await imaging.faults.start("refuse")
        with raises("secure_failed"):
            await secure(hass, entry)
        data = finished[0]["data"]
        assert data["roof_closed"] is False
        assert {step["error"] for step in data["steps"]} == {"cannot_connect"}
        assert ir.async_get(hass).async_get_issue(DOMAIN, roof_issue(entry)) is not None


async def test_the_issue_goes_with_its_observatory(
    hass: HomeAssistant, imaging: Observatory
) -> None:
    """It outlives a restart, but not the removal of the entry."""
    async with entry_with(hass, imaging) as entry:
        entry.runtime_data.runner.pace.scale = 1 / 60
        await imaging.faults.start("ignored", device="mount")
        with raises("secure_failed"):
            await secure(hass, entry)
        issue = ir.async_get(hass).async_get_issue(DOMAIN, roof_issue(entry))
        assert issue is not None
        assert issue.is_persistent
        await hass.config_entries.async_remove(entry.entry_id)
        assert ir.async_get(hass).async_get_issue(DOMAIN, roof_issue(entry)) is None


async def test_only_the_chosen_steps_are_done(hass: HomeAssistant, imaging: Observatory) -> None:
    """Steps can be left out; warming and disconnecting can be added."""
    chosen = ["stop_sequence", "park_mount", "close_roof", "warm_camera", "disconnect"]
    async with entry_with(hass, imaging, secure_steps=chosen) as entry:
        response = await secure(hass, entry)
        assert list(results(response)) == chosen
        assert set(results(response).values()) == {"done"}
        assert imaging.flat_panel.cover is CoverState.OPEN
        assert not imaging.camera.cooler.on
        assert not imaging.camera.connected
        assert not imaging.mount.connected
        assert imaging.dome.connected
        assert imaging.safety_monitor.connected


async def test_nothing_is_disconnected_under_an_open_roof(
    hass: HomeAssistant, imaging: Observatory, finished: list[dict[str, Any]]
) -> None:
    """What may still be needed stays connected."""
    options = {"secure_steps": ["park_mount", "close_roof", "disconnect"]}
    async with entry_with(hass, imaging, **options) as entry:
        entry.runtime_data.runner.pace.scale = 1 / 60
        await imaging.faults.start("ignored", device="mount")
        with raises("secure_failed"):
            await secure(hass, entry)
        assert results(finished[0]["data"])["disconnect"] == "not_reached"
        assert imaging.mount.connected


@pytest.mark.parametrize("version", ["2.0.1", "2.1.0.0", "2.2.7.0"])
async def test_secure_by_an_old_plugin(
    hass: HomeAssistant, socket_enabled: None, version: str
) -> None:
    """What it cannot do is not there to be done; the mount is parked and the roof closed."""
    night = Observatory(port=0, speed=SPEED, scenario="clear_night", version=version)
    async with night as old, entry_with(hass, old) as entry:
        response = await secure(hass, entry)
        assert is_safe(old)
        assert not old.sequence.running
        assert response["secured"]
        # Before 2.1 neither a reading nor an event shows whether guiding has stopped.
        unproven = {"stop_guiding"} if version == "2.0.1" else set()
        assert {
            step for step, result in results(response).items() if result == "failed"
        } == unproven
        assert set(results(response).values()) <= {"done", "absent", "failed"}
        assert paths(old).count("/equipment/guider/stop") >= 1
        assert [path for path in paths(old) if path in ORDER] == list(ORDER)


async def test_progress_is_shown(hass: HomeAssistant, imaging: Observatory) -> None:
    """The sensor shows the step, and afterward what became of each."""
    async with entry_with(hass, imaging) as entry:
        assert state(hass, STEP) == "idle"
        call = hass.async_create_task(secure(hass, entry))
        await eventually(lambda: state(hass, STEP) == "park_mount")
        assert attributes(hass, STEP)["procedure"] == "secure"
        assert 0 < attributes(hass, STEP)["progress"] < 100
        response = await call
        assert state(hass, STEP) == "idle"
        assert attributes(hass, STEP)["progress"] == 100
        assert attributes(hass, STEP)["steps"] == response["steps"]


async def test_secure_by_its_button(hass: HomeAssistant, imaging: Observatory) -> None:
    """The button does what the action does."""
    async with entry_with(hass, imaging) as entry:
        await act(hass, "button.press", entity_of(hass, entry, "button", "hub_secure"))
        assert is_safe(imaging)
