"""The way of the light from the stars to the telescope: clouds, the roof, the air."""

from typing import TYPE_CHECKING

from simulator.enums import ShutterState

if TYPE_CHECKING:
    from .dome import Dome
    from .weather import Weather

__all__ = ["SkyView"]

_COVERED_CLOUDS = 90.0


class SkyView:
    """The view through roof and air; `seeing` is the width of a star in arcsec."""

    def __init__(self, dome: Dome, weather: Weather) -> None:
        """Look through the opening of a dome, where the rig has one."""
        self._dome = dome
        self._weather = weather
        self.seeing = 2.4

    @property
    def covered(self) -> bool:
        """Return whether no star can be seen: clouds, or a roof that is not open."""
        dome = self._dome
        roofed = dome.present and dome.can_set_shutter and dome.shutter is not ShutterState.OPEN
        return roofed or self._weather.cloud_cover >= _COVERED_CLOUDS

    @property
    def clouds(self) -> float:
        """Return how much of the light is lost, 0 to 1."""
        return 1.0 if self.covered else self._weather.cloud_cover / 100
