"""Deep-sky objects that simulated nights are made of."""

from dataclasses import dataclass

from simulator.sky import Coordinates

__all__ = ["CATALOG", "DeepSkyObject"]


@dataclass(frozen=True, slots=True)
class DeepSkyObject:
    """An object with J2000 coordinates; `narrow` ones are imaged through narrow filters."""

    name: str
    coordinates: Coordinates
    narrow: bool = False


def _entry(name: str, hours: float, minutes: float, degrees: float, kind: str) -> DeepSkyObject:
    """Return an object from its coordinates; the kind "N" is an emission nebula."""
    return DeepSkyObject(name, Coordinates(hours + minutes / 60, degrees), kind == "N")


CATALOG = (
    _entry("M 31", 0, 42.74, 41.269, "G"),
    _entry("NGC 281", 0, 52.80, 56.620, "N"),
    _entry("M 33", 1, 33.85, 30.660, "G"),
    _entry("NGC 253", 0, 47.55, -25.288, "G"),
    _entry("NGC 891", 2, 22.55, 42.349, "G"),
    _entry("IC 1805", 2, 32.70, 61.450, "N"),
    _entry("IC 1848", 2, 51.20, 60.400, "N"),
    _entry("NGC 1499", 4, 3.30, 36.420, "N"),
    _entry("M 45", 3, 47.00, 24.117, "C"),
    _entry("M 42", 5, 35.30, -5.391, "N"),
    _entry("IC 405", 5, 16.20, 34.270, "N"),
    _entry("NGC 2070", 5, 38.60, -69.100, "N"),
    _entry("NGC 2237", 6, 31.80, 5.050, "N"),
    _entry("IC 443", 6, 17.20, 22.650, "N"),
    _entry("NGC 2403", 7, 36.85, 65.603, "G"),
    _entry("Sh2-301", 7, 9.80, -18.500, "N"),
    _entry("NGC 2903", 9, 32.17, 21.501, "G"),
    _entry("M 81", 9, 55.55, 69.065, "G"),
    _entry("NGC 3372", 10, 45.10, -59.870, "N"),
    _entry("M 66", 11, 20.25, 12.992, "G"),
    _entry("M 106", 12, 18.96, 47.304, "G"),
    _entry("NGC 4565", 12, 36.35, 25.988, "G"),
    _entry("M 51", 13, 29.88, 47.195, "G"),
    _entry("M 83", 13, 37.00, -29.866, "G"),
    _entry("NGC 5128", 13, 25.46, -43.019, "G"),
    _entry("M 101", 14, 3.21, 54.349, "G"),
    _entry("NGC 5907", 15, 15.89, 56.329, "G"),
    _entry("NGC 6188", 16, 40.10, -48.660, "N"),
    _entry("M 13", 16, 41.69, 36.461, "C"),
    _entry("NGC 6334", 17, 20.50, -35.970, "N"),
    _entry("M 8", 18, 3.60, -24.387, "N"),
    _entry("M 16", 18, 18.80, -13.800, "N"),
    _entry("M 27", 19, 59.60, 22.721, "N"),
    _entry("NGC 6888", 20, 12.10, 38.355, "N"),
    _entry("IC 5070", 20, 50.80, 44.350, "N"),
    _entry("NGC 6960", 20, 45.60, 30.700, "N"),
    _entry("NGC 7000", 20, 58.80, 44.330, "N"),
    _entry("IC 1396", 21, 38.90, 57.490, "N"),
    _entry("NGC 7293", 22, 29.64, -20.837, "N"),
    _entry("NGC 7331", 22, 37.07, 34.416, "G"),
    _entry("NGC 7635", 23, 20.70, 61.190, "N"),
)
