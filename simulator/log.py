"""N.I.N.A.'s log file, as application/logs reads it."""

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clock import SimulationClock

__all__ = ["LEVELS", "Log"]

LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR")
_KEYS = ("Timestamp", "Level", "Source", "Member", "Line", "Message")


class Log:
    """The newest log file; its last line is empty."""

    def __init__(self, clock: SimulationClock) -> None:
        """Begin a file."""
        self._clock = clock
        self._lines: deque[str] = deque(maxlen=5000)
        self.write("INFO", "App.xaml.cs", "OnStartup", "N.I.N.A. Version 3.2.0.9001")

    def write(self, level: str, source: str, member: str, message: str, line: int = 100) -> None:
        """Append an entry; further lines of its message have no columns."""
        now = self._clock.shown(self._clock.now())
        stamp = now.strftime("%Y-%m-%dT%H:%M:%S") + f".{now.microsecond // 100:04}"
        first, *more = message.split("\n")
        self._lines.append(f"{stamp}|{level}|{source}|{member}|{line}|{first}")
        self._lines.extend(more)

    def entries(self, count: int, level: str | None) -> list[dict[str, str]]:
        """Return entries out of the last lines, newest first; malformed ones are left out."""
        lines = list(self._lines)
        if level:
            lines = [line for line in lines if f"|{level}|" in line]
        else:
            lines.append("")
        newest = islice(reversed(lines), max(0, count))
        columns = (line.split("|", 5) for line in newest)
        return [dict(zip(_KEYS, row, strict=True)) for row in columns if len(row) == len(_KEYS)]
