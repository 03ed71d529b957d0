"""The ledger: what clients asked, how often, how much, and how many at a time."""

from collections import Counter, deque
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Entry", "Ledger"]

_KEPT = 20_000


@dataclass(slots=True)
class Entry:
    """One request. `started` and `seconds` are real time, `time` is simulated.

    `status` is the HTTP status (0 while pending or when the connection broke), `code` the
    StatusCode in the envelope, `answer` its error or else its response where that is a short text,
    `size` the bytes of the body sent, `concurrent` the number of requests under way when it came,
    itself included.
    """

    method: str
    path: str
    parameters: dict[str, str]
    time: datetime
    connection: int
    concurrent: int
    keeps_alive: bool = True
    started: float = field(default_factory=monotonic)
    seconds: float = 0.0
    status: int = 0
    code: int = 0
    answer: str = ""
    size: int = 0


class Ledger:
    """All requests since the start or the last `reset`; the newest 20,000 in detail."""

    def __init__(self) -> None:
        """Begin empty."""
        self.entries: deque[Entry] = deque(maxlen=_KEPT)
        self.counts: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.pending = 0
        self.peak = 0
        self.sockets = 0
        self.connections = 0

    def reset(self) -> None:
        """Forget everything except what is still under way."""
        self.entries.clear()
        self.counts.clear()
        self.bytes.clear()
        self.peak = self.pending
        self.sockets = self.connections = 0

    def open(self, entry: Entry) -> Entry:
        """Enter a request that has just come in."""
        self.pending += 1
        self.peak = max(self.peak, self.pending)
        self.counts[entry.path] += 1
        self.entries.append(entry)
        return entry

    def close(self, entry: Entry) -> None:
        """Note that a request was answered or given up."""
        self.pending -= 1
        entry.seconds = monotonic() - entry.started
        self.bytes[entry.path] += entry.size

    @property
    def total(self) -> int:
        """Return the number of requests."""
        return sum(self.counts.values())

    def count(self, path: str) -> int:
        """Return how often a path was asked, without the prefix /v2/api or with it."""
        return self.counts[path] + self.counts["/v2/api" + path]

    def calls(self, path: str) -> list[Entry]:
        """Return the requests for a path, oldest first."""
        return [entry for entry in self.entries if entry.path in (path, "/v2/api" + path)]

    def parameters(self, path: str) -> list[dict[str, str]]:
        """Return the query parameters of each request for a path, oldest first."""
        return [entry.parameters for entry in self.calls(path)]

    def summary(self) -> dict[str, Any]:
        """Return the totals as plain data."""
        return {
            "requests": self.total,
            "bytes": sum(self.bytes.values()),
            "pending": self.pending,
            "peak_concurrency": self.peak,
            "connections": self.connections,
            "sockets": self.sockets,
            "routes": {
                path: {"requests": count, "bytes": self.bytes[path]}
                for path, count in self.counts.most_common()
            },
        }
