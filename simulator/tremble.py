"""Instruments that tremble, as real ones do: those of the simulator are quiet by themselves."""

import random
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from simulator.devices.rig import Rig

__all__ = ["tremble"]

# Simulated seconds from one reading of an instrument to the next.
_EVERY: Final = 2.0
# Standard deviations, in the units of the weather station.
_WEATHER: Final = {
    "humidity": 0.25,
    "pressure": 0.06,
    "sky_quality": 0.012,
    "sky_temperature": 0.12,
    "temperature": 0.05,
    "wind_direction": 2.5,
    "wind_gust": 0.12,
    "wind_speed": 0.12,
}
# That of a gauge of the switch hub is a part of its value.
_GAUGE: Final = 0.0025


async def tremble(rig: Rig) -> None:
    """Let the weather station, the thermometers and the gauges tremble forever."""
    noise = random.Random(1)
    quivers: list[tuple[Any, str, float]]
    quivers = [(rig.weather, name, spread) for name, spread in _WEATHER.items()]
    quivers += [(each, "value", each.value * _GAUGE) for each in rig.switch_hub.readonly]
    errors = [0.0] * len(quivers)
    while True:
        for index, (instrument, name, spread) in enumerate(quivers):
            before, errors[index] = errors[index], noise.gauss(0, spread)
            setattr(instrument, name, getattr(instrument, name) - before + errors[index])
        await rig.clock.sleep(_EVERY)
