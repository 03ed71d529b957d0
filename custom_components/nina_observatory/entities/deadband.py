"""Deadbands: a reading that only trembles does not change what is shown, nor fill the recorder."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

# In binary 8.8 is further from 8.6 than 0.2.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Deadband:
    """How far a reading may be from the one shown before it is shown.

    `width` is in the unit of the reading, for moments in seconds; `percent` is relative to what is
    shown. The larger of both counts. A `circle` is the number at which a reading begins again at 0.
    Where a high reading is a danger, a `rise` is the width for higher readings.
    """

    width: float = 0.0
    percent: float = 0.0
    circle: float | None = None
    rise: float | None = None

    def hides(self, shown: object, read: object) -> bool:
        """Return whether a reading is too close to the one shown to be shown.

        Only numbers and moments are ever hidden, and an unknown value that stays unknown. A 0 is
        always shown, since it means off or calm.
        """
        if shown is None:
            return read is None
        if isinstance(shown, datetime) and isinstance(read, datetime):
            return abs((read - shown).total_seconds()) <= self.width
        if not isinstance(shown, int | float) or not isinstance(read, int | float):
            return False
        if self.circle is None and read == 0:
            return shown == 0
        width = self.width if self.rise is None or read < shown else self.rise
        difference = abs(read - shown)
        if self.circle is not None:
            difference = min(difference % self.circle, -difference % self.circle)
        return difference <= max(width, abs(shown) * self.percent / 100) + _ROUNDING


# Sensors of the weather and the weather entity share these. Rain has none: roofs depend on it, and on
# wind, of which a small rise is shown already.
WEATHER_DEADBANDS: Final = {
    "cloud_cover": Deadband(2),
    "dew_point": Deadband(0.3),
    "humidity": Deadband(1),
    "pressure": Deadband(0.3),
    # Between a dark night and noon lie nine orders of magnitude.
    "sky_brightness": Deadband(percent=10),
    "sky_quality": Deadband(0.05),
    "sky_temperature": Deadband(0.5),
    "star_fwhm": Deadband(0.1),
    "temperature": Deadband(0.2),
    "wind_direction": Deadband(10, circle=360),
    "wind_gust": Deadband(1, rise=0.3),
    "wind_speed": Deadband(1, rise=0.3),
}
