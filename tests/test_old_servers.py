"""Old servers do what they can; what no reading shows there is N.I.N.A.'s word."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Observatory
from simulator.devices.autofocus import Autofocus
from simulator.enums import CameraState, TrackingMode
from simulator.routing import Endpoint

from .action_cases import degrees, guided, high, synced, under_the_stars, unparked
from .commanding import answer, call, entity_of, prepare, sent
from .conftest import SPEED, UNHURRIED, make_entry, set_up, unload
from .errors import raises, refused
from .states import act, state
from .waiting import eventually

CAPTURE = "/equipment/camera/capture"
# The first one, and those that still neither wait for a capture nor announce its end.
SILENT = ("2.0.1", "2.1.0", "2.1.5")


@asynccontextmanager
async def rig_of(
    hass: HomeAssistant, version: str
) -> AsyncIterator[tuple[Observatory, MockConfigEntry]]:
    """Set up an entry for a server of a version."""
    async with Observatory(
        port=0, scheduler_port=0, speed=SPEED, scenario="idle", version=version
    ) as observatory:
        entry = make_entry(observatory)
        await set_up(hass, entry)
        listener = entry.runtime_data.listener
        await eventually(lambda: listener.caught_up and not observatory.ledger.pending)
        entry.runtime_data.runner.pace.scale = UNHURRIED
        observatory.ledger.reset()
        yield observatory, entry
        await unload(hass, entry)


def captures(observatory: Observatory) -> list[dict[str, str]]:
    """Return the parameters of the exposures that were started."""
    asked = observatory.ledger.parameters(CAPTURE)
    return [each for each in asked if each["getResult"] == "false"]


@pytest.mark.parametrize("version", SILENT)
@pytest.mark.usefixtures("socket_enabled")
async def test_an_exposure_is_followed_to_its_result(hass: HomeAssistant, version: str) -> None:
    """The server only starts it; the result is asked for until there is a new one."""
    async with rig_of(hass, version) as (observatory, entry):
        prepare(observatory, under_the_stars)
        for number in (1, 2):
            response = await answer(hass, entry, "capture", exposure=30, solve=True)
            assert not observatory.camera.exposing
            assert response["plate_solve"]["success"]
            assert "right_ascension" in response["plate_solve"]["coordinates"]
            assert response["picture"]
            assert response["media_content_id"]
            assert len(captures(observatory)) == number
        assert captures(observatory)[0]["waitForResult"] == "false"
        # What nobody looks at is asked for as small as can be.
        results = observatory.ledger.parameters(CAPTURE)
        assert all(each["resize"] == "true" for each in results if each["getResult"] == "true")


@pytest.mark.parametrize("version", SILENT)
@pytest.mark.usefixtures("socket_enabled")
async def test_the_result_of_another_exposure_is_not_taken_for_it(
    hass: HomeAssistant, version: str
) -> None:
    """After a failure the server goes on returning what was before, without a hint."""
    async with rig_of(hass, version) as (observatory, entry):
        await answer(hass, entry, "capture", exposure=1)
        task = hass.async_create_task(answer(hass, entry, "capture", exposure=60))
        await eventually(lambda: observatory.camera.exposing)
        observatory.camera.routines.abort()
        with raises("capture_unconfirmed"):
            await task


@pytest.mark.usefixtures("socket_enabled")
async def test_the_first_exposure_fails(hass: HomeAssistant) -> None:
    """There is no result at all."""
    async with rig_of(hass, "2.0.1") as (observatory, entry):
        task = hass.async_create_task(answer(hass, entry, "capture", exposure=60))
        await eventually(lambda: observatory.camera.exposing)
        observatory.camera.routines.abort()
        with raises("capture_failed"):
            await task


@pytest.mark.usefixtures("socket_enabled")
async def test_an_exposure_whose_questions_get_lost(hass: HomeAssistant) -> None:
    """One lost answer is no failure."""
    async with rig_of(hass, "2.0.1") as (observatory, entry):
        task = hass.async_create_task(answer(hass, entry, "capture", exposure=60))
        await eventually(lambda: observatory.camera.exposing)
        async with observatory.faults.during("reset", path=CAPTURE):
            before = observatory.ledger.count(CAPTURE)
            await eventually(lambda: observatory.ledger.count(CAPTURE) > before + 2)
        assert (await task)["exposure"] == 60


@pytest.mark.usefixtures("socket_enabled")
async def test_what_an_old_server_would_leave_out(hass: HomeAssistant) -> None:
    """It is refused rather than done in another way."""
    async with rig_of(hass, "2.0.1") as (observatory, entry):
        for fields in ({"gain": 5}, {"save": True}, {"image_type": "dark"}, {"filter": "Ha"}):
            with refused("plugin_too_old"):
                await call(hass, entry, "capture", exposure=1, **fields)
        with refused("plugin_too_old"):
            await call(hass, entry, "start_guiding", calibrate=True)
        assert sent(observatory) == []


@pytest.mark.parametrize("version", ["2.0.1", "2.1.0", "2.1.5"])
@pytest.mark.usefixtures("socket_enabled", "impatient_eye")
async def test_autofocus(hass: HomeAssistant, version: str) -> None:
    """It returns when the run has ended; old servers announce no success."""
    async with rig_of(hass, version) as (observatory, entry):
        prepare(observatory, under_the_stars)
        await call(hass, entry, "autofocus")
        assert observatory.autofocus.report is not None
        assert [path for path, _ in sent(observatory)] == ["/equipment/focuser/auto-focus"]


@pytest.mark.parametrize("version", ["2.0.1", "2.1.0", "2.1.5"])
@pytest.mark.usefixtures("socket_enabled", "impatient_eye")
async def test_an_autofocus_that_takes_its_time(
    hass: HomeAssistant, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two of its frames all rests: when it goes on, nobody else disturbed it."""
    measure = Autofocus._hfr

    async def measure_slowly(self: Any, seconds: float) -> float:
        """Work on the frame for so long that everybody sees that all rests."""
        size = await measure(self, seconds)
        for device in (self.focuser, self.camera):
            device.refresh()
        await self.focuser.clock.sleep(40)
        return size

    monkeypatch.setattr(Autofocus, "_hfr", measure_slowly)
    async with rig_of(hass, version) as (observatory, entry):
        prepare(observatory, under_the_stars)
        await call(hass, entry, "autofocus")
        assert observatory.autofocus.report is not None
        assert [path for path, _ in sent(observatory)] == ["/equipment/focuser/auto-focus"]


@pytest.fixture
def impatient_eye(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have autofocus runs measure stars without pictures of them."""

    async def measure(self: Any, seconds: float) -> float:
        """Return how large stars are where the focuser stands."""
        focuser, camera = self.focuser, self.camera
        camera.begin_exposure(seconds)
        await camera.clock.sleep(seconds)
        camera.end_exposure(CameraState.IDLE)
        return float(1.8 + ((focuser.position - 20110) / 400) ** 2)

    monkeypatch.setattr("simulator.devices.autofocus.Autofocus._hfr", measure)


@pytest.mark.usefixtures("socket_enabled")
async def test_an_autofocus_that_does_nothing(hass: HomeAssistant) -> None:
    """No frame was taken, so nothing was focused."""
    async with rig_of(hass, "2.0.1") as (observatory, entry):
        prepare(observatory, under_the_stars)
        await observatory.faults.start("not_done", path="/equipment/focuser/auto-focus")
        with raises("autofocus_unproven"):
            await call(hass, entry, "autofocus")


@pytest.mark.parametrize("version", ["2.0.1", "2.1.0", "2.1.4"])
@pytest.mark.usefixtures("socket_enabled")
async def test_guiding(hass: HomeAssistant, version: str) -> None:
    """It starts and stops; before 2.1 N.I.N.A.'s answer is all there is."""
    async with rig_of(hass, version) as (observatory, entry):
        prepare(observatory, under_the_stars)
        await call(hass, entry, "start_guiding")
        assert observatory.guider.guiding
        await call(hass, entry, "stop_guiding")
        assert not observatory.guider.guiding
        assert [path for path, _ in sent(observatory)] == [
            "/equipment/guider/start",
            "/equipment/guider/stop",
        ]


@pytest.mark.usefixtures("socket_enabled")
async def test_guiding_that_is_not_confirmed(hass: HomeAssistant) -> None:
    """A refusal of N.I.N.A. is one, though nothing else is known."""
    async with rig_of(hass, "2.0.1") as (observatory, entry):
        prepare(observatory, guided)
        async with observatory.faults.during("quiet_failure", path="/equipment/guider/*"):
            with raises("start_guiding_failed"):
                await call(hass, entry, "start_guiding")
            with raises("stop_guiding_failed"):
                await call(hass, entry, "stop_guiding")


@pytest.mark.usefixtures("socket_enabled")
async def test_a_start_of_guiding_that_is_not_announced(hass: HomeAssistant) -> None:
    """With an event that would show it, the answer alone is not enough."""
    async with rig_of(hass, "2.1.0") as (observatory, entry):
        prepare(observatory, under_the_stars)
        await observatory.faults.start("not_done", path="/equipment/guider/start")
        with raises("guider_unread"):
            await call(hass, entry, "start_guiding")


@pytest.mark.usefixtures("socket_enabled")
async def test_the_rotator(hass: HomeAssistant) -> None:
    """It is turned, and its reading proves it."""
    async with rig_of(hass, "2.0.1") as (observatory, entry):
        prepare(observatory, synced)
        await call(hass, entry, "move_rotator", position=70)
        assert abs(observatory.rotator.position - 70) < 0.1
        await call(hass, entry, "move_rotator", position=80, mechanical=True)
        assert abs(observatory.rotator.mechanical - 80) < 0.1


@pytest.mark.parametrize("version", ["2.0.1", "2.1.0", "2.2.1"])
@pytest.mark.usefixtures("socket_enabled", "everything_on")
async def test_the_page_of_the_window(hass: HomeAssistant, version: str) -> None:
    """It is switched; which one is shown older servers do not tell."""
    async with rig_of(hass, version) as (observatory, entry):
        select = entity_of(hass, entry, "select", "hub_tab")
        await act(hass, "select.select_option", select, option="sky_atlas")
        assert observatory.application.tab == "skyatlas"
        assert state(hass, select) == "unknown"


@pytest.mark.usefixtures("socket_enabled")
async def test_the_rotator_of_the_first_releases(hass: HomeAssistant) -> None:
    """All its routes were broken, so that it is not known whether there is one."""
    async with rig_of(hass, "2.0.0.2") as (_, entry):
        for fields in ({"position": 70}, {"position": 70, "mechanical": True}):
            with refused("plugin_too_old"):
                await call(hass, entry, "move_rotator", **fields)
        with refused("plugin_too_old"):
            await call(hass, entry, "connect", device="rotator")


@pytest.mark.usefixtures("socket_enabled")
async def test_a_rotator_that_is_not_connected(hass: HomeAssistant) -> None:
    """That an old server says so is another thing."""
    async with rig_of(hass, "2.0.1") as (observatory, entry):
        prepare(observatory, lambda each: each.rotator.detach())
        with refused("rotator_not_connected"):
            await call(hass, entry, "move_rotator", position=70)


@pytest.mark.usefixtures("socket_enabled")
async def test_an_autofocus_whose_failure_is_announced(
    hass: HomeAssistant, impatient_eye: None
) -> None:
    """Frames were taken and all rests, and it is no success."""
    async with rig_of(hass, "2.0.1") as (observatory, entry):
        prepare(observatory, under_the_stars)
        task = hass.async_create_task(call(hass, entry, "autofocus"))
        await eventually(lambda: observatory.autofocus.running)
        await observatory.events.emit("ERROR-AF")
        with raises("autofocus_unproven"):
            await task


ANNOUNCED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("move_focuser", {"position": 21000}),
    ("set_framing", {"right_ascension": 10.7, "declination": 41.3}),
    ("slew_to_framing", {}),
)


@pytest.mark.parametrize("version", ["2.0.0.2", "2.0.1"])
@pytest.mark.usefixtures("socket_enabled")
async def test_what_was_announced_and_never_released(hass: HomeAssistant, version: str) -> None:
    """Nothing tells servers before 2.1 apart, so they are asked, and say themselves."""
    async with rig_of(hass, version) as (observatory, entry):
        prepare(observatory, unparked)
        for action, fields in ANNOUNCED:
            with refused("plugin_too_old") as raised:
                await call(hass, entry, action, **fields)
            placeholders = {"needed": "2.1", "installed": "2.0"}
            assert raised.value.translation_placeholders == placeholders


@pytest.mark.usefixtures("socket_enabled")
async def test_a_development_version_that_has_what_was_announced(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it can do, it does."""
    since = Endpoint.exists_in

    def exists(endpoint: Endpoint, dialect: Any) -> bool:
        """Serve it already."""
        announced = endpoint.path.startswith("/framing/") or endpoint.path == "move"
        return announced or since(endpoint, dialect)

    monkeypatch.setattr(Endpoint, "exists_in", exists)
    async with rig_of(hass, "2.0.1") as (observatory, entry):
        await call(hass, entry, "move_focuser", position=21000)
        assert observatory.focuser.position == 21000
        prepare(observatory, under_the_stars)
        observatory.mount.hardware.track(TrackingMode.SIDEREAL)
        observatory.application.tab = "framing"
        target = high(observatory, -3.0)
        await call(hass, entry, "set_framing", **degrees(target), rotation=20)
        await call(hass, entry, "slew_to_framing", center=True)
        assert {path for path, _ in sent(observatory)} >= {
            "/framing/set-coordinates",
            "/framing/set-rotation",
            "/framing/slew",
        }
