"""Models as the wire has them: what is kept is decoded like an answer, and is the same again."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, strategies as st
import pytest

from custom_components.nina_observatory.api import (
    AutofocusReport,
    Frame,
    ImageType,
    PlanEntry,
    Project,
    ProjectState,
    Target,
    Unknown,
    decode,
    encode,
)
from custom_components.nina_observatory.api.models.autofocus import (
    BacklashCompensation,
    FocusFittings,
    FocusIntersections,
    FocusPoint,
    FocusRSquares,
)
from custom_components.nina_observatory.api.models.enums import Epoch
from custom_components.nina_observatory.api.models.scheduler import (
    ExposurePlan,
    ExposureRun,
    FlatsHandling,
    ProjectPriority,
)

ZONE = timezone(timedelta(hours=-5))
AT = datetime(2026, 11, 29, 3, 14, 15, 926535, tzinfo=ZONE)

FRAME = Frame(
    date=AT,
    filename="C:\\Astro\\M 31 ☃.fits",
    image_type=ImageType.LIGHT,
    filter="Ha",
    target_name="M 31",
    exposure_time=300.0,
    temperature=0.0,
    gain=0,
    offset=30,
    rms_text='Tot: 0.45 (0.80")',
    mean=812.5,
    min=0,
    stars=412,
    hfr=2.1,
    bayered=False,
)
REPORT = AutofocusReport(
    timestamp=AT,
    filter="L",
    temperature=-3.5,
    method="STARHFR",
    fitting="HYPERBOLIC",
    calculated=FocusPoint(position=20110.0, value=1.8),
    points=(
        FocusPoint(position=20000.0, value=2.4, error=0.1),
        FocusPoint(position=0.0, value=1.0),
    ),
    intersections=FocusIntersections(hyperbolic_minimum=FocusPoint(position=20110.0, value=1.8)),
    fittings=FocusFittings(hyperbolic="y = …"),
    r_squares=FocusRSquares(hyperbolic=0.99),
    backlash=BacklashCompensation(model="OVERSHOOT", inwards=0.0, outwards=400.0),
    duration=timedelta(minutes=3, seconds=7, milliseconds=250),
)
MODELS = (
    FRAME,
    Frame(date=AT, image_type=Unknown("SNAPSHOT_2")),
    REPORT,
    Project(
        id="p",
        name="Galaxies",
        state=ProjectState.ACTIVE,
        priority=ProjectPriority.HIGH,
        create_date=AT,
        minimum_time=30,
        enable_grader=False,
        flats_handling=FlatsHandling.EVERY_14_DAYS,
    ),
    Target(
        id="t",
        name="M 31",
        active=True,
        right_ascension=0.71,
        declination=-41.27,
        rotation=359.5,
        epoch=Epoch.J2000,
        roi=100.0,
        plans=(
            ExposurePlan(filter_name="L", exposure=300.0, desired=10, accepted=0, ungraded=-1),
            ExposurePlan(),
        ),
    ),
    PlanEntry(
        id="t",
        name="M 31",
        waiting=False,
        start_time=AT,
        end_time=AT.astimezone(UTC),
        runs=(ExposureRun(filter_name="L", exposure=300.0, count=4),),
    ),
)


@pytest.mark.parametrize("model", MODELS)
def test_the_same_again(model: object) -> None:
    """Enumerations, times, durations and nested models included."""
    assert decode(type(model), encode(model)) == model


@given(st.timedeltas(timedelta(days=-100), timedelta(days=100)))
def test_durations(duration: timedelta) -> None:
    """Also negative ones and those of more than a day."""
    report = AutofocusReport(duration=duration)
    assert decode(AutofocusReport, encode(report)) == report


def test_values_that_cannot_be_are_unknown_when_they_are_read_again() -> None:
    """A damaged value costs itself."""
    kept = encode(FRAME) | {"HFR": -5, "Temperature": 1e9, "Date": "9999", "Filter": 5}
    read = decode(Frame, kept)
    assert (read.hfr, read.temperature, read.date, read.filter) == (None, None, None, None)
    assert read.stars == FRAME.stars
