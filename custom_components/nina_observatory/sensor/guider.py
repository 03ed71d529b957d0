"""Sensors of the guider."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later

from ..api import Guider, GuiderState, GuideStep, Rms, RmsError, Role
from ..entities.entity import Follow
from ..helpers.listeners import tell
from ..readings.equipment import EquipmentCoordinator
from ..runtime import NinaConfigEntry
from .description import ARCSECONDS, PIXELS, NinaSensorDescription, option, options
from .entity import NinaSensor

# Seconds for which a new guide step shows that a guider guides whose words prove nothing.
STEP_COUNTS: Final = 40.0

type Pick = Callable[[RmsError], Rms | None]


@dataclass(frozen=True, kw_only=True)
class GuidingErrorDescription(NinaSensorDescription[Guider]):
    """Describe a guiding error, which is known only while something guides."""


class GuideSteps:
    """Whether the guider guides, as its words say or else as its steps show.

    The errors on the wire are those of N.I.N.A.'s guide graph, which outlasts every stop.
    """

    def __init__(self, entry: NinaConfigEntry) -> None:
        """Begin with no step seen."""
        self._equipment = entry.runtime_data.equipment
        self._step: GuideStep | RmsError | None = None
        self._listeners: list[CALLBACK_TYPE] = []
        self._expiry: CALLBACK_TYPE | None = None
        self._note_reading()
        entry.async_on_unload(self._equipment.async_add_listener(self._note_reading))
        entry.async_on_unload(self._forget)

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when the steps have stopped; returns what removes it."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    @property
    def guiding(self) -> bool:
        """Return whether something is known to guide."""
        guider = self._equipment.data.device(Role.GUIDER)
        if not isinstance(guider, Guider):
            return False
        return self._expiry is not None if guider.guides is None else guider.guiding

    @callback
    def _note_reading(self) -> None:
        """Compare the last step with the one before."""
        guider = self._equipment.data.device(Role.GUIDER)
        # Plugins before 2.1 report no steps, but their errors change with every one.
        step = guider.last_guide_step or guider.rms if isinstance(guider, Guider) else None
        last, self._step = self._step, step
        if step is None:
            self._forget()
        elif type(step) is type(last) and step != last:
            self._forget()
            self._expiry = async_call_later(self._equipment.hass, STEP_COUNTS, self._expire)

    @callback
    def _forget(self) -> None:
        """Take no step for one of guiding that goes on."""
        if self._expiry is not None:
            self._expiry()
            self._expiry = None

    @callback
    def _expire(self, _now: datetime) -> None:
        """Forget the last step: none followed."""
        self._expiry = None
        tell(self._listeners)


class GuidingError(NinaSensor):
    """A guiding error; unknown unless something guides."""

    def __init__(
        self,
        equipment: EquipmentCoordinator,
        role: Role,
        description: GuidingErrorDescription,
        steps: GuideSteps,
    ) -> None:
        """Keep what knows whether something guides."""
        super().__init__(equipment, role, description)
        self._steps = steps

    @override
    def follows(self) -> Iterable[Follow]:
        """Return the steps, whose end no reading shows."""
        return [self._steps.async_add_listener]

    @property
    @override
    def source(self) -> Guider | None:
        """Return the guider while it guides."""
        return self.device if self._steps.guiding else None


def _arcseconds(key: str, pick: Pick) -> GuidingErrorDescription:
    """Describe a guiding error in arc seconds."""
    return GuidingErrorDescription(
        key=key,
        translation_key=key,
        native_unit_of_measurement=ARCSECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        value_fn=lambda guider: None if (rms := _rms(guider, pick)) is None else rms.arcseconds,
    )


def _pixels(key: str, pick: Pick) -> GuidingErrorDescription:
    """Describe a guiding error in pixels of the guide camera."""
    return GuidingErrorDescription(
        key=key,
        translation_key=key,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=PIXELS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        value_fn=lambda guider: None if (rms := _rms(guider, pick)) is None else rms.pixel,
    )


def _rms(guider: Guider, pick: Pick) -> Rms | None:
    """Return one of the guiding errors, None before the first guide step."""
    return None if guider.rms is None else pick(guider.rms)


GUIDER_SENSORS = (
    NinaSensorDescription[Guider](
        key="state",
        translation_key="guider_state",
        device_class=SensorDeviceClass.ENUM,
        options=options(GuiderState),
        # Servers before 2.1.4 do not tell it.
        exists_fn=lambda guider: guider.state is not None,
        value_fn=lambda guider: option(guider.state),
    ),
    _arcseconds("rms_total", lambda rms: rms.total),
    _arcseconds("rms_ra", lambda rms: rms.ra),
    _arcseconds("rms_dec", lambda rms: rms.dec),
    _arcseconds("peak_ra", lambda rms: rms.peak_ra),
    _arcseconds("peak_dec", lambda rms: rms.peak_dec),
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
