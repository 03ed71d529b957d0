"""Pictures are fetched once however many look at them."""

import asyncio

import pytest

from custom_components.nina_observatory.api import NinaConnectionError, Picture
from custom_components.nina_observatory.readings.picture_cache import PictureCache


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


async def test_viewers_share_one_request() -> None:
    """Twenty viewers of one picture cause one request."""
    cache, source = PictureCache(), Source()
    pictures = await asyncio.gather(*(cache.async_get("a", source.fetch) for _ in range(20)))
    assert source.asked == 1
    assert len({id(picture) for picture in pictures}) == 1


async def test_viewers_share_a_failure() -> None:
    """Twenty viewers of a picture that cannot be had cause one request as well."""
    cache, asked = PictureCache(), 0

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


async def test_one_that_never_comes_blocks_no_other() -> None:
    """There is a second lane, and the first is free again when its viewer is gone."""
    cache, source = PictureCache(), Source()
    for key in "ab":
        hanging = asyncio.create_task(cache.async_get(key, asyncio.Event().wait))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            assert await cache.async_get(f"{key} next", source.fetch)
        hanging.cancel()
        await asyncio.wait([hanging])


async def test_bounded_by_bytes() -> None:
    """The longest unused picture goes first; the newest stays even alone beyond the bound."""
    cache, source = PictureCache(maximum_bytes=25), Source()
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


async def test_what_cannot_be_fetched_again() -> None:
    """All others make room for it; then it is the longest unused one of its own kind that does."""
    cache, source = PictureCache(maximum_bytes=25), Source()
    picture = await source.fetch()
    cache.keep("mine", picture)
    for key in "ab":
        await cache.async_get(key, source.fetch)
    assert (cache.find("mine"), cache.find("a")) == (picture, None)
    cache.keep("other", picture)
    assert cache.find("b") is None
    assert cache.find("mine") == picture
    cache.keep("third", picture)
    assert cache.find("other") is None
    assert (cache.find("mine"), cache.find("third")) == (picture, picture)
    assert cache.counts["kept_bytes"] == 20


async def test_a_failure_is_not_kept() -> None:
    """A picture that failed is asked for again, and a viewer that gave up blocks nobody."""
    cache, source = PictureCache(), Source()

    async def fail() -> Picture:
        """Fail as a closed N.I.N.A. does."""
        raise NinaConnectionError

    with pytest.raises(NinaConnectionError):
        await cache.async_get("a", fail)
    impatient = asyncio.create_task(cache.async_get("a", asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait([impatient])
    assert (await cache.async_get("a", source.fetch)).data == bytes(10)
