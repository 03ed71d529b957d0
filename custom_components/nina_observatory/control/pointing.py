"""Whether a device moves, judged by where it points rather than by what its driver reports."""

import math

from .command import Pointing

# Degrees by which equal angles may differ: encoders fluctuate.
SAME = 0.004
# Seconds in which the sky turns far enough to rule out a frozen driver.
LOOK = 8.0


class PointingHistory:
    """Where one device pointed in the last readings.

    While a mount tracks, its right ascension and declination are constant; while it is at rest, its
    altitude and azimuth are. In both cases the other pair changes with the sky. If neither changes,
    the driver may be frozen, which proves nothing. Coordinates that did not change while the mount
    moved prove nothing, either: some drivers keep them until it has arrived.
    """

    def __init__(self) -> None:
        self._readings: list[tuple[float, Pointing]] = []
        self._span = LOOK
        self._moved = False

    def note(self, now: float, place: Pointing | None, settle: float) -> None:
        """Record a reading; `now` is loop time, `settle` the lag of readings, both in seconds."""
        if place is None:
            self._readings.clear()
            return
        self._span = max(LOOK * settle / 3.0, settle)
        self._readings.append((now, place))
        self._moved = self._moved or self.moves
        while len(self._readings) > 2 and now - self._readings[1][0] >= self._span:
            del self._readings[0]

    @property
    def moves(self) -> bool:
        """Return whether the last two readings show the device moving."""
        if len(self._readings) < 2:
            return False
        sky, ground = _changes(self._readings[-2][1], self._readings[-1][1])
        return sky > SAME and ground > SAME and min(sky, ground) > 10 * SAME

    @property
    def stands(self) -> bool:
        """Return whether the device is proven to be at rest, or to track, after it moved."""
        if (
            not self._moved
            or len(self._readings) < 3
            or self._readings[-1][0] - self._readings[0][0] < self._span
        ):
            return False
        changes = [_changes(self._readings[0][1], place) for _, place in self._readings[1:]]
        stays = [all(change[pair] <= SAME for change in changes) for pair in (0, 1)]
        return stays[0] is not stays[1]

    @property
    def tracks(self) -> bool:
        """Return whether the device is proven to track.

        Reliable even before a movement: drivers that keep old coordinates keep altitude and
        azimuth, or all four.
        """
        if len(self._readings) < 3 or self._readings[-1][0] - self._readings[0][0] < self._span:
            return False
        changes = [_changes(self._readings[0][1], place) for _, place in self._readings[1:]]
        stays = all(sky <= SAME for sky, _ in changes)
        return stays and changes[-1][1] > SAME


def _changes(before: Pointing, now: Pointing) -> tuple[float, float]:
    """Return by how many degrees each pair of angles changed."""
    return _distance(before[0], now[0]), _distance(before[1], now[1])


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return how far two places are apart in degrees; near the pole a turn is no distance."""
    turn = abs((one[0] - other[0] + 180) % 360 - 180)
    return math.hypot(turn * math.cos(math.radians((one[1] + other[1]) / 2)), one[1] - other[1])
