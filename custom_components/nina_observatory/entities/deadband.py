"""Deadbands: a reading that only trembles does not change what is shown, nor fill the recorder."""

from collections.abc import Callable
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


# Compares the reading that is shown with a newer one: whether that is too close to be shown.
type IsSteady[ReadingT] = Callable[[ReadingT, ReadingT], bool]
# Compares a reading with the one before: whether another one is about to follow; None if it is the same.
type IsPassing[ReadingT] = Callable[[ReadingT, ReadingT], bool | None]


class ShownReading[ReadingT]:
    """The reading that an entity shows: the newest, unless that is too close to the one shown.

    It is compared with what is shown, not with the last reading, so a slow drift is followed. After
    a time without readings the first one is shown as it is. A reading that `is_passing`, compared with
    the one before, is on its way to another, and is not shown.
    """

    def __init__(
        self, is_steady: IsSteady[ReadingT], is_passing: IsPassing[ReadingT] | None = None
    ) -> None:
        """Start without a reading."""
        self._is_steady = is_steady
        self._is_passing = is_passing
        self._was_passing = False
        self._reading: ReadingT | None = None
        self._newest: ReadingT | None = None

    def update(self, newest: ReadingT | None) -> ReadingT | None:
        """Return the reading to show after a newer one; None while there is none."""
        if newest is self._newest:
            # An entity looks at its reading several times for each update.
            return self._reading
        shown, before, self._newest = self._reading, self._newest, newest
        if shown is None or newest is None or before is None:
            self._reading = newest
        elif self._passes(before, newest):
            return shown
        elif not self._is_steady(shown, newest):
            self._reading = newest
        return self._reading

    def _passes(self, before: ReadingT, newest: ReadingT) -> bool:
        """Return whether a reading is on its way to another; the same one twice is as it was."""
        if self._is_passing is not None:
            passing = self._is_passing(before, newest)
            self._was_passing = self._was_passing if passing is None else passing
        return self._was_passing


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
