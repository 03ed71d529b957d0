"""How many requests a server gets a minute."""

from collections import deque
from collections.abc import Callable
import time
from typing import Final

# Seconds that are counted, and the most requests in them that are.
WINDOW: Final = 300.0
_MOST: Final = 5_000


class RequestRate:
    """Count the requests of the last five minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns seconds."""
        self._clock = clock
        self._began_at = clock()
        self._asked_at: deque[float] = deque(maxlen=_MOST)

    def note(self) -> None:
        """Count a request."""
        self._asked_at.append(self._clock())

    def per_minute(self) -> float:
        """Return the requests a minute; of the first minute, those it has had so far."""
        now = self._clock()
        while self._asked_at and now - self._asked_at[0] > WINDOW:
            self._asked_at.popleft()
        minutes = min(max(now - self._began_at, 60.0), WINDOW) / 60
        return len(self._asked_at) / minutes
