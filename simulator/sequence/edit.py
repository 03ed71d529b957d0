"""Changing one property of a loaded sequence by a path (contract 3.15.4)."""

from typing import TYPE_CHECKING, Any

from simulator.enums import WireEnum
from simulator.sequence.node import Container, Node

if TYPE_CHECKING:
    from simulator.sequence.plan import Plan

__all__ = ["edit"]

_ROOTS = {"Start": 0, "Imaging": 1, "End": 2}
_OUT_OF_RANGE = (
    "Index was out of range. Must be non-negative and less than the size of the collection. "
    "(Parameter 'index')"
)


def edit(plan: Plan, path: str, text: str) -> None:
    """Set the property at a path such as `Imaging-Items-0-ExposureTime` to a text's value.

    Raises KeyError for a segment that does not exist, and ValueError with .NET's text for an index
    or a value that does not fit.
    """
    first, *rest = path.split("-")
    here: Any = plan.global_triggers if first == "GlobalTriggers" else plan.roots[_ROOTS[first]]
    for segment in rest[:-1]:
        here = _step(here, segment)
    _assign(here, rest[-1], text)


def _step(here: Any, segment: str) -> Any:
    """Return the target of a segment."""
    if isinstance(here, list):
        index = int(segment)
        if not 0 <= index < len(here):
            raise ValueError(_OUT_OF_RANGE)
        return here[index]
    if isinstance(here, Container) and segment in ("Items", "Conditions", "Triggers"):
        return getattr(here, segment.casefold())
    return (here.values if isinstance(here, Node) else here)[segment]


def _assign(here: Any, name: str, text: str) -> None:
    """Set a property of a node, or of an object that belongs to it."""
    if isinstance(here, Node) and name == "Name":
        here.name = text
        return
    values = here.values if isinstance(here, Node) else here
    if not isinstance(values, dict):
        raise KeyError(name)
    values[name] = _converted(text, values[name])


def _converted(text: str, former: Any) -> Any:
    """Return a text in the type that a property has."""
    if isinstance(former, WireEnum):
        member = former.parse(text)
        if member is None:
            raise ValueError(f"Requested value '{text}' was not found.")
        return member
    try:
        if isinstance(former, bool):
            return {"true": True, "false": False}[text.strip().casefold()]
        if isinstance(former, int | float):
            return type(former)(text)
    except KeyError, ValueError:
        kind = "Boolean" if isinstance(former, bool) else ""
        message = f"String '{text}' was not recognized as a valid Boolean."
        wrong = f"The input string '{text}' was not in a correct format."
        raise ValueError(message if kind else wrong) from None
    if isinstance(former, str) or former is None:
        return text
    raise KeyError(text)
