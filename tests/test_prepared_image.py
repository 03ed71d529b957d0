"""What N.I.N.A. shows: a picture that it did not save is the latest image while it is the newest."""

import asyncio
from collections.abc import Callable
from io import BytesIO

from homeassistant.components.camera import async_get_image
from homeassistant.components.image import async_get_image as async_get_picture
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.nina_observatory.readings import frames as frames_module
from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.images import Frame

from .commanding import answer, call
from .conftest import SPEED, make_entry, set_up, unload
from .states import attributes, state, stream_lost, until
from .waiting import eventually

CAMERA = "camera.observatory_imaging_latest_image_camera"
IMAGE = "image.observatory_imaging_latest_image"
PREPARED = "/prepared-image"

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell at once of what may be saved in a moment."""
    monkeypatch.setattr(frames_module, "SAVED_WITHIN", 0.2)


async def take(observatory: Observatory, *, save: bool = False, seconds: float = 2) -> Frame:
    """Take a frame, such as one of focusing."""
    kind = "LIGHT" if save else "SNAPSHOT"
    frame = await observatory.camera.routines.take(Exposure(seconds, kind, "M 31", save=save))
    assert frame is not None
    return frame


def heard(entry: MockConfigEntry, pictures: int) -> Callable[[], bool]:
    """Return what tells whether so many pictures were heard of."""
    names = [event.name for event in entry.runtime_data.listener.recent]
    before = names.count("IMAGE-PREPARED")

    def since() -> bool:
        """Tell it."""
        recent = entry.runtime_data.listener.recent
        return [event.name for event in recent].count("IMAGE-PREPARED") - before >= pictures

    return since


def saved_frames(entry: MockConfigEntry, wanted: int) -> Callable[[], bool]:
    """Return what tells whether so many frames are known."""
    return lambda: len(entry.runtime_data.frames.data.frames) == wanted


async def shown(hass: HomeAssistant, width: int = 640) -> bytes:
    """Return what the camera shows."""
    image = await async_get_image(hass, CAMERA, width=width)
    assert Image.open(BytesIO(image.content)).format == "JPEG"
    return image.content


async def test_a_picture_that_is_not_saved(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """It is there with its event, asked for when somebody looks, and once for all who do."""
    assert (state(hass, CAMERA), state(hass, IMAGE)) == ("unavailable", "unknown")
    began = dt_util.utcnow()
    await take(observatory)
    await until(hass, CAMERA, "idle")
    assert began.isoformat() <= state(hass, IMAGE) <= dt_util.utcnow().isoformat()
    assert attributes(hass, CAMERA)["saved"] is False
    assert attributes(hass, IMAGE)["saved"] is False
    assert not observatory.ledger.count(PREPARED)
    pictures = await asyncio.gather(*(shown(hass) for _ in range(20)))
    assert len(set(pictures)) == 1
    assert observatory.ledger.parameters(PREPARED) == [
        {
            "quality": "85",
            "resize": "true",
            "size": "640x640",
            "autoPrepare": "true",
            "stream": "true",
        }
    ]
    assert (await async_get_picture(hass, IMAGE)).content_type == "image/jpeg"
    assert observatory.ledger.count(PREPARED) == 2
    assert not [path for path in observatory.ledger.counts if "/image/" in path]


async def test_one_after_the_other(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Saved and unsaved in turn: the newest is shown, each as it is."""
    await take(observatory, save=True)
    await until(hass, CAMERA, "idle")
    assert attributes(hass, CAMERA)["saved"] is True
    saved = await shown(hass)
    assert observatory.ledger.count("/image/0") == 1
    for pictures in (1, 2):
        arrived = heard(ready, 1)
        await take(observatory, seconds=20 * pictures)
        await eventually(arrived)
        assert await shown(hass) != saved
        assert observatory.ledger.count(PREPARED) == pictures
        await eventually(lambda: attributes(hass, CAMERA)["saved"] is False)
    await take(observatory, save=True)
    await eventually(lambda: attributes(hass, CAMERA)["saved"] is True)
    await shown(hass)
    assert observatory.ledger.count("/image/1") == 1
    newest = ready.runtime_data.frames.data.frames[-1]
    assert state(hass, IMAGE) == newest.date.isoformat()
    assert observatory.ledger.count(PREPARED) == 2


async def test_a_frame_that_is_saved_is_told_once(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That it was prepared a moment before is nothing that anybody has to fetch."""
    monkeypatch.setattr(frames_module, "SAVED_WITHIN", 60.0)
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    for number in (1, 2, 3):
        await take(observatory, save=True)
        await eventually(saved_frames(ready, number))
    dates = [frame.date.isoformat() for frame in ready.runtime_data.frames.data.frames]
    told = [change.data["new_state"] for change in changes if change.data["entity_id"] == IMAGE]
    assert [new.state for new in told if new is not None] == dates
    assert not observatory.ledger.count(PREPARED)


async def test_saved_before_it_was_prepared(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """The two events come in either order; what N.I.N.A. shows is right in both."""
    frame = await take(observatory)
    await until(hass, CAMERA, "idle")
    observatory.images.prepared = None
    await observatory.camera.routines.save(frame)
    await eventually(lambda: attributes(hass, CAMERA)["saved"] is True)
    saved = await shown(hass)
    observatory.images.prepared = frame
    await observatory.events.emit("IMAGE-PREPARED")
    await eventually(lambda: attributes(hass, CAMERA)["saved"] is False)
    assert await shown(hass) == saved


async def test_another_one_while_it_is_fetched(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Whoever looks again sees the new one."""
    await take(observatory)
    await until(hass, CAMERA, "idle")
    arrived = heard(ready, 1)
    async with observatory.faults.during("hang", path=PREPARED):
        looking = asyncio.ensure_future(shown(hass))
        await eventually(lambda: observatory.ledger.count(PREPARED))
        await take(observatory, seconds=90)
        await eventually(arrived)
    await looking
    again = await shown(hass)
    assert observatory.ledger.count(PREPARED) == 2
    assert await shown(hass) == again
    assert observatory.ledger.count(PREPARED) == 2


@pytest.mark.parametrize(
    "fault", ["html", "empty", "error_500", "unknown_error", "reset", "huge_picture"]
)
async def test_a_picture_that_cannot_be_had(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry, fault: str
) -> None:
    """There is none then, nothing wrong is kept, and the next look asks again."""
    await take(observatory, save=True)
    await eventually(lambda: attributes(hass, CAMERA).get("saved") is True)
    arrived = heard(ready, 1)
    await take(observatory)
    await eventually(arrived)
    async with observatory.faults.during(fault, path=PREPARED):
        with pytest.raises(HomeAssistantError):
            await shown(hass)
    assert ready.runtime_data.frames.pictures.counts["kept"] == 0
    assert await shown(hass)


async def test_nothing_was_prepared(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """N.I.N.A. has no picture although an event told of one: what there is instead is shown."""
    await observatory.events.emit("IMAGE-PREPARED")
    await until(hass, CAMERA, "idle")
    with pytest.raises(HomeAssistantError):
        await shown(hass)
    await until(hass, CAMERA, "unavailable")
    await take(observatory, save=True)
    await until(hass, CAMERA, "idle")
    observatory.images.prepared = None
    await observatory.events.emit("IMAGE-PREPARED")
    await eventually(lambda: attributes(hass, CAMERA)["saved"] is False)
    assert await shown(hass)
    assert observatory.ledger.count("/image/0") == 1
    assert attributes(hass, CAMERA)["saved"] is True


async def test_a_restart_of_nina(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """It forgets its picture."""
    await take(observatory)
    await until(hass, CAMERA, "idle")
    await observatory.restart_nina()
    await until(hass, CAMERA, "unavailable")
    await until(hass, "binary_sensor.observatory_event_stream", "on")
    await eventually(lambda: settled.runtime_data.listener.caught_up)
    assert state(hass, CAMERA) == "unavailable"
    await observatory.connect_all()
    await take(observatory)
    await until(hass, CAMERA, "idle")


async def test_a_connection_that_was_lost(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """What N.I.N.A. showed before is still the newest, or something newer is: it is asked again."""
    await take(observatory, save=True)
    await eventually(lambda: attributes(hass, CAMERA).get("saved") is True)
    arrived = heard(settled, 1)
    await take(observatory)
    await eventually(arrived)
    before = await shown(hass)
    observatory.ledger.reset()
    async with observatory.faults.during("refuse"):
        await settled.runtime_data.equipment.async_read()
        await until(hass, CAMERA, "unavailable")
        await take(observatory, seconds=90)
    await until(hass, "binary_sensor.observatory_event_stream", "on")
    await eventually(lambda: settled.runtime_data.listener.caught_up)
    await until(hass, CAMERA, "idle")
    assert attributes(hass, CAMERA)["saved"] is False
    assert await shown(hass) != before
    assert observatory.ledger.count(PREPARED) == 1
    assert not observatory.ledger.count("/image/0")


async def test_a_frame_that_was_missed(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """A frame that was saved meanwhile is newer than the picture that was heard of before."""
    await take(observatory)
    await until(hass, CAMERA, "idle")
    async with stream_lost(hass, observatory):
        await take(observatory, save=True)
        await settled.runtime_data.frames.async_read()
        assert attributes(hass, CAMERA)["saved"] is True
        await shown(hass)
    assert observatory.ledger.count("/image/0") == 1


async def test_without_events(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was taken by an action is known; how long it is the newest is not."""
    time = [5.0]
    monkeypatch.setattr(frames_module, "monotonic", lambda: time[0])
    async with stream_lost(hass, observatory):
        await answer(hass, settled, "capture", exposure=1)
        assert state(hass, CAMERA) == "idle"
        assert attributes(hass, CAMERA)["saved"] is False
        before = await shown(hass)
        await take(observatory, seconds=90)
        assert await shown(hass) == before
        time[0] += 10
        assert await shown(hass) != before


async def test_a_capture_is_shown_at_once(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is known not to be saved."""
    monkeypatch.setattr(frames_module, "SAVED_WITHIN", 60.0)
    await call(hass, ready, "capture", exposure=1)
    assert state(hass, CAMERA) == "idle"
    await shown(hass)
    assert observatory.ledger.count(PREPARED) == 1


@pytest.mark.parametrize("fault", ["duplicate_events", "reorder_events", "late_events"])
async def test_events_out_of_order(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry, fault: str
) -> None:
    """What is shown in the end is the newest picture."""
    async with observatory.faults.during(fault):
        for number in (1, 2):
            await take(observatory, save=True)
            await eventually(saved_frames(ready, number))
        await take(observatory, seconds=90)
    await observatory.events.emit("MOUNT-HOMED")
    await eventually(lambda: attributes(hass, CAMERA).get("saved") is False)
    focusing = await shown(hass)
    observatory.ledger.reset()
    await take(observatory, save=True)
    await eventually(lambda: attributes(hass, CAMERA)["saved"] is True)
    assert await shown(hass) != focusing
    assert observatory.ledger.count("/image/2") == 1


async def test_focusing(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Its frames are shown, and cost nothing while nobody looks."""
    await observatory.camera.routines.expose_for_focus(3)
    await until(hass, CAMERA, "idle")
    await observatory.camera.routines.expose_for_solve()
    assert not observatory.ledger.count(PREPARED)
    assert await shown(hass)


@pytest.mark.parametrize("version", ["2.0.1", "2.1.6", "2.2.8"])
async def test_older_servers(hass: HomeAssistant, socket_enabled: None, version: str) -> None:
    """Before 2.2.9 there is the picture of an exposure that was taken here, and of no other."""
    async with Observatory(
        port=0, scheduler_port=None, speed=SPEED, scenario="idle", version=version
    ) as old:
        entry = make_entry(old)
        await set_up(hass, entry)
        await take(old, save=True)
        await until(hass, CAMERA, "idle")
        saved = await shown(hass)
        await take(old)
        assert attributes(hass, CAMERA)["saved"] is True
        await answer(hass, entry, "capture", exposure=1)
        assert attributes(hass, CAMERA)["saved"] is False
        assert await shown(hass) != saved
        await take(old, save=True)
        await eventually(lambda: attributes(hass, CAMERA)["saved"] is True)
        await answer(hass, entry, "capture", exposure=1)
        await old.restart_nina()
        await eventually(lambda: not entry.runtime_data.frames.data.frames)
        # That of the newest light frame stays, which somebody looked at.
        assert attributes(hass, CAMERA)["saved"] is True
        assert await shown(hass) == saved
        assert not old.ledger.count(PREPARED)
        await unload(hass, entry)
