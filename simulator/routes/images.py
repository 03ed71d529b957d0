"""Routes for saved images, thumbnails, the prepared image and the screenshot."""

import asyncio
import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.parameters import Boolean, Double, Given, Integer, Parameter, Text
from simulator.picture import encode, render, rescale, screenshot, stretch, thumbnail
from simulator.reply import UNKNOWN_ERROR, Refusal, Reply, Stream
from simulator.routing import get

if TYPE_CHECKING:
    from PIL import Image

    from simulator.images import Frame
    from simulator.observatory import Observatory

__all__ = ["FORM", "Form", "ImageRoutes"]

FORM: tuple[Parameter, ...] = (
    Boolean("resize"),
    Text("size"),
    Double("scale"),
    Integer("quality"),
    Boolean("stream"),
)


@dataclass(frozen=True, slots=True)
class Form:
    """How a picture is wanted (contract 1.7)."""

    resize: bool
    size: str | None
    scale: float
    quality: int
    stream: bool

    def apply(self, picture: Image.Image) -> Image.Image:
        """Return the picture resized; a malformed size is an unknown error."""
        if not self.resize:
            return picture
        if self.scale:
            return rescale(picture, scale=self.scale)
        parts = (self.size or "640x480").split("x")
        if len(parts) != 2 or not all(part.strip().isdigit() for part in parts):
            raise UNKNOWN_ERROR
        return rescale(picture, width=int(parts[0]))

    def answer(self, picture: Image.Image, jpeg: str = "image/jpeg") -> Reply | Stream:
        """Return the picture as base64 or as a stream, JPEG under the name the route has for it."""
        data, content_type = encode(self.apply(picture), max(-1, min(100, self.quality)))
        if not self.stream:
            return Reply(base64.b64encode(data).decode())
        return Stream(data, jpeg if content_type == "image/jpeg" else content_type)


class ImageRoutes:
    """Pictures and their statistics."""

    def __init__(self, observatory: Observatory) -> None:
        """Serve the images of an observatory."""
        self.observatory = observatory

    @get(
        "/image-history",
        Boolean("all"),
        Integer("index"),
        Boolean("count"),
        Text("imageType"),
        Given(),
    )
    async def history(
        self, everything: bool, index: int, count: bool, kind: str | None, given: frozenset[str]
    ) -> Reply:
        """Return statistics of one frame, all frames, or how many there are."""
        dialect = self.observatory.dialect
        frames = self.observatory.images.of_type(kind if dialect.at_least("2.1.8") else None)
        if dialect.is_wiki:
            frames = [frame for frame in frames if frame.image_type == "LIGHT"]
        if count:
            return Reply(len(frames))
        data = [dialect.frame(frame.as_data(), number) for number, frame in enumerate(frames)]
        if everything:
            return Reply(data)
        if "index" not in given:
            index = len(frames) - 1 if dialect.at_least("2.2.12.0") else 0
        if not 0 <= index < len(frames):
            raise Refusal("Index out of range", 400)
        return Reply([data[index]])

    def _frame(self, index: int, kind: str | None, code: int = 500) -> Frame:
        """Return a saved frame by index, or refuse."""
        frames = self.observatory.images.of_type(kind)
        if not frames:
            raise Refusal("No images available", code)
        if not 0 <= index < len(frames):
            raise Refusal("Index out of range", 400)
        return frames[index]

    @get("/image/{index}", Integer("index"), *FORM, Text("imageType"))
    async def image(self, index: int, *form: Any) -> Reply | Stream:
        """Return a saved image, stretched."""
        *rest, kind = form
        frame = self._frame(index, kind)
        return await asyncio.to_thread(_picture, frame, Form(*rest))

    @get("/image/thumbnail/{index}", Integer("index"), Text("imageType"), since="2.2.0.0")
    async def thumbnail(self, index: int, kind: str | None) -> Stream:
        """Return a small JPEG of a saved image."""
        frames = self.observatory.images.of_type(kind)
        if not frames:
            raise Refusal("No thumbnails available", 400)
        if not 0 <= index < len(frames):
            raise UNKNOWN_ERROR
        data = await asyncio.to_thread(lambda: thumbnail(render(frames[index].scene)))
        return Stream(data, "image/jpeg")

    @get("/prepared-image", *FORM[:-1], since="2.2.9.0")
    async def prepared(self, *form: Any) -> Reply | Stream:
        """Return the image shown in the imaging tab, always as a stream."""
        frame = self.observatory.images.prepared
        if frame is None:
            if not self.observatory.dialect.at_least("2.2.12.1"):
                raise UNKNOWN_ERROR
            raise Refusal("No image", 404)
        return await asyncio.to_thread(_picture, frame, Form(*form, stream=True))

    @get("/application/screenshot", *FORM)
    async def screenshot(self, *form: Any) -> Reply | Stream:
        """Return the primary screen."""
        wanted = Form(*form)
        now, frame = self.observatory.clock.now(), self.observatory.images.prepared
        equipment = {device.noun: device.connected for device in self.observatory.devices}

        def draw() -> Reply | Stream:
            picture = stretch(render(frame.scene)) if frame is not None else None
            desktop = screenshot(now, equipment=equipment, picture=picture)
            return wanted.answer(desktop, "image/jpg")

        return await asyncio.to_thread(draw)


def _picture(frame: Frame, form: Form) -> Reply | Stream:
    """Return a frame stretched and in the wanted form."""
    return form.answer(stretch(render(frame.scene)))
