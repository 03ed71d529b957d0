"""The frames as media: browsed, searched, and seen by signed paths, as the frontend does it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from io import BytesIO
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.nina_observatory.camera import DEFAULT_WIDTH
from custom_components.nina_observatory.const import DOMAIN
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .conftest import set_up, unload
from .states import attributes
from .waiting import eventually

ROOT = f"media-source://{DOMAIN}"

quiet = pytest.mark.usefixtures("quiet")


@pytest.fixture
async def socket(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> MockHAClientWebSocket:
    """Return a connection to Home Assistant, which knows three frames of the night."""
    assert await async_setup_component(hass, "auth", {})
    assert await async_setup_component(hass, "media_source", {})
    for target, kind in (("M 31", "LIGHT"), ("NGC 7000/IC 5070", "LIGHT"), ("", "DARK")):
        await observatory.camera.routines.take(Exposure(30, kind, target))
    await eventually(lambda: len(settled.runtime_data.frames.data.frames) == 3)
    return await hass_ws_client()


async def ask(socket: MockHAClientWebSocket, kind: str, place: str, **more: str) -> Any:
    """Ask the media source and return the answer, or the code of the error."""
    await socket.send_json_auto_id(
        {"type": f"media_source/{kind}", "media_content_id": place, **more}
    )
    answer = await socket.receive_json()
    return answer["result"] if answer["success"] else answer["error"]["code"]


def below(level: Any) -> dict[str, str]:
    """Return titles and ids of what is below a level."""
    return {child["title"]: child["media_content_id"] for child in level["children"]}


@quiet
async def test_browsing(
    hass: HomeAssistant, socket: MockHAClientWebSocket, settled: MockConfigEntry
) -> None:
    """Rig, night, target, frames; every level can be searched."""
    rigs = await ask(socket, "browse_media", ROOT)
    assert below(rigs) == {"Observatory": f"{ROOT}/{settled.entry_id}"}
    nights = await ask(socket, "browse_media", below(rigs)["Observatory"])
    assert [child["media_class"] for child in nights["children"]] == ["directory"] * 2
    (night, place), (last, _) = below(nights).items()
    assert last == "Plots"
    assert night == settled.runtime_data.frames.data.night.started_at.date().isoformat()
    targets = await ask(socket, "browse_media", place)
    assert [*below(targets)] == ["Dark", "NGC 7000/IC 5070", "M 31"]
    assert targets["can_search"] is True
    frames = await ask(socket, "browse_media", below(targets)["NGC 7000/IC 5070"])
    frame = frames["children"][0]
    assert len(frames["children"]) == 1
    assert frame["title"].split(", ")[1:4] == ["NGC 7000/IC 5070", "L", "30 s"]
    assert (frame["can_play"], frame["can_expand"]) == (True, False)
    assert frame["media_content_type"] == "image/jpeg"


async def test_a_thumbnail_by_its_signed_path(
    hass: HomeAssistant,
    observatory: Observatory,
    socket: MockHAClientWebSocket,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """As the frontend shows it: asked to sign the path, then fetched without a login, once."""
    found = await ask(socket, "search_media", ROOT, search_query="m 31")
    path = found["result"][0]["thumbnail"]
    client = await hass_client_no_auth()
    assert (await client.get(path)).status == HTTPStatus.UNAUTHORIZED
    await socket.send_json_auto_id({"type": "auth/sign_path", "path": path})
    signed = (await socket.receive_json())["result"]["path"]
    for _ in range(3):
        answer = await client.get(signed)
        assert answer.status == HTTPStatus.OK
        assert answer.content_type == "image/jpeg"
        assert Image.open(BytesIO(await answer.read())).width <= 256
    assert observatory.ledger.count("/image/thumbnail/0") == 1
    assert observatory.ledger.count("/image/0") == 0


async def test_a_frame_that_is_looked_at(
    hass: HomeAssistant,
    observatory: Observatory,
    socket: MockHAClientWebSocket,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """Home Assistant signs the path for whoever may see it."""
    found = await ask(socket, "search_media", ROOT, search_query="m 31")
    media = await ask(socket, "resolve_media", found["result"][0]["media_content_id"])
    assert media["mime_type"] == "image/jpeg"
    client = await hass_client_no_auth()
    answer = await client.get(media["url"])
    assert Image.open(BytesIO(await answer.read())).format == "JPEG"
    assert observatory.ledger.count("/image/0") == 1
    assert (await client.get(media["url"].split("?")[0])).status == HTTPStatus.UNAUTHORIZED


@quiet
async def test_twenty_viewers_cause_one_request(
    hass: HomeAssistant,
    observatory: Observatory,
    socket: MockHAClientWebSocket,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """Five each at the camera, the image, the media and the path for notifications."""
    camera, image = (
        "camera.observatory_imaging_latest_image_camera",
        "image.observatory_imaging_latest_image",
    )
    found = await ask(socket, "search_media", ROOT, search_query="dark")
    media = await ask(socket, "resolve_media", found["result"][0]["media_content_id"])
    own, signed = await hass_client(), await hass_client_no_auth()
    size = f"width={DEFAULT_WIDTH}"
    paths = (
        (own, f"{attributes(hass, camera)['entity_picture']}&{size}&height=960"),
        (own, attributes(hass, image)["entity_picture"]),
        (own, f"{attributes(hass, 'event.observatory_imaging_image_events')['picture']}?{size}"),
        (signed, f"{media['url']}&{size}"),
    )
    looks = [client.get(path) for _ in range(5) for client, path in paths]
    answers = await asyncio.gather(*looks)
    assert [answer.status for answer in answers] == [HTTPStatus.OK] * 20
    assert len({await answer.read() for answer in answers}) == 1
    newest = len(observatory.images.frames) - 1
    assert observatory.ledger.count(f"/image/{newest}") == 1


@quiet
async def test_searching(socket: MockHAClientWebSocket, subtests: pytest.Subtests) -> None:
    """All words have to be said about a frame."""
    for query, found in (
        ("", 3),
        ("light", 2),
        ("LIGHT ngc", 1),
        ("dark", 1),
        ("30 s", 3),
        ("dark ngc", 0),
        ("nothing like it", 0),
    ):
        with subtests.test(query):
            answer = await ask(socket, "search_media", ROOT, search_query=query)
            assert len(answer["result"]) == found


@quiet
async def test_searching_below_a_level(
    socket: MockHAClientWebSocket, settled: MockConfigEntry
) -> None:
    """Only what is there, and only pictures."""
    rig = f"{ROOT}/{settled.entry_id}"
    night = next(iter(below(await ask(socket, "browse_media", rig)).values()))
    target = below(await ask(socket, "browse_media", night))["M 31"]
    for place, found in ((rig, 3), (night, 3), (target, 1), (f"{ROOT}/another", 0)):
        answer = await ask(socket, "search_media", place, search_query="30")
        assert len(answer["result"]) == found
    await socket.send_json_auto_id(
        {
            "type": "media_source/search_media",
            "media_content_id": ROOT,
            "search_query": "30",
            "media_filter_classes": ["video"],
        }
    )
    assert (await socket.receive_json())["result"] == {"result": []}


@quiet
async def test_searching_two_rigs(
    hass: HomeAssistant, observatory: Observatory, socket: MockHAClientWebSocket
) -> None:
    """What is newest comes first, whichever took it."""
    later = observatory.images.frames[-1].saved_at + timedelta(days=1)
    async with Observatory(port=0, scheduler_port=None, speed=1, start=later) as other:
        entry = MockConfigEntry(
            domain=DOMAIN, title="Other", data={"host": "127.0.0.1", "port": other.port}
        )
        await set_up(hass, entry)
        await other.camera.routines.take(Exposure(0.1, "LIGHT", "NGC 7000"))
        await eventually(lambda: entry.runtime_data.frames.data.frames)
        found = (await ask(socket, "search_media", ROOT, search_query="light"))["result"]
        rigs = [each["media_content_id"].split("/")[3] for each in found]
        assert [rig == entry.entry_id for rig in rigs] == [True, False, False]
        await unload(hass, entry)


@quiet
async def test_what_is_not_there(
    hass: HomeAssistant, socket: MockHAClientWebSocket, settled: MockConfigEntry
) -> None:
    """An error that says so, wherever somebody looks."""
    rig = f"{ROOT}/{settled.entry_id}"
    for place in (f"{ROOT}/another", f"{rig}/1999-12-31", f"{rig}/frame/0123456789abcdef"):
        assert await ask(socket, "browse_media", place) == "browse_media_failed"
    frame = "frame/0123456789abcdef"
    for place in (f"{rig}/{frame}", f"{ROOT}/another/{frame}", rig, f"{rig}/1999-12-31/M 31"):
        assert await ask(socket, "resolve_media", place) == "resolve_media_failed"


PATHS = (
    ("another/{frame}/picture", HTTPStatus.NOT_FOUND),
    ("{entry}/0123456789abcdef/picture", HTTPStatus.NOT_FOUND),
    ("{entry}/{frame}/secrets", HTTPStatus.NOT_FOUND),
    ("{entry}/{frame}/picture?width=640", HTTPStatus.OK),
    ("{entry}/{frame}/picture?width=0", HTTPStatus.BAD_REQUEST),
    ("{entry}/{frame}/picture?width=-1", HTTPStatus.BAD_REQUEST),
    ("{entry}/{frame}/picture?width=99999999999", HTTPStatus.BAD_REQUEST),
    ("{entry}/{frame}/picture?width=0200001", HTTPStatus.BAD_REQUEST),
    (f"{{entry}}/{{frame}}/picture?width=000001{5000 * '0'}", HTTPStatus.BAD_REQUEST),
    ("{entry}/{frame}/picture?width=wide", HTTPStatus.BAD_REQUEST),
)


@quiet
async def test_paths(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    socket: MockHAClientWebSocket,
    hass_client: ClientSessionGenerator,
    subtests: pytest.Subtests,
) -> None:
    """Nonsense is refused, and nothing but frames is to be had."""
    known = attributes(hass, "event.observatory_imaging_image_events")["picture"].split("/")[4]
    client = await hass_client()
    for path, status in PATHS:
        filled = path.format(entry=settled.entry_id, frame=known)
        with subtests.test(path[:60]):
            assert (await client.get(f"/api/{DOMAIN}/{filled}")).status == status


@quiet
async def test_the_event_says_where_the_picture_is(
    hass: HomeAssistant,
    socket: MockHAClientWebSocket,
    hass_client: ClientSessionGenerator,
    observatory: Observatory,
) -> None:
    """A path for a notification, at any width."""
    frame = observatory.images.frames[-1]
    await observatory.camera.routines.save(replace(frame, filename="another.fits"))
    event = "event.observatory_imaging_image_events"
    await eventually(lambda: attributes(hass, event).get("filename") == "another.fits")
    client = await hass_client()
    answer = await client.get(attributes(hass, event)["picture"] + "?width=320")
    assert answer.status == HTTPStatus.OK
    assert Image.open(BytesIO(await answer.read())).width == 320
    assert observatory.ledger.count("/image/3") == 1


@quiet
async def test_without_thumbnails(
    hass: HomeAssistant,
    observatory: Observatory,
    socket: MockHAClientWebSocket,
    hass_client: ClientSessionGenerator,
) -> None:
    """Where the plugin makes none, a small picture does."""
    path = attributes(hass, "event.observatory_imaging_image_events")["picture"]
    client = await hass_client()
    async with observatory.faults.during("unknown_error", path="/image/thumbnail/*"):
        answer = await client.get(path.replace("picture", "thumbnail"))
    assert Image.open(BytesIO(await answer.read())).width == 256


@quiet
async def test_a_picture_that_cannot_be_had(
    hass: HomeAssistant,
    observatory: Observatory,
    socket: MockHAClientWebSocket,
    hass_client: ClientSessionGenerator,
) -> None:
    """It is said to be so, and nothing else is hindered."""
    path = attributes(hass, "event.observatory_imaging_image_events")["picture"]
    client = await hass_client()
    async with observatory.faults.during("html", path="/image/2"):
        assert (await client.get(path)).status == HTTPStatus.BAD_GATEWAY
    assert (await client.get(path)).status == HTTPStatus.OK


@quiet
async def test_a_frame_of_a_n_i_n_a_that_was_closed(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    socket: MockHAClientWebSocket,
    hass_client: ClientSessionGenerator,
) -> None:
    """Nobody else's frame is shown instead of it."""
    path = attributes(hass, "event.observatory_imaging_image_events")["picture"]
    await observatory.restart_nina()
    frames = settled.runtime_data.frames
    await eventually(lambda: not frames.data.frames)
    client = await hass_client()
    assert (await client.get(path)).status == HTTPStatus.NOT_FOUND
