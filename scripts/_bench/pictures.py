"""Pictures: what many viewers ask N.I.N.A. for, and what is kept of them."""

import asyncio
import gc
from typing import Final

from homeassistant.components.camera import async_get_image

from .house import House, settled_house

_VIEWERS: Final = 20
_WIDTHS: Final = range(95, 1901, 95)
_CHANGES: Final = 3
# Each picture has so many megabytes, so that twenty changes are more than may be kept.
_MEGABYTES: Final = 2.0
_MANY: Final = 20
# Seconds in which a saved frame is what is shown.
_SHOWN: Final = 8.0
# Texts and answers are shorter, pictures longer.
_SHORTEST: Final = 100_000


async def measure() -> dict[str, float]:
    """Return requests for one change of a picture, and the megabytes that are kept in the end."""
    async with settled_house("clear_night", complete=True) as house:
        await house.site.ask("image")
        one = [await _change(house, [640] * _VIEWERS) for _ in range(_CHANGES)]
        many = [await _change(house, list(_WIDTHS)) for _ in range(_CHANGES)]
        before = _kept()
        await house.site.ask("fault", name="huge_picture", megabytes=_MEGABYTES)
        for _ in range(_MANY):
            await _change(house, [320, 640, 1920])
        return {
            "viewers-one": max(one),
            "viewers-many": max(many),
            "cache": max(0.0, _kept() - before),
        }


async def _change(house: House, widths: list[int]) -> int:
    """Have a frame saved and looked at by viewers of some widths; return the requests for pictures."""
    await house.site.ask("save", hfr=2.0)
    await asyncio.sleep(_SHOWN)
    before = await _pictures(house)
    camera = house.entity("camera", "hub_latest_image")
    await asyncio.gather(*(async_get_image(house.hass, camera, width=each) for each in widths))
    return await _pictures(house) - before


async def _pictures(house: House) -> int:
    """Return how often a picture was asked for."""
    requests = (await house.site.ask("requests"))["requests"]
    return sum("/image/" in path or path.endswith("/prepared-image") for path, *_ in requests)


def _kept() -> float:
    """Return the megabytes of all long byte strings that something refers to."""
    gc.collect()
    found = {
        id(each): len(each)
        for owner in gc.get_objects()
        for each in gc.get_referents(owner)
        if type(each) is bytes and len(each) > _SHORTEST
    }
    return sum(found.values()) / 1e6
