"""Pictures of exposures that N.I.N.A. did not save: they can be had once, when they were taken."""

import asyncio
from secrets import token_hex
from typing import Final

from ..api import Picture
from .picture_cache import PictureCache

# As long as the ids of frames, beside which they stand in addresses.
_ID_BYTES: Final = 8


class Captures:
    """The pictures of one entry's captures, by ids that nobody guesses.

    N.I.N.A. keeps the picture of its last capture alone, so `one_at_a_time` is held from before the
    exposure until its picture was fetched.
    """

    def __init__(self, pictures: PictureCache) -> None:
        """Keep them among all pictures of the entry, which share one bound."""
        self.one_at_a_time = asyncio.Lock()
        self._pictures = pictures

    def keep(self, picture: Picture) -> str:
        """Keep a picture for as long as there is room for it, and return its id."""
        capture_id = token_hex(_ID_BYTES)
        self._pictures.keep(("capture", capture_id), picture)
        return capture_id

    def find(self, capture_id: str) -> Picture | None:
        """Return a picture by its id, None where there is none any more."""
        return self._pictures.find(("capture", capture_id))
