"""The form in which a client wants a picture."""

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.parameters import Boolean, Double, Integer, Parameter, Text
from simulator.picture import encode, rescale
from simulator.reply import UNKNOWN_ERROR, Reply, Stream

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["FORM", "Form"]

FORM: tuple[Parameter, ...] = (
    Boolean("resize"),
    Text("size"),
    Double("scale", since="2.1.0"),
    Integer("quality"),
    Boolean("stream", since="2.1.6"),
)


@dataclass(frozen=True, slots=True)
class Form:
    """How a picture is wanted (contract 1.7)."""

    resize: bool
    size: str | None
    scale: float
    quality: int
    stream: bool = True

    def apply(self, picture: Image.Image) -> Image.Image:
        """Return the picture resized; a malformed size is an unknown error."""
        if not self.resize:
            return picture
        if self.scale:
            return rescale(picture, scale=self.scale)
        parts = (self.size or "640x480").split("x")
        if len(parts) != 2 or not all(part.strip().isdigit() for part in parts):
            raise UNKNOWN_ERROR
        return rescale(picture, width=max(1, int(parts[0])))

    def answer(self, picture: Image.Image, jpeg: str = "image/jpeg") -> Reply | Stream:
        """Return the picture as base64 or as a stream, JPEG under the name the route has for it."""
        data, content_type = encode(self.apply(picture), max(-1, min(100, self.quality)))
        if not self.stream:
            return Reply(base64.b64encode(data).decode())
        return Stream(data, jpeg if content_type == "image/jpeg" else content_type)
