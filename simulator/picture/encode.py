"""From the pixels of a frame to the files a client gets: stretched pictures and FITS."""

from collections.abc import Mapping
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = [
    "SMALLEST_SCALE",
    "THUMBNAIL_WIDTH",
    "debayer",
    "encode",
    "fits",
    "rescale",
    "stretch",
    "thumbnail",
    "unstretched",
]

type Pixels = NDArray[np.uint16]

SMALLEST_SCALE = 0.1
THUMBNAIL_WIDTH = 256
STRETCH_FACTOR = 0.2
BLACK_CLIPPING = -2.8

_LEVELS = 65536
_BLOCK = 2880
_FITS_ZERO = 32768


def stretch(
    pixels: Pixels,
    *,
    factor: float = STRETCH_FACTOR,
    black_clipping: float = BLACK_CLIPPING,
    linked: bool = False,
) -> Image.Image:
    """Return the frame as a picture whose background is lifted to `factor`, as N.I.N.A. does.

    Planes of a color picture are stretched one by one, or `linked` by the same curve.
    """
    if pixels.ndim == 2:
        return Image.fromarray(_curve(pixels, factor, black_clipping)[pixels])
    common = _curve(pixels, factor, black_clipping) if linked else None
    planes = [
        (_curve(plane, factor, black_clipping) if common is None else common)[plane]
        for plane in np.moveaxis(pixels, -1, 0)
    ]
    return Image.fromarray(np.stack(planes, axis=-1))


def unstretched(pixels: Pixels) -> Image.Image:
    """Return the frame as a picture with the levels that it has: the stars, and almost no sky."""
    return Image.fromarray((pixels >> 8).astype(np.uint8))


def debayer(pixels: Pixels) -> Pixels:
    """Return a frame of an RGGB sensor as a color picture of half the size."""
    rows, columns = pixels.shape[0] // 2 * 2, pixels.shape[1] // 2 * 2
    cells = pixels[:rows, :columns]
    green = (cells[::2, 1::2].astype(np.uint32) + cells[1::2, ::2]) // 2
    return np.stack([cells[::2, ::2], green.astype(np.uint16), cells[1::2, 1::2]], axis=-1)


def rescale(
    picture: Image.Image, *, width: int | None = None, scale: float | None = None
) -> Image.Image:
    """Return the picture reduced to a width or by a scale, never below a tenth nor enlarged."""
    wanted = scale or (width / picture.width if width else 1.0)
    factor = max(SMALLEST_SCALE, min(1.0, wanted))
    if factor == 1.0:
        return picture
    size = max(1, round(picture.width * factor)), max(1, round(picture.height * factor))
    return picture.resize(size, Image.Resampling.BOX)


def encode(picture: Image.Image, quality: int = -1) -> tuple[bytes, str]:
    """Return file and content type: JPEG from a quality of 1 up, else PNG."""
    buffer = io.BytesIO()
    if quality < 1:
        picture.save(buffer, "PNG", compress_level=1)
        return buffer.getvalue(), "image/png"
    picture.save(buffer, "JPEG", quality=min(100, quality))
    return buffer.getvalue(), "image/jpeg"


def thumbnail(pixels: Pixels) -> bytes:
    """Return the thumbnail of a frame as JPEG: 256 pixels wide, or a tenth where that is more."""
    picture = stretch(pixels)
    return encode(rescale(picture, width=THUMBNAIL_WIDTH), 100)[0]


def fits(pixels: Pixels, cards: Mapping[str, str | float | int]) -> bytes:
    """Return a FITS file of a frame, with these cards besides those that describe the pixels."""
    rows, columns = pixels.shape
    header: dict[str, str | float | int | bool] = {
        "SIMPLE": True,
        "BITPIX": 16,
        "NAXIS": 2,
        "NAXIS1": columns,
        "NAXIS2": rows,
        "BZERO": _FITS_ZERO,
        "BSCALE": 1,
        **cards,
    }
    text = "".join(_card(key, value) for key, value in header.items()) + "END".ljust(80)
    data = (pixels.astype(np.int32) - _FITS_ZERO).astype(">i2").tobytes()
    return _padded(text.encode("ascii", "replace"), b" ") + _padded(data, b"\0")


def _curve(pixels: Pixels, factor: float, black_clipping: float) -> NDArray[np.uint8]:
    """Return the picture's level for each of the frame's levels: a midtones transfer function."""
    sample = pixels.ravel()[::7] / (_LEVELS - 1)
    median = float(np.median(sample))
    deviation = 1.4826 * float(np.median(np.abs(sample - median)))
    black = max(0.0, median + black_clipping * deviation) if median < 0.5 else 0.0
    midtones = _transfer(np.array([max(1e-6, median - black)]), factor)[0]
    levels = np.clip((np.arange(_LEVELS) / (_LEVELS - 1) - black) / (1 - black), 0, 1)
    return np.asarray(np.rint(_transfer(levels, midtones) * 255), np.uint8)


def _transfer(levels: NDArray[np.float64], midtones: float) -> NDArray[np.float64]:
    """Return the midtones transfer function."""
    divisor = (2 * midtones - 1) * levels - midtones
    return np.asarray((midtones - 1) * levels / np.where(divisor == 0, 1, divisor))


def _card(key: str, value: str | float | bool) -> str:
    """Return one line of a FITS header."""
    if isinstance(value, bool):
        text = f"{'T' if value else 'F':>20}"
    elif isinstance(value, str):
        text = "'" + value.replace("'", "''").ljust(8) + "'"
    else:
        text = f"{value:>20}"
    return f"{key:<8}= {text}"[:80].ljust(80)


def _padded(data: bytes, fill: bytes) -> bytes:
    """Return data filled up to whole FITS blocks."""
    return data + fill * (-len(data) % _BLOCK)
