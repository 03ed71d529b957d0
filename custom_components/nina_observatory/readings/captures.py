"""Pictures of exposures that N.I.N.A. did not save: they can be fetched only once, when taken."""

import asyncio
from secrets import token_hex
from typing import Final

from ..api import Picture
from .picture_cache import PictureCache

# As long as the ids of frames, which appear in the same URLs.
_ID_BYTES: Final = 8


class Captures:
    """The pictures of one entry's captures, by unguessable ids.

    N.I.N.A. keeps only the picture of its last capture, so `one_at_a_time` is held from before the
    exposure until its picture was fetched.
    """

    def __init__(self, pictures: PictureCache) -> None:
        self.one_at_a_time = asyncio.Lock()
        self._pictures = pictures

    def keep(self, picture: Picture) -> str:
        """Store a picture for as long as there is room for it, and return its id."""
        capture_id = token_hex(_ID_BYTES)
        self._pictures.keep(("capture", capture_id), picture)
        return capture_id

    def find(self, capture_id: str) -> Picture | None:
        """Return a picture by its id; None if it is no longer stored."""
        return self._pictures.find(("capture", capture_id))

    async def async_find(self, capture_id: str, width: int | None) -> Picture | None:
        """Return a picture of at most that width; None if it is no longer stored."""
        return await self._pictures.async_find(("capture", capture_id), width)
