"""Flats: one run at a time, independent of the sequence."""

from dataclasses import dataclass

from ..models.base import decode
from ..models.extras import FlatsStatus
from ..plugin_version import since
from ..transport import Endpoint, Params, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatFrames:
    """The frames to take; for None N.I.N.A. uses its defaults.

    `filter_index` is the index in the profile's list, `binning` such as "1x1".
    """

    count: int
    filter_index: int | None = None
    binning: str | None = None
    gain: int | None = None
    offset: int | None = None

    @property
    def params(self) -> Params:
        """The frames as parameters."""
        return {
            "count": self.count,
            "filterId": self.filter_index,
            "binning": self.binning,
            "gain": self.gain,
            "offset": self.offset,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatHistogram:
    """The target brightness and its tolerance, as fractions of full scale."""

    mean: float | None = None
    tolerance: float | None = None

    @property
    def params(self) -> Params:
        """The brightness as parameters."""
        return {"histogramMean": self.mean, "meanTolerance": self.tolerance}


AS_CONFIGURED = FlatHistogram()


class FlatsEndpoint(Endpoint):
    """Take flats; refusals name the issues in `NinaCommandError.details`."""

    @since(2, 1, 8)
    async def take_sky(
        self,
        frames: FlatFrames,
        *,
        histogram: FlatHistogram = AS_CONFIGURED,
        min_exposure: float | None = None,
        max_exposure: float | None = None,
        dither: bool = False,
    ) -> Reply:
        """Take flats of the twilight sky; exposures in s."""
        return await self._command(
            "flats",
            "skyflat",
            params={
                **frames.params,
                **histogram.params,
                "minExposure": min_exposure,
                "maxExposure": max_exposure,
                "dither": dither,
            },
        )

    @since(2, 1, 8)
    async def take_auto_brightness(
        self,
        frames: FlatFrames,
        *,
        exposure: float,
        histogram: FlatHistogram = AS_CONFIGURED,
        min_brightness: int | None = None,
        max_brightness: int | None = None,
        keep_closed: bool = False,
    ) -> Reply:
        """Take flats of one exposure in s, searching for the brightness in the panel's units."""
        return await self._command(
            "flats",
            "auto-brightness",
            params={
                **frames.params,
                **histogram.params,
                "exposureTime": exposure,
                "minBrightness": min_brightness,
                "maxBrightness": max_brightness,
                "keepClosed": keep_closed,
            },
        )

    @since(2, 1, 8)
    async def take_auto_exposure(
        self,
        frames: FlatFrames,
        *,
        brightness: int,
        histogram: FlatHistogram = AS_CONFIGURED,
        min_exposure: float | None = None,
        max_exposure: float | None = None,
        keep_closed: bool = False,
    ) -> Reply:
        """Take flats at one brightness; `max_exposure` only counts with `min_exposure`."""
        return await self._command(
            "flats",
            "auto-exposure",
            params={
                **frames.params,
                **histogram.params,
                "brightness": brightness,
                "minExposure": min_exposure,
                "maxExposure": max_exposure,
                "keepClosed": keep_closed,
            },
        )

    @since(2, 1, 8)
    async def take_trained(self, frames: FlatFrames, *, keep_closed: bool = False) -> Reply:
        """Take flats with the trained exposure and brightness of the filter."""
        return await self._command(
            "flats", "trained-flat", params={**frames.params, "keepClosed": keep_closed}
        )

    @since(2, 1, 8)
    async def take_trained_darks(self, frames: FlatFrames, *, keep_closed: bool = False) -> Reply:
        """Take the darks that go with trained flats."""
        return await self._command(
            "flats", "trained-dark-flat", params={**frames.params, "keepClosed": keep_closed}
        )

    @since(2, 1, 8)
    async def stop(self) -> Reply:
        """Stop the run of flats."""
        return await self._command("flats", "stop")

    @since(2, 1, 8)
    async def get_status(self) -> FlatsStatus:
        """Read the progress of flats that were started through the API."""
        return decode(FlatsStatus, (await self._ask("flats", "status")).object())
