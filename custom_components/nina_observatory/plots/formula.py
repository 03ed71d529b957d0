"""Curves that N.I.N.A. and its plugins report as formulas, such as `y = 3.1 * cosh(asinh((4151 - x) / 87))`."""

import ast
from collections.abc import Callable, Mapping
from itertools import pairwise
import math
import operator
from typing import Final

# Longer ones are none of N.I.N.A.'s.
_LONGEST: Final = 1000
# Powers beyond this are no curve through a few points, and take their time.
_LARGEST_POWER: Final = 20.0
# How formulas are written, and how Python writes the same.
_SIGNS: Final = {
    "^": "**",
    "²": "**2",
    "³": "**3",
    "√": "sqrt",
    "·": "*",
    "×": "*",
    "\N{MINUS SIGN}": "-",
}
_FUNCTIONS: Final[Mapping[str, Callable[..., float]]] = {
    "abs": abs,
    "acosh": math.acosh,
    "asinh": math.asinh,
    "cosh": math.cosh,
    "exp": math.exp,
    "ln": math.log,
    "log": math.log,
    "max": max,
    "min": min,
    "sinh": math.sinh,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
}


def _power(base: float, exponent: float) -> float:
    """Return a power; raises ValueError for one that no curve has, or that is not real."""
    if abs(exponent) > _LARGEST_POWER:
        raise ValueError("power")
    return math.pow(base, exponent)


_OPERATORS: Final[Mapping[type, Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: _power,
}
_FAULTS: Final = (ArithmeticError, LookupError, TypeError, ValueError, RecursionError)


class Formula:
    """A function of `x`; raises ValueError if a text is none."""

    def __init__(self, text: str) -> None:
        _, _, right = text.rpartition("=")
        if not right.strip() or len(text) > _LONGEST:
            raise ValueError("no formula")
        for sign, python in _SIGNS.items():
            right = right.replace(sign, python)
        try:
            self._tree = ast.parse(right.strip(), mode="eval").body
        except (SyntaxError, RecursionError, MemoryError) as err:
            raise ValueError("no formula") from err

    def __call__(self, x: float) -> float | None:
        """Return the value at a place; None where there is none."""
        try:
            value = _value(self._tree, x)
        except _FAULTS:
            return None
        return value if math.isfinite(value) else None


def curve(text: str | None, low: float, high: float, parts: int = 160) -> list[tuple[float, float]]:
    """Return points of a formula from one place to another; none if it has no values there."""
    if not text or not low < high:
        return []
    try:
        formula = Formula(text)
    except ValueError:
        return []
    places = [low + (high - low) * number / parts for number in range(parts + 1)]
    known = [(x, y) for x in places if (y := formula(x)) is not None]
    return known if any(a[0] != b[0] for a, b in pairwise(known)) else []


def _value(node: ast.expr, x: float) -> float:
    """Return the value of a part of a formula; raises one of the faults."""
    match node:
        case ast.Constant(int() | float() as value) if not isinstance(value, bool):
            return float(value)
        case ast.Name("x"):
            return x
        case ast.Name("e"):
            return math.e
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand, x)
        case ast.UnaryOp(ast.UAdd(), operand):
            return _value(operand, x)
        case ast.BinOp(left, sign, right):
            return _OPERATORS[type(sign)](_value(left, x), _value(right, x))
        case ast.Call(ast.Name(name), args, []):
            return float(_FUNCTIONS[name.lower()](*(_value(each, x) for each in args)))
        case _:
            raise ValueError("unknown part")
