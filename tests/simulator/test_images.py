"""Saved images: history, pictures, thumbnails, files, and the picture on the screen."""

import base64
import io

from PIL import Image
import pytest

from simulator import Observatory
from simulator.enums import SensorType

from .support import Answer, Client, eventually

CAPTURE = (
    "/equipment/camera/capture?duration=1&save=true&waitForResult=true&omitImage=true&imageType="
)
API = "/v2/api"


async def frames(client: Client, *kinds: str) -> None:
    """Take and save a frame of each type."""
    for kind in kinds:
        await client.get(CAPTURE + kind)


def picture(answer: Answer) -> Image.Image:
    """Return the picture in a body."""
    return Image.open(io.BytesIO(answer.body))


async def test_empty(client: Client) -> None:
    assert await client.refused("/image-history") == ("Index out of range", 400)
    assert await client.refused("/image-history?index=0") == ("Index out of range", 400)
    assert await client.get("/image-history?all=true") == []
    assert await client.get("/image-history?count=true") == 0
    assert await client.refused("/image/0") == ("No images available", 500)
    assert await client.refused("/image/0/solve") == ("No images available", 400)
    assert await client.refused("/image/0/prefix?prefix=x") == ("No images available", 400)
    assert await client.refused("/image/thumbnail/0") == ("No thumbnails available", 400)
    assert await client.refused("/prepared-image") == ("No image", 404)
    assert await client.refused("/prepared-image/solve") == ("Image not available", 404)


async def test_history(client: Client) -> None:
    await frames(client, "LIGHT", "DARK", "LIGHT")
    assert await client.get("/image-history?count=true&all=true") == 3
    everything = await client.get("/image-history?all=true")
    assert [entry["ImageType"] for entry in everything] == ["LIGHT", "DARK", "LIGHT"]
    assert await client.get("/image-history") == [everything[2]]
    assert await client.get("/image-history?index=1") == [everything[1]]
    for index in (-1, 3):
        refusal = ("Index out of range", 400)
        assert await client.refused(f"/image-history?index={index}") == refusal
    assert await client.get("/image-history?count=true&imageType=DARK") == 1
    assert await client.get("/image-history?index=1&imageType=LIGHT") == [everything[2]]
    assert await client.get("/image-history?all=true&imageType=dark") == []
    assert await client.refused("/image/0?imageType=FLAT") == ("No images available", 500)


async def test_pictures(observatory: Observatory, client: Client) -> None:
    await frames(client, "LIGHT")
    encoded = await client.get("/image/0?quality=50&resize=true&size=968x1")
    assert Image.open(io.BytesIO(base64.b64decode(encoded))).size == (968, 548)
    png = await client.ask(f"{API}/image/0?stream=true&resize=true&scale=0.2")
    assert png.content_type == "image/png; charset=utf-8"
    assert picture(png).width == 387
    jpeg = await client.ask(f"{API}/image/0?stream=true&quality=500&resize=true&size=10x10")
    assert jpeg.content_type == "image/jpeg; charset=utf-8"
    assert "Content-Length" not in jpeg.headers
    assert picture(jpeg).width == 194, "never below a tenth"
    whole = await client.ask(f"{API}/image/0?stream=true&quality=10&scale=0.1")
    assert picture(whole).width == observatory.camera.width, "scale acts with resize only"
    larger = await client.ask(f"{API}/image/0?stream=true&quality=10&resize=true&size=9000x1")
    assert picture(larger).width == observatory.camera.width


@pytest.mark.parametrize("size", ["640", "axb", "1x2x3", "-5x5"])
async def test_malformed_sizes(client: Client, size: str) -> None:
    await frames(client, "DARK")
    url = f"/image/0?stream=true&resize=true&size={size}"
    assert await client.refused(url) == ("Unknown error", 500)


async def test_images_that_do_not_exist(observatory: Observatory, client: Client) -> None:
    await frames(client, "DARK")
    assert await client.refused("/image/1") == ("Index out of range", 400)
    assert await client.refused("/image/thumbnail/1") == ("Unknown error", 500)
    assert await client.refused("/image/0?bayerPattern=rggb") == ("Invalid bayer pattern", 400)
    observatory.images.deleted.add(observatory.images.frames[0].filename)
    assert await client.refused("/image/0") == ("Unknown error", 500)


async def test_thumbnails(observatory: Observatory, client: Client) -> None:
    await frames(client, "LIGHT", "DARK")
    answer = await client.ask(f"{API}/image/thumbnail/0")
    assert answer.content_type == "image/jpeg; charset=utf-8"
    assert picture(answer).size == (256, 145)
    assert (await client.ask(f"{API}/image/thumbnail/0?imageType=DARK")).body != answer.body
    observatory.settings.thumbnails = False
    assert await client.refused("/image/thumbnail/0") == ("No thumbnails available", 400)


@pytest.mark.parametrize("value", ["true", "false"])
async def test_raw_fits(client: Client, value: str) -> None:
    await frames(client, "DARK")
    data = base64.b64decode(await client.get(f"/image/0?raw_fits={value}&stream=true"))
    assert data.startswith(b"SIMPLE  =                    T")
    assert len(data) % 2880 == 0


async def test_color_cameras(observatory: Observatory, client: Client) -> None:
    observatory.camera.sensor_type = SensorType.RGGB
    observatory.dome.put_shutter(1.0)
    await client.get("/livestack/start")
    await frames(client, "LIGHT")
    assert (await client.get("/image-history"))[0]["IsBayered"] is True
    gray = await client.ask(f"{API}/image/0?stream=true&quality=40")
    assert picture(gray).mode == "L"
    for query in ("debayer=true", "autoPrepare=true&factor=0.9"):
        color = await client.ask(f"{API}/image/0?stream=true&quality=40&{query}")
        assert picture(color).mode == "RGB"
    await eventually(lambda: observatory.live_stack.stacks)
    info = await client.get("/livestack/image/Snapshot/RGB/info")
    assert (info["IsMonochrome"], info["GreenStackCount"]) == (False, 1)
    assert "StackCount" not in info
    stacked = await client.ask(f"{API}/livestack/image/Snapshot/RGB?stream=true&quality=40")
    assert picture(stacked).mode == "RGB"


async def test_prefix(client: Client) -> None:
    await frames(client, "LIGHT")
    text = await client.get("/image/0/prefix?prefix=bad_")
    assert text == "Image renamed with prefix bad_"
    refusal = ("Image file does not exist", 400)
    assert await client.refused("/image/0/prefix?prefix=bad_") == refusal
    assert await client.refused("/image/5/prefix?prefix=x") == ("Index out of range", 400)


async def test_solving(observatory: Observatory, client: Client) -> None:
    observatory.dome.put_shutter(1.0)
    await frames(client, "LIGHT")
    solution = await client.get("/image/0/solve")
    assert solution["Success"] is True
    assert solution["Pixscale"] == pytest.approx(206.265 * 2.9 / 400)
    assert (await client.get("/prepared-image/solve"))["Success"] is True
    result = await client.get("/equipment/camera/capture?getResult=true&omitImage=true")
    assert result["PlateSolveResult"]["Success"] is True, "overwrites the stored solution"


async def test_prepared_image(client: Client) -> None:
    await client.get("/equipment/camera/capture?duration=1&waitForResult=true&omitImage=true")
    assert await client.get("/image-history?count=true") == 0
    answer = await client.ask(f"{API}/prepared-image?quality=70&resize=true&size=500x5")
    assert (answer.content_type, picture(answer).width) == ("image/jpeg; charset=utf-8", 500)


async def test_screenshot(observatory: Observatory, client: Client) -> None:
    answer = await client.ask(f"{API}/application/screenshot?stream=true&quality=60")
    assert answer.content_type == "image/jpg; charset=utf-8"
    assert picture(answer).size == (1920, 1080)
    assert isinstance(await client.get("/application/screenshot?resize=true&scale=0.1"), str)
    observatory.application.screen_locked = True
    assert await client.refused("/application/screenshot?stream=true") == ("Unknown error", 500)
