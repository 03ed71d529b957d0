"""What the person at the terminal sees."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import shutil
import sys
import time

REPEAT_WITHOUT_TERMINAL = 30.0


class Console:
    """Prints steps as they are done and one line that changes in place."""

    def __init__(self) -> None:
        """Find out whether a line can be changed in place."""
        self._terminal = sys.stdout.isatty()
        self._live = ""
        self._printed_at = float("-inf")

    def say(self, text: str = "") -> None:
        """Print a line of its own."""
        self.clear()
        print(text, flush=True)

    @asynccontextmanager
    async def step(self, text: str) -> AsyncIterator[None]:
        """Print what is being done, for how long already, and that it is done."""
        started = time.monotonic()
        if not self._terminal:
            print(f"  … {text}", flush=True)
        clock = asyncio.create_task(self._tick(text, started))
        try:
            yield
        finally:
            clock.cancel()
            self.clear()
        print(f"  ✓ {text} ({time.monotonic() - started:.1f} s)", flush=True)

    async def _tick(self, text: str, started: float) -> None:
        """Show the seconds a step takes."""
        while self._terminal:
            self.live(f"  … {text} {time.monotonic() - started:.0f} s")
            await asyncio.sleep(0.5)

    def live(self, text: str) -> None:
        """Change the live line; without a terminal print it when it is news."""
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\x1b[2K{text[:width]}", end="", flush=True)
            self._live = text
            return
        now = time.monotonic()
        if text != self._live and now - self._printed_at >= REPEAT_WITHOUT_TERMINAL:
            print(text, flush=True)
            self._live, self._printed_at = text, now

    def clear(self) -> None:
        """Remove the live line."""
        if self._terminal and self._live:
            print("\r\x1b[2K", end="", flush=True)
            self._live = ""
