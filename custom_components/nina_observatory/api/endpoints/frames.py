"""Saved frames and their pictures."""

import asyncio
from typing import Final

from ..errors import NinaResponseError
from ..models.base import decode, decode_all, in_place, without_zeros
from ..models.extras import PlateSolveResult
from ..models.frames import Frame
from ..models.wire import count
from ..pictures import JPEG_QUALITY, Picture, fetch_picture, scaled
from ..plugin_version import since
from ..transport import SOLVE_TIMEOUT, WORK_TIMEOUT, Endpoint
from ..wire_json import Json

# A frame that cannot be decoded keeps its place.
_frames: Final = in_place(Frame)


class FramesEndpoint(Endpoint):
    """Read and solve frames; see `pictures.scaled` for `width` in px and `quality`.

    Lists of unlimited length are decoded outside the event loop.
    """

    async def get_all(self) -> tuple[Frame, ...]:
        """Read all frames saved since N.I.N.A. started, oldest first; the index identifies them."""
        envelope = await self._ask("image-history", params={"all": True}, within=WORK_TIMEOUT)
        return await asyncio.to_thread(self._decode, envelope.array())

    def _decode(self, payload: list[Json]) -> tuple[Frame, ...]:
        """Decode a list of frames."""
        frames = _frames(payload)
        return tuple(map(without_zeros, frames)) if self.plugin.loses_nan else frames

    async def get(self, number: int) -> Frame | None:
        """Read one frame by its index in the list, None if the answer has none.

        Raises NinaCommandError if the list is shorter.
        """
        envelope = await self._ask("image-history", params={"index": number})
        frame = next(iter(decode_all(Frame, envelope.array())), None)
        return without_zeros(frame) if frame is not None and self.plugin.loses_nan else frame

    async def count(self) -> int:
        """Count the frames saved since N.I.N.A. started."""
        envelope = await self._ask("image-history", params={"count": True})
        if (frames := count(envelope.response)) is None:
            raise NinaResponseError("expected the number of frames")
        return frames

    async def get_image(
        self, index: int, *, width: int | None = None, quality: int = JPEG_QUALITY
    ) -> Picture:
        """Render a frame by its index, as N.I.N.A. would show it."""
        prepared = {"autoPrepare": True} if self.plugin.at_least(2, 1, 8) else {}
        return await fetch_picture(
            self._transport,
            "image",
            str(index),
            params={**scaled(width, quality), **prepared},
            streams=self.plugin.streams_pictures,
        )

    @since(2, 2)
    async def get_thumbnail(self, index: int) -> Picture:
        """Read the thumbnail of a frame, by far the cheapest picture, if thumbnails are enabled."""
        return await fetch_picture(self._transport, "image", "thumbnail", str(index), params={})

    @since(2, 2, 9)
    async def get_prepared_image(
        self, *, width: int | None = None, quality: int = JPEG_QUALITY
    ) -> Picture:
        """Render the picture on N.I.N.A.'s imaging page."""
        return await fetch_picture(
            self._transport,
            "prepared-image",
            params={**scaled(width, quality), "autoPrepare": True},
        )

    @since(2, 2, 13)
    async def solve(self, index: int) -> PlateSolveResult:
        """Plate solve a saved frame by its index, near where the mount points.

        This discards the plate solution of the last capture.
        """
        envelope = await self._order("image", str(index), "solve", within=SOLVE_TIMEOUT)
        return decode(PlateSolveResult, envelope.object())

    @since(2, 2, 13)
    async def solve_prepared(self) -> PlateSolveResult:
        """Plate solve the picture on N.I.N.A.'s imaging page; as `solve`."""
        envelope = await self._order("prepared-image", "solve", within=SOLVE_TIMEOUT)
        return decode(PlateSolveResult, envelope.object())
