"""The report of an autofocus run."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from .base import wire_model
from .quantities import Exact, Temperature
from .wire import NotNegative, Positive, positive


@wire_model()
class FocusPoint:
    """A focuser position, and the value measured or computed at it."""

    position: Exact = None
    value: Positive = None
    error: NotNegative = None

    @classmethod
    def __pre_deserialize__(cls, block: Mapping[str, object]) -> Mapping[str, object]:
        """Drop the position 0 of an unused point; others without a value were at their position."""
        if block.get("Position") == 0 and positive(block.get("Value")) is None:
            return {**block, "Position": None}
        return block


@wire_model()
class FocusIntersections:
    """The best focus according to each of the fitted curves."""

    trend_line_intersection: FocusPoint | None = None
    hyperbolic_minimum: FocusPoint | None = None
    quadratic_minimum: FocusPoint | None = None
    gaussian_maximum: FocusPoint | None = None


@wire_model()
class FocusFittings:
    """The fitted curves as formulas; None for those that were not used."""

    quadratic: str | None = None
    hyperbolic: str | None = None
    gaussian: str | None = None
    left_trend: str | None = None
    right_trend: str | None = None


@wire_model()
class FocusRSquares:
    """The coefficient of determination of each curve, up to 1."""

    quadratic: float | None = None
    hyperbolic: float | None = None
    gaussian: float | None = None
    left_trend: float | None = None
    right_trend: float | None = None


@wire_model(
    model="BacklashCompensationModel",
    inwards="BacklashIN",
    outwards="BacklashOUT",
)
class BacklashCompensation:
    """The backlash compensation, in steps."""

    model: str | None = None
    inwards: float | None = None
    outwards: float | None = None


@wire_model(
    focuser_name="AutoFocuserName",
    initial="InitialFocusPoint",
    calculated="CalculatedFocusPoint",
    previous="PreviousFocusPoint",
    points="MeasurePoints",
    r_squares="RSquares",
    backlash="BacklashCompensation",
)
class AutofocusReport:
    """The newest report, including one of a run that N.I.N.A. rejected: it contains no verdict.

    Values are HFR in px where `method` is STARHFR, a contrast otherwise.
    """

    timestamp: datetime | None = None
    filter: str | None = None
    temperature: Temperature = None
    method: str | None = None
    fitting: str | None = None
    focuser_name: str | None = None
    star_detector_name: str | None = None
    initial: FocusPoint | None = None
    calculated: FocusPoint | None = None
    previous: FocusPoint | None = None
    points: tuple[FocusPoint, ...] = ()
    intersections: FocusIntersections | None = None
    fittings: FocusFittings | None = None
    r_squares: FocusRSquares | None = None
    backlash: BacklashCompensation | None = None
    duration: timedelta | None = None

    @property
    def position(self) -> float | None:
        """The computed position of best focus."""
        return self.calculated.position if self.calculated else None

    @property
    def hfr(self) -> float | None:
        """The best measured HFR in px; the computed one can be far below."""
        if self.method != "STARHFR":
            return None
        return min((point.value for point in self.points if point.value is not None), default=None)

    @property
    def r_squared(self) -> float | None:
        """The fit of the deciding curve: the parabola, the hyperbola or the worse trend line."""
        if self.r_squares is None or self.fitting is None:
            return None
        if "HYPERBOLIC" in self.fitting:
            return self.r_squares.hyperbolic
        if "PARABOLIC" in self.fitting:
            return self.r_squares.quadratic
        trends = (self.r_squares.left_trend, self.r_squares.right_trend)
        return min((value for value in trends if value is not None), default=None)
