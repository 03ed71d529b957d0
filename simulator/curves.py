"""Curves through the points of an autofocus run, and their part of the report."""

from dataclasses import dataclass
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FocusCurves", "Point"]

type Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Point:
    """A position in steps with its half-flux radius in pixels and the error of that."""

    position: float
    value: float
    error: float = 0.0

    def as_data(self) -> dict[str, Any]:
        """Return the point as the report writes it."""
        position = round(self.position) if self.position == round(self.position) else self.position
        return {"Position": position, "Value": self.value, "Error": float(self.error)}


@dataclass(frozen=True, slots=True)
class _Curve:
    """A fitted curve: its minimum, formula and how well it fits."""

    minimum: Point
    formula: str
    r_squared: float


class FocusCurves:
    """Trend lines, parabola and hyperbola through measured points.

    `fitting` is N.I.N.A.'s AutoFocusCurveFitting; `best` is the focus by that method.
    """

    def __init__(self, points: list[Point], fitting: str, start: int) -> None:
        """Fit; with fewer than five measured points the focus stays at the start."""
        self.fitting = fitting
        measured = [point for point in points if point.value > 0]
        self.sound = len(measured) >= 5
        if not self.sound:
            measured = [Point(start + step, 1 + step * step / 4) for step in (-2, -1, 0, 1, 2)]
        x = np.array([point.position for point in measured], float)
        y = np.array([point.value for point in measured])
        order = np.argsort(x)
        self._x, self._y, self._middle = x[order], y[order], float(x.mean())
        self.quadratic = self._quadratic()
        self.hyperbolic = self._hyperbolic()
        self.left, self.right = self._trends()
        self.trend = self._intersection()
        self.best = self._best()

    def _quadratic(self) -> _Curve:
        """Fit a parabola."""
        shifted = self._x - self._middle
        a, b, c = (float(value) for value in np.polyfit(shifted, self._y, 2))
        m = self._middle
        formula = f"y = {a!r} * x^2 + {b - 2 * a * m!r} * x + {c - b * m + a * m * m!r}"
        minimum = (
            Point(round(m - b / (2 * a)), c - b * b / (4 * a)) if a > 0 else Point(m, math.inf)
        )
        return _Curve(minimum, formula, self._fit_quality(np.polyval((a, b, c), shifted), a))

    def _hyperbolic(self) -> _Curve:
        """Fit a hyperbola: its square is a parabola."""
        shifted = self._x - self._middle
        a, b, c = (float(value) for value in np.polyfit(shifted, self._y**2, 2))
        if a <= 0:
            return _Curve(Point(self._middle, math.inf), "", 0.0)
        place, floor = self._middle - b / (2 * a), max(0.01, c - b * b / (4 * a))
        height, width = math.sqrt(floor), math.sqrt(floor / a)
        fitted = height * np.sqrt(1 + ((self._x - place) / width) ** 2)
        formula = f"y = {height!r} * cosh(asinh(({place!r} - x) / {width!r}))"
        return _Curve(Point(round(place), height), formula, self._fit_quality(fitted, a))

    def _trends(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Fit a line through each side; returns slope and offset of both."""
        lowest = int(np.clip(np.argmin(self._y), 2, self._x.size - 3))
        sides = slice(None, lowest + 1), slice(lowest, None)
        lines = [np.polyfit(self._x[side], self._y[side], 1) for side in sides]
        return (float(lines[0][0]), float(lines[0][1])), (float(lines[1][0]), float(lines[1][1]))

    def _intersection(self) -> Point:
        """Return where the trend lines meet."""
        (slope, offset), (other_slope, other_offset) = self.left, self.right
        if slope >= 0 or other_slope <= 0:
            return Point(round(self._middle), math.inf)
        place = (other_offset - offset) / (slope - other_slope)
        return Point(round(place), slope * place + offset)

    def _fit_quality(self, fitted: Floats, curvature: float) -> float:
        """Return the coefficient of determination, 0 for a curve that opens downwards."""
        spread = float(((self._y - self._y.mean()) ** 2).sum())
        if curvature <= 0 or not spread:
            return 0.0
        return 1 - float(((self._y - fitted) ** 2).sum()) / spread

    @property
    def _curve(self) -> _Curve | None:
        """Return the curve that the method uses, None for trend lines alone."""
        if "PARABOLIC" in self.fitting:
            return self.quadratic
        return self.hyperbolic if "HYPERBOLIC" in self.fitting else None

    def _best(self) -> Point:
        """Return the focus: a mean where the method uses two curves."""
        curve = self._curve
        if curve is None:
            return self.trend
        if not self.fitting.startswith("TREND"):
            return curve.minimum
        one, other = curve.minimum, self.trend
        return Point(round((one.position + other.position) / 2), (one.value + other.value) / 2)

    @property
    def r_squared(self) -> float:
        """Return how well the method's curve fits."""
        curve = self._curve
        return curve.r_squared if curve is not None else self._trend_quality()

    def _trend_quality(self) -> float:
        """Return 1 for lines that meet below the points, else 0."""
        return 1.0 if math.isfinite(self.trend.value) else 0.0

    def report(self, *, everything: bool) -> dict[str, Any]:
        """Return the fits as the report writes them, all or only those the method used."""
        parabola = everything or "PARABOLIC" in self.fitting
        hyperbola = everything or "HYPERBOLIC" in self.fitting
        intersections = {"TrendLineIntersection": self.trend.as_data()}
        if hyperbola:
            intersections["HyperbolicMinimum"] = self.hyperbolic.minimum.as_data()
        if parabola:
            intersections["QuadraticMinimum"] = self.quadratic.minimum.as_data()
        first = Point(self._x[0], float(self._y[0]))
        if everything:
            intersections["GaussianMaximum"] = first.as_data()
        return {
            "Intersections": intersections,
            "Fittings": {
                "Quadratic": self.quadratic.formula if parabola else "",
                "Hyperbolic": self.hyperbolic.formula if hyperbola else "",
                "Gaussian": _gaussian(first, float(self._y.min())) if everything else "",
                "LeftTrend": _line(self.left),
                "RightTrend": _line(self.right),
            },
            "RSquares": {
                "Quadratic": self.quadratic.r_squared if parabola else math.nan,
                "Hyperbolic": self.hyperbolic.r_squared if hyperbola else math.nan,
                "LeftTrend": min(1.0, max(0.0, self.quadratic.r_squared)),
                "RightTrend": min(1.0, max(0.0, self.hyperbolic.r_squared)),
            },
        }


def _line(line: tuple[float, float]) -> str:
    """Return the formula of a line."""
    return f"y = {line[0]!r} * x + {line[1]!r}"


def _gaussian(first: Point, floor: float) -> str:
    """Return the absurd curve that comes out when stars were measured, not contrast."""
    height, place = first.value - floor, float(first.position)
    shape = f"(x - {place!r}) * (x - {place!r}) / (2 * 18.0 * 18.0)"
    return f"y = {height!r} * exp(-1 * {shape}) + {floor!r}"
