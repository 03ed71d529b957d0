"""Sensors of the current activity: the sequence, the newest light frame, the plan."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfRatio, UnitOfTemperature, UnitOfTime
from homeassistant.helpers.typing import StateType

from ..api import Frame
from ..entities.source import FRAMES, SEQUENCE, SHARPNESS
from ..helpers.devices import HubPart
from ..night.facts.last_frame import FrameFact
from ..readings.frames import Frames
from ..readings.sequence import SequenceReading, SequenceState
from .description import ARCSECONDS, PIXELS, NinaSensorDescription


def of_sequence(
    key: str, value_fn: Callable[[SequenceReading], StateType | datetime], **more: Any
) -> NinaSensorDescription[SequenceReading]:
    """Describe a sensor of the sequence."""
    place = {"source": SEQUENCE, "device": HubPart.SEQUENCE}
    return NinaSensorDescription(
        key=key, translation_key=key, value_fn=value_fn, **{**place, **more}
    )


# Of sensors that few people need, or that repeat others.
OFF: Final[dict[str, Any]] = {"entity_registry_enabled_default": False}


def _counted(reading: SequenceReading, count: int | None) -> int | None:
    """Return a count of exposures, None if the sequence has none that can be counted.

    The container of a scheduler does not list its exposures.
    """
    exposures = reading.progress
    known = exposures.total or exposures.endless
    return count if known and not exposures.hidden else None


SEQUENCE_SENSORS: Final = (
    of_sequence(
        "sequence_state",
        lambda reading: reading.state,
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in SequenceState],
    ),
    of_sequence(
        "sequence_progress",
        lambda reading: reading.progress.percent,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
    ),
    of_sequence("exposures_done", lambda reading: _counted(reading, reading.progress.done), **OFF),
    of_sequence(
        "exposures_total",
        lambda reading: (
            None if reading.progress.endless else _counted(reading, reading.progress.total)
        ),
        **OFF,
    ),
    of_sequence(
        "sequence_ends_at",
        lambda reading: reading.ends_at,
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    of_sequence(
        "waiting_until",
        lambda reading: reading.waiting_until,
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
)


def _frame(
    key: str, value_fn: Callable[[Frame], StateType | datetime], **more: Any
) -> NinaSensorDescription[Frames]:
    def value(frames: Frames) -> StateType | datetime:
        return None if frames.newest_light is None else value_fn(frames.newest_light)

    return NinaSensorDescription(
        key=key,
        device=HubPart.IMAGING,
        source=FRAMES,
        value_fn=value,
        **{"translation_key": key, **more},
    )


def _subject(frames: Frames) -> Mapping[str, object]:
    """Return what the frame shows, and through which filter."""
    frame = frames.newest_light
    return {} if frame is None else {"target": frame.target_name, "filter": frame.filter}


def measured(unit: str | None, precision: int) -> dict[str, Any]:
    """Return the metadata of a measurement."""
    return {
        "native_unit_of_measurement": unit,
        "state_class": SensorStateClass.MEASUREMENT,
        "suggested_display_precision": precision,
    }


# The first version that reports target and extremes of a frame.
_WITH_TARGET: Final = (2, 2, 11)

FRAME_SENSORS: Final = (
    _frame("hfr", lambda frame: frame.hfr, attributes_fn=_subject, **measured(PIXELS, 2)),
    _frame("stars", lambda frame: frame.stars, **measured(None, 0)),
    _frame("mean", lambda frame: frame.mean, **OFF, **measured("ADU", 0)),
    _frame("median", lambda frame: frame.median, **OFF, **measured("ADU", 0)),
    _frame("std_dev", lambda frame: frame.std_dev, **OFF, **measured("ADU", 1)),
    _frame("min", lambda frame: frame.min, since=_WITH_TARGET, **OFF, **measured("ADU", 0)),
    _frame("max", lambda frame: frame.max, since=_WITH_TARGET, **OFF, **measured("ADU", 0)),
    _frame(
        "exposure",
        lambda frame: frame.exposure_time,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        **OFF,
    ),
    # Camera and filter wheel have sensors of the same kind for their current values.
    _frame("filter", lambda frame: frame.filter, translation_key="frame_filter", **OFF),
    _frame(
        "target",
        lambda frame: frame.target_name,
        since=_WITH_TARGET,
        **OFF,
    ),
    _frame("gain", lambda frame: frame.gain, translation_key="frame_gain", **OFF),
    _frame("offset", lambda frame: frame.offset, translation_key="frame_offset", **OFF),
    _frame(
        "sensor_temperature",
        lambda frame: frame.temperature,
        device_class=SensorDeviceClass.TEMPERATURE,
        **OFF,
        **measured(UnitOfTemperature.CELSIUS, 1),
    ),
    _frame(
        "guiding_rms",
        lambda frame: None if frame.rms is None else frame.rms.arcseconds,
        **OFF,
        **measured(ARCSECONDS, 2),
    ),
    # The state of the image entity is the same.
    _frame("taken_at", lambda frame: frame.date, device_class=SensorDeviceClass.TIMESTAMP, **OFF),
)

# The sharpness on the sky, independent of camera and binning.
HFR_ARCSECONDS: Final = NinaSensorDescription[FrameFact](
    key="hfr_arcsec",
    translation_key="hfr_arcsec",
    device=HubPart.IMAGING,
    source=SHARPNESS,
    entity_registry_enabled_default=False,
    value_fn=lambda fact: fact.hfr,
    **measured(ARCSECONDS, 2),
)
