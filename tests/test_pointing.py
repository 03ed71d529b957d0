"""Whether a mount stands, by its coordinates and whatever its driver reports."""

from collections.abc import Iterator

import pytest

from custom_components.nina_observatory.control.pointing import LOOK, PointingHistory

SETTLE = 3.0
STEP = 2.0
SKY = 15 / 3600

type Reading = tuple[tuple[float, float], tuple[float, float]]


def slewing(since: float) -> Reading:
    """Return a reading of a mount that slews at a degree a second."""
    return (10 + since, 20.0), (100 + since, 40.0)


def standing(since: float) -> Reading:
    """Return a reading of a mount that stands while the sky moves."""
    return (10 + SKY * since, 20.0), (100.0, 40.0)


def tracking(since: float) -> Reading:
    """Return a reading of a mount that follows the sky."""
    return (10.0, 20.0), (100 + SKY * since, 40 + SKY * since / 2)


def frozen(_since: float) -> Reading:
    """Return a reading of a driver that reads nothing any more."""
    return (10.0, 20.0), (100.0, 40.0)


def readings(places: PointingHistory, *parts: object) -> Iterator[bool]:
    """Yield whether the mount stands after each reading; each part lasts for 20 s."""
    now = 0.0
    for part in parts:
        for number in range(10):
            places.note(now, part(number * STEP), SETTLE)  # type: ignore[operator]
            yield places.stands
            now += STEP


@pytest.mark.parametrize("rests", [standing, tracking])
def test_a_mount_that_has_stopped(rests: object) -> None:
    stands = list(readings(PointingHistory(), slewing, rests))
    assert not any(stands[: 10 + int(LOOK / STEP)])
    assert stands[-1]


@pytest.mark.parametrize(
    "parts", [(slewing,), (slewing, frozen), (standing,), (tracking,), (frozen,)]
)
def test_what_proves_nothing(parts: tuple[object, ...]) -> None:
    """A driver that froze, and coordinates that were never seen to move with the mount."""
    assert not any(readings(PointingHistory(), *parts))


def test_a_reading_without_coordinates_begins_anew() -> None:
    places = PointingHistory()
    assert list(readings(places, slewing, standing))[-1]
    places.note(41.0, None, SETTLE)
    assert not places.stands
