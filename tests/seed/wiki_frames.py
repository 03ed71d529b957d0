"""The wiki of plugin 2.0: events, frames and their pictures, and the websockets."""

from typing import TYPE_CHECKING, Any

from homeassistant.components.camera import async_get_image
from homeassistant.core import Event, callback

from custom_components.nina_observatory.api import Frame
from custom_components.nina_observatory.const import EVENT_NINA
from simulator import Observatory
from simulator.devices.exposures import Exposure

from .prepare import under_the_stars
from .table import Check, Row, never, rest, says, unsent, unused, works
from .wiki_fields import attributes, same

if TYPE_CHECKING:
    from .bench import Bench

HISTORY = "/image-history"


async def framed(observatory: Observatory) -> None:
    """Have a light frame saved."""
    await observatory.camera.routines.take(Exposure(5.0, "LIGHT", "M 31"))


async def _get_events(bench: Bench) -> None:
    """Read the events since N.I.N.A. started."""
    await bench.observatory.events.emit("ERROR-PLATESOLVE")
    events = (await bench.ask("get_events"))["events"]
    assert events[-1]["type"] == "plate_solve_failed"


async def _get_frames(bench: Bench) -> None:
    """Read the frames since N.I.N.A. started, with what the page says of each."""
    frame = (await bench.ask("get_frames"))["frames"][-1]
    assert frame["exposure_time"] == 5.0
    for key in ("filter", "temperature", "camera_name", "gain", "offset", "date", "telescope_name"):
        assert key in frame
    for key in ("focal_length", "std_dev", "mean", "median", "stars", "hfr"):
        assert frame[key] is not None


async def _look(bench: Bench) -> None:
    """Look at the newest frame."""
    entity_id = bench.entity("camera", "hub_latest_image")
    image = await async_get_image(bench.hass, entity_id, width=640)
    assert image.content_type == "image/jpeg"


def _frames(line: str, *verdicts: Any, **more: Any) -> Row:
    """Return a row about the list of frames."""
    fields: dict[str, Any] = {
        "section": "Image history",
        "route": HISTORY,
        "prepare": framed,
        **more,
    }
    return Row(line=line, verdicts=verdicts, **fields)


FRAME_FIELDS = [
    "ExposureTime",
    "Index",
    "Filter",
    "RmsText",
    "Temperature",
    "CameraName",
    "Gain",
    "Offset",
    "Date",
    "TelescopeName",
    "FocalLength",
    "StDev",
    "Mean",
    "Median",
    "Stars",
    "HFR",
]


def _field(field: str) -> Row:
    """Return the row of a field of the sample of a frame."""
    attribute = attributes(Frame).get(field)

    async def read(bench: Bench) -> None:
        """Compare what is on the wire with what the action answers."""
        wire = (await bench.response(HISTORY, all="true"))[-1]
        # The number of a frame is its place in the list since 2.1.
        assert field in wire or (field == "Index" and bench.observatory.dialect.at_least("2.1.0"))
        frame = (await bench.ask("get_frames"))["frames"][-1]
        if attribute is not None:
            assert same(wire[field], frame[attribute]), (wire[field], frame[attribute])
        assert frame["index"] == len(bench.observatory.images.frames) - 1

    known = field == "Index" or attribute is not None
    return _frames(
        f"sample: {field}",
        works() if known else unused(),
        through=f"`{attribute or field.lower()}` of action `get_frames`" if known else "–",
        route="",
        do=read,
        prepare=rest,
        follows=True,
    )


def _picture(line: str, *verdicts: Any, **sent: str) -> Row:
    """Return a row about the picture of a frame."""
    return Row(
        section="Image",
        line=line,
        through="the newest frame as a camera, media",
        route="/image/0",
        sent=sent,
        prepare=_first_frame,
        do=_look,
        verdicts=verdicts,
    )


async def _first_frame(observatory: Observatory) -> None:
    """Have another frame as the only one."""
    observatory.images.frames.clear()
    await framed(observatory)


FRAMES = (
    Row(
        section="Event history",
        line="event-history: all the events that were recorded so far",
        through="action `get_events`, the night report",
        route="/event-history",
        do=_get_events,
        verdicts=(works(),),
    ),
    _frames(
        "all: information about all images",
        works(),
        through="action `get_frames`",
        sent={"all": "true"},
        do=_get_frames,
    ),
    _frames(
        "count: the amount of images taken",
        unsent(""),
        through="it is in the list of all images",
        sent={"count": "true"},
    ),
    _frames(
        "index: information about one image",
        unsent(""),
        through="it is in the list of all images",
        sent={"index": "0"},
    ),
    _frames(
        "all parameters omitted: the image at index 0",
        unsent(""),
        through="it is in the list of all images",
    ),
    *map(_field, FRAME_FIELDS),
    _picture("index", works()),
    _picture("resize and size", works(), resize="true", size="640x640"),
    _picture("quality", works(), quality="85"),
)


def _heard(name: str, kinds: tuple[str, str], **payload: Any) -> Check:
    """Return what has N.I.N.A. announce something, and listens on the bus of Home Assistant.

    `kinds` are the types of the event there, before and since 2.1; empty if it is not told.
    """

    async def listen(bench: Bench) -> None:
        """Announce it, and wait for it."""
        heard: list[str] = []

        @callback
        def note(event: Event[dict[str, Any]]) -> None:
            """Take note of it."""
            heard.append(str(event.data["type"]))

        stop = bench.hass.bus.async_listen(EVENT_NINA, note)
        try:
            await bench.observatory.events.emit(name, **payload)
            sent = [each for each, _ in bench.observatory.dialect.event(name, payload)]
            assert sent == [bench.verdict.answer]
            await bench.until(lambda: kinds[bench.observatory.dialect.at_least("2.1.0")] in heard)
        finally:
            stop()

    return listen


def _event(line: str, name: str, old: str, new: str = "", **more: Any) -> Row:
    """Return the row of an event: its name now, and its types in Home Assistant."""
    return Row(
        section="Websocket",
        line=line,
        through=f"event `{old}`" + (f", since 2.1 `{new}`" if new else ""),
        do=_heard(name, (old, new or old), **more),
        verdicts=(says(line), says(name)),
    )


CONNECTIONS = {
    "CAMERA": ("CAMERA", "camera"),
    "TELESCOPE": ("MOUNT", "mount"),
    "FOCUSER": ("FOCUSER", "focuser"),
    "ROTATOR": ("ROTATOR", "rotator"),
    "DOME": ("DOME", "dome"),
    "FILTERWHEEL": ("FILTERWHEEL", "filter_wheel"),
    "SAFETY": ("SAFETY", "safety_monitor"),
    "GUIDER": ("GUIDER", "guider"),
    "FLAT": ("FLAT", "flat_panel"),
    "WEATHER": ("WEATHER", "weather"),
}


async def _image_saved(bench: Bench) -> None:
    """Save a frame, and wait until Home Assistant has it."""
    before = len(bench.entry.runtime_data.frames.data.frames)
    await framed(bench.observatory)
    await bench.until(lambda: len(bench.entry.runtime_data.frames.data.frames) == before + 1)
    assert "IMAGE-SAVE" in bench.observatory.events.names


async def _align(bench: Bench) -> None:
    """Start a polar alignment, wait for its errors, and stop it."""
    await bench.act("start_polar_alignment")
    assert bench.observatory.tppa.running
    alignment = bench.entry.runtime_data.alignment
    await bench.until(lambda: alignment.state.total_error is not None)
    await bench.act("stop_polar_alignment")
    assert not bench.observatory.tppa.running


WEBSOCKET = (
    *(
        _event(
            f"{word}-CONNECTION",
            f"{prefix}-CONNECTED",
            f"{role}_connection_changed",
            f"{role}_connected",
        )
        for word, (prefix, role) in CONNECTIONS.items()
    ),
    _event("TELESCOPE-PARK", "MOUNT-PARKED", "mount_parked"),
    _event("TELESCOPE-UNPARK", "MOUNT-UNPARKED", "mount_unparked"),
    _event("DOME-SHUTTER-OPENED", "DOME-SHUTTER-OPENED", "dome_shutter_opened"),
    _event("DOME-SHUTTER-CLOSED", "DOME-SHUTTER-CLOSED", "dome_shutter_closed"),
    _event("DOME-STOPPED", "DOME-STOPPED", "dome_stopped"),
    _event("ADV-SEQ-START", "SEQUENCE-STARTING", "sequence_started"),
    _event("ADV-SEQ-STOP", "SEQUENCE-FINISHED", "sequence_finished"),
    _event("TELESCOPE-CENTER", "MOUNT-CENTER", "mount_centering"),
    _event("TELESCOPE-MF", "MOUNT-BEFORE-FLIP", "meridian_flip_started"),
    _event("ERROR-AF", "ERROR-AF", "autofocus_failed"),
    _event("ERROR-PLATESOLVE", "ERROR-PLATESOLVE", "plate_solve_failed"),
    Row(
        section="Websocket",
        line="IMAGE-SAVE (LIGHT only), with the statistics of the frame",
        through="event `image_saved`, sensors of the newest frame",
        do=_image_saved,
        verdicts=(works(),),
    ),
)

ALIGNMENT = (
    Row(
        section="TPPA socket (to be released with 2.0.1.0)",
        line="start-alignment, AzimuthError, AltitudeError, TotalError, stop-alignment",
        through="actions `start_polar_alignment`, `stop_polar_alignment`, sensors of the alignment",
        prepare=under_the_stars,
        do=_align,
        verdicts=(never("plugin_too_old"), works()),
    ),
)

FRAMES_AND_EVENTS = (*FRAMES, *WEBSOCKET, *ALIGNMENT)
