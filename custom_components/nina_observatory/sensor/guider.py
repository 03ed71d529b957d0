"""Sensors of the guider."""

from collections.abc import Callable
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory

from ..api import Guider, GuiderState, Rms, RmsError
from ..entities.deadband import Deadband
from ..entities.source import GUIDING, Guided
from .description import ARCSECONDS, PIXELS, NinaSensorDescription, option, options

type Pick = Callable[[RmsError], Rms | None]

# In arcseconds or pixels: with every guide step the errors change a little.
_ERROR: Final = Deadband(0.05)


def _arcseconds(
    key: str, pick: Pick, *, enabled: bool = True
) -> NinaSensorDescription[Guided[Guider]]:
    return NinaSensorDescription[Guided[Guider]](
        key=key,
        translation_key=key,
        entity_registry_enabled_default=enabled,
        native_unit_of_measurement=ARCSECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        deadband=_ERROR,
        source=GUIDING,
        value_fn=lambda guided: None if (rms := _rms(guided, pick)) is None else rms.arcseconds,
    )


def _pixels(key: str, pick: Pick) -> NinaSensorDescription[Guided[Guider]]:
    return NinaSensorDescription[Guided[Guider]](
        key=key,
        translation_key=key,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=PIXELS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        deadband=_ERROR,
        source=GUIDING,
        value_fn=lambda guided: None if (rms := _rms(guided, pick)) is None else rms.pixel,
    )


def _rms(guided: Guided[Guider], pick: Pick) -> Rms | None:
    """Return one of the guiding errors; None before the first step and while nothing guides."""
    errors = guided.device.rms if guided.guiding else None
    return None if errors is None else pick(errors)


GUIDER_SENSORS = (
    NinaSensorDescription[Guider](
        key="state",
        translation_key="guider_state",
        device_class=SensorDeviceClass.ENUM,
        options=options(GuiderState),
        # Servers before 2.1.4 do not report it.
        exists_fn=lambda guider: guider.state is not None,
        value_fn=lambda guider: option(guider.state),
    ),
    _arcseconds("rms_total", lambda rms: rms.total),
    _arcseconds("rms_ra", lambda rms: rms.ra),
    _arcseconds("rms_dec", lambda rms: rms.dec),
    _arcseconds("peak_ra", lambda rms: rms.peak_ra, enabled=False),
    _arcseconds("peak_dec", lambda rms: rms.peak_dec, enabled=False),
    _pixels("rms_total_pixels", lambda rms: rms.total),
    _pixels("rms_ra_pixels", lambda rms: rms.ra),
    _pixels("rms_dec_pixels", lambda rms: rms.dec),
    NinaSensorDescription[Guider](
        key="pixel_scale",
        translation_key="pixel_scale",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=f"{ARCSECONDS}/{PIXELS}",
        suggested_display_precision=2,
        value_fn=lambda guider: guider.pixel_scale,
    ),
)
