"""Routes of flat frames."""

from typing import TYPE_CHECKING, Any

from simulator.flats import FlatPlan
from simulator.parameters import Boolean, Double, Integer, Parameter, Text
from simulator.reply import UNKNOWN_ERROR, Refusal, Reply
from simulator.routing import get

if TYPE_CHECKING:
    from simulator.devices.rig import Rig
    from simulator.flats import Flats

_COMMON: tuple[Parameter, ...] = (
    Integer("count"),
    Integer("filterId", default=None),
    Text("binning"),
    Integer("gain", default=None),
    Integer("offset", default=None),
)
_LEVEL: tuple[Parameter, ...] = (
    Double("histogramMean", default=None),
    Double("meanTolerance", default=None),
)
_MINIMUM = Double("minExposure", default=None)
_MAXIMUM = Double("maxExposure", default=None)
_EXPOSURE = Double("exposureTime", default=None)
_KEEP = Boolean("keepClosed")


class FlatsRoutes:
    """Start, status and stop of flats."""

    def __init__(self, rig: Rig, flats: Flats) -> None:
        """Serve the flats of a rig."""
        self._rig = rig
        self._flats = flats

    @get("/flats/status", since="2.1.8")
    async def status(self) -> Reply:
        """Return how far the process is."""
        return Reply(self._flats.status())

    @get("/flats/stop", since="2.1.8")
    async def stop(self) -> Reply:
        """Stop the process; one that has ended is stopped as well."""
        if not self._flats.started:
            raise Refusal("No process running", 400)
        self._flats.stop()
        return Reply("Process stopped")

    @get("/flats/skyflat", *_COMMON, *_LEVEL, _MINIMUM, _MAXIMUM, Boolean("dither"), since="2.1.8")
    async def sky(self, *values: Any) -> Reply:
        """Expose flats of the twilight sky."""
        *common, level, tolerance, low, high, _ = values
        return self._start("sky", common, level, tolerance, limits=_limits(low, high))

    @get(
        "/flats/auto-brightness",
        *_COMMON,
        *_LEVEL,
        _EXPOSURE,
        Integer("minBrightness", default=None),
        Integer("maxBrightness", default=None),
        _KEEP,
        since="2.1.8",
    )
    async def auto_brightness(self, *values: Any) -> Reply:
        """Expose flats with a fixed exposure, finding the brightness."""
        *common, level, tolerance, exposure, low, high, keep = values
        high = self._rig.flat_panel.max_brightness if high is None else high
        return self._start(
            "auto-brightness",
            common,
            level,
            tolerance,
            exposure=exposure,
            brightness=((low or 0) + high) // 2,
            keep_closed=keep,
        )

    @get(
        "/flats/auto-exposure",
        *_COMMON,
        *_LEVEL,
        _EXPOSURE,
        Integer("brightness", default=None),
        _MINIMUM,
        _MAXIMUM,
        _KEEP,
        since="2.1.8",
    )
    async def auto_exposure(self, *values: Any) -> Reply:
        """Expose flats with a fixed brightness; a maximum counts only with a minimum."""
        *common, level, tolerance, exposure, brightness, low, high, keep = values
        return self._start(
            "auto-exposure",
            common,
            level,
            tolerance,
            exposure=exposure,
            brightness=brightness,
            limits=_limits(low, high if low is not None else None),
            keep_closed=keep,
        )

    @get("/flats/trained-flat", *_COMMON, _KEEP, since="2.1.8")
    async def trained(self, *values: Any) -> Reply:
        """Expose flats with trained settings."""
        *common, keep = values
        if not self._rig.camera.connected:
            raise Refusal("Camera not connected", 400)
        return self._start("trained", common, exposure=1.0, keep_closed=keep)

    @get("/flats/trained-dark-flat", *_COMMON, _KEEP, since="2.1.8")
    async def trained_dark(self, *values: Any) -> Reply:
        """Expose darks that match trained flats."""
        *common, keep = values
        return self._start("trained-dark", common, exposure=1.0, keep_closed=keep, dark=True)

    def _start(
        self,
        kind: str,
        common: list[Any],
        level: float | None = None,
        tolerance: float | None = None,
        **more: Any,
    ) -> Reply:
        """Start a process, or refuse."""
        flats = self._flats
        if flats.running:
            raise Refusal("Process already running", 400)
        count, index, binning, gain, offset = common
        plan = FlatPlan(
            kind,
            count,
            self._filter(index),
            level=0.5 if level is None else level,
            tolerance=0.1 if tolerance is None else tolerance,
            gain=self._within(gain, 0, 570, "gain"),
            offset=self._within(offset, 0, 240, "offset"),
            binning=self._binning(binning),
            **more,
        )
        issues = flats.issues(plan)
        if issues:
            raise Refusal("Issues found", 400, issues)
        flats.start(plan)
        return Reply("Process started")

    def _filter(self, index: int | None) -> int | None:
        """Return a filter's index that exists."""
        if index is not None and not 0 <= index < len(self._rig.filter_wheel.filters):
            raise Refusal("Filter not available", 400)
        return index

    def _binning(self, text: str | None) -> int | None:
        """Return a binning that the camera has."""
        if text is None:
            return None
        camera = self._rig.camera
        if not camera.connected:
            raise UNKNOWN_ERROR
        number = {f"{n}x{n}": n for n in camera.binnings}.get(text)
        if number is None:
            raise Refusal("Binning not available", 400)
        return number

    def _within(self, value: int | None, low: int, high: int, name: str) -> int:
        """Return a gain or offset within the camera's limits, -1 for its default."""
        if value is None or value == -1:
            return -1
        if not low <= value <= high:
            raise Refusal(f"Invalid {name}", 400)
        return value


def _limits(low: float | None, high: float | None) -> tuple[float, float]:
    """Return the limits of the exposure with the instruction's defaults."""
    return (0.1 if low is None else low, 10.0 if high is None else high)
