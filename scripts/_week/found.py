"""What was found in a week: each thing that a user could see, with its time."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Place(StrEnum):
    """Where a user sees something."""

    NOTIFICATION = "notification"
    REPAIR = "repair"
    LOG = "log"
    DETAIL = "log at level info"
    OTHERS = "log of others"
    LOGBOOK = "logbook"


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing: `kind` is what it is counted by, `text` is as it is shown, `at` is Unix time."""

    place: Place
    at: float
    night: int
    kind: str
    text: str


@dataclass
class Found:
    """Everything of a week."""

    seen: list[Seen] = field(default_factory=list)
    # What happened to the observatory, with the time.
    told: list[tuple[float, int, str]] = field(default_factory=list)

    def of(self, place: Place) -> Iterator[Seen]:
        """Yield what was seen in one place, oldest first."""
        return (each for each in sorted(self.seen, key=lambda each: each.at) if each.place == place)

    @property
    def complaints(self) -> list[str]:
        """Return what was logged as an error or with a traceback."""
        return [each.text for each in self.seen if each.kind.startswith(("ERROR", "traceback"))]

    def as_data(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return asdict(self)
