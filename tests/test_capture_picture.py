"""The picture of an exposure, whether it was saved or not: found by its path and among the media."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from io import BytesIO
from typing import Any

from aiohttp import ClientResponse
from homeassistant.components.media_source import Unresolvable, async_resolve_media
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory.api.endpoints.camera import CameraEndpoint
from custom_components.nina_observatory.api.endpoints.frames import FramesEndpoint
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .commanding import answer, call
from .conftest import SPEED, make_entry, set_up, unload
from .errors import refused
from .states import stream_lost
from .waiting import eventually

CAPTURE = "/equipment/camera/capture"
PREPARED = "/prepared-image"

pytestmark = pytest.mark.usefixtures("quiet")

# Gets what is at a path, as an administrator.
type Look = Callable[[str], Awaitable[ClientResponse]]


@pytest.fixture
async def look(
    hass: HomeAssistant, ready: MockConfigEntry, hass_client: ClientSessionGenerator
) -> Look:
    """Return what looks at a path."""
    assert await async_setup_component(hass, "media_source", {})
    return (await hass_client()).get


async def picture_of(response: ClientResponse) -> tuple[str | None, int]:
    """Return format and width of a picture that was served."""
    assert response.status == HTTPStatus.OK
    data = await response.read()
    picture = Image.open(BytesIO(data))
    assert response.content_type == picture.get_format_mimetype()
    return picture.format, picture.width


def fetched(observatory: Observatory) -> list[dict[str, str]]:
    """Return how pictures of captures were asked for."""
    asked = observatory.ledger.parameters(CAPTURE)
    results = [parameters for parameters in asked if parameters["getResult"] == "true"]
    return [*observatory.ledger.parameters(PREPARED), *results]


async def test_an_exposure_that_is_not_saved(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry, look: Look
) -> None:
    """Its picture is fetched at once, and stays when the next one is taken."""
    first = await answer(hass, ready, "capture", exposure=1)
    assert first["frame"] is None
    assert fetched(observatory) == [
        {
            "quality": "85",
            "resize": "true",
            "size": "1920x1920",
            "autoPrepare": "true",
            "stream": "true",
        }
    ]
    shown = await (await look(first["picture"])).read()
    second = await answer(hass, ready, "capture", exposure=20)
    assert await (await look(second["picture"])).read() != shown
    assert await (await look(first["picture"])).read() == shown
    assert await (await look(first["picture"].replace("/picture", "/thumbnail"))).read() == shown
    resolved = await async_resolve_media(hass, first["media_content_id"], None)
    assert (resolved.url, resolved.mime_type) == (first["picture"], "image/jpeg")
    assert len(fetched(observatory)) == 2
    assert "picture_error" not in first


async def test_an_exposure_that_is_saved(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry, look: Look
) -> None:
    """Its picture is that of the frame, which nobody fetches before somebody looks."""
    taken = await answer(hass, ready, "capture", exposure=1, save=True)
    assert taken["picture"] == taken["frame"]["picture"]
    assert taken["media_content_id"] == taken["frame"]["media_content_id"]
    assert not fetched(observatory)
    assert observatory.ledger.count("/image/0") == 0
    assert (await picture_of(await look(taken["picture"])))[0] == "JPEG"
    assert observatory.ledger.count("/image/0") == 1


@pytest.mark.parametrize("save", [False, True])
async def test_its_form(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    look: Look,
    subtests: pytest.Subtests,
    *,
    save: bool,
) -> None:
    """Size, quality and stretch are those that were asked for, also of a frame that is saved."""
    rows: list[tuple[dict[str, Any], str, int | None, dict[str, str]]] = [
        ({"size": 320}, "JPEG", 320, {"size": "320x320", "quality": "85"}),
        ({"size": 1}, "JPEG", None, {"size": "1x1"}),
        ({"quality": 100}, "JPEG", None, {"size": "1920x1920", "quality": "100"}),
        ({"quality": 0, "size": 320}, "PNG", 320, {"quality": "0"}),
        ({"stretch": False}, "JPEG", None, {"quality": "85"}),
    ]
    for wanted, form, width, asked in rows:
        with subtests.test(str(wanted)):
            observatory.ledger.reset()
            taken = await answer(hass, ready, "capture", exposure=1, save=save, **wanted)
            shown = await picture_of(await look(taken["picture"]))
            assert shown[0] == form
            assert width in (None, shown[1])
            assert asked.items() <= fetched(observatory)[0].items()
            exposed = observatory.ledger.parameters(CAPTURE)[0]
            stretched = wanted.get("stretch", True)
            assert exposed.get("skipAutoStretch") == (None if stretched else "true")
            assert (taken["frame"] is None) is not save
            assert save is False or taken["picture"] != taken["frame"]["picture"]


async def test_a_form_that_makes_no_sense(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """It is refused with what the field takes; nothing is exposed."""
    rows: list[tuple[dict[str, Any], str]] = [
        ({"size": 0}, "field_out_of_range"),
        ({"size": -640}, "field_out_of_range"),
        ({"size": 20_001}, "field_out_of_range"),
        ({"size": 640.5}, "field_no_whole_number"),
        ({"size": "640x480"}, "field_no_number"),
        ({"quality": 200}, "field_out_of_range"),
        ({"quality": -1}, "field_out_of_range"),
        ({"quality": "best"}, "field_no_number"),
        ({"stretch": "a little"}, "field_no_flag"),
    ]
    for wanted, error in rows:
        with subtests.test(str(wanted)):
            with refused(error) as raised:
                await answer(hass, ready, "capture", exposure=1, **wanted)
            filling = raised.value.translation_placeholders or {}
            assert (filling["field"], filling["value"]) == (*wanted, *map(str, wanted.values()))
            assert not observatory.ledger.count(CAPTURE)


async def test_nobody_wants_it(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """A call that wants no answer costs the imaging computer no picture."""
    await call(hass, ready, "capture", exposure=1)
    assert observatory.ledger.count(CAPTURE) == 1
    assert not fetched(observatory)


async def test_a_picture_that_cannot_be_had(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    subtests: pytest.Subtests,
) -> None:
    """The exposure was taken anyway; the answer says why there is no picture of it."""
    expose = CameraEndpoint.capture
    fault = ""

    async def take(*args: Any, **options: Any) -> Any:
        """Have the fault strike from the end of the exposure on."""
        result = await expose(*args, **options)
        for path in (CAPTURE, PREPARED):
            await observatory.faults.start(fault, path=path)
        return result

    monkeypatch.setattr(CameraEndpoint, "capture", take)
    for fault in ("html", "empty", "error_500", "unknown_error", "reset", "huge_picture"):
        with subtests.test(fault):
            taken = await answer(hass, ready, "capture", exposure=1)
            assert (taken["picture"], taken["media_content_id"]) == (None, None)
            assert taken["picture_error"]
            assert taken["statistics"]["stars"] is not None
            kept = ready.runtime_data.frames.pictures.counts
            assert (kept["kept"], kept["kept_bytes"]) == (0, 0)
        await observatory.faults.clear()


async def result_after(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> dict[str, Any]:
    """Take an exposure whose picture has to be the result of the capture."""
    observatory.ledger.reset()
    taken = await answer(hass, entry, "capture", exposure=1)
    assert fetched(observatory)[-1]["getResult"] == "true"
    return taken


async def test_another_picture_meanwhile(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    look: Look,
) -> None:
    """A sequence or somebody at the computer exposes too: the picture is that of the capture."""
    alone = await answer(hass, ready, "capture", exposure=1)
    mine = len(await (await look(alone["picture"])).read())
    expose, render = CameraEndpoint.capture, FramesEndpoint.get_prepared_image
    other = Exposure(600, "SNAPSHOT", save=False)

    async def disturb() -> None:
        """Have N.I.N.A. show something else."""
        prepared_count = ready.runtime_data.frames.prepared_count
        await observatory.camera.routines.take(other)
        await eventually(lambda: ready.runtime_data.frames.prepared_count > prepared_count)

    async def take(*args: Any, **options: Any) -> Any:
        """Expose, and have another exposure made before anybody looks."""
        result = await expose(*args, **options)
        await disturb()
        return result

    async def fetch(*args: Any, **options: Any) -> Any:
        """Have another exposure made while the picture is fetched."""
        await disturb()
        return await render(*args, **options)

    for endpoint, name, meanwhile in (
        (CameraEndpoint, "capture", take),
        (FramesEndpoint, "get_prepared_image", fetch),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(endpoint, name, meanwhile)
            taken = await result_after(hass, observatory, ready)
        shown = len(await (await look(taken["picture"])).read())
        assert abs(shown - mine) < mine / 10
    prepared = await ready.runtime_data.client.frames.get_prepared_image(width=1920)
    assert abs(len(prepared.data) - mine) > mine / 10


async def test_without_events(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry, look: Look
) -> None:
    """Nothing tells what N.I.N.A. shows; the result of the capture is there anyway."""
    async with stream_lost(hass, observatory):
        taken = await result_after(hass, observatory, ready)
    assert (await picture_of(await look(taken["picture"])))[0] == "JPEG"


async def test_a_result_that_comes_a_moment_late(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry, look: Look
) -> None:
    """The event of the end comes before the result is there; the picture is waited for."""
    async with observatory.faults.during("does_not_wait", path=CAPTURE, count=1):
        taken = await answer(hass, ready, "capture", exposure=1)
    assert (await picture_of(await look(taken["picture"])))[0] == "JPEG"


async def test_two_at_once(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry, look: Look
) -> None:
    """Each has its own picture and its own statistics: one waits for the other to be fetched."""
    statistics = f"{CAPTURE}/statistics"
    async with observatory.faults.during("hang", path=statistics, count=1):
        first = hass.async_create_task(answer(hass, ready, "capture", exposure=1))
        await eventually(lambda: observatory.ledger.count(statistics))
        checked = observatory.ledger.count("/equipment/info")
        second = hass.async_create_task(answer(hass, ready, "capture", exposure=60))
        await eventually(lambda: observatory.ledger.count("/equipment/info") > checked)
        assert observatory.ledger.count(CAPTURE) == 1
    answers = await asyncio.gather(first, second)
    assert answers[0]["statistics"] != answers[1]["statistics"]
    pictures = [await (await look(each["picture"])).read() for each in answers]
    assert pictures[0] != pictures[1]


async def test_room_for_it(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    look: Look,
) -> None:
    """What can be fetched again makes room first; in the end the oldest exposure does."""
    pictures = ready.runtime_data.frames.pictures
    first = await answer(hass, ready, "capture", exposure=1, size=640)
    saved = await answer(hass, ready, "capture", exposure=1, save=True)
    await picture_of(await look(saved["picture"]))
    pictures._maximum_bytes = pictures.counts["kept_bytes"]
    second = await answer(hass, ready, "capture", exposure=1, size=640)
    assert pictures.counts["kept"] == 2
    for kept in (first, second):
        assert (await look(kept["picture"])).status == HTTPStatus.OK
    pictures._maximum_bytes = 1
    third = await answer(hass, ready, "capture", exposure=1, size=640)
    assert (await look(third["picture"])).status == HTTPStatus.OK
    for dropped in (first, second):
        assert (await look(dropped["picture"])).status == HTTPStatus.NOT_FOUND
        with pytest.raises(Unresolvable):
            await async_resolve_media(hass, dropped["media_content_id"], None)


@pytest.mark.parametrize("version", ["2.0.1", "2.1.6", "2.2.8", "2.2.12.1"])
async def test_older_servers(
    hass: HomeAssistant, socket_enabled: None, version: str, hass_client: ClientSessionGenerator
) -> None:
    """They have it as well; what they cannot do is said."""
    async with Observatory(port=0, speed=SPEED, scenario="idle", version=version) as old:
        entry = make_entry(old)
        await set_up(hass, entry)
        taken = await answer(hass, entry, "capture", exposure=1, size=320)
        looked = await (await hass_client()).get(taken["picture"])
        assert await picture_of(looked) == ("JPEG", 320)
        with refused("plugin_too_old") as raised:
            await answer(hass, entry, "capture", exposure=1, stretch=False)
        assert (raised.value.translation_placeholders or {})["needed"] == "2.2.14.2"
        await unload(hass, entry)


async def test_the_picture_of_another_rig(
    hass: HomeAssistant, ready: MockConfigEntry, look: Look
) -> None:
    """An id means something for its own entry alone."""
    taken = await answer(hass, ready, "capture", exposure=1)
    elsewhere = taken["picture"].replace(ready.entry_id, "f" * 32)
    assert (await look(elsewhere)).status == HTTPStatus.NOT_FOUND
    for mine, other in ((ready.entry_id, "f" * 32), ("/capture/", "/frame/")):
        media = taken["media_content_id"].replace(mine, other)
        with pytest.raises(Unresolvable):
            await async_resolve_media(hass, media, None)
