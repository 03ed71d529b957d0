"""How long to wait before asking again somebody who did not answer."""

import random


class Backoff:
    """Waits that grow from one failure to the next, and never quite the same for two clients."""

    def __init__(self, *, first: float = 1.0, longest: float = 60.0, factor: float = 2.0) -> None:
        """Begin with the first wait; all in seconds."""
        self._first = first
        self._longest = longest
        self._factor = factor
        self._next = first

    def next(self) -> float:
        """Tell how long to wait after a further failure: up to a quarter less than the step."""
        wait, self._next = self._next, min(self._longest, self._next * self._factor)
        return wait * random.uniform(0.75, 1.0)  # noqa: S311  # spreads load, guards nothing

    def reset(self) -> None:
        """Begin anew after a success."""
        self._next = self._first
