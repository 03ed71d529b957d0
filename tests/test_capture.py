"""The capture action: one exposure, its statistics, and nothing else taken for it."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.entities.pictures import find_frame
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .commanding import sent
from .conftest import SPEED
from .errors import raises, refused
from .waiting import eventually

CAPTURE = "/equipment/camera/capture"

pytestmark = pytest.mark.usefixtures("quiet")


async def capture(hass: HomeAssistant, entry: MockConfigEntry, **data: Any) -> dict[str, Any]:
    """Take an exposure and return what is said of it."""
    return await hass.services.async_call(
        DOMAIN,
        "capture",
        {"config_entry_id": entry.entry_id, **data},
        blocking=True,
        return_response=True,
    )  # type: ignore[return-value]  # this action always answers


async def test_an_exposure(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Every parameter is spelt out; the answer has the statistics of this very frame."""
    answer = await capture(
        hass, ready, exposure=12.5, gain=200, image_type="light", target_name="M 31", save=True
    )
    assert [parameters for path, parameters in sent(observatory) if path == CAPTURE] == [
        {
            "duration": "12.5",
            "gain": "200",
            "imageType": "LIGHT",
            "targetName": "M 31",
            "solve": "false",
            "save": "true",
            "onlySaveRaw": "false",
            "waitForResult": "true",
            "getResult": "false",
            "omitImage": "true",
        }
    ]
    frame = observatory.images.latest
    assert frame is not None
    assert (frame.seconds, frame.gain, frame.image_type) == (12.5, 200, "LIGHT")
    assert answer["exposure"] == 12.5
    assert answer["statistics"]["stars"] == frame.statistics.stars
    assert answer["statistics"]["mean"] == pytest.approx(frame.statistics.mean, rel=0.01)
    assert answer["frame"]["filename"] == frame.filename


async def test_an_exposure_that_is_not_saved(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """By default a snapshot with the gain of the camera, which leaves no file."""
    answer = await capture(hass, ready, exposure=1)
    assert not observatory.images.frames
    assert answer["frame"] is None
    parameters = observatory.ledger.parameters(CAPTURE)[0]
    assert (parameters["gain"], parameters["imageType"]) == ("0", "SNAPSHOT")


async def test_an_exposure_that_was_not_saved_after_all(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk is full: the frame was taken, and that it is not in the list is an error."""

    async def lose(frame: object) -> object:
        """Save nothing."""
        return frame

    monkeypatch.setattr(observatory.camera.routines, "save", lose)
    with raises("capture_not_saved"):
        await capture(hass, ready, exposure=1, save=True)
    assert observatory.ledger.count(CAPTURE) == 1


async def test_a_saved_frame_of_which_no_event_told(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Its picture can be looked at all the same when the action returns."""
    await observatory.faults.start("socket_refuse")
    await observatory.faults.start("socket_drop")
    await eventually(lambda: not ready.runtime_data.listener.connected)
    frame = (await capture(hass, ready, exposure=1, save=True))["frame"]
    identifier = frame["media_content_id"].rpartition("/")[2]
    found = find_frame(ready.runtime_data.frames, identifier)
    assert ready.runtime_data.frames.data.frames.index(found) == frame["index"]


async def test_an_exposure_without_statistics(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    subtests: pytest.Subtests,
) -> None:
    """The frame was taken anyway."""
    slow = "custom_components.nina_observatory.api.endpoints.camera.SLOW_TIMEOUT"
    monkeypatch.setattr(slow, 0.4)
    for fault in ("html", "empty", "truncated", "unknown_error", "reset", "hang"):
        with subtests.test(fault):
            async with observatory.faults.during(fault, path=f"{CAPTURE}/statistics"):
                answer = await capture(hass, ready, exposure=1)
            assert (answer["exposure"], answer["statistics"]) == (1, None)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"exposure": 0.00002}, "exposure_out_of_range"),
        ({"exposure": 2001}, "exposure_out_of_range"),
        ({"exposure": 86_400}, "exposure_out_of_range"),
        ({"exposure": 1, "gain": 571}, "gain_out_of_range"),
    ],
)
async def test_what_this_camera_cannot_do_is_refused(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    data: dict[str, Any],
    error: str,
) -> None:
    """The limits are those of the driver, and are reported."""
    with refused(error) as raised:
        await capture(hass, ready, **data)
    camera = ready.runtime_data.equipment.data.equipment.camera
    field = "gain" if "gain" in data else "exposure"
    limits = (getattr(camera, f"{field}_min"), getattr(camera, f"{field}_max"))
    filling = raised.value.translation_placeholders or {}
    assert (float(filling["minimum"]), float(filling["maximum"])) == limits
    assert float(filling["value"]) == data[field]
    # Nobody reads 3.2e-05.
    assert not any("e" in filled for filled in filling.values())
    assert sent(observatory) == []


async def test_limits_that_the_driver_does_not_know(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """What is unknown keeps nobody from trying."""
    observatory.clock.speed = 20 * SPEED
    async with observatory.faults.during("nan_everywhere", path="/equipment/info"):
        answer = await capture(hass, ready, exposure=2500, gain=5000)
    assert answer["exposure"] == 2500


async def test_a_busy_camera(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """An exposure under way is not disturbed."""
    observatory.tasks.start(observatory.camera.routines.take(Exposure(900.0, save=False)))
    await eventually(lambda: observatory.camera.exposing)
    with refused("camera_busy"):
        await capture(hass, ready, exposure=1)
    assert sent(observatory) == []


async def test_two_exposures_at_once(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Where N.I.N.A. itself has to refuse one, its word is passed on."""
    first = hass.async_create_task(capture(hass, ready, exposure=100))
    await eventually(lambda: observatory.camera.exposing)
    with refused("camera_busy"):
        await capture(hass, ready, exposure=1)
    assert (await first)["statistics"]


async def test_a_failed_exposure(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """The frame could not be downloaded: an error, not the statistics of another frame."""
    await capture(hass, ready, exposure=1)
    async with observatory.faults.during("failed_capture"):
        with raises("capture_failed"):
            await capture(hass, ready, exposure=1)
    assert observatory.ledger.count(f"{CAPTURE}/statistics") == 1


async def test_an_exposure_of_which_nobody_knows(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """No reading proves an exposure, so without an answer there is none; and it is not repeated."""
    for fault, error in (
        ("html", "capture_refused"),
        ("empty", "capture_refused"),
        ("truncated", "capture_refused"),
        ("reset", "command_lost"),
        ("unknown_error", "capture_failed"),
    ):
        with subtests.test(fault):
            observatory.ledger.reset()
            async with observatory.faults.during(fault, path=CAPTURE):
                with raises(error):
                    await capture(hass, ready, exposure=1)
            assert observatory.ledger.count(CAPTURE) == 1


async def test_a_camera_lost_in_mid_exposure(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """The driver drops out, N.I.N.A. has an error."""
    exposing = hass.async_create_task(capture(hass, ready, exposure=300))
    await eventually(lambda: observatory.camera.exposing)
    await observatory.faults.start("driver_lost", device="camera")
    with raises("capture_failed"):
        await exposing
