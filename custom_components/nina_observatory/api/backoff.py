"""Waits between retries to a server that does not answer."""

import random


class Backoff:
    """Waits that grow with each failure, with jitter so that clients do not retry in step."""

    def __init__(self, *, first: float = 1.0, longest: float = 60.0, factor: float = 2.0) -> None:
        """Set the first and longest wait in seconds, and the factor between waits."""
        self._first = first
        self._longest = longest
        self._factor = factor
        self._next = first

    def next(self) -> float:
        """Return the wait after another failure in seconds: up to a quarter less than the step."""
        wait, self._next = self._next, min(self._longest, self._next * self._factor)
        return wait * random.uniform(0.75, 1.0)  # noqa: S311  # spreads load, guards nothing

    def reset(self) -> None:
        """Return to the first wait after a success."""
        self._next = self._first
