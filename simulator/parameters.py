"""Parameters of requests: how the web server library binds them (contract, chapter 1.2)."""

from dataclasses import dataclass, field
import math
import re
from typing import TYPE_CHECKING, Any, ClassVar, override

from .enums import WireEnum
from .reply import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_INTEGER = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
_NUMBER = re.compile(r"\s*[+-]?(\d[\d,]*\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_SPECIAL_NUMBERS = {"nan": math.nan, "infinity": math.inf, "-infinity": -math.inf}
_SPECIAL_NUMBERS |= {"∞": math.inf, "-∞": -math.inf}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter or path segment, with its default.

    Versions before `since` do not know it, and pass over it as over anything unknown.
    """

    name: str
    default: Any = None
    required: bool = False
    since: str = "2.0.0"
    type_name: ClassVar[str] = "String"

    def convert(self, text: str) -> Any:
        """Return the value; raises ValueError when the text cannot be converted."""
        return text


@dataclass(frozen=True, slots=True)
class Text(Parameter):
    """A string; null when missing."""


@dataclass(frozen=True, slots=True)
class Boolean(Parameter):
    """True or false in any case, nothing else."""

    default: bool | None = False
    type_name: ClassVar[str] = "Boolean"

    @override
    def convert(self, text: str) -> bool:
        """Return the truth value."""
        return {"true": True, "false": False}[text.strip().casefold()]


@dataclass(frozen=True, slots=True)
class Integer(Parameter):
    """A 32-bit integer; "1.0" is none."""

    default: int | None = 0
    bits: int = 32
    type_name: ClassVar[str] = "Int32"

    @override
    def convert(self, text: str) -> int:
        """Return the integer, in range."""
        if not _INTEGER.fullmatch(text):
            raise ValueError(text)
        value = int(text)
        if not -(1 << self.bits - 1) <= value < 1 << self.bits - 1:
            raise ValueError(text)
        return value


@dataclass(frozen=True, slots=True)
class Short(Integer):
    """A 16-bit integer."""

    bits: int = 16
    type_name: ClassVar[str] = "Int16"


@dataclass(frozen=True, slots=True)
class Double(Parameter):
    """A double in the invariant culture."""

    default: float | None = 0.0
    type_name: ClassVar[str] = "Double"

    @override
    def convert(self, text: str) -> float:
        """Return the number."""
        special = _SPECIAL_NUMBERS.get(text.strip().casefold())
        if special is not None:
            return special
        if not _NUMBER.fullmatch(text):
            raise ValueError(text)
        return float(text.replace(",", ""))


@dataclass(frozen=True, slots=True)
class Float(Double):
    """A single-precision number."""

    type_name: ClassVar[str] = "Single"


@dataclass(frozen=True, slots=True)
class Choice(Parameter):
    """A member of an enumeration by name in any case or by number."""

    members: type[WireEnum] = WireEnum

    @override
    def convert(self, text: str) -> WireEnum:
        """Return the member."""
        member = self.members.parse(text.strip())
        if member is None:
            raise ValueError(text)
        return member


@dataclass(frozen=True, slots=True)
class Given(Parameter):
    """Not a parameter: gives the handler the set of names exactly as they were sent."""

    name: str = field(default="")


@dataclass(frozen=True, slots=True)
class Body(Parameter):
    """Not a parameter: gives the handler the text of the request's body."""

    name: str = field(default="")


def bind(
    parameters: tuple[Parameter, ...],
    segments: Mapping[str, str],
    query: list[tuple[str, str]],
    body: str,
    knows: Callable[[str], bool] = lambda _: True,
) -> list[Any]:
    """Return the handler's arguments; raises Page for invalid ones, as the library answers.

    `knows` returns whether the server is of a version or newer.
    """
    given = frozenset(name for name, _ in query)
    values = {name.casefold(): text for name, text in query}
    arguments: list[Any] = []
    for parameter in parameters:
        if isinstance(parameter, Given):
            arguments.append(given)
        elif isinstance(parameter, Body):
            arguments.append(body)
        elif parameter.name in segments:
            arguments.append(_segment(parameter, segments[parameter.name]))
        elif not knows(parameter.since):
            arguments.append(parameter.default)
        else:
            arguments.append(_bound(parameter, values.get(parameter.name.casefold())))
    return arguments


def _bound(parameter: Parameter, text: str | None) -> Any:
    """Return the value of a query parameter."""
    if text is None:
        if parameter.required:
            raise Page(400, f"Missing query field {parameter.name}.", "HttpException")
        return parameter.default
    try:
        return parameter.convert(text)
    except ValueError, KeyError, OverflowError:
        type_name = parameter.type_name
        if isinstance(parameter, Choice):
            type_name = parameter.members.__name__
        message = f"Cannot convert field {parameter.name} to {type_name}."
        raise Page(400, message, "HttpException") from None


def _segment(parameter: Parameter, text: str) -> Any:
    """Return the value of a path segment; one that does not convert is an unhandled exception."""
    try:
        return parameter.convert(text)
    except ValueError, KeyError, OverflowError:
        message = f"The input string '{text}' was not in a correct format."
        raise Page(500, message, "FormatException") from None
