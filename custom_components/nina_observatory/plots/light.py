"""Daylight and twilight behind what a plot shows."""

from collections.abc import Iterable, Mapping
from typing import Final

from ..readings.twilight import Light, Spell
from .panel import Panel
from .style import Color

_DAYLIGHT: Final[Color] = (126, 160, 214)
# Shares of its color.
_SHARES: Final[Mapping[Light, float]] = {
    Light.DAY: 0.4,
    Light.CIVIL: 0.28,
    Light.NAUTICAL: 0.18,
    Light.ASTRONOMICAL: 0.1,
}


def draw_light(panel: Panel, light: Iterable[Spell]) -> None:
    """Shade a panel as light as the sky is; the night has the color of the panel."""
    for spell in light:
        if share := _SHARES.get(spell.light):
            start, end = spell.start.timestamp(), spell.end.timestamp()
            panel.span(start, end, _DAYLIGHT, share=share)
