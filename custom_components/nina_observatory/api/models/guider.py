"""The guider."""

from .base import Device, wire_model
from .enums import GuiderState, Unknown
from .quantities import GuideError, GuideRms, Hfr


@wire_model()
class Rms:
    """One guiding error in pixels and arcseconds; None before the first guide step."""

    pixel: GuideRms = None
    arcseconds: GuideRms = None


@wire_model(ra="RA", dec="Dec", peak_ra="PeakRA", peak_dec="PeakDec")
class RmsError:
    """The guiding errors over N.I.N.A.'s guide graph, which outlasts stops and targets."""

    ra: Rms | None = None
    dec: Rms | None = None
    total: Rms | None = None
    peak_ra: Rms | None = None
    peak_dec: Rms | None = None


@wire_model(
    ra_distance_raw="RADistanceRaw",
    dec_distance_raw="DECDistanceRaw",
    ra_duration="RADuration",
    dec_duration="DECDuration",
)
class GuideStep:
    """The last guide step since N.I.N.A. started: distances in px, durations in ms, both signed."""

    ra_distance_raw: GuideError = None
    dec_distance_raw: GuideError = None
    ra_duration: GuideError = None
    dec_duration: GuideError = None


@wire_model(rms="RMSError")
class Guider(Device):
    """The guider; `pixel_scale` in arcsec/px, `rms` and `last_guide_step` survive a stop."""

    state: GuiderState | Unknown | None = None
    rms: RmsError | None = None
    pixel_scale: Hfr = None
    last_guide_step: GuideStep | None = None
    can_clear_calibration: bool | None = None
    can_set_shift_rate: bool | None = None
    can_get_lock_position: bool | None = None

    @property
    def guiding(self) -> bool | None:
        """Whether it guides; None for a state that PHD2 does not have, which may be guiding."""
        return None if self.guides is None else self.state is GuiderState.GUIDING

    @property
    def guides(self) -> bool | None:
        """Whether it guides or calibrates; None for a state that PHD2 does not have.

        MetaGuide, MGEN, SkyGuard and the direct guider have states of their own, which prove nothing.
        """
        if not isinstance(self.state, GuiderState) or self.state is GuiderState.IDLE:
            return None
        return self.state in (GuiderState.GUIDING, GuiderState.CALIBRATING)

    @property
    def lost(self) -> bool:
        """Whether it has lost its star."""
        return self.state is GuiderState.LOST_LOCK


@wire_model(ra="RA")
class GraphRms:
    """The errors over the guide graph in pixels, without the steps of dithers."""

    ra: GuideRms = None
    dec: GuideRms = None
    total: GuideRms = None


@wire_model(
    ra="RADistanceRaw", dec="DECDistanceRaw", ra_duration="RADuration", dec_duration="DECDuration"
)
class GraphStep:
    """A step of the guide graph: distances in px, durations of the corrections in ms, both signed.

    `dither` is None, or 0 from servers that have no NaN, except in the mark of a dither.
    """

    ra: GuideError = None
    dec: GuideError = None
    ra_duration: GuideError = None
    dec_duration: GuideError = None
    dither: float | None = None

    @property
    def is_dither(self) -> bool:
        """Return whether it marks a dither."""
        return bool(self.dither)


@wire_model(rms="RMS", steps="GuideSteps")
class GuideGraph:
    """The guide graph of N.I.N.A., the newest step last; `pixel_scale` in arcsec/px."""

    rms: GraphRms | None = None
    steps: tuple[GraphStep, ...] = ()
    pixel_scale: Hfr = None
