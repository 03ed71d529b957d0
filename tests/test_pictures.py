"""Pictures are fetched once however many look at them, and scaled here to the widths they want."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from io import BytesIO
import random
import threading
from typing import Any

from homeassistant.core import HomeAssistant
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.api import NinaConnectionError, Picture
from custom_components.nina_observatory.readings import picture_cache, picture_scaling
from custom_components.nina_observatory.readings.picture_cache import PictureCache
from custom_components.nina_observatory.readings.picture_scaling import fit, next_step

# Nothing comes of it.
NEVER: Callable[..., Awaitable[Any]] = lambda *_: asyncio.Event().wait()  # noqa: E731
ENTRY = {"title": "Observatory"}


class Source:
    """Something that serves pictures and counts how often it was asked."""

    def __init__(self, size: int = 10) -> None:
        """Serve pictures of some bytes."""
        self.size = size
        self.asked = 0

    async def fetch(self) -> Picture:
        """Serve a picture after giving others a chance to ask too."""
        self.asked += 1
        await asyncio.sleep(0)
        return Picture(content_type="image/jpeg", data=bytes(self.size))


def picture(width: int, height: int, form: str = "JPEG", mode: str = "L", **how: Any) -> Picture:
    """Return a picture with something in it."""
    data = BytesIO()
    with Image.effect_noise((width, height), 20) as noise:
        noise.convert(mode).save(data, form, **how)
    return Picture(f"image/{form.lower()}", data.getvalue())


def size(shown: Picture) -> tuple[int, int]:
    """Return width and height of a picture, all of which can be read."""
    with Image.open(BytesIO(shown.data)) as image:
        image.load()
        assert image.get_format_mimetype() == shown.content_type
        return image.size


class Renderer:
    """A N.I.N.A. that renders a frame of some width, and counts which widths it was asked for."""

    def __init__(self, width: int = 2000) -> None:
        """Have a frame."""
        self.width = width
        self.asked: Counter[int] = Counter()

    async def render(self, width: int) -> Picture:
        """Serve the frame: never enlarged, never below a tenth."""
        self.asked[width] += 1
        await asyncio.sleep(0)
        shown = max(self.width // 10, min(self.width, width))
        return picture(shown, shown // 2)


@pytest.fixture
def cache(hass: HomeAssistant) -> PictureCache:
    """Return a cache."""
    return PictureCache(hass, MockConfigEntry(**ENTRY))


def small(hass: HomeAssistant, maximum_bytes: int) -> PictureCache:
    """Return a cache with little room."""
    return PictureCache(hass, MockConfigEntry(**ENTRY), maximum_bytes)


async def test_viewers_share_one_request(cache: PictureCache) -> None:
    """Twenty viewers of one picture cause one request."""
    source = Source()
    pictures = await asyncio.gather(*(cache.async_get("a", source.fetch) for _ in range(20)))
    assert source.asked == 1
    assert len({id(shown) for shown in pictures}) == 1


async def test_viewers_share_a_failure(cache: PictureCache) -> None:
    """Twenty viewers of a picture that cannot be had cause one request as well."""
    asked = 0

    async def fail() -> Picture:
        """Fail after a while."""
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        raise NinaConnectionError

    looks = (cache.async_get("a", fail) for _ in range(20))
    errors = await asyncio.gather(*looks, return_exceptions=True)
    assert {type(error) for error in errors} == {NinaConnectionError}
    assert asked == cache.failed == 1


async def test_one_that_never_comes_blocks_no_other(cache: PictureCache) -> None:
    """There is a second lane, and the first is free again when its viewer is gone."""
    source = Source()
    for key in "ab":
        hanging = asyncio.create_task(cache.async_get(key, NEVER))
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            assert await cache.async_get(f"{key} next", source.fetch)
        hanging.cancel()
        await asyncio.wait([hanging])


async def test_bounded_by_bytes(hass: HomeAssistant) -> None:
    """The longest unused picture goes first; the newest stays even alone beyond the bound."""
    cache, source = small(hass, 25), Source()
    for key in ("a", "b", "a", "c"):
        await cache.async_get(key, source.fetch)
    assert source.asked == 3
    await cache.async_get("a", source.fetch)
    assert source.asked == 3
    await cache.async_get("b", source.fetch)
    assert source.asked == 4
    await cache.async_get("huge", Source(100).fetch)
    await cache.async_get("huge", source.fetch)
    assert source.asked == 4


async def test_what_cannot_be_fetched_again(hass: HomeAssistant) -> None:
    """All others make room for it; then it is the longest unused one of its own kind that does."""
    cache, source = small(hass, 25), Source()
    mine = await source.fetch()
    cache.keep("mine", mine)
    for key in "ab":
        await cache.async_get(key, source.fetch)
    assert (cache.find("mine"), cache.find("a")) == (mine, None)
    cache.keep("other", mine)
    assert cache.find("b") is None
    assert cache.find("mine") == mine
    cache.keep("third", mine)
    assert cache.find("other") is None
    assert (cache.find("mine"), cache.find("third")) == (mine, mine)
    assert cache.counts["kept_bytes"] == 20


async def test_a_failure_is_not_kept(cache: PictureCache) -> None:
    """A picture that failed is asked for again, and a viewer that gave up blocks nobody."""
    source = Source()

    async def fail() -> Picture:
        """Fail as a closed N.I.N.A. does."""
        raise NinaConnectionError

    with pytest.raises(NinaConnectionError):
        await cache.async_get("a", fail)
    impatient = asyncio.create_task(cache.async_get("a", NEVER))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait([impatient])
    assert (await cache.async_get("a", source.fetch)).data == bytes(10)


@pytest.mark.parametrize(
    ("width", "step"),
    [(1, 640), (640, 640), (641, 1280), (1281, 1920), (3840, 3840), (3841, 20000), (99999, 20000)],
)
def test_steps(width: int, step: int) -> None:
    """The next one is asked for, and for what is wider than all frames the whole frame."""
    assert next_step(width) == step


@pytest.mark.parametrize(
    ("frame", "order"),
    [(2000, "up"), (1200, "mixed"), (9576, "down")],
)
async def test_twenty_widths(cache: PictureCache, frame: int, order: str) -> None:
    """One request a step at most, whoever comes first; no answer is wider than it was wanted."""
    nina, widths = Renderer(frame), list(range(100, 2100, 100))
    if order == "mixed":
        random.Random(4).shuffle(widths)
    elif order == "down":
        widths.reverse()
    shown = await asyncio.gather(
        *(cache.async_get_width("frame", width, nina.render) for width in widths)
    )
    for width, each in zip(widths, shown, strict=True):
        own = min(width, frame)
        assert size(each)[0] == own
        assert size(each)[1] == pytest.approx(own / 2, abs=1)
    assert nina.asked == dict.fromkeys({next_step(width) for width in widths}, 1)
    before = cache.counts
    for width in widths:
        await cache.async_get_width("frame", width, nina.render)
    assert cache.counts == before


async def test_what_is_there_is_scaled(cache: PictureCache) -> None:
    """A wider picture is not asked for again in a narrower width; one more narrow is no help."""
    nina = Renderer()
    for width, asked in ((1000, {1280}), (300, {1280}), (1500, {1280, 1920}), (1920, {1280, 1920})):
        shown = await cache.async_get_width("frame", width, nina.render)
        assert size(shown)[0] == width
        assert nina.asked == dict.fromkeys(asked, 1)
    await cache.async_get_width("another", 300, nina.render)
    assert nina.asked[640] == 1


async def test_bounded_with_many_widths(hass: HomeAssistant) -> None:
    """Scaled ones count; what they were scaled from stays, so nothing is asked for twice."""
    nina, bound = Renderer(640), 200_000
    cache = small(hass, bound)
    for width in range(20, 640, 4):
        await cache.async_get_width("frame", width, nina.render)
        kept = cache.counts
        assert kept["kept_bytes"] <= bound
        assert kept["kept_bytes"] == sum(len(each.picture.data) for each in cache._kept.values())
    assert nina.asked == {640: 1}
    assert cache.counts["kept"] < cache.counts["scaled"] == 155


def damaged(width: int, height: int, **how: Any) -> Picture:
    """Return a JPEG whose header promises other measures than it has."""
    data = bytearray(picture(8, 8, **how).data)
    # The start of the frame: marker, length, precision, height, width.
    header = data.index(b"\xff\xc2" if how else b"\xff\xc0")
    data[header + 5 : header + 9] = height.to_bytes(2) + width.to_bytes(2)
    return Picture("image/jpeg", bytes(data))


def odd_pictures() -> dict[str, Picture]:
    """Return pictures that are damaged, or none."""
    return {
        "truncated": Picture("image/jpeg", picture(2000, 1000).data[:9000]),
        "a truncated PNG": Picture("image/png", picture(2000, 1000, "PNG").data[:9000]),
        "only a signature": Picture("image/jpeg", b"\xff\xd8\xff"),
        "no picture": Picture("image/png", b"<html>"),
        "a wide header": damaged(20_000, 15_000),
        "as wide as can be": damaged(65_535, 65_535),
        "a long header": damaged(700, 65_535, progressive=True),
        "nothing behind the header": Picture("image/jpeg", damaged(2000, 1000).data[:-2]),
    }


async def test_odd_pictures(
    cache: PictureCache, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    """They are served as they are, and are asked for once; others are scaled, and one line says so."""
    nina = Renderer()
    odd_ones = odd_pictures()
    for name, odd in odd_ones.items():
        with subtests.test(name):
            asked = Counter[int]()

            async def render(step: int, asked: Counter[int] = asked, odd: Picture = odd) -> Picture:
                """Serve the odd picture."""
                asked[step] += 1
                return odd

            looks = [cache.async_get_width(name, width, render) for width in (500, 400, 500)]
            assert await asyncio.gather(*looks) == [odd] * 3
            assert await cache.async_get_width(name, 100, render) == odd
            assert asked == {640: 1}
            # The narrower one may be in order.
            assert await cache.async_get_width(f"{name} wide", 1000, render) == odd
            assert size(await cache.async_get_width(f"{name} wide", 300, nina.render))[0] == 300
    assert nina.asked == {640: len(odd_ones)}
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(said) == 1
    assert said[0].startswith("Observatory: an image of 9000 bytes cannot be scaled")


def kinds() -> dict[str, Picture]:
    """Return a picture of each kind."""
    return {
        "gray": picture(1000, 500),
        "color": picture(1000, 500, mode="RGB"),
        "print colors": picture(1000, 500, mode="CMYK"),
        "progressive": picture(1000, 500, mode="RGB", progressive=True),
        "PNG": picture(1000, 500, "PNG", "RGB"),
        "transparent": picture(1000, 500, "PNG", "RGBA"),
        "palette": picture(1000, 500, "PNG", "P"),
        "bits": picture(1000, 500, "PNG", "1"),
        "deep": picture(1000, 500, "PNG", "I;16"),
        "flat": picture(1000, 1, "PNG"),
        "tall": picture(1000, 9000),
    }


def test_kinds(subtests: pytest.Subtests) -> None:
    """A JPEG stays one, a PNG as well; the proportions stay, down to one pixel."""
    for name, each in kinds().items():
        with subtests.test(name):
            scaled = fit(each, 200).scaled
            assert scaled is not None
            assert scaled.content_type == each.content_type
            assert size(scaled) == (200, max(1, size(each)[1] // 5))
            assert fit(each, 1000) == fit(each, 5000) == picture_scaling.Fit(width=1000)
    assert fit(picture(1, 1), 1) == picture_scaling.Fit(width=1)


def test_levels_stay() -> None:
    """What is gray stays as gray as it is, also through eight sizes at once."""
    data = BytesIO()
    Image.new("L", (4000, 400), 77).save(data, "JPEG", quality=95)
    scaled = fit(Picture("image/jpeg", data.getvalue()), 100).scaled
    assert scaled is not None
    with Image.open(BytesIO(scaled.data)) as image:
        assert image.getextrema() == (77, 77)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither more pixels than a sensor has are scaled, nor more than fit in memory."""
    large, progressive = picture(4000, 1000), picture(4000, 1000, progressive=True)
    monkeypatch.setattr(picture_scaling, "MOST_DECODED", 300_000)
    assert fit(large, 900).scaled
    assert "memory" in fit(large, 1100).problem
    assert "memory" in fit(progressive, 900).problem
    monkeypatch.setattr(picture_scaling, "MOST_PIXELS", 3_999_999)
    assert "sensor" in fit(large, 900).problem


async def test_scaled_in_a_thread(cache: PictureCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """One at a time, and once for all who want the same, also where some do not wait for it."""
    running, most, threads = 0, 0, set[threading.Thread]()
    proceed = threading.Event()

    def slowly(shown: Picture, width: int) -> picture_scaling.Fit:
        """Scale as slowly as a weak machine."""
        nonlocal running, most
        running += 1
        most = max(most, running)
        threads.add(threading.current_thread())
        proceed.wait(30)
        found = fit(shown, width)
        running -= 1
        return found

    monkeypatch.setattr(picture_cache, "fit", slowly)
    nina = Renderer()
    looks = [
        asyncio.create_task(cache.async_get_width("frame", width, nina.render))
        for width in (100, 200, 300, 300, 300)
    ]
    # A timer would not run down before the thread ends.
    while not running:
        await asyncio.sleep(0)
    for each in looks[:3]:
        each.cancel()
    await asyncio.wait(looks[:3])
    for _ in range(20):
        await asyncio.sleep(0)
    assert (running, most) == (1, 1)
    proceed.set()
    assert {size(await each) for each in looks[3:]} == {(300, 150)}
    assert most == 1
    assert threading.main_thread() not in threads
    assert cache.scaled == 1


async def test_one_viewer_goes(cache: PictureCache) -> None:
    """The request goes on for the others, whichever width each wants; without any it ends."""
    proceed, ended = asyncio.Event(), asyncio.Event()
    nina = Renderer()

    async def render(step: int) -> Picture:
        """Render when it is time."""
        try:
            await proceed.wait()
        finally:
            ended.set()
        return await nina.render(step)

    first, second = (
        asyncio.create_task(cache.async_get_width("frame", width, render)) for width in (300, 400)
    )
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    assert not ended.is_set()
    proceed.set()
    assert size(await second) == (400, 200)
    assert nina.asked == {640: 1}
    proceed.clear()
    ended.clear()
    alone = asyncio.create_task(cache.async_get_width("frame", 700, render))
    await asyncio.sleep(0)
    alone.cancel()
    await asyncio.wait([alone])
    await asyncio.sleep(0)
    assert ended.is_set()


async def test_closed(hass: HomeAssistant) -> None:
    """Whoever waits is told at once, nothing is kept, and nothing is fetched any more."""
    entry = MockConfigEntry(**ENTRY)
    cache, nina = PictureCache(hass, entry), Renderer()
    await cache.async_get_width("old", 300, nina.render)
    looks = [
        asyncio.create_task(cache.async_get_width("frame", width, NEVER)) for width in (300, 1000)
    ]
    await asyncio.sleep(0)
    assert len(entry._background_tasks) == 2
    await entry._async_process_on_unload(hass)
    errors = await asyncio.gather(*looks, return_exceptions=True)
    assert {type(error) for error in errors} == {NinaConnectionError}
    assert (cache.counts["kept"], cache.counts["kept_bytes"]) == (0, 0)
    with pytest.raises(NinaConnectionError):
        await cache.async_get_width("old", 300, nina.render)
    assert not entry._background_tasks


async def test_a_new_picture(cache: PictureCache) -> None:
    """It was requested after the call; calls share what was not sent yet, and nothing is kept."""
    sent: list[int | None] = []
    proceed = asyncio.Event()

    async def render(step: int | None) -> Picture:
        """Serve a picture whose height is the number of the request."""
        sent.append(step)
        number = len(sent)
        await proceed.wait()
        return picture(step or 2000, number)

    def call(*widths: int | None) -> list[asyncio.Task[Picture]]:
        """Ask for new pictures."""
        return [
            asyncio.create_task(cache.async_get_new("screen", width, render)) for width in widths
        ]

    first = call(640)
    await asyncio.sleep(0)
    second = call(640)
    await asyncio.sleep(0)
    # Both lanes are taken.
    others = call(*[640] * 10, None, None)
    await asyncio.sleep(0)
    assert sent == [640, 640]
    proceed.set()
    shown = [size(await each) for each in (*first, *second, *others)]
    assert shown == [(640, 1), (640, 2), *[(640, 3)] * 10, (2000, 4), (2000, 4)]
    assert sent == [640, 640, 640, None]
    assert cache.counts["kept"] == 0
    assert size(await cache.async_get_new("screen", 320, render)) == (320, 2)
    assert sent[4:] == [640]
