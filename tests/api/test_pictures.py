"""Pictures: streamed or not, bounded, with a type that a browser knows."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from custom_components.nina_observatory.api import (
    NinaClient,
    NinaCommandError,
    NinaResponseError,
    NinaUnfinishedError,
    NinaVersionError,
    Picture,
    PluginVersion,
    pictures,
    release,
)
from custom_components.nina_observatory.api.plugin_version import NEWEST
from custom_components.nina_observatory.api.transport import Answer

from .fake import FakeServer, envelope

JPEG = b"\xff\xd8\xff\xe0 a picture"
PNG = b"\x89PNG\r\n\x1a\n a picture"
BEFORE_STREAMS = PluginVersion(release(2, 1, 5))


@pytest.mark.parametrize(
    ("header", "data", "content_type"),
    [
        ("image/jpg; charset=utf-8", JPEG, "image/jpeg"),
        ("image/jpeg; charset=utf-8", JPEG, "image/jpeg"),
        ("image/png; charset=utf-8", PNG, "image/png"),
        ("image/jpg", PNG, "image/png"),
        ("application/octet-stream", JPEG, "image/jpeg"),
    ],
)
async def test_a_streamed_picture(
    client: NinaClient, server: FakeServer, header: str, data: bytes, content_type: str
) -> None:
    server.raw("image/3", data, header)

    assert await client.frames.get_image(3, width=800, quality=80) == Picture(content_type, data)
    assert server.asked[0].query == {
        "quality": "80",
        "resize": "true",
        "size": "800x800",
        "autoPrepare": "true",
        "stream": "true",
    }
    assert server.asked[0].method == "GET"


async def test_a_picture_of_a_server_that_does_not_stream(
    client: NinaClient, server: FakeServer
) -> None:
    client.plugin = BEFORE_STREAMS
    server.answer("image/0", b64encode(JPEG).decode())

    assert await client.frames.get_image(0) == Picture("image/jpeg", JPEG)
    assert server.asked[0].query == {"quality": "85", "resize": "false"}


def test_a_picture_within_an_object() -> None:
    answer = Answer(200, "application/json", envelope({"Image": b64encode(PNG).decode()}))

    assert pictures.read_picture(answer, "Image") == Picture("image/png", PNG)


async def test_a_refusal_instead_of_a_picture(client: NinaClient, server: FakeServer) -> None:
    server.refuse("image/0", "No images available", 500)

    with pytest.raises(NinaCommandError, match="No images available"):
        await client.frames.get_image(0)


@pytest.mark.parametrize(
    "response", ["", "!!!", "§", b64encode(b"text").decode(), None, {}, 5, ["x" * 500]]
)
async def test_no_picture_in_the_answer(
    client: NinaClient, server: FakeServer, response: Any
) -> None:
    client.plugin = BEFORE_STREAMS
    server.answer("image/0", response)

    with pytest.raises(NinaResponseError, match="expected an image") as caught:
        await client.frames.get_image(0)

    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/svg+xml", "text/html"])
async def test_an_empty_picture(client: NinaClient, server: FakeServer, content_type: str) -> None:
    server.raw("image/0", b"", content_type)

    with pytest.raises(NinaResponseError):
        await client.frames.get_image(0)


@pytest.mark.parametrize("content_type", ["image/svg+xml", "image/jpeg", "text/html"])
async def test_a_picture_that_is_none(
    client: NinaClient, server: FakeServer, content_type: str
) -> None:
    server.raw("image/0", b"<svg onload='x'/>", content_type)

    with pytest.raises(NinaResponseError):
        await client.frames.get_image(0)


async def test_a_picture_beyond_all_measure(
    client: NinaClient, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "LARGEST_PICTURE", 1000)
    server.raw("image/0", JPEG + b"x" * 1000, "image/jpeg")

    with pytest.raises(NinaResponseError, match="longer than 1000"):
        await client.frames.get_image(0)


async def test_a_picture_of_an_old_server_beyond_all_measure(
    client: NinaClient, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.plugin = BEFORE_STREAMS
    monkeypatch.setattr(pictures, "LARGEST_PICTURE", 1000)
    server.answer("equipment/camera/capture", {"Image": b64encode(JPEG + b"x" * 1000).decode()})

    with pytest.raises(NinaResponseError, match="longer than 1333"):
        await client.camera.get_capture_picture()


OTHERS: dict[str, tuple[Callable[[NinaClient], Awaitable[Picture]], dict[str, str]]] = {
    "image/thumbnail/7": (lambda client: client.frames.get_thumbnail(7), {"stream": "true"}),
    "prepared-image": (
        lambda client: client.frames.get_prepared_image(width=640),
        {
            "stream": "true",
            "quality": "85",
            "resize": "true",
            "size": "640x640",
            "autoPrepare": "true",
        },
    ),
    "application/screenshot": (
        lambda client: client.application.get_screenshot(),
        {"stream": "true", "quality": "85", "resize": "false"},
    ),
    "equipment/camera/capture": (
        lambda client: client.camera.get_capture_picture(width=640, quality=70),
        {
            "stream": "true",
            "quality": "70",
            "resize": "true",
            "size": "640x640",
            "getResult": "true",
            "omitImage": "false",
        },
    ),
    "livestack/image/M 31?/Ha+": (
        lambda client: client.live_stack.get_picture("M 31?", "Ha+", quality=0),
        {"stream": "true", "quality": "0", "resize": "false"},
    ),
}


@pytest.mark.parametrize("path", OTHERS)
async def test_other_pictures(client: NinaClient, server: FakeServer, path: str) -> None:
    read, query = OTHERS[path]
    server.raw(path, JPEG, "image/jpg")

    assert await read(client) == Picture("image/jpeg", JPEG)
    assert server.asked[0].query == query


async def test_the_picture_of_a_capture_on_a_server_that_does_not_stream(
    client: NinaClient, server: FakeServer
) -> None:
    client.plugin = BEFORE_STREAMS
    server.answer("equipment/camera/capture", {"Image": b64encode(JPEG).decode()})

    assert await client.camera.get_capture_picture() == Picture("image/jpeg", JPEG)
    assert "stream" not in server.asked[0].query


@pytest.mark.parametrize("plugin", [NEWEST, BEFORE_STREAMS])
async def test_the_picture_of_a_capture_that_is_under_way(
    client: NinaClient, server: FakeServer, plugin: PluginVersion
) -> None:
    client.plugin = plugin
    server.answer("equipment/camera/capture", "Capture already in progress")

    with pytest.raises(NinaUnfinishedError):
        await client.camera.get_capture_picture()


async def test_pictures_that_old_servers_do_not_have(
    client: NinaClient, server: FakeServer
) -> None:
    client.plugin = BEFORE_STREAMS

    for path in ("image/thumbnail/7", "prepared-image", "livestack/image/M 31?/Ha+"):
        with pytest.raises(NinaVersionError):
            await OTHERS[path][0](client)

    assert not server.asked
