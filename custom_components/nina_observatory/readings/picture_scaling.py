"""Widths of pictures: a few that N.I.N.A. is asked for, and all others scaled down from these."""

from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from ..api import Picture
from ..api.pictures import JPEG_QUALITY

LARGEST_WIDTH: Final = 20_000
# Widths in pixels that N.I.N.A. is asked for. For each it reads and stretches the whole frame again,
# so there are only as many as the size of a transfer justifies.
STEPS: Final = (
    # Cards and notifications. Of a frame of 6,400 pixels or more N.I.N.A. makes nothing narrower.
    640,
    # Dashboards: the width of the camera and the image if nobody asks for another one.
    1280,
    # Screens: the width of the paths of frames if nobody asks for another one.
    1920,
    # Screens with 4K.
    3840,
    # Whole frames, to look at single stars: no sensor is wider, and N.I.N.A. enlarges nothing.
    LARGEST_WIDTH,
)
# Pixels of the largest picture that is scaled; the largest sensors in use have 151 million.
MOST_PIXELS: Final = 160_000_000
# Pixels that are in memory at a time, of up to 4 bytes each: a frame of a full-frame sensor has 61
# million. A JPEG is read at half the size, a quarter or an eighth where that is enough.
MOST_DECODED: Final = 64_000_000


def next_step(width: int) -> int:
    """Return the width that N.I.N.A. is asked for where a width in pixels is wanted."""
    return next((step for step in STEPS if step >= width), LARGEST_WIDTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How a picture fits a width.

    `width` is its own width in pixels, None if it cannot be scaled because of `problem`. `scaled` is
    the narrower picture if it was too wide.
    """

    width: int | None
    scaled: Picture | None = None
    problem: str = ""


def fit(picture: Picture, width: int) -> Fit:
    """Scale a picture down to a width in pixels, if it is wider.

    It takes 2 to 30 ms, and up to a second for a whole frame, so it belongs in the executor. Never
    raises because of the picture, which may be damaged or too large for the memory.
    """
    try:
        with _opened(picture) as image:
            own = image.width
            return Fit(width=own, scaled=None if own <= width else _scaled(image, width))
    except Exception as err:  # noqa: BLE001  # Pillow lists nowhere what damaged data may raise
        return Fit(width=None, problem=str(err) or type(err).__name__)


def _opened(picture: Picture) -> ImageFile.ImageFile:
    """Return a picture of which only the header was read; the limits are ours, not Pillow's."""
    kind = PngImageFile if picture.content_type == "image/png" else JpegImageFile
    return kind(BytesIO(picture.data))


def _scaled(image: ImageFile.ImageFile, width: int) -> Picture:
    """Return a picture scaled to a width in the format that it has; raises ValueError."""
    pixels = image.width * image.height
    if pixels > MOST_PIXELS:
        raise ValueError(f"{image.width} × {image.height} pixels are more than any sensor has")
    size = (width, max(1, round(image.height * width / image.width)))
    image.draft(None, size)
    # All of a progressive JPEG is in memory, whatever the size that it is read at.
    decoded = pixels if "progressive" in image.info else image.width * image.height
    if decoded > MOST_DECODED:
        raise ValueError(f"{decoded} pixels do not fit in memory")
    is_png = isinstance(image, PngImageFile)
    # Not LANCZOS, which draws dark rings around stars.
    scaled = _with_levels(image, is_png=is_png).resize(size, Image.Resampling.HAMMING)
    data = BytesIO()
    if is_png:
        scaled.save(data, "PNG")
        return Picture("image/png", data.getvalue())
    scaled.save(data, "JPEG", quality=JPEG_QUALITY)
    return Picture("image/jpeg", data.getvalue())


def _with_levels(image: Image.Image, *, is_png: bool) -> Image.Image:
    """Return a picture whose pixels have levels, which a palette has not, and that can be saved."""
    if is_png:
        return image.convert({"P": "RGBA", "1": "L"}.get(image.mode, image.mode))
    return image if image.mode in ("L", "RGB") else image.convert("RGB")
