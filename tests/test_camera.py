"""Cameras: fetched when somebody looks, once for everybody, and only as large as wanted."""

import asyncio
from dataclasses import replace
from http import HTTPStatus
from io import BytesIO

from homeassistant.components.camera import async_get_image
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory import camera
from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.images import Frame

from .conftest import SPEED, make_entry, set_up, unload
from .states import attributes, state, until
from .waiting import eventually

LATEST = "camera.observatory_imaging_latest_image_camera"
SCREENSHOT = "camera.observatory_screenshot"

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
async def frame(hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry) -> Frame:
    """Return a frame that was saved and is known."""
    assert state(hass, LATEST) == "unavailable"
    frame = await observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
    assert frame is not None
    await until(hass, LATEST, "idle")
    return frame


def width(data: bytes) -> int:
    """Return the width of a JPEG."""
    picture = Image.open(BytesIO(data))
    assert picture.format == "JPEG"
    return picture.width


async def test_the_newest_frame(
    hass: HomeAssistant, observatory: Observatory, frame: Frame
) -> None:
    """It is asked for as a stream, as a JPEG, and in the size of a dashboard."""
    assert observatory.ledger.count("/image/0") == 0
    image = await async_get_image(hass, LATEST)
    assert image.content_type == "image/jpeg"
    assert width(image.content) == min(camera.DEFAULT_WIDTH, observatory.camera.width)
    asked = observatory.ledger.parameters("/image/0")
    assert len(asked) == 1
    assert asked[0]["stream"] == "true"
    assert asked[0]["quality"] == "85"
    for odd in (0, -5):
        assert (await async_get_image(hass, LATEST, width=odd)).content == image.content
    assert observatory.ledger.count("/image/0") == 1


async def test_the_newest_frame_of_an_old_server(hass: HomeAssistant, socket_enabled: None) -> None:
    """It comes as text, and is a picture anyway."""
    async with Observatory(
        port=0, scheduler_port=None, speed=SPEED, scenario="idle", version="2.0.1"
    ) as old:
        entry = make_entry(old)
        await set_up(hass, entry)
        await old.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
        await until(hass, LATEST, "idle")
        image = await async_get_image(hass, LATEST, width=640)
        assert (image.content_type, width(image.content)) == ("image/jpeg", 640)
        assert "stream" not in old.ledger.parameters("/image/0")[0]
        await unload(hass, entry)


async def test_twenty_viewers_cause_one_request(
    hass: HomeAssistant, observatory: Observatory, frame: Frame
) -> None:
    """However many look, the imaging computer renders it once; narrower ones are scaled from it."""
    looks = [async_get_image(hass, LATEST, width=640) for _ in range(20)]
    images = await asyncio.gather(*looks)
    assert {len(image.content) for image in images} == {len(images[0].content)}
    assert observatory.ledger.count("/image/0") == 1
    assert width(images[0].content) == 640
    assert width((await async_get_image(hass, LATEST, width=320)).content) == 320
    assert observatory.ledger.count("/image/0") == 1
    assert width((await async_get_image(hass, LATEST, width=700)).content) == 700
    assert width((await async_get_image(hass, LATEST, width=640)).content) == 640
    assert observatory.ledger.count("/image/0") == 2


async def test_a_viewer_who_goes_away_leaves_the_others_theirs(
    hass: HomeAssistant, observatory: Observatory, frame: Frame
) -> None:
    """Somebody who gives up takes nobody along."""
    async with observatory.faults.during("hang", path="/image/0"):
        impatient = asyncio.ensure_future(async_get_image(hass, LATEST))
        await eventually(lambda: observatory.ledger.count("/image/0"))
        patient = asyncio.ensure_future(async_get_image(hass, LATEST))
        impatient.cancel()
        await asyncio.gather(impatient, return_exceptions=True)
    assert (await patient).content


async def test_the_next_frame_is_another_picture(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry, frame: Frame
) -> None:
    """A frame is asked for by its number, and told apart by itself."""
    first = (await async_get_image(hass, LATEST)).content
    other = replace(frame, filename="other.fits", scene=replace(frame.scene, seed=99))
    await observatory.camera.routines.save(other)
    await eventually(lambda: len(settled.runtime_data.frames.data.frames) == 2)
    second = (await async_get_image(hass, LATEST)).content
    assert second != first
    assert observatory.ledger.count("/image/1") == 1
    await observatory.restart_nina()
    await eventually(lambda: not settled.runtime_data.frames.data.frames)
    assert (await async_get_image(hass, LATEST)).content == second
    await eventually(lambda: observatory.socket.clients)
    await observatory.camera.routines.save(replace(frame, filename="new.fits"))
    await eventually(lambda: settled.runtime_data.frames.data.frames)
    assert (await async_get_image(hass, LATEST)).content == first
    assert observatory.ledger.count("/image/0") == 2


@pytest.mark.parametrize("fault", ["html", "empty", "error_500", "unknown_error"])
async def test_a_picture_that_cannot_be_had(
    hass: HomeAssistant, observatory: Observatory, frame: Frame, fault: str
) -> None:
    """There is none then, and nothing wrong is kept."""
    async with observatory.faults.during(fault, path="/image/*"):
        with pytest.raises(HomeAssistantError):
            await async_get_image(hass, LATEST)
    assert width((await async_get_image(hass, LATEST)).content)


async def test_a_picture_whose_file_is_gone(
    hass: HomeAssistant, observatory: Observatory, frame: Frame
) -> None:
    """The user moved the file: N.I.N.A. has an error, we have no picture."""
    observatory.images.deleted.add(frame.filename)
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, LATEST)


async def test_over_http(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    observatory: Observatory,
    frame: Frame,
) -> None:
    """What the frontend gets is a picture by its content and by its name."""
    client = await hass_client()
    url = attributes(hass, LATEST)["entity_picture"]
    async with client.get(url) as response:
        assert response.status == HTTPStatus.OK
        assert response.content_type == "image/jpeg"
        assert width(await response.read())
    async with (
        observatory.faults.during("html", path="/image/*"),
        client.get(f"{url}&width=1500&height=900") as response,
    ):
        assert response.status == HTTPStatus.INTERNAL_SERVER_ERROR


@pytest.fixture
async def screen(
    hass: HomeAssistant, settled: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> list[float]:
    """Have the screenshot enabled, and return the time in seconds by which it grows old."""
    time = [5.0]
    monkeypatch.setattr(camera, "monotonic", lambda: time[0])
    er.async_get(hass).async_update_entity(SCREENSHOT, disabled_by=None)
    assert await hass.config_entries.async_reload(settled.entry_id)
    return time


async def test_the_screen_is_off_by_default(hass: HomeAssistant, settled: MockConfigEntry) -> None:
    """Who wants to show it has to say so."""
    entity = er.async_get(hass).async_get(SCREENSHOT)
    assert entity is not None
    assert entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    assert hass.states.get(SCREENSHOT) is None


async def test_the_screen(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    screen: list[float],
) -> None:
    """It is taken again every ten seconds if somebody looks, and not while it is locked."""
    image = await async_get_image(hass, SCREENSHOT, width=800)
    assert (image.content_type, width(image.content)) == ("image/jpeg", 800)
    screen[0] += 4
    await async_get_image(hass, SCREENSHOT, width=800)
    assert observatory.ledger.count("/application/screenshot") == 1
    screen[0] += 4
    await async_get_image(hass, SCREENSHOT, width=800)
    assert observatory.ledger.count("/application/screenshot") == 2
    screen[0] += 10
    observatory.application.screen_locked = True
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, SCREENSHOT)
    await observatory.stop()
    await settled.runtime_data.equipment.async_read()
    await until(hass, SCREENSHOT, "unavailable")


STACK = "camera.observatory_imaging_live_stack"


async def stack_frames(hass: HomeAssistant, observatory: Observatory, frames: int) -> None:
    """Have a frame stacked, and return when so many are."""
    await observatory.camera.routines.take(Exposure(2, "LIGHT", "M 31"))
    await eventually(lambda: attributes(hass, STACK).get("frames") == frames)


async def test_the_live_stack(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """It has a picture from its first frame on, asked for once for each frame, size and all viewers."""
    await eventually(lambda: hass.states.get(STACK))
    assert state(hass, STACK) == "idle"
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, STACK)
    await observatory.live_stack.start()
    await stack_frames(hass, observatory, 1)
    shown = attributes(hass, STACK)
    assert (shown["target"], shown["filter"]) == ("M 31", "L")
    path = "/livestack/image/M 31/L"
    assert observatory.ledger.count(path) == 0
    images = await asyncio.gather(*[async_get_image(hass, STACK, width=640) for _ in range(20)])
    assert {image.content_type for image in images} == {"image/jpeg"}
    assert width(images[0].content) == 640
    assert observatory.ledger.count(path) == 1
    assert width((await async_get_image(hass, STACK, width=320)).content) == 320
    assert observatory.ledger.count(path) == 1
    await stack_frames(hass, observatory, 2)
    await async_get_image(hass, STACK, width=640)
    assert observatory.ledger.count(path) == 2
    async with observatory.faults.during("unknown_error", path="/livestack/*"):
        with pytest.raises(HomeAssistantError):
            await async_get_image(hass, STACK, width=1000)


async def test_a_live_stack_like_that_of_another_night(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """The same target, filter and number of frames make no picture the same."""
    path = "/livestack/image/M 31/L"
    await eventually(lambda: hass.states.get(STACK))
    for nights in (1, 2):
        await observatory.live_stack.start()
        await stack_frames(hass, observatory, 1)
        await async_get_image(hass, STACK, width=320)
        assert observatory.ledger.count(path) == nights
        await observatory.restart_nina()
        await until(hass, STACK, "unavailable")
        await until(hass, "binary_sensor.observatory_event_stream", "on")
        await observatory.connect_all()


async def test_a_live_stack_from_before(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """It is found after a reload, and forgotten with the N.I.N.A. that made it."""
    await observatory.live_stack.start()
    await stack_frames(hass, observatory, 1)
    assert await hass.config_entries.async_reload(settled.entry_id)
    await until(hass, STACK, "idle")
    assert attributes(hass, STACK)["frames"] is None
    assert width((await async_get_image(hass, STACK, width=320)).content) == 320
    await eventually(lambda: settled.runtime_data.listener.caught_up)
    await observatory.restart_nina()
    await until(hass, STACK, "unavailable")


async def test_a_stack_that_nobody_can_name(
    hass: HomeAssistant, observatory: Observatory, settled: MockConfigEntry
) -> None:
    """An event that does not say what was stacked changes nothing."""
    await eventually(lambda: hass.states.get(STACK))
    counters = settled.runtime_data.listener.stream.counters
    before = counters.events
    await observatory.events.emit("STACK-UPDATED", Target=None, Filter=5, StackCount="many")
    await eventually(lambda: counters.events > before)
    assert "frames" not in attributes(hass, STACK)


async def test_without_the_plugin_there_is_no_live_stack(
    hass: HomeAssistant, observatory: Observatory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is anything asked of it."""
    monkeypatch.setattr(observatory.application, "plugins", ("Advanced API",))
    entry = make_entry(observatory)
    await set_up(hass, entry)
    await eventually(lambda: entry.runtime_data.catalog.data.reachable)
    assert hass.states.get(STACK) is None
    assert not [path for path in observatory.ledger.counts if "livestack" in path]
    await unload(hass, entry)
