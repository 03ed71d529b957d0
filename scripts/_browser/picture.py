"""Saving pictures of pages, and of parts of them, small enough for a repository."""

import asyncio
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import FloatRect, Locator, Page

# In bytes, and what is tried until a picture with frames of stars is small enough.
LARGEST = 190_000
MARGIN = 16
QUALITIES = (90, 80, 70, 60, 50, 40)


async def around(shown: Locator) -> FloatRect:
    """Return the part of the page with what is shown, and a margin."""
    box = await shown.bounding_box()
    assert box is not None
    return {
        "x": box["x"] - MARGIN,
        "y": box["y"] - MARGIN,
        "width": box["width"] + 2 * MARGIN,
        "height": box["height"] + 2 * MARGIN,
    }


async def save(path: Path, shown: Page | Locator, clip: FloatRect | None = None) -> None:
    """Save what is shown: as WebP, of a quality that fits, or as PNG, by the name of the file.

    `clip` is the part of a page that is saved.
    """
    if isinstance(shown, Page):
        taken = await shown.screenshot(animations="disabled", clip=clip)
    else:
        taken = await shown.screenshot(animations="disabled")
    await asyncio.to_thread(_write, path, taken)


def _write(path: Path, taken: bytes) -> None:
    path.write_bytes(_webp(taken) if path.suffix == ".webp" else taken)


def _webp(taken: bytes) -> bytes:
    """Return a screenshot as WebP of the best quality that is small enough, or else the lowest."""
    made = b""
    with Image.open(BytesIO(taken)) as opened:
        for quality in QUALITIES:
            target = BytesIO()
            opened.save(target, "webp", quality=quality, method=6)
            made = target.getvalue()
            if len(made) <= LARGEST:
                break
    return made
