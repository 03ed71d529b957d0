"""Errors of the polar axis, known while a polar alignment runs."""

from collections.abc import Callable
from typing import Final

from homeassistant.components.sensor import SensorStateClass

from ..control.polar_alignment import Alignment
from ..entities.source import ALIGNMENT
from .description import NinaSensorDescription

ARC_MINUTES: Final = "arcmin"


def _axis_error(
    key: str, value_fn: Callable[[Alignment], float | None]
) -> NinaSensorDescription[Alignment]:
    """Describe an error in arc minutes, which the plugin reports in degrees."""

    def in_arc_minutes(alignment: Alignment) -> float | None:
        degrees = value_fn(alignment)
        return None if degrees is None else degrees * 60

    return NinaSensorDescription(
        key=key,
        translation_key=key,
        source=ALIGNMENT,
        native_unit_of_measurement=ARC_MINUTES,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=in_arc_minutes,
    )


ALIGNMENT_SENSORS: Final = (
    _axis_error("azimuth_error", lambda alignment: alignment.azimuth_error),
    _axis_error("altitude_error", lambda alignment: alignment.altitude_error),
    _axis_error("total_error", lambda alignment: alignment.total_error),
)
