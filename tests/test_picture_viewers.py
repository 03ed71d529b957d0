"""Twenty viewers of twenty widths, at every place where Home Assistant shows a picture."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
import random
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from homeassistant.config_entries import RELOAD_AFTER_UPDATE_DELAY
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory import camera
from custom_components.nina_observatory.entities.pictures import frame_path
from custom_components.nina_observatory.readings import frames as frames_module
from custom_components.nina_observatory.readings.picture_scaling import STEPS, next_step
from simulator import Observatory
from simulator.devices.exposures import Exposure
from simulator.routes import form

from .commanding import answer
from .conftest import unload
from .states import attributes, until
from .waiting import eventually

LATEST = "camera.observatory_imaging_latest_image_camera"
SCREENSHOT = "camera.observatory_screenshot"
STACK = "camera.observatory_imaging_live_stack"
IMAGE = "image.observatory_imaging_latest_image"

SAVED, PREPARED, CAPTURED = "/image/0", "/prepared-image", "/equipment/camera/capture"
STACKED, SCREEN, THUMBNAIL = (
    "/livestack/image/M 31/L",
    "/application/screenshot",
    "/image/thumbnail/0",
)

# Twenty of them, of three steps.
WIDTHS = range(95, 1901, 95)

type PathOf = Callable[[int], str]


@pytest.fixture
async def screen(
    hass: HomeAssistant, settled: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Have the screenshot enabled, and never grow old; Home Assistant reloads the entry for that."""
    monkeypatch.setattr(camera, "monotonic", lambda: 5.0)
    er.async_get(hass).async_update_entity(SCREENSHOT, disabled_by=None)

    def is_idle() -> bool:
        """Return whether the camera exists: not every version has a state of it before the reload."""
        found = hass.states.get(SCREENSHOT)
        return found is not None and found.state == "idle"

    await eventually(is_idle, RELOAD_AFTER_UPDATE_DELAY + 20)
    async with settled.setup_lock:
        pass
    await eventually(lambda: settled.runtime_data.listener.caught_up)


@pytest.fixture
async def client(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> TestClient[Any, Any]:
    """Return a client of a Home Assistant that has pictures of all kinds: a frame is saved."""
    monkeypatch.setattr(frames_module, "SAVED_WITHIN", 0.2)
    await observatory.live_stack.start()
    await observatory.camera.routines.take(Exposure(30, "LIGHT", "M 31"))
    await until(hass, LATEST, "idle")
    await eventually(lambda: attributes(hass, STACK).get("frames") == 1)
    observatory.ledger.reset()
    return await hass_client()


def picture_of(entry: MockConfigEntry) -> str:
    """Return the path of the picture of the newest frame."""
    return frame_path(entry.entry_id, entry.runtime_data.frames.data.frames[-1])


def of_entity(hass: HomeAssistant, entity_id: str) -> PathOf:
    """Return the path of an entity's picture by width."""
    own = attributes(hass, entity_id)["entity_picture"]
    return lambda width: f"{own}&width={width}"


def of_view(path: str) -> PathOf:
    """Return the path of a picture by width."""
    return lambda width: f"{path}?width={width}"


async def width_of(response: ClientResponse) -> int:
    """Return the width of a picture that was served."""
    assert response.status == HTTPStatus.OK
    with Image.open(BytesIO(await response.read())) as image:
        image.load()
        assert image.get_format_mimetype() == response.content_type
        return image.width


def asked(observatory: Observatory, path: str) -> list[int]:
    """Return the widths that N.I.N.A. was asked for, in order."""
    return sorted(int(each["size"].split("x")[0]) for each in observatory.ledger.parameters(path))


def viewers(entry: MockConfigEntry) -> int:
    """Return how many wait for pictures."""
    under_way = entry.runtime_data.frames.pictures._under_way
    return sum(each.viewers for each in under_way.values())


async def test_twenty_viewers_of_twenty_widths(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    screen: None,
    client: TestClient[Any, Any],
    subtests: pytest.Subtests,
) -> None:
    """A request for each step at most, whatever way they come; none is served anything wider."""
    picture = picture_of(settled)
    latest, steps = of_entity(hass, LATEST), sorted({next_step(width) for width in WIDTHS})
    taken = dict[str, str]()

    async def unsaved() -> None:
        """Have N.I.N.A. show a picture that it does not save, taken by the action."""
        taken["picture"] = (await answer(hass, settled, "capture", exposure=1, size=1280))[
            "picture"
        ]
        await until(hass, LATEST, "idle")
        assert attributes(hass, LATEST)["saved"] is False
        observatory.ledger.reset()

    rows: list[tuple[str, PathOf, str, list[int]]] = [
        ("the view of frames", of_view(picture), SAVED, steps),
        ("the camera, after it", latest, SAVED, steps),
        ("the image, after both", of_entity(hass, IMAGE), SAVED, steps),
        ("the live stack", of_entity(hass, STACK), STACKED, steps),
        ("the screen", of_entity(hass, SCREENSHOT), SCREEN, steps),
        ("an unsaved picture", latest, PREPARED, steps),
        ("an exposure", lambda width: f"{taken['picture']}?width={width}", PREPARED, steps),
    ]
    for number, (name, path, request, widths) in enumerate(rows):
        with subtests.test(name):
            if name == "an unsaved picture":
                await unsaved()
            order = list(WIDTHS)
            random.Random(number).shuffle(order)
            answers = await asyncio.gather(*(client.get(path(width)) for width in order))
            shown = [await width_of(each) for each in answers]
            if name.startswith("the image"):
                assert set(shown) == {camera.DEFAULT_WIDTH}
            else:
                own = 1280 if name == "an exposure" else 1936
                assert shown == [min(width, own) for width in order]
            assert asked(observatory, request) == widths
    assert settled.runtime_data.frames.pictures.counts["kept_bytes"] < 32e6
    assert not observatory.ledger.count(CAPTURED)


async def test_thumbnails(
    observatory: Observatory, settled: MockConfigEntry, client: TestClient[Any, Any]
) -> None:
    """One request, for those who want it narrower as well."""
    path = picture_of(settled).replace("/picture", "/thumbnail")
    widths = [*WIDTHS][:4]
    answers = await asyncio.gather(*(client.get(of_view(path)(each)) for each in widths))
    assert [await width_of(each) for each in answers] == [min(each, 256) for each in widths]
    assert await width_of(await client.get(path)) == 256
    assert observatory.ledger.count(THUMBNAIL) == 1
    assert not observatory.ledger.count(SAVED)


async def test_screenshots_as_files(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    tmp_path: Path,
) -> None:
    """Each is from after its call; those who have to wait share what is asked for next."""
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    paths = {width: tmp_path / f"{width}.jpg" for width in WIDTHS}
    paths |= {2000: tmp_path / "2000.png", 300: tmp_path / "300.png"}
    observatory.ledger.reset()
    async with observatory.faults.during("hang", path=SCREEN):
        calls = [
            hass.async_create_task(
                answer(hass, settled, "screenshot", filename=str(path), width=width)
            )
            for width, path in paths.items()
        ]
        await eventually(lambda: viewers(settled) == len(calls))
    for call, (width, path) in zip(calls, paths.items(), strict=True):
        written = await call
        with Image.open(path) as image:
            assert image.width == min(width, 1920)
            assert image.get_format_mimetype() == written["content_type"]
        assert path.stat().st_size == written["size"]
    widths = asked(observatory, SCREEN)
    # Two were sent before the others called; those wait for three widths as JPEG, and two as PNG.
    assert len(widths) <= 7
    assert set(widths) <= set(STEPS)
    await answer(hass, settled, "screenshot", filename=str(paths[2000]), width=640)
    assert observatory.ledger.count(SCREEN) == len(widths) + 1
    assert settled.runtime_data.frames.pictures.counts["kept"] == 0


async def test_one_viewer_hangs_up(
    observatory: Observatory, settled: MockConfigEntry, client: TestClient[Any, Any]
) -> None:
    """The other one of the same step gets the picture that both waited for."""
    path = of_view(picture_of(settled))
    async with observatory.faults.during("hang", path=SAVED):
        looks = []
        for width in (300, 500):
            looks.append(asyncio.ensure_future(client.get(path(width))))
            await eventually(lambda: viewers(settled) == len(looks))
        looks[0].cancel()
        await eventually(lambda: viewers(settled) == 1)
    assert await width_of(await looks[1]) == 500
    assert asked(observatory, SAVED) == [640]


async def test_unloaded_in_the_middle(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    client: TestClient[Any, Any],
) -> None:
    """All requests end with the entry, and everybody is told that there is no picture."""
    paths = [
        of_view(picture_of(settled))(300),
        of_entity(hass, LATEST)(500),
        of_entity(hass, IMAGE)(500),
    ]
    async with observatory.faults.during("hang", path="/image/*"):
        looks = [asyncio.ensure_future(client.get(path)) for path in paths]
        await eventually(lambda: observatory.ledger.count(SAVED) == 2)
        await unload(hass, settled)
        statuses = [(await each).status for each in looks]
        assert statuses == [HTTPStatus.BAD_GATEWAY, *[HTTPStatus.INTERNAL_SERVER_ERROR] * 2]
    assert (await client.get(paths[0])).status == HTTPStatus.NOT_FOUND


async def test_odd_pictures(
    observatory: Observatory,
    settled: MockConfigEntry,
    client: TestClient[Any, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    subtests: pytest.Subtests,
) -> None:
    """Each costs only itself: it is served as it is, and the next one is scaled again."""
    path = of_view(picture_of(settled))
    data = BytesIO()
    with Image.effect_noise((1280, 720), 20) as noise:
        noise.save(data, "JPEG")
    whole = data.getvalue()
    start = whole.index(b"\xff\xc0") + 5
    rows = {
        300: ("truncated", whole[:20_000]),
        1000: ("a wide header", whole[:start] + bytes.fromhex("4e204e20") + whole[start + 4 :]),
    }
    for width, (name, odd) in rows.items():
        with subtests.test(name):
            with monkeypatch.context() as patch:
                patch.setattr(form, "encode", lambda *_, odd=odd: (odd, "image/jpeg"))
                response = await client.get(path(width))
            assert response.status == HTTPStatus.OK
            assert await response.read() == odd
            assert await (await client.get(path(width - 50))).read() == odd
    async with observatory.faults.during("html", path=SAVED):
        assert (await client.get(path(1500))).status == HTTPStatus.BAD_GATEWAY
    assert await width_of(await client.get(path(1500))) == 1500
    # There is a wider one now.
    assert await width_of(await client.get(path(300))) == 300
    assert asked(observatory, SAVED) == [640, 1280, 1920, 1920]
    warnings = [each for each in caplog.records if "cannot be scaled" in each.getMessage()]
    assert len(warnings) == 1
