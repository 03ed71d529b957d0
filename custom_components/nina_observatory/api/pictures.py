"""Pictures as bytes of limited size, from servers with and without streaming."""

from base64 import b64decode
import binascii
from dataclasses import dataclass
from typing import Final

import orjson

from .errors import NinaResponseError, NinaUnfinishedError
from .transport import Answer, Params, Transport, open_envelope

# Rendering a full frame takes time on a computer that is busy imaging.
PICTURE_TIMEOUT: Final = 60.0
# Bytes of a picture: a whole frame of 61 million pixels has 25 million as a JPEG.
LARGEST_PICTURE: Final = 32_000_000
# The default quality of a JPEG.
JPEG_QUALITY: Final = 85
_SIGNATURES: Final = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture; `content_type` is a registered type without parameters."""

    content_type: str
    data: bytes


def scaled(width: int | None, quality: int) -> dict[str, str | float | bool]:
    """Return the parameters for the size and quality of a picture.

    `quality` is that of a JPEG, 1 to 100; 0 requests a PNG. Only the width counts, and the server
    limits it to between a tenth of the frame and the whole frame.
    """
    if width is None:
        return {"quality": quality, "resize": False}
    return {"quality": quality, "resize": True, "size": f"{width}x{width}"}


async def fetch_picture(
    transport: Transport, *path: str, params: Params, streams: bool = True, key: str | None = None
) -> Picture:
    """Request a picture.

    A server without streaming sends base64 in the answer, under `key` if given. Raises
    NinaCommandError if the server returns an error instead of a picture.
    """
    answer = await transport.fetch(
        *path,
        params={**params, "stream": True} if streams else params,
        within=PICTURE_TIMEOUT,
        # Base64 makes four bytes of three.
        limit=LARGEST_PICTURE if streams else LARGEST_PICTURE * 4 // 3,
    )
    return read_picture(answer, key)


def read_picture(answer: Answer, key: str | None = None) -> Picture:
    """Return the picture in an answer, streamed or not; its declared type proves nothing.

    Raises NinaUnfinishedError if the answer is text instead of an object with the picture under
    `key`: the capture is still in progress.
    """
    if (content_type := _kind(answer.body)) is not None:
        return Picture(content_type, answer.body)
    envelope = open_envelope(answer)
    if key is not None and isinstance(envelope.response, str):
        raise NinaUnfinishedError(f"there is no image yet: {envelope.response}")
    encoded = envelope.response if key is None else envelope.object().get(key)
    try:
        data = b64decode(encoded, validate=True) if isinstance(encoded, str) else b""
    except binascii.Error, ValueError:
        data = b""
    if (content_type := _kind(data)) is None:
        said = orjson.dumps(envelope.response)[:100].decode(errors="replace")
        raise NinaResponseError(f"expected an image, got {said}")
    return Picture(content_type, data)


def _kind(data: bytes) -> str | None:
    """Return the type of a picture by its first bytes."""
    return next((kind for start, kind in _SIGNATURES if data.startswith(start)), None)
