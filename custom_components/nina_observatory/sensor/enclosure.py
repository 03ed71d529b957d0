"""Sensors of dome and flat panel."""

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import DEGREE

from ..api import CoverState, Dome, FlatPanel, ShutterState
from ..control.commands.dome import OPEN_SHUTTER, slew_dome
from ..control.commands.flat_panel import OPEN_COVER
from ..entities.deadband import Deadband
from ..entities.entity import Control
from .description import NinaSensorDescription, option, options

DOME_SENSORS = (
    NinaSensorDescription[Dome](
        key="azimuth",
        translation_key="azimuth",
        native_unit_of_measurement=DEGREE,
        state_class=SensorStateClass.MEASUREMENT_ANGLE,
        suggested_display_precision=1,
        deadband=Deadband(0.5, circle=360),
        moved_fn=lambda shown, read: shown.slewing is not read.slewing,
        exists_fn=lambda dome: dome.can_set_azimuth,
        control=Control(command=slew_dome(0)),
        value_fn=lambda dome: dome.azimuth,
    ),
    NinaSensorDescription[Dome](
        key="shutter_state",
        translation_key="shutter_state",
        device_class=SensorDeviceClass.ENUM,
        options=options(ShutterState),
        exists_fn=lambda dome: dome.can_set_shutter or option(dome.shutter) is not None,
        control=Control(
            command=OPEN_SHUTTER, exists_fn=lambda dome: dome.can_set_shutter is not False
        ),
        value_fn=lambda dome: option(dome.shutter),
    ),
)

FLAT_PANEL_SENSORS = (
    NinaSensorDescription[FlatPanel](
        key="cover_state",
        translation_key="cover_state",
        device_class=SensorDeviceClass.ENUM,
        options=options(CoverState),
        exists_fn=lambda panel: panel.supports_open_close,
        control=Control(command=OPEN_COVER),
        value_fn=lambda panel: option(panel.cover),
    ),
)
