"""Procedures whose caller gives up, that are asked for again, or that something ends."""

import asyncio
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.config_validation import SCRIPT_SCHEMA
from homeassistant.helpers.script import Script
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.control.runner import CommandRunner
from custom_components.nina_observatory.roof.roof_issues import roof_issue
from simulator import Observatory

from .commanding import entity_of, paths
from .conftest import NOISY, entry_with, unload
from .errors import raises
from .states import act, state
from .test_procedures import ORDER, STEP, is_safe, results, secure
from .waiting import eventually


async def test_secure_goes_on_without_its_caller(hass: HomeAssistant, imaging: Observatory) -> None:
    """An automation that is restarted in the middle does not leave the roof open."""
    async with entry_with(hass, imaging) as entry:
        imaging.dome.shutter_seconds = 60
        call = hass.async_create_task(secure(hass, entry))
        await eventually(lambda: state(hass, STEP) == "close_roof")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        response = await secure(hass, entry)
        assert response["secured"]
        assert paths(imaging).count("/equipment/dome/close") == 1
        assert paths(imaging).count("/equipment/mount/park") == 1


async def test_a_failure_that_nobody_waits_for_any_more(
    hass: HomeAssistant, imaging: Observatory, caplog: pytest.LogCaptureFixture
) -> None:
    """It is in the log as what it is, not as an error that nobody handled."""
    async with entry_with(hass, imaging) as entry:
        entry.runtime_data.runner.pace.scale = 1 / 60
        await imaging.faults.start("stuck_shutter")
        call = hass.async_create_task(secure(hass, entry))
        await eventually(lambda: state(hass, STEP) == "close_roof")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await eventually(lambda: state(hass, STEP) == "idle")
        assert "close_roof failed" in caplog.text
        assert "Error doing job" not in caplog.text


@pytest.mark.parametrize("action", ["nina_observatory/secure", "cover/close_cover"])
@pytest.mark.parametrize("keys", [("dome_shutter",), ("dome_shutter", "flat_panel_cover")])
async def test_a_caller_that_hangs_up(
    hass: HomeAssistant,
    imaging: Observatory,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    action: str,
    keys: tuple[str, ...],
) -> None:
    """The command goes on, and its failure is a line in the log that names it, without a traceback."""
    assert await async_setup_component(hass, "api", {})
    async with entry_with(hass, imaging) as entry:
        client = await hass_client()
        entry.runtime_data.runner.pace.scale = 1 / 60
        await imaging.faults.start("stuck_shutter")
        covers = [entity_of(hass, entry, "cover", each) for each in keys]
        named = {"entity_id": covers} if "cover" in action else {"config_entry_id": entry.entry_id}
        call = hass.async_create_task(client.post(f"/api/services/{action}", json=named))
        await eventually(lambda: "/equipment/dome/close" in paths(imaging))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        said = covers[0] if "cover" in action else "Observatory: secure"
        await eventually(lambda: f"{said}: " in caplog.text)
        await hass.async_block_till_done()
        assert "exception in shielded future" not in caplog.text
        assert [each for each in caplog.records if each.exc_info and each.name not in NOISY] == []


async def test_a_call_that_is_waited_for_again(hass: HomeAssistant, imaging: Observatory) -> None:
    """Whoever waits only now and then learns that it did not happen, even if it failed in between."""
    async with entry_with(hass, imaging) as entry:
        entry.runtime_data.runner.pace.scale = 1 / 60
        await imaging.faults.start("stuck_shutter")
        call = hass.async_create_task(
            hass.services.async_call(
                DOMAIN, "secure", {"config_entry_id": entry.entry_id}, blocking=True
            )
        )
        done, _ = await asyncio.wait([call], timeout=0.1)
        assert not done
        await eventually(call.done)
        with pytest.raises(asyncio.CancelledError):
            await call


@pytest.mark.parametrize("action", ["nina_observatory.park", "button.press"])
async def test_a_script_stops_at_an_error_that_comes_at_once(
    hass: HomeAssistant,
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    action: str,
) -> None:
    """A script begins a call before it waits for it: an error until then must not be lost."""
    button = entity_of(hass, settled, "button", "mount_park")
    named = {"entity_id": button} if "button" in action else {"config_entry_id": settled.entry_id}
    went_on = async_capture_events(hass, "went_on")
    steps: list[dict[str, Any]] = [{"action": action, "data": named}, {"event": "went_on"}]
    monkeypatch.setattr(CommandRunner, "read_only", True)
    with pytest.raises(ServiceValidationError):
        await Script(hass, SCRIPT_SCHEMA(steps), "Night", "script").async_run(context=Context())
    await hass.async_block_till_done()
    assert went_on == []


@pytest.mark.parametrize("action", ["nina_observatory/secure", "cover/close_cover"])
async def test_a_caller_that_waits_gets_the_error(
    hass: HomeAssistant,
    imaging: Observatory,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    action: str,
) -> None:
    """And so does a script whose own caller has hung up: it must not go on as if all were well."""
    assert await async_setup_component(hass, "api", {})
    async with entry_with(hass, imaging) as entry:
        client = await hass_client()
        entry.runtime_data.runner.pace.scale = 1 / 60
        await imaging.faults.start("stuck_shutter")
        roof = entity_of(hass, entry, "cover", "dome_shutter")
        named = {"entity_id": roof} if "cover" in action else {"config_entry_id": entry.entry_id}
        answered = await client.post(f"/api/services/{action}", json=named)
        assert answered.status == 500
        step = {
            "action": action.replace("/", "."),
            "data": named,
            "continue_on_error": True,
        }
        assert await async_setup_component(
            hass, "script", {"script": {"night": {"sequence": [step]}}}
        )
        imaging.ledger.reset()
        caplog.clear()
        call = hass.async_create_task(client.post("/api/services/script/night", json={}))
        await eventually(lambda: "/equipment/dome/close" in paths(imaging))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await eventually(lambda: state(hass, "script.night") == "off", 60)
        failed = [each for each in caplog.records if each.name.endswith("script.night")]
        assert any("Error" in each.getMessage() for each in failed), caplog.text


async def test_secure_again_while_the_camera_still_warms(
    hass: HomeAssistant, imaging: Observatory
) -> None:
    """The roof was opened again meanwhile: that it was closed an hour ago is no answer."""
    chosen = ["stop_sequence", "park_mount", "close_roof", "warm_camera"]
    async with entry_with(hass, imaging, secure_steps=chosen) as entry:
        first = hass.async_create_task(secure(hass, entry))
        await eventually(lambda: state(hass, STEP) == "warm_camera")
        await act(hass, "cover.open_cover", entity_of(hass, entry, "cover", "dome_shutter"))
        response = await secure(hass, entry)
        assert is_safe(imaging)
        assert set(results(response).values()) == {"done"}
        with raises("overtaken"):
            await first


@pytest.mark.parametrize("last", ORDER[1:])
async def test_unloading_ends_a_procedure(
    hass: HomeAssistant, imaging: Observatory, last: str
) -> None:
    """Nothing is left behind; the caller learns of it, and whoever looks later of the open roof."""
    async with entry_with(hass, imaging) as entry:
        imaging.dome.shutter_seconds = 2000
        imaging.mount.hardware.rate = 0.5 if last == "/equipment/mount/park" else 4.0
        call = hass.async_create_task(secure(hass, entry))
        await eventually(lambda: paths(imaging)[-1:] == [last])
        await unload(hass, entry)
        with raises("unloaded"):
            await call
        assert paths(imaging)[-1] == last
        issue = ir.async_get(hass).async_get_issue(DOMAIN, roof_issue(entry))
        assert issue is not None
        assert issue.translation_placeholders is not None
        assert "unloaded" in issue.translation_placeholders["message"]


async def test_home_assistant_stops_in_the_middle(
    hass: HomeAssistant, imaging: Observatory, finished: list[dict[str, Any]]
) -> None:
    """No further step is begun, and the roof that is still open is reported at the next start."""
    async with entry_with(hass, imaging) as entry:
        imaging.mount.hardware.rate = 0.5
        call = hass.async_create_task(secure(hass, entry))
        await eventually(lambda: "/equipment/mount/park" in paths(imaging))
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        with raises("secure_failed"):
            await call
        assert {step.get("error") for step in finished[0]["data"]["steps"][3:]} == {"unloaded"}
        assert "/equipment/dome/close" not in paths(imaging)
        assert ir.async_get(hass).async_get_issue(DOMAIN, roof_issue(entry)) is not None
