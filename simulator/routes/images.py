"""Routes for saved images, thumbnails, the prepared image and the screenshot."""

import asyncio
import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.devices.solving import solution_of
from simulator.enums import SensorType
from simulator.parameters import Boolean, Double, Given, Integer, Parameter, Text
from simulator.picture import debayer, fits, render, screenshot, stretch, thumbnail
from simulator.reply import UNKNOWN_ERROR, Refusal, Reply, Stream
from simulator.routing import get

from .form import FORM, Form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from simulator.application import Application
    from simulator.devices.rig import Rig
    from simulator.images import Frame
    from simulator.transport import Settings

    from .capture import CaptureRoutes

__all__ = ["ImageRoutes"]

_STRETCH: tuple[Parameter, ...] = (
    Double("factor", default=None, since="2.1.3"),
    Double("blackClipping", default=None, since="2.1.3"),
    Boolean("unlinked", since="2.1.3"),
    Boolean("debayer", since="2.1.8"),
    Text("bayerPattern", since="2.1.8"),
    Boolean("autoPrepare", since="2.1.8"),
)
_SOLVE_SECONDS = 2.0
_RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rendering of a frame; None means the profile's setting."""

    factor: float | None = None
    black_clipping: float | None = None
    linked: bool = False
    debayer: bool = False

    @classmethod
    def checked(cls, values: list[Any]) -> Stretch:
        """Return the stretch out of the parameters of a request, or refuse."""
        factor, clipping, unlinked, colors, pattern, automatic = values
        if pattern is not None and SensorType.exact(pattern) is None:
            raise Refusal("Invalid bayer pattern", 400)
        if automatic:
            return cls(debayer=True)
        return cls(factor, clipping, not unlinked, colors)

    def picture(self, frame: Frame, settings: dict[str, Any]) -> Image.Image:
        """Return the frame stretched."""
        factor = settings["AutoStretchFactor"] if self.factor is None else self.factor
        clipping = settings["BlackClipping"] if self.black_clipping is None else self.black_clipping
        pixels = frame.pixels()
        if self.debayer and frame.bayered:
            pixels = debayer(pixels)
        return stretch(pixels, factor=factor, black_clipping=clipping, linked=self.linked)


class ImageRoutes:
    """Pictures and their statistics."""

    def __init__(
        self, rig: Rig, application: Application, settings: Settings, capture: CaptureRoutes
    ) -> None:
        """Serve the images of a rig; solutions are shared with the captures."""
        self._rig = rig
        self._application = application
        self._settings = settings
        self._capture = capture

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
        dialect = self._rig.dialect
        frames = self._listed(kind)
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

    def _listed(self, kind: str | None) -> Sequence[Frame]:
        """Return the frames that have a number: light frames alone before 2.1.8."""
        every = self._rig.dialect.at_least("2.1.8")
        return self._rig.images.of_type(kind if every else "LIGHT")

    def _frame(self, index: int, kind: str | None, code: int = 500) -> Frame:
        """Return a saved frame by index, or refuse."""
        frames = self._listed(kind)
        if not frames:
            raise Refusal("No images available", code)
        if not 0 <= index < len(frames):
            raise Refusal("Index out of range", 400)
        return frames[index]

    @get(
        "/image/{index}",
        Integer("index"),
        *FORM,
        Text("imageType"),
        *_STRETCH,
        Boolean("raw_fits", default=None),
    )
    async def image(self, index: int, *values: Any) -> Reply | Stream:
        """Return a saved image, stretched, or its data as FITS."""
        form, kind, raw = Form(*values[:5]), values[5], values[12]
        frame = self._frame(index, kind)
        wanted = Stretch.checked(list(values[6:12]))
        if frame.filename in self._rig.images.deleted:
            await self._rig.clock.sleep(_RETRY_SECONDS)
            raise UNKNOWN_ERROR
        if raw is not None and self._rig.dialect.at_least("2.2.3.0"):
            return await self._fits(frame)
        settings = self._rig.context.profile.section("ImageSettings")
        return await asyncio.to_thread(lambda: form.answer(wanted.picture(frame, settings)))

    async def _fits(self, frame: Frame) -> Reply:
        """Return the frame's data as a FITS file in base64."""
        if not frame.filename.endswith(".fits"):
            raise Refusal("Image is not a FITS file", 400)
        cards: dict[str, str | float | int] = {
            "IMAGETYP": frame.image_type,
            "EXPOSURE": frame.seconds,
            "FILTER": frame.filter_name,
            "OBJECT": frame.target_name,
            "GAIN": frame.gain,
        }
        data = await asyncio.to_thread(lambda: fits(frame.pixels(), cards))
        return Reply(base64.b64encode(data).decode())

    @get("/image/{index}/solve", Integer("index"), Text("imageType"), since="2.2.13.0")
    async def solve(self, index: int, kind: str | None) -> Reply:
        """Solve a saved image; the stored solution of the captures is overwritten."""
        frame = self._frame(index, kind, 400)
        return await self._solved(frame)

    async def _solved(self, frame: Frame) -> Reply:
        """Return the solution of a frame."""
        await self._rig.clock.sleep(_SOLVE_SECONDS)
        solution = solution_of(self._rig, frame)
        self._capture.keep_solution(solution)
        return Reply(solution)

    @get(
        "/image/{index}/prefix",
        Integer("index"),
        Text("prefix", required=True),
        Text("imageType"),
        since="2.2.5.0",
    )
    async def prefix(self, index: int, prefix: str, kind: str | None) -> Reply:
        """Rename an image's file; the history keeps the former name."""
        frame = self._frame(index, kind, 400)
        images = self._rig.images
        if frame.filename in images.deleted:
            raise Refusal("Image file does not exist", 400)
        if prefix + frame.filename in images.renamed:
            raise Refusal("File already exists", 400)
        images.renamed.add(prefix + frame.filename)
        images.deleted.add(frame.filename)
        return Reply(f"Image renamed with prefix {prefix}")

    @get("/image/thumbnail/{index}", Integer("index"), Text("imageType"), since="2.2.0.0")
    async def thumbnail(self, index: int, kind: str | None) -> Stream:
        """Return a small JPEG of a saved image, unless thumbnails are switched off."""
        frames = self._rig.images.of_type(kind)
        if not frames or not self._settings.thumbnails:
            raise Refusal("No thumbnails available", 400)
        if not 0 <= index < len(frames):
            raise UNKNOWN_ERROR
        data = await asyncio.to_thread(lambda: thumbnail(frames[index].pixels()))
        return Stream(data, "image/jpeg")

    def _prepared(self, text: str) -> Frame:
        """Return the image shown in the imaging tab, or refuse."""
        frame = self._rig.images.prepared
        if frame is not None:
            return frame
        if not self._rig.dialect.at_least("2.2.12.1"):
            raise UNKNOWN_ERROR
        raise Refusal(text, 404)

    @get("/prepared-image", *FORM[:-1], *_STRETCH, since="2.2.9.0")
    async def prepared(self, *values: Any) -> Reply | Stream:
        """Return the image shown in the imaging tab, always as a stream."""
        frame = self._prepared("No image")
        form, wanted = Form(*values[:4]), Stretch.checked(list(values[4:]))
        settings = self._rig.context.profile.section("ImageSettings")
        return await asyncio.to_thread(lambda: form.answer(wanted.picture(frame, settings)))

    @get("/prepared-image/solve", since="2.2.13.0")
    async def solve_prepared(self) -> Reply:
        """Solve the image shown in the imaging tab."""
        return await self._solved(self._prepared("Image not available"))

    @get("/application/screenshot", *FORM)
    async def screenshot(self, *form: Any) -> Reply | Stream:
        """Return the primary screen."""
        wanted = Form(*form)
        if self._application.screen_locked:
            raise UNKNOWN_ERROR
        clock, frame = self._rig.clock, self._rig.images.prepared
        equipment = {device.noun: device.connected for device in self._rig.devices}
        tab = self._application.tab.capitalize()
        shown = clock.shown(clock.now())

        def draw() -> Reply | Stream:
            picture = stretch(render(frame.scene)) if frame is not None else None
            desktop = screenshot(shown, tab=tab, equipment=equipment, picture=picture)
            return wanted.answer(desktop, "image/jpg")

        return await asyncio.to_thread(draw)
