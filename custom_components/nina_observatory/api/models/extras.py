"""Small answers: flats, live stack, captures, framing, log, devices to choose from."""

from datetime import datetime
from hashlib import sha256
import math
from typing import TYPE_CHECKING

from .base import wire_model
from .enums import MoonPhase, Unknown
from .mount import Coordinates
from .quantities import Frames, Stars
from .wire import Positive, Size

if TYPE_CHECKING:
    from collections.abc import Mapping


# "Finished" also before the first run and after one that failed.
_FLATS_RUN = {"running": True, "finished": False}


@wire_model(total="TotalIterations", completed="CompletedIterations")
class FlatsStatus:
    """The run of flats that was started through the API; counts only while it runs."""

    state: str | None = None
    total: Frames = None
    completed: Frames = None

    @property
    def running(self) -> bool | None:
        """Whether flats are being taken; None for an unknown state."""
        return _FLATS_RUN.get((self.state or "").casefold())


@wire_model(thumbnails="ShouldCreateThumbnails")
class PluginSettings:
    """The settings of the plugin: whether it makes a thumbnail of each frame."""

    thumbnails: bool | None = None


@wire_model()
class LiveStack:
    """A live stack; its number of frames is only decoded from events."""

    target: str | None = None
    filter: str | None = None


@wire_model()
class MoonSeparation:
    """The distance of a place from the Moon in degrees, now and as seen from the site."""

    separation: float | None = None
    moon_phase: MoonPhase | Unknown | None = None


@wire_model()
class LogEntry:
    """A line of N.I.N.A.'s log; `timestamp` is local time without an offset."""

    timestamp: str | None = None
    level: str | None = None
    source: str | None = None
    member: str | None = None
    line: str | None = None
    message: str | None = None


@wire_model()
class AvailableDevice:
    """A device that can be selected; `category` is OFFLINE for one that is no longer available."""

    id: str = ""
    name: str = ""
    display_name: str | None = None
    category: str | None = None
    description: str | None = None
    driver_info: str | None = None
    driver_version: str | None = None
    connected: bool | None = None
    has_setup_dialog: bool | None = None
    supported_actions: tuple[str, ...] = ()


@wire_model(
    pixel_scale="Pixscale",
)
class PlateSolveResult:
    """The result of plate solving, in degrees and arcsec/px; meaningless without `success`."""

    success: bool | None = None
    solve_time: datetime | None = None
    coordinates: Coordinates | None = None
    position_angle: float | None = None
    orientation: float | None = None
    pixel_scale: Positive = None
    radius: Positive = None
    flipped: bool | None = None


@wire_model()
class CaptureResult:
    """The result of a capture, without its picture.

    `fingerprint` distinguishes the results of two captures; it is None without a picture.
    """

    plate_solve_result: PlateSolveResult | None = None
    fingerprint: str | None = None

    @classmethod
    def __pre_deserialize__(cls, block: Mapping[str, object]) -> Mapping[str, object]:
        """Accept the older spelling, and add the fingerprint of the picture."""
        picture = block.get("Image")
        mark = sha256(picture.encode()).hexdigest() if isinstance(picture, str) else None
        return {"PlateSolveResult": block.get("Platesolve"), **block, "Fingerprint": mark}


@wire_model(std_dev="StDev")
class CaptureStatistics:
    """Statistics of the picture of the last capture: `hfr` in px."""

    stars: Stars = None
    hfr: Positive = None
    median: float | None = None
    median_absolute_deviation: float | None = None
    mean: float | None = None
    max: float | None = None
    min: float | None = None
    std_dev: float | None = None


@wire_model(dso_position_angle="DSOPositionAngle")
class FramingRectangle:
    """The frame on the sky map, in pixels of the map; it has no size while nothing is framed.

    Angles are in degrees; `total_rotation` is the complement of the angle set by `set_rotation`.
    """

    coordinates: Coordinates | None = None
    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None
    rotation: float | None = None
    rotation_offset: float | None = None
    total_rotation: float | None = None
    dso_position_angle: float | None = None


@wire_model(ra_hours="RAHours", ra_minutes="RAMinutes", ra_seconds="RASeconds")
class Framing:
    """The field of the framing assistant, J2000; it has a rectangle once its page was opened.

    The sign of a declination between 0 and -1 degree is only in the rectangle. Field of view in
    degrees, focal length in mm, the camera in px and its pixels in µm; until the page was opened,
    all are 0 on the wire, and None here.
    """

    ra_hours: float | None = None
    ra_minutes: float | None = None
    ra_seconds: float | None = None
    dec_degrees: float | None = None
    dec_minutes: float | None = None
    dec_seconds: float | None = None
    field_of_view: Positive = None
    focal_length: Positive = None
    camera_width: Size = None
    camera_height: Size = None
    camera_pixel_size: Positive = None
    horizontal_panels: Size = None
    vertical_panels: Size = None
    rectangle: FramingRectangle | None = None

    @property
    def rotation(self) -> float | None:
        """The angle of the frame in degrees, 0 to 360, as set."""
        turned = None if self.rectangle is None else self.rectangle.total_rotation
        return None if turned is None else -turned % 360

    @property
    def ready(self) -> bool:
        """Whether the page was opened; until then, the assistant does not rotate the frame."""
        return self.rectangle is not None

    @property
    def empty(self) -> bool:
        """Whether nothing is framed: the coordinates are 0 h, 0 degrees."""
        nowhere = self.center == (0, 0)
        if self.rectangle is None:
            return nowhere
        return nowhere and not (self.rectangle.width and self.rectangle.height)

    @property
    def center(self) -> tuple[float, float] | None:
        """Right ascension and declination in degrees."""
        place = None if self.rectangle is None else self.rectangle.coordinates
        if place is not None and place.right_ascension is not None:
            return (
                None
                if place.declination is None
                else (place.right_ascension * 15, place.declination)
            )
        hours = _sexagesimal(self.ra_hours, self.ra_minutes, self.ra_seconds)
        degrees = _sexagesimal(self.dec_degrees, self.dec_minutes, self.dec_seconds)
        return None if hours is None or degrees is None else (hours * 15, degrees)


def _sexagesimal(*parts: float | None) -> float | None:
    """Combine units, minutes and seconds; the first has the sign."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    size = math.fsum(abs(part) / math.pow(60, power) for power, part in enumerate(known))
    return -size if known[0] < 0 else size
